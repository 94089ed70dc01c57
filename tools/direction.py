"""Texts in which the direction of reading changes."""

import re

_FROM_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc]")


def isolate(text: str) -> str:
    """Keep a text in one piece wherever it stands: a date of an Arabic page in a sentence in English, for example."""
    return f"\u2068{text}\u2069" if _FROM_RIGHT_TO_LEFT.search(text) else text
