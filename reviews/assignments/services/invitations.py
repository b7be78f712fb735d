"""Invite a reviewer, and take their answer."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.accounts.services import add_affiliation
from expo.editions.models import Edition, Role, Topic
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals.queries import conflicts_between

from ..models import Assignment, ReviewerProfile
from ..queries.roster import works_somewhere
from ..states import OPEN, Answer, AssignmentState
from .answers import checked_reason
from .expertise import Added, add_absence, add_publications, hold_profile, save_profile
from .offers import end, hold_queue
from .wanting import want


def invite_reviewer(entry: Entry) -> None:
    """Mail a new reviewer what is asked of them; a "no" from before is forgotten, because somebody asks again."""
    role = Role.objects.select_related("user", "edition").filter(
        edition=entry.edition_id, user=entry.data["user"], kind=RoleKind.REVIEWER
    )
    found = role.first()
    if found is None or entry.data["kind"] != RoleKind.REVIEWER:
        return
    declined = ReviewerProfile.objects.filter(edition=found.edition, user=found.user, answer=Answer.DECLINED)
    declined.filter(answered_at__lt=entry.at).update(answer=Answer.NONE, answered_at=None, answer_note="")
    if found.user_id != entry.actor_id:
        post("assignments/invited", to=[found.user], entry=entry, context=_told(found, entry.actor))


def _told(role: Role, by: User | None) -> dict[str, Any]:
    """The mail's facts. Conflicts are counted by sponsor only: one with a proposal would tell of that."""
    edition, due_at = role.edition, role.edition.reviews_due_at
    found = conflicts_between([role.user], edition)
    return {
        "conflicts": len({each.sponsor for each in found if each.proposal is None}),
        "edition": edition,
        "by": by,
        "due_at": due_at.astimezone(edition.zone) if due_at else None,
        "url": settings.SITE_URL + reverse("assignments:join", args=[edition.slug]),
    }


@transaction.atomic
def confirm_invitation(
    *,
    by: User,
    edition: Edition,
    topics: Iterable[Topic],
    max_load: int | None,
    about: str = "",
    publications: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    employers: Iterable[Mapping[str, Any]] = (),
    has_no_employer: bool = False,
) -> Added:
    """Take on the role with where one works, what one knows, how much one takes, and when one is away; all or nothing.

    Nobody is confirmed before an employer is on file, or the answer that there is none.
    """
    added = save_expertise(
        by=by,
        edition=edition,
        topics=topics,
        max_load=max_load,
        about=about,
        publications=publications,
        first_day=first_day,
        last_day=last_day,
        employers=employers,
        has_no_employer=has_no_employer,
    )
    if not has_no_employer and not works_somewhere(by, edition):
        raise Invalid(
            "employer-missing",
            "Say where you work now, or tick that you have no employer: most conflicts of interest are found from it.",
            field="has_no_employer",
        )
    profile = _answered(by, edition, Answer.CONFIRMED)
    record("assignments.invitation_confirmed", by=by, target=profile)
    return added


@transaction.atomic
def save_expertise(
    *,
    by: User,
    edition: Edition,
    topics: Iterable[Topic],
    max_load: int | None,
    about: str = "",
    publications: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    employers: Iterable[Mapping[str, Any]] = (),
    has_no_employer: bool = False,
) -> Added:
    """The same without an answer, so that one sees first which conflicts it brings; tells what came of the list."""
    require(by, "assignments.edit_profile", edition)
    for stay in employers:
        add_affiliation(by=by, **stay)
    if has_no_employer and works_somewhere(by, edition):
        raise Invalid(
            "employer-and-none",
            "You say that you have no employer now, and your list says where you work today. Enter your last day "
            "there, or take the tick out.",
            field="has_no_employer",
        )
    profile = hold_profile(by, edition)
    profile.has_no_employer = has_no_employer
    profile.save(update_fields=["has_no_employer"])
    is_paused = profile.is_paused
    save_profile(by=by, edition=edition, topics=topics, max_load=max_load, is_paused=is_paused, about=about)
    if first_day and last_day:
        add_absence(by=by, edition=edition, first_day=first_day, last_day=last_day)
    return add_publications(by=by, edition=edition, text=publications) if publications.strip() else Added()


@transaction.atomic
def decline_invitation(*, by: User, edition: Edition, reason: str) -> ReviewerProfile:
    """Say no, or leave: open reviews go to somebody else, submitted ones stay. A new answer is possible any time."""
    require(by, "assignments.edit_profile", edition)
    said = checked_reason(reason, "Say in a few words why, so that the cochairs know whether to ask again.")
    hold_queue(edition)
    rows = Assignment.objects.select_for_update(of=("self",)).filter(edition=edition, reviewer=by, state__in=OPEN)
    for assignment in rows.select_related("edition", "proposal", "reviewer").order_by("id"):
        end(assignment, AssignmentState.DECLINED, by=by, reason=said, said=said)
    profile = _answered(by, edition, Answer.DECLINED, said)
    record("assignments.invitation_declined", by=by, target=profile, data={"reason": said})
    want(edition.pk)
    return profile


def _answered(user: User, edition: Edition, answer: Answer, note: str = "") -> ReviewerProfile:
    profile = hold_profile(user, edition)
    profile.answer, profile.answered_at, profile.answer_note = answer, clock.now(), note
    profile.save(update_fields=["answer", "answered_at", "answer_note"])
    return profile
