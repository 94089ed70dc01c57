"""Rows of the table and the figures behind them. Standard library only, because `./dev` itself imports it."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest
from statistics import quantiles

_WIDTHS = (46, 30, 34, 4)


@dataclass
class Row:
    """One line of the result; `passed` is None if there is no target, or nothing was measured."""

    key: str
    what: str
    target: str
    value: str = "not measured"
    passed: bool | None = None
    figures: dict = field(default_factory=dict)
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return the result in one word."""
        return {True: "pass", False: "MISS", None: "-"}[self.passed]

    @property
    def number(self) -> float | None:
        """Return the number to compare runs by, None if there is none."""
        figures = self.figures
        times = figures.get("times", {}).get("dropbox", {})
        return figures.get("ratio", times).get("median", figures.get("p95", figures.get("per_second")))


def summarize(values: Iterable[float]) -> dict:
    """Return the median of some values, their quartiles (`low`, `high`) and their `count`."""
    values = list(values)
    low, median, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": round(median, 6), "low": round(low, 6), "high": round(high, 6), "count": len(values)}


def get_p95(values: Iterable[float]) -> float:
    """Return the value that 95% of at least two values do not exceed."""
    return quantiles(values, n=20, method="inclusive")[-1]


def compare(ours: Sequence[float], theirs: Sequence[float]) -> dict:
    """Return the ratio of two sides, computed per pair, as :func:`summarize` does."""
    return summarize(own / other for own, other in zip(ours, theirs, strict=True))


def format_figure(figure: dict, digits: int = 2) -> str:
    """Return the median, with the quartiles in brackets."""
    median, low, high = (f"{figure[name]:.{digits}f}" for name in ("median", "low", "high"))
    return f"{median} ({low} to {high})"


def take_turns(sides: Sequence[str], rounds: int) -> Iterator[tuple[int, str]]:
    """Yield the number of the round and a side, each side once per round, so that other load hits all sides alike."""
    for number in range(rounds):
        start = number % len(sides)
        for side in (*sides[start:], *sides[:start]):
            yield number, side


def combine(runs: Sequence[Sequence[Row]]) -> list[Row]:
    """Return one row for those of each run: the run in the middle, with the lowest and the highest number of all.

    :param runs: the rows of each; the last one may have fewer
    """
    rows = list(chain(*runs))
    return [_combine([row for row in rows if row.key == key]) for key in dict.fromkeys(row.key for row in rows)]


def _combine(rows: list[Row]) -> Row:
    measured = sorted((row for row in rows if row.number is not None), key=lambda row: row.number)
    if len(rows) == 1 or len(measured) < len(rows):
        return next((row for row in rows if row.passed is False), rows[0])
    # a lost or doubled email is a failure, whatever the other runs found
    broken = (row for row in rows if row.figures.get("lost") or row.figures.get("double"))
    row = next(broken, measured[(len(rows) - 1) // 2])
    numbers = [each.number for each in measured]
    passes = f", {sum(each.passed is True for each in rows)} of them passed" if row.passed is not None else ""
    value = f"{row.value}; in {len(rows)} runs {numbers[0]:.2f} to {numbers[-1]:.2f}{passes}"
    return replace(row, value=value, figures={**row.figures, "runs": numbers})


def format_table(rows: Iterable[Row]) -> str:
    """Return the rows as a text that fits a terminal."""
    lines = [_format_cells("what", "target", "measured", ""), "-" * (sum(_WIDTHS) + 6)]
    for row in rows:
        lines.append(_format_cells(row.what, row.target, row.value, row.verdict))
        lines += textwrap.wrap(row.note, sum(_WIDTHS), initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def _format_cells(*cells: str) -> str:
    wrapped = (textwrap.wrap(cell, width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return "\n".join("  ".join(map(str.ljust, line, _WIDTHS)).rstrip() for line in zip_longest(*wrapped, fillvalue=""))
