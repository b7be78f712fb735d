"""Reads about people."""

from django.db.models import QuerySet

from .models import Affiliation, Organisation, User


def by_email(email: str) -> User | None:
    return User.objects.filter(email__iexact=email.strip()).first()


def affiliations_of(user: User) -> QuerySet[Affiliation]:
    return user.affiliations.select_related("organisation").order_by("-ended_on", "id")


def organisation_named(name: str) -> Organisation | None:
    return Organisation.objects.filter(name__iexact=name.strip()).first()
