"""What processes take of processor and memory, as `/proc` tells it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One process: its own seconds of processor time, and those of its children that have ended."""

    pid: int
    parent: int
    name: str
    own: float
    ended: float


def read_processes() -> dict[int, Process]:
    """Return all processes by their number."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):  # it has just ended
                process = _read(path)
                found[process.pid] = process
    return found


def _read(path: Path) -> Process:
    head, _bracket, rest = (path / "stat").read_text().rpartition(")")
    values = rest.split()
    user, system, ended_user, ended_system = map(int, values[11:15])
    return Process(
        int(path.name),
        int(values[1]),
        head.partition("(")[2],
        (user + system) / _TICKS,
        (ended_user + ended_system) / _TICKS,
    )


def find_tree(root: int, processes: Mapping[int, Process], others: Container[int] = ()) -> list[Process]:
    """Return a process with all below it, but for other ones and what is below them."""
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    tree, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        if pid in processes:
            tree.append(processes[pid])
            waiting += [child for child in children.get(pid, []) if child not in others]
    return tree


class Shares:
    """Processor time of groups of processes, since the last time it was asked for.

    :param dict roots: for each group the processes that its others come from; one may be below that of another group
    """

    def __init__(self, roots: Mapping[str, list[int]]):
        self.roots = roots
        self.last = self._read()

    def _read(self) -> dict[str, float]:
        """Return the seconds of each group; the delivery script is a child of Postfix's pipes."""
        processes, seconds = read_processes(), {}
        every_root = {root for roots in self.roots.values() for root in roots}
        for group, roots in self.roots.items():
            tree = [process for root in roots for process in find_tree(root, processes, every_root)]
            scripts = sum(process.ended for process in tree if process.name == "pipe")
            if scripts:
                seconds["delivery script"] = seconds.get("delivery script", 0) + scripts
            seconds[group] = sum(process.own + process.ended for process in tree) - scripts
        return seconds

    def take(self, wall: float) -> dict[str, float]:
        """Return the share of each group in all processors over so many seconds."""
        now, before = self._read(), self.last
        self.last = now
        cores = os.cpu_count() or 1
        return {group: (now[group] - before.get(group, 0)) / (wall * cores) for group in now}


def read_memory(pid: int, field: str = "VmRSS") -> int:
    """Return the bytes of memory that a process has now (`VmRSS`), or had at most (`VmHWM`)."""
    match = re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


@contextlib.contextmanager
def peak_of(pids: list[int]) -> Iterator[dict[int, int]]:
    """Yield a dictionary that holds at the end by how many bytes each process grew at most.

    Where the kernel cannot forget the peak so far, the result may be too high, never too low.
    """
    resting = {}
    for pid in pids:
        forget = Path(f"/proc/{pid}/clear_refs")
        if forget.exists():
            forget.write_text("5")
        resting[pid] = read_memory(pid)
    peaks: dict[int, int] = {}
    yield peaks
    peaks.update({pid: read_memory(pid, "VmHWM") - resting[pid] for pid in pids})
