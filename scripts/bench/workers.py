"""Part `workers`: emails per second through the whole way in, with one worker, two, and two servers."""

import os
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import psutil

from .results import Row, compare, format_figure, summarize, take_turns
from .servers import SENDERS, Odoo, Postfix, Sent, Site, submit

_KINDS = ("plain", "html", "plain", "html", "plain", "html", "plain", "html", "plain", "attachment")
_SIDES = {"one": "one.example", "two": "two.example", "nodes": "nodes.example"}
_TIMEOUT = 300
TARGET = 1.4


def measure(context: dict) -> list[Row]:
    """Return the rows about several workers and several servers."""
    site = Site(context, "workers")
    with (
        site.node("one", workers=1) as one,
        site.node("two", workers=2) as two,
        site.node("a", workers=1) as first,
        site.node("b", workers=1) as second,
    ):
        nodes = {"one": [one], "two": [two], "nodes": [first, second]}
        with site.routes({_SIDES[side]: servers for side, servers in nodes.items()}) as postfix:
            return Load(site, nodes, postfix).measure(**context["load"])


class Load:
    """Sends emails as fast as the mail server accepts them, and measures how fast they are logged."""

    def __init__(self, site: Site, nodes: dict[str, list[Odoo]], postfix: Postfix):
        self.site = site
        self.nodes = nodes
        self.postfix = postfix
        self.sent: list[Sent] = []
        self.rates: dict[str, list[float]] = {side: [] for side in _SIDES}
        self.shares: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in _SIDES}

    def measure(self, rounds: int, mails: int, mails_killed: int) -> list[Row]:
        """Return the rows.

        :param mails: number per round
        :param mails_killed: number while a server is killed
        """
        for side in _SIDES:  # every worker loads its registry
            warm_up = self.site.write(_KINDS, 40, _SIDES[side])
            submit(self.postfix.smtp_port, warm_up)
            self.site.wait(warm_up, _TIMEOUT)
        for _number, side in take_turns(list(_SIDES), rounds):
            self._send(side, mails)
        figures = {
            "per_second": {side: summarize(values) for side, values in self.rates.items()},
            "shares": {
                side: {program: summarize(values) for program, values in programs.items()}
                for side, programs in self.shares.items()
            },
            **self.site.count_copies(self.sent),
        }
        workers = self._describe_workers({"ratio": compare(self.rates["two"], self.rates["one"]), **figures})
        figures |= self._kill_one(mails_killed)  # its copies are those of all emails
        return [workers, self._describe_nodes({"ratio": compare(self.rates["nodes"], self.rates["one"]), **figures})]

    def _send(self, side: str, count: int) -> None:
        """Send emails, and record the emails logged per second and the load of each program."""
        sent = self.site.write(_KINDS, count, _SIDES[side])
        before, started = self._read_seconds(side), time.time()
        submit(self.postfix.smtp_port, sent)
        self.site.wait(sent, _TIMEOUT)
        available = (time.time() - started) * os.cpu_count()
        for program, seconds in self._read_seconds(side).items():
            self.shares[side][program].append((seconds - before[program]) / available)
        self.rates[side].append(count / (max(each.filed for each in sent) - started))
        self.sent += sent

    def _read_seconds(self, side: str) -> dict[str, float]:
        """Return the processor seconds of each program so far."""
        own = psutil.Process().cpu_times()
        seconds = defaultdict(float, {"bench itself": own.user + own.system})
        names = ["odoo a", "odoo b"] if side == "nodes" else ["odoo"]
        roots = [(name, node.process.pid) for name, node in zip(names, self.nodes[side], strict=True)]
        roots += [("postgresql", self.site.context["postgres_pid"]), ("postfix", self.postfix._get_pid())]
        for program, pid in roots:
            for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
                times = process.cpu_times()
                seconds[program] += times.user + times.system
                # the delivery script is a child of Postfix's pipes
                child = "delivery script" if process.name() == "pipe" else program
                seconds[child] += times.children_user + times.children_system
        return seconds

    def _kill_one(self, count: int) -> dict:
        """Kill one of the two servers while they work, and return the figures of it."""
        sent = self.site.write(_KINDS, count, _SIDES["nodes"])
        started = time.time()
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(submit, self.postfix.smtp_port, sent)
            self.site.wait(sent, _TIMEOUT, count // 2)
            self.nodes["nodes"][1].kill()
            killed = time.time()
            sending.result()
        self.site.wait(sent, _TIMEOUT)
        before = sum(each.filed <= killed for each in sent)
        ended = max(each.filed for each in sent)
        return {
            "before_kill": round(before / (killed - started), 2),
            "after_kill": round((count - before) / (ended - killed), 2),
            "killed": round(killed - started, 2),
            "filed": sorted(round(each.filed - started, 2) for each in sent),
            **self.site.count_copies([*self.sent, *sent]),
        }

    @staticmethod
    def _describe_workers(figures: dict) -> Row:
        lost, double, ratio = figures["lost"], figures["double"], figures["ratio"]
        return Row(
            "workers",
            f"two Odoo worker processes against one, {SENDERS} senders at once, through SMTP, Postfix and the delivery "
            f"script, {os.cpu_count()} cores for all",
            f"at least {TARGET} times the mails per second; none lost, none double",
            f"{format_figure(ratio)} times; {lost} lost, {double} double",
            ratio["median"] >= TARGET and not lost and not double,
            figures,
            f"one worker {_describe_rate(figures, 'one')}; two workers {_describe_rate(figures, 'two')}",
        )

    @staticmethod
    def _describe_nodes(figures: dict) -> Row:
        lost, double, ratio = figures["lost"], figures["double"], figures["ratio"]
        before, after = figures["before_kill"], figures["after_kill"]
        return Row(
            "nodes",
            "two Odoo servers with sessions of their own on one PostgreSQL and one file store, against one; one is "
            "killed",
            f"at least {TARGET} times the mails per second; half the rate when one is killed; none lost, none double",
            f"{format_figure(ratio)} times; {after / before:.2f} of the rate when one is killed; "
            f"{lost} lost, {double} double",
            ratio["median"] >= TARGET and after >= before / 2 and not lost and not double,
            figures,
            f"two servers {_describe_rate(figures, 'nodes')}; before one was killed {before:.1f}, after it {after:.1f}",
        )


def _describe_rate(figures: dict, side: str) -> str:
    """Return emails per second, and the share of each program in all processors, the highest first."""
    shares = sorted(((share["median"], name) for name, share in figures["shares"][side].items()), reverse=True)
    rate = figures["per_second"][side]["median"]
    return f"{rate:.1f} mails a second ({', '.join(f'{name} {share:.0%}' for share, name in shares)})"
