"""People's names as sources write them, made comparable. No Django."""

import unicodedata


def plain(name: str) -> str:
    """A name without what differs from source to source: case, accents, points, hyphens, and "Last, First"."""
    last, comma, first = name.partition(",")
    turned = f"{first} {last}" if comma else name
    letters = unicodedata.normalize("NFKD", turned).casefold()
    kept = (char if char.isalnum() else " " for char in letters if not unicodedata.combining(char))
    return " ".join("".join(kept).split())
