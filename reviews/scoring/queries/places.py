"""How much room the program has, by what competes for it: the chairs' arithmetic; the scheduler has the last word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from expo.editions.models import Break, Day, Edition, Format, Track

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class PlacePool:
    """Formats that share tracks, and so compete for the same room.

    Formats of one length are counted in places; where lengths differ, in minutes. `units` is None while days or tracks
    are missing, so that nothing is claimed about a program nobody has sketched.
    """

    key: str
    formats: tuple[Format, ...]
    units: int | None
    is_in_places: bool

    @property
    def name(self) -> str:
        return " and ".join(format.name for format in self.formats)

    @property
    def unit(self) -> str:
        return "places" if self.is_in_places else "minutes"

    def size(self, format: Format) -> int:
        return 1 if self.is_in_places else format.minutes


def pools(edition: Edition, changed: Mapping[str, int] | None = None) -> list[PlacePool]:
    """The edition's pools in the order of formats; `changed` overrides units by key (a what-if). Five queries."""
    tracks = list(Track.objects.filter(edition=edition).prefetch_related("formats"))
    days, breaks = list(Day.objects.filter(edition=edition)), list(Break.objects.filter(edition=edition))
    made = []
    for together in _sharing(list(Format.objects.filter(edition=edition)), tracks):
        mine = [track for track in tracks if any(format in together for format in track.formats.all())]
        spans = [span for track in mine for span in _open_spans(edition, track, days, breaks)]
        made.append(_pool(together, spans if days and mine else None, changed or {}))
    return made


def pool_by_format(room: Iterable[PlacePool]) -> dict[int, PlacePool]:
    return {format.pk: pool for pool in room for format in pool.formats}


def _pool(formats: list[Format], spans: list[int] | None, changed: Mapping[str, int]) -> PlacePool:
    key = "-".join(str(format.pk) for format in formats)
    is_in_places = len({format.minutes for format in formats}) == 1
    step = formats[0].minutes if is_in_places else 1
    units = None if spans is None else sum(minutes // step for minutes in spans)
    return PlacePool(key, tuple(formats), changed.get(key, units), is_in_places)


def _sharing(formats: list[Format], tracks: list[Track]) -> list[list[Format]]:
    """Formats in groups that are linked by a common track."""
    group = {format.pk: {format.pk} for format in formats}
    for track in tracks:
        linked = set().union(*(group[format.pk] for format in track.formats.all() if format.pk in group))
        group.update(dict.fromkeys(linked, linked))
    seen: set[int] = set()
    found = []
    for format in formats:
        if format.pk not in seen:
            seen |= group[format.pk]
            found.append([each for each in formats if each.pk in group[format.pk]])
    return found


def _open_spans(edition: Edition, track: Track, days: Iterable[Day], breaks: list[Break]) -> Iterable[int]:
    """The minutes of each stretch without a break, one room per track."""
    pauses = sorted((b.starts_at, b.ends_at) for b in breaks if b.room_id is None or b.room_id == track.room_id)
    for day in days:
        start = datetime.combine(day.date, day.opens_at, edition.zone)
        end = datetime.combine(day.date, day.closes_at, edition.zone)
        for pause_start, pause_end in pauses:
            if pause_end > start and pause_start < end:
                yield _minutes(start, pause_start)
                start = max(start, pause_end)
        yield _minutes(start, end)


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() // 60))
