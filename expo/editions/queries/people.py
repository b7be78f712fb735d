"""Who holds which role, and which calls are open."""

from datetime import datetime

from django.db.models import Case, QuerySet, When

from expo.accounts.models import User
from expo.kit.memo import once_per_request

from ..models import Edition, Role
from ..states import Phase, RoleKind


@once_per_request
def by_slug(slug: str) -> Edition:
    """The edition of this slug; raises Edition.DoesNotExist."""
    return Edition.objects.get(slug=slug)


@once_per_request
def roles_of(user: User, edition: Edition) -> frozenset[RoleKind]:
    """The roles somebody holds in an edition; none for strangers and the anonymous."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    kinds = Role.objects.filter(edition=edition, user=user).values_list("kind", flat=True)
    return frozenset(RoleKind(kind) for kind in kinds)


def holders(edition: Edition, *kinds: RoleKind) -> QuerySet[User]:
    """Everybody with one of these roles, or with any, by id."""
    roles = Role.objects.filter(edition=edition, kind__in=kinds or list(RoleKind))
    return User.objects.filter(pk__in=roles.values("user"), is_active=True).order_by("id")


def is_open(edition: Edition, now: datetime) -> bool:
    """Whether the call takes proposals at this moment."""
    opened = edition.call_opens_at is None or edition.call_opens_at <= now
    closed = edition.call_closes_at is not None and now >= edition.call_closes_at
    return edition.phase == Phase.CALL and opened and not closed


def open_now(now: datetime) -> list[Edition]:
    """Editions whose call takes proposals."""
    return [edition for edition in Edition.objects.filter(phase=Phase.CALL).order_by("id") if is_open(edition, now)]


@once_per_request
def is_in_a_team(user: User, edition: Edition) -> bool:
    """Whether somebody acts for a sponsor of the edition (asked here, by name, because the navigation needs it)."""
    return bool(user.is_authenticated) and edition.sponsors.filter(team__user=user).exists()


def contact_of(edition_id: int) -> str:
    """Where answers to an edition's mail go; empty while its organisers have not said."""
    return Edition.objects.filter(pk=edition_id).values_list("contact_email", flat=True).first() or ""


def load(user: User, *, edition: str) -> Edition:
    """The edition a page is about, for `@page(..., load=load)`; raises Edition.DoesNotExist."""
    return by_slug(edition)


def roles(edition: Edition) -> QuerySet[Role]:
    """All roles of an edition with their people: organisers, then chairs, then reviewers."""
    rank = Case(*[When(kind=kind, then=place) for place, kind in enumerate(RoleKind)])
    return edition.roles.select_related("user").order_by(rank, "user__name", "user__email")
