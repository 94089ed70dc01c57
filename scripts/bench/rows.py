"""The rows of the table: what was measured, against what, and whether it is good enough."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace

_WIDTHS = (46, 30, 34)
# Where a row has its number, in the order in which they are looked for
_NUMBERS = (("ratio", "median"), ("p95",), ("times", "dropbox", "median"), ("per_second",))


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

    @property
    def number(self) -> float | None:
        """Return the number that tells one run from another; None if there is none."""
        for path in _NUMBERS:
            found = self.figures
            for name in path:
                found = found.get(name) if isinstance(found, dict) else None
            if isinstance(found, int | float):
                return found
        return None

    @property
    def is_broken(self) -> bool:
        """Return whether mails were lost or filed twice, which no other run makes up for."""
        return bool(self.figures.get("lost") or self.figures.get("double"))

    def as_dict(self) -> dict:
        """Return what `bench.json` says of it."""
        return asdict(self)


def skip(key: str, what: str, target: str, why: str) -> Row:
    """Return the row of what was not measured."""
    return Row(key, what, target, "not measured", None, {}, why)


def combine(runs: Sequence[Sequence[Row]]) -> list[Row]:
    """Return one row for those of each run: the run in the middle, with the lowest and the highest of all.

    :param runs: the rows of each; the last one may have fewer
    """
    by_key: dict[str, list[Row]] = {}
    for run in runs:
        for row in run:
            by_key.setdefault(row.key, []).append(row)
    return [_combine(rows) for rows in by_key.values()]


def _combine(rows: list[Row]) -> Row:
    measured = sorted((row for row in rows if row.number is not None), key=lambda row: row.number)
    if len(rows) == 1 or len(measured) < len(rows):
        return next((row for row in rows if row.passed is False), rows[0])
    row = next((row for row in rows if row.is_broken), measured[(len(rows) - 1) // 2])
    numbers = [each.number for each in measured]
    passes = sum(each.passed is True for each in rows)
    verdict = f", {passes} of them passed" if row.passed is not None else ""
    return replace(
        row,
        value=f"{row.value}; in {len(rows)} runs {numbers[0]:.2f} to {numbers[-1]:.2f}{verdict}",
        figures={**row.figures, "runs": numbers},
    )


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
