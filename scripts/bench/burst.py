"""Part `burst`: thousands of mails at once into Postfix with one small Odoo, which people use meanwhile."""

from __future__ import annotations

import threading
import time
import urllib.request
from pathlib import Path

from .mta import Odoo, Routes
from .rows import Row, skip
from .site import Sent, Site, count_copies, submit
from .stats import percentile, summarize

_KINDS = ("plain", "html")
_DOMAIN = "burst.example"
_PAUSE = 0.5
_WHAT = "burst of {} mails into Postfix with one small Odoo; login page meanwhile"
_TARGET = "drains without loss; the page stays usable"


def measure(context: dict) -> list[Row]:
    """Ask for the login page before, while and after the burst drains."""
    if not context["load"]["mails"]:
        return [skip("burst", _WHAT.format("5,000"), _TARGET, "minutes of work: in the full run only")]
    site = Site(context, Path(context["folder"]) / "burst")
    with site.node("small") as odoo, site.routes({_DOMAIN: [odoo]}) as postfix:
        return [_measure(site, odoo, postfix, context["load"])]


def _measure(site: Site, odoo: Odoo, postfix: Routes, load: dict) -> Row:
    sent = site.write(_KINDS, load["mails"], _DOMAIN)
    pages = Pages(f"{odoo.url}/web/login")
    pages.ask_for(load["rest"])  # of what a server does at its first page, nothing counts
    times = {"before": pages.ask_for(load["rest"])}
    with site.watch() as watcher:
        watcher.expect(sent)
        started = time.monotonic()
        sending = threading.Thread(target=submit, args=[postfix.smtp_port, sent])
        sending.start()
        times["during"] = pages.ask_until(lambda: not watcher.waiting or time.monotonic() > started + load["timeout"])
        sending.join()
        watcher.wait(load["timeout"])
    times["after"] = pages.ask_for(load["rest"])
    seconds = max(each.filed for each in sent) - started
    return _describe(site, sent, started, seconds, times)


class Pages:
    """Asks for a page again and again, as somebody who works with Odoo."""

    def __init__(self, url: str):
        self.url = url

    def ask_for(self, seconds: float) -> list[tuple[float, float]]:
        """Ask for some time and return when each request began, and how long it took."""
        deadline = time.monotonic() + seconds
        return self.ask_until(lambda: time.monotonic() > deadline)

    def ask_until(self, is_over) -> list[tuple[float, float]]:
        """Ask until something is so, see :meth:`ask_for`."""
        taken = []
        while not is_over():
            began = time.monotonic()
            urllib.request.urlopen(self.url, timeout=120).read()  # noqa: S310 our own server
            taken.append((began, time.monotonic() - began))
            time.sleep(_PAUSE)
        return taken


def _describe(site: Site, sent: list[Sent], started: float, seconds: float, times: dict) -> Row:
    lost, double = count_copies(site.database.name, sent)
    taken = {when: [duration for _began, duration in values] for when, values in times.items()}
    p95 = {when: percentile(values, 95) * 1000 for when, values in taken.items()}
    filed = sorted(each.filed - started for each in sent)
    step = max(1, len(filed) // 200)
    return Row(
        "burst",
        _WHAT.format(f"{len(sent):,}"),
        _TARGET,
        f"{lost} lost, {double} double; p95 of the page "
        f"{p95['before']:.0f}, {p95['during']:.0f}, {p95['after']:.0f} ms",
        not lost and not double,
        {
            "mails": len(sent), "seconds": round(seconds, 1), "per_second": round(len(sent) / seconds, 2),
            "accepted_seconds": round(max(each.accepted for each in sent) - started, 1),
            "lost": lost, "double": double,
            "page_ms": {when: summarize(value * 1000 for value in values).as_dict() for when, values in taken.items()},
            "page_p95_ms": {when: round(value, 1) for when, value in p95.items()},
            "filed": [[round(filed[index], 1), index + 1] for index in range(0, len(filed), step)],
            "pages": [[round(began - started, 1), round(duration * 1000, 1)] for values in times.values()
                      for began, duration in values],
        },
        f"{len(sent) / seconds:.1f} mails a second, {seconds / 60:.1f} minutes in all; page before, while and after it",
    )  # fmt: skip
