"""Part `workers`: emails per second by the script with one worker, two workers and two servers, and by the receiver."""

import contextlib
import os
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import psutil

from .results import Row, compare, format_figure, summarize, take_turns
from .servers import SENDERS, Odoo, Postfix, Receiver, Sent, Site, submit

_KINDS = ("plain", "html", "plain", "html", "plain", "html", "plain", "html", "plain", "attachment")
_SIDES = {side: f"{side}.example" for side in ("one", "two", "nodes", "lmtp", "smtp", "single")}
_RECEIVER = {"lmtp": "receiver behind Postfix (LMTP)", "smtp": "receiver alone (SMTP)"}
_TIMEOUT = 300
TARGET, RECEIVER_TARGET, RECEIVER_MS = 1.4, 1.5, 5


def measure(context: dict) -> list[Row]:
    """Return the rows about several workers and several servers."""
    site = Site(context, "workers")
    with (
        site.node("one", workers=1) as one,
        site.node("two", workers=2) as two,
        site.node("a", workers=1) as first,
        site.node("b", workers=1) as second,
        Receiver(site.folder / "receiver", site.database.name, two.url) as receiver,
        Receiver(site.folder / "receiver-single", site.database.name, one.url) as single,
    ):
        nodes = {"one": [one], "two": [two], "nodes": [first, second]}
        receivers = {"lmtp": receiver, "smtp": receiver, "single": single}
        routes = {_SIDES[side]: f"lmtp:inet:127.0.0.1:{receivers[side].lmtp_port}" for side in ("lmtp", "single")}
        settings, domains = (
            {"lmtp_destination_concurrency_limit": SENDERS},
            {_SIDES[side]: nodes[side] for side in nodes},
        )
        with site.routes(domains, dropbox_routes=routes, settings=settings) as postfix:
            nodes |= {"lmtp": [two], "smtp": [two], "single": [one]}
            return Load(site, nodes, postfix, receivers).measure(**context["load"])


class Load:
    """Sends emails as fast as the mail server accepts them, and measures how fast they are logged."""

    def __init__(self, site: Site, nodes: dict[str, list[Odoo]], postfix: Postfix, receivers: dict[str, Receiver]):
        self.site, self.nodes, self.postfix, self.receivers = site, nodes, postfix, receivers
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
            self._submit(side, warm_up)
            self.site.wait(warm_up, _TIMEOUT)
        for _number, side in take_turns(list(_SIDES), rounds):
            self._send(side, mails)
        shares = {side: {name: summarize(of_one) for name, of_one in self.shares[side].items()} for side in self.shares}
        figures = {
            "per_second": {side: summarize(values) for side, values in self.rates.items()},
            "shares": shares,
            **self.site.count_copies(self.sent),
        }
        rows = [
            self._describe_workers("workers", "one", "two", "the delivery script", figures),
            self._describe_workers("receiver_workers", "single", "lmtp", "the receiver (LMTP)", figures),
            *(self._describe_receiver(side, figures) for side in _RECEIVER),
        ]
        figures |= self._kill_one(mails_killed)  # its copies are those of all emails
        return [*rows, self._describe_nodes(figures)]

    def _submit(self, side: str, sent: list[Sent]) -> None:
        submit((self.receivers[side] if side == "smtp" else self.postfix).smtp_port, sent)

    def _send(self, side: str, count: int) -> None:
        """Send emails, and record the emails logged per second and the load of each program."""
        sent = self.site.write(_KINDS, count, _SIDES[side])
        before, started = self._read_seconds(side), time.time()
        self._submit(side, sent)
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
        roots += (("receiver", receiver.process.pid) for receiver in {*self.receivers.values()})
        for program, pid in roots:
            for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):  # its parent now has its times
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

    def _describe_workers(self, key: str, one: str, two: str, program: str, figures: dict) -> Row:
        what = (
            f"two Odoo worker processes against one, {SENDERS} senders at once, through SMTP, Postfix and {program}, "
            f"{os.cpu_count()} cores for all"
        )
        note = f"one worker {_describe_rate(figures, one)}; two workers {_describe_rate(figures, two)}"
        return self._compare(key, two, one, figures, what, note)

    def _describe_receiver(self, side: str, figures: dict) -> Row:
        what = f"{_RECEIVER[side]} against the delivery script behind Postfix, both with two Odoo worker processes"
        share, rate = figures["shares"][side]["receiver"]["median"], figures["per_second"][side]["median"]
        cost = 1000 * share * os.cpu_count() / rate
        more = f"at most {RECEIVER_MS} ms of a processor per mail", f"{cost:.1f} ms", cost <= RECEIVER_MS
        note = _describe_rate(figures, side)
        return self._compare(f"receiver_{side}", side, "two", figures, what, note, RECEIVER_TARGET, more)

    def _describe_nodes(self, figures: dict) -> Row:
        what = "two Odoo servers with own sessions on one PostgreSQL and one file store, against one; one is killed"
        before, after = figures["before_kill"], figures["after_kill"]
        kept = f"{after / before:.2f} of the rate when one is killed"
        note = f"two servers {_describe_rate(figures, 'nodes')}; until one was killed {before:.1f}, then {after:.1f}"
        more = "half the rate when one is killed", kept, after >= before / 2
        return self._compare("nodes", "nodes", "one", figures, what, note, TARGET, more)

    def _compare(self, key, side, other, figures, what, note, target=TARGET, more=("", "", True)) -> Row:
        """Return the row about the rate of one side against another.

        :param more: another target, what was measured, and whether that is enough
        """
        ratio, lost, double = compare(self.rates[side], self.rates[other]), figures["lost"], figures["double"]
        wanted, found, is_enough = more
        wanted = [f"at least {target} times the mails per second", wanted, "none lost, none double"]
        found = [f"{format_figure(ratio)} times", found, f"{lost} lost, {double} double"]
        passed = ratio["median"] >= target and is_enough and not lost and not double
        texts = ("; ".join(filter(None, each)) for each in (wanted, found))
        return Row(key, what, *texts, passed, {"ratio": ratio, **figures}, note)


def _describe_rate(figures: dict, side: str) -> str:
    """Return emails per second, and the share of each program in all processors, the highest first."""
    shares = sorted(((share["median"], name) for name, share in figures["shares"][side].items()), reverse=True)
    rate = figures["per_second"][side]["median"]
    return f"{rate:.1f} mails a second ({', '.join(f'{name} {share:.0%}' for share, name in shares)})"
