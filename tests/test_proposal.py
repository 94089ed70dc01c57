"""New people who are only proposed, and what happens to a proposal later."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import proposals
from .common import DropboxCommon, data, tagged
from .test_redirected_gateway import EVIL, RedirectedCommon

LIMIT = "crm_bcc_dropbox.max_new_records"
MANY = ", ".join(f"person{number}@new.example" for number in range(4))
"""More people than one email may create records for."""

PLAIN_FORWARD = """\
X-Original-To: {dropbox}
From: {sender}
To: {dropbox}
Subject: Fwd: {subject}
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: text/plain

{body}
{attached}
--outer--
"""

ATTACHED = """\
--outer
Content-Type: message/rfc822

From: {customer}
To: sam@acme.example
Subject: Question
Date: Mon, 23 Nov 2026 09:00:00 +0100
Message-ID: <{number}.of.{customer}>

A question.
"""


class ProposalCommon(DropboxCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dropbox = cls.sam.bcc_dropbox_ids
        cls.dropbox.propose = True
        cls.Line = cls.env["crm.bcc.dropbox.email.line"]

    def _outcomes(self, email):
        return dict(zip(email.line_ids.mapped("email"), email.line_ids.mapped("outcome"), strict=True))

    def _find_records(self, address):
        """Return the leads and contacts with an address."""
        domain = Domain("email_normalized", "=", address)
        return [record for model in ("crm.lead", "res.partner") for record in self.env[model].search(domain)]

    def _get_subjects(self, record):
        """Return the subjects of the captured emails on a record, the oldest first."""
        messages = record.message_ids.filtered("bcc_dropbox_captured").sorted("id")
        return messages.mapped("subject")

    def _forward(self, *customers):
        attached = "".join(ATTACHED.format(customer=customer, number=n) for n, customer in enumerate(customers))
        return self._capture(PLAIN_FORWARD, attached=attached)

    def assertOnce(self, address, *subjects):
        """Check that a person has one record, with emails of these subjects, each once."""
        [record] = self._find_records(address)
        self.assertEqual(self._get_subjects(record), list(subjects))
        return record


@tagged("post_install", "-at_install")
class TestProposed(ProposalCommon):
    def test_chosen_in_address(self):
        """Nobody is asked about a person if the BCC address says what to create."""
        address = self.sam.bcc_dropbox_address.replace("@", "+contact@")
        email = self._capture(to="Nina New <nina@new.example>", dropbox=address)
        self.assertEqual(self._outcomes(email), {"nina@new.example": "created"})
        self.assertEqual([record._name for record in self._find_records("nina@new.example")], ["res.partner"])

    """Who stays a proposal."""

    def test_only_new_people(self):
        with self.assertSilent():
            email = self._capture()
        self.assertRow(email, "unmatched", "New people: confirm them to log this email.")
        self.assertEqual((email.reason_code, email.proposal_count, email.created_count), ("proposed", 1, 0))
        self.assertEqual(self._outcomes(email), {"new@customer.example": "proposed"})
        self.assertIn("Confirm this person", email.line_ids.explanation)
        self.assertFalse(self._find_records("new@customer.example"))

    def test_the_rest_is_logged(self):
        email = self._capture(to="new@customer.example, leo@customer.example")
        self.assertRow(email, "captured", "log this email for them as well")
        self.assertEqual(self._outcomes(email), {"new@customer.example": "proposed", "leo@customer.example": "matched"})
        self.assertEqual(self._get_subjects(self.lead), ["Our offer"])
        self.assertTrue(email.reason_code, "not completely logged: the original is kept longer")

    def test_with_skipped(self):
        email = self._capture(to="new@customer.example, unreadable@@customer.example")
        self.assertRow(email, "unmatched", "New people")
        self.assertEqual(set(self._outcomes(email).values()), {"proposed", "skipped"})

    def test_without_the_option(self):
        self.dropbox.propose = False
        email = self._capture()
        self.assertRow(email, "captured")
        self.assertFalse(self.dropbox.has_proposals)

    def test_nothing_to_create(self):
        """Nobody stays a proposal if no record would be created."""
        cases = [({"create_kind": "none"}, "none"), ({"lookup": "contact"}, "contact")]
        for values, name in cases:
            with self.subTest(name):
                self.dropbox.write({"lookup": "contact_lead", "create_kind": "lead", **values})
                email = self._capture(to=f"{name}@customer.example")
                expected = "skipped" if name == "none" else "proposed"
                self.assertEqual(email.line_ids.outcome, expected)

    def test_many_new_people(self):
        """Above the limit, all new people of an email are proposed, whatever the owner wants."""
        self.dropbox.propose = False
        email = self._capture(to=f"{MANY}, leo@customer.example")
        self.assertRow(email, "captured", "New people")
        self.assertEqual([*self._outcomes(email).values()], ["proposed"] * 4 + ["matched"])
        self.assertIn("more than 3", email.line_ids[0].reason)
        email = self._capture(to="a@new.example, b@new.example, c@new.example")
        self.assertEqual({*self._outcomes(email).values()}, {"created"}, "not above the limit")

    def test_limit(self):
        self.dropbox.propose = False
        for value, expected in (("1", "proposed"), ("2", "created"), ("none", "created"), ("0", "created")):
            self.env["ir.config_parameter"].set_param(LIMIT, value)
            with self.subTest(value):
                email = self._capture(to=f"a{value}@new.example, b{value}@new.example")
                self.assertEqual({*self._outcomes(email).values()}, {expected})

    def test_many_forwarded(self):
        """The emails that one email forwards count together."""
        self.dropbox.propose = False
        email = self._forward(*MANY.split(", "))
        self.assertRow(email, "unmatched", "New people")
        self.assertEqual(email.proposal_count, 4)
        self.assertFalse(self._find_records("person0@new.example"))

    def test_one_person_forwarded_often(self):
        self.dropbox.propose = False
        email = self._forward(*["person0@new.example"] * 5)
        self.assertRow(email, "captured")
        self.assertEqual(len(self._find_records("person0@new.example")), 1)

    def test_by_hand(self):
        """A user who creates records gets them."""
        email = self._capture(to=MANY)
        email.with_user(self.sam).action_create_contact()
        self.assertRow(email, "captured")
        self.assertEqual({*self._outcomes(email).values()}, {"created"})
        self.assertFalse(email.proposal_count)

    def test_tried_again(self):
        """Processing an email again is no second email."""
        email = self._capture()
        email.with_user(self.sam).action_retry()
        self.assertRow(email, "unmatched", "New people")
        self.assertEqual(self._outcomes(email), {"new@customer.example": "proposed"})
        self.dropbox.propose = False
        self.env.flush_all()
        email.with_user(self.sam).action_retry()
        self.assertRow(email, "captured")

    def test_repeated_delivery(self):
        """The same mail again is no second email."""
        raw = self._format()
        for _again in range(2):
            self._receive(raw)
        email = self.env["crm.bcc.dropbox.email"].search([], limit=1)
        self.assertRow(email, "unmatched", "New people")
        self.assertFalse(self._find_records("new@customer.example"))

    def test_originals(self):
        """The original is kept as long as a proposal waits, unless the owner has archived the email."""
        proposed = self._capture()
        partly = self._capture(to="other@customer.example, leo@customer.example")
        archived = self._capture(to="third@customer.example")
        archived.with_user(self.sam).action_dismiss()
        logged = self._capture(to="leo@customer.example")
        every = proposed + partly + archived + logged
        self.env.cr.execute(
            "UPDATE crm_bcc_dropbox_email SET create_date = create_date - interval '400 days' WHERE id = ANY(%s)",
            [every.ids],
        )
        self.env.invalidate_all()
        self.env["crm.bcc.dropbox.email"]._gc_raw()
        self.assertEqual(every.filtered("has_original"), proposed + partly)
        proposed.with_user(self.sam).action_refuse_proposals()
        partly.with_user(self.sam).action_confirm_proposals()
        self.env["crm.bcc.dropbox.email"]._gc_raw()
        self.env.invalidate_all()
        self.assertFalse(every.filtered("has_original"))


@tagged("post_install", "-at_install")
class TestConfirmedByMail(ProposalCommon):
    """A proposal is confirmed by a second mail or a reply."""

    def test_second_mail(self):
        first = self._capture(subject="First")
        with self.assertSilent():
            second = self._capture(subject="Second")
        for email in (first, second):
            self.assertRow(email, "captured")
            self.assertFalse(email.reason_code)
        record = self.assertOnce("new@customer.example", "Second", "First")
        self.assertEqual((first.line_ids.outcome, second.line_ids.outcome), ("matched", "created"))
        self.assertEqual(first.line_ids.res_id, record.id)
        self.assertEqual((first.created_count, second.created_count), (0, 1))
        self.assertIn("Logged on", first.history)

    def test_other_spelling(self):
        first = self._capture(to="new@bücher.example", headers="")
        self.assertRow(first, "unmatched")
        second = self._capture(to="new@xn--bcher-kva.example")
        self.assertRow(second, "captured")
        self.assertRow(first, "captured")

    def test_some_of_an_email(self):
        """The others in the earlier mail still wait."""
        first = self._capture(to="new@customer.example, other@customer.example", subject="First")
        self._capture(subject="Second")
        self.assertRow(first, "captured", "for them as well")
        self.assertEqual(
            self._outcomes(first), {"new@customer.example": "matched", "other@customer.example": "proposed"}
        )
        self._capture(to="other@customer.example", subject="Third")
        self.assertFalse(first.reason_code)
        self.assertOnce("other@customer.example", "Third", "First")

    def test_remarks(self):
        """What the row says about an email that was logged in part stays, and is not said twice."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_attachment_mb", "1")
        large = {"template": data.MIXED, "file": "QUFB" * 500_000, "date": "Mon, 23 Nov 1970 10:00:00 +0100"}
        only = self._capture(to="new@customer.example", **large)
        partly = self._capture(to="other@customer.example, leo@customer.example", **large)
        self.assertEqual([code for code, _values in only.reasons], ["proposed", "implausible_date"])
        for address in ("new", "other"):
            self._capture(to=f"{address}@customer.example")
        for email in (only, partly):
            with self.subTest(email.recipients):
                codes = [code for code, _values in email.reasons]
                self.assertEqual(sorted(codes), ["implausible_date", "large_files"])

    def test_mass_mail(self):
        """A mass mail that is sent twice creates nothing, and a mail to some of its recipients confirms these."""
        for _again in range(2):
            self.assertRow(self._capture(to=MANY, subject="Mass"), "unmatched", "New people")
        self.assertFalse(self._find_records("person0@new.example"))
        self._capture(to="person0@new.example", subject="Alone")
        self.assertOnce("person0@new.example", "Alone", "Mass", "Mass")
        self.assertFalse(self._find_records("person1@new.example"))

    def test_mass_mail_without_the_option(self):
        self.dropbox.propose = False
        self._capture(to=MANY, subject="Mass")
        self._capture(to="person0@new.example", subject="Alone")
        self.assertOnce("person0@new.example", "Alone", "Mass")

    def test_many_earlier_emails(self):
        """The others stay proposals, and the next confirmation takes them."""
        with patch.object(proposals, "MAX_EARLIER", 2):
            for _again in range(4):
                self._capture(to=MANY, subject="Mass")
            self._capture(to="person0@new.example", subject="Alone")
            waiting = self.Line.search([("email", "=", "person0@new.example"), ("outcome", "=", "proposed")])
            self.assertEqual(len(waiting), 2)
            waiting[0].with_user(self.sam).action_confirm()
        self.assertOnce("person0@new.example", "Alone", *["Mass"] * 4)

    def test_slow_earlier_emails(self):
        """Those for which there is no time stay proposals; the email itself is logged."""
        first = self._capture(subject="First")
        with patch.object(proposals, "MAX_SECONDS", -1):
            self.assertRow(self._capture(subject="Second"), "captured")
        self.assertEqual(first.line_ids.outcome, "proposed")
        first.with_user(self.sam).action_confirm_proposals()
        self.assertOnce("new@customer.example", "Second", "First")

    def test_other_owner(self):
        """Colleagues decide for themselves."""
        self.lea.bcc_dropbox_ids.propose = True
        first = self._capture(user=self.lea)
        second = self._capture()
        self.assertRow(first, "unmatched")
        self.assertRow(second, "unmatched")

    def test_archived(self):
        """Archiving an email withdraws its proposals."""
        first = self._capture()
        first.with_user(self.sam).action_dismiss()
        self.assertRow(self._capture(), "unmatched")
        self.assertEqual(first.line_ids.outcome, "proposed")

    def test_forwarded_reply(self):
        first = self._capture(subject="First")
        reply = self._forward("new@customer.example")
        self.assertRow(reply, "captured")
        self.assertRow(first, "captured")
        self.assertOnce("new@customer.example", "Question", "First")

    def test_reply_in_a_conversation(self):
        """It goes where its conversation is, and on the new record of the person."""
        first = self._capture(to="new@customer.example, leo@customer.example", subject="First")
        message = first.line_ids.mail_message_id.message_id
        second = self._capture(subject="Second", headers=f"In-Reply-To: {message}\n")
        self.assertEqual(sorted(second.line_ids.mapped("outcome")), ["created", "matched"])
        self.assertEqual(self._get_subjects(self.lead), ["First", "Second"])
        self.assertOnce("new@customer.example", "Second", "First")
        self.assertFalse(first.reason_code)

    def test_reply_in_a_conversation_after_mass_mails(self):
        """Earlier mails go on the new record only."""
        self._capture(to=MANY, subject="Mass")
        first = self._capture(to=f"{MANY}, leo@customer.example", subject="First")
        message = first.line_ids.mail_message_id.message_id
        self._capture(to="person0@new.example", subject="Second", headers=f"In-Reply-To: {message}\n")
        self.assertEqual(self._get_subjects(self.lead), ["First", "Second"])
        self.assertOnce("person0@new.example", "Second", "First", "Mass")

    def test_conversation_of_who_has_a_record_now(self):
        """No second record is created."""
        first = self._capture(to="new@customer.example, leo@customer.example")
        contact = self.env["res.partner"].create({"name": "New", "email": "new@customer.example"})
        message = first.line_ids.mail_message_id.message_id
        second = self._capture(headers=f"In-Reply-To: {message}\n")
        self.assertEqual(self._outcomes(second), {"new@customer.example": "matched"})
        self.assertEqual(self._find_records("new@customer.example"), [contact])
        first.with_user(self.sam).action_confirm_proposals()
        self.assertOnce("new@customer.example", "Our offer")

    def test_large_conversation(self):
        """A mail to all in a conversation confirms nobody above the limit."""
        first = self._capture(to=f"{MANY}, leo@customer.example")
        message = first.line_ids.mail_message_id.message_id
        second = self._capture(to=f"{MANY}, leo@customer.example", headers=f"In-Reply-To: {message}\n")
        self.assertEqual({*self._outcomes(second).values()}, {"matched"})
        self.assertFalse(self._find_records("person0@new.example"))

    def test_limit_of_the_day(self):
        first = self._capture(subject="First")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_records_per_day", "1")
        self.dropbox.propose = False
        self._capture(to="other@customer.example")
        self.dropbox.propose = True
        second = self._capture(subject="Second")
        self.assertRow(second, "pending", "Waiting until tomorrow")
        self.assertRow(first, "unmatched")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_records_per_day", "2")
        second.next_try = False
        self.env.flush_all()
        second._process()
        self.env.invalidate_all()
        self.assertOnce("new@customer.example", "Second", "First")

    def test_record_is_refused_by_odoo(self):
        """The proposal still waits."""
        first = self._capture()
        Lead = self.env.registry["crm.lead"]
        with patch.object(Lead, "_create_bcc_dropbox_record", side_effect=UserError("A phone is needed.")):
            second = self._capture()
        self.assertRow(second, "unmatched")
        self.assertEqual(second.line_ids.reason, "A phone is needed.")
        self.assertEqual(first.line_ids.outcome, "proposed")

    def test_original_is_gone(self):
        first = self._capture()
        first.raw = False
        self.assertRow(self._capture(), "captured")
        self.assertEqual(first.line_ids.outcome, "proposed")

    def test_queries(self):
        """A person without a record costs one query more, if the owner ever had a proposal."""
        self._capture(to="first@customer.example")
        self.dropbox.propose = False
        for address in ("warm", "cold", "last"):
            self.dropbox.has_proposals = address == "last"
            self.env.flush_all()
            raw, before = self._format(to=f"{address}@customer.example"), self.env.cr.sql_log_count
            self._receive(raw)
            counted = self.env.cr.sql_log_count - before
            if address == "cold":
                without = counted
        self.assertEqual(counted, without + 1)

    def test_index(self):
        domain = proposals.get_waiting_domain(self._capture()) | Domain("reason_code", "=", proposals.REFUSED_PERSON)
        query = self.Line._search(Domain("email", "in", ["new@customer.example"]) & domain)
        self.env.cr.execute("SET LOCAL enable_seqscan TO OFF; SET LOCAL enable_indexscan TO ON")
        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select())))
        self.assertIn("_email_idx", plan)


@tagged("post_install", "-at_install")
class TestConfirmedByReply(ProposalCommon, RedirectedCommon):
    """Emails that a rule of the owner's mailbox redirects."""

    def _redirect_new(self, **values):
        return self._redirect(sender="New <new@evil.example>", results=EVIL, **values)

    def test_reply(self):
        """It creates the record, although the owner wants none of unknown senders."""
        for is_wanted in (False, True):
            self.dropbox.redirects_unknown = is_wanted
            address = f"new{is_wanted}@evil.example".lower()
            with self.subTest(is_wanted):
                first = self._capture(to=address, subject="First")
                reply = self._redirect(sender=f"New <{address}>", results=EVIL, subject="Re: First")
                self.assertRow(reply, "captured")
                self.assertRow(first, "captured")
                self.assertOnce(address, "Re: First", "First")

    def test_two_emails_of_a_stranger(self):
        """They are no reply: the person stays a proposal until the owner writes to them."""
        self.dropbox.redirects_unknown = True
        strange = [self._redirect_new(subject=subject) for subject in ("One", "Two")]
        for email in strange:
            self.assertRow(email, "unmatched", "New people")
        self._capture(to="new@evil.example", subject="Answer")
        self.assertOnce("new@evil.example", "Answer", "Two", "One")

    def test_unknown_sender(self):
        """Without a proposal, nothing changes."""
        self.dropbox.has_proposals = True
        self.assertRow(self._redirect_new(), "unmatched", "unknown senders")
