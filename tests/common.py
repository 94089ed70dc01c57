import time
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from odoo.addons.mail.tests.common import MailCase
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import TransactionCase, new_test_user

from . import data

SECONDS = 6
"""Of CPU time, for one email."""
MEGABYTES = 300
"""MB, in addition to what the server already uses."""

STATUS = Path("/proc/self/status")
CLEAR_PEAK = Path("/proc/self/clear_refs")


class DropboxCommon(MailCase, TransactionCase):
    """A company with a domain, and people who send and receive emails.

    The gateway opens its own transactions, so these tests run in the test mode of the registry.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.domain = cls.env["mail.alias.domain"].create({"name": "acme.example", "sequence": 0})
        cls.company.alias_domain_id = cls.domain
        cls.company.email = "info@acme.example"
        cls.sam = cls._create_user("sam", "sales_team.group_sale_salesman_all_leads")
        cls.lea = cls._create_user("lea", "sales_team.group_sale_salesman_all_leads")
        cls.own = cls._create_user("own", "sales_team.group_sale_salesman")
        cls.boss = cls._create_user("boss", "sales_team.group_sale_manager,crm_bcc_dropbox.group_bcc_dropbox_manager")
        cls.clerk = cls._create_user("clerk", "base.group_user")
        cls.contact = cls.env["res.partner"].create({"name": "Carla Customer", "email": "Carla@customer.example"})
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Big deal", "type": "opportunity", "email_from": "leo@customer.example", "user_id": cls.lea.id}
        )
        cls.mail_count = 0

    def _lift_day_limits(self):
        """Remove the daily limit of emails per dropbox."""
        for key in ("mails", "records", "refused"):
            self.env["ir.config_parameter"].set_param(f"crm_bcc_dropbox.max_{key}_per_day", "1000000")

    def setUp(self):
        super().setUp()
        if not type(self)._registry_patched:
            self.registry_enter_test_mode()

    @classmethod
    def _create_user(cls, login, groups, **values):
        values = {"name": f"{login.capitalize()} Seller", "email": f"{login}@acme.example", **values}
        return new_test_user(cls.env, login=login, groups=groups, **values)

    # ------------------------------------------------------------
    # MAILS
    # ------------------------------------------------------------

    def _format(self, template=data.PLAIN, user=None, **values):
        """Return a raw mail, by default an ordinary email from Sam to a new customer."""
        type(self).mail_count += 1
        user = user or self.sam
        values = {
            "body": "Here is our offer, naïve as it is.",
            "date": "Mon, 23 Nov 2026 10:00:00 +0100",
            "dropbox": user.bcc_dropbox_address or "",
            "file": "JVBERi0xLjQKJSVFT0YK",
            "headers": "",
            "message_id": f"<{self.mail_count}.{self.id()}@laptop.example>",
            "sender": f'"{user.name}" <{user.email}>',
            "subject": "Our offer",
            "to": "new@customer.example",
            **values,
        }
        return template.format(**values).encode()

    def _receive(self, raw, **options):
        """Deliver a mail to the gateway, like the delivery script and the poll."""
        self.env.flush_all()
        result = self.env["mail.thread"].message_process(options.pop("model", None), raw, **options)
        self.env.invalidate_all()
        return result

    def _capture(self, template=data.PLAIN, **values):
        """Receive a mail and return its row in the log."""
        known = self.env["crm.bcc.dropbox.email"].search([])
        self._receive(self._format(template, **values))
        return self.env["crm.bcc.dropbox.email"].search([]) - known

    def _get_record(self, email):
        """Return the only record that a captured email was logged on."""
        self.assertEqual(email.state, "captured", email.reason)
        self.assertEqual(len(email.line_ids), 1)
        return self.env[email.line_ids.res_model].browse(email.line_ids.res_id)

    def _share_sender(self, sender="Sam <sam@acme.example>"):
        """Give Lea a sender address of Sam's, and return the values of an email to both dropboxes."""
        own = {"email": sender, "verified": True}
        self.lea.sudo().bcc_dropbox_ids.write({"sender_ids": [Command.create(own)]})
        return {"to": "leo@customer.example", "message_id": "<same@laptop.example>", "sender": sender}

    # ------------------------------------------------------------
    # ASSERTS
    # ------------------------------------------------------------

    def assertRow(self, email, state, reason=""):
        """Check that an email became one row in a state, with a reason that contains some words."""
        self.assertEqual(len(email), 1, "every mail ends as one row")
        self.assertEqual(email.state, state, email.reason)
        self.assertIn(reason, email.reason or "")

    @contextmanager
    def assertSilent(self):
        """Check that nothing was sent, and that nobody was notified or subscribed."""
        models = ["mail.mail", "mail.notification", "mail.followers"]
        before = [self.env[model].search_count([]) for model in models]
        with self.mock_mail_gateway(), patch("smtplib.SMTP.connect", side_effect=AssertionError("SMTP")):
            yield
            self.env.flush_all()
            self.assertFalse(self._mails)
            self.assertFalse(self._new_mails)
        self.assertEqual(before, [self.env[model].search_count([]) for model in models])


class GatewayCommon(DropboxCommon):
    """With an alias that creates leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alias = cls.env["mail.alias"].create(
            {
                "alias_name": "sales",
                "alias_model_id": cls.env["ir.model"]._get_id("crm.lead"),
                "alias_contact": "everyone",
            }
        )

    def _get_rows(self):
        return self.env["crm.bcc.dropbox.email"].search([])

    def _get_leads(self, email):
        return self.env["crm.lead"].search([("email_normalized", "=", email)])

    def _get_captured(self, record):
        return record.message_ids.filtered(lambda message: message.message_type == "email_outgoing")

    @contextmanager
    def assertCheap(self):
        """Check that a block needs little time and memory."""
        with suppress(OSError):  # if the kernel can't reset the peak, earlier use counts as well
            CLEAR_PEAK.write_text("5")
        before, started = self._get_peak(), time.process_time()
        yield
        seconds, megabytes = time.process_time() - started, self._get_peak() - before
        self.assertLess(seconds, SECONDS)
        self.assertLess(megabytes, MEGABYTES)

    def _get_peak(self):
        """Return the peak memory of this process, in MB."""
        [line] = [line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024


__all__ = ["Command", "DropboxCommon", "GatewayCommon", "data", "tagged"]
