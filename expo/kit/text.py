"""English for computed sentences: numbers with their nouns, and lists. Plain Python, so engines may use it too."""

from collections.abc import Iterable


def counted(number: float, noun: str, plural: str = "") -> str:
    """`1 talk`, `2 talks`; `plural` for nouns that do not just take an s."""
    return f"{number:g} {noun if number == 1 else plural or noun + 's'}"


def listed(words: Iterable[str], *, last: str = "and", most: int | None = None) -> str:
    """`a, b and c`; of more than `most` words the rest is a number: `a, b and 3 more`."""
    items = list(words)
    if most is not None and len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    return f" {last} ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def a(noun: str) -> str:
    """`a talk`, `an excursion`: by the first letter, which is right for the nouns of an edition."""
    return f"{'an' if noun[:1].lower() in 'aeiou' and noun[:1] else 'a'} {noun}"


def are(number: int) -> str:
    """The verb that goes with a number of things."""
    return "is" if number == 1 else "are"
