import re
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from .screens import PhoneCase, ScreenBrowser, ScreenCase

ADDON = Path(__file__).parents[1]
PAGE = "/crm_bcc_dropbox/static/description/index.html"

# Odoo's store shows a page in one of its own; axe-core checks the fragment as the content of a page
CHECK = """
(async () => {
    document.documentElement.lang = "en";
    document.title = "Store page";
    await Promise.all([...document.images].map((image) => image.decode()));
    const {scrollWidth, clientWidth} = document.documentElement;
    if (scrollWidth > clientWidth) {
        throw new Error(`The page scrolls sideways: ${scrollWidth} > ${clientWidth} pixels.`);
    }
    const results = await window.axe?.run(document.body, {resultTypes: ["violations"]});
    const findings = (results?.violations || []).filter(({impact}) => ["serious", "critical"].includes(impact));
    if (findings.length) {
        throw new Error(findings.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join()}`).join("\\n"));
    }
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestStorePage(ScreenCase):
    """The page of the addon in Odoo's store, in a browser."""

    def test_page(self):
        """All its pictures load, it fits the screen, and axe-core finds nothing serious."""
        with patch("odoo.tests.common.ChromeBrowser", ScreenBrowser):
            self.browser_js(PAGE, CHECK, ready="document.readyState === 'complete'")


@tagged("post_install", "-at_install")
class TestStorePagePhone(PhoneCase, TestStorePage):
    """The same page on a phone."""


@tagged("post_install", "-at_install")
class TestStorePageText(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.text = (ADDON / "static/description/index.html").read_text(encoding="utf-8")

    def test_allowed(self):
        """The store removes scripts, style sheets and files of other hosts."""
        tags = set(re.findall(r"<([a-z0-9]+)", self.text))
        allowed = {"section", "div", "h1", "h2", "h3", "p", "img", "ul", "ol", "li", "a", "strong", "code"}
        self.assertLessEqual(tags, allowed)
        self.assertNotIn("url(", self.text)
        for source in re.findall(r'src="([^"]*)"', self.text):
            self.assertTrue((ADDON / "static/description" / source).is_file(), source)

    def test_contact(self):
        """The addresses are those of the manifest."""
        manifest = (ADDON / "__manifest__.py").read_text(encoding="utf-8")
        for key in ("author", "website", "support"):
            self.assertIn(re.search(rf'"{key}": "([^"]+)"', manifest)[1], self.text)

    def test_speed(self):
        """The page promises what was measured."""
        results = (ADDON / "docs/performance.md").read_text(encoding="utf-8")
        measured = re.search(
            r"SMTP accept to the message standing in the chatter, .*: pipe \|.*\| p95 ([\d.]+) s", results
        )
        promised = re.search(r"in the chatter within ([\d.]+) seconds", " ".join(self.text.split()))
        self.assertLessEqual(float(measured[1]), float(promised[1]))
