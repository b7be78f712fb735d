"""The desk: every proposal a chair may decide, with its decision, the suggestion, and the feedback's draft."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.chart_rows import Boxes
from expo.kit.text import listed
from expo.proposals.models import Proposal
from expo.proposals.states import DECIDABLE, ProposalState
from reviews.scoring import selection
from reviews.scoring.queries.pools import FormatPool
from reviews.scoring.queries.ranking import CalibratedScore, Ranking, Reading

from .. import feedback
from ..chain import digest
from ..models import Batch, ChairNotes, Decision
from ..states import BatchState, Reason, Verdict
from .decision_basis import Basis, basis_of, criteria_rows, key_of, selection_problem
from .waitlist import WaitingList, waiting_in


class ReviewerLevel(NamedTuple):
    """What one reviewer gave; `step` of 1 to 4: where it stands on the rubric's scale."""

    reviewer: str
    value: int | None
    step: int


class CriterionLevels(NamedTuple):
    """A criterion beside all reviews that count, always in the same order."""

    criterion: str
    given: tuple[ReviewerLevel, ...]
    mean: float | None

    @property
    def words(self) -> str:
        values = ", ".join("none" if each.value is None else str(each.value) for each in self.given)
        return f"{self.criterion}: {values}"


@dataclass(frozen=True)
class DeskRow:
    """One proposal on the desk. `accepted` of `limit`: what its sponsor has accepted of this format, and may have.

    `notes`: the viewer's own. `counts_too`: what its suggestion goes by that the line does not.
    """

    score: CalibratedScore
    decision: Decision | None
    suggestion: selection.Suggestion
    accepted: int
    limit: int
    basis: Basis
    levels: tuple[CriterionLevels, ...] = ()
    notes: ChairNotes | None = None
    counts_too: tuple[str, ...] = ()

    @cached_property
    def reasons(self) -> dict[Verdict, Reason]:
        """The computed reason for each decision, from the decisions so far; a selection each, so only when shown."""
        return {verdict: self.basis.reason(self.score, verdict) for verdict in Verdict}

    @property
    def tags(self) -> list[str]:
        return list(self.notes.tags) if self.notes else []

    @property
    def note(self) -> str:
        return self.notes.note if self.notes else ""

    @property
    def is_opened(self) -> bool:
        """Whether the viewer has ever opened its page."""
        return self.notes is not None and self.notes.opened_at is not None

    @property
    def is_unread(self) -> bool:
        """Whether it has feedback that no chair has read as it stands, and that is not sent yet."""
        mine = self.decision
        return mine is not None and mine.feedback_read_by_id is None and not self.is_released

    @property
    def why_not_the_line(self) -> str:
        """Why it would be in from another value than its pool's line; empty where it is the same, or none would do."""
        needs, line = self.suggestion.needs, self.score.line
        if self.is_decided or needs is None or line is None or abs(needs - line) < 0.005 or not self.counts_too:
            return ""
        pool, also = self.score.pool.name, listed(self.counts_too)
        return f"The line of {pool} is {line:.2f}; this number differs, because it counts {also} too."

    @property
    def choices(self) -> list[tuple[Verdict, Reason]]:
        """Each decision with the reason that one click records; the present one with its own."""
        mine = self.decision
        return [
            (verdict, Reason(mine.reason) if mine and mine.verdict == verdict else reason)
            for verdict, reason in self.reasons.items()
        ]

    @property
    def proposal(self) -> Proposal:
        return self.score.proposal

    @property
    def version(self) -> int:
        return self.decision.version if self.decision else 0

    @property
    def suggested(self) -> str:
        """The verdict suggested while there is none, and a score to go by; else empty."""
        if self.is_decided or self.score.merit is None:
            return ""
        return Verdict.ACCEPT if self.suggestion.chosen else Verdict.REJECT

    @property
    def offered(self) -> str:
        """The other format that it is accepted as; empty: as it was submitted, or not accepted."""
        other = self.decision.format if self.decision else None
        is_other = other is not None and other.pk != self.proposal.submitted_as.pk
        return other.name if other is not None and is_other else ""

    @property
    def is_released(self) -> bool:
        batch = self.decision.batch if self.decision else None
        return batch is not None and batch.state == BatchState.RELEASED

    @property
    def is_decided(self) -> bool:
        return self.decision is not None

    @property
    def is_below_line(self) -> bool:
        return self.score.merit is not None and not self.score.is_above_line

    @property
    def is_open(self) -> bool:
        """Whether it still awaits a decision by which it is in or out: one click on the desk gives it."""
        return self.proposal.state in (ProposalState.SUBMITTED, ProposalState.WAITLISTED)

    @property
    def may_decide(self) -> bool:
        """Whether a decision may be given: also a rejection may be superseded."""
        return self.proposal.state in DECIDABLE


@dataclass(frozen=True)
class PoolCount:
    """A pool's capacity beside the decisions so far, in places (or minutes)."""

    pool: FormatPool
    taken: int
    accepted: int
    waitlisted: int
    rejected: int
    undecided: int

    @property
    def is_over(self) -> bool:
        return self.pool.capacity is not None and self.taken > self.pool.capacity

    @property
    def boxes(self) -> Boxes | None:
        """The places as a picture; None where capacity is unknown."""
        if self.pool.capacity is None:
            return None
        held = self.waitlisted if self.pool.is_in_places else 0
        return Boxes(self.pool.name, self.taken, self.pool.capacity, held, self.pool.unit)


class BatchCount(NamedTuple):
    """An open batch, and how many verdicts in it the viewer may see."""

    batch: Batch
    size: int


@dataclass(frozen=True)
class Desk:
    """Everything the desk shows, over what the viewer may see."""

    ranking: Ranking
    basis: Basis
    rows: tuple[DeskRow, ...]
    pools: tuple[PoolCount, ...]
    batches: tuple[BatchCount, ...]
    undecided: int
    middle: int
    unbatched: int
    waiting: tuple[WaitingList, ...] = ()

    def of(self, proposal: Proposal) -> DeskRow | None:
        return next((row for row in self.rows if row.proposal.pk == proposal.pk), None)


def desk_of(edition: Edition, viewer: User) -> Desk:
    """A constant number of queries, whatever the number of proposals."""
    basis = basis_of(edition, viewer)
    ranking = basis.ranking
    suggestions = selection.solve(selection_problem(ranking, basis.decisions, basis.limits)).suggestions

    def with_flag(score: CalibratedScore) -> selection.Suggestion:
        """The suggestion goes by points; reviews that flag recruiting are mentioned with it."""
        suggestion = suggestions[score.proposal.code]
        if not score.recruiting or suggestion.cause == selection.Cause.DECIDED:
            return suggestion
        verb = "flags" if score.recruiting == 1 else "flag"
        flag = f"{score.recruiting} of {score.reviews} reviews {verb} recruiting or sales: read them first."
        return replace(suggestion, why=f"{suggestion.why} {flag}")

    names = _reviewers(ranking)
    own = {each.proposal_id: each for each in ChairNotes.objects.filter(user=viewer, proposal__edition=edition)}
    counts_too = _count_too(ranking, basis, suggestions)
    rows = tuple(
        DeskRow(
            score,
            basis.decisions.get(score.proposal.pk),
            with_flag(score),
            basis.used[key_of(score.proposal)],
            basis.limits.get(key_of(score.proposal), 0),
            basis,
            _levels(ranking, score, names),
            own.get(score.proposal.pk),
            counts_too(score),
        )
        for score in ranking.scores
    )
    sizes = Counter(row.decision.batch_id for row in rows if row.decision)
    return Desk(
        ranking=ranking,
        basis=basis,
        rows=rows,
        pools=tuple(_count(pool, rows, basis) for pool in ranking.pools),
        batches=tuple(
            BatchCount(batch, sizes[batch.pk])
            for batch in Batch.objects.filter(edition=edition, state=BatchState.OPEN)
            if sizes[batch.pk] or batch.created_by_id == viewer.pk
        ),
        undecided=sum(not row.is_decided for row in rows),
        middle=sum(row.score.is_in_middle for row in rows),
        unbatched=sum(row.decision is not None and row.decision.batch_id is None for row in rows),
        waiting=tuple(waiting_in(ranking, basis.decisions.values(), may_move=basis.is_complete)),
    )


def _reviewers(ranking: Ranking) -> dict[int, str]:
    ids = {reading.reviewer for readings in ranking.readings.values() for reading in readings}
    return {each.pk: str(each) for each in User.objects.filter(pk__in=ids)}


def _levels(ranking: Ranking, score: CalibratedScore, names: Mapping[int, str]) -> tuple[CriterionLevels, ...]:
    readings = sorted(ranking.readings.get(score.proposal.pk, ()), key=lambda each: names[each.reviewer])

    def given(reading: Reading, criterion: int) -> ReviewerLevel:
        value = reading.levels.get(criterion)
        return ReviewerLevel(names[reading.reviewer], value, ranking.step(value))

    return tuple(
        CriterionLevels(
            each.name,
            tuple(given(reading, each.pk) for reading in readings),
            score.levels.get(each.pk),
        )
        for each in ranking.criteria_of(score.proposal)
        if readings
    )


def _count_too(
    ranking: Ranking, basis: Basis, suggestions: Mapping[str, selection.Suggestion]
) -> Callable[[CalibratedScore], tuple[str, ...]]:
    """What the suggestion for a proposal goes by, and the line of its pool does not."""
    inside = Counter(key_of(each.proposal) for each in ranking.scores if suggestions[each.proposal.code].chosen)
    decided = {each.pool.key for each in ranking.scores if each.proposal.pk in basis.decisions}

    def counts_too(score: CalibratedScore) -> tuple[str, ...]:
        key = key_of(score.proposal)
        is_limited = inside[key] >= basis.limits.get(key, 0)
        factors = (
            (is_limited, "the limit of its sponsor's tier"),
            (score.pool.key in decided, "the verdicts so far"),
            (not score.pool.is_in_places, "how long each session is"),
        )
        return tuple(words for is_at_work, words in factors if is_at_work)

    return counts_too


def _count(pool: FormatPool, rows: Sequence[DeskRow], basis: Basis) -> PoolCount:
    """What is accepted counts in the format that it is accepted as."""
    mine = [row for row in rows if basis.pool_of[basis.format_of(row.score).pk].key == pool.key]
    by_verdict = Counter(row.decision.verdict for row in mine if row.decision)
    accepted = [row.score for row in mine if row.decision and row.decision.verdict == Verdict.ACCEPT]
    return PoolCount(
        pool,
        sum(pool.size(basis.format_of(score)) for score in accepted),
        by_verdict[Verdict.ACCEPT],
        by_verdict[Verdict.WAITLIST],
        by_verdict[Verdict.REJECT],
        sum(row.decision is None for row in mine),
    )


@dataclass(frozen=True)
class Draft:
    """A text with what it says as facts. `token` (verdict, reason, facts, text) names it in a form."""

    text: str = ""
    facts: feedback.Facts | None = None

    @property
    def token(self) -> str:
        if self.facts is None:
            return ""
        facts = digest(self.facts.data())[:16]
        return f"{self.facts.verdict}:{self.facts.reason}:{facts}:{_digest(self.text)}"


NO_DRAFT = Draft()


def draft_for(basis: Basis, proposal: Proposal, verdict: str, reason: str) -> Draft:
    """The current draft for a verdict and reason; none for what the chair does not see under review."""
    if proposal.pk not in basis.scores:
        return NO_DRAFT
    facts = basis.facts(proposal, verdict, reason)
    return Draft(feedback.draft(facts), facts)


def draft_named(basis: Basis, proposal: Proposal, token: str) -> Draft | None:
    """The draft with this name; None where it says something else by now."""
    verdict, reason, *_ = [*token.split(":"), "", ""]
    if verdict not in list(Verdict) or reason not in list(Reason):
        return None
    draft = draft_for(basis, proposal, verdict, reason)
    return draft if draft.token == token else None


def drafted_verdict(token: str) -> Verdict | None:
    """The verdict that a draft was made for."""
    verdict = token.split(":")[0]
    return Verdict(verdict) if verdict in list(Verdict) else None


def is_as_drafted(token: str, text: str) -> bool:
    """Whether the text is still the draft that the token names, or nothing at all."""
    text = text.replace("\r\n", "\n").strip()
    return not text or token.split(":")[-1] == _digest(text)


def saved_draft(decision: Decision) -> Draft:
    """The draft that its feedback began as; `NO_DRAFT`: it is in the chair's own words."""
    if not decision.facts:
        return NO_DRAFT
    facts = feedback.from_data(decision.facts)
    return Draft(feedback.draft(facts), facts)


def present_draft(decision: Decision, basis: Basis) -> Draft:
    """The draft it began as, from what is known now; compared with others only if it was so before."""
    facts = saved_draft(decision).facts
    if facts is None:
        return NO_DRAFT
    known = basis if facts.is_complete else replace(basis, is_complete=False)
    return draft_for(known, decision.proposal, facts.verdict, facts.reason)


def has_changed(decision: Decision, basis: Basis) -> bool:
    """Whether its draft says something else now."""
    return present_draft(decision, basis).facts != saved_draft(decision).facts


def criteria_to_send(ranking: Ranking, proposal: Proposal, verdict: str, *, shows: bool) -> list[dict[str, Any]]:
    """What its sponsor would read by criterion, with a verdict that is no acceptance."""
    if not shows or verdict == Verdict.ACCEPT:
        return []
    return [row.data() for row in criteria_rows(ranking, proposal)]


def have_criteria_changed(decision: Decision, basis: Basis) -> bool:
    """Whether its feedback by criterion says something else now."""
    now = criteria_to_send(basis.ranking, decision.proposal, decision.verdict, shows=decision.shows_criteria)
    return bool(decision.criteria != now)


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]
