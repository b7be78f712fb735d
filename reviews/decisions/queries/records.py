"""A decision as it was recorded: what was sent, what it rested on, and everything that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.criteria import CriterionRow, rows_from
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import for_chairs

from ..models import Batch, Decision, DecisionRecord, Released
from ..states import BatchState, Reason, RecordKind, Verdict
from .batches import batches_seen

#: What of a score at that moment rests on the proposal's own reviews alone.
ALONE = ("mean", "reviews", "expected")


@dataclass(frozen=True)
class RecordedStep:
    """One record with its place in the chain; `number` None: not sealed yet."""

    record: DecisionRecord
    number: int | None

    @property
    def text(self) -> str:
        """What happened, in words."""
        content, kind = self.record.content, RecordKind(self.record.kind)
        if kind == RecordKind.SIGNED_OFF:
            return "Sign-off taken back" if content.get("taken_back") else "Signed off"
        decision: Mapping[str, Any] = content.get("decision", {})
        verdict = decision.get("verdict", "")
        label = Verdict(verdict).label if verdict in list(Verdict) else "Verdict"
        reason = decision.get("reason", "")
        because = f" ({Reason(reason).label.lower()})" if reason in list(Reason) else ""
        if kind == RecordKind.RELEASED:
            return f"{label} released{because}"
        return f"{label} taken back" if kind == RecordKind.TAKEN_BACK else f"{label}{because}"


@dataclass(frozen=True)
class RecordPage:
    """`sent`: the decision that its sponsor knows, with those before it; `steps`: the newest first.

    `is_whole`: nothing is hidden from the viewer, so that what compares with other proposals may be shown: the record
    has it as the deciding chair saw it.
    """

    proposal: Proposal
    decision: Decision | None
    sent: tuple[Released, ...]
    steps: tuple[RecordedStep, ...]
    conflicted: tuple[User, ...]
    is_whole: bool

    @property
    def current(self) -> Released | None:
        return self.sent[0] if self.sent else None

    @property
    def snapshot(self) -> dict[str, Any]:
        """What the shown decision rested on."""
        shown = self.current or self.decision
        return dict(shown.snapshot) if shown is not None else {}

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """The score at that moment, as the record has it."""
        then = self.snapshot.get("standing") or {}
        if not self.is_whole:
            then = {name: then[name] for name in ALONE if name in then}
        is_calibrated = then.get("calibrated") is not None
        rows = [
            ("Reviews", f"{then['reviews']} of {then['expected']}" if "reviews" in then else ""),
            ("Calibrated score" if is_calibrated else "Score", _points(then.get("merit", then.get("calibrated")))),
            ("Plain mean", _points(then.get("mean"))),
            ("Interval", _interval(then.get("low"), then.get("high"))),
            ("Line", _points(then.get("line"))),
            ("Rank", f"{then['rank']} in {then['pool']}" if then.get("rank") else ""),
        ]
        return [(name, text) for name, text in rows if text]

    @property
    def criteria(self) -> tuple[CriterionRow, ...]:
        """What its sponsor read by criterion."""
        return tuple(rows_from(self.snapshot.get("criteria", [])))


@dataclass(frozen=True)
class BatchRow:
    """A batch with how many of its verdicts the viewer sees."""

    batch: Batch
    size: int


def record_page(proposal: Proposal, viewer: User) -> RecordPage:
    """For a chair whom the page's policy lets in; a constant number of queries."""
    sent = Released.objects.filter(proposal=proposal).select_related("batch__released_by", "batch__seal", "format")
    records = DecisionRecord.objects.filter(proposal=proposal).select_related("made_by", "seal").order_by("-id")
    decision = Decision.objects.filter(proposal=proposal).select_related("decided_by", "signed_by", "format").first()
    is_whole = not wall(viewer, proposal.edition).hides_some
    page = RecordPage(proposal, decision, tuple(sent.order_by("-id")), tuple(map(_step, records)), (), is_whole)
    conflicted = User.objects.filter(pk__in=page.snapshot.get("conflicted", [])).order_by("name", "pk")
    return replace(page, conflicted=tuple(conflicted))


def batch_rows(edition: Edition, viewer: User) -> list[BatchRow]:
    """The batches that the viewer sees, open ones first, then the newest release first."""
    batches = list(batches_seen(edition, viewer).select_related("created_by", "released_by", "seal"))
    seen = for_chairs(viewer, edition).order_by().values("pk")
    sizes: dict[int, int] = {}
    for rows in (
        Decision.objects.filter(batch__in=batches, batch__state=BatchState.OPEN, proposal__in=seen),
        Released.objects.filter(batch__in=batches, proposal__in=seen),
    ):
        for (batch,) in rows.order_by().values_list("batch"):
            sizes[batch] = sizes.get(batch, 0) + 1
    batches.sort(key=lambda each: (each.released_at is not None, -(each.released_at or each.created_at).timestamp()))
    return [BatchRow(each, sizes.get(each.pk, 0)) for each in batches]


def _step(record: DecisionRecord) -> RecordedStep:
    seal = getattr(record, "seal", None)
    return RecordedStep(record, seal.number if seal is not None else None)


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.2f} to {high:.2f}"
