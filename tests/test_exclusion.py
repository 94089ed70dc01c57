"""What is never logged: patterns, and what they exclude of sent, forwarded and redirected emails."""

import base64

from odoo.exceptions import UserError
from odoo.tests import BaseCase

from ..tools.exclusion import MAX_LABELS, find_patterns, is_excluded, is_public, list_patterns, read_pattern
from ..tools.raw_mail import RawMail
from . import test_performance
from .common import DropboxCommon, data, tagged
from .forwarded import WORDS, ForwardedCommon
from .test_access import EXCLUSION
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
        Email = self.env["crm.bcc.dropbox.email"].with_user(self.sam)
        found = Email.search([("is_to_do", "=", True)])
        self.assertEqual(found & (excluded | unmatched), unmatched)
        self.assertEqual(Email.get_to_do_count(), len(found))

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
