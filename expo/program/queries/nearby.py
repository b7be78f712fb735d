"""What bears on a few places and nothing else, in two queries: the check while somebody drags reads this."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from expo.editions.models import Break, Day, Edition, Format, Room, Topic, Track
from expo.proposals.models import Availability, Presenter, Proposal
from expo.proposals.states import PLACEABLE

from ..models import Link as LinkRow
from ..models import Session
from ..solver import Away, Item, Link, Place, Problem
from ..solver import Track as SolverTrack
from .ground import Ground
from .items import WISH, item_of
from .times import minute, moment, up

#: Above this many places one span of time around them all is read.
FEW = 8


@dataclass(frozen=True)
class Want:
    """Where a session is wanted and for how many minutes; `place` None: out of the timetable."""

    proposal: int
    place: Place | None
    minutes: int


@dataclass(frozen=True)
class Known:
    """A session near a wanted place, or the wanted one itself, with everything a rule asks about it."""

    row: Proposal
    item: Item
    names: Mapping[str, str]

    @property
    def session(self) -> Session | None:
        return getattr(self.row, "session", None)

    @property
    def told(self) -> Place | None:
        """The place its presenters were told."""
        slot = getattr(self.row, "slot", None)
        return Place(slot.room_id, minute(slot.starts_at)) if slot else None


@dataclass(frozen=True)
class Scene:
    """The neighbourhood as it would stand with all that is wanted."""

    edition: Edition
    ground: Ground
    problem: Problem
    known: Mapping[int, Known]
    places: Mapping[int, Place]

    @cached_property
    def rooms(self) -> dict[int, Room]:
        return {room.pk: room for room in self.ground.rooms}


def nearby(edition: Edition, wants: Iterable[Want]) -> Scene:
    """Two queries, whatever the edition's size: the set-up, then the sessions that a rule or an aim could name."""
    wants = tuple(wants)
    found = _set_up(edition, [want.proposal for want in wants])
    ground = _ground(edition, found)
    known = {row.pk: _known(row, ground) for row in _sessions(edition, wants, found.setup or 0)}
    known |= {want.proposal: _as_wanted(known[want.proposal], want.minutes) for want in wants if want.proposal in known}
    items = tuple(each.item for each in known.values())
    problem = replace(ground.problem, items=items, links=tuple(_link(each) for each in found.ties or ()))
    return Scene(edition, ground, problem, known, _places(known, wants))


def _places(known: Mapping[int, Known], wants: Iterable[Want]) -> dict[int, Place]:
    places = {key: each.item.present for key, each in known.items()} | {want.proposal: want.place for want in wants}
    return {key: place for key, place in places.items() if place is not None}


def _as_wanted(known: Known, minutes: int) -> Known:
    return replace(known, item=replace(known.item, minutes=minutes))


def _set_up(edition: Edition, proposals: list[int]) -> Any:
    """The edition's row with the parts of its set-up, and the links of these proposals, as lists of plain values."""
    here = {"edition": OuterRef("pk")}
    formats = Track.formats.through.objects.filter(track=OuterRef("pk")).values("format_id")
    links = LinkRow.objects.filter(Q(one__in=proposals) | Q(other__in=proposals), **here).order_by("id")
    longest = Format.objects.filter(**here).values("edition").annotate(longest=Max("setup_minutes")).values("longest")
    return (
        Edition.objects.filter(pk=edition.pk)
        .annotate(
            halls=_lists(
                Room.objects.filter(**here).order_by("position", "id"), *_same("id name capacity equipment area")
            ),
            lanes=_lists(
                Track.objects.filter(**here).order_by("position", "id"),
                *_same("id"),
                room="room_id",
                formats=ArraySubquery(formats),
            ),
            dates=_lists(
                Day.objects.filter(**here).order_by("date"),
                *_same("date opens_at closes_at prime_from prime_until"),
            ),
            pauses=_lists(
                Break.objects.filter(**here).order_by("starts_at"), *_same("name starts_at ends_at"), room="room_id"
            ),
            ties=_lists(links, *_same("kind is_rule"), one="one_id", other="other_id"),
            setup=Subquery(longest),
        )
        .only("pk")
        .get()
    )


def _same(names: str) -> list[str]:
    return names.split()


def _lists(rows: QuerySet[Any], *names: str, **others: Any) -> ArraySubquery:
    """The rows as an array of objects."""
    return ArraySubquery(rows.values(json=JSONObject(**dict(zip(names, names, strict=True)), **others)))


def _ground(edition: Edition, found: Any) -> Ground:
    return Ground(
        edition,
        rooms=[Room(**each) for each in found.halls],
        tracks=[SolverTrack(each["id"], frozenset(each["formats"]), each["room"]) for each in found.lanes],
        days=[_day(each) for each in found.dates],
        breaks=[_break(each) for each in found.pauses],
    )


def _day(found: dict[str, Any]) -> Day:
    clocks = {key: value and time.fromisoformat(value) for key, value in found.items() if key != "date"}
    return Day(date=date.fromisoformat(found["date"]), **clocks)


def _break(found: dict[str, Any]) -> Break:
    starts_at, ends_at = (datetime.fromisoformat(found[key]) for key in ("starts_at", "ends_at"))
    return Break(name=found["name"], starts_at=starts_at, ends_at=ends_at, room_id=found["room"])


def _link(found: dict[str, Any]) -> Link:
    return Link(found["kind"], found["one"], found["other"], 0 if found["is_rule"] else WISH)


def _sessions(edition: Edition, wants: tuple[Want, ...], setup: int) -> QuerySet[Proposal]:
    """The wanted ones, what they are linked with, and what is on near the wanted times."""
    mine = [want.proposal for want in wants]
    links = LinkRow.objects.filter(edition=edition)
    linked = Q(pk__in=links.filter(one__in=mine).values("other")) | Q(pk__in=links.filter(other__in=mine).values("one"))
    margin = max(setup, edition.rest_minutes, edition.walk_minutes)
    on = Q(pk__in=Session.objects.filter(_on(wants, margin), edition=edition).values("proposal"))
    return _facts(edition).filter(Q(pk__in=mine) | linked | on).order_by("pk")


def _on(wants: Iterable[Want], margin: int) -> Q:
    """Sessions that meet one of the wanted times, with so many minutes before and after them."""
    spans = [(want.place.start, want.place.start + want.minutes) for want in wants if want.place is not None]
    if len(spans) > FEW:
        spans = [(min(start for start, _ in spans), max(end for _, end in spans))]
    found = Q(pk__in=[])
    for start, end in spans:
        found |= Q(starts_at__lt=moment(end + margin), ends_at__gt=moment(start - margin))
    return found


def _facts(edition: Edition) -> QuerySet[Proposal]:
    presenters = Presenter.objects.filter(proposal=OuterRef("pk")).order_by("position", "id")
    away = Availability.objects.filter(presenter__proposal=OuterRef("pk")).order_by("starts_at", "id")
    return (
        Proposal.objects.filter(edition=edition, state__in=PLACEABLE)
        .select_related("format", "sponsor", "track", "session", "slot")
        .defer("abstract", "takeaways", "needs", "public_text", "feedback")
        .annotate(
            cast_=_lists(presenters, *_same("id name email")),
            gone=_lists(away, *_same("starts_at ends_at"), presenter="presenter_id", email=F("presenter__email")),
            themes=ArraySubquery(Topic.objects.filter(proposals=OuterRef("pk")).values("pk")),
        )
    )


def _known(row: Any, ground: Ground) -> Known:
    people = {each["email"].lower() for each in row.cast_ if each["email"]}
    session = getattr(row, "session", None)
    away = [_away(each) for each in row.gone]
    item = item_of(row, session, (0, None), people, away, row.themes, ground.halves, ground.roaming)
    return Known(row, item, {each["email"].lower() or f"#{each['id']}": each["name"] for each in row.cast_})


def _away(found: dict[str, Any]) -> Away:
    starts_at, ends_at = (datetime.fromisoformat(found[key]) for key in ("starts_at", "ends_at"))
    return Away(found["email"].lower() or f"#{found['presenter']}", minute(starts_at), up(ends_at))
