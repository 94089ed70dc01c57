import importlib
import string
import sys
from pathlib import Path
from unittest import skipUnless
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger
from odoo.tools.mail import email_normalize

from ..tools.address import can_be_in_dropbox, format_dropbox
from ..tools.parameters import PARAMETERS
from ..wizard.res_config_settings import LIMITS
from .common import tagged
from .test_access import AccessCommon

SYSTEM = "base.group_system"
INTERNAL = "base.group_user"
OWN = "sales_team.group_sale_salesman"
ALL = "sales_team.group_sale_salesman_all_leads"
PROFILES = {
    "group_bcc_dropbox_internal": INTERNAL,
    "group_bcc_dropbox_own": OWN,
    "group_bcc_dropbox_all": ALL,
}
RECEIVER = Path(__file__).parents[1] / "receiver"
DEFAULTS = {key: PARAMETERS[key] for key in LIMITS}


class SettingsCommon(AccessCommon):
    """Ada administers Odoo and CRM."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls._create_user("ada", f"{SYSTEM},sales_team.group_sale_manager")
        cls.user_group = cls.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        cls.manager_group = cls.env.ref("crm_bcc_dropbox.group_bcc_dropbox_manager")
        cls.Settings = cls.env["res.config.settings"].with_user(cls.ada)
        cls.parameters = cls.env["ir.config_parameter"]

    def _open(self):
        """Return the form as shown by the browser."""
        return Form(self.Settings, view="crm.res_config_settings_view_form")

    def _save(self, **values):
        """Save settings like the browser, the others unchanged."""
        with self._open() as form:
            for name, value in values.items():
                form[name] = value
        form.record.execute()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestProfiles(SettingsCommon):
    """The permission is granted to profiles, and each checkbox shows whether a profile has it."""

    def _get_boxes(self):
        form = self._open()
        return [form[name] for name in PROFILES]

    def _get_links(self):
        """Return the profiles that have the permission directly."""
        return [name for name, group in PROFILES.items() if self.user_group in self.env.ref(group).implied_ids]

    def _is_allowed(self, user):
        return user.has_group("crm_bcc_dropbox.group_bcc_dropbox_user")

    def test_default(self):
        self.assertEqual(self._get_boxes(), [False, True, True])
        self.assertTrue(self._open().group_bcc_dropbox_system)
        self._save()
        self.assertEqual(self._get_links(), ["group_bcc_dropbox_own"], "saving alone changes nothing")

    def test_larger_profiles_follow(self):
        with self._open() as form:
            self.assertTrue(form._get_modifier("group_bcc_dropbox_all", "readonly"))
            self.assertFalse(form._get_modifier("group_bcc_dropbox_own", "readonly"))
            form.group_bcc_dropbox_own = False
            self.assertFalse(form._get_modifier("group_bcc_dropbox_all", "readonly"))
            form.group_bcc_dropbox_all = False
            form.group_bcc_dropbox_internal = True
            self.assertEqual([form[name] for name in PROFILES], [True] * 3)
            self.assertTrue(form._get_modifier("group_bcc_dropbox_own", "readonly"))
        form.record.execute()
        self.assertIn("group_bcc_dropbox_internal", self._get_links())
        self.assertEqual(self._get_boxes(), [True] * 3)
        self.assertTrue(self._is_allowed(self.clerk))
        self.assertTrue(self.clerk.bcc_dropbox_address, "who gains the permission has an address at once")

    def test_smaller_profile_withdrawn(self):
        """The larger profile, which had the permission through the smaller one, keeps it."""
        self._save(group_bcc_dropbox_own=False)
        self.assertEqual(self._get_boxes(), [False, False, True])
        self.assertEqual(self._get_links(), ["group_bcc_dropbox_all"])
        self.assertTrue(self._is_allowed(self.sam))
        self.assertFalse(self._is_allowed(self.own))
        self.assertFalse(self.own.bcc_dropbox_address)

    def test_round_trip(self):
        """From any state to any other, the form shows the saved state when it is opened again."""
        states = [[False] * 3, [False, False, True], [False, True, True], [True] * 3]
        for before in states:
            for after in states:
                with self.subTest(before=before, after=after):
                    self._save(**self._steps(before))
                    self._save(**self._steps(after))
                    self.assertEqual(self._get_boxes(), after)
                    allowed = [self._is_allowed(user) for user in (self.clerk, self.own, self.sam)]
                    self.assertEqual(allowed, after)

    def _steps(self, state):
        """Click the checkboxes, from the smallest profile on, without those that follow from others."""
        values = {}
        for name, checked in zip(PROFILES, state, strict=True):
            values[name] = checked
            if checked:
                break
        return values

    def test_contradiction_of_a_client(self):
        """The smaller profile decides: it implies the permission of the larger one."""
        self.Settings.create({"group_bcc_dropbox_own": True, "group_bcc_dropbox_all": False}).execute()
        self.assertEqual(self._get_boxes(), [False, True, True])

    def test_withdrawn_in_between(self):
        """A link of a profile in between does not keep the permission that was withdrawn."""
        self.env.ref(ALL).implied_ids += self.user_group
        self._save(group_bcc_dropbox_own=False, group_bcc_dropbox_all=False)
        self.assertFalse(self._is_allowed(self.sam))
        self.assertEqual(self._get_links(), [])

    def test_single_users_keep_it(self):
        self.own.group_ids += self.user_group
        self._save(group_bcc_dropbox_own=False, group_bcc_dropbox_all=False)
        self.assertTrue(self._is_allowed(self.own))
        self.assertFalse(self._is_allowed(self.lea))

    def test_administrators(self):
        self.assertTrue(self.ada.has_group("crm_bcc_dropbox.group_bcc_dropbox_manager"))
        self._save(group_bcc_dropbox_system=False)
        self.assertNotIn(self.manager_group, self.env.ref(SYSTEM).all_implied_ids)
        self.assertFalse(self.ada.has_group("crm_bcc_dropbox.group_bcc_dropbox_manager"))
        self.assertTrue(self._is_allowed(self.ada), "by the profile of Sales")
        self._save(group_bcc_dropbox_system=True)
        self.assertTrue(self.ada.has_group("crm_bcc_dropbox.group_bcc_dropbox_manager"))


@tagged("post_install", "-at_install")
class TestConfigSettings(SettingsCommon):
    """Addresses, limits and intervals, as an administrator sets them."""

    @mute_logger("odoo.addons.base.models.res_config")
    def test_values_in_use(self):
        """Invalid values are shown as the values in use, so that other settings can be saved."""
        for value in ("abc", "0", "-3", False):
            with self.subTest(value=value):
                for key in DEFAULTS:
                    self.parameters.set_param(f"crm_bcc_dropbox.{key}", value)
                self.parameters.set_param("crm_bcc_dropbox.mailbox", "nonsense")
                values = self.Settings.default_get([f"bcc_dropbox_{key}" for key in DEFAULTS])
                self.assertEqual({key: values[f"bcc_dropbox_{key}"] for key in DEFAULTS}, DEFAULTS)
                self.assertEqual(values["bcc_dropbox_receive"], "domain")
                self.assertEqual(self.sam.bcc_dropbox_ids._get_parameter("max_senders"), 5)
        self._save(bcc_dropbox_max_senders=7)
        self.assertEqual(self.parameters.get_param("crm_bcc_dropbox.max_senders"), "7")

    def test_defaults_are_not_stored(self):
        """Neither the installation nor saving settings stores defaults, so that later versions can change them."""
        stored = self.parameters.search([("key", "=like", "crm_bcc_dropbox.%")])
        self.assertFalse({key.partition(".")[2] for key in stored.mapped("key")} & PARAMETERS.keys())
        self._save(bcc_dropbox_max_senders=7)
        added = self.parameters.search([("key", "=like", "crm_bcc_dropbox.%")]) - stored
        self.assertEqual(added.mapped("key"), ["crm_bcc_dropbox.max_senders"])
        self._save(bcc_dropbox_max_senders=5)
        self.assertEqual(added.value, "5", "chosen by an administrator")

    def test_numbers(self):
        self._save(**{f"bcc_dropbox_{key}": number for number, key in enumerate(DEFAULTS, 11)})
        for number, key in enumerate(DEFAULTS, 11):
            self.assertEqual(self.parameters.get_param(f"crm_bcc_dropbox.{key}"), str(number))
        for name in [*(f"bcc_dropbox_{key}" for key in DEFAULTS), "bcc_dropbox_fetch_minutes"]:
            for value in (0, -1):
                with self.subTest(name=name, value=value), self.assertRaisesRegex(ValidationError, "greater than zero"):
                    self._save(**{name: value})

    def test_fetch_interval(self):
        cron = self.env.ref("mail.ir_cron_mail_gateway_action")
        for number, unit, minutes in [(5, "minutes", 5), (2, "hours", 120), (1, "days", 1440), (1, "months", 43200)]:
            cron.write({"interval_number": number, "interval_type": unit})
            self.assertEqual(self._open().bcc_dropbox_fetch_minutes, minutes)
            self._save()
            self.assertEqual((cron.interval_number, cron.interval_type), (number, unit), "saving changes nothing")
        self._save(bcc_dropbox_fetch_minutes=2)
        self.assertEqual((cron.interval_number, cron.interval_type), (2, "minutes"))

    def test_no_fetch_job(self):
        self.env.ref("mail.ir_cron_mail_gateway_action").unlink()
        self._save(bcc_dropbox_fetch_minutes=2)
        self.assertEqual(self._open().bcc_dropbox_fetch_minutes, 1)

    def test_mailbox(self):
        token = f"bcc-{self.token.token}"
        self._save(bcc_dropbox_receive="mailbox", bcc_dropbox_mailbox="CRM <Crm@acme.example>")
        self.assertEqual(self.parameters.get_param("crm_bcc_dropbox.mailbox"), "crm@acme.example")
        self.assertEqual(self.sam.bcc_dropbox_address, f"crm+{token}@acme.example")
        self.assertEqual(self._open().bcc_dropbox_receive, "mailbox")
        self._save(bcc_dropbox_receive="domain")
        self.assertFalse(self.parameters.get_param("crm_bcc_dropbox.mailbox"))
        self.assertEqual(self.sam.bcc_dropbox_address, f"{token}@acme.example")

    def test_mailbox_that_is_none(self):
        for mailbox, message in [
            ("crm", "is not a single email address"),
            ("crm@acme.example, info@acme.example", "is not a single email address"),
            (self.sam.bcc_dropbox_address, "Enter the mailbox itself"),
            (f"crm+{self.sam.bcc_dropbox_address}", "Enter the mailbox itself"),
            ("acme!crm@acme.example", "can't be in BCC addresses"),
            ("caf\u00e9@acme.example", "can't be in BCC addresses"),
            ('"a b"@acme.example', "can't be in BCC addresses"),
        ]:
            with self.subTest(mailbox=mailbox), self.assertRaisesRegex(ValidationError, message) as caught:
                self._save(bcc_dropbox_receive="mailbox", bcc_dropbox_mailbox=mailbox)
            self.assertNotIn(self.token.token, str(caught.exception))
        with self.assertRaises(ValidationError):
            self.Settings.create({"bcc_dropbox_receive": "mailbox", "bcc_dropbox_mailbox": False})

    def test_mailbox_of_before(self):
        """A mailbox that was stored before there was a rule does not block other settings."""
        self.parameters.set_param("crm_bcc_dropbox.mailbox", "caf\u00e9@acme.example")
        self._save(bcc_dropbox_max_senders=7)
        self.assertEqual(self.parameters.get_param("crm_bcc_dropbox.max_senders"), "7")

    @skipUnless(RECEIVER.exists(), "packages of the addon are without the receiver")
    def test_mailbox_and_receiver(self):
        """The receiver accepts the BCC addresses of all mailboxes that the settings accept, and of no others."""
        with patch.object(sys, "path", [str(RECEIVER), *sys.path]):
            pattern = importlib.import_module("odoo_bcc_receiver.server")._RECIPIENT
        odd = [*string.printable, "\u00e9", "\u017f", "\u0661", "+-", "++", ".."]
        mailboxes = [f"{text}@acme.example" for text in ["sales+crm", "r&d", *odd, *(f"a{each}b" for each in odd)]]
        mailboxes += [f"crm@{domain}" for domain in ["localhost", "-a.example", "a_b.de", "\u00e9.example", "[::1]"]]
        for mailbox in filter(None, map(email_normalize, mailboxes)):
            with self.subTest(mailbox=mailbox):
                address = format_dropbox("a" * 20, mailbox, "")
                self.assertEqual(can_be_in_dropbox(mailbox), bool(pattern.fullmatch(f"TO:<{address}>")))
        self.assertTrue(can_be_in_dropbox("sales+crm@acme.example"))
        self.assertTrue(can_be_in_dropbox("r&d@acme.example"))

    def test_example(self):
        secret = "bcc-" + "x" * 20
        form = self._open()
        self.assertEqual(form.bcc_dropbox_example, f"{secret}@acme.example")
        form.alias_domain_id = self.domain.create({"name": "other.example"})
        self.assertEqual(form.bcc_dropbox_example, f"{secret}@other.example")
        form.bcc_dropbox_receive = "mailbox"
        self.assertFalse(form.bcc_dropbox_example)
        form.bcc_dropbox_mailbox = "crm@acme.example"
        self.assertEqual(form.bcc_dropbox_example, f"crm+{secret}@acme.example")
        form.bcc_dropbox_receive = "domain"
        form.alias_domain_id = self.domain.browse()
        self.assertFalse(form.bcc_dropbox_example)


@tagged("post_install", "-at_install")
class TestChoices(SettingsCommon):
    """The defaults of what users can choose."""

    def _get_choices(self, user):
        dropbox = user.sudo().bcc_dropbox_ids
        return [dropbox.several, dropbox.opportunity, dropbox.propose]

    def _get_stored(self):
        return [self.parameters.get_param(f"crm_bcc_dropbox.{name}") for name in ("several", "opportunity", "propose")]

    def test_new_users(self):
        self._save(bcc_dropbox_several="all", bcc_dropbox_opportunity="latest", bcc_dropbox_propose=True)
        self.assertEqual(self._get_stored(), ["all", "latest", "True"])
        self.assertEqual(self._get_choices(self._create_user("new", OWN)), ["all", "latest", True])
        self.assertEqual(self._get_choices(self.sam), ["best", "only", False], "who has an address keeps it as it is")
        form = self._open()
        self.assertEqual(
            [form.bcc_dropbox_several, form.bcc_dropbox_opportunity, form.bcc_dropbox_propose], ["all", "latest", True]
        )
        self._save(bcc_dropbox_propose=False)
        self.assertFalse(self._get_stored()[2])
        self.assertEqual(self._get_choices(self._create_user("newer", OWN)), ["all", "latest", False])

    def test_invalid(self):
        """The addon's defaults count, and other settings can be saved."""
        for number, (several, opportunity, propose) in enumerate([("nonsense", "all", "maybe"), ("", "", "0")]):
            with self.subTest(several):
                for name, value in (("several", several), ("opportunity", opportunity), ("propose", propose)):
                    self.parameters.set_param(f"crm_bcc_dropbox.{name}", value)
                new = self._create_user(f"new{number}", OWN)
                self.assertEqual(self._get_choices(new), ["best", "only", False])
                self._save(bcc_dropbox_max_senders=7)

    def test_apply(self):
        """To all users, also to those who may not use their address now."""
        self.boss.bcc_dropbox_ids.active = False
        self.lea.bcc_dropbox_ids.several = "oldest"
        self._save(bcc_dropbox_several="all", bcc_dropbox_propose=True)
        action = self._call(self.ada, self.Settings.create({}), "action_bcc_dropbox_apply_choices")
        count = self.env["crm.bcc.dropbox"].with_context(active_test=False).search_count([])
        self.assertIn(f"Changed for {count} users", action["params"]["message"])
        for user in (self.sam, self.lea, self.boss):
            self.assertEqual(self._get_choices(user), ["all", "only", True])
        action = self._call(self.ada, self.Settings.create({}), "action_bcc_dropbox_apply_choices")
        self.assertIn("Changed for 0 users", action["params"]["message"])

    def test_apply_is_for_managers(self):
        """An administrator of Odoo who may not see BCC addresses does not change them."""
        self._save(group_bcc_dropbox_system=False, bcc_dropbox_several="all")
        self._refuses(self.ada, self.Settings.create({}), "action_bcc_dropbox_apply_choices")
        self.assertEqual(self._get_choices(self.sam), ["best", "only", False])
        arch = self.Settings.get_view(self.env.ref("crm.res_config_settings_view_form").id, "form")["arch"]
        self.assertNotIn("action_bcc_dropbox_apply_choices", arch)

    def test_manager_on_the_user_form(self):
        manager = self._create_user("rita", "base.group_erp_manager,crm_bcc_dropbox.group_bcc_dropbox_manager")
        with Form(self.sam.with_user(manager), view="base.view_users_form") as form:
            form.bcc_dropbox_propose = True
        self.assertTrue(self.sam.bcc_dropbox_ids.propose)


@tagged("post_install", "-at_install")
class TestSettingsAccess(SettingsCommon):
    """Settings are for administrators."""

    def _get_names(self):
        return [name for name in self.Settings._fields if "bcc_dropbox" in name]

    def test_others_cannot_read_them(self):
        self.parameters.set_param("crm_bcc_dropbox.mailbox", "crm@acme.example")
        settings = self.Settings.create({})
        names = self._get_names()
        for user in [self.sam, self.clerk, self.boss, self.portal, self.public]:
            # core gives anyone the default values of this form, which are the values in use
            values = self._call(user, self.Settings, "default_get", names)
            self.assertFalse([name for name in names if name.startswith("group_") and name in values])
            self.assertNotIn("crm@acme.example", str(values))
            self.assertNotIn("bcc_dropbox_fetch_minutes", self._call(user, self.Settings, "fields_get"))
            for name in names:
                self._refuses(user, settings, "read", [name])
                self._refuses(user, self.Settings, "onchange", {}, [], {name: {}})

    def test_numbers_in_use_are_not_told(self):
        for key in DEFAULTS:
            self.parameters.set_param(f"crm_bcc_dropbox.{key}", "77")
        for user in [self.sam, self.clerk]:
            self.assertNotIn("77", str(self._call(user, self.Settings, "default_get", self._get_names())))

    def test_others_cannot_change_them(self):
        settings = self.Settings.create({"group_bcc_dropbox_internal": True})
        rights = self._create_user("rights", "base.group_erp_manager")
        for user in [self.sam, self.clerk, self.boss, rights]:
            self._refuses(user, self.Settings, "create", {"group_bcc_dropbox_internal": True})
            self._refuses(user, settings, "execute")
            self._refuses(user, settings, "set_values")
        self.assertFalse(self.clerk.has_group("crm_bcc_dropbox.group_bcc_dropbox_user"))

    def test_profiles_are_for_who_manages_rights(self):
        """An administrator who may not manage rights saves other settings, and no profile."""
        self.env.ref(SYSTEM).implied_ids -= self.env.ref("base.group_erp_manager")
        self.assertFalse(self.ada.has_group("base.group_erp_manager"))
        with self.assertRaises(AccessError):
            self.Settings.create({"group_bcc_dropbox_internal": True})
        arch = self.Settings.get_view(self.env.ref("crm.res_config_settings_view_form").id, "form")["arch"]
        self.assertNotIn("group_bcc_dropbox", arch)
        self.Settings.create({"bcc_dropbox_max_senders": 7}).set_values()
        self.assertEqual(self.parameters.get_param("crm_bcc_dropbox.max_senders"), "7")
        self.assertIn(self.user_group, self.env.ref(OWN).implied_ids)
