"""Part `big`: mails and screens on a database with a million records of each kind."""

from __future__ import annotations

from . import growth, screens
from .post import Post
from .rows import Row
from .session import Database, start


def measure(context: dict) -> list[Row]:
    """Return the rows that need the big database."""
    start(context["conf"])
    big, small = (Database(context["databases"][name]) for name in ("big", "small"))
    posts = {"big": Post(big), "small": Post(small)}
    for post in posts.values():
        post.warm_up()
    rounds = context["rounds"]
    size = f"{context['big']['mails']:,}"
    return [
        growth.measure_growth(posts, rounds, context["big"]),
        growth.measure_without_indexes(posts["big"], max(3, rounds // 4), size),
        screens.measure_screens(big, max(5, rounds // 2), size),
    ]
