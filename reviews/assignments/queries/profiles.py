"""What a reviewer has told about themselves."""

from django.db.models import QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition

from ..models import Absence, Publication, ReviewerProfile
from .people import today


def publications_of(profile: ReviewerProfile) -> QuerySet[Publication]:
    """The latest first."""
    return Publication.objects.filter(profile=profile.pk)


def publication_count(profile: ReviewerProfile) -> int:
    return publications_of(profile).count()


def absences_of(profile: ReviewerProfile) -> QuerySet[Absence]:
    """Days away that are not past, in their order."""
    return Absence.objects.filter(profile=profile.pk, last_day__gte=today(profile.edition))


def works_somewhere(user: User, edition: Edition) -> bool:
    """An employer of today is on file, so that conflicts can be found from it."""
    day = today(edition)
    return any(stay.is_current(day) for stay in user.affiliations.all())
