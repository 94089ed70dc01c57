"""Tours that check screens and take screenshots of them. The other half is `static/tests/screen.js`."""

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

# Set by ./dev: the path of axe-core, and the folder for screenshots, if any are wanted
AXE = "CRM_BCC_DROPBOX_AXE"
PHOTOGRAPHS = "CRM_BCC_DROPBOX_SCREENSHOTS"

# Synchronises the clock of the pages with the frozen clock of the server
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
    """A browser that loads axe-core into each page, and takes a screenshot when a page requests it.

    Pages call a function that the browser adds, and receive an event as the answer. The call arrives in the thread that
    receives all responses, so nothing here may wait for one.
    """

    def __init__(self, test_case, *args, **kwargs):
        super().__init__(test_case, *args, **kwargs)
        self._handlers["Runtime.bindingCalled"] = self._handle_binding
        self._websocket_request("Runtime.addBinding", params={"name": "bccDropboxPhotograph"})
        if test_case.touch_enabled:
            # on phones they take no space
            self._websocket_request("Emulation.setScrollbarsHidden", params={"hidden": True})
        # tours click without a person, who would allow it by the click
        allowed = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
        self._websocket_request("Browser.grantPermissions", params=allowed)
        self._websocket_request("Emulation.setFocusEmulationEnabled", params={"enabled": True})
        still = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
        self._websocket_request("Emulation.setEmulatedMedia", params=still)
        self._add_script(CLOCK % NOW.replace(" ", "T"))
        if axe := os.environ.get(AXE):
            self._add_script(Path(axe).read_text(encoding="utf-8"))

    def _add_script(self, source):
        """Run a script in each page before all others."""
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
        """Store a screenshot, and send the page the result."""
        try:
            path = Path(os.environ[PHOTOGRAPHS], f"{name}{self.test_case.screen_suffix}.png")
            with Image.open(io.BytesIO(base64.b64decode(capture.result(timeout=0)["data"]))) as image:
                image.save(path, optimize=True)
        except Exception as error:  # noqa: BLE001 - the tour reports any error
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
    """Tests at a fixed time, including the creation of records: the colours of avatars depend on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cr._now = datetime.fromisoformat(NOW)


TOUR_SECONDS = 180
"""Time limit of a tour: Odoo's 60 are too few on a busy machine."""


class ScreenCase(AcmeCommon, FrozenCase):
    """Tours on a desktop. Without axe-core, which `./dev` installs, only accessibility is not checked."""

    screen_suffix = ""

    def start_tour(self, *args, **kwargs):
        with patch("odoo.tests.common.ChromeBrowser", ScreenBrowser):
            return super().start_tour(*args, **{"timeout": TOUR_SECONDS, **kwargs})


class LanguageCase(ScreenCase):
    """Tours in another language, with Odoo's own terms translated as well."""

    language = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(cls.language)
        cls.env["ir.module.module"].search([("state", "=", "installed")])._update_translations(cls.language)
        cls.own.lang = cls.language


class PhoneCase(ScreenCase):
    """Mixin that runs a class of tours on a phone: inherit from it first."""

    browser_size = "390x844"
    touch_enabled = True
    screen_suffix = "-phone"
