"""Batches: what is in them, and what their release would send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.template.loader import render_to_string

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug
from expo.kit import clock
from expo.kit.text import a
from expo.proposals.criteria import rows_from
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import DECIDABLE

from .. import feedback
from ..models import Batch, Decision, Released
from ..states import BatchState, Verdict
from .decision_basis import Basis, basis_of, format_of
from .desk import NO_DRAFT, Draft, have_criteria_changed, present_draft, saved_draft

MAIL_KINDS = {
    Verdict.ACCEPT: "decisions/accepted",
    Verdict.WAITLIST: "decisions/waitlisted",
    Verdict.REJECT: "decisions/rejected",
}
#: The verdict that a new one supersedes, as its mail says it.
EARLIER = {Verdict.ACCEPT: "accepted", Verdict.WAITLIST: "on the waiting list", Verdict.REJECT: "not accepted"}


@dataclass(frozen=True)
class MailPreview:
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
        """The decision with the current draft in it."""
        kept = {name: getattr(self.decision, name) for name in ("verdict", "reason", "note", "version")}
        kept |= {"format": self.decision.format_id or "", "shows_criteria": self.decision.shows_criteria or ""}
        return {**kept, "feedback": self.draft.text, "drafted": self.draft.token, "batch": self.decision.batch_id}


@dataclass(frozen=True)
class BatchPage:
    """What the page of a batch shows: its decisions with their mails, and decided proposals that could be added."""

    batch: Batch
    previews: tuple[MailPreview, ...]
    released: tuple[Released, ...]
    addable: tuple[Decision, ...]
    counts: dict[str, int]

    @property
    def unread(self) -> int:
        """How many texts no chair has read as they stand."""
        return sum(each.decision.feedback_read_by_id is None for each in self.previews)

    @property
    def next_unread(self) -> str:
        """The place in the page of the first of them; empty for none."""
        unread = (each.decision.proposal.code for each in self.previews if each.decision.feedback_read_by_id is None)
        code = next(unread, "")
        return f"p-{code}" if code else ""

    @property
    def release_text(self) -> str:
        """What a chair reads before the release."""
        sent = "Sponsors get their verdicts at once, by mail and on their pages. This cannot be undone."
        if not self.unread:
            return sent
        texts = "One text of feedback has" if self.unread == 1 else f"{self.unread} texts of feedback have"
        return f"{texts} been read by nobody. {sent}"


def batch_by_id(user: Any, *, edition: str, batch: int) -> Batch:
    """A batch of this edition, for a policy to judge; raises Batch.DoesNotExist."""
    if not user.is_authenticated:
        raise Batch.DoesNotExist
    rows = batches_seen(by_slug(edition), user).select_related("edition", "created_by", "released_by", "seal")
    return rows.get(pk=batch)


def batches_seen(edition: Edition, viewer: User) -> QuerySet[Batch]:
    """Their own batches, and those that hold something they see, newest first: others could tell of what is hidden."""
    seen = for_chairs(viewer, edition).order_by().values("pk")
    holding = Exists(Decision.objects.filter(batch=OuterRef("pk"), proposal__in=seen))
    released = Exists(Released.objects.filter(batch=OuterRef("pk"), proposal__in=seen))
    return Batch.objects.filter(Q(created_by=viewer) | holding | released, edition=edition)


def open_batches_of(edition: Edition, viewer: User) -> QuerySet[Batch]:
    """The batches that may still change, newest first."""
    return batches_seen(edition, viewer).filter(state=BatchState.OPEN)


def batch_page(batch: Batch, viewer: User) -> BatchPage:
    """Over the decisions whose proposals the viewer may see; a constant number of queries."""
    seen = for_chairs(viewer, batch.edition)
    is_open = batch.state == BatchState.OPEN
    ready = _visible(Decision.objects.filter(batch=batch), seen) if is_open else []
    addable = _visible(Decision.objects.filter(batch=None), seen) if is_open else []
    released = Released.objects.filter(batch=batch, proposal__in=seen).order_by("proposal__code")
    sent = tuple(released.select_related("format", "proposal__sponsor", "proposal__format"))
    verdicts = [each.verdict for each in ready or sent]
    basis = basis_of(batch.edition, viewer) if ready else None
    return BatchPage(
        batch=batch,
        previews=tuple(_preview(each, basis) for each in ready if basis is not None),
        released=sent,
        addable=tuple(each for each in addable if each.proposal.state in DECIDABLE),
        counts={verdict.label: verdicts.count(verdict) for verdict in Verdict if verdict in verdicts},
    )


def _visible(decisions: QuerySet[Decision], seen: Any) -> Sequence[Decision]:
    rows = decisions.filter(proposal__in=seen).select_related(
        "format", "proposal__sponsor__tier", "proposal__format", "proposal__edition", "decided_by", "feedback_read_by"
    )
    current = Prefetch("proposal__released_verdicts", Released.objects.filter(superseded_by=None), to_attr="current")
    rows = rows.prefetch_related("proposal__sponsor__team__user", current)
    return list(rows.order_by("proposal__sponsor__name", "proposal__code"))


def released_of(proposal: Proposal) -> Released | None:
    """The decision that its sponsor knows: of those that were released, the one that nothing supersedes."""
    return Released.objects.filter(proposal=proposal, superseded_by=None).first()


def earlier(proposal: Proposal) -> QuerySet[Released]:
    """Everything its sponsor was ever sent, the current decision first."""
    return Released.objects.filter(proposal=proposal).select_related("batch__released_by", "format").order_by("-id")


def mail_context(decision: Decision, scarcity: feedback.Scarcity, before: str = "") -> dict[str, Any]:
    """What the mail of a decision is made from, in the preview and in the outbox.

    `before` is the verdict that this one supersedes, if its sponsor had one.
    """
    proposal = decision.proposal
    submitted, text = proposal.submitted_as.name.lower(), decision.feedback.strip()
    accepted = format_of(proposal, decision).name.lower()
    return {
        "proposal": proposal,
        "edition": proposal.edition,
        "sponsor": proposal.sponsor,
        "format": submitted,
        "offer": f"{a(accepted)} instead of {a(submitted)}" if accepted != submitted else "",
        "why": feedback.mail_reason(decision.verdict, decision.reason, submitted, scarcity, text),
        "criteria": rows_from(decision.criteria),
        "feedback": text,
        "before": EARLIER[Verdict(before)] if before else "",
        "confirm_by": proposal.edition.confirm_due(clock.now()),
    }


def _preview(decision: Decision, basis: Basis) -> MailPreview:
    proposal = decision.proposal
    team = (member.user for member in proposal.sponsor.team.all() if member.user.is_active)
    people = sorted(team, key=lambda user: user.pk)
    before = proposal.current[0].verdict if proposal.current else ""  # type: ignore[attr-defined]
    context = {
        **mail_context(decision, basis.scarcity(proposal), before),
        "recipient": people[0] if people else User(name=""),
        "base_url": settings.SITE_URL,
    }
    text = render_to_string(f"mail/{MAIL_KINDS[Verdict(decision.verdict)]}.txt", context)
    subject, _, body = text.strip().partition("\n")
    saved, present = saved_draft(decision), present_draft(decision, basis)
    # What a conflict hides from this chair cannot be compared by them; the release refers to another cochair.
    is_theirs = saved.facts is not None and (basis.is_complete or not saved.facts.is_complete)
    problem = "" if decision.feedback.strip() else "There is no feedback yet."
    if proposal.state == "withdrawn":
        problem = "It has been withdrawn: the release leaves it out."
    elif have_criteria_changed(decision, basis):
        problem = (
            "Reviews have changed where the feedback by criterion puts it. The batch cannot be released until the "
            "verdict is saved again."
        )
    elif not people:
        problem = "This sponsor has no team member, so no mail would be sent. Ask an organiser to add a contact."
    return MailPreview(
        decision,
        tuple(map(str, people)),
        subject.strip(),
        body.strip(),
        problem,
        present if is_theirs and present.facts not in (None, saved.facts) else NO_DRAFT,
        saved.facts is not None and decision.feedback != saved.text.strip(),
    )
