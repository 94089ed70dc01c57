"""The rows of the table: what was measured, against what, and whether it is good enough."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

_WIDTHS = (46, 30, 34)


@dataclass
class Row:
    """One line of the result.

    :param str key: name of the row in `bench.json`
    :param str what: what was measured, against what
    :param str target: what is wanted, in words
    :param str value: what came out, in words
    :param bool passed: None when there is no target, or it was not measured
    :param dict figures: the numbers behind it, with their spread
    :param str note: what to know about it
    """

    key: str
    what: str
    target: str
    value: str
    passed: bool | None = None
    figures: dict = field(default_factory=dict)
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return pass or miss in a word."""
        return {True: "pass", False: "MISS", None: "-"}[self.passed]

    def as_dict(self) -> dict:
        """Return what `bench.json` says of it."""
        return asdict(self)


def skip(key: str, what: str, target: str, why: str) -> Row:
    """Return the row of what was not measured."""
    return Row(key, what, target, "not measured", None, {}, why)


def format_table(rows: Iterable[Row]) -> str:
    """Return the rows as a text that fits a terminal."""
    lines = [_format(("what", "target", "measured"), "")]
    lines.append("-" * len(lines[0]))
    for row in rows:
        lines.append(_format((row.what, row.target, row.value), row.verdict))
        if row.note:
            lines += textwrap.wrap(row.note, sum(_WIDTHS), initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def _format(cells: Iterable[str], verdict: str) -> str:
    """Return one row, as many lines as its longest cell needs."""
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, _WIDTHS, strict=True)]
    lines = []
    for index in range(max(map(len, wrapped))):
        parts = [cell[index] if index < len(cell) else "" for cell in wrapped]
        parts = [part.ljust(width) for part, width in zip(parts, _WIDTHS, strict=True)]
        lines.append("  ".join([*parts, verdict if not index else ""]).rstrip())
    return "\n".join(lines)
