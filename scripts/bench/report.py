"""Put a `bench.json` into `docs/performance.md`, between its marks, and into plots beside it.

Run as ``python -m bench.report bench.json docs``; needs matplotlib.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none"})
mpl.rcParams.update({f"axes.spines.{side}": False for side in ("top", "right")})
mpl.rcParams["axes.prop_cycle"] = mpl.cycler(color=["#714b67", "#c9b8c4", "#017e84", "#e0a030"])

from matplotlib import pyplot as plt  # noqa: E402 - after its settings

from .results import Row  # noqa: E402

# Average load to plan for: email comes in waves.
BUSY = 0.6
_RATES = (1, 10, 100)


def write(report: dict, docs: Path) -> None:
    """Rewrite the tables and plots of the measured parts."""
    rows = {row["key"]: Row(**row) for row in report["rows"]}
    for name, draw in _PLOTS.items():
        keys = name.split("-")
        if all(key in rows and rows[key].figures for key in keys):
            figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
            draw(axes, *(rows[key].figures for key in keys))
            figure.savefig(docs / "img" / f"bench-{name}.svg", metadata={"Date": None})
            plt.close(figure)
    page = docs / "performance.md"
    text = _replace(page.read_text(encoding="utf-8"), "results", _format_results(report, rows.values()))
    if "workers" in rows and rows["workers"].figures:
        text = _replace(text, "plan", _format_plan(report, rows["workers"].figures))
    page.write_text(text, encoding="utf-8")


def _replace(text: str, mark: str, lines: Iterator[str]) -> str:
    """Put lines between two marks."""
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    new, count = pattern.subn(lambda match: match[1] + "\n".join(lines) + "\n" + match[2], text)
    if count != 1:
        raise ValueError(f"the page has no place for {mark}")
    return new


def _format_results(report: dict, rows: list[Row]) -> Iterator[str]:
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
    yield from ("", "| what | target | measured | |", "| --- | --- | --- | --- |")
    yield from (f"| {row.what} | {row.target} | {row.value} | {row.verdict} |" for row in rows)
    yield ""
    yield from (f"- *{row.key}:* {row.note}" for row in rows if row.note)


def _format_plan(report: dict, workers: dict) -> Iterator[str]:
    cores, rate = report["machine"]["cores"], workers["per_second"]["two"]["median"]
    # processor seconds that one email takes, by program
    costs = {name: share["median"] * cores / rate for name, share in workers["shares"]["two"].items()}
    del costs["bench itself"]
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
        # a node has 4 cores for Odoo and its own mail server; PostgreSQL has its own machine as soon as there are two
        nodes = math.ceil((needs[0] + needs[2]) / 4)
        where = "one of two to four cores" if sum(needs) <= 4 else f"{nodes} nodes of 4 cores, one database"
        cells = " | ".join(f"{need:.1f}" for need in needs)
        yield f"| {rate} | {rate * 8 * 3600:,} | {cells} | {where} |"


def _draw_bars(axes: plt.Axes, title: str, unit: str, groups: dict[str, dict[str, float]]) -> None:
    """Draw horizontal bars, one colour for each name within the groups."""
    series = list(dict.fromkeys(name for bars in groups.values() for name in bars))
    height = 0.8 / len(series)
    for index, name in enumerate(series):
        bars = {number + index * height: bars[name] for number, bars in enumerate(groups.values()) if name in bars}
        drawn = axes.barh(list(bars), list(bars.values()), height, label=name)
        axes.bar_label(drawn, fmt=f"{{:.3g}} {unit}", padding=3)
    axes.set_yticks([number + 0.4 - height / 2 for number in range(len(groups))], list(groups))
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title(title)
    axes.legend()


def _draw_filing(axes: plt.Axes, existing: dict, creating: dict) -> None:
    groups = {
        f"{what}, {kind}": {"BCC Dropbox": ours["ms"]["median"], "Odoo's alias": sides["alias"][kind]["ms"]["median"]}
        for what, sides in (("existing", existing["sides"]), ("creating", creating["sides"]))
        for kind, ours in sides["dropbox"].items()
    }
    _draw_bars(axes, "Milliseconds until a mail is filed and committed", "ms", groups)


def _draw_growth(axes: plt.Axes, growth: dict) -> None:
    groups = {
        what: {f"{side} database": growth["sides"][side][what]["ms"]["median"] for side in ("small", "big")}
        for what in ("existing", "creating")
    }
    _draw_bars(axes, "Milliseconds per mail as the database grows", "ms", groups)


def _draw_workers(axes: plt.Axes, workers: dict, nodes: dict) -> None:
    names = {"one": "one worker", "two": "two workers", "nodes": "two servers"}
    rates = {label: workers["per_second"][side]["median"] for side, label in names.items()}
    rates |= {"two servers, before one is killed": nodes["before_kill"], "after it": nodes["after_kill"]}
    groups = {name: {"two cores for all": rate} for name, rate in rates.items()}
    _draw_bars(axes, "Mails per second", "/s", groups)


def _draw_nodes(axes: plt.Axes, nodes: dict) -> None:
    axes.plot(nodes["filed"], range(1, len(nodes["filed"]) + 1), label="filed")
    axes.axvline(nodes["killed"], color="#e0a030", label="one server is killed")
    axes.set(title="Mails filed by two servers, of which one is killed", xlabel="seconds", ylabel="mails")
    axes.legend()


def _draw_latency(axes: plt.Axes, figures: dict) -> None:
    axes.ecdf(figures["all"])
    axes.set(title="From SMTP accept to the chatter", xlabel="seconds", ylabel="share of the mails filed within")


def _draw_burst(axes: plt.Axes, burst: dict) -> None:
    axes.plot(*zip(*burst["filed"], strict=True), label="mails filed")
    axes.set(title=f"A burst of {burst['mails']:,} mails", xlabel="seconds", ylabel="mails")
    pages = axes.twinx()
    pages.plot(*zip(*burst["pages"], strict=True), color="#017e84", label="login page (right)")
    pages.set_ylabel("milliseconds")
    axes.figure.legend(loc="outside lower center", ncols=2)


_PLOTS: dict[str, Callable[..., None]] = {
    "existing-creating": _draw_filing,
    "growth": _draw_growth,
    "workers-nodes": _draw_workers,
    "nodes": _draw_nodes,
    "pipe": _draw_latency,
    "poll": _draw_latency,
    "burst": _draw_burst,
}

if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
