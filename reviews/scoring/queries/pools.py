"""The program's capacity, by pool of formats: the chairs' arithmetic; the scheduler has the last word."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from expo.editions.models import Break, Day, Edition, Format, Track
from expo.kit.memo import once_per_request
from expo.proposals.models import Proposal
from expo.sponsors.models import Entitlement


@dataclass(frozen=True)
class FormatPool:
    """Formats that share tracks, and so compete for the same capacity.

    Formats of one length are counted in places; where lengths differ, in minutes. `capacity` is None while days or
    tracks are missing, so that nothing is claimed about a program nobody has sketched.
    """

    key: str
    formats: tuple[Format, ...]
    capacity: int | None
    is_in_places: bool

    @property
    def name(self) -> str:
        return " and ".join(format.name for format in self.formats)

    @property
    def unit(self) -> str:
        return "places" if self.is_in_places else "minutes"

    def size(self, format: Format) -> int:
        return 1 if self.is_in_places else format.minutes


def pools(edition: Edition) -> list[FormatPool]:
    """The edition's pools in the order of formats. Five queries."""
    tracks, days, breaks, all_formats = _calendar(edition)
    found = []
    for formats in _sharing(all_formats, tracks):
        mine = [track for track in tracks if any(format in formats for format in track.formats.all())]
        spans = [span for track in mine for span in _open_spans(edition, track, days, breaks)]
        key = "-".join(str(format.pk) for format in formats)
        is_in_places = len({format.minutes for format in formats}) == 1
        step = formats[0].minutes if is_in_places else 1
        capacity = sum(minutes // step for minutes in spans) if days and mine else None
        found.append(FormatPool(key, tuple(formats), capacity, is_in_places))
    return found


def pools_with(edition: Edition, capacities: Mapping[str, int | None]) -> list[FormatPool]:
    """The same, where keys and capacities are known already."""
    formats = formats_of(edition)
    found = []
    for key, capacity in capacities.items():
        mine = tuple(formats[int(pk)] for pk in key.split("-"))
        found.append(FormatPool(key, mine, capacity, len({format.minutes for format in mine}) == 1))
    return found


@once_per_request
def formats_of(edition: Edition) -> dict[int, Format]:
    """The edition's formats by id, in their order: one query."""
    return {each.pk: each for each in edition.formats.all()}


@once_per_request
def _calendar(edition: Edition) -> tuple[list[Track], list[Day], list[Break], list[Format]]:
    """Tracks with their formats, days, breaks and formats."""
    tracks = list(edition.tracks.prefetch_related("formats"))
    return tracks, list(edition.days.all()), list(edition.breaks.all()), list(formats_of(edition).values())


def limits_of(edition: Edition, proposals: Sequence[Proposal]) -> dict[tuple[int, int], int]:
    """How many of each format a sponsor's tier may have accepted, by sponsor and format."""
    by_tier: dict[int, dict[int, int]] = defaultdict(dict)
    rows = Entitlement.objects.filter(tier__edition=edition).values_list("tier_id", "format_id", "may_be_accepted")
    for tier, format, most in rows:
        by_tier[tier][format] = most
    limits = {(each.sponsor_id, each.format_id): 0 for each in proposals}
    for each in proposals:
        limits |= {(each.sponsor_id, format): most for format, most in by_tier[each.sponsor.tier_id].items()}
    return limits


def pool_by_format(pools: Iterable[FormatPool]) -> dict[int, FormatPool]:
    return {format.pk: pool for pool in pools for format in pool.formats}


def _sharing(formats: list[Format], tracks: list[Track]) -> list[list[Format]]:
    """Formats in groups that are linked by a common track."""
    group = {format.pk: {format.pk} for format in formats}
    for track in tracks:
        linked = set().union(*(group[format.pk] for format in track.formats.all() if format.pk in group))
        group.update(dict.fromkeys(linked, linked))
    done: set[int] = set()
    groups = []
    for format in formats:
        if format.pk not in done:
            done |= group[format.pk]
            groups.append([each for each in formats if each.pk in group[format.pk]])
    return groups


def _open_spans(edition: Edition, track: Track, days: Iterable[Day], breaks: list[Break]) -> Iterable[int]:
    """The minutes of each stretch without a break, one room per track."""
    mine = sorted((b.starts_at, b.ends_at) for b in breaks if b.room_id is None or b.room_id == track.room_id)
    for day in days:
        start = datetime.combine(day.date, day.opens_at, edition.zone)
        end = datetime.combine(day.date, day.closes_at, edition.zone)
        for break_start, break_end in mine:
            if break_end > start and break_start < end:
                yield _minutes(start, break_start)
                start = max(start, break_end)
        yield _minutes(start, end)


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() // 60))
