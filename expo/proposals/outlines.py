"""The outline of a session: its parts in order, with their minutes. Plain Python.

A draft keeps a part that still lacks something. A proposal is submitted with parts that add up to its length.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from expo.kit.errors import Invalid
from expo.kit.text import counted

from . import texts

MOST_MINUTES = 600
TITLE_LIMIT, TEXT_LIMIT = 160, 1000
MOST_NAMES, NAME_LIMIT = 12, 254


@dataclass(frozen=True)
class OutlinePart:
    """A part: whole `minutes`, and the addresses of those who present it; None minutes: not said yet."""

    minutes: int | None = None
    title: str = ""
    text: str = ""
    presenters: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == OutlinePart()


TypedPart = OutlinePart | Mapping[str, Any]


def read(rows: Iterable[Mapping[str, Any]]) -> list[OutlinePart]:
    """The parts as the database keeps them."""
    return [
        OutlinePart(row.get("minutes"), row.get("title", ""), row.get("text", ""), tuple(row.get("presenters") or ()))
        for row in rows
    ]


def to_json(parts: Iterable[OutlinePart], *, with_presenters: bool = True) -> list[dict[str, Any]]:
    """How the database keeps the parts."""
    kept = [part if with_presenters else replace(part, presenters=()) for part in parts]
    return [{**asdict(part), "presenters": list(part.presenters)} for part in kept]


def total(parts: Iterable[OutlinePart]) -> int:
    """How many minutes the parts take."""
    return sum(part.minutes or 0 for part in parts)


def checked(parts: Iterable[TypedPart], *, limit: int) -> list[OutlinePart]:
    """The same parts, tidied, without empty ones; refuses what cannot be kept even in a draft."""
    tidied = [part for each in parts if not (part := _tidied(each)).is_empty]
    if len(tidied) > limit:
        raise _invalid(
            "too-many-parts",
            f"The outline has {len(tidied)} parts and may have {limit}. Remove {len(tidied) - limit}, or join some.",
        )
    for number, part in enumerate(tidied, 1):
        _check(number, part)
    return tidied


def _tidied(typed: TypedPart) -> OutlinePart:
    part = typed if isinstance(typed, OutlinePart) else OutlinePart(**typed)
    names = (texts.tidy(name, one_line=True) for name in part.presenters)
    return OutlinePart(
        part.minutes,
        texts.tidy(part.title, one_line=True),
        texts.tidy(part.text),
        tuple(dict.fromkeys(name.lower() if "@" in name else name for name in names if name)),
    )


def _check(number: int, part: OutlinePart) -> None:
    where = f"part {number} of the outline"
    if part.minutes is not None and not 1 <= part.minutes <= MOST_MINUTES:
        raise _invalid(
            "minutes-out-of-range", f"The minutes of {where} are a whole number from 1 to {MOST_MINUTES}, or empty."
        )
    for what, text, limit in (("title", part.title, TITLE_LIMIT), ("text", part.text, TEXT_LIMIT)):
        if sentence := texts.over_limit(f"The {what} of {where}", text, limit):
            raise _invalid("too-long", sentence)
    if len(part.presenters) > MOST_NAMES or any(len(name) > NAME_LIMIT for name in part.presenters):
        raise _invalid(
            "too-many-names",
            f"{where.capitalize()} may name {MOST_NAMES} presenters, each with at most {NAME_LIMIT} characters.",
        )


def _invalid(code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, field="outline")


def gaps(parts: Sequence[OutlinePart], *, length: int, noun: str, presenters: Collection[str] | None) -> Iterator[str]:
    """What keeps an outline from being submitted, in sentences; `presenters`: the addresses that parts may name.

    None: who presents a part is not published, so it does not matter. `length` in minutes; `noun`: the format's name.
    """
    for number, part in enumerate(parts, 1):
        if part.minutes is None:
            yield f"Say how many minutes part {number} of the outline takes."
        if not part.title:
            yield f"Give part {number} of the outline a title."
        for name in part.presenters if presenters is not None else ():
            if name not in (presenters or ()):
                yield (
                    f"Part {number} of the outline names “{name}”, who is not among the presenters. "
                    "Add them as a presenter, or take them out of the part."
                )
    minutes = total(parts)
    if minutes != length and parts and all(part.minutes for part in parts):
        yield (
            f"The outline's parts take {counted(minutes, 'minute')} and the {noun} has {length}. "
            + (f"Add {counted(length - minutes, 'minute')}" if minutes < length else "")
            + (f"Take {counted(minutes - length, 'minute')} away" if minutes > length else "")
            + " or change a part."
        )
