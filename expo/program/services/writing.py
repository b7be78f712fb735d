"""What every verb that changes the timetable does: wait for its turn, write, and let PostgreSQL judge."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import IntegrityError, connection, transaction

from expo.editions.models import Edition
from expo.kit.errors import Refused, WrongState
from expo.proposals.models import Presenter

from ..models import OnStage, Session
from ..queries.sessions import writable

GUARDS = "session_room_holds_one, on_stage_one_place, on_stage_in_reach"
CLASHES = {
    "session_room_holds_one": ("room-taken", "The room is taken at that time. Choose another room or time."),
    "on_stage_in_reach": (
        "too-far",
        "A presenter could not walk from one room to the other in time. Choose another time, or a room nearby.",
    ),
    "on_stage_one_place": ("on-stage", "A presenter would be in two places at that time. Choose another time."),
}


def take_turn(edition: Edition) -> Edition:
    """Lock the timetable of this edition until the transaction ends; only its phase can forbid the change."""
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    if not writable(edition):
        raise WrongState("edition-archived", "This edition is archived, so its timetable no longer changes.")
    return edition


@contextmanager
def judged() -> Iterator[None]:
    """Write inside; the exclusion constraints are asked at the end, and a clash becomes a refusal."""
    try:
        with transaction.atomic():
            yield
            _ask_guards()
    except IntegrityError as error:
        raise _refusal(error) from error


def _ask_guards() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {GUARDS} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {GUARDS} DEFERRED")


def _refusal(error: IntegrityError) -> Refused:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name in CLASHES:
        return Refused(*CLASHES[name])
    return Refused("changed-meanwhile", "Something this needs was changed or removed meanwhile. Reload and try again.")


def set_stage(edition: Edition, sessions: Iterable[Session]) -> None:
    """Write who is on stage when, from the present presenters."""
    rows = {session.proposal_id: session for session in sessions}
    OnStage.objects.filter(session__in=[session.pk for session in rows.values()]).delete()
    people = Presenter.objects.filter(proposal__in=rows.keys()).exclude(email="").order_by("id")
    OnStage.objects.bulk_create(_on_stage(rows[person.proposal_id], person, edition) for person in people)


def follow_stage(edition: Edition, session: Session) -> None:
    """The same for one session that stays where it is, but for somebody who is on another stage then."""
    OnStage.objects.filter(session=session).delete()
    for person in Presenter.objects.filter(proposal=session.proposal_id).exclude(email="").order_by("id"):
        with suppress(Refused), judged():
            _on_stage(session, person, edition).save()


def _on_stage(session: Session, person: Presenter, edition: Edition) -> OnStage:
    rest = timedelta(minutes=edition.rest_minutes)
    walk = timedelta(minutes=max(edition.rest_minutes, edition.walk_minutes))
    return OnStage(
        edition=edition,
        session=session,
        person=person.person,
        area=session.room.area or f"#{session.room_id}",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        rested_at=session.ends_at + rest,
        reached_at=session.ends_at + walk,
    )
