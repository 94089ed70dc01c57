"""File sizes in human-readable form."""

_UNITS = ("bytes", "kB", "MB", "GB")


def format_size(size: int) -> str:
    """Return a number of bytes in its largest unit, rounded: ``11 MB``."""
    number, unit = float(size), 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{max(1, round(number)) if size else 0} {_UNITS[unit]}"
