"""Body of a logged email: HTML with quotes marked, pictures linked to their files, nothing loaded, readable colours."""

import re
from collections.abc import Iterable
from functools import partial
from urllib.parse import unquote

from lxml import etree
from odoo.tools.mail import html_normalize

from .colors import mend_colors
from .html import break_pictures, text_to_html
from .mail_content import File, Text
from .safe_html import MARKS, disarm, hold_picture

_CID = re.compile(r"\s*cid:", re.IGNORECASE)


def write_body(texts: Iterable[Text], files: Iterable[File]) -> tuple[str, set[str]]:
    """Return the texts of a mail as HTML.

    :param texts: texts from :func:`read_content`; HTML among them went through :func:`bound_html`
    :param files: files that may be pictures in the texts
    :return: the HTML, to be sanitised by the field that stores it, which also marks the quotes of plain text; the
        Content-IDs of the files that are pictures in it, as in ``cid:`` URLs
    """
    found: dict[str, File] = {}
    keys = ((key, file) for file in files for key in file.keys)
    for key, file in sorted(keys, key=lambda pair: pair[0] == pair[1].name):  # a Content-ID takes precedence
        found.setdefault(_normalize(key), file)
    shown: set[str] = set()
    bodies = [_write_text(text, found, shown) for text in texts]
    if len(bodies) > 1:  # each text begins on a new line
        bodies = [f"<div>{body}</div>" for body in bodies]
    return "\n".join(bodies), shown


def _write_text(text: Text, found: dict[str, File], shown: set[str]) -> str:
    if not text.is_html:
        return text_to_html(text.text)
    return break_pictures(html_normalize(text.text, filter_callback=partial(_dress, found=found, shown=shown)))


def _dress(root: etree.Element, found: dict[str, File], shown: set[str]) -> etree.Element:
    """Prepare the elements of a text for logging: attributes, pictures, line wrapping, colours."""
    for node in root.iter(etree.Element):
        tag = node.tag
        if tag == "img":
            _find_picture(node, found, shown)
        else:
            disarm(node, MARKS)
        if tag == "pre" and "white-space" not in node.get("style", ""):
            node.set("style", ";".join(filter(None, (node.get("style"), "white-space: pre-wrap"))))
    mend_colors(root)
    return root


def _find_picture(node: etree.Element, found: dict[str, File], shown: set[str]) -> None:
    """Link a picture to its file; hold it back if it is remote; else leave it without a source."""
    source = node.attrib.pop("src", "")
    disarm(node, MARKS)
    key = _normalize(source) if found else ""
    if file := found.get(key) or found.get(key.partition("@")[0]):  # Outlook: file name before the at sign
        shown.add(file.cid)
        node.set("src", f"cid:{file.cid}")
    else:
        hold_picture(node, source)


def _normalize(key: str) -> str:
    """Normalise a Content-ID or the source of a picture for comparison."""
    return "".join(unquote(_CID.sub("", key, count=1)).split()).strip("<>").lower()
