"""Part `filing`: the cost of an email in a small database, against the same email to core's alias."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from statistics import median

from .database import Cost, Database, describe, start
from .mails import Post
from .results import Row, compare, format_figure, take_turns

# One round: the fourth email has two colleagues in Cc, the last one a file of 2 MB.
MIX = ("plain", "html", "plain", "colleagues", "html", "plain", "html", "attachment")
MAX_QUERIES = 26  # one searches for opportunities of the contact, two notify open pages
RECIPIENTS = 20


def measure(context: dict) -> list[Row]:
    """Return the first rows of the table."""
    start(context["conf"])
    plain = Database(context["databases"]["plain"])
    post = Post(Database(context["databases"]["small"]))
    post.warm_up()
    Post(plain).warm_up()
    rounds = context["rounds"]
    return [
        _measure_ordinary(post, plain, rounds * 6),  # first: the others fill only one of the two databases
        _measure_existing(post, rounds),
        _measure_creating(post, rounds),
        _measure_recipients(post, max(3, rounds // 4)),
    ]


def _get_ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> dict:
    """Return the ratio of times, each email compared to the one in the same place of the same round."""
    return compare([cost.seconds for cost in ours], [cost.seconds for cost in theirs])


def _measure_existing(post: Post, rounds: int) -> Row:
    figures, value = _measure_mix(post, rounds, "matched")
    queries = figures["sides"]["dropbox"]["plain"]["queries"]
    return Row(
        "existing",
        "mail filed on an existing record, against core's alias on an existing lead",
        f"at most 0.55 of its time, at most {MAX_QUERIES} queries",
        value.replace(";", f", {queries:g} queries;", 1),
        figures["ratio"]["median"] <= 0.55 and queries <= MAX_QUERIES,
        {**figures, "queries": queries},
        _describe_kinds(figures),
    )


def _measure_creating(post: Post, rounds: int) -> Row:
    figures, value = _measure_mix(post, rounds, "created")
    return Row(
        "creating",
        "mail creating a lead, against core's alias creating one",
        "at most 0.85 of its time",
        value,
        figures["ratio"]["median"] <= 0.85,
        figures,
        _describe_kinds(figures),
    )


def _measure_mix(post: Post, rounds: int, outcome: str) -> tuple[dict, str]:
    """Deliver the mix to a dropbox and to an alias, by turns, and return figures and value of the row.

    Also to a dropbox without telling open pages (`unseen`), which core's alias does not do either.

    :param outcome: of emails to the dropbox: `matched` with known customers, `created` with new ones
    """
    is_new = outcome == "created"
    costs: dict[str, dict[str, list[Cost]]] = {side: defaultdict(list) for side in ("dropbox", "unseen", "alias")}
    for _number, side in take_turns(list(costs), rounds):
        mails = []
        for index, kind in enumerate(MIX):
            shape, cc = ("html", post.colleagues()) if kind == "colleagues" else (kind, [])
            to = [post.next_stranger() if is_new else post.next_known(index)]
            mails.append(post.by_alias(shape, to, cc, is_new) if side == "alias" else post.by_dropbox(shape, to, cc))
        with post.database.without_bus() if side == "unseen" else nullcontext():
            for kind, cost in zip(MIX, post.database.deliver_all(mails), strict=True):
                costs[side][kind].append(cost)
        if side != "alias":
            post.database.check(mails, outcome)
    every = {side: [cost for many in kinds.values() for cost in many] for side, kinds in costs.items()}
    ratio, unseen = (_get_ratio(every[side], every["alias"]) for side in ("dropbox", "unseen"))
    # emails with a large file decide this one
    sums = sum(cost.seconds for cost in every["dropbox"]) / sum(cost.seconds for cost in every["alias"])
    figures = {
        "ratio": ratio,
        "ratio_unseen": unseen,
        "sides": {side: {kind: describe(many) for kind, many in kinds.items()} for side, kinds in costs.items()},
        "ratios": {kind: _get_ratio(many, costs["alias"][kind]) for kind, many in costs["dropbox"].items()},
        "ratio_of_sums": round(sums, 3),
    }
    told = f"{format_figure(unseen)} without telling open pages; {sums:.2f} for all mails together"
    return figures, f"{format_figure(ratio)} of its time; {told}"


def _describe_kinds(figures: dict) -> str:
    """Return milliseconds and queries of each kind of email, ours against core's."""
    parts = []
    for kind, own in figures["sides"]["dropbox"].items():
        other = figures["sides"]["alias"][kind]
        parts.append(
            f"{kind} {figures['ratios'][kind]['median']:.2f}: "
            f"{own['ms']['median']:.0f} against {other['ms']['median']:.0f} ms "
            f"({own['cpu_ms']['median']:.0f} against {other['cpu_ms']['median']:.0f} of it in Odoo), "
            f"{own['queries']:g} against {other['queries']:g} queries"
        )
    return "; ".join(parts)


def _measure_ordinary(post: Post, plain: Database, rounds: int) -> Row:
    """Deliver the same emails, none to a dropbox, to a database with the addon and to one without."""
    sides = {"with": post.database, "without": plain}
    costs: dict[str, list[Cost]] = {"with": [], "without": []}
    kinds = ("plain", "html", "plain", "html", "attachment")
    mails = {}
    for number, side in take_turns(list(sides), rounds):
        if number not in mails:
            kind = kinds[number % len(kinds)]
            mails = {number: post.from_customer(kind, post.next_stranger(), new=bool(number % 2))}
        costs[side] += sides[side].deliver_all([mails[number]])
    ratio = _get_ratio(costs["with"], costs["without"])
    more = median(own.queries - other.queries for own, other in zip(costs["with"], costs["without"], strict=True))
    return Row(
        "ordinary",
        "ordinary mail that is not for a dropbox, addon installed against not installed",
        "at most 1.01 of its time, no query more",
        f"{format_figure(ratio, 3)} of its time, {more:g} queries more",
        ratio["median"] <= 1.01 and more <= 0,
        {
            "ratio": ratio,
            "queries_more": more,
            "cpu_ratio": compare([cost.cpu for cost in costs["with"]], [cost.cpu for cost in costs["without"]]),
            "sides": {side: describe(each) for side, each in costs.items()},
        },
        f"median of {ratio['count']} pairs of the same mail; in both databases the same records",
    )


def _measure_recipients(post: Post, rounds: int) -> Row:
    """Deliver one email to twenty contacts, and twenty emails to one contact each."""
    times: dict[str, list[float]] = {"together": [], "each": []}
    for _number, side in take_turns(list(times), rounds):
        people = [next(post.contacts) for _index in range(RECIPIENTS)]
        groups = [people] if side == "together" else [[person] for person in people]
        mails = [post.by_dropbox("plain", group) for group in groups]
        times[side].append(sum(cost.seconds for cost in post.database.deliver_all(mails)))
        post.database.check(mails, "matched")
    ratio = compare(times["together"], times["each"])
    growth = {}
    for count in (1, 5, 10, RECIPIENTS):
        mails = [post.by_dropbox("plain", [next(post.contacts) for _index in range(count)]) for _mail in range(5)]
        growth[count] = median(cost.queries for cost in post.database.deliver_all(mails))
    storing = {count: _count_storing(post, count) for count in (1, RECIPIENTS)}
    per_recipient, per_message = ((counts[RECIPIENTS] - counts[1]) / (RECIPIENTS - 1) for counts in (growth, storing))
    return Row(
        "recipients",
        f"mail with {RECIPIENTS} known recipients, per recipient, against {RECIPIENTS} mails with one",
        "at most 0.35; queries grow by no more than storing the messages takes",
        f"{format_figure(ratio)}; {per_recipient:.1f} queries per recipient",
        ratio["median"] <= 0.35 and per_recipient <= per_message,
        {
            "ratio": ratio,
            "queries": {"by_recipients": growth, "per_recipient": per_recipient, "per_message_stored": per_message},
        },
        f"queries by recipients: {', '.join(f'{count}: {number:g}' for count, number in growth.items())}; to store a "
        f"message takes core {per_message:.1f}",
    )


def _count_storing(post: Post, count: int) -> int:
    """Return how many queries core takes to store that many messages, one after the other."""
    people = [address for _name, address in post.database.find_contacts(count)]

    def store(env) -> None:
        for record in env["res.partner"].search([("email_normalized", "in", people)]):
            record._message_create([{"model": record._name, "res_id": record.id, "body": "text"}])
            env.flush_all()

    post.database.measure(store)
    return post.database.measure(store).queries
