"""What a place or a swap costs, told to people. No Django."""

from collections.abc import Iterable

#: (the aim, in words for more, and for less); {n} is the number without its sign.
WORDS = {
    "sponsor-parallel": (
        "{n} more minutes beside its sponsor's other sessions",
        "{n} fewer minutes beside its sponsor's other sessions",
    ),
    "topic-parallel": ("{n} more minutes beside sessions on its topics", "{n} fewer minutes beside such on its topics"),
    "prime-time": ("its sponsor has more outside prime time", "its sponsor has less outside prime time"),
    "clashes": ("{n} more points for what the same people want to hear", "{n} points less of such in parallel"),
    "strands": ("its track changes rooms more often", "its track changes rooms less often"),
    "overflow": ("{n} more people without a seat", "{n} more people find a seat"),
    "wishes": ("{n} wish less granted", "{n} wish more granted"),
    "sequence": ("its track is further from the wanted sequence", "its track is nearer to the wanted sequence"),
    "late-starts": ("a start {n} minutes later in the day", "a start {n} minutes earlier in the day"),
    "blend": ("{n} points more in the weighed sum of all aims", "{n} points less in the weighed sum of all aims"),
}


def difference(key: str, by: int) -> str:
    """One aim, as a part of a sentence."""
    more, less = WORDS[key]
    return (more if by > 0 else less).format(n=f"{abs(by):,}")


def differences(costs: Iterable[tuple[str, int]]) -> str:
    """Several aims, in their order."""
    return ", ".join(difference(*each) for each in costs)


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."
