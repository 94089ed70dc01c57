"""Part `memory`: how much a worker grows while it takes an email of 25 MB."""

import re
import subprocess
from pathlib import Path

import psutil
from odoo import sql_db

from .database import SALES
from .mails import MEGABYTE
from .results import Row, format_figure, summarize
from .servers import Odoo, Site

SIZE = 25 * MEGABYTE
# bytes of a file that is so large in the email: base64 with its line ends makes 78 characters of 57 bytes
FILE_BYTES = SIZE * 57 // 78
TARGET = 9


def measure(context: dict) -> list[Row]:
    """Deliver big emails, each to a new server, and return the row."""
    site = Site(context, "memory")
    sql_db.close_all()
    times: dict[str, list[float]] = {"dropbox": [], "alias": []}
    for number in range(context["load"]["rounds"]):
        for side, values in times.items():
            # without a soft limit: a worker above it would end after the request, and its peak could not be read
            with site.node(f"{side}{number}", workers=1, limit_memory_soft=0) as odoo:
                for kind in ("plain", "html", "attachment"):
                    _deliver(site, odoo, side, kind, MEGABYTE)
                values.append(_measure_growth(site, odoo, side) / SIZE)
    figures = {side: summarize(values) for side, values in times.items()}
    ours = figures["dropbox"]
    return [
        Row(
            "memory",
            f"{SIZE // MEGABYTE} MB mail: peak memory of the worker above its resting size",
            f"at most {TARGET} times the mail's size",
            f"{format_figure(ours, 1)} times",
            ours["median"] <= TARGET,
            {"times": figures, "bytes": SIZE},
            "of a worker process, from the request of the delivery script to its answer; core's alias for the same "
            f"mail: {figures['alias']['median']:.1f}",
        )
    ]


def _measure_growth(site: Site, odoo: Odoo, side: str) -> int:
    """Return by how many bytes a process of a server grows at most during a big email.

    Where the kernel cannot reset the peak, the result may be too high, never too low. A process that ends meanwhile is
    an error.
    """
    master = psutil.Process(odoo.process.pid)
    pids = [process.pid for process in (master, *master.children(recursive=True))]
    for pid in pids:
        reset = Path(f"/proc/{pid}/clear_refs")
        if reset.exists():
            reset.write_text("5")
    resting = {pid: _read_memory(pid, "VmRSS") for pid in pids}
    _deliver(site, odoo, side, "attachment", FILE_BYTES)
    return max(_read_memory(pid, "VmHWM") - resting[pid] for pid in pids)


def _read_memory(pid: int, field: str) -> int:
    """Return the bytes of memory that a process has now (`VmRSS`), or had at most (`VmHWM`)."""
    match = re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def _deliver(site: Site, odoo: Odoo, side: str, kind: str, size: int) -> None:
    """Send an email with the delivery script to a dropbox, or to core's alias."""
    seller, person = next(site.post.sellers), next(site.post.contacts)
    headers = {"Delivered-To": SALES} if side == "alias" else {}
    raw = site.post.write(kind, (seller.name, seller.email), [person], headers=headers, size=size).raw
    recipient = seller.dropbox if side == "dropbox" else SALES
    command = [*site.gate(odoo), f"--recipient={recipient}", f"--sender={seller.email}"]
    subprocess.run(command, input=raw, check=True)
