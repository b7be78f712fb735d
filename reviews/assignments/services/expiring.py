"""Offers that nobody answered, and offers to people who are away until the review is due."""

from collections.abc import Iterable
from datetime import date

from django.db.models import F, QuerySet

from expo.editions.models import Edition
from expo.kit import clock
from expo.proposals.states import ProposalState

from ..models import Absence, Assignment
from ..queries import roster
from ..states import AssignmentState
from .dates import moved_past
from .offers import end, tell_ended, tell_released
from .wanting import want

MOST = 500


def expire(edition: Edition) -> int:
    """End offers whose time to answer has passed; days away are added to it first."""
    due = list(_offers(edition).filter(answer_by__lte=clock.now())[:MOST])
    away = _away(edition, due)
    ended = [each for each in due if not _extended(each, away.get(each.reviewer_id, ()))]
    said = "Not answered in time."
    tell_ended(
        "assignments/expired",
        [(each, end(each, AssignmentState.EXPIRED, by=None, reason=said)) for each in ended],
    )
    return _done(edition, len(ended))


def _extended(assignment: Assignment, away: Iterable[tuple[date, date]]) -> bool:
    """Whether an absence moved the time to answer into the future; it is stored, so that pages say so."""
    edition = assignment.edition
    moved = moved_past(assignment.answer_by, away, edition.zone) if assignment.answer_by else clock.now()
    if assignment.due_at is not None:
        moved = min(moved, max(assignment.due_at, clock.now()))
    if moved <= clock.now():
        return False
    assignment.answer_by = moved
    assignment.save(update_fields=["answer_by"])
    return True


def release_long_away(edition: Edition) -> int:
    """Take back unanswered offers from people who are away today and until the review is due."""
    day = roster.today(edition)
    absent = Absence.objects.filter(profile__edition=edition, first_day__lte=day, last_day__gte=day)
    until: dict[int, date] = dict(absent.order_by("last_day").values_list("profile__user_id", "last_day"))
    rows = _offers(edition).filter(reviewer__in=until) if until else Assignment.objects.none()
    gone = [each for each in rows if _due_day(each) <= until[each.reviewer_id]]
    said = "Away until the review is due."
    tell_released([(each, end(each, AssignmentState.RELEASED, by=None, reason=said)) for each in gone[:MOST]])
    return _done(edition, len(gone[:MOST]))


def _due_day(assignment: Assignment) -> date:
    return assignment.due_at.astimezone(assignment.edition.zone).date() if assignment.due_at else date.max


def _offers(edition: Edition) -> QuerySet[Assignment]:
    """Unanswered offers on what still awaits review; whoever is being answered right now waits for the next minute."""
    rows = Assignment.objects.select_for_update(of=("self",), skip_locked=True)
    found = rows.filter(edition=edition, state=AssignmentState.OFFERED, proposal__state=ProposalState.SUBMITTED)
    return found.select_related("edition", "proposal", "reviewer").order_by(F("id"))


def _away(edition: Edition, offers: Iterable[Assignment]) -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    rows = Absence.objects.filter(profile__edition=edition, profile__user__in={each.reviewer_id for each in offers})
    for user, first, last in rows.values_list("profile__user_id", "first_day", "last_day"):
        found.setdefault(user, []).append((first, last))
    return found


def _done(edition: Edition, count: int) -> int:
    if count:
        want(edition.pk)
    return count
