"""Emails whose subject names a document, with the apps that the addon depends on; see also `test_documents_apps`."""

from unittest.mock import patch

from ..tools.document_number import DOCUMENTS, DocumentKind
from ..tools.raw_mail import RawMail
from .common import data, tagged
from .forwarded import ForwardedCommon
from .test_actions import ActionsCommon
from .test_redirected_gateway import RedirectedCommon

PROJECTS = DocumentKind("res.partner", field="ref", pattern="ACME-[0-9]+", partner="parent_id")
"""Of an addon whose documents are contacts with a number."""


class DocumentsCommon(ActionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sam.bcc_dropbox_opportunity = "none"
        cls.project = cls.env["res.partner"].create({"name": "New hall", "ref": "ACME-17"})
        Email = type(cls.env["crm.bcc.dropbox.email"])
        patcher = patch.object(Email, "_get_bcc_dropbox_documents", lambda self: [*DOCUMENTS, PROJECTS])
        cls.startClassPatcher(patcher)

    def _name(self, subject, **values):
        """Capture an email to Leo with a subject, and return the records of its lines."""
        email = self._capture(**{"to": "leo@customer.example", "subject": subject, **values})
        self.assertRow(email, "captured")
        return [line._get_filed_record() for line in email.line_ids]

    def _create_lead(self, **values):
        return self.env["crm.lead"].create({"name": "Other deal", "type": "opportunity", **values})


@tagged("post_install", "-at_install")
class TestDocuments(DocumentsCommon):
    def test_line(self):
        """A further line shows the number; the email is in the history of both records, silently."""
        with self.assertSilent():
            email = self._capture(data.MIXED, to="leo@customer.example", subject="Plan of ACME-17")
        self.assertRow(email, "captured")
        self.assertRecordValues(
            email.line_ids,
            [
                {"email": "leo@customer.example", "outcome": "matched", "res_model": "crm.lead", "res_id": self.lead.id,
                 "reason_code": False},
                {"email": "ACME-17", "outcome": "matched", "res_model": "res.partner", "res_id": self.project.id,
                 "reason_code": "subject_number"},
            ],
        )  # fmt: skip
        line = email.line_ids[1].with_user(self.sam)
        self.assertEqual(line.explanation, "Logged on Contact “New hall”. Its number is in the subject.")
        self.assertEqual(line.action_open_record()["res_id"], self.project.id)
        self.assertEqual(email.recipients, "leo@customer.example")
        message = email.line_ids[1].mail_message_id
        self.assertEqual((message.model, message.res_id), ("res.partner", self.project.id))
        self.assertEqual(message.attachment_ids.mapped("name"), ["offer.pdf"])
        self.assertEqual(message.author_id, self.sam.partner_id)
        self.assertEqual(self.project.with_user(self.sam).bcc_dropbox_email_count, 1)

    def test_named(self):
        """The owner may name the document of anyone."""
        other = self._create_lead()
        for subject in (f"[lead {other.id}] Plan", f"Plan of opportunity #{other.id}", f"[LEAD-{other.id}]"):
            with self.subTest(subject):
                self.assertEqual(self._name(subject), [self.lead, other])

    def test_several(self):
        other = self._create_lead()
        self.assertEqual(self._name(f"acme-17 and [lead {other.id}]"), [self.lead, self.project, other])

    def test_only_once(self):
        """The record of the customer, or a document that is named twice, has one line."""
        self.assertEqual(self._name(f"[lead {self.lead.id}]"), [self.lead])
        self.assertEqual(self._name("ACME-17, acme-17"), [self.lead, self.project])

    def test_bare(self):
        """A bare number is found only if the document is the customer's."""
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        person = self.env["res.partner"].create({"name": "Paul", "parent_id": company.id})
        twin = self.env["res.partner"].create({"name": "Carla", "email": "carla@customer.example"})
        self.contact.parent_id = company
        for name, values, is_found in [
            ("nobody", {}, False),
            ("somebody else", {"partner_id": self.project.id, "email_from": "else@customer.example"}, False),
            ("her address", {"email_from": "carla@customer.example"}, True),
            ("her contact", {"partner_id": self.contact.id, "email_from": False}, True),
            ("a contact with her address", {"partner_id": twin.id, "email_from": False}, True),
            ("her company", {"partner_id": company.id, "email_from": False}, True),
            ("a colleague of hers", {"partner_id": person.id, "email_from": False}, True),
        ]:
            lead = self._create_lead(**values)
            for subject in (f"Plan #{lead.id}", f"[#{lead.id}] Plan"):
                with self.subTest(name, subject=subject):
                    found = self._name(subject, to="carla@customer.example")
                    self.assertEqual(found, [self.contact, lead] if is_found else [self.contact])

    def test_bare_of_a_lead(self):
        """The customer may have been found by a lead."""
        self.lead.partner_id = self.project
        other = self._create_lead(partner_id=self.project.id)
        self.assertEqual(self._name(f"#{other.id}"), [self.lead, other])

    def test_ambiguous(self):
        """A number that several documents have names none of them."""
        self.project.copy({"ref": "ACME-17"})
        self.assertEqual(self._name("ACME-17"), [self.lead])

    def test_ambiguous_kinds(self):
        """The number must be unique over all kinds that it may belong to."""
        other = self._create_lead(partner_id=self.contact.id, email_from=False)
        to = "carla@customer.example"
        self.assertEqual(self._name(f"#{other.id}", to=to), [self.contact, other])
        self.project.ref = str(other.id)
        same = DocumentKind("res.partner", field="ref", words=("project",))
        Email = type(self.env["crm.bcc.dropbox.email"])
        with patch.object(Email, "_get_bcc_dropbox_documents", lambda self: [*DOCUMENTS, same]):
            self.assertEqual(self._name(f"#{other.id}", to=to), [self.contact])
            self.assertEqual(self._name(f"lead #{other.id}", to=to), [self.contact, other])
            self.assertEqual(self._name(f"[Project {other.id}]", to=to), [self.contact, self.project])

    def test_gone(self):
        """Lost and archived documents get no email."""
        lost, archived = self._create_lead(), self._create_lead()
        lost.action_set_lost()
        archived.active = False
        self.project.active = False
        for subject in (f"[lead {lost.id}]", f"[lead {archived.id}]", "[lead 999999999]", "ACME-17", "ACME-99"):
            with self.subTest(subject):
                self.assertEqual(self._name(subject), [self.lead])

    def test_no_customer(self):
        """Without a customer, or if none of them has a record, the number does not count."""
        self.assertRow(self._capture(to="lea@acme.example", subject="ACME-17"), "unmatched", "No customer")
        self.sam.with_user(self.sam).bcc_dropbox_create = "none"
        email = self._capture(to="new@customer.example", subject="ACME-17")
        self.assertRow(email, "unmatched", "couldn't be logged on any record")
        self.assertEqual(len(email.line_ids), 1)

    def test_new_record(self):
        records = self._name("ACME-17", to="new@customer.example")
        self.assertEqual([record._name for record in records], ["crm.lead", "res.partner"])

    def test_conversation(self):
        """The conversation takes precedence over the pattern; the number is added to it."""
        first = self._capture(to="leo@customer.example").line_ids.mail_message_id
        records = self._name("Re: ACME-17", headers=f"In-Reply-To: {first.message_id}\n")
        self.assertEqual(records, [self.lead, self.project])

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_rights(self):
        """The owner must be able to see and to change the document."""
        mine, others = self._create_lead(user_id=self.own.id), self._create_lead(user_id=self.lea.id)
        values = {"user": self.own, "to": "carla@customer.example"}
        self.assertEqual(self._name(f"[lead {mine.id}]", **values), [self.contact, mine])
        self.assertEqual(self._name(f"[lead {others.id}]", **values), [self.contact])
        self.env["ir.rule"].create(
            {
                "name": "Projects: read only",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": [("ref", "=", False)],
                "perm_read": False,
            }
        )
        self.assertEqual(self._name("ACME-17", **values), [self.contact])

    def test_companies(self):
        """The number must be unique in the companies of the owner, not in all."""
        company = self.env["res.company"].create({"name": "Far"})
        self.project.company_id = self.company
        self.project.copy({"ref": "ACME-17", "company_id": company.id})
        self.assertEqual(self._name("ACME-17"), [self.lead, self.project])
        self.sam.company_ids += company
        self.assertEqual(self._name("ACME-17"), [self.lead])
        self.project.company_id = company
        self.sam.company_ids = self.company
        self.assertEqual(self._name("ACME-17"), [self.lead])

    # ------------------------------------------------------------
    # AFTERWARDS
    # ------------------------------------------------------------

    def test_undo(self):
        email = self._capture(to="leo@customer.example", subject="ACME-17")
        line = email.line_ids[1]
        self._call(self.sam, line, "action_undo")
        self.assertRow(email, "captured")
        self.assertEqual((line.outcome, line.reason), ("skipped", "Removed from “New hall” by Sam Seller"))
        self.assertEqual(line.email, "ACME-17")
        self.assertFalse(self.project.message_ids.filtered("bcc_dropbox_captured"))
        self._call(self.sam, email, "action_undo")
        self.assertRow(email, "unmatched", "Removed by Sam Seller")
        self._call(self.sam, email, "action_retry")
        self.assertEqual([line._get_filed_record() for line in email.line_ids], [self.lead, self.project])

    def test_move(self):
        email = self._capture(data.MIXED, to="leo@customer.example", subject="ACME-17")
        line = email.line_ids[1]
        dialog = self._ask(self.sam, line, "action_move")
        dialog.with_user(self.sam).record = self.contact
        self._call(self.sam, dialog, "action_confirm")
        self.assertEqual(line._get_filed_record(), self.contact)
        self.assertEqual(line.mail_message_id.attachment_ids.mapped("res_id"), self.contact.ids)

    def test_read_again(self):
        email = self._capture(data.MIXED, to="leo@customer.example", subject="ACME-17")
        message = email.line_ids[1].mail_message_id
        message.body = "lost"
        self._call(self.sam, email, "action_read_again")
        self.assertIn("naïve", message.body)

    def test_rebuilt(self):
        """An original that is rebuilt from a copy has no number among its recipients."""
        email = self._capture(to="leo@customer.example", subject="ACME-17")
        email.line_ids.mail_message_id.write({"bcc_dropbox_to": False})
        email.write({"email_to": False, "raw": False})
        self._call(self.sam, email, "action_undo")
        self._call(self.sam, email, "action_retry")
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("email"), ["leo@customer.example", "ACME-17"])

    def test_by_hand(self):
        """Records that the user creates or chooses replace all other choices."""
        self.sam.with_user(self.sam).bcc_dropbox_create = "none"
        email = self._capture(to="new@customer.example", subject="ACME-17")
        self._call(self.sam, email, "action_create_lead")
        self.assertEqual(email.line_ids.mapped("res_model"), ["crm.lead"])

    def test_known_email(self):
        """A document that has the email already does not get it twice."""
        values = {"to": "leo@customer.example", "subject": "ACME-17", "message_id": "<same@laptop.example>"}
        self._capture(**values, sender="Sam <sam@acme.example>")
        self._share_sender()
        self._capture(**values, sender="Sam <sam@acme.example>", user=self.lea)
        self.assertEqual(len(self.project.message_ids.filtered("bcc_dropbox_captured")), 1)


@tagged("post_install", "-at_install")
class TestDocumentsOfReceived(DocumentsCommon, RedirectedCommon, ForwardedCommon):
    """Customers, and anyone who writes to the owner, choose the subject of a received email."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sam.bcc_dropbox_opportunity = "none"
        cls.company = cls.env["res.partner"].create({"name": "Customer", "is_company": True})
        cls.contact.parent_id = cls.company
        cls.nora = cls.env["res.partner"].create({"name": "Nora", "email": "nora@client.example"})

    def _get_models(self, email):
        self.assertRow(email, "captured")
        return [line._get_filed_record() for line in email.line_ids]

    def test_redirected(self):
        self.assertEqual(self._get_models(self._redirect(subject="ACME-17")), [self.contact])
        self.project.parent_id = self.company
        self.assertEqual(self._get_models(self._redirect(subject="Re: ACME-17")), [self.contact, self.project])

    def test_redirected_from_unknown(self):
        """A stranger whose record is created for the email reaches no document of others."""
        self.dropbox.redirects_unknown = True
        lead = self._create_lead(partner_id=self.contact.id)
        values = {"sender": "New <new@customer.example>"}
        [created] = self._get_models(self._redirect(subject=f"[lead {lead.id}] ACME-17", **values))
        self.assertEqual(created.email_normalized, "new@customer.example")
        self.dropbox.redirects_unknown = False
        email = self._redirect(subject="ACME-17", sender="Newer <newer@customer.example>")
        self.assertRow(email, "unmatched")

    def test_forwarded(self):
        """Nothing proves who wrote the original."""
        email = self._forward(self._inline(subject="ACME-17"), subject="Fwd: ACME-17")
        self.assertEqual(self._get_models(email), [self.nora])
        self.project.parent_id = self.nora
        email = self._forward(self._inline(subject="Again: ACME-17"), subject="Fwd: Again: ACME-17")
        self.assertEqual(self._get_models(email), [self.nora, self.project])


@tagged("post_install", "-at_install")
class TestDocumentQueries(DocumentsCommon):
    def _count(self, subject, to="leo@customer.example"):
        Email = self.env["crm.bcc.dropbox.email"]
        raw = self._format(to=to, subject=subject)
        email, counts = self._capture(to=to), []
        env = email.dropbox_id._get_owner_env()
        mail = RawMail(raw)
        item = email._split_correspondents(mail)
        with patch.object(type(Email), "_add_documents", lambda self, env, decisions, mail: decisions):
            decisions = email._match_customers(env, item.customers, mail)
        for _warm in range(2):
            env.invalidate_all()
            env.companies.sudo().fetch(["parent_path"])  # read with the contacts
            decisions[0].record.fetch(decisions[0].record._get_bcc_dropbox_fields())
            before = self.env.cr.sql_log_count
            email._add_documents(env, decisions, mail)
            counts.append(self.env.cr.sql_log_count - before)
        return counts[-1]

    def test_queries(self):
        lead = self._create_lead(partner_id=self.project.id)
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        self.contact.parent_id = self.project.parent_id = company
        for subject, to, expected in [
            ("Our offer", "leo@customer.example", 0),
            ("We are #1!", "leo@customer.example", 0),
            ("Invoice INV/2026/00012", "leo@customer.example", 0),  # no app with such documents is installed
            ("Plan of ACME-17", "leo@customer.example", 1),
            ("ACME-17, ACME-18, ACME-19", "leo@customer.example", 1),
            (f"[lead {lead.id}]", "leo@customer.example", 1),
            (f"#{lead.id}", "carla@customer.example", 2),  # and the companies of the customers
        ]:
            with self.subTest(subject):
                self.assertEqual(self._count(subject, to), expected)
