"""Acme, the company in the screenshots: its employees, its customers, and their emails."""

from base64 import b64encode
from datetime import datetime, timedelta
from email.utils import format_datetime, parseaddr
from io import BytesIO
from unittest.mock import patch

from odoo.tools import mute_logger
from PIL import Image, ImageDraw, ImageFont

from .acme_texts import write_answer, write_text
from .common import DropboxCommon

NOW = "2026-11-24 09:30:00"
"""The time (UTC) of the screenshots, so that they are reproducible."""

PEOPLE = {
    "sam": "Sam Taylor",
    "lea": "Lea Novak",
    "own": "Owen Clarke",
    "boss": "Beatrice Rossi",
    "clerk": "Clara Kim",
    "ada": "Ada Okafor",
}

CONTACTS = [
    ("Azure Interior", "Brandon Freeman", "brandon.freeman@azure.example"),
    ("Deco Addict", "Addison Olson", "addison.olson@deco.example"),
    ("Gemini Furniture", "Jesse Brown", "jesse.brown@gemini.example"),
    ("Lumber Inc", "Lorraine Douglas", "lorraine@lumber.example"),
]

LEADS = [
    ("Office for 40 people", "Wood Corner", "Ron Gibson", "ron.gibson@woodcorner.example", 18500),
    ("Chairs for the canteen", "Ready Mat", "Edith Sanchez", "edith@readymat.example", 6200),
    ("Desks, height-adjustable", "The Jackson Group", "Toni Rhodes", "toni.rhodes@jackson.example", 24000),
]

# a formatted text and an attachment
OFFER = """\
X-Original-To: {dropbox}
From: {sender}
To: {to}
Subject: {subject}
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/html; charset=utf-8

<p>{body}</p>
--part
Content-Type: application/pdf; name="Offer.pdf"
Content-Disposition: attachment; filename="Offer.pdf"
Content-Transfer-Encoding: base64

{file}
--part--
"""

EMAILS = [
    (20, "14:20", "Visit on Thursday", "Brandon Freeman <brandon.freeman@azure.example>", {}),
    (18, "10:05", "Offer for your new office", "Ron Gibson <ron.gibson@woodcorner.example>", {"template": OFFER}),
    (17, "08:40", "Re: Offer for your new office", "Ron Gibson <ron.gibson@woodcorner.example>", {"forwarded": True}),
    (15, "16:41", "Colours of the chairs", "Edith Sanchez <edith@readymat.example>", {}),
    (13, "09:12", "Holiday plans", "Lea Novak <lea@acme.example>", {}),
    (12, "11:30", "Samples are on their way", "Addison Olson <addison.olson@deco.example>", {}),
    (9, "14:02", "Terms of payment", "Lorraine Douglas <lorraine@lumber.example>", {"state": "failed"}),
    (8, "15:55", "Our talk at the fair", "Marc Dubois <marc.dubois@quai-ouest.example>", {}),
    (7, "13:08", "Delivery dates", "Jesse Brown <jesse.brown@gemini.example>, lorraine@lumber.example", {}),
    (6, "11:12", "Two more chairs", "Edith Sanchez <edith@readymat.example>", {"forwarded": True}),
    (5, "17:47", "Price list", "Toni Rhodes <toni.rhodes@jackson.example>", {"sender": "Owen <owen@clarke.example>"}),
    (4, "10:26", "Offer, second version", "Ron Gibson <ron.gibson@woodcorner.example>", {"template": OFFER}),
    (1, "16:20", "Question about the delivery", "Brandon Freeman <brandon.freeman@azure.example>", {"forwarded": True}),
    (0, "08:31", "Height-adjustable desks", "Toni Rhodes <toni.rhodes@jackson.example>", {}),
    (0, "09:24", "Thank you for your visit", "Brandon Freeman <brandon.freeman@azure.example>", {"state": "pending"}),
]
"""Days ago, time, subject and recipients of emails; further values, or the state that they end in.

An email that was forwarded is from the one whom this names as its recipient.
"""

FORWARD = """\
This is urgent.

---------- Forwarded message ---------
From: {sender}
Date: {date}
Subject: {subject}
To: {to}


{body}"""


def draw_logo(name):
    """Return a company logo in base64."""
    with Image.new("RGB", (240, 80), "white") as image, BytesIO() as file:
        font = ImageFont.load_default(56)
        ImageDraw.Draw(image).text((120, 40), name, fill="#714b67", font=font, anchor="mm")
        image.save(file, format="PNG")
        return b64encode(file.getvalue())


class AcmeCommon(DropboxCommon):
    """Users with realistic names, and a company with contacts and leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"name": "Acme", "logo": draw_logo("Acme")})
        cls.contact.name, cls.lead.name = "Carla Jensen", "Shelves for the archive"
        cls._prepare_administrator(cls.env.ref("base.user_admin"))
        contacts = cls.contact
        for company, name, email in CONTACTS:
            parent = cls.env["res.partner"].create({"name": company, "is_company": True})
            contacts += cls.env["res.partner"].create({"name": name, "email": email, "parent_id": parent.id})
        leads = cls.env["crm.lead"].create(
            [
                {
                    "type": "opportunity",
                    "name": title,
                    "partner_name": company,
                    "contact_name": name,
                    "email_from": email,
                    "expected_revenue": revenue,
                    "user_id": cls.own.id,
                }
                for title, company, name, email, revenue in LEADS
            ]
        )
        # older than the emails
        (contacts.message_ids + leads.message_ids).date = datetime.fromisoformat(NOW) - timedelta(days=30)

    @classmethod
    def _create_user(cls, login, groups, **values):
        name = PEOPLE.get(login, login.capitalize())
        first_name = name.split()[0].lower()
        values = {"name": name, "email": f"{first_name}@acme.example", "tz": "Europe/London", **values}
        if "odoobot_state" in cls.env["res.users"]._fields:
            values["odoobot_state"] = "disabled"  # its chat windows would cover the screens
        user = super()._create_user(login, groups, **values)
        cls._show_address(user)
        return user

    @classmethod
    def _prepare_administrator(cls, user):
        """Make the predefined administrator look the same in each run."""
        cls._show_address(user)
        # it decides the colour of the avatar; SQL: the ORM sets it itself
        cls.env.cr.execute("UPDATE res_partner SET create_date = %s WHERE id = %s", [NOW, user.partner_id.id])
        user.partner_id.invalidate_recordset()

    @classmethod
    def _show_address(cls, user):
        """Give a user a fixed address that is no secret."""
        first_name = user.name.split()[0].lower()
        user.sudo().bcc_dropbox_ids.token_ids.token = f"{first_name}{'example' * 3}"[:20]
        user.invalidate_recordset()

    def _receive_emails(self, *subjects, user=None, earlier=0):
        """Receive a salesperson's emails of some weeks, including failed ones.

        :param subjects: of the emails; all by default
        :param user: the salesperson; Owen by default
        :param int earlier: days by which all emails are older
        """
        user = user or self.own
        emails = self.env["crm.bcc.dropbox.email"]
        for number, (days, time, subject, to, more) in enumerate(EMAILS):
            if subjects and subject not in subjects:
                continue
            day = datetime.fromisoformat(NOW) - timedelta(days=days + earlier)
            sent = datetime.combine(day, datetime.strptime(time, "%H:%M").time())
            values = {"subject": subject, "to": to, "user": user, **more}
            if not more.get("forwarded"):
                values["body"] = write_text(subject, parseaddr(to.split(",")[0])[0], user.name)
            if more.get("template") is OFFER:
                values["body"] = values["body"].replace("\n\n", "</p><p>").replace("\n", "<br>")
            values |= {"date": format_datetime(sent), "file": b64encode(bytes(80_000)).decode()}
            if values.pop("forwarded", False):
                email = self._receive_forwarded(values, sent)
            elif state := values.pop("state", None):
                email = self._receive_in_trouble(state, values)
            else:
                email = self._capture(**values)
            self._backdate(email, sent, duration=140 + 17 * number)
            emails += email
        return emails

    def _backdate(self, email, sent, duration):
        """Set the time of arrival to that of sending: the database has its own clock."""
        email.sudo().duration = duration
        email.flush_recordset()
        # SQL: the ORM sets the creation date itself
        self.env.cr.execute("UPDATE crm_bcc_dropbox_email SET create_date = %s WHERE id = %s", [sent, email.id])
        email.invalidate_recordset()

    def _receive_forwarded(self, values, sent):
        """Receive an email of a customer that a salesperson forwards some minutes later.

        :param dict values: of the email; `to` is the customer
        :param datetime sent: when the customer sent it
        """
        user, customer = values["user"], values["to"]
        body = FORWARD.format(
            sender=customer,
            date=sent.strftime("%a, %b %d, %Y at %I:%M %p"),
            subject=values["subject"],
            to=user.email_formatted,
            body=write_answer(values["subject"], parseaddr(customer)[0], user.name),
        )
        forward = {"to": user.bcc_dropbox_address, "subject": f"Fwd: {values['subject']}", "body": body}
        return self._capture(**values | forward | {"date": format_datetime(sent + timedelta(minutes=20))})

    def _receive_in_trouble(self, state, values):
        """Receive an email while the disk is full, and retry it until it is in a state: pending or failed."""
        trouble = OSError("No space left on device")
        with (
            patch.object(self.registry["crm.bcc.dropbox.email"], "_file_admitted", side_effect=trouble),
            mute_logger("odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_gateway"),
        ):
            email = self._capture(**values)
            while email.state != state:
                email.sudo().next_try = False  # due now
                email._process()
                email.invalidate_recordset()
        return email
