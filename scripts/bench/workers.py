"""Part `workers`: mails per second through the whole way, with one worker, two, and two servers."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from .mta import SENDERS, Odoo, Routes
from .proc import Shares
from .rows import Row
from .site import Sent, Site, count_copies, submit
from .stats import Figure, compare, summarize, take_turns

_KINDS = ("plain", "html", "plain", "html", "plain", "html", "plain", "html", "plain", "attachment")
_SIDES = {"one": "one.example", "two": "two.example", "nodes": "nodes.example"}
_TIMEOUT = 300
TARGET = 1.4


def measure(context: dict) -> list[Row]:
    """Return the rows about several workers and several servers."""
    site = Site(context, Path(context["folder"]) / "workers")
    with (
        site.node("one", workers=1) as one,
        site.node("two", workers=2) as two,
        site.node("a", workers=1) as first,
        site.node("b", workers=1) as second,
    ):
        nodes = {"one": one, "two": two, "a": first, "b": second}
        gates = {_SIDES["one"]: [one], _SIDES["two"]: [two], _SIDES["nodes"]: [first, second]}
        with site.routes(gates) as postfix:
            return Load(site, nodes, postfix).measure(context["load"])


class Load:
    """Sends mails as fast as the mail server takes them, and looks how fast they are filed."""

    def __init__(self, site: Site, nodes: dict[str, Odoo], postfix: Routes):
        self.site = site
        self.nodes = nodes
        self.postfix = postfix
        self.sent: list[Sent] = []
        self.filed: list[float] = []
        self.killed = 0.0
        self.shares: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in _SIDES}

    def measure(self, load: dict) -> list[Row]:
        """Return the rows.

        :param load: how many mails are sent in a round, how many rounds there are, and how many mails while a
            server ends
        """
        for side in _SIDES:
            self._send(side, 40)  # every worker is to know its database
        rates: dict[str, list[float]] = {side: [] for side in _SIDES}
        for _number, side in take_turns(list(_SIDES), load["rounds"]):
            rates[side].append(self._send(side, load["mails"], shares=True))
        lost, double = count_copies(self.site.database.name, self.sent)
        before, after, killed_lost, killed_double = self._kill_one(load["mails_killed"])
        figures = {side: summarize(values).as_dict() for side, values in rates.items()}
        return [
            self._describe_workers(compare(rates["two"], rates["one"]), figures, lost, double),
            self._describe_nodes(
                compare(rates["nodes"], rates["one"]),
                figures,
                (before, after),
                lost + killed_lost,
                double + killed_double,
            ),
        ]

    def _send(self, side: str, count: int, *, shares: bool = False) -> float:
        """Send mails by eight senders and return how many a second were filed."""
        sent = self.site.write(_KINDS, count, _SIDES[side])
        names = ["a", "b"] if side == "nodes" else [side]
        roots = {f"odoo {name}" if len(names) > 1 else "odoo": [self.nodes[name].process.pid] for name in names}
        roots["postgresql"] = [self.site.context["postgres_pid"]]
        roots["postfix"] = [self.postfix._get_pid()]
        roots["bench itself"] = [os.getpid()]
        with self.site.watch() as watcher:
            watcher.expect(sent)
            used = Shares(roots)
            started = time.monotonic()
            submit(self.postfix.smtp_port, sent)
            watcher.wait(_TIMEOUT)
            seconds = max(each.filed for each in sent) - started
        if shares:
            for group, share in used.take(time.monotonic() - started).items():
                self.shares[side][group].append(share)
        self.sent += sent
        return count / seconds

    def _kill_one(self, count: int) -> tuple[float, float, int, int]:
        """Kill one of the two servers while they work.

        :return: mails per second before and after it, how many were lost, how many doubled
        """
        sent = self.site.write(_KINDS, count, _SIDES["nodes"])
        with self.site.watch() as watcher:
            watcher.expect(sent)
            started = time.monotonic()
            sender = threading.Thread(target=submit, args=[self.postfix.smtp_port, sent])
            sender.start()
            watcher.wait(_TIMEOUT, lambda: len(watcher.filed) >= count // 2)
            self.nodes["b"].kill()
            killed = time.monotonic()
            sender.join()
            watcher.wait(_TIMEOUT)
        self.filed = sorted(round(each.filed - started, 2) for each in sent)
        self.killed = round(killed - started, 2)
        before = sum(each.filed <= killed for each in sent)
        ended = max(each.filed for each in sent)
        return (
            before / (killed - started),
            (count - before) / (ended - killed),
            *count_copies(self.site.database.name, sent),
        )

    def _format_shares(self, side: str) -> str:
        """Say who had how much of all processors."""
        parts = sorted(((median(values), group) for group, values in self.shares[side].items()), reverse=True)
        return ", ".join(f"{group} {share:.0%}" for share, group in parts)

    def _all_shares(self) -> dict:
        return {
            side: {group: summarize(values).as_dict() for group, values in groups.items()}
            for side, groups in self.shares.items()
        }

    def _describe_workers(self, ratio: Figure, figures: dict, lost: int, double: int) -> Row:
        return Row(
            "workers",
            f"two Odoo worker processes against one, {SENDERS} senders at once, through SMTP, Postfix and the delivery "
            f"script, {os.cpu_count()} cores for all",
            f"at least {TARGET} times the mails per second; none lost, none double",
            f"{ratio.format()} times; {lost} lost, {double} double",
            ratio.median >= TARGET and not lost and not double,
            {
                "ratio": ratio.as_dict(), "per_second": figures, "shares": self._all_shares(), "mails": len(self.sent),
                "lost": lost, "double": double,
            },
            f"one worker {figures['one']['median']:.1f} mails a second ({self._format_shares('one')}); two workers "
            f"{figures['two']['median']:.1f} ({self._format_shares('two')})",
        )  # fmt: skip

    def _describe_nodes(self, ratio: Figure, figures: dict, rates: tuple[float, float], lost: int, double: int) -> Row:
        before, after = rates
        goes_on = after >= before / 2
        return Row(
            "nodes",
            "two Odoo servers with sessions of their own on one PostgreSQL and one file store, against one; one is "
            "killed",
            f"at least {TARGET} times the mails per second; half the rate when one is killed; none lost, none double",
            f"{ratio.format()} times; {after / before:.2f} of the rate when one is killed; "
            f"{lost} lost, {double} double",
            ratio.median >= TARGET and goes_on and not lost and not double,
            {
                "ratio": ratio.as_dict(), "per_second": figures, "before_kill": round(before, 2),
                "after_kill": round(after, 2), "lost": lost, "double": double, "killed": self.killed,
                "filed": self.filed,
            },
            f"two servers {figures['nodes']['median']:.1f} mails a second ({self._format_shares('nodes')}); before one "
            f"was killed {before:.1f}, after it {after:.1f}",
        )  # fmt: skip
