"""What reviewers tell about themselves: topics, load, words, publications, days away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from expo.accounts.models import User
from expo.accounts.services import save_coauthors
from expo.editions.models import Edition, Topic
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.kit.policy import require

from .. import works
from ..models import Absence, Publication, ReviewerProfile
from ..works import BadLine, Work

MOST_LOAD = 200
MOST_ABOUT = 5_000
MOST_PUBLICATIONS = works.MOST_WORKS
MOST_ABSENCES = 20
LONGEST_AWAY = timedelta(days=366)


@dataclass(frozen=True)
class Added:
    """What came of a list: new publications, those that were there already, new coauthors, and lines left out."""

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
    """Say what one knows and how much one takes on; runs from now on use it. `about=None` leaves those words."""
    require(by, "assignments.edit_profile", edition)
    chosen = list(topics)
    if any(topic.edition_id != edition.pk for topic in chosen):
        raise Invalid("foreign-topic", "One of these topics belongs to another edition.", field="topics")
    if max_load is not None and not 0 <= max_load <= MOST_LOAD:
        raise Invalid("load-range", f"The most reviews is a number from 0 to {MOST_LOAD}.", field="max_load")
    profile = hold_profile(by, edition)
    profile.max_load, profile.is_paused, profile.updated_at = max_load, is_paused, clock.now()
    profile.about = profile.about if about is None else _checked_about(about)
    profile.save(update_fields=["max_load", "is_paused", "about", "updated_at"])
    profile.topics.set(chosen)
    data = {"topics": sorted(topic.slug for topic in chosen), "max_load": max_load, "is_paused": is_paused}
    record("assignments.profile_saved", by=by, target=profile, data=data)
    return profile


def hold_profile(user: User, edition: Edition) -> ReviewerProfile:
    """The user's profile, made if need be, and locked until the commit; what was read of it before is forgotten."""
    forget()
    ReviewerProfile.objects.get_or_create(edition=edition, user=user)
    locked: ReviewerProfile = ReviewerProfile.objects.select_for_update(of=("self",)).get(edition=edition, user=user)
    return locked


def _checked_about(about: str) -> str:
    about = about.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(about) > MOST_ABOUT:
        raise Invalid("about-long", f"Keep this under {MOST_ABOUT} characters; it has {len(about)}.", field="about")
    return about


@transaction.atomic
def add_publications(*, by: User, edition: Edition, text: str = "", data: bytes = b"", filename: str = "") -> Added:
    """Take in a pasted or uploaded list: BibTeX, CSV, or one title per line. Coauthors become conflicts at once."""
    require(by, "assignments.edit_profile", edition)
    text = works.decoded(data) if data else text
    read = works.read(text, works.kind_of(text, filename))
    profile = hold_profile(by, edition)
    known = {each.title.casefold(): each for each in profile.publications.all()}
    new = [work for work in read.works if work.title.casefold() not in known]
    if len(known) + len(new) > MOST_PUBLICATIONS:
        raise Invalid(
            "too-many-publications",
            f"{MOST_PUBLICATIONS} publications are the most, and you have {len(known)}. Add your latest ones only, "
            "or remove some first.",
        )
    # PostgreSQL and Python differ over the small form of a few letters, such as İ
    Publication.objects.bulk_create([_publication(profile, work) for work in new], ignore_conflicts=True)
    made = profile.publications.count() - len(known)
    _fill_up([(known[key], work) for work in read.works if (key := work.title.casefold()) in known])
    met = save_coauthors(by=by, coauthors=[(name, work.year) for work in read.works for name in work.authors])
    added = Added(made, len(read.works) - made, met, read.bad)
    record("assignments.publications_added", by=by, target=profile, data={"new": added.new, "known": added.known})
    return added


def _publication(profile: ReviewerProfile, work: Work) -> Publication:
    return Publication(profile=profile, title=work.title, abstract=work.abstract, year=work.year)


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
    require(by, "assignments.tend", publication)
    profile = hold_profile(by, publication.profile.edition)
    profile.publications.filter(pk=publication.pk).delete()
    record("assignments.publication_removed", by=by, target=profile, data={"title": publication.title})


@transaction.atomic
def add_absence(*, by: User, edition: Edition, first_day: date, last_day: date) -> Absence:
    """Say when one is away: nothing new comes on those days."""
    require(by, "assignments.edit_profile", edition)
    profile = hold_profile(by, edition)
    _check_days(edition, first_day, last_day)
    if profile.absences.count() >= MOST_ABSENCES:
        raise WrongState("too-many-absences", f"{MOST_ABSENCES} spans are the most. Remove one first.")
    made, _ = Absence.objects.get_or_create(profile=profile, first_day=first_day, last_day=last_day)
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    record("assignments.absence_added", by=by, target=profile, data=days)
    return made


def _check_days(edition: Edition, first_day: date, last_day: date) -> None:
    today = clock.now().astimezone(edition.zone).date()
    if last_day < first_day:
        raise Invalid("ends-before-start", "The last day lies before the first. Check the two dates.", field="last_day")
    if last_day < today:
        raise Invalid("days-are-past", "These days are past, so nothing has to wait for them.", field="last_day")
    if last_day - first_day > LONGEST_AWAY or first_day - today > 2 * LONGEST_AWAY:
        raise Invalid(
            "odd-days", "These days cannot be right. For a long pause, tick “Pause” in your profile.", field="last_day"
        )


@transaction.atomic
def remove_absence(*, by: User, absence: Absence) -> None:
    """Say that one is there after all."""
    require(by, "assignments.tend", absence)
    profile = hold_profile(by, absence.profile.edition)
    profile.absences.filter(pk=absence.pk).delete()
    record("assignments.absence_removed", by=by, target=profile)
