"""What cochairs decide about single pairs: pin, forbid, and swap two reviewers, each checked at once."""

from collections.abc import Iterable

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal

from ..models import Assignment, PairRule
from ..queries import lookups, roster
from ..states import LIVE, OPEN, AssignmentState, PairKind
from .assignments import end, lock_queue, notify_offered, notify_released, offer_by_hand
from .checks import AssignmentChecker, not_a_reviewer, require_no_conflict, require_not_paused, require_reviewer

CLEAR = "clear"
FACTS = {PairKind.PIN: "pair_pinned", PairKind.FORBID: "pair_forbidden", CLEAR: "pair_cleared"}
MOST_NOTE = 400


@transaction.atomic
def set_pair(*, by: User, proposal: Proposal, reviewer: User, kind: str, note: str = "") -> PairRule | None:
    """Say that the next runs must give this proposal to this reviewer (pin), must not (forbid), or may (clear)."""
    require(by, "assignments.pair", proposal)
    if kind not in FACTS:
        raise Invalid("unknown-choice", f"Choose one of {', '.join(FACTS)}.", field="kind")
    note = " ".join(note.replace("\x00", "").split())
    if len(note) > MOST_NOTE:
        raise Invalid("too-long", f"Keep the note under {MOST_NOTE} characters; this has {len(note)}.", field="note")
    lock_queue(proposal.edition)
    before = PairRule.objects.filter(proposal=proposal, reviewer=reviewer).first()
    if kind == CLEAR:
        if before is not None:
            _record(by, before, CLEAR)
            before.delete()
        return None
    if before is not None and (before.kind, before.note) == (kind, note):
        return before
    if kind == PairKind.PIN:
        checker = _checker(by, [proposal])
        checker.forbidden.clear()
        require_no_conflict(checker, proposal, require_reviewer(proposal, reviewer, checker.people))
    elif Assignment.objects.filter(proposal=proposal, reviewer=reviewer, state__in=LIVE).exists():
        raise Invalid(
            "assigned-already",
            f"{reviewer} has this proposal now. Release that first, with a reason.",
            field="reviewer",
        )
    elif lookups.reviewer_for(proposal, reviewer.pk) is None:
        raise not_a_reviewer(reviewer)
    rule, _ = PairRule.objects.update_or_create(
        proposal=proposal,
        reviewer=reviewer,
        defaults={"kind": kind, "note": note, "made_by": by, "made_at": clock.now()},
    )
    _record(by, rule, kind)
    return rule


def _record(by: User, rule: PairRule, kind: str) -> None:
    record(
        f"assignments.{FACTS[kind]}",
        by=by,
        target=rule,
        edition_id=rule.proposal.edition_id,
        proposal_id=rule.proposal_id,
        data={"reviewer": rule.reviewer_id, "note": rule.note},
    )


@transaction.atomic
def swap(*, by: User, one: Assignment, other: Assignment) -> tuple[Assignment, Assignment]:
    """Let two reviewers exchange proposals before either has submitted; both get new offers, if each pair fits."""
    for each in (one, other):
        require(by, "assignments.swap", each)
    if one.edition_id != other.edition_id:
        raise Invalid("foreign-assignment", "These two belong to different editions.", field="other")
    lock_queue(one.edition)
    # Proposals before assignments, each in the order of their ids, as everybody else takes them.
    ids = {one.proposal_id, other.proposal_id}
    list(Proposal.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("id"))
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pk__in={one.pk, other.pk}).order_by("id")
    locked = {each.pk: each for each in rows.select_related("edition", "proposal__edition", "reviewer")}
    one, other = locked[one.pk], locked[other.pk]
    checker = _check_swap(by, one, other)
    reason = "Swapped with another reviewer by a cochair."
    ended = [
        (each, end(each, AssignmentState.RELEASED, by=by, reason=reason, own_words=reason)) for each in (one, other)
    ]
    notify_released(ended)
    first = _offer(by, one.proposal, checker.people[other.reviewer_id])
    return first, _offer(by, other.proposal, checker.people[one.reviewer_id])


def _check_swap(by: User, one: Assignment, other: Assignment) -> AssignmentChecker:
    """The checker with the two exchanged; refuses what does not fit.

    Asked in this order: conflicts and what cochairs forbade, earlier answers, circles of companies, roles.
    """
    if one.proposal_id == other.proposal_id or one.reviewer_id == other.reviewer_id:
        raise Invalid("nothing-to-swap", "Choose another reviewer's assignment on another proposal.", field="other")
    if any(each.state not in OPEN for each in (one, other)):
        raise WrongState("not-open", "Only open reviews can be swapped, not submitted ones. Reload the page.")
    leaving = {(each.proposal_id, each.reviewer_id) for each in (one, other)}
    checker = _checker(by, [one.proposal, other.proposal], leaving)
    for proposal, reviewer in ((one.proposal, other.reviewer), (other.proposal, one.reviewer)):
        person = require_reviewer(proposal, reviewer, checker.people)
        require_no_conflict(checker, proposal, person)
        require_not_paused(person)
        cannot = f"{person.user} cannot take over {proposal.code}"
        if barred := checker.barred(proposal.pk, person.id):
            raise Invalid("does-not-fit", f"{cannot}: {barred}", field="other")
        if missing := checker.missing_role(proposal.pk, [person.id], proposal.edition.reviews_per_proposal):
            raise Invalid("role-missing", f"{cannot}. {missing}", field="other")
        checker.count(proposal.pk, reviewer.pk)
    return checker


def _checker(by: User, proposals: Iterable[Proposal], leaving: Iterable[tuple[int, int]] = ()) -> AssignmentChecker:
    by_id = {proposal.pk: proposal for proposal in proposals}
    edition = next(iter(by_id.values())).edition
    people = {each.id: each for each in roster.people(edition, waiting=True)}
    return AssignmentChecker.read(by, edition, by_id, people, set(leaving))


def _offer(by: User, proposal: Proposal, person: roster.Person) -> Assignment:
    assignment, entry = offer_by_hand(by, proposal, person, "Swapped in by a cochair.")
    notify_offered(person.user, proposal.edition, entry, 1, assignment.due_at)
    return assignment
