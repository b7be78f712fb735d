"""Batches: decisions that reach their sponsors together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.text import listed
from expo.notify.services import post
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import runners, wall
from expo.proposals.services.claim_answers import require_answers
from expo.proposals.services.submission import apply_verdict
from expo.proposals.states import DECIDABLE, PLACEABLE, ProposalState
from expo.sponsors.queries import contacts
from reviews.scoring.queries.pools import limits_of

from ..feedback import Scarcity
from ..models import Batch, Decision, Released
from ..queries.batches import MAIL_KINDS, batches_seen, mail_context, released_of
from ..queries.decision_basis import Basis, basis_of, format_of, key_of
from ..queries.desk import has_changed, have_criteria_changed
from ..states import BATCH_STATES, BatchState, RecordKind, Verdict
from .decisions import lock_decisions, require_deciding
from .records import keep, seal
from .sign_off import require_signed

MAX_NAME_LENGTH = 80
SAVE_AGAIN = "Read it again and save it, or take it out of the batch; then release the rest."


@dataclass(frozen=True)
class Skipped:
    """A decision the release left out, with the reason in words."""

    code: str
    title: str
    why: str


@dataclass(frozen=True)
class ReleaseReport:
    """What a release did."""

    batch: Batch
    released: int
    skipped: tuple[Skipped, ...]


@transaction.atomic
def create_batch(*, by: User, edition: Edition, name: str) -> Batch:
    """Create an empty batch."""
    require(by, "decisions.release", edition)
    edition = lock_decisions(edition)
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Invalid("name-missing", "Give the batch a name, such as “First verdicts”.", field="name")
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid("too-long", f"A batch's name has at most {MAX_NAME_LENGTH} characters.", field="name")
    # Only what they see is compared: a refusal must not tell of a batch with what a conflict hides.
    if batches_seen(edition, by).filter(name=name).exists():
        raise Invalid(
            "name-taken", f"There is a batch “{name}” already. Choose another name, or open that one.", field="name"
        )
    batch = Batch.objects.create(edition=edition, name=name, created_by=by)
    record("decisions.batch_created", by=by, target=batch)
    return batch


@transaction.atomic
def put_in_batch(*, by: User, batch: Batch, proposals: Iterable[Proposal]) -> Batch:
    """Put decided proposals into an open batch, out of another open one if need be."""
    batch = _open(by, batch)
    for decision in _decisions(by, batch, proposals):
        if decision.batch is not None and decision.batch.state == BatchState.RELEASED:
            raise WrongState("already-released", f"The verdict on {decision.proposal.code} has been released already.")
        decision.batch = batch
        decision.save(update_fields=["batch"])
        _record("put_in_batch", by, batch, decision)
    return batch


@transaction.atomic
def take_out_of_batch(*, by: User, batch: Batch, proposals: Iterable[Proposal]) -> Batch:
    """Take decisions out of an open batch; the verdicts stay."""
    batch = _open(by, batch)
    for decision in _decisions(by, batch, proposals):
        if decision.batch_id != batch.pk:
            raise WrongState("not-in-batch", f"{decision.proposal.code} is not in this batch. Reload the page.")
        decision.batch = None
        decision.save(update_fields=["batch"])
        _record("taken_out_of_batch", by, batch, decision)
    return batch


@transaction.atomic
def mark_feedback_read(*, by: User, batch: Batch, seen: Sequence[tuple[Proposal, int]]) -> int:
    """Mark that a chair has read the feedback of decisions in a batch, each with the version read; returns how many."""
    batch = _open(by, batch)
    versions = {proposal.pk: version for proposal, version in seen}
    decisions = _decisions(by, batch, [proposal for proposal, _ in seen])
    if stale := [each.proposal.code for each in decisions if each.version != versions[each.proposal_id]]:
        raise WrongState(
            "stale-version", f"The verdict on {listed(stale)} has changed since you read it. Read it again."
        )
    if gone := [each.proposal.code for each in decisions if each.batch_id != batch.pk]:
        raise WrongState("not-in-batch", f"No longer in this batch: {listed(gone)}. Reload the page.")
    unread = [each for each in decisions if each.feedback_read_by_id is None]
    for decision in unread:
        decision.feedback_read_by = by
        decision.save(update_fields=["feedback_read_by"])
        _record("feedback_read", by, batch, decision)
    return len(unread)


@transaction.atomic
def release_batch(*, by: User, batch: Batch) -> ReleaseReport:
    """Freeze the batch's decisions, apply each verdict to its proposal and write the mails: all of it, or nothing.

    Drafts are computed again; where one says something else now, a chair reads it first.
    """
    batch = _open(by, batch)
    require_deciding(batch.edition)
    # In the order of their sponsors' ids, as the tiers' limits are locked.
    decisions = list(
        Decision.objects.select_for_update(of=("self",))
        .filter(batch=batch)
        .select_related("format", "proposal__sponsor__tier", "proposal__format", "proposal__edition")
        .order_by("proposal__sponsor", "proposal")
    )
    require_answers(by, batch.edition)
    hidden = wall(by, batch.edition)
    unseen = [each for each in decisions if hidden.hides(each.proposal)]
    decisions = [each for each in decisions if not hidden.hides(each.proposal)]
    if _is_limit_reached_by_hidden(by, batch, decisions):
        raise WrongState("hidden-conflict", f"Another cochair must release this batch{_other_chairs(by, batch)}.")
    going = [each for each in decisions if each.proposal.state in DECIDABLE]
    if not going:
        raise WrongState(
            "empty-batch", "There is nothing to release in this batch. Put decided proposals into it first."
        )
    require_signed(going)
    basis = basis_of(batch.edition, by)
    _check_drafts(basis, going)
    scarcity = {each.pk: basis.scarcity(each.proposal) for each in going}
    skipped = []
    for each in (each for each in decisions if each.proposal.state not in DECIDABLE):
        # Out of the batch, so that a release never holds a verdict nobody got.
        each.batch = None
        each.save(update_fields=["batch"])
        _record("skipped", by, batch, each)
        state = ProposalState(each.proposal.state).label.lower()
        skipped.append(Skipped(each.proposal.code, each.proposal.title, f"is {state}"))
    _leave_to_others(batch, unseen)
    BATCH_STATES.check(BatchState(batch.state), BatchState.RELEASED)
    batch.state, batch.released_by, batch.released_at = BatchState.RELEASED, by, clock.now()
    batch.save()
    for decision in going:
        _release(by, batch, decision, scarcity[decision.pk])
    batch.seal = seal(batch.edition)
    batch.save(update_fields=["seal"])
    record(
        "decisions.batch_released",
        by=by,
        target=batch,
        data={
            "released": len(going),
            "digests": [each.digest for each in going],
            "seal": batch.seal.digest if batch.seal else "",
        },
    )
    return ReleaseReport(batch, len(going), tuple(skipped))


def _open(by: User, batch: Batch) -> Batch:
    """The batch under the edition's lock, still open."""
    require(by, "decisions.release", batch)
    edition = lock_decisions(batch.edition)
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk, edition=edition)
    batch.edition = edition
    if batch.state != BatchState.OPEN:
        raise WrongState(
            "batch-released", f"“{batch.name}” has been released and cannot change. Create a new batch for the rest."
        )
    return batch


def _decisions(by: User, batch: Batch, proposals: Iterable[Proposal]) -> list[Decision]:
    """The decisions on these proposals; foreign, undecided and hidden ones are refused alike."""
    chosen = {proposal.pk for proposal in proposals}
    rows = Decision.objects.filter(proposal__in=chosen, proposal__edition=batch.edition).select_related(
        "proposal", "batch"
    )
    hidden = wall(by, batch.edition)
    decisions = [each for each in rows.order_by("proposal__code") if not hidden.hides(each.proposal)]
    if not chosen or len(decisions) < len(chosen):
        raise Invalid("not-decided", "Choose proposals that are on your desk and have a verdict.")
    return decisions


def _is_limit_reached_by_hidden(by: User, batch: Batch, decisions: list[Decision]) -> bool:
    """Whether a tier's limit would be passed because of an accepted proposal that this chair must not know of."""
    hidden = wall(by, batch.edition)
    accepted = [each for each in decisions if each.verdict == Verdict.ACCEPT]
    limits = limits_of(batch.edition, [each.proposal for each in accepted])
    sponsors = {each.proposal.sponsor_id for each in accepted}
    placed = list(Proposal.objects.filter(edition=batch.edition, state__in=PLACEABLE, sponsor__in=sponsors))
    used = Counter((each.proposal.sponsor_id, format_of(each.proposal, each).pk) for each in accepted)
    used += Counter(key_of(each) for each in placed)
    return any(
        used[key] > limit and any(hidden.hides(each) for each in placed if key_of(each) == key)
        for key, limit in limits.items()
    )


def _leave_to_others(batch: Batch, unseen: list[Decision]) -> None:
    """What a conflict hides from this chair goes on in a batch that only others see: nothing tells that it exists.

    People see the batches they created, so it is made by somebody who sees what is in it; without one it is in none.
    """
    if not unseen:
        return
    others = runners(unseen[0].proposal, RoleKind.COCHAIR)
    owner = next((each for each in others if each.pk == unseen[0].decided_by_id), next(iter(others), None))
    rest = Batch.objects.create(edition=batch.edition, name=batch.name, created_by=owner) if owner else None
    for each in unseen:
        each.batch = rest
        each.save(update_fields=["batch"])
        _record("left_to_others", None, batch, each)


def _other_chairs(by: User, batch: Batch) -> str:
    """All other cochairs by name, after a colon: naming only those who may release it would tell what is hidden."""
    others = sorted(str(each) for each in holders(batch.edition, RoleKind.COCHAIR) if each.pk != by.pk)
    return f": {listed(others, last='or')}" if others else "; an organiser can appoint one"


def _check_drafts(basis: Basis, decisions: list[Decision]) -> None:
    """Nothing computed is sent that is no longer true; a chair who does not see every proposal cannot tell."""
    drafted = [each for each in decisions if each.facts]
    if not basis.is_complete and any(each.facts["is_complete"] for each in drafted):
        codes = listed([each.proposal.code for each in drafted if each.facts["is_complete"]])
        raise WrongState(
            "hidden-conflict",
            f"The feedback of {codes} compares with proposals that you do not see. Another cochair must release this "
            "batch; or use the draft that Expo makes for you on the page of each, which compares nothing.",
        )
    if changed := [each.proposal.code for each in drafted if has_changed(each, basis)]:
        raise WrongState(
            "draft-changed",
            f"Nothing was released: reviews or other verdicts have changed what the draft of the feedback says for "
            f"{listed(changed)}. {SAVE_AGAIN}",
        )
    if changed := [each.proposal.code for each in decisions if have_criteria_changed(each, basis)]:
        raise WrongState(
            "draft-changed",
            f"Nothing was released: reviews have changed what the feedback by criterion says for {listed(changed)}. "
            f"{SAVE_AGAIN}",
        )


def _release(by: User, batch: Batch, decision: Decision, scarcity: Scarcity) -> None:
    before = released_of(decision.proposal)
    Released.objects.create(
        batch=batch,
        proposal=decision.proposal,
        verdict=decision.verdict,
        reason=decision.reason,
        feedback=decision.feedback,
        format=decision.format,
        snapshot=decision.snapshot,
        digest=decision.digest,
        supersedes=before,
    )
    content = {**decision.snapshot, "batch": {"id": batch.pk, "name": batch.name}}
    keep(by=by, decision=decision, kind=RecordKind.RELEASED, content=content)
    context = mail_context(decision, scarcity, before.verdict if before else "")
    proposal = apply_verdict(
        by=by,
        proposal=decision.proposal,
        verdict=decision.verdict,
        merit=decision.merit,
        feedback=decision.feedback,
        format=decision.format,
        criteria_feedback=decision.criteria,
    )
    entry = _record("released", by, batch, decision)
    post(
        MAIL_KINDS[Verdict(decision.verdict)],
        to=contacts(proposal.sponsor),
        entry=entry,
        context={**context, "proposal": proposal},
    )


def _record(fact: str, by: User | None, batch: Batch, decision: Decision) -> Entry:
    data = {"batch": batch.name, "verdict": decision.verdict, "digest": decision.digest}
    return record(
        f"decisions.{fact}",
        by=by,
        target=decision,
        edition_id=batch.edition_id,
        proposal_id=decision.proposal_id,
        data=data,
    )
