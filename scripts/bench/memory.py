"""Part `memory`: how much a worker grows while it takes a mail of 25 MB."""

from __future__ import annotations

import base64
import http.client
import multiprocessing
import os
import subprocess
from multiprocessing.connection import Connection
from pathlib import Path

from .mails import MEGABYTE, Envelope, Mail
from .mta import Odoo, ServerError
from .proc import find_tree, peak_of, read_processes
from .rows import Row
from .session import SALES, Seller
from .site import Site
from .stats import summarize

SIZE = 25 * MEGABYTE
# base64 with its line ends makes 78 characters of 57 bytes
ENCODED = SIZE * 57 // 78
TARGET = 6


def measure(context: dict) -> list[Row]:
    """Deliver big mails to a server of its own each, and return the row."""
    site = Site(context, Path(context["folder"]) / "memory")
    site.release()
    growth: dict[str, list[float]] = {"dropbox": [], "alias": [], "request": []}
    for number in range(context["load"]["rounds"]):
        for side in growth:
            with site.node(f"{side}{number}", workers=1) as odoo:
                growth[side].append(_measure_request(site, odoo, side) / SIZE)
    growth["gateway"] = [_measure_gateway(site) / SIZE]
    figures = {side: summarize(values) for side, values in growth.items()}
    ours = figures["dropbox"]
    return [
        Row(
            "memory",
            f"{SIZE // MEGABYTE} MB mail: peak memory of the worker above its resting size",
            f"at most {TARGET} times the mail's size",
            f"{ours.format(digits=1)} times",
            ours.median <= TARGET,
            {"times": {side: figure.as_dict() for side, figure in figures.items()}, "bytes": SIZE},
            f"of a worker process, from the request of the delivery script to its answer; "
            f"{figures['request'].median:.1f} of it to read such a request and find no mail in it; the gateway "
            f"alone {figures['gateway'].median:.1f}; core's alias for the same mail: {figures['alias'].median:.1f}",
        )
    ]


def _measure_request(site: Site, odoo: Odoo, side: str) -> int:
    """Deliver some small mails and a big one, and return how many bytes the big one took.

    :param side: `dropbox`, `alias`, or `request` for one that Odoo reads and refuses, as it is all line ends
    """
    for kind in ("plain", "html", "attachment"):
        _request(site, odoo, side, kind)
    workers = [process.pid for process in find_tree(odoo.process.pid, read_processes())]
    with peak_of(workers) as peaks:
        _request(site, odoo, side, "attachment", ENCODED)
    return max(peaks.values())


def _request(site: Site, odoo: Odoo, side: str, kind: str, size: int = MEGABYTE) -> None:
    """Have the delivery script bring a mail to Odoo."""
    seller, mail = _write(site, side, kind, size)
    if side == "request":
        _post_nothing(site, odoo, len(mail.raw))
        return
    recipient = seller.dropbox if side == "dropbox" else SALES
    command = [*site.gate(odoo), f"--recipient={recipient}", f"--sender={seller.email}"]
    subprocess.run(command, input=mail.raw, check=True)


def _post_nothing(site: Site, odoo: Odoo, size: int) -> None:
    """Post so many line ends to the page for mails; the delivery script itself would not."""
    headers = {
        "Authorization": f"Basic {base64.b64encode(b'admin:admin').decode()}",
        "Content-Type": "message/rfc822",
        "X-Odoo-Database": site.database.name,
    }
    connection = http.client.HTTPConnection("127.0.0.1", odoo.port, timeout=60)
    connection.request("POST", "/bcc_dropbox/mail", b"\n" * size, headers)
    status = connection.getresponse().status
    connection.close()
    if status != http.client.BAD_REQUEST:
        raise ServerError(f"the page answered {status}")


def _write(site: Site, side: str, kind: str, size: int) -> tuple[Seller, Mail]:
    seller, person = site.post.next_seller(), site.post.next_contact()
    headers = {"Delivered-To": SALES} if side == "alias" else {}
    envelope = Envelope((seller.name, seller.email), [person], headers=headers)
    return seller, site.post.writer.write(kind, envelope, size)


def _measure_gateway(site: Site) -> int:
    """Return how many bytes the gateway takes for a big mail, in a process of its own."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_deliver, args=[site, writer])
    process.start()
    growth = reader.recv()
    process.join()
    return growth


def _deliver(site: Site, result: Connection) -> None:
    for size in (MEGABYTE, ENCODED):
        mail = site.post.by_dropbox("attachment", [site.post.next_contact()], size=size)
        with peak_of([os.getpid()]) as peaks:
            site.database.deliver(mail.raw)
    result.send(peaks[os.getpid()])
    result.close()
