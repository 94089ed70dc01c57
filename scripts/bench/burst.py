"""Part `burst`: thousands of emails at once into Postfix with one small Odoo, and a page requested meanwhile."""

import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .results import Row, get_p95
from .servers import Sent, Site, submit

_KINDS = ("plain", "html")
_DOMAIN = "burst.example"
_PAUSE = 0.5
_WHAT = "burst of {} mails into Postfix with one small Odoo; login page meanwhile"
_TARGET = "drains without loss; the page stays usable"


def measure(context: dict) -> list[Row]:
    """Request the login page before, while and after the burst drains."""
    load = context["load"]
    if not load["mails"]:
        return [Row("burst", _WHAT.format("5,000"), _TARGET, note="minutes of work: in the full run only")]
    site = Site(context, "burst")
    with site.node("small") as odoo, site.routes({_DOMAIN: [odoo]}) as postfix:
        sent = site.write(_KINDS, load["mails"], _DOMAIN)
        url = f"{odoo.url}/web/login"
        _request_for(url, load["rest"])  # the first pages of a server do not count
        requests = {"before": _request_for(url, load["rest"])}
        started = time.time()
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(submit, postfix.smtp_port, sent)
            deadline = started + load["timeout"]
            is_over = lambda: site.note_filed(sent) == len(sent) or time.time() > deadline  # noqa: E731
            requests["during"] = _request_until(url, is_over)
            sending.result()
        site.wait(sent, 1)
        requests["after"] = _request_for(url, load["rest"])
        return [_describe(site, sent, started, requests)]


def _request_for(url: str, seconds: float) -> list[tuple[float, float]]:
    deadline = time.time() + seconds
    return _request_until(url, lambda: time.time() > deadline)


def _request_until(url: str, is_over: Callable[[], bool]) -> list[tuple[float, float]]:
    """Request a page again and again; return when each request began, and how many seconds it took."""
    taken = []
    while not is_over():
        began = time.time()
        urllib.request.urlopen(url, timeout=120).read()  # noqa: S310 our own server
        taken.append((began, time.time() - began))
        time.sleep(_PAUSE)
    return taken


def _describe(site: Site, sent: list[Sent], started: float, requests: dict[str, list[tuple[float, float]]]) -> Row:
    copies = site.count_copies(sent)
    p95 = {when: 1000 * get_p95([seconds for _began, seconds in taken]) for when, taken in requests.items()}
    filed = sorted(each.filed - started for each in sent)
    rate = len(sent) / filed[-1]
    return Row(
        "burst",
        _WHAT.format(f"{len(sent):,}"),
        _TARGET,
        f"{copies['lost']} lost, {copies['double']} double; p95 of the page "
        f"{p95['before']:.0f}, {p95['during']:.0f}, {p95['after']:.0f} ms",
        not any(copies.values()),
        {
            **copies,
            "mails": len(sent),
            "seconds": round(filed[-1], 1),
            "per_second": round(rate, 2),
            "page_p95_ms": {when: round(value, 1) for when, value in p95.items()},
            # enough points for a plot
            "filed": [(round(filed[index], 1), index + 1) for index in range(0, len(filed), max(1, len(filed) // 200))],
            "pages": [(began - started, 1000 * seconds) for many in requests.values() for began, seconds in many],
        },
        f"{rate:.1f} mails a second, {filed[-1] / 60:.1f} minutes in all; page before, while and after it",
    )
