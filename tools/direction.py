"""Bidirectional text."""

import re

_FROM_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc]")


def isolate(text: str) -> str:
    """Isolate a right-to-left text with Unicode isolates, for example an Arabic date in an English sentence."""
    return f"\u2068{text}\u2069" if _FROM_RIGHT_TO_LEFT.search(text) else text
