"""Texts of strangers in a spreadsheet."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def escape_formula(value: object) -> object:
    """Return the value of a cell, a text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_FORMULA) else value


def escape_formulas(rows: list[list]) -> list[list]:
    """Return the rows of an export, see :func:`escape_formula`."""
    return [[escape_formula(value) for value in row] for row in rows]
