"""What a mail costs in a big database, against a small one, and against core without our indexes."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from statistics import median

from .filing import describe
from .fill import connect
from .post import Post
from .rows import Row
from .session import Cost
from .stats import compare, take_turns

_KINDS = ("plain", "html", "plain", "attachment")


def measure_growth(posts: dict[str, Post], rounds: int, sizes: dict) -> Row:
    """Deliver the same kinds of mail to both databases by turns."""
    costs: dict[str, dict[str, list[Cost]]] = {side: {"existing": [], "creating": []} for side in posts}
    times: dict[str, list[float]] = {side: [] for side in posts}
    for _number, side in take_turns(list(posts), rounds):
        each = [(what, *_deliver_some(posts[side], what)) for what in ("existing", "creating")]
        times[side].append(sum(cost.seconds for _what, many, _ids in each for cost in many))
        for what, many, ids in each:
            costs[side][what] += many
            posts[side].database.check(dict.fromkeys(ids, "matched" if what == "existing" else "created"))
    ratio = compare(times["big"], times["small"])
    sides = {side: {what: describe(many) for what, many in kinds.items()} for side, kinds in costs.items()}
    return Row(
        "growth",
        f"{sizes['contacts']:,} contacts and {sizes['leads']:,} leads, {sizes['dropboxes']:,} dropboxes, "
        f"{sizes['mails']:,} captured mails: per mail, against the same with 1,000 of each",
        "at most 1.15",
        ratio.format(),
        ratio.median <= 1.15,
        {"ratio": ratio.as_dict(), "sides": sides},
        "; ".join(
            f"{what}: {sides['big'][what]['ms']['median']:.0f} against {sides['small'][what]['ms']['median']:.0f} ms"
            for what in ("existing", "creating")
        ),
    )


def _deliver_some(post: Post, what: str) -> tuple[list[Cost], list[str]]:
    """Deliver some mails to people who are known, or to new ones, and return costs and Message-Ids."""
    mails = []
    for index, kind in enumerate(_KINDS):
        known = post.next_lead if index % 2 else post.next_contact
        person = post.next_stranger() if what == "creating" else known()
        mails.append(post.by_dropbox(kind, [person]))
    gc.collect()
    return [post.database.deliver(mail.raw) for mail in mails], [mail.id for mail in mails]


def measure_without_indexes(post: Post, rounds: int, size: str) -> Row:
    """Deliver mails to core's alias while our indexes are hidden, and to dropboxes while they are there."""
    times: dict[str, list[float]] = {"ours": [], "core": [], "core with our indexes": []}
    for _number, side in take_turns(list(times), rounds):
        if side == "ours":
            mails = [post.by_dropbox("plain", [post.next_contact()]) for _mail in range(4)]
        else:
            mails = [post.by_alias("plain", [post.next_contact()], new=bool(index % 2)) for index in range(4)]
        hiding = hidden_indexes(post.database.name) if side == "core" else contextlib.nullcontext()
        gc.collect()
        with hiding:
            times[side].append(sum(post.database.deliver(mail.raw).seconds for mail in mails))
    ratio = compare(times["ours"], times["core"])
    each = {side: median(values) / 4 * 1000 for side, values in times.items()}
    return Row(
        "without_indexes",
        f"the same big database without our indexes ({size}), core's alias: our time against it",
        "report; expected below 0.1",
        ratio.format(digits=3),
        None,
        {"ratio": ratio.as_dict(), "ms": {side: round(value, 2) for side, value in each.items()}},
        f"per mail: {', '.join(f'{side} {value:.0f} ms' for side, value in each.items())}",
    )


@contextlib.contextmanager
def hidden_indexes(database: str) -> Iterator[None]:
    """Keep the planner from our indexes on core's tables: it takes valid ones only."""
    statement = """
        UPDATE pg_index SET indisvalid = %s
         WHERE indrelid IN ('res_partner'::regclass, 'crm_lead'::regclass, 'mail_message'::regclass)
           AND indexrelid::regclass::text LIKE '%%bcc_dropbox%%'
    """
    with connect(database) as cursor:
        cursor.execute(statement, [False])
        if not cursor.rowcount:
            raise RuntimeError("there are no indexes of ours to hide")
        try:
            yield
        finally:
            cursor.execute(statement, [True])
