import re
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger
from PIL import Image

from .screens import PHOTOGRAPHS, ScreenBrowser, ScreenCase

ADDON = Path(__file__).parents[1]
SIZES = {"": (1366, 768), "-phone": (390, 844)}
ARTWORK = {"banner.png", "icon.png", "icon_hi.png"}
ANIMATION = "steps.png"
"""Made of screenshots, see `test_tours_steps.py`."""


@tagged("post_install", "-at_install")
class TestScreens(ScreenCase):
    """The checks that tours make on screens."""

    def assertFails(self, page, *complaints):
        """Assert that the tour of a page fails with these messages."""
        logger = f"{type(self).__module__}.{type(self).__name__}.{self._testMethodName}.browser"
        with (
            mute_logger(logger),
            patch.object(ScreenBrowser, "take_screenshot"),
            self.assertRaises(AssertionError) as caught,
        ):
            self.start_tour("/odoo", f"bcc_dropbox_screen_{page}", login="clerk")
        for complaint in complaints:
            self.assertIn(complaint, str(caught.exception))

    def test_bad_page(self):
        """An image without alternative text, and a line wider than the screen."""
        self.assertFails("bad", "image-alt (critical, 1 in all)", "scrolls sideways (3000 > 1366 pixels) on <main")

    def test_photograph(self):
        with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", {PHOTOGRAPHS: folder}):
            self.start_tour("/odoo", "bcc_dropbox_screen_good", login="clerk")
            with Image.open(Path(folder, "good.png")) as image:
                self.assertEqual(image.size, (1366, 768))

    def test_photograph_failed(self):
        """A screenshot that can't be stored fails the tour instead of blocking it."""
        with patch.dict("os.environ", {PHOTOGRAPHS: "/nowhere"}):
            self.assertFails("good", "“good” could not be photographed", "No such file or directory")


@tagged("post_install", "-at_install")
class TestPhotographs(BaseCase):
    """Every screen of a tour has its screenshots, on a desktop and on a phone, where it has no lists; no others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tours = [path.read_text() for path in (ADDON / "static/tests/tours").glob("*.js")]
        screens = {name for tour in tours for name in re.findall(r'screen\("([\w-]+)"', tour)}
        on_desktop = r'screen\("([\w-]+)", \{[^}]*isActive: \["desktop"\]'
        lists = {f"{name}-phone.png" for tour in tours for name in re.findall(on_desktop, tour)}
        wanted = {f"{screen}{suffix}.png": size for screen in screens for suffix, size in SIZES.items()}
        cls.wanted = {name: size for name, size in wanted.items() if name not in lists}

    def _find_pictures(self, path):
        return set(re.findall(r"[\w-]+\.png", (ADDON / path).read_text()))

    def test_all_are_there(self):
        found = {}
        for path in [*(ADDON / "docs/img").glob("*.png"), *(ADDON / "static/description").glob("*.png")]:
            if path.name not in ARTWORK | {ANIMATION}:
                with Image.open(path) as image:
                    found[path.name] = image.size
        self.assertEqual(found, self.wanted)

    def test_manuals(self):
        """The page of all screens shows each screenshot; the listing and the README show some of them."""
        self.assertEqual(self._find_pictures("docs/screens.md"), set(self.wanted))
        listed = {path.name for path in (ADDON / "static/description").glob("*.png")}
        self.assertEqual(self._find_pictures("static/description/index.html") | ARTWORK, listed)
        self.assertLessEqual(self._find_pictures("README.md"), listed)
