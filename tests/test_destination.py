"""Addresses with a destination: what a suffix means, where the email is logged, and with whose rights."""

import random
import string
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase
from odoo.tools import mute_logger

from ..tools import by_destination
from ..tools.deliveries import Envelope
from ..tools.destination import MAX_RECORDS, Destination, add_suffix, build_mailto, join_suffixes, parse_suffix
from ..tools.raw_mail import RawMail
from .common import GatewayCommon, data, tagged
from .forwarded import ForwardedCommon


@tagged("post_install", "-at_install")
class TestSuffix(BaseCase):
    def test_words(self):
        lead, contact = ("crm.lead", 42), ("res.partner", 17)
        for suffix, expected in {
            "": Destination(),
            "lead42": Destination((lead,)),
            "LEAD42": Destination((lead,)),
            "lead042": Destination((lead,)),
            "lead42+contact17": Destination((lead, contact)),
            "contact17+lead42+lead42": Destination((contact, lead)),
            "lead": Destination(created="lead"),
            "Contact": Destination(created="contact"),
            "none": Destination(created="none"),
            "none+lead": Destination(created="none"),
            "todo": Destination(todo_days=0),
            "todo3d": Destination(todo_days=3),
            "todo0d+todo": Destination(todo_days=0),
            "todo9d+todo3d": Destination(todo_days=3),
            "todo365d": Destination(todo_days=365),
            "+todo3d++lead42+": Destination((lead,), todo_days=3),
            "lead42+todo3d+none": Destination((lead,), "none", 3),
            "2Blead42+2btodo": Destination((lead,), todo_days=0),
            "lead42%2Btodo": Destination((lead,), todo_days=0),
        }.items():
            with self.subTest(suffix):
                self.assertEqual(parse_suffix(suffix), expected)

    def test_misspelt(self):
        """What may be a destination is never ignored."""
        for word in (
            "laed42", "lead-42", "lead42x", "lead#42", "lead4.2", "leed", "leads", "cntact", "contact_17", "non", "tdo",
            "todo3", "todo366d", "todo3w", "todo-1d", "42", "customer7", "lead1234567890", "lead٤٢", "lead²",
        ):  # fmt: skip
            with self.subTest(word):
                self.assertEqual(parse_suffix(f"{word}+lead1"), Destination((("crm.lead", 1),), unknown=(word,)))

    def test_ignored(self):
        """Mail servers and users append words, which have no effect."""
        for word in ("x", "spam", "virus", "banned", "badh", "archive", "Größe", "bcc-[hidden]", "=", "."):
            with self.subTest(word):
                self.assertEqual(parse_suffix(word), Destination())

    def test_properties(self):
        """Any order and case, and hostile suffixes: never an error, and never a record that is not named."""
        chance = random.Random(15)
        words = ["lead42", "contact17", "none", "todo3d"]
        for _round in range(50):
            chance.shuffle(words)
            text = "+".join(chance.choice([str.upper, str.lower, str.title])(word) for word in words)
            found = parse_suffix(text)
            self.assertEqual((set(found.records), found.created, found.todo_days, found.unknown),
                             ({("crm.lead", 42), ("res.partner", 17)}, "none", 3, ()))  # fmt: skip
        letters = "leadcontactodno0123456789+%2B-_.=" + string.punctuation + "äß٤\x00\ud800"
        for _round in range(2000):
            text = "".join(chance.choice(letters) for _letter in range(chance.randrange(30)))
            found = parse_suffix(text)
            self.assertTrue(all(f"{id_}" in text for _name, id_ in found.records), text)
            self.assertTrue(found.todo_days is None or 0 <= found.todo_days <= 365, text)

    def test_too_many_records(self):
        found = parse_suffix("+".join(f"lead{number}" for number in range(1, MAX_RECORDS + 2)))
        self.assertEqual(len(found.records), MAX_RECORDS)
        self.assertEqual(found.unknown, (f"lead{MAX_RECORDS + 1}",))

    def test_join(self):
        self.assertEqual(join_suffixes(["", "lead42", "LEAD42", "todo"]), "lead42+todo")

    def test_mailto(self):
        bcc = add_suffix("crm+bcc-abc@acme.example", "lead42")
        self.assertEqual(bcc, "crm+bcc-abc+lead42@acme.example")
        for email, link in {
            "": "mailto:?bcc=crm%2Bbcc-abc%2Blead42@acme.example",
            "joe@b.example": "mailto:joe@b.example?bcc=crm%2Bbcc-abc%2Blead42@acme.example",
            "a&b?c=%d#+@b.example": "mailto:a%26b%3Fc%3D%25d%23%2B@b.example?bcc=crm%2Bbcc-abc%2Blead42@acme.example",
            "jörg@b.example": "mailto:j%C3%B6rg@b.example?bcc=crm%2Bbcc-abc%2Blead42@acme.example",
        }.items():
            with self.subTest(email):
                self.assertEqual(build_mailto(email, bcc), link)


class DestinationCommon(GatewayCommon):
    def _with(self, suffix, user=None):
        return add_suffix((user or self.sam).bcc_dropbox_address, suffix)

    def _capture_for(self, suffix, user=None, **values):
        return self._capture(dropbox=self._with(suffix, user), user=user or self.sam, **values)

    def _get_places(self, email):
        return [(line.res_model, line.res_id) for line in email.line_ids]


@tagged("post_install", "-at_install")
class TestDestination(DestinationCommon):
    def test_only_there(self):
        """For all customers, whatever their own records are; nothing is created."""
        before = self.env["crm.lead"].search_count([])
        with self.assertSilent():
            email = self._capture_for(f"lead{self.lead.id}", to="carla@customer.example, new@customer.example")
        self.assertRow(email, "captured")
        self.assertEqual(self._get_places(email), [("crm.lead", self.lead.id)] * 2)
        self.assertEqual(email.line_ids.mapped("email"), ["carla@customer.example", "new@customer.example"])
        self.assertEqual(set(email.line_ids.mapped("reason")), {"The BCC address names this record."})
        self.assertEqual(len(self._get_captured(self.lead)), 1)
        self.assertFalse(self._get_captured(self.contact))
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        self.assertFalse(email.reason)

    def test_precedes_the_conversation(self):
        first = self._capture(to="carla@customer.example")
        headers = f"In-Reply-To: {first.message_id}\n"
        email = self._capture_for(f"lead{self.lead.id}", to="carla@customer.example", headers=headers)
        self.assertEqual(self._get_record(email), self.lead)

    def test_no_customer(self):
        for to in ("lea@acme.example", "undisclosed-recipients:;"):
            with self.subTest(to):
                email = self._capture_for(f"contact{self.contact.id}", to=to)
                self.assertEqual(self._get_record(email), self.contact)
                self.assertEqual(email.line_ids.email, "carla@customer.example")
        nameless = self.env["crm.lead"].create({"name": "Nameless"})
        email = self._capture_for(f"lead{nameless.id}", to="lea@acme.example")
        self.assertEqual(email.line_ids.email, "Nameless")

    def test_several(self):
        """All of them, in one address or in two of the same dropbox."""
        places = {("crm.lead", self.lead.id), ("res.partner", self.contact.id)}
        lead, contact = f"lead{self.lead.id}", f"contact{self.contact.id}"
        one = self._capture_for(f"{lead}+{contact}")
        both = f"{self._with(lead)}\nDelivered-To: {self._with(contact)}"
        two = self._capture(dropbox=both)
        for email in (one, two):
            self.assertRow(email, "captured")
            self.assertEqual(set(self._get_places(email)), places)
        self.assertEqual(len(self._get_captured(self.contact)), 2)

    def test_partly(self):
        """It is logged on those that are known, and says which are not."""
        email = self._capture_for(f"lead{self.lead.id}+laed7+contact999999999")
        self.assertRow(email, "captured", "laed7")
        self.assertIn("contact999999999", email.reason)
        self.assertEqual(self._get_record(email), self.lead)

    def test_lost_lead(self):
        self.lead.action_set_lost()
        self.assertEqual(self._get_record(self._capture_for(f"lead{self.lead.id}")), self.lead)

    # ------------------------------------------------------------
    # REFUSED
    # ------------------------------------------------------------

    def test_rights(self):
        """With the rights of the owner. What is hidden and what does not exist look the same."""
        mine = self.env["crm.lead"].create({"name": "Mine", "user_id": self.own.id, "type": "opportunity"})
        gone = mine.copy()
        gone.unlink()
        company = self.env["res.company"].create({"name": "Other"})
        far = self.env["crm.lead"].create({"name": "Far", "company_id": company.id, "team_id": False, "user_id": False})
        captured = [("bcc_dropbox_captured", "=", True)]
        for user, record, reason in (
            (self.own, mine, ""),
            (self.own, self.lead, "missing_destination"),
            (self.own, gone, "missing_destination"),
            (self.sam, mine, ""),
            (self.sam, gone, "missing_destination"),
            (self.sam, far, "missing_destination"),
        ):
            with self.subTest(user=user.login, record=record):
                before = self.env["mail.message"].search_count(captured)
                email = self._capture_for(f"lead{record.id}", user)
                self.assertRow(email, "refused" if reason else "captured")
                self.assertEqual(email.reason_code or "", reason)
                if reason:
                    said = email.reason.replace(str(record.id), "42")
                    self.assertEqual(
                        said, "The BCC address names “lead42”, which doesn't exist or which you may not see."
                    )
                    self.assertFalse(email.line_ids)
                    self.assertEqual(self.env["mail.message"].search_count(captured), before)

    def test_read_only(self):
        rule = {"name": "Read only", "model_id": self.env["ir.model"]._get_id("crm.lead"), "perm_read": False}
        domain = f"[('id', '!=', {self.lead.id})]"
        self.env["ir.rule"].create({**rule, "perm_create": False, "perm_unlink": False, "domain_force": domain})
        email = self._capture_for(f"lead{self.lead.id}")
        self.assertRow(email, "refused", "“Big deal”, which you may see, but not change")
        self.assertFalse(self._get_captured(self.lead))

    def test_no_access_to_the_model(self):
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        email = self._capture_for(f"lead{self.lead.id}", self.clerk)
        self.assertRow(email, "refused", f"lead{self.lead.id}")

    def test_misspelt(self):
        email = self._capture_for("laed42", to="carla@customer.example")
        self.assertRow(email, "refused", "“laed42”, which is no known destination")
        self.assertFalse(self._get_captured(self.contact))

    def test_try_again(self):
        """A rejected one can be logged when the cause is gone, or by hand."""
        lead = self.env["crm.lead"].create({"name": "Hidden", "user_id": self.lea.id, "type": "opportunity"})
        values = {"to": "own.customer@customer.example"}
        first, second = (self._capture_for(f"lead{lead.id}", self.own, **values) for _number in range(2))
        lead.user_id = self.own
        self.env.flush_all()
        first.with_user(self.own).action_retry()
        self.env.invalidate_all()
        self.assertEqual(self._get_record(first), lead)
        lead.user_id = self.lea
        self.env.flush_all()
        second.with_user(self.own).action_create_lead()
        self.assertNotEqual(self._get_record(second), lead)

    def test_adopted(self):
        """The owner confirms the sender: the destination is obeyed, or nothing happens."""
        known, wrong = (
            self._capture_for(word, sender=f"sam{number}@home.example", to="carla@customer.example")
            for number, word in enumerate((f"lead{self.lead.id}", "laed42"))
        )
        known.with_user(self.sam).action_adopt_sender()
        self.assertEqual(self._get_record(known), self.lead)
        with self.assertRaisesRegex(UserError, "laed42"):
            wrong.with_user(self.sam).action_adopt_sender()
        self.assertEqual(wrong.state, "refused")

    def test_strangers(self):
        email = self._capture_for(f"lead{self.lead.id}", sender="mallory@evil.example")
        self.assertRow(email, "refused", "mallory@evil.example")
        self.assertFalse(self._get_captured(self.lead))

    # ------------------------------------------------------------
    # CREATION
    # ------------------------------------------------------------

    def test_creation(self):
        """Only for this email, whatever the lookup pattern is; known customers keep their records."""
        for lookup in ("contact", "lead", "contact_lead"):
            self.sam.bcc_dropbox_ids.lookup = lookup
            for word, model_name in {"lead": "crm.lead", "contact": "res.partner", "none": False}.items():
                with self.subTest(lookup=lookup, word=word):
                    email = self._capture_for(word, to=f"{lookup}.{word}@customer.example")
                    self.assertRow(email, "captured" if model_name else "unmatched")
                    self.assertEqual(email.line_ids.res_model, model_name)
        self.assertEqual(self._get_record(self._capture_for("lead", to="carla@customer.example")), self.contact)

    def test_creation_rights(self):
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        email = self._capture_for("lead", self.clerk)
        self.assertRow(email, "unmatched")
        self.assertEqual(email.line_ids.reason_code, "no_create_access")

    # ------------------------------------------------------------
    # DELIVERED TWICE
    # ------------------------------------------------------------

    def _capture_twice(self, *suffixes, **values):
        """Deliver a mail once per address, like a mail server with a process per recipient; return its row."""
        values = {"message_id": f"<{self.id()}.{suffixes}@laptop.example>", "to": "carla@customer.example", **values}
        emails = self.env["crm.bcc.dropbox.email"]
        for suffix in suffixes:
            dropbox = self._with(suffix) if suffix else self.sam.bcc_dropbox_address
            emails |= self._capture(dropbox=dropbox, **values)
        self.assertEqual(len(emails), 1)
        return emails

    def test_twice(self):
        lead, contact = f"lead{self.lead.id}", f"contact{self.contact.id}"
        for suffixes, places, said in (
            ((lead, contact), {("crm.lead", self.lead.id), ("res.partner", self.contact.id)}, ""),
            ((lead, lead), {("crm.lead", self.lead.id)}, ""),
            ((lead, ""), {("crm.lead", self.lead.id)}, ""),
            (("", lead), {("crm.lead", self.lead.id), ("res.partner", self.contact.id)}, ""),
            (("", contact), {("res.partner", self.contact.id)}, ""),
            ((lead, "laed7"), {("crm.lead", self.lead.id)}, "laed7"),
            (("laed7", lead), {("crm.lead", self.lead.id)}, "laed7"),
        ):
            with self.subTest(suffixes), self.assertSilent():
                email = self._capture_twice(*suffixes, subject=f"{suffixes}")
                self.assertRow(email, "captured", said)
                self.assertEqual(set(self._get_places(email)), places)
                self.assertEqual(len(email.line_ids), len(places))
                self.assertEqual(len(email.line_ids.mail_message_id), len(places))

    def test_twice_unmatched(self):
        """Unmatched before, logged then."""
        lead = f"lead{self.lead.id}"
        for to in ("lea@acme.example", "unknown@customer.example"):
            email = self._capture_twice("none", lead, to=to, subject=to)
            self.assertRow(email, "captured")
            self.assertFalse(email.reason)
            self.assertEqual(self._get_captured(self.lead).mapped("subject").count(to), 1)
        email = self._capture_twice("none", "laed7", to="unknown@customer.example")
        self.assertRow(email, "unmatched", "laed7")
        email = self._capture_twice("none", "todo", to="unknown@customer.example")
        self.assertRow(email, "unmatched")

    def test_twice_on_the_same_record(self):
        """The lookup pattern has found it, or the number is written in another way."""
        email = self._capture_twice("", f"contact{self.contact.id}", f"contact0{self.contact.id}+todo")
        self.assertEqual(self._get_record(email), self.contact)
        self.assertEqual(self.contact.activity_ids, email.line_ids.activity_id)

    def test_twice_the_same_bytes(self):
        """The envelopes beside them differ."""
        raw = self._format(data.BARE, to="carla@customer.example")
        for suffix in ("laed7", f"lead{self.lead.id}", f"contact{self.contact.id}"):
            envelope = Envelope((self._with(suffix),))
            self.env["crm.bcc.dropbox.email"]._receive(RawMail(raw, envelope))
        self.env.invalidate_all()
        email = self._get_rows()[0]
        self.assertRow(email, "captured", "laed7")
        self.assertEqual({name for name, _id in self._get_places(email)}, {"crm.lead", "res.partner"})

    def test_twice_todo(self):
        email = self._capture_twice(f"lead{self.lead.id}", "todo3d", "todo")
        self.assertEqual(len(email.line_ids.activity_id), 1)

    def test_often(self):
        """Deliveries of one email can't add records without limit: its recipients can send it again."""
        leads = self.env["crm.lead"].create([{"name": str(number), "user_id": self.sam.id} for number in range(5)])
        with patch.object(by_destination, "MAX_RECORDS", 2):
            email = self._capture_twice(*(f"lead{lead.id}" for lead in leads))
        self.assertEqual(len(email.line_ids), 2)

    @mute_logger("odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_gateway")
    def test_twice_while_pending(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_mails_per_day", "1")
        self._capture()
        email = self._capture_twice(f"lead{self.lead.id}", f"contact{self.contact.id}")
        self.assertRow(email, "pending")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_mails_per_day", "10")
        self.env.flush_all()
        email.with_user(self.sam).action_retry()
        self.env.invalidate_all()
        self.assertEqual(len(set(self._get_places(email))), 2)

    def test_twice_after_undo(self):
        """What a user did since counts."""
        values = {"message_id": "<undone@laptop.example>", "to": "carla@customer.example"}
        email = self._capture_for(f"lead{self.lead.id}", **values)
        email.with_user(self.sam).action_undo()
        self._capture_for(f"contact{self.contact.id}", **values)
        self.assertRow(email, "unmatched", "Removed")

    # ------------------------------------------------------------
    # QUERIES
    # ------------------------------------------------------------

    def test_queries(self):
        """None without a suffix: `test_performance` counts them; with one, fewer than the lookup needs."""
        values = {"to": "carla@customer.example"}
        self._capture(**values)
        self._capture_for(f"lead{self.lead.id}", **values)
        counts = []
        for dropbox in (self.sam.bcc_dropbox_address, self._with(f"lead{self.lead.id}"), self._with("tag")):
            raw, before = self._format(dropbox=dropbox, **values), self.env.cr.sql_log_count
            self._receive(raw)
            counts.append(self.env.cr.sql_log_count - before)
        plain, named, tag = counts
        self.assertEqual(plain, tag)
        self.assertLessEqual(named, plain + 2)


@tagged("post_install", "-at_install")
class TestForwardedDestination(ForwardedCommon):
    def test_forwarded(self):
        """The original is logged on the record, as received."""
        dropbox = add_suffix(self.sam.bcc_dropbox_address, f"lead{self.lead.id}")
        email = self._forward(self._inline(), to=dropbox, dropbox=dropbox)
        self.assertEqual(email.direction, "incoming")
        self.assertEqual(self._get_record(email), self.lead)
        self.assertEqual(email.line_ids.email, "nora@client.example")
        self.assertIn("accept your offer", email.line_ids.mail_message_id.body)


@tagged("post_install", "-at_install")
class TestRecordAddress(DestinationCommon):
    """The dialog with the address of a record."""

    def _open(self, record, user=None):
        action = record.with_user(user or self.sam).action_bcc_dropbox_address()
        return self.env[action["res_model"]].with_user(user or self.sam).browse(action["res_id"])

    def test_dialog(self):
        for record, word, to in (
            (self.lead, f"lead{self.lead.id}", "leo@customer.example"),
            (self.contact, f"contact{self.contact.id}", "carla@customer.example"),
            (self.contact.create({"name": "No Email"}), None, ""),
        ):
            with self.subTest(record.name):
                word = word or f"contact{record.id}"
                dialog = self._open(record)
                self.assertEqual(dialog.name, record.display_name)
                self.assertEqual(dialog.address, self._with(word))
                self.assertEqual(dialog.mailto, build_mailto(to, dialog.address))
                self.assertTrue(dialog.qrcode.endswith(f"&record={word}"))
                self.assertNotIn("bcc-", dialog.qrcode)
                self.assertEqual(self._get_record(self._capture(dropbox=dialog.address)), record)

    def test_not_stored(self):
        dialog = self._open(self.lead)
        self.env.cr.execute("SELECT * FROM crm_bcc_dropbox_record WHERE id = %s", dialog.ids)
        self.assertNotIn("bcc-", str(self.env.cr.fetchall()))

    def test_other_users(self):
        """Each user gets their own address, and only for records that they may change."""
        self.assertEqual(self._open(self.lead, self.lea).address, self._with(f"lead{self.lead.id}", self.lea))
        with self.assertRaises(AccessError):
            self._open(self.lead, self.own)
        with self.assertRaises(AccessError):
            self._open(self.contact, self.clerk)
        dialog = self._open(self.lead)
        with self.assertRaises(AccessError):
            dialog.with_user(self.lea).read(["address"])

    def test_no_address(self):
        self.company.alias_domain_id = False
        with self.assertRaisesRegex(UserError, "don't have a BCC address"):
            self._open(self.lead)

    def test_later(self):
        """The record was deleted, or the user may no longer change it."""
        own = self.env["crm.lead"].create({"name": "Mine", "user_id": self.own.id, "type": "opportunity"})
        dialog = self._open(own, self.own)
        own.user_id = self.lea
        self.env.invalidate_all()
        self.assertFalse(dialog.address or dialog.mailto or dialog.qrcode or dialog.name)
        own.unlink()
        self.env.invalidate_all()
        self.assertFalse(dialog.address)
