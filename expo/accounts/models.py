"""People, where they work and worked, and the tokens their scripts use."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from knox.models import AbstractAuthToken, AuthTokenManager

from expo.kit import clock
from expo.kit.lists import LONGEST_QUERY
from expo.kit.names import organisation_key, organisation_stem

from .states import Relation, Sector, TokenScope

LONGEST_KEY = 480


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # knox brings an untyped one
    """A person, known by a mail address."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, e.g. Europe/Berlin.")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)


class Organisation(models.Model):
    """A company or university. `parent` links subsidiaries, because conflicts reach across them; site staff confirm it.

    Two organisations never have the same `key`; those with one `stem` ("Acme", "Acme GmbH") count as one family.
    """

    name = models.CharField(max_length=160)
    key = models.CharField(max_length=LONGEST_KEY, unique=True, editable=False)
    stem = models.CharField(max_length=LONGEST_KEY, editable=False)
    sector = models.CharField(max_length=10, choices=Sector.choices(), default=Sector.INDUSTRY)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="subsidiaries")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="organisation_has_a_name"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="organisation_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The comparable forms follow the name."""
        self.key, self.stem = organisation_key(self.name)[:LONGEST_KEY], organisation_stem(self.name)[:LONGEST_KEY]
        super().save(*args, **kwargs)


class Affiliation(models.Model):
    """Where somebody works or worked; an open end means still."""

    user = models.ForeignKey(User, models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="affiliations")
    relation = models.CharField(max_length=12, choices=Relation.choices(), default=Relation.EMPLOYEE)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    said_at = models.DateTimeField(default=clock.now, help_text="An open stay was true then, so it ends no earlier.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="affiliation_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.organisation}"

    def is_current(self, on: date) -> bool:
        return self.ended_on is None or self.ended_on >= on


class FormerAddress(models.Model):
    """An address somebody proved and later gave up; its domain counts on like a past employer."""

    user = models.ForeignKey(User, models.CASCADE, related_name="former_addresses")
    email = models.EmailField()
    until = models.DateField()

    class Meta:
        verbose_name_plural = "former addresses"
        constraints = [models.UniqueConstraint(F("user"), Lower("email"), name="former_address_once")]

    def __str__(self) -> str:
        return self.email


class Coauthor(models.Model):
    """Somebody a person wrote with, by the year of the last common work; counts on like a past employer."""

    user = models.ForeignKey(User, models.CASCADE, related_name="coauthors")
    name = models.CharField(max_length=120)
    last_year = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: not known, counts.")

    class Meta:
        constraints = [
            models.UniqueConstraint(F("user"), Lower("name"), name="coauthor_once"),
            models.CheckConstraint(condition=~Q(name=""), name="coauthor_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """How somebody wants a list to open: the query string of its page. Nobody else sees it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=200, help_text="The path of the list's page.")
    query = models.CharField(max_length=LONGEST_QUERY)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="saved_view_once")]

    def __str__(self) -> str:
        return f"{self.page}?{self.query}"


class ApiToken(AbstractAuthToken):
    """A token for scripts: stored hashed, labelled, limited to a scope and, if wanted, to one edition."""

    label = models.CharField(max_length=80)
    scope = models.CharField(max_length=10, choices=TokenScope.choices(), default=TokenScope.READ)
    edition_slug = models.SlugField(max_length=40, blank=True, help_text="Limits the token to one edition.")
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = AuthTokenManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(F("user"), Lower("label"), name="token_label_once"),
            models.CheckConstraint(condition=Q(scope__in=list(TokenScope)), name="token_scope_known"),
        ]
