"""What may be written into a proposal: every field of the catalogue, tidied and held to what its format says."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from expo.editions.catalogue import TEXTS, Rules, limit_of
from expo.editions.models import Format, Room, Topic, Track
from expo.editions.queries import rules_of
from expo.kit.errors import Invalid
from expo.kit.text import counted, listed
from expo.sponsors.models import Sponsor

from .. import links, outlines, texts
from ..queries.content import ROOMS, PresenterData
from ..states import AudienceLevel

#: Rows of other tables; the rest are columns of the proposal.
RELATED = ("topics", *ROOMS)
COLUMNS = ("format", "track", "outline", "level", "expected_audience", "links", *TEXTS)
WRITABLE = frozenset({*COLUMNS, *RELATED})
Part = TypeVar("Part", Topic, Room)


def checked(sponsor: Sponsor, fields: Mapping[str, Any], *, format: Format) -> dict[str, Any]:
    """The fields, tidied; refuses what cannot be kept even in a draft.

    What the format does not ask for is kept too, so that changing the format and back loses nothing.
    """
    unknown = set(fields) - WRITABLE
    if unknown:
        raise TypeError(f"A proposal has no {', '.join(sorted(unknown))}.")
    rules = rules_of(format)
    tidied: dict[str, Any] = {
        name: _text(name, fields[name], limit_of(rules, name)) for name in TEXTS if name in fields
    }
    if "track" in fields:
        tidied["track"] = _track(fields["track"], format)
    if "topics" in fields:
        tidied["topics"] = _topics(fields["topics"], sponsor, limit_of(rules, "topics"))
    if "outline" in fields:
        parts = outlines.checked(fields["outline"], limit=limit_of(rules, "outline"))
        tidied["outline"] = outlines.to_json(parts)
    if "links" in fields:
        tidied["links"] = links.to_json(links.checked(fields["links"], limit=limit_of(rules, "links")))
    if "level" in fields:
        tidied["level"] = _level(fields["level"])
    if "expected_audience" in fields:
        tidied["expected_audience"] = _audience(fields["expected_audience"], limit_of(rules, "expected_audience"))
    rooms = {name: fields[name] for name in ROOMS if name in fields}
    return {**tidied, **checked_rooms(sponsor, rules, **rooms)}


def _text(name: str, value: str, limit: int) -> str:
    text = texts.tidy(value or "", one_line=name in texts.ONE_LINE)
    if sentence := texts.too_long(name, text, limit):
        raise Invalid("too-long", sentence, field=name)
    return text


def _track(track: Track | None, format: Format) -> Track | None:
    if track is not None and not (
        track.edition_id == format.edition_id and track.formats.filter(pk=format.pk).exists()
    ):
        raise Invalid(
            "track-does-not-fit",
            f"The track {track} takes no {format.name.lower()}s. Choose a track that does, or leave it open.",
            field="track",
        )
    return track


def _topics(topics: Collection[Topic], sponsor: Sponsor, limit: int) -> list[Topic]:
    chosen = _of_edition(topics, sponsor, "topic", "topics")
    if len(chosen) > limit:
        raise Invalid("too-many-topics", too_many_topics(len(chosen), limit), field="topics")
    return chosen


def too_many_topics(number: int, limit: int) -> str:
    """The sentence about more topics than a format takes."""
    return f"Choose at most {counted(limit, 'topic')}, those that matter most; {number} are ticked."


def _of_edition(parts: Collection[Part], sponsor: Sponsor, noun: str, field: str) -> list[Part]:
    """Each of them once, provided that they belong to the sponsor's edition."""
    chosen = list(dict.fromkeys(parts))
    if any(part.edition_id != sponsor.edition_id for part in chosen):
        raise Invalid(f"foreign-{noun}", f"A {noun} belongs to another edition. Choose from the list.", field=field)
    return chosen


def _level(level: str) -> str:
    if level and level not in list(AudienceLevel):
        known = listed((each.value for each in AudienceLevel), last="or")
        raise Invalid("unknown-level", f"The level is {known}, or empty.", field="level")
    return level


def _audience(people: int | None, limit: int) -> int | None:
    if people is not None and not 1 <= people <= limit:
        sentence = f"The expected audience is a number from 1 to {limit:,}, or empty."
        raise Invalid("audience-out-of-range", sentence, field="expected_audience")
    return people


def checked_rooms(sponsor: Sponsor, rules: Rules, **rooms: Collection[Room]) -> dict[str, list[Room]]:
    """`preferred_rooms` and `excluded_rooms` of the sponsor's edition; refuses one that is both, and too many."""
    chosen = {name: _of_edition(row, sponsor, "room", name) for name, row in rooms.items()}
    require_disjoint(chosen.get("preferred_rooms", ()), chosen.get("excluded_rooms", ()))
    number, limit = sum(map(len, chosen.values())), limit_of(rules, "rooms")
    if number > limit:
        sentence = f"Choose at most {counted(limit, 'room')}; {number} are ticked."
        raise Invalid("too-many-rooms", sentence, field="preferred_rooms")
    return chosen


def within_limit(people: list[PresenterData], format: Format) -> list[PresenterData]:
    """The same presenters; refuses more than the format takes."""
    limit = rules_of(format)["presenters"].limit
    if len(people) > limit:
        sentence = f"A {format.name.lower()} may name {counted(limit, 'presenter')}; this one has {len(people)}."
        raise Invalid("too-many-presenters", sentence, field="presenters")
    return people


def require_disjoint(preferred: Collection[Room], excluded: Collection[Room]) -> None:
    """Refuse a room that is both liked and impossible."""
    if sentence := liked_and_impossible(preferred, excluded):
        raise Invalid("room-liked-and-impossible", sentence, field="excluded_rooms")


def liked_and_impossible(preferred: Collection[Room], excluded: Collection[Room]) -> str:
    """The sentence about rooms that are on both lists; empty where none is."""
    both = [room.name for room in preferred if room in set(excluded)]
    return f"{listed(both)} cannot be both liked and impossible. Take the tick away on one side." if both else ""
