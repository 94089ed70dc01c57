"""What happens to captured emails when their records and their owners change: one test per row of docs/choices.md."""

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import Command, data, tagged
from .test_actions import ActionsCommon

GONE = "Logged on a record that no longer exists."
HIDDEN = "Logged on a record that you may not see."


class LifeCommon(ActionsCommon):
    def _log_on(self, record, **values):
        """Log an email with files on a record, and return its row."""
        email = self._capture(data.MIXED, to=record.email_normalized, **values)
        self.assertEqual(self._get_record(email), record)
        return email

    def _answer(self, email, **values):
        """Return the records of an answer to a captured email."""
        message_id = email.line_ids[0].mail_message_id.message_id or email.message_id
        values = {"to": email.line_ids[0].email, "headers": f"In-Reply-To: {message_id}\n", "subject": "Re", **values}
        return self._find_records(**values)

    def _find_records(self, **values):
        """Capture an email, and return the records that it is on."""
        email = self._capture(**values)
        self.assertRow(email, "captured")
        return [line._get_filed_record() for line in email.line_ids]

    def _explain(self, email, user=None):
        self.env.invalidate_all()
        [line] = email.line_ids
        return line.with_user(user or self.sam).explanation

    def _get_captured(self, record):
        return record.message_ids.filtered("bcc_dropbox_captured")

    def assertOn(self, email, record):
        """Check that an email is in the history of a record with its files, and that its line leads there."""
        self.env.invalidate_all()
        messages = email.line_ids.mail_message_id
        self.assertTrue(messages)
        self.assertEqual((messages.mapped("model"), messages.mapped("res_id")), ([record._name], record.ids))
        self.assertLessEqual(messages, self._get_captured(record))
        files = messages._bcc_dropbox_get_files()
        self.assertEqual((set(files.mapped("res_model")), set(files.mapped("res_id"))), ({record._name}, {record.id}))
        for line in email.line_ids:
            self.assertEqual(line._get_filed_record(), record)
            self.assertIn(f"“{record.display_name}”", line.with_user(self.sam).explanation)
            self.assertEqual(line.with_user(self.sam).action_open_record()["res_id"], record.id)
        self.assertGreater(record.with_user(self.sam).bcc_dropbox_email_count, 0)


@tagged("post_install", "-at_install")
class TestLifeOfRecords(LifeCommon):
    def _create_lead(self, **values):
        values = {"name": "Small deal", "type": "lead", "email_from": "max@customer.example", **values}
        return self.env["crm.lead"].create(values)

    def _create_contact(self, **values):
        return self.env["res.partner"].create({"name": "Max", "email": "max@customer.example", **values})

    def _merge_contacts(self, contacts, into):
        values = {"dst_partner_id": into.id, "partner_ids": [Command.set(contacts.ids)]}
        wizard = self.env["base.partner.merge.automatic.wizard"].create(values)
        with mute_logger("odoo.addons.base.partner.merge"):
            wizard.action_merge()
        self.assertEqual(contacts.exists(), into)

    # ------------------------------------------------------------
    # LEADS
    # ------------------------------------------------------------

    def test_converted(self):
        """It is the same record; answers go there, although a contact with the address exists now."""
        lead = self._create_lead(contact_name="Max", user_id=self.sam.id)
        email = self._log_on(lead)
        values = {"action": "create", "lead_id": lead.id, "name": "convert"}
        context = {"active_id": lead.id, "active_ids": lead.ids, "active_model": "crm.lead"}
        wizard = self.env["crm.lead2opportunity.partner"].with_user(self.sam).with_context(**context).create(values)
        wizard.action_apply()
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.partner_id.email_normalized, "max@customer.example")
        self.assertOn(email, lead)
        self.assertEqual(self._answer(email), [lead])
        self.assertIn(lead.partner_id, self._find_records(to="max@customer.example"), "no answer: the lookup pattern")

    def test_merged(self):
        """The lines follow the messages; the lead that was created for an email is no longer its own."""
        lead = self._create_lead(email_from="leo@old.example")
        email, created = self._log_on(lead), self._capture(data.MIXED, to="leo@new.example")
        other = self._get_record(created)
        merged = (self.lead + lead + other).with_user(self.sam).merge_opportunity()
        self.assertEqual(merged, self.lead)
        self.assertFalse((lead + other).exists())
        self.assertOn(email, self.lead)
        self.assertOn(created, self.lead)
        self.assertEqual(created.line_ids.outcome, "matched")
        self.assertEqual(self._answer(email), [self.lead])
        self.assertEqual(self._find_records(to="leo@customer.example"), [self.lead])
        self._call(self.sam, created, "action_undo")
        self.assertTrue(self.lead.exists().active)
        self.assertOn(email, self.lead)
        self._call(self.sam, created, "action_retry")
        self.assertRow(created, "captured")

    def test_merged_twice(self):
        """An email that was on both leads is once on the merged one, and can be removed from it."""
        other, to = self._create_lead(), "leo@customer.example, max@customer.example"
        email = self._capture(data.MIXED, to=to)
        unlike = self._capture(data.MIXED, to=to, subject="Another offer")
        self.assertEqual(len(self._get_captured(self.lead) + self._get_captured(other)), 4)
        kept = self._get_captured(self.lead)
        (self.lead + other).merge_opportunity()
        self.env.invalidate_all()
        self.assertEqual(self._get_captured(self.lead), kept)
        files = self.env["ir.attachment"].search([("res_model", "=", "crm.lead"), ("res_id", "=", self.lead.id)])
        self.assertEqual(files, kept._bcc_dropbox_get_files())
        for captured in (email, unlike):
            self.assertOn(captured, self.lead)
        self._call(self.sam, email, "action_undo")
        self.assertEqual(self._get_captured(self.lead), unlike.line_ids.mail_message_id)

    def test_merged_of_older_versions(self):
        """Messages without a fingerprint are compared by their Message-Id."""
        other = self._create_lead()
        emails = [self._capture(to=f"leo@customer.example, {other.email_from}", subject=str(n)) for n in range(2)]
        self._get_captured(self.lead + other).bcc_dropbox_fingerprint = False
        (self.lead + other).merge_opportunity()
        self.env.invalidate_all()
        self.assertEqual(len(self._get_captured(self.lead)), len(emails))

    def test_lost(self):
        email = self._log_on(self.lead)
        self.lead.action_set_lost()
        self.assertOn(email, self.lead)
        [created] = self._answer(email)
        self.assertEqual((created._name, created == self.lead), ("crm.lead", False))

    # ------------------------------------------------------------
    # CONTACTS
    # ------------------------------------------------------------

    def test_contacts_merged(self):
        """Of all merged contacts, not only of the last one."""
        others = self._create_contact() + self._create_contact(email="maxi@customer.example")
        emails = [self._log_on(contact) for contact in others]
        self._merge_contacts(others + self.contact, self.contact)
        for email in emails:
            self.assertOn(email, self.contact)
            self.assertEqual(self._answer(email), [self.contact], "although its address is gone")
        self.assertEqual(self._find_records(to="carla@customer.example"), [self.contact])

    def test_contacts_merged_twice(self):
        other = self._create_contact()
        email = self._capture(data.MIXED, to="carla@customer.example, max@customer.example")
        kept = self._get_captured(self.contact)
        self._merge_contacts(other + self.contact, self.contact)
        self.env.invalidate_all()
        self.assertEqual(self._get_captured(self.contact), kept)
        self.assertOn(email, self.contact)

    # ------------------------------------------------------------
    # ALL RECORDS
    # ------------------------------------------------------------

    def test_archived(self):
        """Archived records get no further email, until they are unarchived."""
        for record in (self.lead, self.contact):
            with self.subTest(record._name):
                email = self._log_on(record)
                record.active = False
                self.assertOn(email, record)
                [created] = self._answer(email)
                self.assertNotEqual(created, record)
                created.active = False
                record.active = True
                self.assertEqual(self._answer(email), [record])

    def test_deleted(self):
        """The email goes with the history; its row stays, and later emails get a new record."""
        for record in (self.lead, self.contact):
            with self.subTest(record._name):
                address, email = record.email_normalized, self._log_on(record)
                message = email.line_ids.mail_message_id
                files = message._bcc_dropbox_get_files()
                record.unlink()
                self.env.invalidate_all()
                self.assertFalse(message.exists() or files.exists())
                self.assertEqual(self._explain(email), GONE)
                with self.assertRaisesRegex(UserError, "There is no record"):
                    email.line_ids.with_user(self.sam).action_open_record()
                [created] = self._find_records(to=address, headers=f"In-Reply-To: {email.message_id}\n")
                self.assertEqual(created._name, "crm.lead")
                self._call(self.sam, email, "action_undo")
                self.assertRow(email, "unmatched")
                self._call(self.sam, email, "action_retry")
                self.assertEqual(self._get_record(email), created)

    def test_company_of_record(self):
        """A record of a company that the owner has no access to gets no further email."""
        company = self.env["res.company"].create({"name": "Far"})
        self.lead.user_id = False  # who is not of that company
        for record in (self.lead, self.contact):
            with self.subTest(record._name):
                email = self._log_on(record)
                record.company_id = company
                self.assertEqual(self._explain(email), HIDDEN)
                self.assertEqual(email.line_ids._get_filed_record(), record)
                self.assertIn(email.line_ids.mail_message_id, self._get_captured(record))
                [created] = self._answer(email)
                self.assertNotEqual(created, record)
                created.active = False
                self.sam.company_ids += company
                self.assertOn(email, record)
                self.assertEqual(self._answer(email), [record])
                self.sam.company_ids -= company


@tagged("post_install", "-at_install")
class TestLifeOfOwners(LifeCommon):
    def test_archived(self):
        """Emails are rejected meanwhile, and can be logged afterwards; the address stays the same."""
        address, email = self.sam.bcc_dropbox_address, self._log_on(self.lead)
        self.sam.active = False
        self.assertIn("“Big deal”", self._explain(email, self.boss))
        self.assertIn(email.line_ids.mail_message_id, self._get_captured(self.lead))
        later = self._capture(dropbox=address, to="leo@customer.example")
        self.assertRow(later, "refused", "You don't have permission")
        self.sam.active = True
        self.assertOn(email, self.lead)
        self._call(self.sam, later, "action_retry")
        self.assertEqual(self._get_record(later), self.lead)
        self.assertEqual(self._find_records(dropbox=address, to="leo@customer.example"), [self.lead])

    def test_deleted(self):
        """The log, the originals and the address go; what is in the histories stays, with its author."""
        address, email = self.sam.bcc_dropbox_address, self._log_on(self.lead)
        pending = self._capture(to="lea@acme.example")
        self.assertRow(pending, "unmatched")
        author, message, line = self.sam.partner_id, email.line_ids.mail_message_id, email.line_ids
        files, raw = message._bcc_dropbox_get_files(), (email + pending).raw_ids
        dropbox = self.sam.bcc_dropbox_ids
        rows = [email, pending, line, raw, dropbox, dropbox.token_ids, dropbox.sender_ids]
        self.assertTrue(all(rows))
        self.sam.unlink()
        self.env.invalidate_all()
        for row in rows:
            self.assertFalse(row.exists(), row._name)
        self.assertEqual((message.author_id, message._bcc_dropbox_get_files()), (author, files))
        self.assertIn("naïve", message.body)
        self.assertEqual(message, self._get_captured(self.lead))
        values = {
            "user": self.lea,
            "sender": "Sam <sam@acme.example>",
            "dropbox": address,
            "to": "leo@customer.example",
        }
        with self.mock_mail_gateway(), self.assertRaisesRegex(ValueError, "No possible route"):
            self._receive(self._format(**values))  # as any address that Odoo does not know
        self.assertEqual(message, self._get_captured(self.lead))

    def test_company_of_owner(self):
        """Emails go to records of the new company; the former address still works."""
        former, email = self.sam.bcc_dropbox_address, self._log_on(self.lead)
        self.lead.company_id = self.company
        domain = self.env["mail.alias.domain"].create({"name": "far.example"})
        company = self.env["res.company"].create({"name": "Far", "alias_domain_id": domain.id})
        near = self.env["res.partner"].create({"name": "Near", "email": "max@customer.example"})
        far = near.copy({"name": "Far", "email": near.email, "company_id": company.id})
        near.company_id = self.company
        self.assertEqual(self._find_records(to="max@customer.example"), [near])
        self.sam.write({"company_id": company.id, "company_ids": [Command.set(company.ids)]})
        self.env.invalidate_all()
        self.assertEqual(self.sam.bcc_dropbox_address, former.replace("acme.example", "far.example"))
        self.assertEqual(self._explain(email), HIDDEN)
        self.assertIn("“Big deal”", self._explain(email, self.boss))
        self.assertIn(email.line_ids.mail_message_id, self._get_captured(self.lead))
        for address in (former, self.sam.bcc_dropbox_address):
            self.assertEqual(self._find_records(dropbox=address, to="max@customer.example"), [far])
        [created] = self._answer(email)
        self.assertEqual((created._name, created.company_id), ("crm.lead", company))
