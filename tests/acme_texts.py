"""What the salespeople and the customers of Acme write, by subject: the texts in the screenshots."""

TEXTS = {
    "Visit on Thursday": "I look forward to our meeting on Thursday at 10. Shall I bring samples of oak and walnut?",
    "Offer for your new office": (
        "thank you for showing us your new office. Attached is our offer for 40 workplaces, with the desks that you"
        " tried.\nWe can deliver in the week of December 7."
    ),
    "Colours of the chairs": (
        "the canteen chairs come in sand, moss and graphite. All three are in stock; the price is the same."
    ),
    "Holiday plans": "I am away from December 21 to January 3. Could you look after Wood Corner meanwhile?",
    "Samples are on their way": (
        "the fabric samples left our warehouse today and should be with you on Monday. Please keep them as long as you"
        " need."
    ),
    "Our talk at the fair": (
        "it was good to meet you at the fair. As promised, here is how other hotels furnished their lobbies with our"
        " sofas."
    ),
    "Delivery dates": (
        "both deliveries are confirmed: the shelves on December 3, the worktops on December 10. The driver calls an"
        " hour before."
    ),
    "Price list": "here is the price list for the height-adjustable desks. From 20 desks on, we give 12%.",
    "Offer, second version": (
        "attached is the new offer, now with acoustic panels for the two meeting rooms. It is valid until the end of"
        " the year."
    ),
    "Terms of payment": "thirty days are fine with us. I have noted it for this order and for all following ones.",
    "Height-adjustable desks": (
        "the desks can be set from 62 to 127 cm, so they suit everyone on your team. Would you like to try one for a"
        " week?"
    ),
    "Thank you for your visit": (
        "thank you for coming to our showroom yesterday. I will send you the drawings by Friday."
    ),
}

ANSWERS = {
    "Re: Offer for your new office": (
        "thank you, that is what we need. Could you deliver two weeks earlier? We move on December 14."
    ),
    "Two more chairs": "we are going to be 26 in the canteen. Can we add two more chairs in moss to the order?",
    "Question about the delivery": "does the delivery include carrying desks up to the third floor? The lift is tiny.",
}


def write_text(subject, customer, sender):
    """Return the text of an email to a customer.

    :param str customer: full name
    :param str sender: full name of the salesperson
    """
    return f"Hello {customer.split()[0]},\n\n{TEXTS[subject]}\n\nKind regards\n{sender}\nAcme"


def write_answer(subject, customer, receiver):
    """Return the text of an email from a customer, see :func:`write_text`; of any subject."""
    answer = ANSWERS.get(subject) or next(iter(ANSWERS.values()))
    return f"Hello {receiver.split()[0]},\n\n{answer}\n\nBest regards\n{customer}"
