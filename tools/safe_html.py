"""Make the HTML of an untrusted sender safe to display: no scripts, no remote content, no effect on the page around."""

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
from .html import QUOTE_MARKS, bound_html, drop_loading, get_inner_html, text_to_html
from .html_text import drop_control_characters

MAX_SHOWN = 512 * 1024
"""Limit of what is displayed of an original: bytes of HTML, or characters of plain text."""

MAX_SHOWN_ELEMENTS = 20_000

MAX_SHOWN_PICTURES = 2 * 1024**2
"""Total bytes of the pictures displayed in the HTML. Others are only listed as files."""

_PICTURES = {"image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}

HELD = "data-original-src"
"""Attribute with the URL of a remote picture until a user asks for the pictures. Odoo's sanitizer keeps it."""

_LOADED_WITH_MAIL = re.compile(r"\s*(cid:|data:image/)", re.IGNORECASE)
_REMOTE = re.compile(r"\s*(?P<scheme>https?:)?//", re.IGNORECASE)
# attributes by which styles and scripts of the page find elements, or which take the keyboard focus
_REACHES_OUT = {"accesskey", "class", "for", "id", "name", "tabindex"}
# set by Odoo's parser: quoted parts, and the file name of a picture
MARKS = {"data-filename", *QUOTE_MARKS}


def block_remote_content(body: str, pictures: Mapping[str, bytes] = MappingProxyType({})) -> str:
    """Return the HTML of a mail without scripts, forms and remote content.

    Remote content would tell the sender when and where the mail is read. Links stay. HTML that exceeds a limit is
    replaced by the beginning of its text.

    :param pictures: pictures of the mail by Content-ID, displayed in their places
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
    return clean(get_inner_html(root))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _show_pictures(root: etree.Element, pictures: Mapping[str, bytes]) -> None:
    """Embed the pictures of a mail as `data:` URLs, up to `MAX_SHOWN_PICTURES`."""
    room = MAX_SHOWN_PICTURES
    for node in root.iter("img") if pictures else ():
        content = pictures.get(node.get("src", "").removeprefix("cid:"), b"")
        kind = guess_mimetype(content, default="")
        if kind in _PICTURES and len(content) <= room:
            room -= len(content)
            node.set("src", f"data:{kind};base64,{base64.b64encode(content).decode()}")


def hold_picture(node: etree.Element, source: str) -> None:
    """Store the URL of a remote picture in an attribute that loads nothing."""
    if remote := _REMOTE.match(source):
        node.set(HELD, source.strip() if remote["scheme"] else f"https:{source.strip()}")


def release_pictures(body: str) -> str:
    """Return HTML in which remote pictures have their sources again, see :func:`hold_picture`."""
    if HELD not in body:
        return body
    root = _parse(body)
    for node in root.iter("img"):
        if source := node.attrib.pop(HELD, None):
            node.set("src", source)
    return get_inner_html(root)


def get_held_pictures(body: str) -> list[str]:
    """Return the URLs stored by :func:`hold_picture`."""
    return [node.get(HELD) for node in _parse(body).iter("img") if node.get(HELD)] if HELD in body else []


def _parse(body: str) -> etree.Element:
    # huge_tree: libxml2 would cut long texts
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    # bytes: lxml refuses a str with an encoding declaration; sanitized HTML may still contain "&#27;"
    page = f"<html><body>{drop_control_characters(body)}</body></html>".encode()
    return lxml.html.document_fromstring(page, parser=parser).find("body")


def disarm(node: etree.Element, marks: set[str] = frozenset()) -> None:
    """Remove the attributes of a node that load something or act on the page around the mail.

    :param marks: `data-` attributes that stay; scripts of the page may act on any other
    """
    for name, value in node.items():
        if name == "style":
            if (kept := drop_loading(value)) != value:
                node.set(name, kept)
        elif name in _REACHES_OUT or _loads(node, name, value) or (name.startswith("data-") and name not in marks):
            del node.attrib[name]


def _loads(node: etree.Element, name: str, value: str) -> bool:
    """Return whether a browser loads something because of an attribute."""
    if name not in defs.link_attrs and "src" not in name:
        return False
    return not (name == "href" and node.tag in ("a", "area")) and not _LOADED_WITH_MAIL.match(value)
