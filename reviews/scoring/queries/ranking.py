"""The ranking: each proposal's calibrated score, computed over what the viewer may see: nothing else shows through."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from expo.accounts.models import User
from expo.editions.models import Edition, Topic
from expo.kit.memo import once_per_request
from expo.kit.policy import allowed
from expo.kit.text import counted
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState
from reviews.assignments.queries.roster import conflict_pairs
from reviews.rubrics.models import Criterion
from reviews.rubrics.queries import Rubrics, rubrics_of

from .. import calibration, selection
from ..models import Review, Score
from . import stored_ranking
from .pools import FormatPool, formats_of, limits_of, pool_by_format, pools, pools_with
from .stored_ranking import Numbers, Reading


@dataclass(frozen=True)
class Flag:
    """Something to look at before deciding: a code, its words, its tone and its sign."""

    code: str
    text: str
    tone: str

    @property
    def icon(self) -> str:
        return FLAG_ICONS[self.code]


#: What no list of scores shows; one proposal's own page reads it with the proposal.
TEXTS = (
    "abstract", "takeaways", "outline", "audience", "prerequisites", "evidence", "hands_on", "needs", "wishes",
    "links", "public_text", "edits", "kept", "feedback", "criteria_feedback",
)  # fmt: skip
FLAG_ICONS = {"recruiting": "alert", "conflict": "eye-off", "disagreement": "half", "few-reviews": "clock"}


@dataclass(frozen=True)
class CalibratedScore:
    """One proposal's score, in points of the rubric. None: too little is known to say.

    `rank` of `ranked` in its pool; `line`: the least value that is in on points alone, within capacity and limits,
    where capacity leaves somebody out; `scale`: the rubric's width in points; `gate`: why calibration was not used.
    """

    proposal: Proposal
    pool: FormatPool
    expected: int
    scores: tuple[float, ...]
    mean: float | None
    merit: float | None
    calibrated: float | None
    low: float | None
    high: float | None
    chance_above_line: float | None
    stability: float | None
    line: float | None
    rank: int | None
    ranked: int
    recruiting: int
    conflicted: int
    levels: Mapping[int, float]
    scale: int
    gate: str
    moved_to: str
    unreviewed: int
    is_apart: bool
    topics: tuple[tuple[str, str], ...]

    @property
    def reviews(self) -> int:
        return len(self.scores)

    @property
    def median(self) -> float | None:
        return median(self.scores) if self.scores else None

    @property
    def spread(self) -> float | None:
        """Largest score less smallest."""
        return max(self.scores) - min(self.scores) if len(self.scores) > 1 else None

    @property
    def is_above_line(self) -> bool:
        return self.merit is not None and (self.line is None or self.merit >= self.line)

    @property
    def is_in_middle(self) -> bool:
        """The decision could go either way: between one and four chances in five, or an interval across the line."""
        if self.chance_above_line is not None:
            return 0.2 <= self.chance_above_line <= 0.8
        return (
            self.line is not None
            and self.low is not None
            and self.high is not None
            and self.low <= self.line <= self.high
        )

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What asks for a second look."""
        flags = []
        if self.recruiting:
            flags.append(Flag("recruiting", f"Recruiting: {self.recruiting} of {self.reviews}", "danger"))
        if self.conflicted:
            flags.append(Flag("conflict", f"{counted(self.conflicted, 'review')} under a conflict", "warn"))
        if self.spread is not None and self.spread >= self.scale / 2:
            flags.append(Flag("disagreement", "Reviewers disagree", "warn"))
        if self.reviews < self.expected:
            flags.append(Flag("few-reviews", f"{self.reviews} of {self.expected} reviews", "neutral"))
        return tuple(flags)

    @property
    def why(self) -> tuple[str, ...]:
        """How the score came about, in the order one would ask."""
        if self.mean is None:
            return ("No review has been submitted yet, so there is no score.",)
        scores = ", ".join(f"{score:.2f}" for score in self.scores)
        sentences = [f"{self.reviews} of {self.expected} reviews are in: {scores}; plain mean {self.mean:.2f}."]
        moved = f"moved towards the {self.moved_to}, the more so the fewer reviews it has"
        if self.calibrated is None:
            sentences.append(
                f"Score {self.merit:.2f}: the plain mean {moved}. Strict or lenient reviewers are not corrected for. "
                f"{self.gate}".strip()
            )
        else:
            sentences.append(
                f"Calibrated score {self.merit:.2f}: corrected for how strict its reviewers are elsewhere, and {moved}."
            )
        if self.is_apart:
            sentences.append(
                "No common reviewer links its reviews with most others: it is compared with those as if reviewers "
                "were equally strict on average."
            )
        if self.low is None or self.high is None:
            sentences.append("There are too few reviews to say how far this may be off.")
        else:
            sentences.append(
                f"The mean of very many reviewers would lie between {self.low:.2f} and {self.high:.2f} with a "
                "probability of 95 % (credible interval)."
            )
        sentences.append(self._rank_sentence())
        if self.chance_above_line is not None:
            sentences.append(
                f"Judging by its scores and those of all others in {self.pool.name}, the probability that it belongs "
                "among those that capacity and the limits of tiers let in is "
                f"{percent(self.chance_above_line)}."
            )
            if self.unreviewed:
                sentences.append(
                    f"{counted(self.unreviewed, 'proposal')} without a review may still turn out better; that is "
                    "in the probability."
                )
        if self.stability is not None:
            act = "keep it in" if self.is_above_line else "let it in"
            sentences.append(f"If the reviewers are drawn again at random, {percent(self.stability)} of draws {act}.")
        return tuple(sentences)

    def _rank_sentence(self) -> str:
        rank = f"Rank {self.rank} of {self.ranked} in {self.pool.name}"
        capacity = self.pool.capacity if self.pool.is_in_places else None
        if capacity is not None:
            rank += f" for {counted(capacity, 'place')}"
        if self.line is not None:
            last = "the least score that is in on points alone, within capacity and the limits of tiers"
            return f"{rank}; the line is at {self.line:.2f}: {last}."
        return f"{rank}; there is capacity for all that the tiers allow." if capacity else f"{rank}."


@dataclass(frozen=True)
class Ranking:
    """All scores, best first, with what they rest on. `sentence`: why calibration was not used, if it was not.

    `problem` and `readings` (by proposal) are what a rerun starts from.
    """

    edition: Edition
    scores: tuple[CalibratedScore, ...]
    pools: tuple[FormatPool, ...]
    lines: Mapping[str, float]
    rubrics: Rubrics
    lowest_level: int
    highest_level: int
    is_calibrated: bool
    gate: str
    sentence: str
    offset_share: float | None
    agreement: float | None
    agreement_by_criterion: Mapping[int, float]
    solution: calibration.Solution
    readings: Mapping[int, Sequence[Reading]]

    def criteria_of(self, proposal: Proposal) -> tuple[Criterion, ...]:
        """What it is scored by."""
        return self.rubrics.of_proposal(proposal).criteria

    @property
    def agreement_rows(self) -> tuple[tuple[str, float], ...]:
        """Each criterion's name and agreement, where there is one."""
        found = self.agreement_by_criterion
        return tuple((each.name, found[each.pk]) for each in self.rubrics.all_criteria if each.pk in found)

    def step(self, value: int | None) -> int:
        """Where a level stands on the rubric's scale, from 1 to 4; 1 for none."""
        low, high = self.lowest_level, self.highest_level
        return 1 if value is None or high == low else 1 + round(3 * (value - low) / (high - low))

    def of(self, proposal: Proposal) -> CalibratedScore | None:
        return self._by_proposal.get(proposal.pk)

    @cached_property
    def _by_proposal(self) -> dict[int, CalibratedScore]:
        return {each.proposal.pk: each for each in self.scores}

    @property
    def most_in_a_pool(self) -> int:
        """How many proposals with a score the fullest pool has."""
        return max((each.ranked for each in self.scores), default=0)

    @cached_property
    def problem(self) -> calibration.Problem:
        proposals = [each.proposal for each in self.scores]
        return _problem(proposals, self.readings, self.pools, limits_of(self.edition, proposals))

    @cached_property
    def comments(self) -> dict[int, list[str]]:
        """What counting reviews say to the sponsor, by proposal, in an order that says nothing about who wrote what."""
        rows = Review.objects.filter(Review.COUNTS, assignment__proposal__in=list(self._by_proposal))
        said: dict[int, set[str]] = defaultdict(set)
        for proposal, text in rows.exclude(for_sponsor="").values_list("assignment__proposal", "for_sponsor"):
            said[proposal].add(text.strip())
        return {proposal: sorted(texts - {""}) for proposal, texts in said.items()}


def percent(share: float | None) -> str:
    """A share as whole per cent, a dash for none; never 0 or 100 unless it is."""
    if share is None:
        return "–"
    if 0 < share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")


@once_per_request
def ranking_of(edition: Edition, viewer: User) -> Ranking:
    """Over what the viewer sees. A constant number of queries."""
    proposals = _listed(edition, viewer)
    inputs = stored_ranking.inputs_of(edition, map(_seen, proposals))
    found = stored_ranking.find(edition, stored_ranking.scope_of(edition, viewer), inputs)
    rubrics = rubrics_of(edition)
    all_pools = pools_with(edition, found.capacities) if found else pools(edition)
    numbers = found or _numbers(edition, proposals, rubrics, all_pools)
    solution = numbers.solution
    scorer = _Scorer(edition, proposals, numbers, inputs.assigned, all_pools, rubrics.scale)
    return Ranking(
        edition=edition,
        scores=tuple(map(scorer.score, scorer.sorted)),
        pools=tuple(all_pools),
        lines=numbers.lines,
        rubrics=rubrics,
        lowest_level=rubrics.scale[0],
        highest_level=rubrics.scale[1],
        is_calibrated=solution.calibrated,
        gate=solution.gate,
        sentence=solution.sentence,
        offset_share=solution.variances.offset_share if solution.variances else None,
        agreement=solution.agreement,
        agreement_by_criterion={int(key): figure for key, figure in solution.agreement_by_criterion.items()},
        readings=numbers.readings,
        solution=solution,
    )


def visible_to(edition: Edition, viewer: User) -> QuerySet[Proposal]:
    """What a chair's ranking is over."""
    if not allowed(viewer, "scoring.standings", edition):
        return Proposal.objects.none()
    return for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN).order_by("code")


def _listed(edition: Edition, viewer: User) -> list[Proposal]:
    """Each with what a list shows of it, without its texts: three queries, one object for each format and sponsor."""
    topics = Topic.objects.filter(proposals=OuterRef("pk")).order_by("name")
    rows = visible_to(edition, viewer).annotate(
        topic_words=ArraySubquery(topics.values(words=JSONObject(slug="slug", name="name")))
    )
    proposals: list[Proposal] = list(rows.defer(*TEXTS).select_related("track").prefetch_related("sponsor"))
    formats = formats_of(edition)
    for proposal in proposals:
        proposal.edition, proposal.format = edition, formats[proposal.format_id]
    return proposals


def _seen(proposal: Proposal) -> stored_ranking.Seen:
    sponsor = proposal.sponsor
    submitted_as = proposal.accepted_instead_of_id
    return (proposal.pk, proposal.format_id, submitted_as, proposal.track_id, sponsor.pk, sponsor.tier_id)


def out_of_date(edition: Edition, viewer: User) -> stored_ranking.Inputs | None:
    """The inputs of a viewer's ranking, unless what is stored was computed from them."""
    names = ("pk", "format_id", "accepted_instead_of_id", "track_id", "sponsor_id", "sponsor__tier_id")
    inputs = stored_ranking.inputs_of(edition, visible_to(edition, viewer).values_list(*names))
    scope = stored_ranking.scope_of(edition, viewer)
    return None if stored_ranking.is_stored(edition, scope, inputs) else inputs


def numbers_for(edition: Edition, viewer: User) -> Numbers:
    """Computed, whatever is stored."""
    return _numbers(edition, _listed(edition, viewer), rubrics_of(edition), pools(edition))


def _numbers(
    edition: Edition, proposals: Sequence[Proposal], rubrics: Rubrics, all_pools: Sequence[FormatPool]
) -> Numbers:
    readings, limits = counting_reviews(edition, proposals, rubrics), limits_of(edition, proposals)
    solution = calibration.solve(_problem(proposals, readings, all_pools, limits))
    on_points = _on_points(proposals, solution, all_pools, limits)
    capacities = {pool.key: pool.capacity for pool in all_pools}
    return Numbers(solution, capacities, selection.lines_of(on_points), readings)


def counting_reviews(edition: Edition, proposals: Sequence[Proposal], rubrics: Rubrics) -> dict[int, list[Reading]]:
    """The submitted reviews of these proposals that no chair excluded; a conflict that came up later only marks one."""
    ids = [proposal.pk for proposal in proposals]
    names = ("id", "is_recruiting", "assignment__proposal", "assignment__reviewer")
    rows = Review.objects.filter(Review.COUNTS, assignment__proposal__in=ids).order_by("id").values_list(*names)
    reviews = list(rows)
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    scores = Score.objects.filter(review__in=[pk for pk, *_ in reviews]).order_by("criterion")
    for pk, criterion, value in scores.values_list("review", "criterion", "level__value"):
        levels[pk][criterion] = value
    people = User.objects.filter(pk__in={reviewer for *_, reviewer in reviews})
    conflicts = conflict_pairs(edition, list(people), proposals)
    weights = {proposal.pk: rubrics.of_proposal(proposal).weights for proposal in proposals}
    found: dict[int, list[Reading]] = defaultdict(list)
    for pk, is_recruiting, proposal, reviewer in reviews:
        asked, has_conflict = weights[proposal], (proposal, reviewer) in conflicts
        rated = {criterion: level for criterion, level in levels[pk].items() if criterion in asked}
        mark = calibration.weighted_mean(rated, asked)
        found[proposal].append(Reading(reviewer, mark, is_recruiting, has_conflict, rated))
    return found


def _problem(
    proposals: Sequence[Proposal],
    readings: Mapping[int, Sequence[Reading]],
    all_pools: Sequence[FormatPool],
    limits: Mapping[tuple[int, int], int],
) -> calibration.Problem:
    pool_of = pool_by_format(all_pools)
    sizes: dict[str, list[tuple[str, int]]] = defaultdict(list)
    together: dict[str, dict[tuple[int, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    for proposal in proposals:
        pool = pool_of[proposal.format_id]
        sizes[pool.key].append((str(proposal.pk), pool.size(proposal.format)))
        together[pool.key][proposal.sponsor_id, proposal.format_id].append(str(proposal.pk))
    known = [
        calibration.Pool(
            pool.key,
            pool.capacity,
            tuple(sizes[pool.key]),
            tuple(calibration.Limit(tuple(codes), limits[key]) for key, codes in together[pool.key].items()),
        )
        for pool in all_pools
        if pool.capacity is not None
    ]
    return calibration.Problem(
        marks=tuple(
            calibration.Mark(str(proposal.pk), reading.reviewer, reading.mark)
            for proposal in proposals
            for reading in readings.get(proposal.pk, ())
            if reading.mark is not None
        ),
        pools=tuple(known),
        tracks=tuple((str(proposal.pk), str(proposal.track_id)) for proposal in proposals if proposal.track_id),
        ratings=tuple(
            (str(criterion), str(proposal.pk), float(level))
            for proposal in proposals
            for reading in readings.get(proposal.pk, ())
            for criterion, level in reading.levels.items()
        ),
    )


def _on_points(
    proposals: Sequence[Proposal],
    solution: calibration.Solution,
    all_pools: Sequence[FormatPool],
    limits: Mapping[tuple[int, int], int],
) -> selection.Problem:
    """The selection by points alone, nothing decided: what it takes last is the line, whatever chairs decide."""
    capacities = {pool.key: pool.capacity for pool in all_pools if pool.capacity is not None}
    pool_of = pool_by_format(all_pools)
    items = tuple(
        selection.Item(
            code=each.code,
            sponsor=each.sponsor_id,
            format=each.format_id,
            pool=pool.key,
            size=pool.size(each.format),
            value=estimate.value if (estimate := solution.estimates.get(str(each.pk))) else None,
        )
        for each in proposals
        if (pool := pool_of[each.format_id]).key in capacities
    )
    return selection.Problem(items, capacities, limits)


class _Scorer:
    """Everything a single score is read from: values, ranks within pools, and the pools' lines."""

    def __init__(
        self,
        edition: Edition,
        proposals: Sequence[Proposal],
        numbers: Numbers,
        assigned: Mapping[int, int],
        all_pools: Sequence[FormatPool],
        scale: tuple[int, int],
    ) -> None:
        self.edition, self.numbers, self.assigned, self.scale = edition, numbers, assigned, scale
        self.solution = numbers.solution
        self.pool_of = pool_by_format(all_pools)
        self.values = {
            each.pk: estimate.value for each in proposals if (estimate := self.solution.estimates.get(str(each.pk)))
        }
        self.sorted = sorted(proposals, key=lambda each: (-self.values.get(each.pk, -1e9), each.code))
        self.ranked: Counter[str] = Counter()
        self.ranks: dict[int, int] = {}
        self.unreviewed = Counter(self.pool_of[each.format_id].key for each in proposals if each.pk not in self.values)
        for proposal in (each for each in self.sorted if each.pk in self.values):
            pool = self.pool_of[proposal.format_id].key
            self.ranked[pool] += 1
            self.ranks[proposal.pk] = self.ranked[pool]

    def score(self, proposal: Proposal) -> CalibratedScore:
        pool, readings = self.pool_of[proposal.format_id], self.numbers.readings.get(proposal.pk, ())
        estimate = self.solution.estimates.get(str(proposal.pk))
        return CalibratedScore(
            proposal=proposal,
            pool=pool,
            expected=max(self.edition.reviews_per_proposal, self.assigned.get(proposal.pk, 0)),
            scores=tuple(sorted(reading.mark for reading in readings if reading.mark is not None)),
            mean=estimate.mean if estimate else None,
            merit=estimate.value if estimate else None,
            calibrated=estimate.value if estimate and self.solution.calibrated else None,
            low=self._clamp(estimate.low) if estimate else None,
            high=self._clamp(estimate.high) if estimate else None,
            chance_above_line=self.solution.chances.get(str(proposal.pk)),
            stability=estimate.stability if estimate else None,
            line=self.numbers.lines.get(pool.key),
            rank=self.ranks.get(proposal.pk),
            ranked=self.ranked[pool.key],
            recruiting=sum(reading.is_recruiting for reading in readings),
            conflicted=sum(reading.has_conflict for reading in readings),
            levels=mean_levels(readings),
            scale=self.scale[1] - self.scale[0],
            gate=self.solution.sentence,
            moved_to="mean of its track, small tracks together" if self.solution.tracks > 1 else "mean of all",
            unreviewed=self.unreviewed[pool.key],
            is_apart=estimate is not None and estimate.group > 0,
            topics=tuple((topic["slug"], topic["name"]) for topic in getattr(proposal, "topic_words", ())),
        )

    def _clamp(self, value: float | None) -> float | None:
        """No true value lies beyond the rubric's ends."""
        return None if value is None else min(float(self.scale[1]), max(float(self.scale[0]), value))


def mean_levels(readings: Sequence[Reading]) -> dict[int, float]:
    """By criterion, over the reviews that rated it."""
    found: dict[int, list[int]] = defaultdict(list)
    for reading in readings:
        for criterion, level in reading.levels.items():
            found[criterion].append(level)
    return {criterion: sum(each) / len(each) for criterion, each in found.items()}
