import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from PIL import Image

from .animation import CAPTION, WIDTH, Frame, build_animation
from .screens import PHOTOGRAPHS, ScreenCase

MAX_BYTES = 1_500_000

FRAMES = [
    Frame("frame-1-type", 1, "Write as you always do, and type “Odoo” in Bcc", 3.5),
    Frame("frame-1-send", 1, "Send", 1.5),
    Frame("frame-2-history", 2, "The email is in the history of the right opportunity", 4),
    Frame("frame-3-undo", 3, "Logged by mistake? Undo it, or move it", 3),
    Frame("frame-3-undone", 3, "It is off the record, and waits here to be logged elsewhere", 4),
]


@tagged("post_install", "-at_install")
class TestToursSteps(ScreenCase):
    """The animation of the store page, made of what a salesperson sees."""

    def setUp(self):
        super().setUp()
        folder = os.environ.get(PHOTOGRAPHS)
        if not folder:
            folder = self.enterContext(tempfile.TemporaryDirectory())
            self.enterContext(patch.dict("os.environ", {PHOTOGRAPHS: folder}))
        self.folder = Path(folder)

    def test_steps(self):
        lead = self.env["crm.lead"].search([("name", "=", "Office for 40 people")])
        self.start_tour("/odoo/crm", "bcc_dropbox_steps_write", login="own")
        email = self._receive_emails("Offer for your new office")
        self.assertRow(email, "captured")
        self.start_tour(f"/odoo/crm/{lead.id}", "bcc_dropbox_steps_history", login="own")
        self.start_tour(f"/odoo/captured-emails/{email.id}", "bcc_dropbox_steps_undo", login="own")
        self.env.invalidate_all()
        self.assertRow(email, "unmatched", "Removed by")
        target = self.folder / "steps.png"
        build_animation(FRAMES, self.folder, target)
        for frame in FRAMES:
            (self.folder / f"{frame.name}.png").unlink()
        self.assertLess(target.stat().st_size, MAX_BYTES)
        with Image.open(target) as animation:
            self.assertEqual(animation.size, (WIDTH, round(768 * WIDTH / 1366) + CAPTION))
            self.assertEqual((animation.n_frames, animation.info["loop"]), (len(FRAMES), 0))
