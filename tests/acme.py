"""Acme, the company in the photographs: its people, its customers, and what they wrote to each other."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from unittest.mock import patch

from odoo.tools import mute_logger

from . import data
from .common import DropboxCommon

NOW = "2026-11-24 09:30:00"
"""When the photographs are taken, UTC, so that they are the same each time."""

PEOPLE = {
    "sam": "Sam Taylor",
    "lea": "Lea Novak",
    "own": "Owen Clarke",
    "boss": "Beatrice Rossi",
    "clerk": "Clara Kim",
}

CONTACTS = [
    ("Azure Interior", "Brandon Freeman", "brandon.freeman@azure.example"),
    ("Deco Addict", "Addison Olson", "addison.olson@deco.example"),
    ("Gemini Furniture", "Jesse Brown", "jesse.brown@gemini.example"),
    ("Lumber Inc", "Lorraine Douglas", "lorraine@lumber.example"),
]

LEADS = [
    ("Office for 40 people", "Wood Corner", "Ron Gibson", "ron.gibson@woodcorner.example", 18500),
    ("Chairs for the canteen", "Ready Mat", "Edith Sanchez", "edith@readymat.example", 6200),
    ("Desks, height-adjustable", "The Jackson Group", "Toni Rhodes", "toni.rhodes@jackson.example", 24000),
]

MAILS = [
    (20, "Visit on Thursday", "Brandon Freeman <brandon.freeman@azure.example>", {}),
    (18, "Offer for your new office", "Ron Gibson <ron.gibson@woodcorner.example>", {"template": data.MIXED}),
    (15, "Colours of the chairs", "Edith Sanchez <edith@readymat.example>", {}),
    (13, "Holiday plans", "Lea Novak <lea@acme.example>", {}),
    (12, "Samples are on their way", "Addison Olson <addison.olson@deco.example>", {}),
    (9, "Our talk at the fair", "Marc Dubois <marc.dubois@quai-ouest.example>", {}),
    (7, "Delivery dates", "Jesse Brown <jesse.brown@gemini.example>, lorraine@lumber.example", {}),
    (5, "Price list", "Toni Rhodes <toni.rhodes@jackson.example>", {"sender": "Sam <sam.taylor@home.example>"}),
    (2, "Offer, second version", "Ron Gibson <ron.gibson@woodcorner.example>", {"template": data.MIXED}),
    (1, "Terms of payment", "Lorraine Douglas <lorraine@lumber.example>", {"state": "failed"}),
    (0, "Height-adjustable desks", "Toni Rhodes <toni.rhodes@jackson.example>", {}),
    (0, "Thank you for your visit", "Brandon Freeman <brandon.freeman@azure.example>", {"state": "pending"}),
]
"""How many days ago, subject and recipients of mails; what else they have, or what they have to end as."""


class AcmeCommon(DropboxCommon):
    """The people have the names of a real company, which has contacts and leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.name = "Acme"
        cls.contact.name, cls.lead.name = "Carla Jensen", "Shelves for the archive"
        for company, name, email in CONTACTS:
            parent = cls.env["res.partner"].create({"name": company, "is_company": True})
            cls.env["res.partner"].create({"name": name, "email": email, "parent_id": parent.id})
        cls.env["crm.lead"].create(
            [
                {
                    "type": "opportunity",
                    "name": title,
                    "partner_name": company,
                    "contact_name": name,
                    "email_from": email,
                    "expected_revenue": revenue,
                    "user_id": cls.sam.id,
                }
                for title, company, name, email, revenue in LEADS
            ]
        )

    @classmethod
    def _create_user(cls, login, groups, **values):
        values = {"name": PEOPLE.get(login, login.capitalize()), "tz": "Europe/London", **values}
        user = super()._create_user(login, groups, **values)
        # an address that anyone may see, the same each time
        user.sudo().bcc_dropbox_ids.token_ids.token = f"{login}{'example' * 3}"[:20]
        user.invalidate_recordset()
        return user

    def _receive_mails(self, user=None):
        """Let a salesperson, Sam if nobody else, have written to customers for some weeks; some mails went wrong."""
        now = datetime.fromisoformat(NOW).replace(tzinfo=timezone.utc)
        mails = self.env["crm.bcc.dropbox.email"]
        for number, (days, subject, to, more) in enumerate(MAILS):
            sent = now - timedelta(days=days, minutes=10 + 17 * (len(MAILS) - number))
            values = {"subject": subject, "to": to, "user": user or self.sam, "date": format_datetime(sent), **more}
            if state := values.pop("state", None):
                mails += self._receive_in_trouble(state, values)
            else:
                mails += self._capture(**values)
        return mails

    def _receive_in_trouble(self, state, values):
        """Receive a mail while the disk is full; in the end it is pending or, after all tries, failed."""
        trouble = OSError("No space left on device")
        with (
            patch.object(self.registry["crm.bcc.dropbox.email"], "_file_admitted", side_effect=trouble),
            mute_logger("odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email"),
        ):
            mail = self._capture(**values)
            while mail.state != state:
                mail._try_again()
                mail.invalidate_recordset()
        return mail
