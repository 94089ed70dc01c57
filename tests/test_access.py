"""Access rights to the records of the addon, tested like a client: only by public methods."""

import base64
import warnings

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests.common import new_test_user
from odoo.tools import mute_logger

from .common import Command, DropboxCommon, tagged

DROPBOX = "crm.bcc.dropbox"
TOKEN = "crm.bcc.dropbox.token"
SENDER = "crm.bcc.dropbox.sender"
EMAIL = "crm.bcc.dropbox.email"
LINE = "crm.bcc.dropbox.email.line"
FILE = "crm.bcc.dropbox.file"
RAW = "crm.bcc.dropbox.email.raw"
SUGGESTION = "crm.bcc.dropbox.file.suggestion"
RECORD = "crm.bcc.dropbox.record"
POLL = "crm.bcc.dropbox.poll"
SETUP = "crm.bcc.dropbox.setup"
REPORT = "crm.bcc.dropbox.report"
EXCLUSION = "crm.bcc.dropbox.exclusion"
NEVER = "crm.bcc.dropbox.never"

READS = {
    "read": (["display_name"],),
    "web_read": ({"display_name": {}},),
    "export_data": (["id", "display_name"],),
    "get_metadata": (),
}
"""Methods that read a record, with their arguments."""

CHANGES = {
    "write": ({"user_id": 1},),
    "web_save": ({"user_id": 1}, {"display_name": {}}),
    "copy": (),
    "unlink": (),
}
"""Methods that change a record, with their arguments."""

SHOW_NOTHING = [
    "address",
    "email_count",
    "flood",
    "former",
    "last_date",
    "leak",
    "notice_to",
    "refused_count",
    "skipped",
    "week_count",
]
"""Computed fields of a dropbox: they are empty instead of raising."""

SEARCHES = {
    "search": lambda domain: (domain,),
    "search_count": lambda domain: (domain,),
    "search_read": lambda domain: (domain, ["display_name"]),
    "web_search_read": lambda domain: (domain, {"display_name": {}}),
    "formatted_read_group": lambda domain: (domain, ["create_uid"], ["__count"]),
    "web_read_group": lambda domain: (domain, ["create_uid"], ["__count"]),
    "read_group": lambda domain: (domain, ["create_uid"], ["create_uid"]),
    "name_search": lambda domain: ("", domain),
}
"""Methods that search, with their arguments for a given domain."""


class AccessCommon(DropboxCommon):
    """Sam owns one record of each model; the others try to access them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seller = "sales_team.group_sale_salesman"
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere", "alias_domain_id": cls.domain.id})
        cls.far = cls._create_user("far", seller, company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)])
        cls.portal = new_test_user(cls.env, login="portal", groups="base.group_portal")
        cls.public = cls.env.ref("base.public_user")
        # the right to export, so that only the record rules protect the records
        cls.env.ref("base.group_user").implied_ids += cls.env.ref("base.group_allow_export")
        cls.dropbox = cls.sam.bcc_dropbox_ids
        cls.token = cls.dropbox.token_ids
        cls.sender = cls.dropbox.sender_ids
        cls.email = cls._create_email(cls.sam)
        exclusion = cls.env[EXCLUSION].create({"pattern": "doctor@clinic.example", "user_id": cls.sam.id})
        cls.things = [cls.dropbox, cls.sender, cls.email, cls.email.line_ids, exclusion]
        cls.sellers = [cls.lea, cls.own, cls.far]
        cls.outsiders = [cls.clerk, cls.portal, cls.public]

    @classmethod
    def _create_email(cls, user, **values):
        return cls.env[EMAIL].create(
            {
                "dropbox_id": user.bcc_dropbox_ids.id,
                "user_id": user.id,
                "token_id": user.bcc_dropbox_ids.token_ids.id,
                "fingerprint": "<1@laptop.example>",
                "message_id": "<1@laptop.example>",
                "subject": "Our offer",
                "state": "refused",
                "raw": base64.b64encode(f"Bcc: {user.bcc_dropbox_address}\n\n".encode()),
                "line_ids": [Command.create({"email": "new@customer.example", "outcome": "skipped"})],
                **values,
            }
        )

    def _call(self, user, records, method, *arguments, **options):
        """Call a public method like a client: by name, with an empty cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        Model = self.env[records._name].with_user(user).sudo(False)
        target = () if getattr(get_public_method(Model, method), "_api_model", False) else (records.ids,)
        with (
            mute_logger("odoo.models", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", DeprecationWarning)  # read_group, which clients can still call
            return call_kw(Model, method, [*target, *arguments], options)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def _get_value(self, user, record, name):
        """Read a field like code that runs for a user, a template for example."""
        self.env.invalidate_all()
        return record.with_user(user).sudo(False)[name]

    def _refuses(self, user, records, method, *arguments, error=AccessError):
        """Check that a call raises an access error that reveals nothing."""
        with (
            self.subTest(user=user.login, model=records._name, method=method, arguments=str(arguments)),
            self.env.cr.savepoint(),
        ):
            with self.assertRaises(error) as caught:
                self._call(user, records, method, *arguments)
            self.assertNotIn(self.token.token, str(caught.exception))

    def _get_state(self):
        """Return all values that could change, for comparison."""
        self.env.flush_all()
        self.env.invalidate_all()
        state = []
        for records in [self.dropbox, self.token, self.sender, self.email, self.email.line_ids]:
            Model = self.env[records._name]
            names = [name for name, field in Model._fields.items() if field.store and not name.startswith("write_")]
            state.append((records._name, Model.search([], order="id").read(names, load=None)))
        return state


@tagged("post_install", "-at_install")
class TestAccess(AccessCommon):
    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    def test_owner_reads_own(self):
        for thing in self.things:
            for method, arguments in READS.items():
                with self.subTest(model=thing._name, method=method):
                    self.assertTrue(self._call(self.sam, thing, method, *arguments))
            for method, get_arguments in SEARCHES.items():
                with self.subTest(model=thing._name, method=method):
                    self.assertTrue(self._call(self.sam, thing, method, *get_arguments([("id", "=", thing.id)])))
        address = self._call(self.sam, self.dropbox, "read", ["address"])[0]["address"]
        self.assertEqual(address, f"bcc-{self.token.token}@acme.example")

    def test_manager_reads_all(self):
        for thing in self.things:
            for method, arguments in READS.items():
                if method != "export_data":
                    self.assertTrue(self._call(self.boss, thing, method, *arguments))
        address = self._call(self.boss, self.dropbox, "read", ["address"])[0]["address"]
        self.assertEqual(address, f"bcc-{self.token.token}@acme.example")

    def test_others_read_nothing(self):
        for user in [*self.sellers, *self.outsiders]:
            for thing in self.things:
                for method, arguments in READS.items():
                    error = UserError if method == "export_data" and user.share else AccessError
                    self._refuses(user, thing, method, *arguments, error=error)
                for name in thing._fields.keys() - {"id", "user_id", *SHOW_NOTHING}:
                    with self.subTest(user=user.login, model=thing._name, field=name), self.assertRaises(AccessError):
                        self._get_value(user, thing, name)
            for name in SHOW_NOTHING:
                self.assertFalse(self._get_value(user, self.dropbox, name), name)

    def test_others_find_nothing(self):
        for thing in self.things:
            domain = [("id", "=", thing.id)]
            for method, get_arguments in SEARCHES.items():
                for user in self.sellers:
                    with self.subTest(user=user.login, model=thing._name, method=method):
                        found = self._call(user, thing, method, *get_arguments(domain))
                        self.assertFalse(found.get("length", found.get("groups")) if isinstance(found, dict) else found)
                for user in self.outsiders:
                    self._refuses(user, thing, method, *get_arguments(domain))

    def test_every_model_is_in_the_tables(self):
        """A new model needs a row in the tables of this file."""
        stored = {name for name, Model in self.env.items() if name.startswith(DROPBOX) and not Model._abstract}
        others = {TOKEN, RAW, FILE, SUGGESTION, NEVER, RECORD, POLL, SETUP, REPORT}
        self.assertEqual(stored, {thing._name for thing in self.things} | others)

    def test_question_of_another(self):
        """The dialog of a user is not accessible to others."""
        email = self.email.with_user(self.sam)
        for action in (email.action_file_on(), email.line_ids.action_never_address()):
            question = self.env[action["res_model"]].browse(action["res_id"])
            self.assertTrue(self._call(self.sam, question, "read", ["display_name"]))
            for user in [*self.sellers, *self.outsiders, self.boss]:
                for method, arguments in (READS | CHANGES).items():
                    if method != "export_data":
                        self._refuses(user, question, method, *arguments)
                self._refuses(user, question, "action_confirm")

    def test_record_address_of_another(self):
        """Nor is the one with the address of a record."""
        action = self.env["res.partner"].create({"name": "Named"}).with_user(self.sam).action_bcc_dropbox_address()
        dialog = self.env[RECORD].browse(action["res_id"])
        self.assertTrue(self._call(self.sam, dialog, "read", ["address"]))
        for user in [*self.sellers, *self.outsiders, self.boss]:
            for method, arguments in (READS | CHANGES).items():
                if method != "export_data":
                    self._refuses(user, dialog, method, *arguments)

    def test_everything_of_users(self):
        """The fields that the addon adds to users reveal nothing about others, however they are read."""
        names = [name for name in self.sam._fields if name.startswith("bcc_dropbox_")]
        for user in self.sellers:
            for name in names:
                with self.subTest(user=user.login, field=name):
                    try:
                        values = self._call(user, self.sam, "read", [name])[0][name]
                        exported = self._call(user, self.sam, "export_data", [name])["datas"][0][0]
                    except AccessError:
                        continue
                    self.assertFalse(values)
                    self.assertFalse(exported)

    def test_counts_on_records(self):
        """The smart button counts the emails that its reader may see."""
        message = self.lead.message_post(body="Our offer")
        self.email.line_ids.write(
            {"res_model": "crm.lead", "res_id": self.lead.id, "outcome": "matched", "mail_message_id": message.id}
        )
        for user, count in [(self.sam, 1), (self.boss, 1), (self.lea, 0)]:
            with self.subTest(user=user.login):
                values = self._call(user, self.lead, "read", ["bcc_dropbox_email_count"])[0]
                self.assertEqual(values["bcc_dropbox_email_count"], count)
                action = self._call(user, self.lead, "action_open_bcc_dropbox_emails")
                self.assertEqual(self._call(user, self.email, "search_count", action["domain"]), count)
        self._refuses(self.clerk, self.email, "search_count", action["domain"])
        self._refuses(self.clerk, self.contact, "read", ["bcc_dropbox_email_count"])

    def test_nobody_reads_tokens(self):
        admin = self.env.ref("base.user_admin")
        for user in [self.sam, self.boss, admin, *self.sellers, *self.outsiders]:
            for method, arguments in (READS | CHANGES).items():
                if method == "export_data" and user.share:
                    continue
                self._refuses(user, self.token, method, *arguments)
            for method, get_arguments in SEARCHES.items():
                self._refuses(
                    user, self.token, method, *get_arguments([("token", "=like", self.token.token[:1] + "%")])
                )
            self._refuses(user, self.token, "create", {"dropbox_id": self.dropbox.id, "token": "a" * 20})

    def test_nobody_reads_polls(self):
        """Nobody can access the rows about mails on an incoming mail server, except those that belong to no user."""
        server = self.env["fetchmail.server"].create({"name": "Mailbox"})
        poll = self.env[POLL].create({"server_id": server.id, "key": "1:1", "state": "failed", "reason": "bad"})
        for user in [self.sam, self.boss, self.env.ref("base.user_admin"), *self.sellers, *self.outsiders]:
            for method, arguments in (READS | CHANGES).items():
                if method != "export_data" or not user.share:
                    self._refuses(user, poll, method, *arguments)
            for method, get_arguments in SEARCHES.items():
                self._refuses(user, poll, method, *get_arguments([("reason", "=like", "b%")]))
            self._refuses(user, poll, "create", {"server_id": server.id, "key": "1:2", "state": "stored"})

    def test_closed_fields(self):
        closed = [
            (self.dropbox, "token_ids"),
            (self.email, "token_id"),
            (self.email, "raw"),
            (self.sam, "bcc_dropbox_ids"),
        ]
        for record, name in closed:
            for user in [self.sam, self.boss, self.env.ref("base.user_admin")]:
                self._refuses(user, record, "read", [name])
                self._refuses(user, record, "export_data", [name])
                self._refuses(user, record, "search_count", [(name, "!=", False)])
                self._refuses(user, record, "formatted_read_group", [], [name], ["__count"])
                self.assertNotIn(name, self._call(user, record, "fields_get", [name]))
                if record != self.sam:  # core lets only administrators read all fields of users at once
                    self.assertNotIn(name, self._call(user, record, "read", [])[0])
                self._refuses(user, record, "web_read", {name: {}})

    def test_guessing_a_token(self):
        """No domain reveals whether a token begins with a letter, whatever path of fields it uses."""
        guess = ("=like", f"{self.token.token[:3]}%")
        paths = [
            (self.dropbox, "token_ids.token"),
            (self.sender, "dropbox_id.token_ids.token"),
            (self.email, "token_id.token"),
            (self.email, "dropbox_id.token_ids.token"),
            (self.email.line_ids, "email_id.token_id.token"),
            (self.sam, "bcc_dropbox_ids.token_ids.token"),
            (self.sam, "bcc_dropbox_sender_ids.dropbox_id.token_ids.token"),
            (self.sam.partner_id, "user_ids.bcc_dropbox_ids.token_ids.token"),
            (self.lead, "user_id.bcc_dropbox_ids.token_ids.token"),
            (self.lead, "create_uid.bcc_dropbox_ids.token_ids.token"),
        ]
        for user in [self.sam, self.lea, self.boss]:
            for record, path in paths:
                for method in ("search", "search_count", "web_search_read", "formatted_read_group"):
                    self._refuses(user, record, method, *SEARCHES[method]([(path, *guess)]))
        # clients can't use the operator that bypasses record rules
        domain = [("bcc_dropbox_ids", "any!", [("token_ids", "any!", [("token", *guess)])])]
        self._refuses(self.lea, self.sam, "search_count", domain, error=ValueError)

    def test_guessing_an_address(self):
        for user in [self.lea, self.boss]:
            for record, name in [(self.dropbox, "address"), (self.sam, "bcc_dropbox_address")]:
                domain = [(name, "=", self.sam.bcc_dropbox_address)]
                self._refuses(user, record, "search_count", domain, error=ValueError)
                self._refuses(user, record, "search", [], 0, None, name, error=ValueError)
                self._refuses(user, record, "formatted_read_group", [], [name], ["__count"], error=ValueError)
        found = self._call(self.lea, self.sam, "name_search", self.token.token)
        self.assertFalse(found)

    def test_form_does_not_read_for_the_client(self):
        """The onchange of a form returns no values that its user may not read."""
        line = {"fields": {"email": {}, "verified": {}, "dropbox_id": {"fields": {"address": {}}}}}
        spec = {"bcc_dropbox_address": {}, "bcc_dropbox_lookup": {}, "bcc_dropbox_sender_ids": line}
        attempts = [
            (self.dropbox, {"user_id": self.lea.id}, {"address": {}}),
            (self.dropbox.browse(), {"user_id": self.lea.id, "token_ids": [(4, self.token.id)]}, {"address": {}}),
            (self.sender.browse(), {"dropbox_id": self.dropbox.id}, {"dropbox_id": line["fields"]["dropbox_id"]}),
            (self.sender, {"email": "a@b.example"}, line["fields"]),
            (self.sam, {"name": "x"}, spec),
            (self.lea, {"name": "x", "bcc_dropbox_sender_ids": [(1, self.sender.id, {})]}, spec),
            (self.lea, {"name": "x", "bcc_dropbox_sender_ids": [(4, self.sender.id)]}, spec),
            (self.lea, {"name": "x", "bcc_dropbox_ids": [(4, self.dropbox.id)]}, spec),
        ]
        for record, values, fields_spec in attempts:
            with self.subTest(model=record._name, values=values):
                try:
                    answer = self._call(self.lea, record, "onchange", values, list(values), fields_spec)
                except AccessError:
                    continue
                self.assertNotIn(self.token.token, str(answer))
                self.assertNotIn(self.sender.email, str(answer))

    # ------------------------------------------------------------
    # CHANGE
    # ------------------------------------------------------------

    def test_nobody_changes_records(self):
        before = self._get_state()
        for user in [*self.sellers, *self.outsiders]:
            for thing in self.things:
                for method, arguments in CHANGES.items():
                    self._refuses(user, thing, method, *arguments)
        # nor can owners and managers: only the system writes the log and the dropboxes
        for user in [self.sam, self.boss]:
            for thing in [self.dropbox, self.email, self.email.line_ids]:
                for method in ("write", "web_save", "copy", "unlink"):
                    self._refuses(user, thing, method, *CHANGES[method])
        self.assertEqual(self._get_state(), before)

    def test_nobody_creates_records(self):
        before = self._get_state()
        values = {
            DROPBOX: {"user_id": self.clerk.id},
            SENDER: {"user_id": self.sam.id, "email": "evil@evil.example"},
            EMAIL: {"dropbox_id": self.dropbox.id, "user_id": self.sam.id, "fingerprint": "x"},
            LINE: {"email_id": self.email.id, "outcome": "skipped"},
            EXCLUSION: {"user_id": self.sam.id, "pattern": "evil.example"},
        }
        for user in [self.sam, self.boss, *self.sellers, *self.outsiders]:
            for thing in self.things:
                if thing._name not in (SENDER, EXCLUSION) or user not in (self.sam, self.boss):
                    self._refuses(user, thing, "create", values[thing._name])
        self.assertEqual(self._get_state(), before)

    def test_private_methods_are_closed(self):
        for record, method in [
            (self.dropbox, "_regenerate"),
            (self.dropbox, "_stop_former"),
            (self.dropbox, "_keep_address"),
            (self.dropbox, "_count_flood"),
            (self.dropbox, "_ensure_dropboxes"),
            (self.token, "_generate_token"),
            (self.email, "_receive"),
            (self.email, "_process"),
            (self.email, "_retry_pending"),
            (self.sam, "_get_own_bcc_dropbox"),
            (self.env["fetchmail.server"], "_connect__"),
            (self.env["fetchmail.server"], "_fetch_mail"),
            (self.env["fetchmail.server"], "_fetch_mails"),
        ]:
            self._refuses(self.sam, record, method)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def test_retry_of_own_mails_only(self):
        for user in [*self.sellers, *self.outsiders]:
            self._refuses(user, self.email, "action_retry")
            self._refuses(user, self.email.line_ids, "action_open_record")
        mixed = self.email + self._create_email(self.lea)
        self._refuses(self.lea, mixed, "action_retry")
        self.assertEqual(self.email.state, "refused")
        self.assertTrue(self._call(self.sam, self.email, "action_retry"))
        self.assertTrue(self._call(self.boss, self.email, "action_retry"))

    def test_regenerate_of_own_address_only(self):
        before = self._get_state()
        for user in [*self.sellers, self.portal, self.clerk]:
            self._refuses(user, self.sam, "action_bcc_dropbox_regenerate")
            self._refuses(user, self.sam + user, "action_bcc_dropbox_regenerate")
        for user in [self.portal, self.clerk]:
            self._refuses(user, user, "action_bcc_dropbox_regenerate", error=UserError)
        self.assertEqual(self._get_state(), before)
        for user in [self.sam, self.boss]:
            old = self.sam.bcc_dropbox_address
            answer = self._call(user, self.sam, "action_bcc_dropbox_regenerate", context={"default_token": "a" * 20})
            new = self.sam.bcc_dropbox_address
            self.assertNotEqual(old, new)
            self.assertNotIn("a" * 20, new, "a client cannot choose the address")
            self.assertNotIn("bcc-", str(answer))
