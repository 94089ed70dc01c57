"""The texts of a mail as the HTML that is filed: quotes marked, pictures found, nothing loaded, readable anywhere."""

import re
from collections.abc import Iterable
from functools import partial
from urllib.parse import unquote

from lxml import etree
from odoo.tools.mail import html_normalize

from .address import clean
from .colors import mend_colors
from .html import break_pictures, text_to_html
from .mail_content import File, Text
from .safe_html import MARKS, disarm, hold_picture

_CID = re.compile(r"\s*cid:", re.IGNORECASE)


def write_body(texts: Iterable[Text], files: Iterable[File]) -> tuple[str, set[str]]:
    """Write the texts of a mail as HTML.

    :param files: those that can be shown as pictures in them
    :return: the HTML, safe but for what a field of Odoo takes out of it; the Content-IDs of the files that are
        pictures in it, as ``cid:`` has them
    """
    found: dict[str, File] = {}
    for file in files:
        for key in file.keys:
            found.setdefault(_normalize(key), file)
    shown: set[str] = set()
    bodies = [_write_text(text, found, shown) for text in texts]
    if len(bodies) > 1:  # a text may begin and end in the middle of a line
        bodies = [f"<div>{body}</div>" for body in bodies]
    return clean("\n".join(bodies)), shown


def _write_text(text: Text, found: dict[str, File], shown: set[str]) -> str:
    html = text.text if text.is_html else text_to_html(text.text)
    return break_pictures(html_normalize(html, filter_callback=partial(_dress, found=found, shown=shown)))


def _dress(root: etree.Element, found: dict[str, File], shown: set[str]) -> etree.Element:
    """Make every element of a text one that can be filed."""
    for node in root.iter(etree.Element):
        node.attrib.pop("class", None)
        if node.tag == "img":
            _find_picture(node, found, shown)
        else:
            disarm(node, MARKS)
        if node.tag == "pre" and "white-space" not in node.get("style", ""):
            node.set("style", ";".join(filter(None, (node.get("style"), "white-space: pre-wrap"))))
    mend_colors(root)
    return root


def _find_picture(node: etree.Element, found: dict[str, File], shown: set[str]) -> None:
    """Let a picture show the file that the text means, wait if it is remote, and else be nothing."""
    source = node.get("src", "")
    disarm(node, MARKS)
    key = _normalize(source)
    if file := found.get(key) or found.get(key.partition("@")[0]):  # the name of a file stands before the at sign
        shown.add(file.cid)
        node.set("src", f"cid:{file.cid}")
    else:
        node.attrib.pop("src", None)
        hold_picture(node, source)


def _normalize(key: str) -> str:
    """Bring what names a picture, a Content-ID or what a text writes, into one form to compare."""
    return unquote(_CID.sub("", key, count=1)).strip("<> \t\r\n").lower()
