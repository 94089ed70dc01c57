"""Puts what `bench.json` says into `docs/performance.md`, between its marks, and into plots beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .rows import Row
from .stats import percentile
from .svg import draw_bars, draw_lines

# Processors are not to be busier than this on average: mail comes in waves.
BUSY = 0.6
_RATES = (1, 10, 100)
_SIDES = {"dropbox": "BCC Dropbox", "alias": "Odoo's alias"}


def write(report: dict, docs: Path) -> list[Path]:
    """Write tables and plots anew, as far as the parts were measured.

    :return: the files
    """
    rows = {row["key"]: Row(**row) for row in report["rows"]}
    written = []
    for name, draw in _PLOTS.items():
        if all(key in rows and rows[key].figures for key in name.split("-")):
            path = docs / "img" / f"bench-{name}.svg"
            path.write_text(draw(*(rows[key].figures for key in name.split("-"))), encoding="utf-8")
            written.append(path)
    page = docs / "performance.md"
    text = page.read_text(encoding="utf-8")
    text = _replace(text, "results", _format_results(report, rows))
    if "workers" in rows and rows["workers"].figures:
        text = _replace(text, "plan", _format_plan(report, rows["workers"].figures))
    page.write_text(text, encoding="utf-8")
    return [page, *written]


def _replace(text: str, mark: str, lines: Iterator[str]) -> str:
    """Put lines between two marks."""
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    new, count = pattern.subn(lambda match: match[1] + "\n".join(lines) + "\n" + match[2], text)
    if count != 1:
        raise ValueError(f"the page has no place for {mark}")
    return new


def _format_results(report: dict, rows: dict[str, Row]) -> Iterator[str]:
    versions, machine = report["versions"], report["machine"]
    changed = ", with changes" if report["changed_since"] else ""
    count = report.get("runs", 1)
    runs = f"{report['mode']} run" if count == 1 else f"{count} {report['mode']} runs"
    together = "" if count == 1 else " together; a row is the run in the middle"
    yield (
        f"Measured on {report['date'][:10]}, commit `{report['commit'][:10]}`{changed}, {runs} of "
        f"{report['seconds'] // 60} minutes{together}: Odoo {versions['odoo']}, PostgreSQL {versions['postgresql']}, "
        f"Python {versions['python']}, {machine['cores']} cores, {machine['memory_mb'] // 1024} GB of memory."
    )
    yield ""
    yield "| what | target | measured | |"
    yield "| --- | --- | --- | --- |"
    for row in rows.values():
        yield f"| {row.what} | {row.target} | {row.value} | {row.verdict} |"
    yield ""
    for row in rows.values():
        if row.note:
            yield f"- *{row.key}:* {row.note}"


def compute_costs(report: dict, figures: dict) -> dict[str, float]:
    """Return the seconds of processor time that a mail takes in each process, with two workers under full load."""
    rate, cores = figures["per_second"]["two"]["median"], report["machine"]["cores"]
    shares = figures["shares"]["two"]
    return {name: share["median"] * cores / rate for name, share in shares.items() if name != "bench itself"}


def _format_plan(report: dict, figures: dict) -> Iterator[str]:
    costs = compute_costs(report, figures)
    odoo, postgresql = costs["odoo"], costs["postgresql"]
    mta = sum(costs.values()) - odoo - postgresql
    yield (
        f"A mail takes {odoo * 1000:.0f} ms of a processor in Odoo, {postgresql * 1000:.0f} ms in PostgreSQL, and "
        f"{mta * 1000:.0f} ms in Postfix and the delivery script. With processors {BUSY:.0%} busy on average:"
    )
    yield ""
    yield "| mails per second | mails in 8 hours | cores for Odoo | for PostgreSQL | for Postfix | machines |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for rate in _RATES:
        needs = [cost * rate / BUSY for cost in (odoo, postgresql, mta)]
        # a node has 4 cores for Odoo and its own mail server; the database stands alone as soon as there are two
        nodes = math.ceil((needs[0] + needs[2]) / 4)
        where = "one of two to four cores" if sum(needs) <= 4 else f"{nodes} nodes of 4 cores, one database"
        cells = " | ".join(f"{need:.1f}" for need in needs)
        yield f"| {rate} | {rate * 8 * 3600:,} | {cells} | {where} |"


# ------------------------------------------------------------
# PLOTS
# ------------------------------------------------------------


def _draw_filing(existing: dict, creating: dict) -> str:
    bars = {
        f"{what}, {kind}": {label: figures["sides"][side][kind]["ms"]["median"] for side, label in _SIDES.items()}
        for what, figures in (("existing", existing), ("creating", creating))
        for kind in figures["sides"]["dropbox"]
    }
    return draw_bars("Milliseconds until a mail is filed and committed", bars, "ms")


def _draw_growth(growth: dict, without: dict) -> str:
    small, big = (growth["sides"][side] for side in ("small", "big"))
    bars = {
        what: {"small database": small[what]["ms"]["median"], "big database": big[what]["ms"]["median"]} for what in big
    }
    bars["Odoo's alias, our indexes hidden"] = {"big database": without["ms"]["core"]}
    return draw_bars("Milliseconds per mail as the database grows", bars, "ms")


def _draw_workers(workers: dict, nodes: dict) -> str:
    names = {"one": "one worker", "two": "two workers", "nodes": "two servers"}
    rates = {label: {"mails per second": workers["per_second"][side]["median"]} for side, label in names.items()}
    rates["two servers, before one is killed"] = {"mails per second": nodes["before_kill"]}
    rates["after it"] = {"mails per second": nodes["after_kill"]}
    return draw_bars("Mails per second, two cores for all", rates, "/s")


def _draw_nodes(nodes: dict) -> str:
    filed = [(seconds, number) for number, seconds in enumerate(nodes["filed"], start=1)]
    killed = nodes["killed"]
    lines = {"filed": filed, "one server is killed": [(killed, 0), (killed, len(filed))]}
    return draw_lines("Mails filed by two servers, of which one is killed", lines, ("seconds", "mails"))


def _draw_latency(figures: dict) -> str:
    points = [(percentile(figures["all"], percent), percent) for percent in range(101)]
    return draw_lines(
        "From SMTP accept to the chatter", {"mails": points}, ("seconds", "percent of the mails filed within")
    )


def _draw_burst(burst: dict) -> str:
    highest = max(duration for _began, duration in burst["pages"])
    scale = burst["mails"] / highest
    lines = {
        "mails filed": [(0, 0), *burst["filed"]],
        f"login page (top: {highest:.0f} ms)": [
            (began, duration * scale) for began, duration in burst["pages"] if began >= 0
        ],
    }
    return draw_lines(f"A burst of {burst['mails']:,} mails", lines, ("seconds", "mails"))


_PLOTS: dict[str, Callable[..., str]] = {
    "existing-creating": _draw_filing,
    "growth-without_indexes": _draw_growth,
    "workers-nodes": _draw_workers,
    "nodes": _draw_nodes,
    "pipe": _draw_latency,
    "poll": _draw_latency,
    "burst": _draw_burst,
}
