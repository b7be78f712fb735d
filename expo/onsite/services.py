"""What chairs do on the day: check presenters in, and move a room's sessions when one runs late."""

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.policy import require
from expo.notify import services as notify
from expo.program.models import Session
from expo.program.services import sessions
from expo.proposals.models import Presenter
from expo.proposals.services.claim_answers import require_answers
from expo.sponsors.queries import contacts

from .delays import Delay
from .models import CheckIn
from .queries.delays import TimeChange, plan_delay

#: Delays that can be entered, in minutes.
LEAST, MOST, STEP = 5, 120, 5


@transaction.atomic
def check_in(*, by: User, session: Session, presenter: Presenter) -> CheckIn:
    """Record that a presenter came. A second click changes nothing."""
    require(by, "onsite.check_in", session)
    session = _locked(session, presenter)
    row, is_new = CheckIn.objects.get_or_create(session=session, presenter=presenter, defaults={"by": by})
    if is_new:
        _record("onsite.presenter_checked_in", by, session, presenter)
    return row


@transaction.atomic
def undo_check_in(*, by: User, session: Session, presenter: Presenter) -> None:
    """Take a check-in back; when there is none, nothing changes."""
    require(by, "onsite.check_in", session)
    session = _locked(session, presenter)
    deleted, _ = CheckIn.objects.filter(session=session, presenter=presenter).delete()
    if deleted:
        _record("onsite.check_in_undone", by, session, presenter)


def _locked(session: Session, presenter: Presenter) -> Session:
    """The session as it is now, locked, if this presenter may be checked in."""
    rows = Session.objects.select_for_update(of=("self",), no_key=True).select_related("edition", "proposal")
    current = rows.filter(pk=session.pk).first()
    if current is None:
        raise WrongState("session-gone", "This session is no longer in the timetable. Reload the run of show.")
    phase = Phase(current.edition.phase)
    if phase == Phase.ARCHIVED:
        raise WrongState("edition-archived", "This edition is archived, so check-in is closed.")
    if phase not in (Phase.SCHEDULE, Phase.PUBLISHED):
        raise WrongState(
            "wrong-phase",
            f"This edition is in the phase “{phase.label.lower()}”. Presenters can be checked in once it is being "
            "scheduled. Change the phase under Overview first.",
        )
    if presenter.proposal_id != current.proposal_id:
        raise NotAllowed("not-allowed", "This person does not present in this session. Reload the run of show.")
    return current


def _record(fact: str, by: User, session: Session, presenter: Presenter) -> None:
    record(fact, by=by, target=session, proposal_id=session.proposal_id, data={"presenter": presenter.pk})


@transaction.atomic
def run_late(*, by: User, session: Session, delay: Delay, fingerprint: str) -> Entry:
    """Do what the preview showed, all or nothing; refused if the room's day changed since (`fingerprint`)."""
    require(by, "onsite.shift", session)
    if delay.minutes not in range(LEAST, MOST + 1, STEP):
        raise Invalid("bad-minutes", f"Choose between {LEAST} and {MOST} minutes, in steps of {STEP}.", field="minutes")
    edition = sessions.lock_timetable(session.edition)
    session.edition = edition
    plan = plan_delay(session, by, delay)
    if plan.fingerprint != fingerprint:
        raise sessions.STALE_TIMETABLE
    if plan.obstacle:
        raise Invalid(plan.obstacle_code, plan.obstacle, field="minutes")
    if plan.needs_other:
        require_answers(by, edition)
        raise NotAllowed("not-allowed", sessions.HIDDEN)
    if plan.hard:
        raise Refused("people-clash", f"{' '.join(plan.hard)} Move the other session first, or choose another option.")
    data = {"late": session.pk, "minutes": delay.minutes, "way": delay.strategy.value}
    entry = sessions.shift(by=by, edition=edition, times=plan.times, data=data)
    for change in plan.changes:
        _notify_team(by, edition, change)
    return entry


def _notify_team(by: User, edition: Edition, change: TimeChange) -> None:
    """Mail the session's team its new time; the fact is hidden by the proposal's conflicts."""
    session = change.session
    if session is None or change.before == change.after:
        return
    proposal = session.proposal
    times = {"from": [at.isoformat() for at in change.before], "to": [at.isoformat() for at in change.after]}
    entry = record("onsite.session_delayed", by=by, target=session, proposal_id=proposal.pk, data=times)
    context = {"edition": edition, "proposal": proposal, "room": session.room, "change": change}
    notify.post("onsite/delayed", to=contacts(proposal.sponsor), entry=entry, context=context)
