"""The files written by `./dev translations`, and the errors found by `./dev lint`."""

import importlib.util
import sys
from pathlib import Path

import polib
from odoo.tests import BaseCase, tagged

SCRIPT = Path(__file__).parents[1] / "scripts" / "po_files.py"


def load_script():
    spec = importlib.util.spec_from_file_location("bcc_dropbox_po_files", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


po_files = load_script()


def make_file(terms, language=""):
    """Return a file with terms and their translations, and a valid header."""
    file = polib.POFile()
    for term, text in terms.items():
        file.append(polib.POEntry(msgid=term, msgstr=text, comment="module: crm_bcc_dropbox"))
    return po_files.make_file(file, language, file)


@tagged("post_install", "-at_install")
class TestPoFiles(BaseCase):
    """The script works on files only, so no database is needed."""

    def _find(self, term, text, language="de"):
        entry = polib.POEntry(msgid=term, msgstr=text)
        return [fault.partition(" (")[0] for fault in po_files.find_entry_faults(entry, language)]

    def test_good(self):
        for term, text, language in (
            ("Sent by %(name)s to %(count)d", "%(count)d Mal von %(name)s gesendet", "de"),
            ("%s of %s", "%s von %s", "de"),
            ("${count} mails", "${count} E-Mails", "de"),
            ("Hello {{ user.name }}", "Hallo {{ user.name }}", "de"),
            ("100%% of it", "100%% davon", "de"),
            ('Press <b>Save</b><br/> or <i class="fa fa-x"/>', '<i class="fa fa-x"/> oder <b>Sichern</b><br/>', "de"),
            ('Open <a href="/x" title="Open it">it</a>', '<a href="/x" title="Öffnen">Es</a> öffnen', "de"),
            ('By <t t-out="name"/>', 'Von <t t-out="name"/>', "de"),
            (" of ", " von ", "de"),
            ("Status", "Status", "de"),
            ("BCC Dropbox", "BCC Dropbox", "ja"),
            ("Download vCard", "vCardをダウンロード", "ja"),
            ("%(email)s (Bcc)", "%(email)s (Bcc)", "zh_CN"),
            ("crm@acme.example", "crm@acme.example", "ja"),
        ):
            with self.subTest(term):
                self.assertFalse(self._find(term, text, language))

    def test_faults(self):
        for term, text, fault in (
            ("Sent", "", "not translated"),
            ("Sent", " ", "not translated"),
            ("By %(name)s", "Von %(namen)s", "placeholders or tags"),
            ("By %(name)s", "Von %(name)", "placeholders or tags"),
            ("By %(name)s", "Von jemandem", "placeholders or tags"),
            ("${count} mails", "$ {count} E-Mails", "placeholders or tags"),
            ("{{ a }} mails", "{{ b }} E-Mails", "placeholders or tags"),
            ("<b>Put it</b> there", "Leg es hin", "placeholders or tags"),
            ('<a href="/x">it</a>', '<a href="/y">es</a>', "placeholders or tags"),
            ('By <t t-out="name"/>', "Von <t/>", "placeholders or tags"),
            ("<b>a</b> <i>b</i> c", "<b>x <i>y</b> z</i>", "tags are not nested well"),
            ("Sent to ", "Gesendet an", "spaces at the beginning or the end"),
            ("Put it in Bcc", "Put it in Bcc", "still English"),
            ("<b>Put it there</b>", "<b>Put it there</b>", "still English"),
        ):
            with self.subTest(term):
                self.assertEqual(self._find(term, text), [fault])

    def test_english_label(self):
        """A label may be the same in German, but not in another script."""
        self.assertFalse(self._find("Name", "Name", "de"))
        self.assertEqual(self._find("Name", "Name", "ja"), ["still English"])

    def test_fuzzy(self):
        entry = polib.POEntry(msgid="Sent", msgstr="Gesendet", flags=["fuzzy"])
        self.assertEqual(list(po_files.find_entry_faults(entry, "de")), ["fuzzy"])

    def test_merge(self):
        old = make_file({"Kept": "Bleibt", "Wrapped\n   anew": "Neu umbrochen", "Gone": "Weg"}, "de")
        template = make_file({"Kept": "", "New": "", "Wrapped anew": ""})
        merged = po_files.make_file(template, "de", old)
        self.assertEqual(
            {entry.msgid: entry.msgstr for entry in merged},
            {"Kept": "Bleibt", "New": "", "Wrapped anew": "Neu umbrochen"},
        )
        self.assertFalse(merged.obsolete_entries())
        self.assertEqual(str(merged), str(po_files.make_file(template, "de", merged)))

    def test_file_faults(self):
        template = make_file({"Kept": "", "New": ""})
        unlike = ["not as ./dev translations writes it"]
        terms = {"Kept": "Bleibt", "New": "Neu"}
        self.assertFalse(list(po_files.find_faults(make_file(terms, "de"), template, "de")))
        for name, wrong in (("missing", {"Kept": "Bleibt"}), ("no longer a term", {**terms, "Gone": "Weg"})):
            with self.subTest(name):
                self.assertEqual(list(po_files.find_faults(make_file(wrong, "de"), template, "de")), unlike)
        with self.subTest("obsolete"):
            file = make_file(terms, "de")
            file.append(polib.POEntry(msgid="Past", msgstr="Vorbei", obsolete=True))
            self.assertEqual(list(po_files.find_faults(file, template, "de")), unlike)
        with self.subTest("header"):
            file = make_file(terms, "de")
            file.metadata["Plural-Forms"] = ""
            self.assertEqual(list(po_files.find_faults(file, template, "de")), unlike)
        with self.subTest("entry"):
            file = make_file({**terms, "New": ""}, "de")
            self.assertEqual(list(po_files.find_faults(file, template, "de")), ["not translated: 'New'"])

    def test_template_faults(self):
        exported = make_file({"Kept": "", "New": ""})
        exported.metadata["POT-Creation-Date"] = "2026-11-23 10:00+0000"
        self.assertFalse(list(po_files.find_template_faults(make_file({"Kept": "", "New": ""}), exported)))
        found = list(po_files.find_template_faults(make_file({"Gone": "", "Kept": ""}), exported))
        self.assertEqual(found, ["+ 'New'", "- 'Gone'"])
        exported[0].occurrences = [("code:addons/crm_bcc_dropbox/models/x.py", "0")]
        self.assertTrue(list(po_files.find_template_faults(make_file({"Kept": "", "New": ""}), exported)))
