"""Colours of HTML mails: Odoo's sanitiser drops some backgrounds, which would leave white text on white."""

import colorsys
import re

from lxml import etree

_DIGITS = re.compile(r"[0-9a-fA-F]{6}")
_COLOR = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^()]{0,60}\)|(?<![a-z])[a-z]+(?![-\w(])", re.IGNORECASE)
_URL = re.compile(r"url\([^()]{0,2000}\)?", re.IGNORECASE)
_NUMBER = re.compile(r"[\d.]+")
_NO_COLORS = {
    *("auto", "border", "bottom", "center", "contain", "cover", "fixed", "inherit", "initial", "important", "left"),
    *("local", "none", "repeat", "revert", "right", "round", "scroll", "space", "text", "to", "top", "transparent"),
    *("unset", "x", "y", "deg", "turn", "rad", "px", "em", "at", "circle", "ellipse", "currentcolor"),
}
_LIGHT_NAMES = {
    *("aliceblue", "azure", "beige", "cornsilk", "floralwhite", "ghostwhite", "honeydew", "ivory", "lavender"),
    *("lavenderblush", "lemonchiffon", "lightcyan", "lightgoldenrodyellow", "lightyellow", "linen", "mintcream"),
    *("mistyrose", "oldlace", "papayawhip", "seashell", "snow", "white", "whitesmoke"),
}
_LIGHT = 0.85
_HIDDEN = re.compile(r"display\s*:\s*none|font-size\s*:\s*[01](?:px|pt)?\s*(?:;|$)|opacity\s*:\s*0\s*(?:;|$)", re.I)


def keep_background(attributes: dict[str, str]) -> None:
    """Convert the background of an element to ``background-color``, which Odoo's sanitiser keeps.

    :param dict attributes: attributes of the element, modified in place
    """
    bgcolor, style = attributes.pop("bgcolor", ""), attributes.get("style", "")
    if not bgcolor and "background" not in style.lower():
        return
    settings = _read_style(style)
    if not find_color(settings.get("background-color", "")):
        color = find_color(_URL.sub(" ", settings.get("background", ""))) or find_color(bgcolor)
        if color:
            attributes["style"] = f"{style.rstrip().removesuffix(';')};background-color:{color}".lstrip(";")


def read_page_style(attributes: dict[str, str]) -> str:
    """Return the colours of a dark page as a style, empty for other pages.

    :param dict attributes: attributes of ``body`` after :func:`keep_background`
    """
    settings = _read_style(attributes.get("style", ""))
    background = find_color(settings.get("background-color", ""))
    if not background or _is_light(background):
        return ""
    color = find_color(settings.get("color", "")) or find_color(attributes.get("text", ""))
    return f"background-color:{background}" + (f";color:{color}" if color else "")


def find_color(value: str) -> str:
    """Return the first colour in the value of a style declaration, empty if there is none."""
    value = value.strip()
    if _DIGITS.fullmatch(value):  # bgcolor of older programs
        return f"#{value}"
    for match in _COLOR.finditer(value[:200]):
        if match[0].lower() not in _NO_COLORS:
            return match[0]
    return ""


def mend_colors(root: etree.Element) -> None:
    """Remove the colour of light text that has no background any more."""
    known: dict[str, tuple[bool, bool]] = {}
    colored: set[etree.Element] = set()
    for node in root.iter(etree.Element):
        style = node.get("style", "")
        if style not in known:
            known[style] = _look_at(style)
        has_background, is_light = known[style]
        if has_background or (colored and node.getparent() in colored):
            colored.add(node)
            continue
        if is_light:
            settings = _read_style(style)
            settings.pop("color")
            node.set("style", ";".join(f"{name}:{value}" for name, value in settings.items()))
        if node.tag == "font" and _is_light(node.get("color", "")):
            del node.attrib["color"]


def _look_at(style: str) -> tuple[bool, bool]:
    """Return whether a style has a background; if not, also whether it has light text that is not hidden."""
    if "color" not in style.lower():
        return False, False
    settings = _read_style(style)
    if find_color(settings.get("background-color", "")):
        return True, False
    return False, _is_light(settings.get("color", "")) and not _HIDDEN.search(style)


def _read_style(style: str) -> dict[str, str]:
    """Return the declarations of a style by property name in lower case; the last one wins."""
    settings = {}
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            settings[name.strip().lower()] = value.strip()
    return settings


def _is_light(color: str) -> bool:
    """Return whether a colour is unreadable on white."""
    color = find_color(color).lower()
    if color.startswith("#"):
        digits = color[1:]
        digits = "".join(digit * 2 for digit in digits[:3]) if len(digits) < 6 else digits[:6]
        red, green, blue = (int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4))
    elif numbers := [float(number) for number in _NUMBER.findall(color) if number.count(".") < 2 and number != "."][:3]:
        if len(numbers) < 3:
            return False
        if color.startswith("hsl"):
            red, green, blue = colorsys.hls_to_rgb(numbers[0] % 360 / 360, numbers[2] / 100, numbers[1] / 100)
        else:
            red, green, blue = (number / 255 for number in numbers)
    else:
        return color in _LIGHT_NAMES
    return 0.299 * red + 0.587 * green + 0.114 * blue >= _LIGHT
