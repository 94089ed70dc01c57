"""Tours whose steps check screens and photograph them: `static/tests/screen.js` is their other half."""

import base64
import io
import json
import os
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, freeze_time
from odoo.tests.common import ChromeBrowser
from PIL import Image

from .acme import NOW, AcmeCommon

# Set by ./dev: where axe-core is, and where photographs are to go, if any are wanted
AXE = "CRM_BCC_DROPBOX_AXE"
PHOTOGRAPHS = "CRM_BCC_DROPBOX_SCREENSHOTS"

# The clock of the pages goes with that of the server
CLOCK = """
(() => {
    const shift = Date.parse("%sZ") - Date.now();
    const now = Date.now.bind(Date);
    Date.now = () => now() + shift;
    window.Date = new Proxy(Date, {
        apply: () => new window.Date().toString(),
        construct: (target, values, type) => Reflect.construct(target, values.length ? values : [target.now()], type),
    });
})();
"""


class ScreenBrowser(ChromeBrowser):
    """A browser that has axe-core in each of its pages, and takes a photograph when a page asks for it.

    Pages ask by a function that the browser gives them, and are told by an event. The question arrives in the thread
    that receives all answers, so nothing here waits for one.
    """

    def __init__(self, test_case, *args, **kwargs):
        super().__init__(test_case, *args, **kwargs)
        self._handlers["Runtime.bindingCalled"] = self._handle_binding
        self._websocket_request("Runtime.addBinding", params={"name": "bccDropboxPhotograph"})
        if test_case.touch_enabled:
            # on a phone they take no place
            self._websocket_request("Emulation.setScrollbarsHidden", params={"hidden": True})
        still = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
        self._websocket_request("Emulation.setEmulatedMedia", params=still)
        self._add_script(CLOCK % NOW.replace(" ", "T"))
        if axe := os.environ.get(AXE):
            self._add_script(Path(axe).read_text(encoding="utf-8"))

    def _add_script(self, source):
        """Let a script run in each page before anything else does."""
        self._websocket_request("Page.addScriptToEvaluateOnNewDocument", params={"source": source})

    def _handle_binding(self, name, payload, executionContextId):
        if name != "bccDropboxPhotograph":
            return
        if not os.environ.get(PHOTOGRAPHS):
            self._answer(executionContextId)
            return
        capture = self._websocket_send("Page.captureScreenshot", with_future=True)
        capture.add_done_callback(lambda future: self._keep(payload, future, executionContextId))

    def _keep(self, name, capture, context):
        """Store a photograph, and tell the page so, or what went wrong."""
        try:
            path = Path(os.environ[PHOTOGRAPHS], f"{name}{self.test_case.screen_suffix}.png")
            with Image.open(io.BytesIO(base64.b64decode(capture.result(timeout=0)["data"]))) as image:
                image.save(path, optimize=True)
        except Exception as error:  # noqa: BLE001 - the tour tells, whatever it is
            self._answer(context, repr(error))
        else:
            self._answer(context)

    def _answer(self, context, error=None):
        event = f"new CustomEvent('bcc_dropbox_photographed', {{detail: {json.dumps(error)}}})"
        self._websocket_send(
            "Runtime.evaluate", params={"expression": f"window.dispatchEvent({event})", "contextId": context}
        )


@freeze_time(NOW, tick=True)
class FrozenCase(HttpCase):
    """Everything happens when the photographs are taken, new records included: colours of avatars depend on that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cr._now = datetime.fromisoformat(NOW)


TOUR_SECONDS = 180
"""Until a tour is given up: by Odoo's 60, those of a busy machine would be."""


class ScreenCase(AcmeCommon, FrozenCase):
    """Tours on a desktop. Without axe-core, which `./dev` brings along, they run and check the rest."""

    screen_suffix = ""

    def start_tour(self, *args, **kwargs):
        with patch("odoo.tests.common.ChromeBrowser", ScreenBrowser):
            return super().start_tour(*args, **{"timeout": TOUR_SECONDS, **kwargs})


class LanguageCase(ScreenCase):
    """The salesperson reads another language: Odoo's own terms are translated, too."""

    language = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(cls.language)
        cls.env["ir.module.module"].search([("state", "=", "installed")])._update_translations(cls.language)
        cls.own.lang = cls.language


class PhoneCase(ScreenCase):
    """The same on a phone: inherit it before a class of tours."""

    browser_size = "390x844"
    touch_enabled = True
    screen_suffix = "-phone"
