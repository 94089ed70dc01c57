"""Protection of spreadsheet exports against formula injection."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def escape_formula(value: object) -> object:
    """Return the value of a cell; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_FORMULA) else value


def escape_formulas(rows: list[list]) -> list[list]:
    """Return the rows of an export with :func:`escape_formula` applied to each cell."""
    return [[escape_formula(value) for value in row] for row in rows]
