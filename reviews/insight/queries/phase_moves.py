"""Moving an edition to another phase: what it would mean now, in numbers over what the viewer sees."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import PhaseMove, missing, moves
from expo.editions.states import Phase
from expo.kit import display
from expo.kit.deadlines import has_passed, minute_of
from expo.kit.text import are, counted
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import hidden_by, wall
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import DECIDABLE, PLACEABLE, ProposalState
from expo.sponsors.queries import unsent_invitations
from reviews.assignments.models import Assignment
from reviews.assignments.states import OPEN, AssignmentState
from reviews.decisions.states import BatchState


@dataclass(frozen=True)
class MoveWithNumbers:
    """A move with what it means now; with a `blocked` sentence it cannot be made yet."""

    move: PhaseMove
    sentences: tuple[str, ...]
    blocked: str = ""


def moves_with_numbers(edition: Edition, viewer: User, now: datetime) -> list[MoveWithNumbers]:
    """Where the edition can go from here, forward first; few queries, whatever its size."""
    own = "Proposals that are hidden from you are not counted."
    last = (own,) if wall(viewer, edition).hides_some else ()
    found = []
    for move in moves(edition):
        numbers = _MEANING[Phase(edition.phase), move.to](edition, viewer, now)
        numbers_and_note = (*numbers, *last) if numbers else ()
        found.append(MoveWithNumbers(move, (*numbers_and_note, move.text), _blocked(edition, move, now)))
    return found


def _blocked(edition: Edition, move: PhaseMove, now: datetime) -> str:
    """What `move_phase` would refuse it for."""
    if move.to == Phase.CALL:
        return " ".join(missing(edition, now))
    if move.to == Phase.PUBLISHED and not edition.releases.exists():
        return "There is no release yet. Publish the program under Releases; that moves the edition too."
    return ""


def _open(edition: Edition, viewer: User, now: datetime) -> list[str]:
    mails = unsent_invitations(edition).count()
    sentences = [f"{counted(mails, 'invitation')} to sponsors' teams {are(mails)} mailed."] if mails else []
    if edition.call_opens_at and edition.call_opens_at > now:
        opens = display.in_zone(edition.call_opens_at, edition.zone)
        sentences = [f"The call takes proposals from {opens} on.", *(each[:-1] + " then." for each in sentences)]
    return sentences


def _close(edition: Edition, viewer: User, now: datetime) -> list[str]:
    submitted = for_chairs(viewer, edition).filter(state=ProposalState.SUBMITTED)
    numbers = submitted.aggregate(all=Count("pk"), changed=Count("working_copy"))
    drafts = drafts_known_to(viewer, edition)
    sentences = [f"{counted(numbers['all'], 'proposal')} {are(numbers['all'])} submitted."]
    if drafts:
        sentences.append(f"{counted(drafts, 'draft')} {are(drafts)} not submitted and {_takes(drafts)} no part.")
    if numbers["changed"]:
        whose = "1 of them has" if numbers["changed"] == 1 else f"{numbers['changed']} of them have"
        sentences.append(f"{whose} changes that were not submitted; what was submitted before counts.")
    closes, until = edition.call_closes_at, edition.call_takes_until
    if closes and until and not has_passed(until, now):
        by_itself = display.in_zone(until, edition.deadline_zone)
        deadline = (
            "The grace after the deadline is not over" if has_passed(closes, now) else "The deadline is still ahead"
        )
        sentences.append(f"{deadline}: the call closes by itself on {by_itself}.")
    return sentences


def _takes(number: int) -> str:
    return "takes" if number == 1 else "take"


def drafts_known_to(viewer: User, edition: Edition) -> int:
    """How many drafts there are, but for those of sponsors that the viewer's wall hides."""
    drafts = Proposal.objects.filter(edition=edition, state=ProposalState.DRAFT)
    return drafts.exclude(hidden_by([wall(viewer, edition)])).count()


def _start_deciding(edition: Edition, viewer: User, now: datetime) -> list[str]:
    in_review = for_chairs(viewer, edition).filter(state=ProposalState.SUBMITTED)
    done = Count("assignments", Q(assignments__state=AssignmentState.SUBMITTED))
    short = in_review.annotate(done=done).filter(done__lt=edition.reviews_per_proposal).count()
    rows = Assignment.objects.filter(proposal__in=in_review)
    reviews = rows.aggregate(
        done=Count("pk", Q(state=AssignmentState.SUBMITTED)),
        open=Count("pk", Q(state__in=OPEN)),
        late=Count("pk", Q(state__in=OPEN, due_at__lt=minute_of(now))),
    )
    sentences = [f"{counted(reviews['done'], 'review')} {are(reviews['done'])} in."]
    if reviews["open"]:
        late = f", {reviews['late']} of them late" if reviews["late"] else ""
        sentences.append(f"{counted(reviews['open'], 'review')} {are(reviews['open'])} still open{late}.")
    if short:
        have = "has" if short == 1 else "have"
        sentences.append(f"{counted(short, 'proposal')} {have} fewer than {edition.reviews_per_proposal} reviews.")
    return sentences


def _open_again(edition: Edition, viewer: User, now: datetime) -> list[str]:
    submitted = for_chairs(viewer, edition).filter(state=ProposalState.SUBMITTED).count()
    return [f"{counted(submitted, 'submitted proposal')} can change again."] if submitted else []


def _review_again(edition: Edition, viewer: User, now: datetime) -> list[str]:
    given = for_chairs(viewer, edition).filter(decision__isnull=False).count()
    stays = "stays" if given == 1 else "stay"
    kept = [f"{counted(given, 'verdict')} given so far {stays}."] if given else []
    return [*kept, "No verdict can be given or released until the edition is in “Decide” again."]


def _schedule(edition: Edition, viewer: User, now: datetime) -> list[str]:
    released = Q(decision__batch__state=BatchState.RELEASED)
    numbers = for_chairs(viewer, edition).aggregate(
        accepted=Count("pk", Q(state__in=PLACEABLE)),
        undecided=Count("pk", Q(state=ProposalState.SUBMITTED, decision=None)),
        unreleased=Count("pk", Q(state__in=DECIDABLE, decision__isnull=False) & ~released),
    )
    sentences = [f"{counted(numbers['accepted'], 'proposal')} {are(numbers['accepted'])} accepted."]
    if numbers["undecided"]:
        sentences.append(f"{counted(numbers['undecided'], 'proposal')} without a verdict can still get one.")
    if numbers["unreleased"]:
        sentences.append(f"{counted(numbers['unreleased'], 'verdict')} can still be released.")
    return sentences


def _decide_again(edition: Edition, viewer: User, now: datetime) -> list[str]:
    scheduled = for_chairs(viewer, edition).filter(session__isnull=False).count()
    return [f"{counted(scheduled, 'session')} {are(scheduled)} scheduled."]


def _publish(edition: Edition, viewer: User, now: datetime) -> list[str]:
    return []


def _archive(edition: Edition, viewer: User, now: datetime) -> list[str]:
    asked = for_chairs(viewer, edition).filter(state__in=PLACEABLE, slot__state="change-asked").count()
    return [f"{counted(asked, 'request')} for another slot {are(asked)} not answered."] if asked else []


_MEANING = {
    (Phase.SETUP, Phase.CALL): _open,
    (Phase.CALL, Phase.REVIEW): _close,
    (Phase.REVIEW, Phase.CALL): _open_again,
    (Phase.REVIEW, Phase.DECIDE): _start_deciding,
    (Phase.DECIDE, Phase.REVIEW): _review_again,
    (Phase.DECIDE, Phase.SCHEDULE): _schedule,
    (Phase.SCHEDULE, Phase.DECIDE): _decide_again,
    (Phase.SCHEDULE, Phase.PUBLISHED): _publish,
    (Phase.PUBLISHED, Phase.ARCHIVED): _archive,
}
