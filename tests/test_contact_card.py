import vobject
from odoo.tests import BaseCase, tagged

from ..tools.contact_card import ContactCard

ADDRESS = "bcc-abcdefghijklmnopqrst@acme.example"


@tagged("post_install", "-at_install")
class TestContactCard(BaseCase):
    def _build(self, **values):
        values = {"address": ADDRESS, "company": "Acme", "note": "BCC address of Owen Clarke", **values}
        return ContactCard(**values).build().decode()

    def test_card(self):
        card = vobject.readOne(self._build())
        self.assertEqual(card.version.value, "3.0")
        self.assertEqual((card.fn.value, card.n.value.given), ("Odoo (BCC)", "Odoo (BCC)"))
        self.assertEqual((card.email.value, card.email.type_param), (ADDRESS, "INTERNET"))
        self.assertEqual((card.org.value, card.note.value), (["Acme"], "BCC address of Owen Clarke"))
        self.assertNotIn("photo", card.contents)

    def test_record(self):
        """Typing “Odoo” completes these addresses as well."""
        self.assertEqual(vobject.readOne(self._build(record="Office")).fn.value, "Odoo (BCC): Office")

    def test_picture(self):
        for size in (1, 2, 40, 41, 42, 43, 44, 100, 8000):
            with self.subTest(size=size):
                picture = bytes(range(256)) * 32
                text = self._build(picture=picture[:size])
                photo = vobject.readOne(text).photo
                self.assertEqual((photo.value, photo.encoding_param, photo.type_param), (picture[:size], "b", "PNG"))
                self.assertLessEqual(max(len(line) for line in text.encode().split(b"\r\n")), 75)

    def test_folded(self):
        """No line is longer than 75 bytes or empty; one that continues another begins with a space."""
        for length in range(1, 65):
            company, note, record = "Ö" * length, "日本" * length, "Lied; mit, Sonderzeichen\\" * 3
            with self.subTest(length=length):
                text = self._build(company=company, note=note, record=record, picture=bytes(999))
                lines = text.removesuffix("\r\n").split("\r\n")
                self.assertLessEqual(max(len(line.encode()) for line in lines), 75)
                self.assertTrue(all(line.strip() and (line.startswith(" ") or ":" in line) for line in lines))
                self.assertEqual(vobject.readOne(text).org.value, [company])

    def test_hostile_text(self):
        """A name can add no property."""
        text = "Ömer\r\nEMAIL:evil@evil.example\nEND:VCARD\n; , \\"
        card = vobject.readOne(self._build(company=text, note=text, record=text))
        self.assertEqual(card.email.value, ADDRESS)
        self.assertEqual(len(list(card.getChildren())), 6)

    def test_long_text(self):
        """QR codes hold few characters."""
        text = self._build(company="C" * 3000, note="N" * 3000, record="R" * 3000)
        self.assertLess(len(text), 500)
