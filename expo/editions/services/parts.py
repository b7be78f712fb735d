"""Formats, tracks, rooms and topics, and what all services of the set-up share."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.text import slugify

from expo.accounts.models import User
from expo.accounts.services import checked_name
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require

from ..models import Edition, Format, Room, Topic, Track

Part = TypeVar("Part", bound=models.Model)


def locked(edition: Edition) -> Edition:
    """The edition's row, locked until the transaction ends: set-up services of one edition run one after another."""
    return Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)


def _rows(model: type[Part], edition: Edition) -> models.QuerySet[Part]:
    return model._default_manager.filter(edition=edition)  # noqa: SLF001 - Django's name for any model's manager


def own(model: type[Part], edition: Edition, part: Part | None) -> Part | None:
    """The part as it is now, provided that it belongs to this edition; raises DoesNotExist otherwise."""
    if part is None:
        return None
    return _rows(model, edition).get(pk=part.pk)


def fresh_name(
    model: type[Part], edition: Edition, name: str, *, except_for: Part | None, limit: int, noun: str
) -> str:
    """A name that no other part of its kind in the edition has."""
    name = checked_name(name, "name", limit)
    others = _rows(model, edition).filter(name__iexact=name)
    if others.exclude(pk=except_for.pk if except_for else None).exists():
        raise Invalid(
            "name-taken",
            f"There is already a {noun} called “{name}”. Change that one, or choose another name.",
            field="name",
        )
    return name


def fresh_slug(model: type[Part], edition: Edition, name: str, noun: str) -> str:
    """A short name for addresses and files; it stays when the name changes."""
    stem = slugify(name)[:34] or noun
    taken = set(_rows(model, edition).filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for n in range(1, len(taken) + 2) if (slug := stem if n == 1 else f"{stem}-{n}") not in taken)


def next_position(model: type[Part], edition: Edition) -> int:
    """The place at the end of the list."""
    last = _rows(model, edition).aggregate(last=models.Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def record_change(fact: str, by: User | None, part: models.Model, **data: object) -> None:
    """Record a change of the set-up; policies asked later in this request see it."""
    forget()
    record(fact, by=by, target=part, data=dict(data))


def remove_part(part: Part, *, by: User | None, edition: Edition, noun: str, used_by: str) -> None:
    """Delete a part of the set-up, unless something depends on it."""
    require_set_up(by, edition)
    locked(edition)
    current = own(type(part), edition, part)
    assert current is not None  # noqa: S101 - own() gives None only for None
    record(f"editions.{noun}_removed", by=by, target=current)
    try:
        current.delete()
    except ProtectedError as error:
        raise WrongState(
            "in-use",
            f"The {noun} “{part}” is used by {len(error.protected_objects)} {used_by}. Move them, then remove it.",
        ) from None
    forget()


def require_set_up(by: User | None, edition: Edition) -> None:
    """Check the policy of the set-up; the system itself (`by=None`) may."""
    if by is not None:
        require(by, "editions.set_up", edition)


def refuse_if(broken: bool, code: str, sentence: str, field: str | None = None) -> None:
    """Refuse the input when the rule is broken."""
    if broken:
        raise Invalid(code, sentence, field=field)


LEAST_MINUTES, MOST_MINUTES = 5, 600


def _position(model: type[Part], edition: Edition, part: models.Model | None, position: int | None) -> int:
    if position is not None:
        refuse_if(
            not 0 <= position <= 1000, "out-of-range", "The position in lists is a number from 0 to 1000.", "position"
        )
        return position
    return int(getattr(part, "position")) if part else next_position(model, edition)  # noqa: B009 - any part


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
    require_set_up(by, edition)
    locked(edition)
    current = own(Format, edition, format)
    name = fresh_name(Format, edition, name, except_for=current, limit=40, noun="format")
    refuse_if(
        not LEAST_MINUTES <= minutes <= MOST_MINUTES,
        "invalid-length",
        f"A format may last from {LEAST_MINUTES} to {MOST_MINUTES} minutes.",
        "minutes",
    )
    _check_lengths(minutes, least_minutes, most_minutes, setup_minutes or 0)
    saved = current or Format(edition=edition, slug=fresh_slug(Format, edition, name, "format"))
    # It would change when scheduled sessions end. (Reverse relation: `program` is a higher layer.)
    if saved.pk and saved.minutes != minutes and saved.proposals.filter(session__isnull=False).exists():
        raise WrongState(
            "format-placed",
            f"Sessions of the format “{saved}” are scheduled, so its length cannot change. Unschedule them first.",
        )
    saved.name, saved.minutes, saved.position = name, minutes, _position(Format, edition, current, position)
    saved.least_minutes, saved.most_minutes, saved.setup_minutes = least_minutes, most_minutes, setup_minutes or 0
    saved.save()
    record_change("editions.format_saved", by, saved, name=name, minutes=minutes)
    return saved


def _check_lengths(minutes: int, least: int | None, most: int | None, setup: int) -> None:
    refuse_if(
        least is not None and not LEAST_MINUTES <= least <= minutes,
        "invalid-length",
        f"The shortest session may last from {LEAST_MINUTES} minutes to the usual {minutes}.",
        "least_minutes",
    )
    refuse_if(
        most is not None and not minutes <= most <= MOST_MINUTES,
        "invalid-length",
        f"The longest session may last from the usual {minutes} minutes to {MOST_MINUTES}.",
        "most_minutes",
    )
    refuse_if(not 0 <= setup <= 240, "invalid-length", "Set-up may take from 0 to 240 minutes.", "setup_minutes")


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
    require_set_up(by, edition)
    locked(edition)
    current = own(Track, edition, track)
    name = fresh_name(Track, edition, name, except_for=current, limit=60, noun="track")
    chosen = list(Format.objects.filter(edition=edition, pk__in=[one.pk for one in formats]))
    refuse_if(not chosen, "track-without-format", "A track needs at least one format of this edition.", "formats")
    saved = current or Track(edition=edition, slug=fresh_slug(Track, edition, name, "track"))
    saved.name, saved.room = name, own(Room, edition, room)
    saved.position = _position(Track, edition, current, position)
    saved.save()
    saved.formats.set(chosen)
    record_change("editions.track_saved", by, saved, name=name, formats=[one.slug for one in chosen])
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
    require_set_up(by, edition)
    locked(edition)
    current = own(Room, edition, room)
    name = fresh_name(Room, edition, name, except_for=current, limit=60, noun="room")
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
        "Each piece of equipment may have at most 40 characters.",
        "equipment",
    )
    saved = current or Room(edition=edition)
    saved.name, saved.capacity, saved.equipment = name, capacity, things
    saved.area = " ".join(area.replace("\x00", "").split())
    refuse_if(len(saved.area) > 40, "too-long", "The name of an area may have at most 40 characters.", "area")
    saved.position = _position(Room, edition, current, position)
    saved.save()
    record_change("editions.room_saved", by, saved, name=name, capacity=capacity)
    return saved


@transaction.atomic
def save_topic(*, by: User | None, edition: Edition, name: str, topic: Topic | None = None) -> Topic:
    """Add a topic, or rename one."""
    require_set_up(by, edition)
    locked(edition)
    current = own(Topic, edition, topic)
    name = fresh_name(Topic, edition, name, except_for=current, limit=60, noun="topic")
    saved = current or Topic(edition=edition, slug=fresh_slug(Topic, edition, name, "topic"))
    saved.name = name
    saved.save()
    record_change("editions.topic_saved", by, saved, name=name)
    return saved


@transaction.atomic
def remove_format(*, by: User | None, edition: Edition, format: Format) -> None:
    """Remove a format nobody proposed in, together with the tiers' limits for it."""
    require_set_up(by, edition)
    taking = Track.objects.filter(edition=edition, pk__in=format.tracks.values("pk"))
    only = taking.annotate(count=models.Count("formats")).filter(count=1).first()
    if only is not None:
        raise WrongState(
            "in-use", f"The track “{only}” takes only this format. Change the track first, then remove the format."
        )
    remove_part(format, by=by, edition=edition, noun="format", used_by="proposals")


@transaction.atomic
def remove_track(*, by: User | None, edition: Edition, track: Track) -> None:
    """Remove a track that nothing was proposed for or placed in."""
    remove_part(track, by=by, edition=edition, noun="track", used_by="proposals or sessions")


@transaction.atomic
def remove_room(*, by: User | None, edition: Edition, room: Room) -> None:
    """Remove a room with its own breaks; tracks that ran in it are free to run anywhere."""
    remove_part(room, by=by, edition=edition, noun="room", used_by="sessions")


@transaction.atomic
def remove_topic(*, by: User | None, edition: Edition, topic: Topic) -> None:
    """Remove a topic that no proposal names."""
    require_set_up(by, edition)
    named = topic.proposals.count()
    if named:
        raise WrongState("in-use", f"{named} proposals name the topic “{topic}”. It can be renamed, but not removed.")
    remove_part(topic, by=by, edition=edition, noun="topic", used_by="proposals")
