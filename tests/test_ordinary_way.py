from .common import GatewayCommon, data, tagged


@tagged("post_install", "-at_install")
class TestOrdinaryWay(GatewayCommon):
    """Mail to a dropbox and also to an alias or the catch-all; mail to no dropbox."""

    def test_alias_and_dropbox_on_one_mail(self):
        """One copy for both: each works, and the dropbox is not revealed."""
        with self.mock_mail_gateway():
            self._receive(
                self._format(
                    to="carla@customer.example",
                    headers=f"Cc: sales@acme.example, Box <{self.sam.bcc_dropbox_address}>\n",
                    subject=f"Re: Bcc {self.sam.bcc_dropbox_address}",
                ),
                save_original=True,
            )
        self.assertRow(self._get_rows(), "captured")
        self.assertEqual(len(self._get_captured(self.contact)), 1)
        message = self._get_leads("sam@acme.example").message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(len(message), 1)
        for text in (message.body, message.incoming_email_to, message.incoming_email_cc):
            self.assertNotIn("bcc-", text or "")
        self.assertEqual(message.subject, "Re: Bcc bcc-[hidden]@acme.example")
        original = message.attachment_ids.filtered(lambda attachment: attachment.name == "original_email.eml")
        self.assertIn(b"sales@acme.example", original.raw)
        self.assertNotIn(self.sam.bcc_dropbox_address.encode(), original.raw)

    def test_alias_and_dropbox_as_two_copies_in_both_orders(self):
        for first in ("dropbox", "alias"):
            with self.subTest(first=first):
                values = {
                    "to": "carla@customer.example",
                    "headers": "Cc: sales@acme.example\n",
                    "message_id": f"<{first}.first@laptop.example>",
                    "subject": first,
                }
                to_alias = self._format(data.BARE, **values).replace(
                    b"From:", b"Delivered-To: sales@acme.example\nFrom:"
                )
                to_dropbox = self._format(**values).replace(b"Cc: sales@acme.example\n", b"")
                copies = [to_dropbox, to_alias] if first == "dropbox" else [to_alias, to_dropbox]
                with self.mock_mail_gateway():
                    for copy in copies + copies:
                        self._receive(copy)
                lead = self._get_leads("sam@acme.example").filtered_domain([("name", "=", first)])
                self.assertEqual(len(lead), 1, "the alias made its lead, once")
                self.assertEqual(len(lead.message_ids.filtered(lambda m: m.message_type == "email")), 1)
                messages = self._get_captured(self.contact).filtered_domain([("subject", "=", first)])
                self.assertEqual(len(messages), 1)

    def test_reply_to_a_known_thread_is_captured_not_posted(self):
        message = self.lead.message_post(body="Our question", message_type="comment", subtype_xmlid="mail.mt_comment")
        with self.assertSilent():
            email = self._capture(to="carla@customer.example", headers=f"In-Reply-To: {message.message_id}\n")
        self.assertEqual(self._get_record(email), self.contact)
        self.assertFalse(self.lead.message_ids.filtered(lambda m: m.message_type == "email"))

    def test_reply_with_the_catch_all_in_copy(self):
        """Odoo posts it on the answered record, unless it was logged there through the dropbox."""
        for customer, posted in [("carla@customer.example", 1), ("leo@customer.example", 0)]:
            with self.subTest(customer=customer):
                message = self.lead.message_post(body="Question", message_type="comment")
                known = self.lead.message_ids
                headers = f"In-Reply-To: {message.message_id}\nCc: catchall@acme.example\n"
                with self.mock_mail_gateway():
                    self.assertRow(self._capture(to=customer, headers=headers), "captured")
                new = self.lead.message_ids - known
                self.assertEqual(len(new.filtered(lambda m: m.message_type == "email")), posted)
                self.assertEqual(len(new), 1)

    def test_alias_that_only_the_envelope_names(self):
        """Odoo reads the envelope from Delivered-To only."""
        for number, header in enumerate(("X-Original-To", "X-BCC-Dropbox-Recipient", "Envelope-To", "Delivered-To")):
            with self.subTest(header=header):
                subject = f"Number {number}"
                headers = f"{header}: sales@acme.example\nCc: {self.sam.bcc_dropbox_address}\n"
                with self.mock_mail_gateway():
                    row = self._capture(data.BARE, to="carla@customer.example", headers=headers, subject=subject)
                self.assertRow(row, "captured")
                self.assertEqual(len(self._get_leads("sam@acme.example").filtered_domain([("name", "=", subject)])), 1)

    def test_answer_with_the_alias_of_another_model_in_copy(self):
        """Only an alias in To makes it a forward: one in Cc stays in Cc."""
        self.alias.alias_model_id = self.env["ir.model"]._get_id("res.partner")
        message = self.lead.message_post(body="Question", message_type="comment")
        headers = f"In-Reply-To: {message.message_id}\nCc: sales@acme.example\n"
        contacts = self.env["res.partner"].search_count([])
        with self.mock_mail_gateway():
            self.assertRow(self._capture(to="carla@customer.example", headers=headers), "captured")
        self.assertEqual(self.env["res.partner"].search_count([]), contacts)
        self.assertEqual(self.lead.message_ids[0].message_type, "email")

    def test_mail_of_odoo_itself(self):
        """A mail of Odoo that is redirected to the dropbox is in the history already, and stays there."""
        values = {"model": "crm.lead", "res_id": self.lead.id, "body": "Odoo's", "message_type": "email_outgoing"}
        message = self.env["mail.message"].create({**values, "message_id": "<1.odoo@acme.example>"})
        # SQL: the ORM sets the creation date itself, the same during a whole test
        self.env.cr.execute("UPDATE mail_message SET create_date = create_date - interval '1 day'")
        self.env.invalidate_all()
        email = self._capture(to="leo@customer.example", message_id=message.message_id)
        self.assertEqual(self._get_record(email), self.lead)
        self.assertEqual(self._get_captured(self.lead), message)
        email.with_user(self.sam).action_undo()
        self.assertTrue(message.exists())
        self.assertRow(email, "unmatched")
        self.assertIn("Still on", email.history)

    def test_mail_without_message_id(self):
        """Without Message-Id there are no duplicates: both ways log it."""
        with self.mock_mail_gateway():
            email = self._capture(to="carla@customer.example", headers="Cc: sales@acme.example\n", message_id="")
        self.assertRow(email, "captured")
        self.assertEqual(len(self._get_captured(self.contact)), 1)
        self.assertEqual(len(self._get_leads("sam@acme.example")), 1)

    def test_no_mail_for_a_dropbox(self):
        """It is processed by Odoo as usual, once."""
        values = {"to": "sales@acme.example", "sender": "carla@customer.example"}
        raw = self._format(data.BARE, **values).replace(b"Subject: Our offer\n", b"")
        with self.mock_mail_gateway():
            self.assertTrue(self._receive(raw))
            self.assertFalse(self._receive(raw), "core knows it")
        self.assertEqual(len(self._get_leads("carla@customer.example")), 1)
        self.assertFalse(self._get_rows())

    def test_catch_all_and_an_answered_message_of_no_record(self):
        message = self.env["mail.thread"].message_notify(body="Note", partner_ids=self.sam.partner_id.ids)
        headers = f"In-Reply-To: {message.message_id}\nCc: catchall@acme.example\n"
        with self.assertSilent():
            self.assertRow(self._capture(headers=headers), "captured")

    def test_no_error_and_no_bounce_for_the_catch_all(self):
        for headers in [
            "Cc: catchall@acme.example\n",
            "Cc: bounce@acme.example, notifications@acme.example\n",
            "Delivered-To: catchall@acme.example\n",
        ]:
            with self.subTest(headers=headers), self.assertSilent():
                self.assertRow(self._capture(headers=headers), "captured")

    def test_token_in_the_subject_of_an_ordinary_mail(self):
        subject = f"Is {self.sam.bcc_dropbox_address} yours?"
        raw = self._format(data.BARE, to="sales@acme.example", sender="new@customer.example", subject=subject)
        with self.mock_mail_gateway():
            self._receive(raw, save_original=True)
        lead = self._get_leads("new@customer.example")
        self.assertEqual(lead.name, "Is bcc-[hidden]@acme.example yours?")
        original = lead.message_ids.attachment_ids.filtered_domain([("name", "=", "original_email.eml")])
        self.assertTrue(original)
        self.assertNotIn(self.sam.bcc_dropbox_address.encode(), original.raw)

    def test_mailbox_that_is_an_alias(self):
        """With plus addresses the mailbox is named by Delivered-To; that does not make it a recipient."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.mailbox", "sales@acme.example")
        self.env.invalidate_all()
        self.assertTrue(self.sam.bcc_dropbox_address.startswith("sales+bcc-"))
        with self.assertSilent():
            self.assertRow(self._capture(headers="Delivered-To: sales@acme.example\n"), "captured")
        self.assertFalse(self._get_leads("sam@acme.example"))
