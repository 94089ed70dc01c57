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
from .mail_content import File, MailContent, Text
from .safe_html import MARKS, disarm, hold_picture

_CID = re.compile(r"\s*cid:", re.IGNORECASE)


def write_body(content: MailContent) -> tuple[str, set[str]]:
    """Write the texts of a mail as HTML.

    :return: the HTML, safe but for what a field of Odoo takes out of it; the Content-IDs of the files that are
        pictures in it, as ``cid:`` has them
    """
    found: dict[str, File] = {}
    for file in content.files:
        for key in file.keys:
            found.setdefault(_normalize(key), file)
    shown: set[str] = set()
    texts = [_write_text(text, found, shown) for text in content.texts]
    if len(texts) > 1:
        texts = [f"<div>{text}</div>" if source.is_html else text for text, source in zip(texts, content.texts)]
    return clean("\n".join(texts)), shown


def _write_text(text: Text, found: dict[str, File], shown: set[str]) -> str:
    html = text.text if text.is_html else text_to_html(text.text)
    return break_pictures(html_normalize(html, filter_callback=partial(_dress, found=found, shown=shown)))


def _dress(root: etree.Element, found: dict[str, File], shown: set[str]) -> etree.Element:
    """Make every element of a text one that can be filed."""
    for node in root.iter(etree.Element):
        source = node.get("src", "") if node.tag == "img" else ""
        file = found.get(_normalize(source)) if source else None
        node.attrib.pop("class", None)
        disarm(node, MARKS)
        if file:
            shown.add(file.cid)
            node.set("src", f"cid:{file.cid}")
        elif source:
            hold_picture(node, source)
        if node.tag == "pre" and "white-space" not in node.get("style", ""):
            node.set("style", ";".join(filter(None, (node.get("style"), "white-space: pre-wrap"))))
    mend_colors(root)
    return root


def _normalize(key: str) -> str:
    """Bring what names a picture, a Content-ID or what a text writes, into one form to compare."""
    return unquote(_CID.sub("", key.strip(), count=1) if key[:8].lower().lstrip().startswith("cid:") else key).strip("<> ").lower()


def list_files(files: Iterable[File]) -> list[tuple[str, bytes, str]]:
    """List files as name, content and Content-ID."""
    return [(file.name, file.content, file.cid) for file in files]
