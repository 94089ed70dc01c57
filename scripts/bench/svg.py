"""Draws bars and lines as SVG, with the standard library alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_COLOURS = ("#714b67", "#c9b8c4", "#017e84", "#e0a030")
_WIDTH, _LEFT, _RIGHT, _BAR = 720, 250, 90, 16
_FONT = 'font-family="sans-serif" font-size="12" fill="#333"'


def draw_bars(title: str, bars: Mapping[str, Mapping[str, float]], unit: str) -> str:
    """Return horizontal bars.

    :param bars: for each group the length of its bars by their name
    """
    highest = max(value for group in bars.values() for value in group.values()) or 1
    names = list(dict.fromkeys(name for group in bars.values() for name in group))
    parts, y = [_legend(names)], 60
    for group, values in bars.items():
        middle = y + _BAR * len(values) / 2 + 4
        parts.append(f'<text x="{_LEFT - 8}" y="{middle:.0f}" text-anchor="end" {_FONT}>{escape(group)}</text>')
        for name, value in values.items():
            width = (_WIDTH - _LEFT - _RIGHT) * value / highest
            colour = _COLOURS[names.index(name) % len(_COLOURS)]
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 2}" fill="{colour}"/>')
            label = f"{value:.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"
            parts.append(f'<text x="{_LEFT + width + 6:.1f}" y="{y + 11}" {_FONT}>{label}</text>')
            y += _BAR
        y += 10
    return _frame(title, parts, y + 4)


def draw_lines(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], axes: tuple[str, str]) -> str:
    """Return lines through points.

    :param axes: what the numbers from left to right are, and those from bottom to top
    """
    left, top, right, bottom = 60, 60, _WIDTH - 20, 320
    points = [point for line in lines.values() for point in line]
    highest_x, highest_y = (max(point[axis] for point in points) or 1 for axis in (0, 1))
    parts = [_legend(list(lines))]
    for step in range(5):
        y, x = bottom - (bottom - top) * step / 4, left + (right - left) * step / 4
        parts.append(f'<path d="M{left} {y:.0f}H{right}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end" {_FONT}>{highest_y * step / 4:,.4g}</text>'
        )
        parts.append(
            f'<text x="{x:.0f}" y="{bottom + 18}" text-anchor="middle" {_FONT}>{highest_x * step / 4:,.4g}</text>'
        )
    for number, line in enumerate(lines.values()):
        places = " ".join(
            f"{left + (right - left) * x / highest_x:.1f},{bottom - (bottom - top) * y / highest_y:.1f}"
            for x, y in line
        )
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>')
    across, upwards = map(escape, axes)
    parts.append(f'<text x="{right}" y="{bottom + 38}" text-anchor="end" {_FONT}>{across}</text>')
    parts.append(f'<text x="{left - 50}" y="{top - 8}" {_FONT}>{upwards}</text>')
    return _frame(title, parts, bottom + 50)


def _legend(names: Sequence[str]) -> str:
    parts, x = [], 250
    for number, name in enumerate(names):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(f'<rect x="{x}" y="31" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 17}" y="42" {_FONT}>{escape(name)}</text>')
        x += 40 + 7 * len(name)
    return "".join(parts)


def _frame(title: str, parts: Sequence[str], height: float) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" role="img">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="10" y="20" font-weight="bold" {_FONT}>{escape(title)}</text>'
    )
    return "\n".join([head, *parts, "</svg>", ""])
