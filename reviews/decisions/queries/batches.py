"""Batches: what is in them, and what their release would send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.template.loader import render_to_string

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import DECIDABLE

from .. import feedback, mails
from ..models import Batch, Decision, Released
from ..states import BatchState, Verdict
from .basis import Basis, basis
from .drafts import NO_DRAFT, Draft, draft_now, drafted_facts


@dataclass(frozen=True)
class Preview:
    """The mail of one decision as its first recipient would get it; `recipients` are all who get one.

    `draft`: the present one, where it says something else than before; `is_edited`: the saved text is a chair's.
    """

    decision: Decision
    recipients: tuple[str, ...]
    subject: str
    body: str
    problem: str
    draft: Draft
    is_edited: bool

    @property
    def form(self) -> dict[str, Any]:
        """The decision with the present draft in it."""
        kept = {name: getattr(self.decision, name) for name in ("verdict", "reason", "note", "version")}
        return {**kept, "feedback": self.draft.text, "drafted": self.draft.token, "batch": self.decision.batch_id}


@dataclass(frozen=True)
class BatchPage:
    """What the page of a batch shows: its decisions with their mails, and decided proposals that could be added."""

    batch: Batch
    previews: tuple[Preview, ...]
    released: tuple[Released, ...]
    addable: tuple[Decision, ...]
    counts: dict[str, int]


def batch_by_id(user: Any, *, edition: str, batch: int) -> Batch:
    """A batch of this edition, for a policy to judge; raises Batch.DoesNotExist."""
    return Batch.objects.select_related("edition", "created_by", "released_by").get(pk=batch, edition__slug=edition)


def open_batches(edition: Edition) -> QuerySet[Batch]:
    return Batch.objects.filter(edition=edition, state=BatchState.OPEN)


def mail_kind(verdict: str) -> str:
    """The template of a verdict's mail."""
    return mails.KINDS[Verdict(verdict)]


def batch_page(batch: Batch, viewer: User) -> BatchPage:
    """Over the decisions whose proposals the viewer may see; a constant number of queries."""
    seen = for_chairs(viewer, batch.edition)
    ready = _visible(Decision.objects.filter(batch=batch), seen) if batch.state == BatchState.OPEN else []
    released = Released.objects.filter(batch=batch, proposal__in=seen).select_related(
        "proposal__sponsor", "proposal__format"
    )
    addable = _visible(Decision.objects.filter(batch=None), seen) if batch.state == BatchState.OPEN else []
    found = tuple(released.order_by("proposal__code"))
    verdicts = [each.verdict for each in ready] or [each.verdict for each in found]
    return BatchPage(
        batch=batch,
        previews=_previews(batch, viewer, ready),
        released=found,
        addable=tuple(each for each in addable if each.proposal.state in DECIDABLE),
        counts={verdict.label: verdicts.count(verdict) for verdict in Verdict if verdict in verdicts},
    )


def _visible(decisions: QuerySet[Decision], seen: Any) -> Sequence[Decision]:
    rows = decisions.filter(proposal__in=seen).select_related(
        "proposal__sponsor__tier", "proposal__format", "proposal__edition", "decided_by"
    )
    current = Prefetch("proposal__released_verdicts", Released.objects.filter(superseded_by=None), to_attr="current")
    rows = rows.prefetch_related("proposal__sponsor__team__user", current)
    return list(rows.order_by("proposal__sponsor__name", "proposal__code"))


def released_of(proposal: Proposal) -> Released | None:
    """The decision that its sponsor knows: of those that were released, the one that nothing supersedes."""
    return Released.objects.filter(proposal=proposal, superseded_by=None).first()


def earlier(proposal: Proposal) -> QuerySet[Released]:
    """Everything its sponsor was ever sent, the current decision first."""
    return Released.objects.filter(proposal=proposal).select_related("batch__released_by").order_by("-id")


def _previews(batch: Batch, viewer: User, ready: Sequence[Decision]) -> tuple[Preview, ...]:
    known = basis(batch.edition, viewer) if ready else None
    return tuple(_preview(each, known) for each in ready if known is not None)


def _preview(decision: Decision, known: Basis) -> Preview:
    proposal = decision.proposal
    people = sorted(
        (member.user for member in proposal.sponsor.team.all() if member.user.is_active), key=lambda user: user.pk
    )
    places = known.places(proposal)
    before = proposal.current[0].verdict if proposal.current else ""  # type: ignore[attr-defined]
    filled = mails.context(proposal, decision.verdict, decision.reason, decision.feedback, places, before)
    first = people[0] if people else User(name="")
    text = render_to_string(
        f"mail/{mail_kind(decision.verdict)}.txt", {**filled, "recipient": first, "base_url": settings.SITE_URL}
    )
    subject, _, body = text.strip().partition("\n")
    kept, draft = drafted_facts(decision), draft_now(decision, known)
    # What a conflict hides from this chair cannot be compared by them; the release refers to another cochair.
    is_theirs = kept is not None and (known.is_complete or not kept.is_complete)
    return Preview(
        decision,
        tuple(map(str, people)),
        subject.strip(),
        body.strip(),
        _problem(decision, bool(people)),
        draft if is_theirs and draft.facts not in (None, kept) else NO_DRAFT,
        kept is not None and decision.feedback != feedback.draft(kept).strip(),
    )


def _problem(decision: Decision, has_people: bool) -> str:
    if decision.proposal.state == "withdrawn":
        return "Withdrawn since: the release leaves it out."
    if not has_people:
        return "Nobody acts for this sponsor, so no mail would go out. Ask an organiser to add a contact."
    return "" if decision.feedback.strip() else "There is no feedback yet."
