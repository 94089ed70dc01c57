"""Set Up BCC Dropbox: from installed to working."""

from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .. import hooks
from ..models import crm_bcc_dropbox_address as address
from ..tools import mail_exchange
from .common import tagged
from .test_dropbox_test import DropboxTestCommon
from .test_health import HealthCommon
from .test_notices import NoticesCommon

SETUP = "crm.bcc.dropbox.setup"


class SetupCommon(HealthCommon, NoticesCommon, DropboxTestCommon):
    """Ada administers Odoo. Nothing is set up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).alias_domain_id = False
        cls.env["ir.mail_server"].search([]).unlink()
        cls.Setup = cls.env[SETUP].with_user(cls.ada)

    def _open_step(self, step="address"):
        """Open a step like the browser, and return its form."""
        action = self.Setup._open(step)
        return Form(self.Setup.browse(action["res_id"]))

    def _save_address(self, **values):
        """Go through the first step; return the setup."""
        with self._open_step() as form:
            for name, value in values.items():
                form[name] = value
        form.record.action_next()
        self.env.invalidate_all()
        return form.record


@tagged("post_install", "-at_install")
class TestSteps(SetupCommon):
    def _get_parameter(self, key):
        return self.parameters.get_param(f"crm_bcc_dropbox.{key}")

    def test_subdomain(self):
        """Odoo's other emails are not affected: the domain does not become an alias domain."""
        for way in ("own", "microsoft", "google"):
            with self.subTest(way=way):
                setup = self._save_address(way=way, domain=" CRM.acme.example ")
                self.assertEqual(setup.step, "connect")
                self.assertEqual(self.sam.bcc_dropbox_address, f"crm+bcc-{self.dropbox_of_sam}@crm.acme.example")
                self.assertFalse(self.company.alias_domain_id)
                self.assertEqual(self._open_step().record.way, way)
                self.assertEqual(self._open_step().record.domain, "crm.acme.example")

    @property
    def dropbox_of_sam(self):
        return self.sam.sudo().bcc_dropbox_ids.token_ids.token

    def test_alias_domain(self):
        """A domain that Odoo receives emails on already."""
        self.company.alias_domain_id = self.domain
        self.parameters.set_param("crm_bcc_dropbox.mailbox", "crm@elsewhere.example")
        setup = self._save_address(way="google", domain="acme.example")
        self.assertTrue(setup.is_alias_domain)
        self.assertFalse(self._get_parameter("mailbox"))
        self.assertEqual(self.sam.bcc_dropbox_address, f"bcc-{self.dropbox_of_sam}@acme.example")

    def test_mailbox(self):
        self._save_address(way="mailbox", mailbox="CRM@acme.example")
        self.assertEqual(self._get_parameter("mailbox"), "crm@acme.example")
        self.company.alias_domain_id = self.domain
        self._save_address(way="mailbox", mailbox=False)
        self.assertFalse(self._get_parameter("mailbox"), "a catch-all mailbox of the alias domain")

    def test_mailbox_is_kept(self):
        self.parameters.set_param("crm_bcc_dropbox.mailbox", "log@crm.acme.example")
        self._save_address(way="own", domain="crm.acme.example")
        self.assertEqual(self._get_parameter("mailbox"), "log@crm.acme.example")

    def test_example(self):
        form = self._open_step()
        form.way, form.domain = "own", "crm.acme.example"
        self.assertEqual(form.example, f"crm+bcc-{'x' * 20}@crm.acme.example")
        form.way, form.mailbox = "mailbox", "log@acme.example"
        self.assertEqual(form.example, f"log+bcc-{'x' * 20}@acme.example")
        form.mailbox = False
        self.assertFalse(form.example)

    def test_invalid(self):
        for values in [
            {"domain": "acme"},
            {"domain": "*.acme.example"},
            {"domain": "a.example b.example"},
            {"domain": "crm@acme.example"},
            {"domain": 'x"\ny.example'},
            {"way": "mailbox", "mailbox": "acme.example"},
            {"way": "mailbox", "mailbox": f"bcc-{'a' * 20}@acme.example"},
        ]:
            with self.subTest(values), self.assertRaises(ValidationError) as caught:
                self._save_address(**{"way": "microsoft", **values})
            self.assertNotIn("a" * 20, str(caught.exception))
        self.assertFalse(self._get_parameter("mailbox"))

    def test_missing(self):
        for values in [{"way": "microsoft", "domain": False}, {"way": "mailbox", "mailbox": False}]:
            with self.subTest(values), self.assertRaisesRegex(ValidationError, "Enter the domain or the mailbox"):
                self._save_address(**values)

    def test_trusted_host(self):
        """The receiver checks senders for Microsoft 365 and Google; a name in use is kept."""
        setup = self._save_address(way="microsoft", domain="crm.acme.example")
        self.assertEqual(setup.trusted_host, "crm.acme.example")
        setup.action_next()
        self.assertEqual(self._get_parameter("authentication_host"), "crm.acme.example")
        self.assertFalse(self._get_parameter("max_senders"), "defaults are not stored")
        setup = self._save_address(way="own", domain="elsewhere.example")
        self.assertEqual(setup.trusted_host, "crm.acme.example")
        setup.trusted_host = "not a host!"
        with self.assertRaises(ValidationError):
            setup.action_next()
        self.parameters.set_param("crm_bcc_dropbox.authentication_host", False)
        self.assertFalse(self._save_address(way="own", domain="elsewhere.example").trusted_host)

    def test_nothing_to_trust(self):
        """Without the receiver there is no name to suggest: clicking through stores none."""
        self.company.alias_domain_id = self.domain
        for way in ("microsoft", "google"):
            with self.subTest(way=way):
                setup = self._save_address(way=way)
                self.assertTrue(setup.is_alias_domain)
                self.assertFalse(setup.trusted_host)
                setup.action_next()
                self.assertFalse(self._get_parameter("authentication_host"))
                with self._open_step() as form:
                    form.way, form.domain = way, "crm.acme.example"
                    self.assertEqual(form.trusted_host, "crm.acme.example")
                    form.domain = "acme.example"
                    self.assertFalse(form.trusted_host)

    def test_steps(self):
        setup = self._save_address(way="own", domain="crm.acme.example")
        for step in ["test", "team", "team"]:
            setup.action_next()
            self.assertEqual(setup.step, step)
        for step in ["test", "connect", "address", "address"]:
            setup.action_back()
            self.assertEqual(setup.step, step)

    def test_incoming_mail_server(self):
        setup = self._save_address(way="mailbox", mailbox="crm@acme.example")
        action = setup.action_open_servers()
        form = Form(self.env["fetchmail.server"].with_user(self.ada).with_context(**action["context"]))
        self.assertEqual((form.user, form.server_type, form.port), ("crm@acme.example", "imap", 993))
        self._create_server()
        self.assertEqual(setup.action_open_servers()["xml_id"], "mail.action_email_server_tree")
        self.parameters.set_param("crm_bcc_dropbox.way_in", False)
        self.assertEqual(self._open_step().way, "mailbox")


@tagged("post_install", "-at_install")
class TestSetupChecks(SetupCommon):
    """What can be checked from here, and whether the setup is done."""

    def _look_up(self, servers):
        return patch("odoo.addons.crm_bcc_dropbox.wizard.crm_bcc_dropbox_health_panel.look_up_mail_servers", servers)

    def test_mail_exchange(self):
        connect = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action_connect"
        for servers, state, text, action in [
            (["mx.acme.example"], "ok", "go to mx.acme.example", ""),
            ([], "warning", "no MX record", connect),
            (None, "unknown", "can't be checked", ""),
        ]:
            with self.subTest(servers=servers), self._look_up(lambda _domain, servers=servers: servers):
                check = self.Health._get_mail_exchange_check("crm.acme.example")
                self.assertEqual((check.state, check.action), (state, action))
                self.assertIn(text, check.text)

    def test_dns_is_optional(self):
        with patch.object(mail_exchange, "dns", None):
            self.assertIsNone(mail_exchange.look_up_mail_servers("acme.example"))

    def test_checks_are_shown(self):
        """The DNS is asked in the step that shows the answer, and only if there is something to ask."""
        asked = []
        with self._look_up(asked.append):
            setup = self._save_address(way="google", domain="crm.acme.example")
            self.assertFalse(setup.checks)
            setup.action_next()
            for text in ["MX record", "Not Checked", "Incoming emails", "Outgoing emails", "Sender verification"]:
                self.assertIn(text, setup.checks)
            self._open_step("test")
            self.assertEqual(set(asked), {"crm.acme.example"})
            self.parameters.set_param("crm_bcc_dropbox.way_in", "mailbox")
            self.assertNotIn("MX record", self._open_step("test").checks)

    def test_own_email(self):
        """The administrator of a new Odoo has no email address."""
        keys = [check.key for check in self.Health.with_user(self.ada)._get_setup_checks(False)]
        self.assertNotIn("own_email", keys)
        self.ada.email = False
        setup = self._save_address(way="mailbox", mailbox="crm@acme.example")
        setup.action_next()
        self.assertIn('data-check="own_email"', setup.checks)
        preferences = f"action-crm_bcc_dropbox.res_users_action_bcc_dropbox/{self.ada.id}"
        self.assertIn(f'href="/odoo/crm/{SETUP}/{setup.id}/{preferences}"', setup.checks)

    def test_links(self):
        """Breadcrumbs lead back to the setup, and a link to a step of it does not begin a new one."""
        setup = self._save_address(way="google", domain="crm.acme.example")
        setup.hostname = "mx.acme.example"
        setup.action_next()
        self.assertIn(f'href="/odoo/crm/{SETUP}/{setup.id}/action-base.action_ir_mail_server_list"', setup.checks)
        self.assertIn('href="/odoo/crm/action-crm_bcc_dropbox.crm_bcc_dropbox_setup_action_connect"', setup.checks)
        opened = self._open_step("connect").record
        self.assertEqual((opened, opened.step, opened.hostname), (setup, "connect", "mx.acme.example"))
        self.assertNotEqual(self._open_step().record, setup)

    def test_outgoing(self):
        self.assertCheck("outgoing", "warning", "No outgoing mail server", "base.action_ir_mail_server_list")
        self.dropbox.test_result = {"seconds": 1}
        self.assertCheck("outgoing", "ok", "the mail server on its own host")
        self.env["ir.mail_server"].create({"name": "Relay", "smtp_host": "smtp.acme.example"})
        self.assertCheck("outgoing", "ok", "through Relay")

    def test_sender(self):
        connect = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action_connect"
        self.assertCheck("sender", "warning", "Forged senders", connect)
        self.parameters.set_param("crm_bcc_dropbox.authentication_host", "mx.acme.example")
        self.assertCheck("sender", "ok", "mx.acme.example")
        self.parameters.set_param("crm_bcc_dropbox.authentication", "off")
        self.assertCheck("sender", "ok", "aren't checked")

    def test_wanted_until_it_works(self):
        self.assertTrue(self.Setup.is_wanted())
        self._save_address(way="google", domain="crm.acme.example")
        self.assertTrue(self.Setup.is_wanted(), "no email has arrived")
        self._create_mail()
        self.assertFalse(self.Setup.is_wanted())
        self.parameters.set_param("crm_bcc_dropbox.mailbox", False)
        self.assertTrue(self.Setup.is_wanted(), "there are no addresses")

    def test_dismissed(self):
        self.Setup.action_dismiss()
        self.assertFalse(self.Setup.is_wanted())

    def test_panel(self):
        """One line if nothing is set up and if all is well; otherwise what needs attention."""
        panel = self._open().bcc_dropbox_health
        shown, _details, hidden = panel.partition("<details")
        self.assertIn('data-check="summary"', shown)
        self.assertIn("Not Set Up", shown)
        self.assertIn("/odoo/action-crm_bcc_dropbox.crm_bcc_dropbox_setup_action", shown)
        self.assertIn('data-check="incoming"', hidden)
        self._save_address(way="google", domain="crm.acme.example")
        self._create_mail()
        shown, _details, hidden = self._open().bcc_dropbox_health.partition("<details")
        self.assertNotIn('data-check="summary"', shown)
        self.assertIn('data-check="sender"', shown)
        self.assertIn('data-check="incoming"', hidden)
        self.parameters.set_param("crm_bcc_dropbox.authentication_host", "mx.acme.example")
        self.dropbox.test_result = {"seconds": 1}
        shown, _details, hidden = self._open().bcc_dropbox_health.partition("<details")
        self.assertIn("The last email arrived", shown)
        self.assertEqual(shown.count("data-check"), 1)
        self.assertIn('data-check="sender"', hidden)

    def test_each_problem_has_its_step(self):
        """The links lead to the step that mends the problem."""
        steps = {
            check.key: self.Setup.browse(self.env.ref(check.action).with_user(self.ada).run()["res_id"]).step
            for check in self.Health._get_checks()
            if "setup_action" in check.action
        }
        expected = {"address": "address", "incoming": "connect", "last_mail": "test", "sender": "connect"}
        self.assertEqual(steps, expected)


@tagged("post_install", "-at_install")
class TestTeam(SetupCommon):
    """The message to the users who have a BCC address."""

    def setUp(self):
        super().setUp()
        self.parameters.set_param("crm_bcc_dropbox.mailbox", "crm@acme.example")
        self.env["crm.bcc.dropbox"].search([]).told_date = "2026-01-01"
        self.env["crm.bcc.dropbox"].search([("user_id", "in", (self.sam + self.lea + self.ada).ids)]).told_date = False

    def test_once(self):
        setup = self._open_step("team").record
        self.assertIn("2 users", setup.team)
        with self.assertSilent():
            setup.action_tell()
            setup.action_tell()
            self._open_step("team").record.action_tell()
        self.env.invalidate_all()
        self.assertFalse(setup.team)
        for user, link in [(self.sam, self.sam.id), (self.lea, self.lea.id)]:
            [notice] = self._get_notices(user)
            self.assertIn("You now have a BCC address", notice)
            self.assertIn(f"/odoo/action-crm_bcc_dropbox.res_users_action_bcc_dropbox/{link}", notice)
            self.assertNotIn("bcc-", notice)
        self.assertFalse(self._get_notices(self.ada))
        self.assertFalse(self._get_notices(self.own), "they knew it")
        self.own.bcc_dropbox_ids.told_date = False
        setup.action_tell()
        self.assertEqual(len(self._get_notices(self.own)), 1)
        self.assertEqual(len(self._get_notices(self.sam)), 1)

    def test_languages(self):
        """The unchanged text is in each user's language; another one is as written."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.sam.lang = "de_DE"
        german = "Sie haben jetzt eine BCC-Adresse."
        message = type(self.env[SETUP])._get_message
        with patch.object(
            type(self.env[SETUP]), "_get_message",
            lambda setup: german if setup.env.lang == "de_DE" else message(setup),
        ):  # fmt: skip
            setup = self._open_step("team").record
            setup.action_tell()
        self.assertIn(german, self._get_notices(self.sam)[0])
        self.assertIn("You now have", self._get_notices(self.lea)[0])

    def test_own_words(self):
        token = self.sam.sudo().bcc_dropbox_ids.token_ids.token
        with self._open_step("team") as form:
            form.message = f"Hello,\n<b>use it</b>: crm+bcc-{token}@acme.example"
        form.record.action_tell()
        for user in [self.sam, self.lea]:
            [notice] = self._get_notices(user)
            self.assertIn("&lt;b&gt;use it&lt;/b&gt;", notice)
            self.assertNotIn(token, notice)

    def test_failure(self):
        """Users who did not get the message count as untold."""
        Chat = self.registry["discuss.channel"]
        find = Chat._get_or_create_chat

        def fail(chat, *args, **options):
            if chat.env.user == self.sam:
                raise ValueError
            return find(chat, *args, **options)

        setup = self._open_step("team").record
        with patch.object(Chat, "_get_or_create_chat", fail), mute_logger(address.__name__):
            setup.action_tell()
        self.env.invalidate_all()
        self.assertEqual(setup.team, self.sam.name)
        setup.action_tell()
        for user in [self.sam, self.lea]:
            self.assertEqual(len(self._get_notices(user)), 1)
        self.env.invalidate_all()
        self.assertFalse(setup.team)

    def test_alone(self):
        """The first user of a new Odoo has nobody to tell."""
        self.assertFalse(self._open_step("team").record.is_alone)
        self.env["crm.bcc.dropbox"].search([("user_id", "!=", self.ada.id)]).active = False
        setup = self._open_step("team").record
        self.assertTrue(setup.is_alone)
        self.assertFalse(setup.team)

    def test_only_with_an_address(self):
        self.sam.sudo().bcc_dropbox_ids.active = False
        self._open_step("team").record.action_tell()
        self.assertFalse(self._get_notices(self.sam))
        self.assertEqual(len(self._get_notices(self.lea)), 1)

    def test_where_it_leads(self):
        """The tab is open at once, for the salesperson with the lowest rights."""
        action = self.env.ref("crm_bcc_dropbox.res_users_action_bcc_dropbox")
        view = self.env["res.users"].with_user(self.own).get_views([(action.view_id.id, "form")])
        self.assertRegex(view["views"]["form"]["arch"], r'<page name="bcc_dropbox"[^>]*autofocus="autofocus"')


@tagged("post_install", "-at_install")
class TestLanding(SetupCommon):
    """Odoo opens the setup after an installation, once."""

    def test_after_installation(self):
        Todo = self.env["ir.actions.todo"]
        Todo.search([]).state = "done"
        hooks.post_init_hook(self.env)
        module = self.env["ir.module.module"].with_user(self.ada)
        action = module.next()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(action["url"], "/odoo/crm/action-crm_bcc_dropbox.crm_bcc_dropbox_setup_action")
        self.assertEqual(module.next()["url"], "/odoo")

    def test_opened_before(self):
        """On a database where the addon was installed from the command line."""
        self.env["ir.actions.todo"].search([]).state = "done"
        hooks.post_init_hook(self.env)
        self.Setup._open()
        self.assertEqual(self.env["ir.module.module"].with_user(self.ada).next()["url"], "/odoo")

    def test_only_administrators(self):
        action = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_setup_action")
        menu = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_setup_menu")
        self.assertIn(menu.id, self.env["ir.ui.menu"].with_user(self.ada)._visible_menu_ids())
        for user in [self.sam, self.boss, self.clerk]:
            self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(user)._visible_menu_ids())
        for user in [self.sam, self.boss, self.clerk, self.portal, self.public]:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                action.with_user(user).run()

    def test_of_another_administrator(self):
        setup = self.Setup.browse(self.Setup._open()["res_id"])
        eve = self._create_user("eve", "base.group_system")
        self._refuses(eve, setup, "read", ["domain"])
        self._refuses(eve, setup, "action_next")
