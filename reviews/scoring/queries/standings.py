"""Where each proposal stands, computed over what the viewer may see: what is hidden cannot show through."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.memo import once_per_request
from expo.kit.policy import allowed
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState
from reviews.rubrics.models import Criterion
from reviews.rubrics.queries import criteria

from .. import calibration, reasons
from ..reasons import Facts, Flag
from .places import PlacePool, pool_by_format, pools
from .table import Reading, Table, read

__all__ = ["Flag", "Overview", "Standing", "overview", "standings"]


@dataclass(frozen=True)
class Standing:
    """One proposal's standing, in points of the rubric. None: too little is known to say."""

    proposal: Proposal
    pool: PlacePool
    reviews: int
    expected: int
    scores: tuple[float, ...]
    mean: float | None
    median: float | None
    calibrated: float | None
    low: float | None
    high: float | None
    chance_above_line: float | None
    spread: float | None
    line: float | None
    rank: int | None
    recruiting: int
    levels: Mapping[int, float]
    flags: tuple[Flag, ...]
    why: tuple[str, ...]

    @property
    def merit(self) -> float | None:
        """What to go by: the calibrated mean past the gates, else the plain one."""
        return self.calibrated if self.calibrated is not None else self.mean

    @property
    def is_above_line(self) -> bool:
        return self.merit is not None and (self.line is None or self.merit >= self.line)

    @property
    def is_in_middle(self) -> bool:
        """The verdict could fall either way: between one and four chances in five, or an interval across the line."""
        if self.chance_above_line is not None:
            return 0.2 <= self.chance_above_line <= 0.8
        return (
            self.line is not None
            and self.low is not None
            and self.high is not None
            and self.low <= self.line <= self.high
        )


@dataclass(frozen=True)
class Overview:
    """All standings, best first, with what they rest on. `sentence`: why calibration was not used, if it was not.

    `scores` and `readings` (by proposal) are what a rerun starts from.
    """

    standings: tuple[Standing, ...]
    pools: tuple[PlacePool, ...]
    lines: Mapping[str, float]
    criteria: tuple[Criterion, ...]
    least: int
    most: int
    is_calibrated: bool
    gate: str
    sentence: str
    offset_share: float | None
    scores: calibration.Problem
    readings: Mapping[int, Sequence[Reading]]

    def of(self, proposal: Proposal) -> Standing | None:
        return next((each for each in self.standings if each.proposal.pk == proposal.pk), None)


def standings(edition: Edition, viewer: User) -> list[Standing]:
    """Best first; proposals without a review last."""
    return list(overview(edition, viewer).standings)


def overview(edition: Edition, viewer: User, changed: Mapping[str, int] | None = None) -> Overview:
    """Standings with their ground; `changed` overrides places by pool. A constant number of queries."""
    return _compute(edition, viewer, changed) if changed else _once(edition, viewer)


@once_per_request
def _once(edition: Edition, viewer: User) -> Overview:
    return _compute(edition, viewer, {})


def _compute(edition: Edition, viewer: User, changed: Mapping[str, int]) -> Overview:
    proposals = _visible(edition, viewer)
    asked = criteria(edition)
    table = read(edition, proposals, asked)
    room = pools(edition, changed)
    scores = _problem(proposals, table, room)
    solution = calibration.solve(scores)
    values = [level.value for each in asked for level in each.levels.all()] or [1, 5]
    ground = _Ground(edition, proposals, table, solution, room, (min(values), max(values)))
    return Overview(
        standings=tuple(map(ground.standing, ground.sorted)),
        pools=tuple(room),
        lines=ground.lines,
        criteria=tuple(asked),
        least=min(values),
        most=max(values),
        is_calibrated=solution.calibrated,
        gate=solution.gate,
        sentence=solution.sentence,
        offset_share=solution.variances.offset_share if solution.variances else None,
        scores=scores,
        readings=table.readings,
    )


def _visible(edition: Edition, viewer: User) -> list[Proposal]:
    if not allowed(viewer, "scoring.standings", edition):
        return []
    seen = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN)
    return list(
        seen.select_related("edition", "format", "track", "sponsor__tier").prefetch_related("topics").order_by("code")
    )


def _problem(proposals: Sequence[Proposal], table: Table, room: Sequence[PlacePool]) -> calibration.Problem:
    at = pool_by_format(room)
    sizes: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for proposal in proposals:
        pool = at[proposal.format_id]
        sizes[pool.key].append((str(proposal.pk), pool.size(proposal.format)))
    known = [calibration.Pool(pool.key, pool.units, tuple(sizes[pool.key])) for pool in room if pool.units is not None]
    marks = (mark for proposal in proposals for mark in table.marks.get(proposal.pk, ()))
    return calibration.Problem(tuple(marks), tuple(known))


class _Ground:
    """Everything a single standing is read from: values, ranks within pools, and the pools' lines."""

    def __init__(
        self,
        edition: Edition,
        proposals: Sequence[Proposal],
        table: Table,
        solution: calibration.Solution,
        room: Sequence[PlacePool],
        scale: tuple[int, int],
    ) -> None:
        self.edition, self.table, self.solution, self.scale = edition, table, solution, scale
        self.at = pool_by_format(room)
        self.values = {each.pk: found.value for each in proposals if (found := solution.estimates.get(str(each.pk)))}
        self.sorted = sorted(proposals, key=lambda each: (-self.values.get(each.pk, -1e9), each.code))
        self.ranked: dict[str, list[Proposal]] = defaultdict(list)
        self.ranks: dict[int, int] = {}
        for proposal in (each for each in self.sorted if each.pk in self.values):
            among = self.ranked[self.at[proposal.format_id].key]
            among.append(proposal)
            self.ranks[proposal.pk] = len(among)
        self.lines = {pool.key: line for pool in room if (line := self._line(pool)) is not None}

    def _line(self, pool: PlacePool) -> float | None:
        """Half way between the last that fits and the first that does not; none where all fit."""
        used, inside = 0, None
        for proposal in self.ranked[pool.key] if pool.units is not None else ():
            used += pool.size(proposal.format)
            value = self.values[proposal.pk]
            if used > (pool.units or 0):
                return value if inside is None else (inside + value) / 2
            inside = value
        return None

    def standing(self, proposal: Proposal) -> Standing:
        facts = self._facts(proposal, self.at[proposal.format_id], self.solution.estimates.get(str(proposal.pk)))
        return Standing(
            proposal=proposal,
            pool=self.at[proposal.format_id],
            reviews=len(facts.scores),
            expected=facts.expected,
            scores=facts.scores,
            mean=facts.mean,
            median=median(facts.scores) if facts.scores else None,
            calibrated=facts.calibrated,
            low=facts.low,
            high=facts.high,
            chance_above_line=facts.chance,
            spread=facts.spread,
            line=facts.line,
            rank=facts.rank,
            recruiting=facts.recruiting,
            levels=self.table.levels.get(proposal.pk, {}),
            flags=reasons.flags(facts),
            why=reasons.why(facts),
        )

    def _facts(self, proposal: Proposal, pool: PlacePool, estimate: calibration.Estimate | None) -> Facts:
        return Facts(
            scores=tuple(sorted(mark.value for mark in self.table.marks.get(proposal.pk, ()))),
            expected=max(self.edition.reviews_per_proposal, self.table.assigned.get(proposal.pk, 0)),
            mean=estimate.mean if estimate else None,
            calibrated=estimate.value if estimate and self.solution.calibrated else None,
            low=self._clamp(estimate.low) if estimate else None,
            high=self._clamp(estimate.high) if estimate else None,
            chance=self.solution.chances.get(str(proposal.pk)),
            line=self.lines.get(pool.key),
            rank=self.ranks.get(proposal.pk),
            ranked=len(self.ranked[pool.key]),
            units=pool.units if pool.is_in_places else None,
            pool=pool.name,
            recruiting=self.table.recruiting.get(proposal.pk, 0),
            conflicted=self.table.conflicted.get(proposal.pk, 0),
            scale=self.scale[1] - self.scale[0],
            gate=self.solution.sentence,
        )

    def _clamp(self, value: float | None) -> float | None:
        """No true value lies beyond the rubric's ends."""
        return None if value is None else min(float(self.scale[1]), max(float(self.scale[0]), value))
