"""A session runs late: its room gives way, all at once, and everybody concerned is told."""

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed, Refused
from expo.kit.policy import require
from expo.notify import services as notify
from expo.program.models import Session
from expo.program.services import sessions
from expo.proposals.services.claim_answers import require_answers
from expo.sponsors.queries import contacts

from .. import queries
from ..queries.late import Change
from ..shifts import Late
from ..states import Way

LEAST, MOST, STEP = 5, 120, 5


@transaction.atomic
def run_late(
    *,
    by: User,
    session: Session,
    minutes: int,
    way: Way,
    seen: str,
    over_breaks: bool = False,
    cut_setup: bool = False,
) -> Entry:
    """Do what the preview said, all of it or nothing; refused if the room's day changed since (`seen`)."""
    require(by, "onsite.shift", session)
    _check_minutes(minutes)
    edition = sessions.lock_timetable(session.edition)
    session.edition = edition
    late = Late(session.proposal_id, minutes, way, over_breaks, cut_setup)
    plan = queries.late_plan(session, by, late)
    _check(by, edition, plan, seen)
    data = {"late": session.pk, "minutes": minutes, "way": way.value}
    entry = sessions.shift(by=by, edition=edition, times=plan.times, data=data)
    for change in plan.changes:
        _tell(by, edition, change)
    return entry


def _check_minutes(minutes: int) -> None:
    if minutes not in range(LEAST, MOST + 1, STEP):
        raise Invalid("bad-minutes", f"Choose between {LEAST} and {MOST} minutes, in steps of {STEP}.", field="minutes")


def _check(by: User, edition: Edition, plan: queries.LatePlan, seen: str) -> None:
    if plan.seen != seen:
        raise sessions.STALE_TIMETABLE
    if plan.stop:
        raise Invalid(plan.stop_code, plan.stop, field="minutes")
    if plan.needs_other:
        require_answers(by, edition)
        raise NotAllowed("not-allowed", sessions.HIDDEN)
    if plan.hard:
        raise Refused("people-clash", f"{' '.join(plan.hard)} Move the other session first, or choose another way.")


def _tell(by: User, edition: Edition, change: Change) -> None:
    """Mail the session's team its new time; the fact stands behind the proposal's wall."""
    session = change.session
    if session is None or change.was == change.will:
        return
    proposal = session.proposal
    times = {"from": [at.isoformat() for at in change.was], "to": [at.isoformat() for at in change.will]}
    entry = record("onsite.session_delayed", by=by, target=session, proposal_id=proposal.pk, data=times)
    context = {"edition": edition, "proposal": proposal, "room": session.room, "change": change}
    notify.post("onsite/delayed", to=contacts(proposal.sponsor), entry=entry, context=context)
