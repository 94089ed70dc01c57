"""Part `latency`: from acceptance by the mail server to the chatter, at one email a second."""

import itertools
import time

from .results import Row, get_p95, summarize
from .servers import Dovecot, Sent, Site, submit

_KINDS = ("plain", "html", "plain", "html", "plain", "html", "plain", "attachment")
_DOMAINS = {"pipe": "pipe.example", "poll": "poll.example"}
_SECONDS = {"pipe": 1, "poll": 65}
_WHAT = "from SMTP accept to the message standing in the chatter, 1 mail per second"
_TARGET = "p95 below {} s"


def measure(context: dict) -> list[Row]:
    """Send an email a second by the pipe and, if the plan says so, one into the polled mailbox."""
    site = Site(context, "latency")
    seconds, poll = context["load"]["seconds"], context["load"]["poll"]
    ways = ["pipe", "poll"] if poll else ["pipe"]
    with Dovecot(site.folder / "dovecot") as dovecot:
        if poll:
            _poll_from(site, dovecot)
        mailbox = {"mailbox_domains": [_DOMAINS["poll"]], "mailbox": dovecot}
        with (
            site.node("all", max_cron_threads=1) as odoo,
            site.routes({_DOMAINS["pipe"]: [odoo]}, **mailbox) as postfix,
        ):
            warm_up = site.write(("plain",), 20, _DOMAINS["pipe"])
            submit(postfix.smtp_port, warm_up, senders=1)
            site.wait(warm_up, 120)
            mails = {way: site.write(_KINDS, seconds, _DOMAINS[way]) for way in ways}
            for each in mails.get("poll", ()):
                each.recipient = f"crm+{each.recipient}"  # the polled mailbox has plus addresses
            times = (time.monotonic() + number / len(ways) for number in itertools.count())
            every = list(itertools.chain(*zip(*mails.values(), strict=True)))
            submit(postfix.smtp_port, every, 1, lambda: time.sleep(max(0, next(times) - time.monotonic())))
            site.wait(every, 150)  # the last poll is at most a minute away
    rows = [_describe(site, way, mails[way]) for way in ways]
    if not poll:
        note = "a poll takes a minute: in the full run only"
        rows.append(Row("poll", f"{_WHAT}: poll", _TARGET.format(_SECONDS["poll"]), note=note))
    return rows


def _poll_from(site: Site, dovecot: Dovecot) -> None:
    """Let Odoo's own job poll the mailbox each minute, as the addon sets it for a new Odoo."""
    values = {"name": "Benchmark", "server_type": "imap", "server": "127.0.0.1", "is_ssl": False, "state": "done"}
    values |= {"port": dovecot.imap_port, "user": dovecot.user, "password": dovecot.password}
    interval = {"active": True, "interval_number": 1, "interval_type": "minutes"}
    with site.database.open() as env:
        env["fetchmail.server"].create(values)
        env.ref("mail.ir_cron_mail_gateway_action").write(interval)


def _describe(site: Site, way: str, sent: list[Sent]) -> Row:
    taken = [each.filed - each.accepted for each in sent]
    p95, figure, copies = get_p95(taken), summarize(taken), site.count_copies(sent)
    return Row(
        way,
        f"{_WHAT} for {len(sent)} s: {way}",
        _TARGET.format(_SECONDS[way]),
        f"p95 {p95:.2f} s",
        p95 < _SECONDS[way] and not any(copies.values()),
        {"seconds": figure, "p95": round(p95, 4), "all": [round(value, 3) for value in taken], **copies},
        f"median {figure['median']:.2f} s, longest {max(taken):.2f} s of {len(taken)} mails; {copies['lost']} lost, "
        f"{copies['double']} double",
    )
