"""A presenter is there, or was taken for somebody else."""

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.services import record
from expo.kit.errors import NotAllowed, WrongState
from expo.kit.policy import require
from expo.program.models import Session
from expo.proposals.models import Presenter

from ..models import CheckIn


@transaction.atomic
def check_in(*, by: User, session: Session, presenter: Presenter) -> CheckIn:
    """Note that a presenter came. A second click changes nothing."""
    require(by, "onsite.check_in", session)
    session = _held(session, presenter)
    found, is_new = CheckIn.objects.get_or_create(session=session, presenter=presenter, defaults={"by": by})
    if is_new:
        _note("onsite.presenter_checked_in", by, session, presenter)
    return found


@transaction.atomic
def undo_check_in(*, by: User, session: Session, presenter: Presenter) -> None:
    """Take a check-in back; when there is none, nothing changes."""
    require(by, "onsite.check_in", session)
    session = _held(session, presenter)
    gone, _ = CheckIn.objects.filter(session=session, presenter=presenter).delete()
    if gone:
        _note("onsite.check_in_undone", by, session, presenter)


def _held(session: Session, presenter: Presenter) -> Session:
    """The session as it is now, so that two clicks at once take turns."""
    rows = Session.objects.select_for_update(of=("self",), no_key=True).select_related("edition", "proposal")
    found = rows.filter(pk=session.pk).first()
    if found is None:
        raise WrongState("session-gone", "This session is no longer in the timetable. Reload the run of show.")
    _check_phase(found.edition)
    if presenter.proposal_id != found.proposal_id:
        raise NotAllowed("not-allowed", "This person does not present in this session. Reload the run of show.")
    return found


def _check_phase(edition: Edition) -> None:
    phase = Phase(edition.phase)
    if phase == Phase.ARCHIVED:
        raise WrongState("edition-archived", "This edition is archived, so nobody checks in any more.")
    if phase not in (Phase.SCHEDULE, Phase.PUBLISHED):
        raise WrongState(
            "wrong-phase",
            f"This edition is in the phase “{phase.label.lower()}”; presenters check in once it is being scheduled. "
            "Move the phase on under Setup first.",
        )


def _note(fact: str, by: User, session: Session, presenter: Presenter) -> None:
    record(fact, by=by, target=session, proposal_id=session.proposal_id, data={"presenter": presenter.pk})
