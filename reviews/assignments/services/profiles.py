"""What reviewers say about themselves: the answer to the invitation, topics, load, publications, days away, bids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.accounts.services import add_affiliation, save_coauthors
from expo.editions.models import Edition, Role, Topic
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals.queries.conflict_wall import conflicts_between

from .. import works
from ..models import Absence, Assignment, Bid, Publication, ReviewerProfile
from ..queries import lookups, reviewer_queue, roster
from ..states import OPEN, AssignmentState, BidValue, InvitationAnswer
from ..works import BadLine, Work
from .assignments import checked_reason, end, lock_queue, request_repair

MOST_LOAD = 200
MOST_ABOUT = 5_000
MOST_PUBLICATIONS = works.MOST_WORKS
MOST_ABSENCES = 20
LONGEST_AWAY = timedelta(days=366)


@dataclass(frozen=True)
class AddedPublications:
    """The result of adding a list: new publications, those already there, new coauthors, and lines left out."""

    new: int = 0
    known: int = 0
    coauthors: int = 0
    bad: tuple[BadLine, ...] = ()


@transaction.atomic
def save_profile(
    *,
    by: User,
    edition: Edition,
    topics: Iterable[Topic],
    max_load: int | None,
    is_paused: bool = False,
    about: str | None = None,
) -> ReviewerProfile:
    """Save what one knows and how much one takes on; runs from now on use it. `about=None` leaves that text."""
    require(by, "assignments.edit_profile", edition)
    chosen = list(topics)
    if any(topic.edition_id != edition.pk for topic in chosen):
        raise Invalid("foreign-topic", "One of these topics belongs to another edition.", field="topics")
    if max_load is not None and not 0 <= max_load <= MOST_LOAD:
        raise Invalid("load-range", f"The most reviews is a number from 0 to {MOST_LOAD}.", field="max_load")
    profile = lock_profile(by, edition)
    profile.max_load, profile.is_paused, profile.updated_at = max_load, is_paused, clock.now()
    if about is not None:
        profile.about = about.replace("\x00", "").replace("\r\n", "\n").strip()
        if (length := len(profile.about)) > MOST_ABOUT:
            raise Invalid("about-long", f"Keep this under {MOST_ABOUT} characters; it has {length}.", field="about")
    profile.save(update_fields=["max_load", "is_paused", "about", "updated_at"])
    profile.topics.set(chosen)
    data = {"topics": sorted(topic.slug for topic in chosen), "max_load": max_load, "is_paused": is_paused}
    record("assignments.profile_saved", by=by, target=profile, data=data)
    return profile


def lock_profile(user: User, edition: Edition) -> ReviewerProfile:
    """The user's profile, created if need be, and locked until the commit; cached reads of it are dropped."""
    forget()
    ReviewerProfile.objects.get_or_create(edition=edition, user=user)
    locked: ReviewerProfile = ReviewerProfile.objects.select_for_update(of=("self",)).get(edition=edition, user=user)
    return locked


@transaction.atomic
def add_publications(
    *, by: User, edition: Edition, text: str = "", data: bytes = b"", filename: str = ""
) -> AddedPublications:
    """Add a pasted or uploaded list: BibTeX, CSV, or one title per line. Coauthors become conflicts at once."""
    require(by, "assignments.edit_profile", edition)
    text = works.decoded(data) if data else text
    read = works.read(text, works.kind_of(text, filename))
    profile = lock_profile(by, edition)
    known = {each.title.casefold(): each for each in profile.publications.all()}
    new = [work for work in read.works if work.title.casefold() not in known]
    if len(known) + len(new) > MOST_PUBLICATIONS:
        raise Invalid(
            "too-many-publications",
            f"You can list at most {MOST_PUBLICATIONS} publications and have {len(known)}. Add your latest ones only, "
            "or remove some first.",
        )
    # PostgreSQL and Python differ over the small form of a few letters, such as İ
    Publication.objects.bulk_create(
        [Publication(profile=profile, title=work.title, abstract=work.abstract, year=work.year) for work in new],
        ignore_conflicts=True,
    )
    created = profile.publications.count() - len(known)
    _fill_up([(known[key], work) for work in read.works if (key := work.title.casefold()) in known])
    coauthors = save_coauthors(by=by, coauthors=[(name, work.year) for work in read.works for name in work.authors])
    added = AddedPublications(created, len(read.works) - created, coauthors, read.bad)
    record("assignments.publications_added", by=by, target=profile, data={"new": added.new, "known": added.known})
    return added


def _fill_up(pairs: Iterable[tuple[Publication, Work]]) -> None:
    """A second list may know an abstract or a year that the first did not."""
    changed = []
    for kept, work in pairs:
        abstract, year = kept.abstract or work.abstract, kept.year or work.year
        if (abstract, year) != (kept.abstract, kept.year):
            kept.abstract, kept.year = abstract, year
            changed.append(kept)
    Publication.objects.bulk_update(changed, ["abstract", "year"])


@transaction.atomic
def remove_publication(*, by: User, publication: Publication) -> None:
    """Take a work off the list. Its coauthors stay: no conflict lapses by its owner's own doing."""
    require(by, "assignments.change_part", publication)
    profile = lock_profile(by, publication.profile.edition)
    profile.publications.filter(pk=publication.pk).delete()
    record("assignments.publication_removed", by=by, target=profile, data={"title": publication.title})


@transaction.atomic
def add_absence(*, by: User, edition: Edition, first_day: date, last_day: date) -> Absence:
    """Record when one is away: nothing new is offered on those days."""
    require(by, "assignments.edit_profile", edition)
    profile = lock_profile(by, edition)
    today = clock.now().astimezone(edition.zone).date()
    if last_day < first_day:
        raise Invalid("ends-before-start", "The last day is before the first. Check the two dates.", field="last_day")
    if last_day < today:
        raise Invalid("days-are-past", "These days are in the past.", field="last_day")
    if last_day - first_day > LONGEST_AWAY or first_day - today > 2 * LONGEST_AWAY:
        raise Invalid(
            "invalid-days",
            "These days cannot be right. For a long pause, tick “Pause” in your profile.",
            field="last_day",
        )
    if profile.absences.count() >= MOST_ABSENCES:
        raise WrongState("too-many-absences", f"You can list at most {MOST_ABSENCES} absences. Remove one first.")
    made, _ = Absence.objects.get_or_create(profile=profile, first_day=first_day, last_day=last_day)
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    record("assignments.absence_added", by=by, target=profile, data=days)
    return made


@transaction.atomic
def remove_absence(*, by: User, absence: Absence) -> None:
    """One is not away on those days after all."""
    require(by, "assignments.change_part", absence)
    profile = lock_profile(by, absence.profile.edition)
    profile.absences.filter(pk=absence.pk).delete()
    record("assignments.absence_removed", by=by, target=profile)


def invite_reviewer(entry: Entry) -> None:
    """Mail a new reviewer what is asked of them; an earlier "no" is forgotten, because somebody asks again."""
    roles = Role.objects.select_related("user", "edition").filter(
        edition=entry.edition_id, user=entry.data["user"], kind=RoleKind.REVIEWER
    )
    role = roles.first()
    if role is None or entry.data["kind"] != RoleKind.REVIEWER:
        return
    declined = ReviewerProfile.objects.filter(edition=role.edition, user=role.user, answer=InvitationAnswer.DECLINED)
    declined.filter(answered_at__lt=entry.at).update(answer=InvitationAnswer.NONE, answered_at=None, answer_note="")
    if role.user_id != entry.actor_id:
        edition, due_at = role.edition, role.edition.reviews_due_at
        conflicts = conflicts_between([role.user], edition)
        context = {
            # Of sponsors only: one with a proposal would tell of that.
            "conflicts": len({each.sponsor for each in conflicts if each.proposal is None}),
            "edition": edition,
            "by": entry.actor,
            "due_at": due_at.astimezone(edition.zone) if due_at else None,
            "url": settings.SITE_URL + reverse("assignments:join", args=[edition.slug]),
        }
        post("assignments/invited", to=[role.user], entry=entry, context=context)


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
) -> AddedPublications:
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
    if not has_no_employer and not roster.works_somewhere(by, edition):
        raise Invalid(
            "employer-missing",
            "Say where you work now, or tick that you have no employer: most conflicts of interest are found from it.",
            field="has_no_employer",
        )
    profile = _answered(by, edition, InvitationAnswer.CONFIRMED)
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
) -> AddedPublications:
    """The same without an answer, so that one sees first which conflicts it brings."""
    require(by, "assignments.edit_profile", edition)
    for employer in employers:
        add_affiliation(by=by, **employer)
    if has_no_employer and roster.works_somewhere(by, edition):
        raise Invalid(
            "employer-and-none",
            "You say that you have no employer now, and your list says where you work today. Enter your last day "
            "there, or take the tick out.",
            field="has_no_employer",
        )
    profile = lock_profile(by, edition)
    profile.has_no_employer = has_no_employer
    profile.save(update_fields=["has_no_employer"])
    is_paused = profile.is_paused
    save_profile(by=by, edition=edition, topics=topics, max_load=max_load, is_paused=is_paused, about=about)
    if first_day and last_day:
        add_absence(by=by, edition=edition, first_day=first_day, last_day=last_day)
    return add_publications(by=by, edition=edition, text=publications) if publications.strip() else AddedPublications()


@transaction.atomic
def decline_invitation(*, by: User, edition: Edition, reason: str) -> ReviewerProfile:
    """Say no, or leave: open reviews go to somebody else, submitted ones stay. A new answer is possible any time."""
    require(by, "assignments.edit_profile", edition)
    reason = checked_reason(reason, "Give a short reason, so that the cochairs know whether to ask again.")
    lock_queue(edition)
    rows = Assignment.objects.select_for_update(of=("self",)).filter(edition=edition, reviewer=by, state__in=OPEN)
    for assignment in rows.select_related("edition", "proposal", "reviewer").order_by("id"):
        end(assignment, AssignmentState.DECLINED, by=by, reason=reason, own_words=reason)
    profile = _answered(by, edition, InvitationAnswer.DECLINED, reason)
    record("assignments.invitation_declined", by=by, target=profile, data={"reason": reason})
    request_repair(edition.pk)
    return profile


def _answered(user: User, edition: Edition, answer: InvitationAnswer, note: str = "") -> ReviewerProfile:
    profile = lock_profile(user, edition)
    profile.answer, profile.answered_at, profile.answer_note = answer, clock.now(), note
    profile.save(update_fields=["answer", "answered_at", "answer_note"])
    return profile


@transaction.atomic
def bid(*, by: User, edition: Edition, values: Mapping[int, str]) -> int:
    """Say want, can or no (or "" for nothing) on proposals outside one's own wall; returns how many changed."""
    require(by, "assignments.bid", edition)
    if not lookups.settings_of(edition).takes_bids:
        raise WrongState("no-bids", "This edition takes no bids: topics and texts decide.")
    if tied := roster.ties(by, edition):
        raise NotAllowed(
            "bids-tied",
            f"{' '.join(tied)} People with ties to a sponsor do not bid; your topics and texts count instead.",
        )
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if unknown := [value for value in values.values() if value and value not in list(BidValue)]:
        raise Invalid("unknown-bid", f"“{unknown[0][:20]}” is not a bid; choose want, can or no.")
    visible = set(reviewer_queue.open_to_bids(by, edition).filter(pk__in=values).values_list("pk", flat=True))
    before = dict(Bid.objects.filter(reviewer=by, proposal__in=visible).values_list("proposal_id", "value"))
    changed = {proposal: values[proposal] for proposal in visible if values[proposal] != before.get(proposal, "")}
    Bid.objects.filter(reviewer=by, proposal__in=changed).delete()
    Bid.objects.bulk_create(
        Bid(proposal_id=proposal, reviewer=by, value=value, made_at=clock.now())
        for proposal, value in sorted(changed.items())
        if value
    )
    if changed:
        record("assignments.bids_saved", by=by, edition_id=edition.pk, data={"count": len(changed)})
    return len(changed)
