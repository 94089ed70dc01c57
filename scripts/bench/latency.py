"""Part `latency`: from the moment the mail server takes a mail until it stands in the chatter, one mail a second."""

from __future__ import annotations

import contextlib
import smtplib
import time
from pathlib import Path

from .mta import Dovecot
from .rows import Row, skip
from .site import Sent, Site, Watcher, count_copies, submit, submit_one
from .stats import percentile, summarize

_KINDS = ("plain", "html", "plain", "html", "plain", "html", "plain", "attachment")
_PIPE, _POLL = "pipe.example", "poll.example"
# One poll is at most a minute away, and what came by then is filed with it.
_LAST_POLL = 150
_TARGETS = {"pipe": 1, "poll": 65}


def measure(context: dict) -> list[Row]:
    """Send a mail a second by the pipe and one into the polled mailbox, as long as the plan says."""
    site = Site(context, Path(context["folder"]) / "latency")
    load = context["load"]
    with Dovecot(site.folder / "dovecot") as dovecot:
        ways = {"pipe": _PIPE, **({"poll": _POLL} if load["poll"] else {})}
        if load["poll"]:
            _poll_from(site, dovecot)
        with (
            site.node("all", max_cron_threads=1) as odoo,
            site.routes({_PIPE: [odoo]}, mailbox_domains=[_POLL], mailbox=dovecot) as postfix,
            site.watch() as watcher,
        ):
            _warm_up(site, postfix.smtp_port, watcher)
            sent = _send(site, postfix.smtp_port, watcher, ways, load["seconds"])
            watcher.wait(_LAST_POLL)
    rows = [_describe(way, sent[way], load["seconds"], site.database.name) for way in ways]
    if not load["poll"]:
        rows.append(skip("poll", _what("poll", 0), _target("poll"), "a poll takes a minute: in the full run only"))
    return rows


def _poll_from(site: Site, dovecot: Dovecot) -> None:
    """Let Odoo's own job poll the mailbox each minute."""
    values = {
        "name": "Benchmark", "server_type": "imap", "server": "127.0.0.1", "port": dovecot.imap_port, "is_ssl": False,
        "user": dovecot.user, "password": dovecot.password, "state": "done",
    }  # fmt: skip
    with site.database.open() as env:
        env["fetchmail.server"].create(values)
        # as the addon sets it for a new Odoo
        env.ref("mail.ir_cron_mail_gateway_action").write(
            {"active": True, "interval_number": 1, "interval_type": "minutes"}
        )


def _warm_up(site: Site, port: int, watcher: Watcher) -> None:
    """Let the server load its database, and each seller's rights, before it counts."""
    sent = site.write(("plain",), 20, _PIPE)
    watcher.expect(sent)
    submit(port, sent, senders=1)
    watcher.wait(120)


def _send(site: Site, port: int, watcher: Watcher, ways: dict[str, str], seconds: int) -> dict[str, list[Sent]]:
    """Send a mail each second in each way, evenly, and not as fast as before when one was late."""
    mails = {way: site.write(_KINDS, seconds, domain) for way, domain in ways.items()}
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        smtp = stack.enter_context(smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=60))
        for number in range(seconds):
            for index, way in enumerate(ways):
                due = started + number + index / len(ways)
                time.sleep(max(0, due - time.monotonic()))
                each = mails[way][number]
                watcher.expect([each])
                submit_one(smtp, each, _address(each, way))
    return mails


def _address(sent: Sent, way: str) -> str:
    """Return the dropbox as the way takes it: the polled mailbox has plus addresses."""
    return f"crm+{sent.recipient}" if way == "poll" else sent.recipient


def _describe(way: str, sent: list[Sent], seconds: int, database: str) -> Row:
    taken = [each.seconds for each in sent]
    p95 = percentile(taken, 95)
    lost, double = count_copies(database, sent)
    return Row(
        way,
        _what(way, seconds),
        _target(way),
        f"p95 {p95:.2f} s",
        p95 < _TARGETS[way] and not lost and not double,
        {
            "seconds": summarize(taken).as_dict(), "p95": round(p95, 4), "max": round(max(taken), 4),
            "all": [round(value, 3) for value in taken], "lost": lost, "double": double,
        },
        f"median {summarize(taken).median:.2f} s, longest {max(taken):.2f} s of {len(taken)} mails; {lost} lost, "
        f"{double} double",
    )  # fmt: skip


def _what(way: str, seconds: int) -> str:
    span = f" for {seconds} s" if seconds else ""
    return f"from SMTP accept to the message standing in the chatter, 1 mail per second{span}: {way}"


def _target(way: str) -> str:
    return f"p95 below {_TARGETS[way]} s"
