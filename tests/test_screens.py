import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger
from PIL import Image

from .screens import PHOTOGRAPHS, ScreenBrowser, ScreenCase


@tagged("post_install", "-at_install")
class TestScreens(ScreenCase):
    """What the tours look at screens with."""

    def assertFails(self, page, *complaints):
        """Check that the tour of a page fails with some words."""
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
        """A picture without a text for those who cannot see it, and a line that is wider than the screen."""
        self.assertFails("bad", "image-alt (critical, 1 in all)", "scrolls sideways (3000 > 1366 pixels) on <main")

    def test_photograph(self):
        with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", {PHOTOGRAPHS: folder}):
            self.start_tour("/odoo", "bcc_dropbox_screen_good", login="clerk")
            with Image.open(Path(folder, "good.png")) as image:
                self.assertEqual(image.size, (1366, 768))

    def test_photograph_failed(self):
        """A photograph that cannot be stored fails the tour, which would wait for it for ever."""
        with patch.dict("os.environ", {PHOTOGRAPHS: "/nowhere"}):
            self.assertFails("good", "“good” could not be photographed", "No such file or directory")
