"""A mailbox for BCC copies: its mail belongs to the user whose verified sender address sent it, or to nobody."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import data, tagged
from .test_poll import KINDS, PollCommon

HOST = "mx.example"
MAILBOX = "copies@acme.example"
PASS = "dmarc=pass header.from=acme.example"
PARAMETER = "crm_bcc_dropbox.authentication_host"
CREATED = ["crm.bcc.dropbox.email", "crm.lead", "mail.alias", "mail.message", "res.partner"]


class BySenderCommon(PollCommon):
    """The owners have the lowest rights; the trusted server is mx.example."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"]
        cls.parameters.set_param(PARAMETER, HOST)
        cls.dropbox = cls.own.bcc_dropbox_ids

    @contextmanager
    def _serve(self, kind, *mails):
        with super()._serve(kind, *mails) as (box, server):
            server.write({"user": MAILBOX, "bcc_dropbox_by_sender": True})
            yield box, server

    def _write_copy(self, result=PASS, host=HOST, headers="", **values):
        """Return a mail from Own without a trace of its Bcc, as the trusted server delivers it."""
        received = f"Received: from laptop.example by {HOST}; Mon, 23 Nov 2026 10:00:00 +0100\n"
        results = f"Authentication-Results: {host}; {result}\n" if result else ""
        return self._format(data.BARE, headers=results + received + headers, **{"user": self.own, **values})

    def _poll_copies(self, *mails, kind="imap"):
        """Poll a mailbox with some mails; return their new rows."""
        known = self._get_rows()
        with self._serve(kind, *mails) as (box, server):
            self.assertIsNone(self._poll(server))
            self.assertFalse(box.get_new())
            self.assertFalse(self._get_polls(server))
        return self._get_rows() - known

    def _count_records(self):
        return {model: self.env[model].with_context(active_test=False).search_count([]) for model in CREATED}


@tagged("post_install", "-at_install")
class TestClaimed(BySenderCommon):
    """Mail that belongs to a user is logged like mail to the user's own BCC address."""

    def test_logged(self):
        for mode in ("off", "reject", "require"):
            self.parameters.set_param("crm_bcc_dropbox.authentication", mode)
            for kind in KINDS:
                with self.subTest(kind, mode=mode), self.assertSilent():
                    customer = f"{kind}@{mode}.example"
                    email = self._poll_copies(self._write_copy(to=customer), kind=kind)
                    self.assertRow(email, "captured")
                    self.assertEqual(email.user_id, self.own)
                    self.assertEqual((email.found_in, email.mailbox), ("mailbox", MAILBOX))
                    self.assertEqual((email.authentication, email.authentication_host), ("pass", HOST))
                    self.assertEqual(self._get_leads(customer).user_id, self.own)

    def test_explanation(self):
        email = self._poll_copies(self._write_copy())
        sentences = email.with_user(self.own).explanation.splitlines()
        fetched = "Fetched from the mailbox copies@acme.example and assigned to its verified sender."
        self.assertEqual(sentences[0], fetched)
        self.assertEqual(sentences[1], "Sent from own@acme.example, a sender address of Own Seller.")
        self.assertEqual(sentences[2], "mx.example verified that the email is from acme.example (DMARC).")

    def test_name_of_the_mailbox(self):
        """A login that is no address is not shown."""
        with self._serve("imap", self._write_copy()) as (_box, server):
            server.write({"user": "ACME\\copies", "name": "BCC copies"})
            self._poll(server)
        self.assertEqual(self._get_rows()[0].mailbox, "BCC copies")

    def test_only_one_of_the_users_is_permitted(self):
        """An address of a user who left and of their successor belongs to the successor."""
        sender = {"email": "office@acme.example", "verified": True}
        for user in (self.own, self.lea, self.sam):
            user.bcc_dropbox_ids.sender_ids = [Command.create(sender)]
        self.lea.active = False
        self.sam.bcc_dropbox_ids.action_archive()
        email = self._poll_copies(self._write_copy(sender="office@acme.example"))
        self.assertRow(email, "captured")
        self.assertEqual(email.user_id, self.own)

    def test_other_recipients_get_the_mail_itself(self):
        """A copy is not processed for the aliases that it names, nor are its mailbox and they customers."""
        with self.assertSilent():
            email = self._poll_copies(self._write_copy(to=f"sales@acme.example, {MAILBOX}, carla@customer.example"))
        self.assertEqual(email.line_ids.email, "carla@customer.example")
        self.assertEqual(self._get_record(email), self.contact)
        self.assertFalse(self._get_leads("own@acme.example"))
        self.assertFalse(self._get_leads(MAILBOX))

    def test_automatic_mail(self):
        """Its owner is found, and the rules for all captured emails hold."""
        before = self._count_records()
        with self.assertSilent():
            email = self._poll_copies(self._write_copy(headers="Auto-Submitted: auto-replied\n"))
        self.assertRow(email, "refused", "Auto-Submitted")
        self.assertEqual(email.user_id, self.own)
        after = self._count_records()
        changed = [model for model in CREATED if after[model] != before[model]]
        self.assertEqual(changed, ["crm.bcc.dropbox.email", "mail.message"], "the log, and the notice to the owner")

    def test_shortened(self):
        """The owner of a mail that is too large to be stored is found as well."""
        with patch("odoo.addons.crm_bcc_dropbox.tools.limits.MAX_KEPT", 5_000):
            email = self._poll_copies(self._write_copy(body="x" * 10_000))
        self.assertRow(email, "refused", "too large")
        self.assertEqual(email.mailbox, MAILBOX)

    # ------------------------------------------------------------
    # WITH A BCC ADDRESS
    # ------------------------------------------------------------

    def test_named_dropbox(self):
        """The BCC address takes precedence over the sender, with all that follows from it."""
        sam = f"X-Original-To: {self.sam.bcc_dropbox_address}\n"
        foreign = self._poll_copies(self._write_copy(headers=sam))
        self.assertRow(foreign, "refused", "not one of your sender addresses")
        self.assertEqual((foreign.user_id, foreign.found_in, foreign.mailbox), (self.sam, "x-original-to", False))
        to = "sales@acme.example, new@customer.example"
        email = self._poll_copies(self._write_copy("", headers=sam, user=self.sam, to=to))
        self.assertRow(email, "captured")
        self.assertEqual(len(self._get_leads("sam@acme.example")), 1, "the alias gets the mail as well")

    def test_same_mail_twice(self):
        """A mail is logged once, by whichever ways it comes."""
        copy = self._write_copy()
        own = f"X-Original-To: {self.own.bcc_dropbox_address}\n".encode()
        for mails in ([copy, own + copy, copy], [own + copy, copy]):
            mails = [mail.replace(b"Our offer", b"Offer %d" % len(mails)) for mail in mails]
            email = self._poll_copies(*mails)
            self.assertRow(email, "captured")
            self.assertEqual(bool(email.mailbox), len(mails) == 3, "the first one counts")
            self.assertEqual(len(self._get_captured(self._get_record(email))), int(len(mails) == 2) + 1)

    def test_forged_copy_first(self):
        """A rejected copy that came to the BCC address does not keep the verified one from being logged."""
        copy = self._write_copy()
        forged = copy.replace(b"pass", b"fail")
        self._receive(f"X-Original-To: {self.own.bcc_dropbox_address}\n".encode() + forged)
        email = self._get_rows()[0]
        self.assertRow(email, "refused")
        self.assertFalse(self._poll_copies(copy), "no second row")
        self.assertRow(email, "captured")
        self.assertEqual((email.found_in, email.mailbox), ("mailbox", MAILBOX))

    # ------------------------------------------------------------
    # LATER
    # ------------------------------------------------------------

    def _fail_once(self):
        """Return the row of a mail that could not be logged at the first try."""
        Email = self.env.registry["crm.bcc.dropbox.email"]
        logger = "odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_gateway"
        with patch.object(Email, "_file_admitted", side_effect=RuntimeError("bad")), mute_logger(logger):
            email = self._poll_copies(self._write_copy())
        self.assertRow(email, "pending", "bad")
        return email

    def _retry(self, email):
        self.env.flush_all()  # it is processed in other transactions
        email.with_user(self.own).action_retry()

    def test_retry(self):
        """A new BCC address and the setting for other mail change nothing."""
        email = self._fail_once()
        self.own.with_user(self.own).action_bcc_dropbox_regenerate()
        self.parameters.set_param("crm_bcc_dropbox.authentication", "off")
        self._retry(email)
        self.assertRow(email, "captured")
        self.assertEqual(email.authentication, "pass")

    def test_retry_without_trusted_server(self):
        email = self._fail_once()
        self.parameters.set_param(PARAMETER, "")
        self._retry(email)
        self.assertRow(email, "refused", "Nothing proves")

    def test_retry_after_the_address_was_removed(self):
        email = self._fail_once()
        self.dropbox.sender_ids.unlink()
        self._retry(email)
        self.assertRow(email, "refused", "not one of your sender addresses")


@tagged("post_install", "-at_install")
class TestUnclaimed(BySenderCommon):
    """Mail that belongs to nobody stays where it is, and nothing else in Odoo sees it."""

    def assertUnclaimed(self, code, raw, kind="imap"):
        """Check that a mail is left in the mailbox, fetched once, listed once, and otherwise without effect."""
        before = self._count_records()
        with self.assertSilent(), self._serve(kind, raw) as (box, server):
            for _again in range(3):
                self.assertIsNone(self._poll(server))
                self.assertEqual(box.get_new(), [101])
                [poll] = self._get_polls(server)
                self.assertEqual((poll.state, poll.tries, poll.reason), ("unclaimed", 1, False))
                self.assertEqual([found for found, _values in poll.reasons], [code])
            fetched = [command for command in box.commands if "BODY.PEEK" in command or "RETR" in command]
            self.assertEqual(len(fetched), 1)
            self.assertFalse(server.error_date)
            # the button tries again
            self.assertIsNone(self._poll(server, "fetch_mail"))
            self.assertEqual(self._get_polls(server).tries, 2)
            self.assertEqual(box.get_new(), [101])
            explanation = poll.with_user(self.boss).explanation
            self.assertTrue(explanation.endswith("."), explanation)
        self.assertEqual(self._count_records(), before)

    def test_not_genuine(self):
        other = f"Received: from a by b.example; x\nAuthentication-Results: {HOST}; {PASS}\n"
        for number, values in enumerate([
            {"result": ""},
            {"result": "none"},
            {"result": "dmarc=fail header.from=acme.example"},
            {"result": "dmarc=none header.from=acme.example"},
            {"result": "dmarc=temperror header.from=acme.example"},
            {"result": "dmarc=permerror header.from=acme.example"},
            {"result": "dmarc=pass header.from=evil.example"},
            {"result": "spf=softfail smtp.mailfrom=acme.example"},
            {"result": "dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example"},
            {"result": "dmarc=fail header.from=acme.example; dkim=pass header.d=acme.example"},
            {"host": "mx.evil.example"},
            {"result": "", "headers": f"Authentication-Results: {PASS}\n"},
            {"result": "", "headers": f"ARC-Authentication-Results: i=1; {HOST}; {PASS}\n"},
            {"result": "", "headers": other},
            {"result": "", "headers": f"X-MS-Exchange-Organization-AuthAs: Internal\n{other}"},
        ]):  # fmt: skip
            with self.subTest(values=values):
                self.assertUnclaimed("not_genuine", self._write_copy(**values), KINDS[number % 2])

    def test_whatever_the_setting(self):
        for mode in ("off", "reject", "require"):
            self.parameters.set_param("crm_bcc_dropbox.authentication", mode)
            self.assertUnclaimed("not_genuine", self._write_copy("none"))

    def test_unclear_sender(self):
        for sender, headers in [
            ("own@acme.example, sam@acme.example", ""),
            ("own@acme.example", "From: sam@acme.example\n"),
            ("<own@acme.example> x", ""),
            ("undisclosed", ""),
            ("=?utf-8?q?own=40acme.example?=", ""),
            (self.own.bcc_dropbox_address, ""),
        ]:
            with self.subTest(sender=sender, headers=headers):
                # the header is not of the trusted server, which would be above it
                raw = self._write_copy(sender=sender).replace(b"\nFrom:", f"\n{headers}From:".encode(), 1)
                self.assertUnclaimed("unclear_sender", raw)

    def test_no_user(self):
        for sender, result in [
            ("eve@evil.example", "dmarc=pass header.from=evil.example"),
            ("MAILER-DAEMON@acme.example", PASS),
            (MAILBOX, PASS),
        ]:
            for to in ("new@customer.example", "sales@acme.example", MAILBOX):
                with self.subTest(sender=sender, to=to):
                    self.assertUnclaimed("no_owner", self._write_copy(result, sender=sender, to=to))

    def test_reply_to_a_conversation(self):
        """No reply is posted."""
        message = self.lead.message_post(body="Hello", message_type="comment")
        raw = self._write_copy(sender="eve@acme.example", to="sales@acme.example")
        self.assertUnclaimed("no_owner", f"In-Reply-To: {message.message_id}\n".encode() + raw)

    def test_auto_reply_and_bounce_of_strangers(self):
        for template in (data.BOUNCE, data.PLAIN):
            raw = self._format(template, dropbox=MAILBOX, sender="eve@acme.example", to=MAILBOX)
            raw = f"Auto-Submitted: auto-replied\nAuthentication-Results: {HOST}; {PASS}\n".encode() + raw
            self.assertUnclaimed("no_owner", raw)

    def test_not_confirmed(self):
        sender = self.dropbox.sender_ids.create({"dropbox_id": self.dropbox.id, "email": "own@home.example"})
        raw = self._write_copy("dmarc=pass header.from=home.example", sender="own@home.example")
        self.assertUnclaimed("owner_not_confirmed", raw)
        sender.verified = True
        with self._serve("imap", raw) as (box, server):
            self._poll(server)
            self.assertFalse(box.get_new())

    def test_not_permitted(self):
        for change in (
            lambda: self.own.write({"group_ids": [Command.set(self.env.ref("base.group_user").ids)]}),
            lambda: self.own.write({"active": False}),
            lambda: self.dropbox.action_archive(),
        ):
            with self.env.cr.savepoint() as savepoint:
                change()
                self.assertUnclaimed("owner_not_permitted", self._write_copy())
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertRow(self._poll_copies(self._write_copy()), "captured")

    def test_several_users(self):
        self.lea.bcc_dropbox_ids.sender_ids = [Command.create({"email": "own@acme.example", "verified": True})]
        self.assertUnclaimed("several_owners", self._write_copy())

    def test_no_trusted_server(self):
        """If it is removed later, nothing is logged until there is one again."""
        for host in ("", "not a @ host"):
            with self.subTest(host), self._serve("imap", self._write_copy()) as (box, server):
                self.parameters.set_param(PARAMETER, host)
                self._poll(server)
                self.assertEqual(self._get_polls(server).reasons, [["no_trusted_server", {}]])
                self.assertEqual(box.get_new(), [101])
                self.parameters.set_param(PARAMETER, HOST)
                self._poll(server, "fetch_mail")
                self.assertFalse(box.get_new())
                self.assertRow(self._get_rows()[0], "captured")

    def test_unknown_bcc_address(self):
        for address in (f"bcc-{'a' * 20}@acme.example", f"copies+bcc-{'a' * 20}@acme.example"):
            raw = self._write_copy(headers=f"Delivered-To: {address}\n", to="sales@acme.example")
            self.assertUnclaimed("unknown_address", raw)

    def test_other_mail_is_not_held_up(self):
        """Mails before and after it are logged."""
        for kind in KINDS:
            mails = [self._write_copy(), self._write_copy("none"), self._write_copy()]
            with self.subTest(kind), self._serve(kind, *mails) as (box, server):
                rows = len(self._get_rows())
                self._poll(server)
                self.assertEqual(len(self._get_rows()), rows + 2)
                self.assertEqual(box.get_new(), [102])

    def test_many(self):
        """The button reaches new mail first, and then all others in turn."""
        mails = [self._write_copy("none") for _number in range(4)]
        with patch("odoo.addons.crm_bcc_dropbox.tools.mailbox.WINDOW", 2), self._serve("imap", *mails) as (box, server):
            for tries in ([1, 1], [1, 1, 1, 1], [1, 1, 2, 2], [2, 2, 2, 2], [2, 2, 3, 3]):
                self._poll(server, "fetch_mail")
                self.assertEqual(sorted(self._get_polls(server).mapped("tries")), tries)
            box.add(self._write_copy())
            self._poll(server, "fetch_mail")
            self.assertEqual(len(box.get_new()), 4)

    def test_moved_away(self):
        """The list contains only what is still in the mailbox."""
        for kind in KINDS:
            with self.subTest(kind), self._serve(kind, self._write_copy("none")) as (box, server):
                self._poll(server)
                self.assertTrue(self._get_polls(server))
                box.mails.clear()
                self._poll(server)
                self.assertFalse(self._get_polls(server))

    def test_ordinary_mailbox_again(self):
        """Once the option is off, what belonged to no user is received like other mail, however often it was tried."""
        for kind in KINDS:
            subject = f"Left {kind}"
            with self.subTest(kind), self._serve(kind, self._write_ordinary(subject)) as (box, server):
                for _again in range(3):
                    self._poll(server, "fetch_mail")
                self.assertTrue(box.get_new())
                server.bcc_dropbox_by_sender = False
                self.assertIsNone(self._poll(server))
                self.assertEqual(self._count(subject), 1)
                self.assertFalse(box.get_new())
                self.assertFalse(self._get_polls(server))

    # ------------------------------------------------------------
    # LIST
    # ------------------------------------------------------------

    def test_list(self):
        """Managers see sender, date and reason of these mails only; others see nothing."""
        secret = self.own.bcc_dropbox_address
        headers = f"X-Note: {secret}\n"
        raw = self._write_copy("none", headers=headers, sender=f'"{secret}" <eve@evil.example>', subject="Pregnancy")
        many = ", ".join(f"eve{number}@evil.example" for number in range(1000))
        with self._serve(
            "imap", raw, self._write_copy("none", date="Fri, 31 Dec 9999 23:59:59 +0000", sender=many)
        ) as (_, server):
            self._poll(server)
            listed, undated = self._get_polls(server)
        listed.create({"server_id": server.id, "key": "other", "state": "failed", "reason": "Pregnancy"})
        domain = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_poll_action").domain
        self.assertEqual(domain, "[('state', '=', 'unclaimed')]")
        Poll = self.env["crm.bcc.dropbox.poll"].with_user(self.boss)
        fields = {"date": {}, "email_from": {}, "explanation": {}, "server_id": {"fields": {"display_name": {}}}}
        rows = Poll.web_search_read([], fields)["records"]
        self.assertEqual({row["id"] for row in rows}, {listed.id, undated.id})
        [row] = [row for row in rows if row["id"] == listed.id]
        self.assertEqual(str(row["date"]), "2026-11-23 09:00:00")
        self.assertIn("eve@evil.example", row["email_from"])
        self.assertIn("did not verify that the email is from eve@evil.example (result: none)", row["explanation"])
        self.assertEqual(row["server_id"]["display_name"], "Mailbox")
        self.assertLess(undated.date.year, 9999)
        self.assertEqual(len(undated.email_from), 300)
        everything = str(Poll.search([]).read())
        self.assertNotIn("Pregnancy", everything)
        self.assertNotIn(self.dropbox.token_ids.token, everything)
        for user in (self.own, self.sam, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                listed.with_user(user).read(["email_from"])
        with self.assertRaises(AccessError):
            listed.with_user(self.boss).unlink()
