"""Formats, tracks, rooms and topics."""

from collections.abc import Collection, Iterable

from django.db import models, transaction

from expo.accounts.models import User
from expo.kit.errors import WrongState

from ..models import Edition, Format, Room, Topic, Track
from . import common
from .common import Part, refuse_if

LEAST_MINUTES, MOST_MINUTES = 5, 600


def _position(model: type[Part], edition: Edition, part: models.Model | None, wanted: int | None) -> int:
    if wanted is not None:
        refuse_if(
            not 0 <= wanted <= 1000, "out-of-range", "The place in the list is a number from 0 to 1000.", "position"
        )
        return wanted
    return int(getattr(part, "position")) if part else common.next_position(model, edition)  # noqa: B009 - any part


@transaction.atomic
def save_format(
    *,
    by: User | None,
    edition: Edition,
    name: str,
    minutes: int,
    least_minutes: int | None = None,
    most_minutes: int | None = None,
    setup_minutes: int | None = None,
    position: int | None = None,
    format: Format | None = None,
) -> Format:
    """Add a format, or change one; its length stays once sessions of it are placed."""
    common.require_set_up(by, edition)
    common.locked(edition)
    found = common.own(Format, edition, format)
    name = common.fresh_name(Format, edition, name, except_for=found, limit=40, noun="format")
    refuse_if(
        not LEAST_MINUTES <= minutes <= MOST_MINUTES,
        "odd-length",
        f"A format lasts from {LEAST_MINUTES} to {MOST_MINUTES} minutes.",
        "minutes",
    )
    _check_lengths(minutes, least_minutes, most_minutes, setup_minutes or 0)
    saved = found or Format(edition=edition, slug=common.fresh_slug(Format, edition, name, "format"))
    _keep_length(saved, minutes)
    saved.name, saved.minutes, saved.position = name, minutes, _position(Format, edition, found, position)
    saved.least_minutes, saved.most_minutes, saved.setup_minutes = least_minutes, most_minutes, setup_minutes or 0
    saved.save()
    common.note("editions.format_saved", by, saved, name=name, minutes=minutes)
    return saved


def _check_lengths(minutes: int, least: int | None, most: int | None, setup: int) -> None:
    refuse_if(
        least is not None and not LEAST_MINUTES <= least <= minutes,
        "odd-length",
        f"The shortest session takes from {LEAST_MINUTES} minutes to the usual {minutes}.",
        "least_minutes",
    )
    refuse_if(
        most is not None and not minutes <= most <= MOST_MINUTES,
        "odd-length",
        f"The longest session takes from the usual {minutes} minutes to {MOST_MINUTES}.",
        "most_minutes",
    )
    refuse_if(not 0 <= setup <= 240, "odd-length", "Setting up takes from 0 to 240 minutes.", "setup_minutes")


def _keep_length(saved: Format, minutes: int) -> None:
    """Sessions hold their own end; a new length would make the timetable lie (asked by name: it stands above)."""
    if saved.pk and saved.minutes != minutes and saved.proposals.filter(session__isnull=False).exists():
        raise WrongState(
            "format-placed",
            f"Sessions of the format “{saved}” stand in the timetable, so its length stays. Take them out first.",
        )


@transaction.atomic
def save_track(
    *,
    by: User | None,
    edition: Edition,
    name: str,
    formats: Iterable[Format] = (),
    room: Room | None = None,
    position: int | None = None,
    track: Track | None = None,
) -> Track:
    """Add a track, or change one; it takes at least one format."""
    common.require_set_up(by, edition)
    common.locked(edition)
    found = common.own(Track, edition, track)
    name = common.fresh_name(Track, edition, name, except_for=found, limit=60, noun="track")
    chosen = list(Format.objects.filter(edition=edition, pk__in=[one.pk for one in formats]))
    refuse_if(not chosen, "track-without-format", "A track takes at least one format of this edition.", "formats")
    saved = found or Track(edition=edition, slug=common.fresh_slug(Track, edition, name, "track"))
    saved.name, saved.room = name, common.own(Room, edition, room)
    saved.position = _position(Track, edition, found, position)
    saved.save()
    saved.formats.set(chosen)
    common.note("editions.track_saved", by, saved, name=name, formats=[one.slug for one in chosen])
    return saved


@transaction.atomic
def save_room(
    *,
    by: User | None,
    edition: Edition,
    name: str,
    capacity: int | None = None,
    equipment: Collection[str] = (),
    area: str = "",
    position: int | None = None,
    room: Room | None = None,
) -> Room:
    """Add a room, or change one."""
    common.require_set_up(by, edition)
    common.locked(edition)
    found = common.own(Room, edition, room)
    name = common.fresh_name(Room, edition, name, except_for=found, limit=60, noun="room")
    refuse_if(
        capacity is not None and not 1 <= capacity <= 100_000,
        "odd-capacity",
        "A room has 1 to 100,000 seats.",
        "capacity",
    )
    things = list(dict.fromkeys(words for thing in equipment if (words := " ".join(thing.split()))))
    refuse_if(
        any(len(thing) > 40 for thing in things),
        "too-long",
        "Each piece of equipment takes at most 40 characters.",
        "equipment",
    )
    saved = found or Room(edition=edition)
    saved.name, saved.capacity, saved.equipment = name, capacity, things
    saved.area = _area(area)
    saved.position = _position(Room, edition, found, position)
    saved.save()
    common.note("editions.room_saved", by, saved, name=name, capacity=capacity)
    return saved


def _area(words: str) -> str:
    area = " ".join(words.replace("\x00", "").split())
    refuse_if(len(area) > 40, "too-long", "The name of an area takes at most 40 characters.", "area")
    return area


@transaction.atomic
def save_topic(*, by: User | None, edition: Edition, name: str, topic: Topic | None = None) -> Topic:
    """Add a topic, or rename one."""
    common.require_set_up(by, edition)
    common.locked(edition)
    found = common.own(Topic, edition, topic)
    name = common.fresh_name(Topic, edition, name, except_for=found, limit=60, noun="topic")
    saved = found or Topic(edition=edition, slug=common.fresh_slug(Topic, edition, name, "topic"))
    saved.name = name
    saved.save()
    common.note("editions.topic_saved", by, saved, name=name)
    return saved


@transaction.atomic
def remove_format(*, by: User | None, edition: Edition, format: Format) -> None:
    """Remove a format nobody proposed in, together with the tiers' limits for it."""
    common.require_set_up(by, edition)
    taking = Track.objects.filter(edition=edition, pk__in=format.tracks.values("pk"))
    only = taking.annotate(count=models.Count("formats")).filter(count=1).first()
    if only is not None:
        raise WrongState(
            "in-use", f"The track “{only}” takes only this format. Change the track first, then remove the format."
        )
    common.remove(format, by=by, edition=edition, noun="format", used_by="proposals")


@transaction.atomic
def remove_track(*, by: User | None, edition: Edition, track: Track) -> None:
    """Remove a track that nothing was proposed for or placed in."""
    common.remove(track, by=by, edition=edition, noun="track", used_by="proposals or sessions")


@transaction.atomic
def remove_room(*, by: User | None, edition: Edition, room: Room) -> None:
    """Remove a room with its own breaks; tracks that ran in it are free to run anywhere."""
    common.remove(room, by=by, edition=edition, noun="room", used_by="sessions")


@transaction.atomic
def remove_topic(*, by: User | None, edition: Edition, topic: Topic) -> None:
    """Remove a topic that no proposal names."""
    common.require_set_up(by, edition)
    named = topic.proposals.count()
    if named:
        raise WrongState("in-use", f"{named} proposals name the topic “{topic}”. It can be renamed, but not removed.")
    common.remove(topic, by=by, edition=edition, noun="topic", used_by="proposals")
