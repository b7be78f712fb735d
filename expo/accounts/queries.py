"""Reads about people."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from expo.kit.memo import once_per_request
from expo.kit.names import organisation_key

from .models import LONGEST_KEY, Affiliation, ApiToken, Organisation, SavedView, User


def by_email(email: str) -> User | None:
    return User.objects.filter(email__iexact=email.strip()).first()


@once_per_request
def verified_addresses(user: Any) -> list[str]:
    """The addresses whose mailboxes this person has shown to read."""
    if not user.is_authenticated:
        return []
    return list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))


def affiliations_of(user: User) -> QuerySet[Affiliation]:
    return user.affiliations.select_related("organisation").order_by("-ended_on", "id")


def organisation_named(name: str) -> Organisation | None:
    return Organisation.objects.filter(key=organisation_key(name)[:LONGEST_KEY]).first()


def organisation_links() -> list[tuple[int, int | None, str]]:
    """Every organisation's id, parent and stem: what makes families of them."""
    return list(Organisation.objects.order_by("id").values_list("id", "parent_id", "stem"))


def has_families() -> bool:
    """Whether any organisation is known to belong to another."""
    return Organisation.objects.filter(parent__isnull=False).exists()


def organisation_names(limit: int = 500) -> list[str]:
    """Names to offer while somebody types one."""
    return list(Organisation.objects.order_by("name").values_list("name", flat=True)[:limit])


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """Somebody's tokens, newest first."""
    tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user=user).order_by("-created", "token_key")
    return tokens


def own_affiliation(user: User, *, affiliation: int) -> Affiliation:
    """One of somebody's own affiliations; raises Affiliation.DoesNotExist for any other."""
    return Affiliation.objects.select_related("organisation").get(pk=affiliation, user_id=user.pk)


def saved_query(user: User, page: str) -> str:
    """The query string with which somebody wants the list at this path to open; empty: none."""
    return SavedView.objects.filter(user=user, page=page).values_list("query", flat=True).first() or ""


def editions_of(user: User) -> list[tuple[str, str]]:
    """Slug and name of the editions somebody has a part in (by name, because `editions` is a higher layer)."""
    parts = [*user.roles.values_list("edition__slug", "edition__name")]
    parts += user.teams.values_list("sponsor__edition__slug", "sponsor__edition__name")
    return sorted(set(parts), key=lambda part: part[1])
