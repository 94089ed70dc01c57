"""Part `filing`: what a mail costs in a small database, against what core's alias takes for the same."""

from __future__ import annotations

import email.policy
import email.utils
import gc
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from .mails import Mail
from .post import Post
from .rows import Row
from .session import Cost, Database, start
from .stats import Figure, compare, summarize, take_turns

# A round: what a seller sends in a while. The fourth one has two colleagues in Cc, the last one a file of 2 MB.
MIX = ("plain", "html", "plain", "colleagues", "html", "plain", "html", "attachment")
MAX_QUERIES = 24
RECIPIENTS = 20


def measure(context: dict) -> list[Row]:
    """Return the first rows of the table."""
    start(context["conf"])
    small = Database(context["databases"]["small"])
    plain = Database(context["databases"]["plain"])
    post = Post(small)
    post.warm_up()
    Post(plain).warm_up()
    rounds = context["rounds"]
    return [
        _measure_existing(post, rounds),
        _measure_creating(post, rounds),
        _measure_ordinary(post, plain, rounds * 6),
        _measure_recipients(post, max(3, rounds // 4)),
        _measure_floor(post, rounds * 2),
    ]


def describe(costs: Sequence[Cost]) -> dict:
    """Return what `bench.json` says of the costs of mails."""
    return {
        "ms": summarize(cost.seconds * 1000 for cost in costs).as_dict(),
        "cpu_ms": summarize(cost.cpu * 1000 for cost in costs).as_dict(),
        "queries": median(cost.queries for cost in costs),
    }


class Tally:
    """The costs of mails, by side and kind, in the order of their rounds."""

    def __init__(self) -> None:
        self.costs: dict[str, dict[str, list[Cost]]] = defaultdict(lambda: defaultdict(list))

    def add(self, side: str, kind: str, cost: Cost) -> None:
        """Count the cost of one mail."""
        self.costs[side][kind].append(cost)

    def compare(self, *kinds: str) -> Figure:
        """Return the ratio of the times that both sides took for a mail, for mails of all kinds unless some are named.

        Each mail is compared to the one of the other side that had the same place in the same round.
        """
        seconds = {
            side: [cost.seconds for kind in kinds or by_kind for cost in by_kind[kind]]
            for side, by_kind in self.costs.items()
        }
        return compare(seconds["dropbox"], seconds["alias"])

    def compare_sums(self) -> float:
        """Return the ratio of the times for all mails together, which those with a large file decide."""
        dropbox, alias = (
            sum(cost.seconds for costs in self.costs[side].values() for cost in costs) for side in ("dropbox", "alias")
        )
        return dropbox / alias

    def as_dict(self) -> dict:
        """Return milliseconds and queries of each side and kind, and their ratios."""
        return {
            "sides": {
                side: {kind: describe(costs) for kind, costs in kinds.items()} for side, kinds in self.costs.items()
            },
            "ratios": {kind: self.compare(kind).as_dict() for kind in self.costs["dropbox"]},
            "ratio_of_sums": round(self.compare_sums(), 3),
        }

    def queries(self, side: str, kind: str) -> float:
        """Return how many queries a mail of a kind takes."""
        return median(cost.queries for cost in self.costs[side][kind])


def _measure_mix(post: Post, rounds: int, writers: dict, outcome: str) -> Tally:
    """Deliver the mix in two ways by turns.

    :param dict writers: for each side what writes a mail of a kind to a known or new customer
    :param str outcome: what is to become of the mails to a dropbox
    """
    tally, expected = Tally(), {}
    for _number, side in take_turns(list(writers), rounds):
        mails = [(kind, writers[side](kind, index)) for index, kind in enumerate(MIX)]
        gc.collect()
        for kind, mail in mails:
            tally.add(side, kind, post.database.deliver(mail.raw))
            if side == "dropbox":
                expected[mail.id] = outcome
    post.database.check(expected)
    return tally


def _shape(post: Post, kind: str) -> tuple[str, list]:
    """Return what to write for a kind of the mix: the shape of the mail, and who is in Cc."""
    return ("html", post.colleagues()) if kind == "colleagues" else (kind, [])


def _measure_existing(post: Post, rounds: int) -> Row:
    def next_customer(index: int):
        return [post.next_lead() if index % 2 else post.next_contact()]

    def by_dropbox(kind: str, index: int) -> Mail:
        shape, cc = _shape(post, kind)
        return post.by_dropbox(shape, next_customer(index), cc)

    def by_alias(kind: str, index: int) -> Mail:
        shape, cc = _shape(post, kind)
        return post.by_alias(shape, next_customer(index), cc)

    tally = _measure_mix(post, rounds, {"dropbox": by_dropbox, "alias": by_alias}, "matched")
    ratio, queries = tally.compare(), tally.queries("dropbox", "plain")
    return Row(
        "existing",
        "mail filed on an existing record, against core's alias on an existing lead",
        f"at most 0.5 of its time, at most {MAX_QUERIES} queries",
        f"{ratio.format()} of its time, {queries:g} queries; {tally.compare_sums():.2f} for all mails together",
        ratio.median <= 0.5 and queries <= MAX_QUERIES,
        {"ratio": ratio.as_dict(), "queries": queries, **tally.as_dict()},
        _describe(tally),
    )


def _measure_creating(post: Post, rounds: int) -> Row:
    def by_dropbox(kind: str, _index: int) -> Mail:
        shape, cc = _shape(post, kind)
        return post.by_dropbox(shape, [post.next_stranger()], cc)

    def by_alias(kind: str, _index: int) -> Mail:
        shape, cc = _shape(post, kind)
        return post.by_alias(shape, [post.next_stranger()], cc, new=True)

    tally = _measure_mix(post, rounds, {"dropbox": by_dropbox, "alias": by_alias}, "created")
    ratio = tally.compare()
    return Row(
        "creating",
        "mail creating a lead, against core's alias creating one",
        "at most 0.8 of its time",
        f"{ratio.format()} of its time; {tally.compare_sums():.2f} for all mails together",
        ratio.median <= 0.8,
        {"ratio": ratio.as_dict(), **tally.as_dict()},
        _describe(tally),
    )


def _describe(tally: Tally) -> str:
    """Say what each kind of mail took, in milliseconds and queries, ours against core's."""
    found = tally.as_dict()
    parts = []
    for kind, own in found["sides"]["dropbox"].items():
        other = found["sides"]["alias"][kind]
        parts.append(
            f"{kind} {found['ratios'][kind]['median']:.2f}: "
            f"{own['ms']['median']:.0f} against {other['ms']['median']:.0f} ms "
            f"({own['cpu_ms']['median']:.0f} against {other['cpu_ms']['median']:.0f} of it in Odoo), "
            f"{own['queries']:g} against {other['queries']:g} queries"
        )
    return "; ".join(parts)


def _measure_ordinary(post: Post, plain: Database, rounds: int) -> Row:
    """Deliver the same mails, which are for no dropbox, to a database with the addon and to one without."""
    sides = {"with": post.database, "without": plain}
    costs: dict[str, list[Cost]] = {"with": [], "without": []}
    mail = post.from_customer("plain", post.next_contact())
    kinds = ("plain", "html", "plain", "html", "attachment")
    for number, side in take_turns(list(sides), rounds):
        if len(costs["with"]) == len(costs["without"]):
            kind = kinds[number % len(kinds)]
            mail = post.from_customer(kind, post.next_stranger(), new=bool(number % 2))
            gc.collect()
        costs[side].append(sides[side].deliver(mail.raw))
    seconds = {side: [cost.seconds for cost in costs[side]] for side in costs}
    ratio = compare(seconds["with"], seconds["without"])
    more = median(own.queries - other.queries for own, other in zip(costs["with"], costs["without"], strict=True))
    return Row(
        "ordinary",
        "ordinary mail that is not for a dropbox, addon installed against not installed",
        "at most 1.01 of its time, no query more",
        f"{ratio.format(digits=3)} of its time, {more:g} queries more",
        ratio.median <= 1.01 and more <= 0,
        {
            "ratio": ratio.as_dict(),
            "queries_more": more,
            "cpu_ratio": compare([c.cpu for c in costs["with"]], [c.cpu for c in costs["without"]]).as_dict(),
            "sides": {side: describe(each) for side, each in costs.items()},
        },
        f"median of {ratio.count} pairs of the same mail; in both databases the same records",
    )


def _measure_recipients(post: Post, rounds: int) -> Row:
    """Deliver one mail to twenty contacts, and twenty mails to one each."""
    costs: dict[str, list[Cost]] = {"one": [], "many": []}
    expected = {}
    for _number, side in take_turns(["one", "many"], rounds):
        people = [post.next_contact() for _index in range(RECIPIENTS)]
        groups = [people] if side == "one" else [[person] for person in people]
        mails = [post.by_dropbox("plain", group) for group in groups]
        gc.collect()
        each = [post.database.deliver(mail.raw) for mail in mails]
        costs[side].append(Cost(sum(c.seconds for c in each), sum(c.queries for c in each)))
        expected.update(dict.fromkeys((mail.id for mail in mails), "matched"))
    post.database.check(expected)
    ratio = compare([cost.seconds for cost in costs["one"]], [cost.seconds for cost in costs["many"]])
    growth = _measure_growth(post)
    storing = _measure_storing(post)
    queries = {"by_recipients": growth, "per_recipient": _slope(growth), "per_message_stored": _slope(storing)}
    enough = queries["per_recipient"] <= queries["per_message_stored"]
    return Row(
        "recipients",
        f"mail with {RECIPIENTS} known recipients, per recipient, against {RECIPIENTS} mails with one",
        "at most 0.35; queries grow by no more than storing the messages takes",
        f"{ratio.format()}; {queries['per_recipient']:.1f} queries per recipient",
        ratio.median <= 0.35 and enough,
        {"ratio": ratio.as_dict(), "queries": queries},
        f"queries by recipients: {', '.join(f'{count}: {number:g}' for count, number in growth.items())}; to store a "
        f"message takes core {queries['per_message_stored']:.1f}",
    )


def _measure_growth(post: Post) -> dict[int, float]:
    """Return how many queries a mail takes by the number of its recipients."""
    growth = {}
    for count in (1, 5, 10, RECIPIENTS):
        mails = [post.by_dropbox("plain", [post.next_contact() for _index in range(count)]) for _mail in range(5)]
        growth[count] = median(post.database.deliver(mail.raw).queries for mail in mails)
    return growth


def _measure_storing(post: Post) -> dict[int, float]:
    """Return how many queries core takes to store that many messages, one after the other."""
    storing = {}
    for count in (1, RECIPIENTS):
        people = [email for _name, email in post.contacts[:count]]

        def store(env, people=people):
            for record in env["res.partner"].search([("email_normalized", "in", people)]):
                record._message_create([{"model": record._name, "res_id": record.id, "body": "text"}])
                env.flush_all()

        post.database.measure(store)
        storing[count] = post.database.measure(store).queries
    return storing


def _slope(numbers: dict[int, float]) -> float:
    """Return by how much a number grows per recipient."""
    first, last = min(numbers), max(numbers)
    return (numbers[last] - numbers[first]) / (last - first)


def _measure_floor(post: Post, rounds: int) -> Row:
    """Parse, search once, store one message: less is not possible."""
    costs: dict[str, list[Cost]] = {"floor": [], "dropbox": []}
    for _number, side in take_turns(["floor", "dropbox"], rounds):
        mail = post.by_dropbox("plain", [post.next_contact()])
        if side == "dropbox":
            costs[side].append(post.database.deliver(mail.raw))
        else:
            costs[side].append(post.database.measure(lambda env, mail=mail: _do_least(env, mail)))
    seconds = {side: [cost.seconds for cost in each] for side, each in costs.items()}
    ratio = compare(seconds["dropbox"], seconds["floor"])
    parts = {side: describe(each) for side, each in costs.items()}
    return Row(
        "floor",
        "plain mail filed on an existing record, against the least: parse, one search, one message stored",
        "",
        f"{ratio.format()} of its time",
        None,
        {"ratio": ratio.as_dict(), "sides": parts},
        f"{parts['dropbox']['ms']['median']:.0f} against {parts['floor']['ms']['median']:.0f} ms, "
        f"{parts['dropbox']['queries']:g} against {parts['floor']['queries']:g} queries",
    )


def _do_least(env, mail: Mail) -> None:
    parsed = env["mail.thread"].message_parse(email.message_from_bytes(mail.raw, policy=email.policy.SMTP))
    address = email.utils.parseaddr(parsed["to"])[1]
    partner = env["res.partner"].search([("email_normalized", "=", address)], limit=1)
    names = ("body", "subject", "message_id", "email_from", "date")
    values = {name: parsed[name] for name in names}
    partner._message_create([{**values, "model": partner._name, "res_id": partner.id}])
