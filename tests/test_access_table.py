"""The rows of `access_table`, tested with each persona, like a client."""

from base64 import b64encode
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime, Field
from odoo.models import BaseModel
from odoo.service.model import get_public_method

from . import access_table
from .access_table import ANYONE, FIELDS, METHODS, MODELS, PARTS, PERSONAS
from .common import Command, tagged
from .test_access import AccessCommon

ADDON = "crm_bcc_dropbox"
OF_ODOO = {"id", "display_name", "create_uid", "create_date", "write_uid", "write_date"}
CRUD = {"copy", "create", "export_data", "unlink", "write"}
"""Tested for each model; exports are made by Odoo, which reads as the user."""

SEARCHABLE = {"char", "text", "html", "selection", "integer", "float", "boolean", "date", "datetime", "many2one"}
START = ["res.users", "res.partner", "crm.lead", "mail.message", "res.company", "mail.activity", "ir.attachment"]


def get_models(env):
    return {name for name, Model in env.registry.items() if Model._original_module == ADDON}


def get_fields(env):
    """Return the fields that the addon adds to models of Odoo, or to its own."""
    own = get_models(env)
    for name, Model in env.registry.items():
        fields = {key for key, value in Model._fields.items() if name in own or ADDON in value._modules}
        if names := fields - OF_ODOO:
            yield name, names


def get_methods(env, is_abstract=False):
    """Return the public methods that the addon adds to models with records, or overrides."""
    for name, Model in env.registry.items():
        ours = [base for base in Model.__mro__ if base.__module__.startswith(f"odoo.addons.{ADDON}.")]
        others = [base for base in Model.__mro__ if base not in ours and base not in (BaseModel, Model)]
        names = {
            key
            for base in ours
            for key, value in vars(base).items()
            if callable(value) and not isinstance(value, Field) and is_public(env[name], key)
        }
        names = {key for key in names if not any(key in vars(base) for base in others)} - CRUD
        if names and Model._abstract == is_abstract:
            yield name, names


def is_public(model, method):
    """Return whether clients can call a method, by the rules of Odoo."""
    try:
        get_public_method(model, method)
    except AccessError:
        return False
    return True


SAYS_NOTHING = ("__domain", "__extra_domain", "error_msg", "parent_field")
"""Keys that results contain even without a record."""


@tagged("post_install", "-at_install")
class TestAccessTable(AccessCommon):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {persona: getattr(cls, login) for persona, login in PERSONAS.items()}
        cls.line = cls.email.line_ids
        cls.message = cls.env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": cls.lead.id,
                "message_type": "email_outgoing",
                "is_internal": True,
                "subtype_id": cls.env.ref("mail.mt_note").id,
                "bcc_dropbox_captured": True,
                "bcc_dropbox_fingerprint": "0f",
                "bcc_dropbox_comment": "For the record.",
                "bcc_dropbox_forwarded_by": "Sam Seller",
                "bcc_dropbox_forwarded_date": "2026-11-23 10:00:00",
                "bcc_dropbox_note": "A file was left out.",
                "bcc_dropbox_to": "leo@customer.example",
                "bcc_dropbox_cc": "third@customer.example",
            }
        )
        filed = {"outcome": "matched", "mail_message_id": cls.message.id}
        cls.line.write({**filed, "res_model": "crm.lead", "res_id": cls.lead.id})
        more = {"email": "carla@customer.example", "res_model": "res.partner", "res_id": cls.contact.id, **filed}
        cls.email.line_ids = [Command.create(more)]
        # so that each field of the owner has a value
        cls._create_email(cls.sam, fingerprint="<2@laptop.example>", state="captured")
        waiting = {"state": "unmatched", "recipients": "leo@customer.example, carla@customer.example"}
        cls._create_email(cls.sam, fingerprint="<3@laptop.example>", **waiting).raw = b64encode(b"x")
        cls.email.email_from = "sam@home.example"
        cls.dropbox.sender_ids.create({"dropbox_id": cls.dropbox.id, "email": "sam@home.example"})
        cls.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_senders", "2")
        cls.env.flush_all()
        cls.report = cls.env["crm.bcc.dropbox.report"].search([("user_id", "=", cls.sam.id)], limit=1)
        for contact in (cls.contact, cls.sam.partner_id):
            cls.message.copy({"model": "res.partner", "res_id": contact.id})
        cls.original = cls.email.raw_ids
        question = cls.email.with_user(cls.sam).action_file_on()
        cls.question = cls.env["crm.bcc.dropbox.file"].browse(question["res_id"])
        values = {"question_id": cls.question.id, "record": f"crm.lead,{cls.lead.id}"}
        cls.suggestion = cls.env["crm.bcc.dropbox.file.suggestion"].with_user(cls.sam).sudo().create(values)
        dialog = cls.lead.with_user(cls.sam).action_bcc_dropbox_address()
        cls.dialog = cls.env["crm.bcc.dropbox.record"].browse(dialog["res_id"])
        todo = cls.lead.with_context(mail_activity_quick_update=True).activity_schedule(user_id=cls.sam.id)
        cls.line.filtered(lambda line: line.res_model == "crm.lead").activity_id = todo
        cls.exclusion = cls.env["crm.bcc.dropbox.exclusion"].create({"pattern": "x.example", "user_id": cls.sam.id})
        never = cls.line[:1].with_user(cls.sam).action_never_address()
        cls.never = cls.env["crm.bcc.dropbox.never"].browse(never["res_id"])
        cls.mail = cls.env["mail.mail"].create({"mail_message_id": cls.message.id})
        cls.settings = cls.env["res.config.settings"].create({})
        cls.wizard = cls.env["crm.bcc.dropbox.setup"].create({})
        cls.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", "mx.example")
        copies = {"user": "copies@acme.example", "bcc_dropbox_by_sender": True, "state": "done"}
        cls.server = cls.env["fetchmail.server"].create({"name": "Mailbox", **copies})
        values = {"server_id": cls.server.id, "key": "1:1", "state": "unclaimed"}
        cls.poll = cls.env["crm.bcc.dropbox.poll"].create({**values, "reasons": [["no_owner", {"sender": "x"}]]})
        cls.dropbox._regenerate(7)
        cls.token = cls.dropbox.token_ids.filtered(lambda token: not token.replaced_date)
        now = Datetime.now()
        alarm = {"leak_reason": "exposed", "leak_date": now, "flood_date": now.date(), "flood_count": 3}
        rule = {"provider": "Gmail", "code": "482915736", "link": "", "account": "", "is_verified": True}
        rules = [{**rule, "date": Datetime.to_string(now)}]
        cls.dropbox.write({**alarm, "skipped_count": 2, "rule_confirmations": rules})

    def _try(self, user, records, method, *arguments, **options):
        """Call a method and roll back; return its result, or the class of its error."""
        with self.env.cr.savepoint() as savepoint:
            try:
                answer = self._call(user, records, method, *arguments, **options)
            except (AccessError, UserError, ValueError, KeyError) as error:
                self.assertNotIn(self.token.token, str(error))
                answer = type(error)
            savepoint.rollback()
        self.env.invalidate_all()
        return answer

    def assertTable(self, table, found):
        """Check that each item has its row, and that there are no other rows."""
        self.assertEqual({key: sorted(names) for key, names in table}, {key: sorted(names) for key, names in found})

    # ------------------------------------------------------------
    # COMPLETE
    # ------------------------------------------------------------

    def test_every_model_has_a_row(self):
        self.assertEqual(get_models(self.env), MODELS.keys() | PARTS)
        self.assertEqual({name for name in get_models(self.env) if self.env[name]._abstract}, PARTS)

    def test_every_field_has_a_row(self):
        rows = [(name, f"{model.closed} {model.open}".split()) for name, model in MODELS.items()]
        found = [(name, names) for name, names in get_fields(self.env) if name not in PARTS]
        self.assertTable([*rows, *FIELDS.items()], found)

    def test_every_method_has_a_row(self):
        self.assertTable(METHODS.items(), get_methods(self.env))

    def test_every_persona(self):
        groups = [value for value in vars(access_table).values() if isinstance(value, frozenset)]
        self.assertEqual(frozenset().union(*groups), PERSONAS.keys())

    # ------------------------------------------------------------
    # MODELS
    # ------------------------------------------------------------

    def test_models(self):
        before = self._get_state()
        for name, row in MODELS.items():
            record = getattr(self, row.sample)
            values = {"user_id": self.sam.id} if "user_id" in record._fields else {}
            metadata = [("get_metadata",)] if record._log_access else []  # otherwise the number that was asked for
            attempts = {
                "read": [("read", ["display_name"]), ("web_read", {"display_name": {}}), *metadata],
                "write": [("write", {}), ("web_save", {}, {"id": {}})],
                "create": [("create", values)],
                "unlink": [("unlink",)],
            }
            for persona, user in self.users.items():
                for right, calls in attempts.items():
                    for method, *arguments in calls:
                        with self.subTest(model=name, persona=persona, method=method):
                            answer = self._try(user, record, method, *arguments)
                            # permitted calls may still fail for other reasons
                            self.assertEqual(answer is AccessError, persona not in getattr(row, right), answer)
        self.assertEqual(self._get_state(), before)

    def test_searches(self):
        """Users who may not read a record don't find it, not even in a total, by any method."""
        for name, row in MODELS.items():
            record = getattr(self, row.sample)
            domain = [("id", "=", record.id)]
            group = "create_uid" if record._log_access else "user_id"
            calls = {
                "search": (domain,),
                "search_count": (domain,),
                "search_read": (domain, ["id"]),
                "web_search_read": (domain, {"id": {}}),
                "formatted_read_group": (domain, [group], ["__count"]),
                "formatted_read_grouping_sets": (domain, [[group], []], ["__count"]),
                "web_read_group": (domain, [group], ["__count"]),
                "name_search": ("", domain),
                "search_panel_select_range": (group,),
                "search_panel_select_multi_range": (group,),
            }
            if "state" in record._fields:
                progress = {"field": "state", "colors": {record.state: "success"}}
                calls["read_progress_bar"] = (domain, "state", progress)
            for persona, user in self.users.items():
                for method, arguments in calls.items():
                    if method.startswith("search_panel") and persona in row.read:
                        continue
                    options = {"search_domain": domain} if method.startswith("search_panel") else {}
                    with self.subTest(model=name, persona=persona, method=method):
                        answer = self._try_model(user, record, method, *arguments, **options)
                        found = self._is_found(answer)
                        self.assertEqual(found, persona in row.read, answer)

    def _try_model(self, user, records, method, *arguments, **options):
        """The same for model methods, which clients call without records."""
        return self._try(user, records.browse(), method, *arguments, **options)

    @staticmethod
    def _is_found(answer):
        if isinstance(answer, type):
            return False
        if isinstance(answer, dict):
            return any(TestAccessTable._is_found(value) for key, value in answer.items() if key not in SAYS_NOTHING)
        if isinstance(answer, list):
            return any(TestAccessTable._is_found(value) for value in answer)
        return bool(answer)

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    def test_closed_fields(self):
        """Nobody can read, write, sort by, group by or search for them, or find out that they exist."""
        for name, row in MODELS.items():
            record = getattr(self, row.sample)
            for key in row.closed.split():
                calls = {
                    "read": ([key],),
                    "web_read": ({key: {}},),
                    "write": ({key: False},),
                    "export_data": ([key],),
                    "onchange": ({key: False}, [key], {key: {}}),
                }
                # a required one is never empty, which is no secret
                domain = [(key, "=", 1)] if record._fields[key].required else [(key, "!=", False)]
                searches = {
                    "search": (domain,),
                    "search_count": (domain,),
                    "search_read": ([], [key]),
                    "web_search_read": ([], {key: {}}),
                    "formatted_read_group": ([], [key], ["__count"]),
                    "name_search": ("", domain),
                }
                for persona in ("owner", "manager"):
                    user = self.users[persona]
                    for method, arguments in calls.items():
                        with self.subTest(model=name, field=key, persona=persona, method=method):
                            self.assertIs(self._try(user, record, method, *arguments), AccessError)
                    for method, arguments in searches.items():
                        with self.subTest(model=name, field=key, persona=persona, method=method):
                            self.assertIs(self._try_model(user, record, method, *arguments), AccessError)
                    with self.subTest(model=name, field=key, persona=persona):
                        order = self._try_model(user, record, "search", [], order=key)
                        self.assertIs(order, AccessError)
                        self.assertFalse(self._try_model(user, record, "fields_get", [key]))

    def test_open_fields(self):
        for name, row in MODELS.items():
            record = getattr(self, row.sample)
            for persona, user in self.users.items():
                # personas who see them see all of them; the others are tested one by one
                for keys in [row.open.split()] if persona in row.read else [[key] for key in row.open.split()]:
                    with self.subTest(model=name, fields=keys, persona=persona):
                        answer = self._try(user, record, "read", keys)
                        self.assertEqual(answer is AccessError, persona not in row.read, answer)

    def test_fields_of_odoo(self):
        """The fields that the addon adds to models that everyone can access."""
        for name, fields in FIELDS.items():
            for key, row in fields.items():
                record = getattr(self, row.sample)
                for persona, user in self.users.items():
                    for method, argument in (("read", [key]), ("web_read", {key: {}}), ("export_data", [key])):
                        if method == "export_data" and not record._fields[key].exportable:
                            continue
                        with self.subTest(model=name, field=key, persona=persona, method=method):
                            answer = self._try(user, record, method, argument)
                            if method != "export_data":  # readers may lack the right to export
                                self.assertEqual(answer is AccessError, persona not in row.sees | row.blank, answer)
                            if not isinstance(answer, type):
                                value = answer["datas"][0][0] if method == "export_data" else answer[0][key]
                                value = value if value not in ("0", "False") else False
                                self.assertEqual(bool(value), persona in row.sees, value)

    def test_no_tracking(self):
        """No tracking message of a record reveals the value of a field."""
        for name, names in get_fields(self.env):
            for key in names:
                self.assertFalse(getattr(self.env[name]._fields[key], "tracking", None), f"{name}.{key}")

    # ------------------------------------------------------------
    # GUESSING
    # ------------------------------------------------------------

    def assertNoOracle(self, user, record, path, value):
        """Check that no answer to a search depends on a value that the user does not see."""
        if isinstance(value, str):
            guesses = [(path, "=like", f"{value[:-1]}%"), (path, "=like", "zzz%")]
        elif isinstance(value, datetime):
            guesses = [(path, "=", value), (path, "=", value + timedelta(days=1))]
        else:
            guesses = [(path, "=", value), (path, "=", value + 1 if value else True)]
        for method, more in (("search_count", ()), ("formatted_read_group", (["create_uid"], ["__count"]))):
            with self.subTest(user=user.login, model=record._name, guess=guesses[0], method=method):
                domains = ([("id", "=", record.id), guess] for guess in guesses)
                self.assertEqual(*(self._try_model(user, record, method, domain, *more) for domain in domains))

    def test_guessing_values(self):
        for fields in FIELDS.values():
            for key, row in fields.items():
                record = getattr(self, row.sample)
                if record._fields[key].type not in SEARCHABLE:
                    continue
                value = self._get_sample_value(record, key)
                for persona, user in self.users.items():
                    if persona not in row.sees:
                        self.assertNoOracle(user, record, key, value)

    def _get_sample_value(self, record, key):
        value = record[key]
        return value.id if hasattr(value, "ids") else str(value) if hasattr(value, "year") else value

    def test_guessing_by_paths(self):
        """The same by any path of up to three fields from a record of Odoo to one of the addon."""
        own = get_models(self.env)
        paths = []
        for start in START:
            queue = [(start, ())]
            for model, path in queue:
                for key, field in self.env[model]._fields.items():
                    if not field.relational or len(path) >= 3 or not self._is_worth(model, field, own, path):
                        continue
                    way = (*path, key)
                    if field.comodel_name in own:
                        paths.append((start, way, field.comodel_name))
                    queue.append((field.comodel_name, way))
        self.assertGreater(len(paths), 20)
        samples = {
            "crm.bcc.dropbox.token": ("token", self.token.token),
            "crm.bcc.dropbox.sender": ("email", self.sender.email),
        }
        samples["crm.bcc.dropbox.email"] = ("subject", self.email.subject)
        records = {"res.users": self.sam, "res.partner": self.sam.partner_id, "crm.lead": self.lead}
        records |= {"mail.message": self.message, "res.company": self.company}
        tried = 0
        for start, way, model in paths:
            if model in samples and start in records:
                tried += 1
                key, value = samples[model]
                for persona in ("colleague", "clerk"):
                    self.assertNoOracle(self.users[persona], records[start], ".".join((*way, key)), value)
        self.assertGreater(tried, 10)

    @staticmethod
    def _is_worth(model, field, own, path):
        """Return the paths to users, their contacts, or records of the addon, without cycles."""
        if field.name in path:
            return False
        return field.comodel_name in own or (
            model not in own and field.comodel_name in ("res.users", "res.partner") and field.name in WAYS
        )

    # ------------------------------------------------------------
    # METHODS
    # ------------------------------------------------------------

    def test_methods(self):
        before = self._get_state()
        for name, methods in METHODS.items():
            for method, row in methods.items():
                record = getattr(self, row.sample or MODELS[name].sample)
                for persona, user in self.users.items():
                    with self.subTest(model=name, method=method, persona=persona), self.mock_mail_gateway():
                        answer = self._try(user, record, method, *row.arguments)
                        self.assertEqual(answer is AccessError, persona not in row.allowed, answer)
                        self.assertNotIn(self.token.token, str(answer))
        self.assertEqual(self._get_state(), before)

    def test_methods_of_parts(self):
        """Clients can call abstract models as well: there, methods do only what everyone may do."""
        rows = {method: row for methods in METHODS.values() for method, row in methods.items()}
        found = [(name, method) for name, names in get_methods(self.env, is_abstract=True) for method in names]
        found = [(name, method) for name, method in found if name in PARTS]
        self.assertTrue(found)
        before = self._get_state()
        for name, method in found:
            part = self.env[name].browse(self.dropbox.ids)
            for persona, user in self.users.items() if rows[method].allowed != ANYONE else ():
                with self.subTest(model=name, method=method, persona=persona):
                    try:
                        self._call(user, part, method)
                    except (AccessError, AttributeError):
                        continue
                    self.fail("it was not refused")
        self.assertEqual(self._get_state(), before)


WAYS = {"user_id", "user_ids", "create_uid", "write_uid", "partner_id", "author_id", "partner_ids"}
"""Return the fields that refer to a user."""
