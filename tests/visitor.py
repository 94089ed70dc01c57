"""A person at a browser, on any Odoo: reads, clicks with the mouse and types.

Unlike tours, a visitor can begin before the addon is installed, and goes on while Odoo loads other pages.
"""

import base64
import json
import logging
import os
from pathlib import Path

from odoo.tests.common import ChromeBrowser, ChromeBrowserException

from .screens import PHOTOGRAPHS
from .servers import ServerError, wait_for

SECONDS = 60

# Finds the first visible element; waits until it is where it stays; what covers it gets no click.
FIND = """
(async () => {
    const [selector, text, isClicked] = %s;
    const found = [...document.querySelectorAll(selector)].find(
        (element) => element.checkVisibility() && element.textContent.includes(text)
    );
    if (!found || !isClicked) {
        return found ? (found.value ?? found.innerText) : null;
    }
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    found.scrollIntoView({block: "center", behavior: "instant"});
    const before = JSON.stringify(found.getBoundingClientRect());
    await frame();
    await frame();
    const {left, top, width, height} = found.getClientRects()[0]; // of the first line
    const place = [left + width / 2, top + height / 2];
    const isStill = JSON.stringify(found.getBoundingClientRect()) === before;
    const hit = document.elementFromPoint(...place);
    return isStill && !found.disabled && found.contains(hit) ? place : null;
})()
"""

WIDE = """
[document.documentElement, ...document.querySelectorAll(".o_action_manager, .o_action_manager *, .modal *")]
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .filter((element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX))
    .filter((element) => !element.matches(".o_notebook_headers"))
    .map((element) => element.cloneNode(false).outerHTML.slice(0, 200))
"""


class _Settings:
    """What the browser wants to know about its test."""

    def __init__(self, size, is_touch):
        self.browser_size, self.touch_enabled = size, is_touch
        self._logger = logging.getLogger(__name__)

    @staticmethod
    def fetch_proxy(_url):
        """Answer for all other hosts: nothing is there."""
        return {"responseCode": 404, "body": "", "responseHeaders": []}


class Visitor(ChromeBrowser):
    """A person at a browser, until `stop` is called.

    :param str url: of Odoo
    :param str size: of the window, *width*x*height*
    :param str suffix: of the names of screenshots; not empty on a phone
    """

    def __init__(self, url, size, suffix=""):
        super().__init__(_Settings(size, is_touch=bool(suffix)))
        self.url, self.suffix = url, suffix

    def evaluate(self, expression):
        """Return the value of an expression of JavaScript; None if the page is left meanwhile."""
        params = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        try:
            answer = self._websocket_request("Runtime.evaluate", params=params, timeout=SECONDS)
        except ChromeBrowserException:
            return None
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def go(self, path):
        """Open a page."""
        self._websocket_request("Page.navigate", params={"url": f"{self.url}{path}"}, timeout=SECONDS)

    def see(self, selector, text="", seconds=SECONDS):
        """Wait until an element with a text is visible, and return its whole text, or its value."""
        return self._find(selector, text, False, seconds)

    def click(self, selector, text=""):
        """Wait until an element with a text can be clicked, and click it."""
        x, y = self._find(selector, text, True, SECONDS)
        self._press(x, y, 1)

    def enter(self, selector, value, leave=True):
        """Replace the content of an input, and leave it by the Tab key."""
        x, y = self._find(selector, "", True, SECONDS)
        for count in (1, 2, 3):
            self._press(x, y, count)
        self._websocket_request("Input.insertText", params={"text": value})
        options = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        for kind in ("rawKeyDown", "keyUp") if leave else ():
            self._websocket_request("Input.dispatchKeyEvent", params={"type": kind, **options})

    def log_in(self, login, password, page="/web/login"):
        """Log in as a user."""
        self.go(page)
        self.enter("input[name='login']", login)
        self.enter("input[name='password']", password)
        self.click("button[type='submit']")
        self.see(".o_main_navbar")

    def photograph(self, name):
        """Take a screenshot if any are wanted, and return what scrolls sideways."""
        if folder := os.environ.get(PHOTOGRAPHS):
            picture = self._websocket_request("Page.captureScreenshot", timeout=SECONDS)["data"]
            Path(folder, f"{name}{self.suffix}.png").write_bytes(base64.b64decode(picture))
        return self.evaluate(WIDE)

    def _find(self, selector, text, is_clicked, seconds):
        expression = FIND % json.dumps([selector, text, is_clicked])
        try:
            # in a list, because an empty text is found as well
            return wait_for(lambda: self._try(expression), seconds, f"{selector} with “{text}”")[0]
        except ServerError as error:
            self.photograph("failed")
            raise AssertionError(
                f"{error}; the page is {self.evaluate('document.body.innerText.slice(0, 2000)')}"
            ) from error

    def _try(self, expression):
        found = self.evaluate(expression)
        return None if found is None else [found]

    def _press(self, x, y, count):
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            params = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": count}
            self._websocket_request("Input.dispatchMouseEvent", params=params)
