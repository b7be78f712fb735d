"""A cochair's word on single pairs: pin, forbid, and swap two reviewers, each checked at once."""

from collections.abc import Iterable

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal

from ..models import Assignment, PairRule
from ..queries import lookups, roster
from ..states import LIVE, OPEN, AssignmentState, PairKind
from .chairs import fit_person, new_offer, no_conflict, not_a_reviewer, takes_new
from .checking import Now
from .offers import end, hold_queue, invite, tell_released

CLEAR = "clear"
FACTS = {PairKind.PIN: "pair_pinned", PairKind.FORBID: "pair_forbidden", CLEAR: "pair_cleared"}
MOST_NOTE = 400


@transaction.atomic
def set_pair(*, by: User, proposal: Proposal, reviewer: User, kind: str, note: str = "") -> PairRule | None:
    """Say that the next runs must give this proposal to this reviewer (pin), must not (forbid), or may (clear)."""
    require(by, "assignments.pair", proposal)
    if kind not in FACTS:
        raise Invalid("unknown-choice", f"Choose one of {', '.join(FACTS)}.", field="kind")
    said = _note(note)
    hold_queue(proposal.edition)
    before = PairRule.objects.filter(proposal=proposal, reviewer=reviewer).first()
    if kind == CLEAR:
        _clear(by, before)
        return None
    if before is not None and (before.kind, before.note) == (kind, said):
        return before
    _check_pair(by, proposal, reviewer, kind)
    row, _ = PairRule.objects.update_or_create(
        proposal=proposal,
        reviewer=reviewer,
        defaults={"kind": kind, "note": said, "made_by": by, "made_at": clock.now()},
    )
    _record(by, row, kind)
    return row


def _clear(by: User, before: PairRule | None) -> None:
    if before is not None:
        _record(by, before, CLEAR)
        before.delete()


def _note(note: str) -> str:
    said = " ".join(note.replace("\x00", "").split())
    if len(said) > MOST_NOTE:
        raise Invalid("too-long", f"Keep the note under {MOST_NOTE} characters; this has {len(said)}.", field="note")
    return said


def _check_pair(by: User, proposal: Proposal, reviewer: User, kind: str) -> None:
    """A pin has to be possible; what is assigned is released, not forbidden."""
    if kind == PairKind.PIN:
        now = _now(by, [proposal], drop_rules=True)
        no_conflict(now, proposal, fit_person(proposal, reviewer, now.people))
    elif Assignment.objects.filter(proposal=proposal, reviewer=reviewer, state__in=LIVE).exists():
        raise Invalid(
            "assigned-already",
            f"{reviewer} has this proposal now. Release that first, with a reason.",
            field="reviewer",
        )
    elif lookups.reviewer_for(proposal, reviewer.pk) is None:
        raise not_a_reviewer(reviewer)


def _record(by: User, row: PairRule, kind: str) -> None:
    data = {"reviewer": row.reviewer_id, "note": row.note}
    edition_id = row.proposal.edition_id
    record(
        f"assignments.{FACTS[kind]}",
        by=by,
        target=row,
        edition_id=edition_id,
        proposal_id=row.proposal_id,
        data=data,
    )


@transaction.atomic
def swap(*, by: User, one: Assignment, other: Assignment) -> tuple[Assignment, Assignment]:
    """Let two reviewers change places before either has submitted; both get new offers, if nothing stands between."""
    for each in (one, other):
        require(by, "assignments.swap", each)
    _same_edition(one, other)
    hold_queue(one.edition)
    one, other = _locked(one, other)
    now = _check_swap(by, one, other)
    said = "Swapped with another reviewer by a cochair."
    tell_released([(each, end(each, AssignmentState.RELEASED, by=by, reason=said, said=said)) for each in (one, other)])
    newly, in_turn = now.people[other.reviewer_id], now.people[one.reviewer_id]
    return _give(by, one.proposal, newly), _give(by, other.proposal, in_turn)


def _same_edition(one: Assignment, other: Assignment) -> None:
    if one.edition_id != other.edition_id:
        raise Invalid("foreign-assignment", "These two belong to different editions.", field="other")


def _locked(one: Assignment, other: Assignment) -> tuple[Assignment, Assignment]:
    """Proposals before assignments, each in the order of their ids, as everybody else takes them."""
    ids = {one.proposal_id, other.proposal_id}
    list(Proposal.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("id"))
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pk__in={one.pk, other.pk}).order_by("id")
    found = {each.pk: each for each in rows.select_related("edition", "proposal__edition", "reviewer")}
    return found[one.pk], found[other.pk]


def _check_swap(by: User, one: Assignment, other: Assignment) -> Now:
    """How things stand with the two changed over, if nothing is against it."""
    if one.proposal_id == other.proposal_id or one.reviewer_id == other.reviewer_id:
        raise Invalid("nothing-to-swap", "Choose another reviewer's assignment on another proposal.", field="other")
    if any(each.state not in OPEN for each in (one, other)):
        raise WrongState("not-open", "Only reviews that are asked for and not yet in can be swapped. Reload the page.")
    leaving = {(each.proposal_id, each.reviewer_id) for each in (one, other)}
    now = _now(by, [one.proposal, other.proposal], leaving)
    for proposal, reviewer in ((one.proposal, other.reviewer), (other.proposal, one.reviewer)):
        _check_place(now, proposal, fit_person(proposal, reviewer, now.people))
        now.count(proposal.pk, reviewer.pk)
    return now


def _check_place(now: Now, proposal: Proposal, person: roster.Person) -> None:
    """Conflicts and cochairs' words, earlier answers, circles of companies and roles, in this order."""
    no_conflict(now, proposal, person)
    takes_new(person)
    barred = now.barred(proposal.pk, person.id)
    if barred:
        raise _no("does-not-fit", f"{person.user} cannot take over {proposal.code}: {barred}")
    lacks = now.no_role(proposal.pk, [person.id], proposal.edition.reviews_per_proposal)
    if lacks:
        raise _no("role-missing", f"{person.user} cannot take over {proposal.code}. {lacks}")


def _now(
    by: User, proposals: Iterable[Proposal], leaving: Iterable[tuple[int, int]] = (), drop_rules: bool = False
) -> Now:
    found = {proposal.pk: proposal for proposal in proposals}
    edition = next(iter(found.values())).edition
    people = {each.id: each for each in roster.people(edition, waiting=True)}
    now = Now.read(by, edition, found, people, set(leaving))
    if drop_rules:
        now.ruled.clear()
    return now


def _give(by: User, proposal: Proposal, person: roster.Person) -> Assignment:
    made = new_offer(proposal, person, "Swapped in by a cochair.")
    entry = record("assignments.offered", by=by, target=made, proposal_id=proposal.pk, data={"reviewer": person.id})
    invite(person.user, proposal.edition, entry, 1, made.due_at)
    return made


def _no(code: str, message: str) -> Refused:
    return Invalid(code, message, field="other")
