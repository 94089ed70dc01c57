"""Lists of what is never logged: their rights, and the dialog that excludes the customers of an email."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .common import Command, tagged
from .test_access import EXCLUSION, AccessCommon
from .test_exclusion import ExclusionCommon
from .test_proposal import ATTACHED, PLAIN_FORWARD


@tagged("post_install", "-at_install")
class TestExclusionModel(ExclusionCommon):
    @contextmanager
    def _fails(self, error):
        with mute_logger("odoo.sql_db"), self.assertRaises(error), self.env.cr.savepoint():
            yield

    def test_clean(self):
        exclusion = self._exclude(" mailto:Anna@Clinic.example ")
        self.assertEqual(exclusion.pattern, "anna@clinic.example")
        exclusion.pattern = "@Clinic.example"
        self.assertEqual(exclusion.pattern, "clinic.example")
        for text in ("clinic", "https://clinic.example"):
            with self.subTest(text=text), self.assertRaisesRegex(ValidationError, r"\*\.clinic\.example"):
                exclusion.pattern = text

    def test_no_token(self):
        with self.assertRaises(ValidationError) as caught:
            self._exclude(self.sam.bcc_dropbox_address)
        self.assertNotIn(self.sam.bcc_dropbox_ids.token_ids.token, str(caught.exception))

    def test_unique(self):
        self._exclude("clinic.example", user=False)
        self._exclude("clinic.example", user=False, company_id=self.company.id)
        self._exclude("clinic.example", user=self.lea)
        self._exclude("clinic.example")
        for user in (self.sam, False):
            with self.subTest(user=user), self._fails(UniqueViolation):
                self._exclude("@CLINIC.example", user=user)

    def test_user_or_company(self):
        with self._fails(CheckViolation):
            self._exclude("clinic.example", company_id=self.company.id)

    def test_warning(self):
        for pattern, is_warned in {"gmail.com": True, "*.gmx.de": True, "clinic.example": False, "": False}.items():
            with self.subTest(pattern=pattern):
                self.assertEqual(bool(self.env[EXCLUSION].new({"pattern": pattern}).warning), is_warned)

    def test_goes_with_its_user(self):
        exclusion = self._exclude("clinic.example", user=self._create_user("gone", "base.group_user"))
        exclusion.user_id.unlink()
        self.assertFalse(exclusion.exists())


@tagged("post_install", "-at_install")
class TestExclusionAccess(AccessCommon, ExclusionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env[EXCLUSION].search([]).unlink()
        cls.exclusion = cls._exclude("private.example")
        cls.everyones = cls._exclude("everyone.example", user=False)
        cls.ours = cls._exclude("ours.example", user=False, company_id=cls.company.id)
        cls.theirs = cls._exclude("theirs.example", user=False, company_id=cls.far.company_id.id)

    def test_read(self):
        for user, expected in {
            self.sam: self.exclusion | self.everyones | self.ours,
            self.lea: self.everyones | self.ours,
            self.far: self.everyones | self.theirs,
            self.boss: self.exclusion | self.everyones | self.ours | self.theirs,
        }.items():
            with self.subTest(user=user.login):
                self.assertEqual(set(self._call(user, self.exclusion, "search", [])), set(expected.ids))
        for user in self.outsiders:
            self._refuses(user, self.exclusion, "search", [])

    def test_own(self):
        [new] = self._call(self.sam, self.exclusion, "create", [{"pattern": "Mine.example", "user_id": self.sam.id}])
        self._call(self.sam, self.exclusion.browse(new), "write", {"pattern": "other.example"})
        self._call(self.sam, self.exclusion.browse(new), "unlink")

    def test_others(self):
        for values in ({"user_id": self.lea.id}, {"user_id": False}, {}):
            self._refuses(self.sam, self.exclusion, "create", [{"pattern": "x.example", **values}])
        self._refuses(self.sam, self.exclusion, "write", {"user_id": False})
        self._refuses(self.sam, self.exclusion, "write", {"user_id": self.lea.id})
        for user in (self.lea, self.far):
            for records in (self.exclusion, self.everyones, self.ours):
                self._refuses(user, records, "write", {"pattern": "x.example"})
                self._refuses(user, records, "unlink")
        self._call(self.boss, self.everyones, "write", {"pattern": "x.example"})
        self._call(self.boss, self.exclusion, "unlink")
        self._call(self.boss, self.ours, "create", [{"pattern": "new.example", "user_id": self.lea.id}])

    def test_default_values_of_the_client(self):
        with self.assertRaises(AccessError):
            Exclusion = self.env[EXCLUSION].with_user(self.sam).with_context(default_user_id=self.sam.id)
            Exclusion.create({"pattern": "x.example"})

    def test_without_permission(self):
        """Odoo lets all users write their preferences as superuser, portal users included."""
        for user in (self.clerk, self._create_user("visitor", "base.group_portal")):
            with self.subTest(user=user.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                values = {"bcc_dropbox_exclusion_ids": [Command.create({"pattern": "anna@clinic.example"})]}
                user.with_user(user).write(values)

    def test_preferences(self):
        """Odoo writes the preferences as superuser, with any commands of the client."""
        form = Form(self.sam.with_user(self.sam), "base.view_users_form_simple_modif")
        with form.bcc_dropbox_exclusion_ids.new() as line:
            line.pattern = "@GMAIL.com"
            self.assertIn("gmail.com", line.warning)
        form.save()
        self.assertEqual(self.sam.bcc_dropbox_exclusion_ids.mapped("pattern"), ["gmail.com", "private.example"])
        for command in [
            Command.update(self.everyones.id, {"pattern": "x.example"}),
            Command.link(self.everyones.id),
            Command.delete(self.ours.id),
        ]:
            with self.subTest(command=command):
                self._refuses(self.lea, self.lea, "write", {"bcc_dropbox_exclusion_ids": [command]})
        for command in (Command.link(self.exclusion.id), Command.delete(self.exclusion.id)):
            self._refuses(self.lea, self.lea, "write", {"bcc_dropbox_exclusion_ids": [command]})
        self.assertEqual(
            self._call(self.lea, self.sam, "read", ["bcc_dropbox_exclusion_ids"])[0]["bcc_dropbox_exclusion_ids"], []
        )


@tagged("post_install", "-at_install")
class TestNever(ExclusionCommon):
    """The dialog that excludes customers of a captured email."""

    def _open(self, record, method="action_never_address", user=None):
        action = getattr(record.with_user(user or self.sam), method)()
        return self.env[action["res_model"]].with_user(user or self.sam).browse(action["res_id"])

    def test_lines(self):
        """The buttons are there only for addresses that are not excluded yet: not for the number of a document."""
        self._exclude("private.example")
        other = self.env["crm.lead"].create({"name": "Other deal", "user_id": self.sam.id})
        email = self._capture(to="carla@customer.example, x@private.example, a@b@c", subject=f"[lead {other.id}]")
        found = {line.email: line.can_exclude for line in email.line_ids}
        expected = {"carla@customer.example": True, f"[lead {other.id}]": False, "x@private.example": False}
        self.assertEqual(found, {**expected, "a@b@c": False})

    def test_email(self):
        email = self._capture(to="carla@customer.example, new@other.example, lea@acme.example")
        for method, expected in {
            "action_never_address": "carla@customer.example\nnew@other.example",
            "action_never_domain": "customer.example\nother.example",
        }.items():
            with self.subTest(method=method):
                wizard = self._open(email, method)
                self.assertEqual(wizard.patterns, expected)
                self.assertEqual(wizard.earlier_count, 1)
                wizard.action_confirm()
        self.assertEqual(len(self.sam.bcc_dropbox_exclusion_ids), 4)
        self.assertRow(email, "captured")

    def test_line(self):
        email = self._capture(to="carla@customer.example, leo@customer.example")
        wizard = self._open(email.line_ids[0], "action_never_domain")
        self.assertEqual(wizard.patterns, "customer.example")
        wizard = self._open(email.line_ids[0])
        self.assertEqual(wizard.patterns, "carla@customer.example")
        wizard.action_confirm()
        self._open(email.line_ids[0]).action_confirm()  # again
        self.assertEqual(self.sam.bcc_dropbox_exclusion_ids.mapped("pattern"), ["carla@customer.example"])
        self.assertEqual(self.sam.bcc_dropbox_exclusion_ids.create_uid, self.sam)

    def test_remove(self):
        email = self._capture(to="carla@customer.example, leo@customer.example")
        alone = self._capture(to="Carla@customer.example")
        created = self._capture(to="new@sub.customer.example")
        foreign = self._capture(user=self.lea, to="carla@customer.example")
        similar = self._capture(to="carla@customer.example.other.example")
        wizard = self._open(alone.line_ids)
        self.assertEqual(wizard.earlier_count, 2)
        wizard.remove = True
        wizard.action_confirm()
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["skipped", "matched"])
        self.assertTrue(email.raw)
        self.assertRow(alone, "unmatched", "Its text is not kept")
        self.assertIn("Removed from “Carla Customer”", alone.line_ids.reason)
        self.assertFalse(alone.raw)
        self.assertRow(foreign, "captured")
        self.assertRow(similar, "captured")
        wizard = self._open(created, "action_never_domain")
        wizard.write({"patterns": "*.customer.example", "remove": True})
        self.assertEqual(wizard.earlier_count, 2)
        lead = self._get_record(created)
        wizard.action_confirm()
        self.assertFalse(lead.active)
        self.assertFalse(created.raw)
        self.assertRow(email, "unmatched", "Its text is not kept")
        self.assertFalse(email.raw)

    def test_remove_one_of_several(self):
        """The original of several attached emails is deleted, although the other one stays logged."""
        attached = "".join(
            ATTACHED.format(customer=customer, number=1)
            for customer in ("carla@customer.example", "leo@customer.example")
        )
        email = self._capture(PLAIN_FORWARD, attached=attached)
        self.assertRow(email, "captured")
        wizard = self._open(email.line_ids.filtered(lambda line: line.email == "carla@customer.example"))
        wizard.remove = True
        wizard.action_confirm()
        self.assertRow(email, "captured")
        self.assertFalse(email.raw)

    def test_remove_what_was_not_logged(self):
        """The texts of emails that are not logged are deleted as well."""
        refused = self._capture(to="new@customer.example", sender="sam@unknown.example")
        self.sam.bcc_dropbox_ids.create_kind = "none"
        unmatched = self._capture(to="new@customer.example")
        wizard = self._open(refused)
        self.assertEqual(wizard.earlier_count, 2)
        wizard.remove = True
        wizard.action_confirm()
        self.assertRow(refused, "refused")
        self.assertRow(unmatched, "unmatched", "Its text is not kept")
        self.assertFalse(refused.raw or unmatched.raw)
        self.assertTrue(refused.is_private and unmatched.is_private, "As if they had arrived now")
        self.assertEqual(refused.reason_code, "not_own")

    def test_remove_without_access(self):
        """All or nothing."""
        email = self._capture(user=self.own, to="leo@customer.example")
        self._get_record(email).user_id = self.lea
        wizard = self._open(email, user=self.own)
        wizard.remove = True
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            wizard.action_confirm()
        self.assertFalse(self.own.bcc_dropbox_exclusion_ids)

    def test_manager(self):
        """A manager excludes it for the owner of the email."""
        email = self._capture(to="carla@customer.example")
        wizard = self._open(email, user=self.boss)
        wizard.remove = True
        wizard.action_confirm()
        self.assertEqual(self.sam.bcc_dropbox_exclusion_ids.mapped("pattern"), ["carla@customer.example"])
        self.assertFalse(self.boss.bcc_dropbox_exclusion_ids)
        self.assertRow(email, "unmatched")

    def test_warning(self):
        email = self._capture(to="joe@gmail.com")
        self.assertFalse(self._open(email).warning)
        with Form(self._open(email, "action_never_domain")) as form:
            self.assertIn("gmail.com", form.warning)
            form.patterns = "joe@gmail.com"
            self.assertFalse(form.warning)
            self.assertEqual(form.earlier_count, 1)
            form.patterns = "nobody"
            self.assertFalse(form.earlier_count)

    def test_wrong_pattern(self):
        wizard = self._open(self._capture(to="joe@gmail.com"))
        for patterns in ("nobody", " \n "):
            wizard.patterns = patterns
            with self.subTest(patterns=patterns), self.assertRaises(ValidationError):
                wizard.action_confirm()

    def test_no_customer(self):
        with self.assertRaisesRegex(UserError, "no address"):
            self._open(self._capture(to="lea@acme.example"))


@tagged("post_install", "-at_install")
class TestWaiting(ExclusionCommon):
    """People who wait for a confirmation when they are excluded, wherever that is entered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sam.bcc_dropbox_ids.propose = True

    def test_preferences(self):
        email = self._capture(to="new@clinic.example")
        other = self._capture(to="new@clinic.example.other.example")
        self.assertRow(email, "unmatched", "confirm")
        form = Form(self.sam.with_user(self.sam), "base.view_users_form_simple_modif")
        with form.bcc_dropbox_exclusion_ids.new() as line:
            line.pattern = "clinic.example"
        form.save()
        self.assertRow(email, "unmatched", "Its text is not kept")
        self.assertEqual(self._get_lines(email), [("new@clinic.example", "skipped", "excluded")])
        self.assertFalse(email.raw or email.recipients)
        self.assertTrue(email.is_private)
        self.assertFalse(email.filtered_domain(email._get_to_do_domain()))
        self.assertRow(other, "unmatched", "confirm")

    def test_several(self):
        """The others in the email keep waiting, or stay logged."""
        email = self._capture(to="new@clinic.example, new@customer.example, carla@customer.example")
        self.assertRow(email, "captured")
        self._exclude("clinic.example")
        self.assertEqual(email.line_ids.mapped("outcome"), ["skipped", "proposed", "matched"])
        self._exclude("new@customer.example")
        self.assertEqual(email.line_ids.mapped("outcome"), ["skipped", "skipped", "matched"])
        self.assertRow(email, "captured")
        self.assertFalse(email.reason)
        self.assertTrue(email.raw)

    def test_attached(self):
        """The original of a proposal is replaced by one without the excluded email."""
        attached = "".join(
            ATTACHED.format(customer=customer, number=1) for customer in ("new@clinic.example", "new@customer.example")
        )
        email = self._capture(PLAIN_FORWARD, attached=attached)
        self._exclude("clinic.example")
        self.assertRow(email, "unmatched", "confirm")
        self.assertNotIn(b"new@clinic.example", email._read_raw())
        email.with_user(self.sam).action_confirm_proposals()
        self.assertEqual(
            self._get_lines(email),
            [("new@clinic.example", "skipped", "excluded"), ("new@customer.example", "created", False)],
        )

    def test_whose(self):
        """A company's list is for its users, and a user's for the user."""
        self.lea.bcc_dropbox_ids.propose = True
        own = self._capture(to="new@clinic.example")
        foreign = self._capture(to="new@clinic.example", user=self.lea)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self._exclude("clinic.example", user=False, company_id=company.id)
        self.assertRow(own, "unmatched", "confirm")
        exclusion = self._exclude("clinic.example", user=self.lea)
        self.assertRow(own, "unmatched", "confirm")
        self.assertRow(foreign, "unmatched", "Its text is not kept")
        exclusion.write({"user_id": False, "company_id": self.company.id})
        self.assertRow(own, "unmatched", "Its text is not kept")
        self.assertEqual(own.line_ids.reason_code, "excluded_by_company")

    def test_again(self):
        """People who are no longer excluded are proposed again, unlike those who were refused."""
        self._capture(to="new@clinic.example")
        self._exclude("clinic.example").unlink()
        self.assertRow(self._capture(to="new@clinic.example", subject="Later"), "unmatched", "confirm")

    def test_dialog(self):
        """There is no *Undo*, because the original is gone."""
        email = self._capture(to="new@clinic.example")
        dialog = email.with_user(self.sam).action_never_domain()
        wizard = self.env[dialog["res_model"]].with_user(self.sam).browse(dialog["res_id"])
        self.assertEqual(wizard.earlier_count, 1)
        action = wizard.action_confirm()
        self.assertFalse(action["params"]["undo"])
        self.assertRow(email, "unmatched", "Its text is not kept")

    def test_dialog_for_another_person(self):
        email = self._capture(to="new@clinic.example, new@customer.example, carla@customer.example")
        dialog = email.line_ids[2].with_user(self.sam).action_never_address()
        action = self.env[dialog["res_model"]].with_user(self.sam).browse(dialog["res_id"]).action_confirm()
        self.assertTrue(action["params"]["undo"])
        self.assertEqual(email.line_ids.mapped("outcome"), ["proposed", "proposed", "matched"])

    def test_beside_a_robot(self):
        """Nobody was refused; the email is done."""
        email = self._capture(to="new@clinic.example, noreply@customer.example")
        self.assertRow(email, "unmatched", "confirm")
        self._exclude("clinic.example")
        self.assertRow(email, "unmatched", "couldn't be logged")
        self.assertIn("Never logged from now on: clinic.example", email.history)

    def test_in_use(self):
        """An email that another process works on is left alone."""
        email = self._capture(to="new@clinic.example")
        with patch.object(type(email), "try_lock_for_update", lambda emails, **_options: emails.browse()):
            self._exclude("clinic.example")
        self.assertEqual(email.line_ids.outcome, "proposed")
