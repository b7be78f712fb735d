"""What a run starts from: who can take something, how it will decide, and which proposals it cannot fill."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition

from ..models import Assignment, QueueSettings
from ..states import LIVE, StayMode
from .board import BoardFilter, ReviewerRow, Totals, board, reviewer_rows, totals
from .lookups import settings_of
from .people import Barriers, barriers, today
from .snapshot import idle

NAMED = 3
MOST_SHOWN = 12


@dataclass(frozen=True)
class Tight:
    """A proposal with fewer reviewers who could take it than places, and what removed the others."""

    code: str
    title: str
    eligible: int
    missing: int
    removed: str


@dataclass(frozen=True)
class Ground:
    """The start page in numbers and words, over what the viewer may see."""

    totals: Totals
    settings: QueueSettings
    rules: tuple[str, ...]
    reviewers: int
    idle: tuple[tuple[str, str], ...]
    without_topics: int
    room: int
    tight: tuple[Tight, ...]

    @property
    def shown(self) -> tuple[Tight, ...]:
        return self.tight[:MOST_SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.tight) - MOST_SHOWN)


def ground(edition: Edition, viewer: User) -> Ground:
    """Few queries, whatever the size."""
    settings = settings_of(edition)
    everybody = reviewer_rows(edition, viewer, waiting=True)
    day = today(edition)
    resting = {row.person.id: cause for row in everybody if (cause := idle(row.person, settings, day))}
    awake = [row for row in everybody if row.person.id not in resting]
    return Ground(
        totals=totals(edition, viewer),
        settings=settings,
        rules=tuple(rules_in_words(settings)),
        reviewers=len(everybody),
        idle=tuple(_named(everybody, resting)),
        without_topics=sum(1 for row in awake if not row.person.topics),
        room=sum(max(0, row.person.most - row.load) for row in awake),
        tight=tuple(_tight(edition, viewer, everybody, resting)),
    )


def _named(rows: Iterable[ReviewerRow], resting: Mapping[int, str]) -> Iterable[tuple[str, str]]:
    """Causes with the names behind them."""
    by_cause: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.person.id in resting:
            by_cause[resting[row.person.id]].append(str(row.person.user))
    for cause, names in by_cause.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield cause, f"{', '.join(names[:NAMED])}{more}"


def rules_in_words(settings: QueueSettings) -> Iterable[str]:
    """What a run will respect and give up, as it is set."""
    if settings.wants_senior:
        yield "At least one senior reviewer on every proposal."
    if settings.wants_sectors:
        yield "At least one reviewer from academia and one from industry on every proposal."
    if settings.forbids_cycles:
        yield "No two or three companies review each other's proposals in a circle."
    if settings.least_load:
        noun = "review" if settings.least_load == 1 else "reviews"
        yield f"At least {settings.least_load} {noun} for everybody, if there are that many."
    if settings.floor_share and settings.chance_cap == 1:
        yield f"Up to {100 * settings.floor_share:g} % of the total match is given up for the worst-off proposals."
    if settings.chance_cap < 1:
        yield f"Drawn by chance: no pair has a chance of more than {100 * settings.chance_cap:g} %."
    stays = settings.stay == StayMode.KEEP
    yield "Unanswered offers change as little as possible." if stays else "Unanswered offers get a bonus for staying."


def _tight(edition: Edition, viewer: User, rows: Sequence[ReviewerRow], resting: Mapping[int, str]) -> Iterable[Tight]:
    proposals: list[Any] = list(board(edition, viewer, BoardFilter(show="gaps")))
    found = barriers(edition, [row.person.user for row in rows], proposals)
    barred: dict[int, set[int]] = defaultdict(set)
    for pair in (*found.conflicts, *found.ended):
        barred[pair[0]].add(pair[1])
    on_it: dict[int, set[int]] = defaultdict(set)
    live = Assignment.objects.filter(proposal__in=proposals, state__in=LIVE)
    for pair in live.values_list("proposal_id", "reviewer_id"):
        on_it[pair[0]].add(pair[1])
    full = {row.person.id for row in rows if row.load >= row.person.most and row.person.id not in resting}
    free = {row.person.id for row in rows} - set(resting) - full
    for proposal in proposals:
        eligible = len(free - barred[proposal.pk] - on_it[proposal.pk])
        if eligible < proposal.missing:
            others = {row.person.id for row in rows} - on_it[proposal.pk]
            told = _removed(proposal.pk, others, found, resting, full)
            yield Tight(proposal.code, proposal.title, eligible, proposal.missing, told)


def _removed(
    proposal: int, others: Iterable[int], found: Barriers, resting: Mapping[int, str], full: Iterable[int]
) -> str:
    """What stands between the proposal and everybody who is not on it, counted."""
    counts: Counter[str] = Counter()
    for reviewer in others:
        counts[_cause((proposal, reviewer), found, resting, full)] += 1
    counts.pop("", None)
    return ", ".join(f"{count} {cause}" for cause, count in counts.most_common())


def _cause(pair: tuple[int, int], found: Barriers, resting: Mapping[int, str], full: Any) -> str:
    if pair in found.conflicts:
        return "in conflict"
    if pair in found.ended:
        return "not asked again"
    if pair[1] in resting:
        return resting[pair[1]].lower()
    return "with a full load" if pair[1] in full else ""
