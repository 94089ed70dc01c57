"""HTML that a stranger wrote, made safe to look at: it runs nothing, loads nothing, and stays in its place."""

import base64
import re
from collections.abc import Mapping
from types import MappingProxyType

import lxml.html
from lxml import etree
from lxml.html import defs
from odoo.tools.mail import html_sanitize
from odoo.tools.mimetypes import guess_mimetype

from .address import clean
from .html import (
    QUOTE_MARKS,
    STYLE_THAT_LOADS,
    bound_html,
    break_pictures,
    text_to_html,
)
from .html_text import drop_control_characters

MAX_SHOWN = 512 * 1024
"""Bytes of HTML that are shown of a mail which is not filed, and characters of a text in place of it."""

MAX_SHOWN_ELEMENTS = 20_000

MAX_SHOWN_PICTURES = 2 * 1024**2
"""Bytes of all pictures in it; the others are among the files."""

_PICTURES = {"image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}

HELD = "data-original-src"
"""Where the address of a remote picture stands until someone asks for it: the sanitizer of Odoo leaves it there."""

_LOADED_WITH_MAIL = re.compile(r"\s*(cid:|data:image/)", re.IGNORECASE)
_REMOTE = re.compile(r"\s*(?P<scheme>https?:)?//", re.IGNORECASE)
_HAS_ATTRIBUTE_OR_COMMENT = re.compile(r"=|<[!?]")
# what a page finds elements by, and takes the keyboard from it
_REACHES_OUT = {"accesskey", "for", "id", "name", "tabindex"}
# marks of Odoo's parser: what a mail quotes, and which of its files a picture is
MARKS = {"data-filename", *QUOTE_MARKS}


def block_remote_content(body: str, pictures: Mapping[str, bytes] = MappingProxyType({})) -> str:
    """Make the HTML of a mail safe to look at: no script, no form, and nothing is loaded from anywhere.

    Else its sender, who may be anyone, would see when and where it is read. Links stay. What is long is shown as text,
    and of that the beginning.

    :param pictures: of the mail, by Content-ID: they are shown in their places
    """
    bound = bound_html(body, MAX_SHOWN, MAX_SHOWN_ELEMENTS)
    body = bound.content if bound.is_html else text_to_html(_cut(bound.content))
    body = html_sanitize(body, sanitize_attributes=True, sanitize_style=True, strip_classes=True)
    if not body.strip():
        return ""
    root = _parse(body)
    for node in root.iter(etree.Element):
        disarm(node)
    _show_pictures(root, {**pictures, **{picture.cid: picture.content for picture in bound.pictures}})
    return clean(_write(root))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _show_pictures(root: etree.Element, pictures: Mapping[str, bytes]) -> None:
    """Put the pictures of a mail into its text, as many as may be shown."""
    room = MAX_SHOWN_PICTURES
    for node in root.iter("img") if pictures else ():
        content = pictures.get(node.get("src", "").removeprefix("cid:"), b"")
        kind = guess_mimetype(content, default="")
        if kind in _PICTURES and len(content) <= room:
            room -= len(content)
            node.set("src", f"data:{kind};base64,{base64.b64encode(content).decode()}")


def hold_pictures(body: str) -> str:
    """Keep the remote pictures of a mail from being loaded until someone asks for them, and everything else for ever.

    The rest of what makes HTML safe is done by the field that stores it. Comments go: parsers do not agree on where
    they end.
    """
    if not _HAS_ATTRIBUTE_OR_COMMENT.search(body):
        return break_pictures(body)
    root = _parse(body)
    for node in root.iter(etree.Element):
        source = node.get("src", "") if node.tag == "img" else ""
        disarm(node, MARKS)
        hold_picture(node, source)
    return break_pictures(_write(root))


def hold_picture(node: etree.Element, source: str) -> None:
    """Remember where a picture is loaded from when someone asks for it, if it is remote."""
    if remote := _REMOTE.match(source):
        node.set(HELD, source.strip() if remote["scheme"] else f"https:{source.strip()}")


def release_pictures(body: str) -> str:
    """Undo :func:`hold_pictures`: to write a mail as it was."""
    if HELD not in body:
        return body
    root = _parse(body)
    for node in root.iter("img"):
        if source := node.attrib.pop(HELD, None):
            node.set("src", source)
    return _write(root)


def get_held_pictures(body: str) -> list[str]:
    """Return the addresses that :func:`hold_pictures` keeps back."""
    return [node.get(HELD) for node in _parse(body).iter("img") if node.get(HELD)] if HELD in body else []


def _parse(body: str) -> etree.Element:
    # huge: nothing is cut here
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    # bytes, for a text must not declare its encoding; such characters may be there although it was sanitized: "&#27;"
    page = f"<html><body>{drop_control_characters(body)}</body></html>".encode()
    root = lxml.html.document_fromstring(page, parser=parser).find("body")
    root.attrib.clear()
    return root


def _write(root: etree.Element) -> str:
    return lxml.html.tostring(root, encoding="unicode").removeprefix("<body>").removesuffix("</body>")


def disarm(node: etree.Element, marks: set[str] = frozenset()) -> None:
    """Take away the attributes of a node that load something, or that reach out of the mail.

    :param marks: `data-` attributes that may stay; scripts of the page act on others
    """
    for name, value in node.items():
        if name == "style":
            declarations = [part for part in value.split(";") if part.strip() and not STYLE_THAT_LOADS.search(part)]
            node.set(name, ";".join(declarations))
        elif _loads(node, name, value) or name in _REACHES_OUT or (name.startswith("data-") and name not in marks):
            del node.attrib[name]


def _loads(node: etree.Element, name: str, value: str) -> bool:
    """Tell whether a browser loads something because of an attribute."""
    if name == "href" and node.tag in ("a", "area"):
        return False
    return (name in defs.link_attrs or "src" in name) and not _LOADED_WITH_MAIL.match(value)
