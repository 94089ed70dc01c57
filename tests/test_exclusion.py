"""What is never logged: patterns, what they exclude, and the dialog that excludes customers of an email."""

import base64
from contextlib import contextmanager

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from ..tools.exclusion import MAX_LABELS, find_patterns, is_excluded, is_public, list_patterns, read_pattern
from ..tools.raw_mail import RawMail
from . import test_performance
from .common import Command, DropboxCommon, data, tagged
from .forwarded import WORDS, ForwardedCommon
from .test_access import EXCLUSION, AccessCommon
from .test_proposal import ATTACHED, PLAIN_FORWARD
from .test_redirected_gateway import RedirectedCommon

TEXT = "Here is our offer"


@tagged("post_install", "-at_install")
class TestPatterns(BaseCase):
    def test_read(self):
        long = ".".join(["a"] * MAX_LABELS)
        for text, expected in {
            "anna@clinic.example": "anna@clinic.example",
            " Anna@Clinic.EXAMPLE ": "anna@clinic.example",
            "Anna <anna@clinic.example>": "anna@clinic.example",
            "mailto:anna@clinic.example": "anna@clinic.example",
            "MAILTO:anna@clinic.example?subject=Hello": "anna@clinic.example",
            "anna+tag@clinic.example": "anna+tag@clinic.example",
            "clinic.example": "clinic.example",
            "Clinic.Example.": "clinic.example",
            "@clinic.example": "clinic.example",
            "mailto:@clinic.example": "clinic.example",
            "*@clinic.example": "clinic.example",
            "*.clinic.example": "*.clinic.example",
            "@*.clinic.example": "*.clinic.example",
            "*.Bücher.example": "*.bücher.example",
            "xn--bcher-kva.example": "bücher.example",
            "joe@xn--bcher-kva.example": "joe@bücher.example",
            "JOE@BÜCHER.example": "joe@bücher.example",
            "xn--not-valid-.example": "",
            "*.co.example": "*.co.example",
            f"*.{long}": f"*.{long}",
            f"*.a.{long}": "",
            f"a.{long}": f"a.{long}",
            "": "",
            None: "",
            "clinic": "",
            "anna@clinic": "",
            "*": "",
            "*.example": "",
            "*.*.example": "",
            "a.*.example": "",
            "*anna@clinic.example": "*anna@clinic.example",  # a valid local part
            "https://clinic.example": "",
            "clinic.example/": "",
            "clinic example.com": "",
            "-clinic.example": "",
            "clinic..example": "",
            "anna@clinic.example, bob@clinic.example": "",
            "anna@": "",
            "@": "",
            "a" * 300 + ".example": "",
            f"bcc-{'a' * 20}@acme.example": "",
            f"{'a-' * 1_000_000}.example": "",
        }.items():
            with self.subTest(text=text):
                self.assertEqual(read_pattern(text), expected)
                if expected:
                    self.assertEqual(read_pattern(expected), expected, "stable")

    def test_match(self):
        for pattern, matches, others in [
            ("anna@clinic.example", ["anna@clinic.example"], ["bob@clinic.example", "anna@a.clinic.example"]),
            ("clinic.example", ["anna@clinic.example"], ["anna@a.clinic.example", "anna@myclinic.example"]),
            (
                "*.clinic.example",
                ["anna@clinic.example", "anna@a.clinic.example", "anna@a.b.clinic.example"],
                ["anna@myclinic.example", "anna@example", "clinic.example@other.example"],
            ),
            ("bücher.example", ["joe@bücher.example", "joe@xn--bcher-kva.example"], ["joe@bucher.example"]),
            ("*.bücher.example", ["joe@shop.xn--bcher-kva.example", "joe@shop.bücher.example"], []),
            ("jörg@bücher.example", ["jörg@xn--bcher-kva.example"], ["jorg@bücher.example"]),
        ]:
            for email in matches:
                with self.subTest(pattern=pattern, email=email):
                    self.assertTrue(is_excluded(email, [pattern]))
            for email in others:
                with self.subTest(pattern=pattern, email=email):
                    self.assertFalse(is_excluded(email, [pattern]))

    def test_most_specific_first(self):
        expected = ["a@b.c.example", "b.c.example", "*.b.c.example", "*.c.example"]
        self.assertEqual(find_patterns("a@b.c.example"), expected)
        self.assertEqual(list_patterns(["a@b.c.example", "a@b.c.example"]), expected)

    def test_few_patterns(self):
        """Hostile domains do not blow up the query."""
        email = f"a@{'.'.join(['b'] * 120)}"
        self.assertLessEqual(len(find_patterns(email)), MAX_LABELS + 1)
        self.assertTrue(is_excluded(email, [f"*.{'.'.join(['b'] * MAX_LABELS)}"]))

    def test_public(self):
        for domain in ("gmail.com", "*.gmail.com", "gmx.de"):
            self.assertTrue(is_public(domain), domain)
        for domain in ("clinic.example", "*.clinic.example", "", "anna@gmail.com"):
            self.assertFalse(is_public(domain), domain)


class ExclusionCommon(DropboxCommon):
    @classmethod
    def _exclude(cls, *patterns, user=None, **values):
        """Create exclusions of Sam's, or of another user; company-wide ones if the user is False."""
        owner = cls.sam if user is None else user
        return cls.env[EXCLUSION].create(
            [{"pattern": pattern, "user_id": owner and owner.id, **values} for pattern in patterns]
        )

    def _get_lines(self, email):
        return [(line.email, line.outcome, line.reason_code) for line in email.line_ids]

    def assertForgotten(self, email, code="excluded", text=TEXT):
        """Check that an email is unmatched, and that nothing keeps its text."""
        self.assertRow(email, "unmatched", "Its text is not kept")
        self.assertEqual(set(email.line_ids.mapped("reason_code")), {code})
        self.assertFalse(email.raw)
        self.assertFalse(email.has_original)
        self.assertFalse(email.recipients)
        self.assertFalse(self.env["crm.bcc.dropbox.email.raw"].search([("email_id", "=", email.id)]))
        self.assertFalse(self.env["mail.message"].search([("body", "like", text), ("bcc_dropbox_captured", "=", True)]))


@tagged("post_install", "-at_install")
class TestExclusion(ExclusionCommon):
    # ------------------------------------------------------------
    # SENT EMAILS
    # ------------------------------------------------------------

    def test_others_are_logged(self):
        self._exclude("carla@customer.example")
        email = self._capture(to="carla@customer.example, leo@customer.example")
        self.assertRow(email, "captured")
        self.assertEqual(
            self._get_lines(email),
            [("leo@customer.example", "matched", False), ("carla@customer.example", "skipped", "excluded")],
        )
        self.assertEqual(email.line_ids[1].reason, "You never log carla@customer.example.")
        self.assertEqual(email.recipients, "leo@customer.example")
        self.assertFalse(self.contact.message_ids.filtered("bcc_dropbox_captured"))
        self.assertTrue(email.raw)

    def test_text_is_not_kept(self):
        self._exclude("customer.example")
        with self.assertSilent():
            email = self._capture(to="carla@customer.example, new@customer.example", headers="Cc: lea@acme.example\n")
        self.assertForgotten(email)
        self.assertEqual(email.subject, "Our offer")
        self.assertFalse(self.env["crm.lead"].search([("email_normalized", "=", "new@customer.example")]))
        self.assertNotIn("customer.example", email.original_body or "")
        with self.assertRaisesRegex(UserError, "no longer kept"):
            email.with_user(self.sam).action_create_lead()
        with self.assertRaisesRegex(UserError, "Nothing to retry"):
            email.with_user(self.sam).action_retry()

    def test_attachments_are_not_kept(self):
        self._exclude("*.customer.example")
        before = self.env["ir.attachment"].search_count([])
        self.assertForgotten(self._capture(data.MIXED, to="carla@customer.example"))
        self.assertEqual(self.env["ir.attachment"].search_count([]), before)

    def test_beside_a_private_address(self):
        """Colleagues are no customers, by whatever address."""
        self.env["crm.bcc.dropbox.sender"].create(
            {"dropbox_id": self.lea.bcc_dropbox_ids.id, "email": "lea@home.example", "verified": True}
        )
        self._exclude("carla@customer.example")
        email = self._capture(to="carla@customer.example, lea@home.example")
        self.assertRow(email, "unmatched", "Its text is not kept")
        self.assertFalse(email.raw)

    def test_company_wide(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        for values, is_excluded_ in [
            ({"company_id": False}, True),
            ({"company_id": self.company.id}, True),
            ({"company_id": other.id}, False),
            ({"user_id": self.lea.id}, False),
        ]:
            with self.subTest(values=values):
                exclusion = self._exclude("carla@customer.example", user=False, **values)
                email = self._capture(to="carla@customer.example")
                if is_excluded_:
                    self.assertForgotten(email, "excluded_by_company")
                    self.assertEqual(email.line_ids.reason, "Your company never logs carla@customer.example.")
                else:
                    self.assertEqual(self._get_record(email), self.contact)
                exclusion.unlink()

    def test_of_any_company_of_the_owner(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.sam.company_ids += other
        self._exclude("carla@customer.example", user=False, company_id=other.id)
        self.assertForgotten(self._capture(to="carla@customer.example"), "excluded_by_company")

    def test_own_one_is_named_first(self):
        self._exclude("carla@customer.example", user=False)
        self._exclude("carla@customer.example", "customer.example")
        email = self._capture(to="carla@customer.example")
        self.assertEqual(email.line_ids.reason, "You never log carla@customer.example.")

    def test_conversation(self):
        """An answer to a logged email is not logged either."""
        question = self.lead.message_post(body="Question", message_type="comment")
        self._exclude("leo@customer.example")
        headers = f"In-Reply-To: {question.message_id}\n"
        self.assertForgotten(self._capture(to="leo@customer.example", headers=headers))
        email = self._capture(to="carla@customer.example", headers=f"Cc: leo@customer.example\n{headers}")
        self.assertEqual(email.line_ids.filtered("res_id").mapped("res_model"), ["res.partner"])

    def test_both_spellings(self):
        for pattern in ("bücher.example", "xn--bcher-kva.example"):
            for domain in ("bücher.example", "xn--bcher-kva.example"):
                with self.subTest(pattern=pattern, domain=domain):
                    exclusion = self._exclude(pattern)
                    self.assertEqual(exclusion.pattern, "bücher.example")
                    self.assertForgotten(self._capture(to=f"joe@{domain}"))
                    exclusion.unlink()

    def test_unreadable_beside_excluded(self):
        self._exclude("carla@customer.example")
        email = self._capture(to="carla@customer.example, Joe Bloggs")
        self.assertRow(email, "unmatched", "Its text is not kept")
        self.assertFalse(email.raw)

    def test_rejected(self):
        """A rejected email would be excluded anyway: its text is not kept either."""
        self._exclude("carla@customer.example")
        email = self._capture(to="carla@customer.example", sender="sam@unknown.example")
        self.assertRow(email, "refused", "not one of your sender addresses")
        self.assertIn("Its text is not kept", email.reason)
        self.assertFalse(email.raw)
        email = self._capture(to="carla@customer.example, leo@customer.example", sender="sam@unknown.example")
        self.assertTrue(email.raw)

    def test_daily_limit(self):
        """An excluded email does not wait for the next day, with its text."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_mails_per_day", "1")
        self._capture(to="carla@customer.example")
        self._exclude("carla@customer.example")
        email = self._capture(to="carla@customer.example")
        self.assertRow(email, "unmatched", "Its text is not kept")
        self.assertFalse(email.raw)
        self.assertRow(self._capture(to="leo@customer.example"), "pending")

    def test_too_many(self):
        """Excluded addresses do not count for the limit of recipients, and only some have a line."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_recipients", "2")
        self._exclude("many.example")
        many = ", ".join(f"c{number}@many.example" for number in range(4))
        email = self._capture(to=f"{many}, carla@customer.example, leo@customer.example")
        self.assertEqual(email.line_ids.mapped("outcome"), ["matched", "matched", "skipped", "skipped"])

    def test_not_in_todo(self):
        self._exclude("carla@customer.example")
        excluded = self._capture(to="carla@customer.example")
        unmatched = self._capture(to="lea@acme.example")
        arch = self.env["crm.bcc.dropbox.email"].with_user(self.sam).get_view(view_type="search")["arch"]
        self.assertIn("'reason_code', '!=', 'only_excluded'", arch)
        domain = [("state", "=", "unmatched"), ("reason_code", "!=", "only_excluded")]
        self.assertEqual(self.env["crm.bcc.dropbox.email"].search(domain) & (excluded | unmatched), unmatched)

    # ------------------------------------------------------------
    # OWN COMPANIES
    # ------------------------------------------------------------

    def test_own_domains(self):
        other = self.env["res.company"].create({"name": "Elsewhere", "email": "info@elsewhere.example"})
        self.env["res.partner"].create({"name": "Reception", "email": "reception@acme.example"})
        self.domain.name = "in.acme.example"
        for email, is_ours in {
            "reception@acme.example": True,  # even if it is a contact
            "printer@in.acme.example": True,
            "printer@mail.acme.example": False,
            "joe@elsewhere.example": False,
        }.items():
            with self.subTest(email=email):
                row = self._capture(to=f"carla@customer.example, {email}")
                self.assertEqual(email not in row.line_ids.mapped("email"), is_ours)
        self.sam.company_ids += other
        row = self._capture(to="joe@elsewhere.example")
        self.assertRow(row, "unmatched", "joe@elsewhere.example belongs to your company.")
        self.assertTrue(row.raw)

    def test_forms_of_a_company_email(self):
        for email, to in {
            "Acme <Info@Firma.example>": "joe@firma.example",
            "info@büro.example": "joe@xn--bro-hoa.example",
            "info@xn--bro-hoa.example": "joe@büro.example",
        }.items():
            with self.subTest(email=email):
                self.company.email = email
                self.assertRow(self._capture(to=to), "unmatched", "belongs to your company")

    def test_company_at_a_public_provider(self):
        self.company.email = "acme@gmail.com"
        email = self._capture(to="joe@gmail.com")
        self.assertEqual(self._get_record(email).email_normalized, "joe@gmail.com")

    def test_internal_users_are_ours_first(self):
        """They have no lines, excluded or not."""
        self._exclude("acme.example")
        email = self._capture(to="lea@acme.example")
        self.assertRow(email, "unmatched", "belongs to Lea Seller")
        self.assertTrue(email.raw)

    # ------------------------------------------------------------
    # BY HAND AND AGAIN
    # ------------------------------------------------------------

    def test_retry(self):
        self.sam.bcc_dropbox_ids.create_kind = "none"
        email = self._capture(to="new@customer.example")
        self.assertRow(email, "unmatched")
        self._exclude("new@customer.example")
        email.with_user(self.sam).action_retry()
        email.invalidate_recordset()
        self.assertForgotten(email)

    def test_by_hand(self):
        """No record is created for an excluded address, but users may choose one."""
        email = self._capture(to="new@customer.example", sender="sam@unknown.example")
        self._exclude("new@customer.example")
        for action in ("action_create_lead", "action_create_contact"):
            with self.subTest(action=action), self.assertRaisesRegex(UserError, "You never log new@customer.example"):
                getattr(email.with_user(self.sam), action)()
        self.assertTrue(email.raw, "nothing happened")
        email.with_user(self.sam)._file_by_hand(self.lead.with_user(self.sam))
        self.assertEqual(self._get_record(email), self.lead)

    def test_by_hand_with_others(self):
        email = self._capture(to="new@customer.example, leo@customer.example", sender="sam@unknown.example")
        self._exclude("new@customer.example")
        email.with_user(self.sam).action_create_lead()
        self.assertEqual(
            self._get_lines(email),
            [("leo@customer.example", "matched", False), ("new@customer.example", "skipped", "excluded")],
        )


@tagged("post_install", "-at_install")
class TestExclusionForwarded(ExclusionCommon, ForwardedCommon):
    def test_inline(self):
        self._exclude("client.example")
        self.assertForgotten(self._forward(self._inline()), text=WORDS)

    def test_attached(self):
        self._exclude("nora@client.example")
        self.assertForgotten(self._forward(self._attach(self._original())), text=WORDS)

    def test_one_of_several(self):
        """The others are logged, but the original, which contains all of them, is not kept."""
        self._exclude("nora@client.example")
        other = self._original(sender="Carla <carla@customer.example>", message_id="<other@customer.example>")
        email = self._forward(self._attach(self._original(), other))
        self.assertRow(email, "captured")
        self.assertEqual(
            self._get_lines(email),
            [("carla@customer.example", "matched", False), ("nora@client.example", "skipped", "excluded")],
        )
        self.assertFalse(email.raw)

    def test_proposal_beside_an_excluded_one(self):
        """The original of the proposal is kept without the excluded email."""
        self.sam.bcc_dropbox_ids.propose = True
        self._exclude("nora@client.example")
        other = self._original(
            sender="New <new@elsewhere.example>", message_id="<other@elsewhere.example>", subject="Other words"
        )
        email = self._forward(self._attach(self._original(), other))
        self.assertRow(email, "unmatched", "confirm")
        raw = base64.b64decode(email.raw)
        self.assertNotIn(b"nora@client.example", RawMail(raw).read_content(10**6).files[0].content)
        self.assertEqual(len(RawMail(raw).read_content(10**6).files), 1)
        email.with_user(self.sam).action_confirm_proposals()
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.filtered("res_id").email, "new@elsewhere.example")
        message = email.line_ids.mail_message_id
        self.assertEqual(message.subject, "Other words")
        self.assertIn("new@elsewhere.example", message.email_from)

    def test_unmatched_beside_an_excluded_one(self):
        """The other email can still be logged by hand."""
        self.sam.bcc_dropbox_ids.create_kind = "none"
        self._exclude("nora@client.example")
        other = self._original(sender="New <new@elsewhere.example>", message_id="<other@elsewhere.example>")
        email = self._forward(self._attach(self._original(), other))
        self.assertRow(email, "unmatched")
        email.with_user(self.sam).action_create_lead()
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.filtered("res_id").email, "new@elsewhere.example")

    def test_to_an_excluded_address(self):
        """A forward to an excluded address is an email to it: what it forwards is not looked at."""
        self._exclude("clinic.example")
        email = self._forward(self._inline(), to="anna@clinic.example")
        self.assertForgotten(email, text=WORDS)
        self.assertEqual(email.line_ids.email, "anna@clinic.example")

    def test_of_a_colleague(self):
        """An email of the own company to a customer, forwarded, is a sent one."""
        email = self._forward(
            self._inline(sender="Front Desk <desk@acme.example>", to="Carla <carla@customer.example>")
        )
        self.assertRow(email, "captured")
        self.assertEqual((email.direction, email.line_ids.email), ("outgoing", "carla@customer.example"))


@tagged("post_install", "-at_install")
class TestExclusionRedirected(ExclusionCommon, RedirectedCommon):
    def test_redirected(self):
        self._exclude("*.customer.example")
        email = self._redirect()
        self.assertForgotten(email)
        self.assertTrue(email.redirected)

    def test_not_verified(self):
        self._exclude("carla@customer.example")
        email = self._redirect(results="none")
        self.assertRow(email, "unmatched", "did not verify")
        self.assertFalse(email.raw)
        self.assertFalse(self._redirect(message_id=email.message_id), "it replaces the other one")
        self.assertForgotten(email)

    def test_flood(self):
        """A stranger who is excluded can neither fill the log nor use up the limit of others."""
        set_param = self.env["ir.config_parameter"].set_param
        set_param("crm_bcc_dropbox.max_refused_per_day", "2")
        set_param("crm_bcc_dropbox.max_mails_per_day", "2")
        self._exclude("carla@customer.example")
        emails = [self._redirect(subject=str(number)) for number in range(4)]
        self.assertEqual([len(email) for email in emails], [1, 1, 0, 0])
        self.assertRow(self._redirect(sender="leo@customer.example"), "captured")

    def test_own_company(self):
        results = "dkim=pass header.d=acme.example; dmarc=pass header.from=acme.example"
        email = self._redirect(sender="Front Desk <desk@acme.example>", results=results)
        self.assertRow(email, "unmatched", "belongs to your company")


@tagged("post_install", "-at_install")
class TestExclusionQueries(test_performance.TestQueries):
    """The same number of queries with exclusions as without."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.sam, cls.lea, cls.env["res.users"]):
            cls.env[EXCLUSION].create({"pattern": "*.clinic.example", "user_id": user.id})
        cls.env[EXCLUSION].create({"pattern": "excluded@customer.example", "user_id": cls.sam.id})

    def test_excluded(self):
        few = self._count(to="leo@customer.example", before={"to": "leo@customer.example"})
        self.assertEqual(few, self._count(to="leo@customer.example, excluded@customer.example"))


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
