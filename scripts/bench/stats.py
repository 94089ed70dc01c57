"""Medians, their spread, and the order in which two sides take turns."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """A median with its spread.

    :param float low: first quartile
    :param float high: third quartile
    :param int count: of the values
    """

    median: float
    low: float
    high: float
    count: int

    def as_dict(self) -> dict:
        """Return what `bench.json` says of it."""
        return {name: round(value, 6) for name, value in asdict(self).items()}

    def format(self, unit: str = "", digits: int = 2) -> str:
        """Return the median, and the spread in brackets."""
        numbers = [f"{value:.{digits}f}" for value in (self.median, self.low, self.high)]
        return f"{numbers[0]}{unit} ({numbers[1]} to {numbers[2]})"


def summarize(values: Iterable[float]) -> Figure:
    """Return median and quartiles of some values."""
    values = sorted(values)
    return Figure(statistics.median(values), percentile(values, 25), percentile(values, 75), len(values))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent of all are not above, between two by proportion."""
    values = sorted(values)
    position = (len(values) - 1) * percent / 100
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)


def compare(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """Return the ratio of two sides, computed for each pair of rounds."""
    return summarize(own / other for own, other in zip(ours, theirs, strict=True))


def take_turns(sides: Sequence, rounds: int) -> Iterator[tuple[int, object]]:
    """Yield each side once per round, together with the round; who is first changes.

    What the machine does besides hits all sides alike.
    """
    for number in range(rounds):
        start = number % len(sides)
        for side in (*sides[start:], *sides[:start]):
            yield number, side
