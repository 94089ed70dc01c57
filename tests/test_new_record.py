# ruff: noqa: RUF001  letters of other alphabets are intended
from odoo.tests import Form
from odoo.tools import SQL

from ..tools.parent_company import find_parent_company
from ..tools.subject import is_forward_subject, strip_prefixes
from .common import DropboxCommon, GatewayCommon, tagged

SUBJECTS = [
    ("Offer for pumps", "Offer for pumps"),
    ("Re: Offer", "Offer"),
    ("RE: FW: Re: Offer", "Offer"),
    ("Re:Fwd:Offer", "Offer"),
    ("Re[2]: Offer", "Offer"),
    ("AW: WG: Angebot", "Angebot"),
    ("SV: VS: Tilbud", "Tilbud"),
    ("RV: Oferta", "Oferta"),
    ("R: I: Offerta", "Offerta"),
    ("Rép : TR : Offre", "Offre"),
    ("Odp: PD: Oferta", "Oferta"),
    ("Antw: Doorst: Offerte", "Offerte"),
    ("Ynt: İLT: Teklif", "Teklif"),
    ("Отв: Пересл: Предложение", "Предложение"),
    ("回复：转发：报价", "报价"),
    ("返信: 転送: 見積", "見積"),
    ("[EXT] Re: Offer", "[EXT] Offer"),
    ("Re: [#42] Offer", "[#42] Offer"),
    ("[Fwd: Offer]", "Offer"),
    ("Re: ", ""),
    ("Pumps: an offer", "Pumps: an offer"),
    ("Re-Design", "Re-Design"),
    ("", ""),
]


@tagged("post_install", "-at_install")
class TestNewLead(DropboxCommon):
    """The name and the origin of new leads."""

    def test_subjects(self):
        for subject, expected in SUBJECTS:
            with self.subTest(subject=subject):
                self.assertEqual(strip_prefixes(subject), expected)
                self.assertFalse(is_forward_subject(strip_prefixes(subject)))

    def test_name(self):
        """After the customer and the subject."""
        for to, subject, expected in [
            ('"Customer, Joe" <joe@a.example>', "Re: Fwd: Offer", "Joe Customer: Offer"),
            ("jane@a.example", "AW: Offer", "jane@a.example: Offer"),
            ("'jack@a.example' <jack@a.example>", "Offer", "jack@a.example: Offer"),
            ("Ann <ann@a.example>", "Re:", "Ann"),
            ('"Acme, Inc." <info@b.example>', "Offer", "Acme, Inc.: Offer"),
        ]:
            with self.subTest(to=to):
                self.assertEqual(self._get_record(self._capture(to=to, subject=subject)).name, expected)

    def test_names_of_people_and_companies(self):
        for to, person, company in [
            ('"Dr. Joe Customer (Acme)" <joe@acme-pumps.example>', "Joe Customer", False),
            ('"Joe Customer (Acme Pumps)" <joe@acme-pumps.test>', "Joe Customer", "Acme Pumps"),
            ('"Acme, Inc." <info@other.example>', False, "Acme, Inc."),
            ("JOHN McDONALD <john@other.example>", "John McDonald", False),
            ("nobody.knows@other.example", False, False),
        ]:
            with self.subTest(to=to):
                lead = self._get_record(self._capture(to=to))
                self.assertEqual((lead.contact_name, lead.partner_name), (person, company))

    def test_source_and_medium(self):
        """As a user who may do no more than sell."""
        lead = self._get_record(self._capture(user=self.own))
        self.assertEqual(lead.source_id, self.env.ref("crm_bcc_dropbox.utm_source_bcc_dropbox"))
        self.assertEqual(lead.medium_id, self.env.ref("utm.utm_medium_email"))

    def test_deleted_source(self):
        self.env.ref("crm_bcc_dropbox.utm_source_bcc_dropbox").unlink()
        self.assertFalse(self._get_record(self._capture()).source_id)

    def test_by_hand(self):
        self.sam.with_user(self.sam).bcc_dropbox_create = "none"
        email = self._capture(to="Joe <joe@a.example>", subject="Re: Offer")
        email.with_user(self.sam).action_create_lead()
        self.assertEqual(self._get_record(email).name, "Joe: Offer")


@tagged("post_install", "-at_install")
class TestNewContact(GatewayCommon):
    """The name and the company of new contacts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.sam, cls.own):
            user.with_user(user).bcc_dropbox_create = "contact"
        cls.acme = cls._create_company(email="info@acme-pumps.example")

    @classmethod
    def _create_company(cls, **values):
        return cls.env["res.partner"].create({"name": "Acme Pumps", "is_company": True, **values})

    def _get_parent(self, to, **values):
        contact = self._get_record(self._capture(to=to, **values))
        self.assertEqual(contact._name, "res.partner")
        return contact.parent_id

    def test_name(self):
        for to, name, company, is_company in [
            ('"Customer, Joe" <joe@a.example>', "Joe Customer", False, False),
            ('"Joe Customer (Acme)" <joe@acme.test>', "Joe Customer", "Acme", False),
            ("joe@b.example", "joe@b.example", False, False),
            ('"Acme, Inc." <info@c.example>', "Acme, Inc.", False, True),
        ]:
            with self.subTest(to=to):
                contact = self._get_record(self._capture(to=to))
                found = (contact.name, contact.company_name, contact.is_company)
                self.assertEqual(found, (name, company, is_company))

    def test_company(self):
        """The only company with the domain, by its email or website."""
        website = self._create_company(website="https://www.Wood.example/en?x=1")
        bare = self._create_company(website="stone.example")
        foreign = self._create_company(email="info@xn--mller-kva.example")
        for to, expected in [
            ("joe@acme-pumps.example", self.acme),
            ("Joe@ACME-Pumps.example", self.acme),
            ("ann@wood.example", website),
            ("ann@stone.example", bare),
            ("ann@müller.example", foreign),
            ("ann@mail.acme-pumps.example", self.env["res.partner"]),
            ("ann@pumps.example", self.env["res.partner"]),
        ]:
            with self.subTest(to=to):
                self.assertEqual(self._get_parent(to, user=self.own), expected)

    def test_no_company(self):
        """Unless it is the only one; neither is a person, nor an archived company."""
        self._create_company(email="sales@acme-pumps.example")
        self._create_company(email="old@gone.example", active=False)
        self.env["res.partner"].create({"name": "Person", "email": "person@person.example"})
        for to in ("joe@acme-pumps.example", "joe@gone.example", "joe@person.example"):
            with self.subTest(to=to):
                self.assertFalse(self._get_parent(to))

    def test_public_providers(self):
        for domain in ("gmail.com", "gmx.de", "hotmail.nl", "yahoo.co.jp"):
            self._create_company(email=f"acme@{domain}", website=f"https://{domain}")
            with self.subTest(domain=domain):
                self.assertFalse(self._get_parent(f"joe@{domain}"))

    def test_companies_of_others(self):
        """Record rules hold, and the contact belongs to the same company of this database as its parent."""
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self._create_company(email="info@hidden.example", company_id=other.id)
        self.assertFalse(self._get_parent("joe@hidden.example"))
        self.acme.company_id = self.company
        contact = self._get_record(self._capture(to="joe@acme-pumps.example", user=self.own))
        self.assertEqual((contact.parent_id, contact.company_id), (self.acme, self.company))
        hidden.email = "sales@acme-pumps.example"
        self.assertEqual(self._get_parent("ann@acme-pumps.example"), self.acme)

    def test_undo(self):
        """The contact is archived, the company stays."""
        email = self._capture(to="joe@acme-pumps.example")
        contact = self._get_record(email)
        email.with_user(self.sam).action_undo()
        self.assertFalse(contact.active)
        self.assertTrue(self.acme.active)

    def test_company_unchanged(self):
        self.acme.write({"street": "1 Main Street", "city": "Springfield"})
        contact = self._get_record(self._capture(to="joe@acme-pumps.example"))
        self.assertEqual((contact.street, contact.city), ("1 Main Street", "Springfield"))
        self.assertFalse(contact.message_follower_ids)
        self.assertEqual(self.acme.street, "1 Main Street")

    def test_index(self):
        """Companies are found by their domain without reading all contacts."""
        queries, Partner = [], type(self.env["res.partner"])
        original = Partner.search_fetch

        def search_fetch(records, domain, *arguments, **options):
            queries.append(records._search(domain).select())
            return original(records, domain, *arguments, **options)

        self.patch(Partner, "search_fetch", search_fetch)
        found = find_parent_company(self.env(user=self.own), "joe@acme-pumps.example")
        self.assertEqual(found, self.acme)
        self.env.execute_query(SQL("SELECT set_config('enable_seqscan', 'off', TRUE)"))
        plan = "\n".join(row for [row] in self.env.execute_query(SQL("EXPLAIN %s", queries[0])))
        self.assertIn("bcc_dropbox_company_idx", plan)


@tagged("post_install", "-at_install")
class TestKinds(DropboxCommon):
    """Users who do not work with leads see the word *opportunity*."""

    def _get_labels(self, user, name):
        return list(dict(self.env["res.users"].with_user(user).fields_get([name])[name]["selection"]).values())

    def test_choices(self):
        lead = self.env.ref("crm.group_use_lead")
        for has_leads in (False, True):
            with self.subTest(has_leads=has_leads):
                self.own.group_ids = self.own.group_ids + lead if has_leads else self.own.group_ids - lead
                labels = " ".join(self._get_labels(self.own, "bcc_dropbox_lookup")).lower()
                kinds = self._get_labels(self.own, "bcc_dropbox_create")
                self.assertEqual(("a lead" in labels, "an opportunity" in labels), (has_leads, not has_leads))
                self.assertEqual(kinds, ["Lead" if has_leads else "Opportunity", "Contact", "Nothing"])

    def test_preferences(self):
        with Form(self.own.with_user(self.own), "base.view_users_form_simple_modif") as form:
            form.bcc_dropbox_lookup = "lead"
        self.assertEqual(self.own.bcc_dropbox_lookup, "lead")

    def test_buttons(self):
        lead = self.env.ref("crm.group_use_lead")
        for has_leads in (False, True):
            with self.subTest(has_leads=has_leads):
                self.own.group_ids = self.own.group_ids + lead if has_leads else self.own.group_ids - lead
                views = self.env["crm.bcc.dropbox.email"].with_user(self.own).get_views([(False, "form")])
                arch = views["views"]["form"]["arch"]
                self.assertEqual(("Create Lead" in arch, "Create Opportunity" in arch), (has_leads, not has_leads))

    def test_results(self):
        """Lines name what the record is; reasons what it would be."""
        email = self._capture(to="new@customer.example")
        self.assertIn("Created Opportunity “", email.line_ids.with_user(self.sam).explanation)
        self._get_record(email).type = "lead"
        email.line_ids.invalidate_recordset()
        self.assertIn("Created Lead “", email.line_ids.with_user(self.sam).explanation)
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "crm.lead"), ("perm_create", "=", True)]
        ).perm_create = False
        email = self._capture(to="other@customer.example")
        self.assertIn("“Opportunity”", email.line_ids.with_user(self.sam).reason)
