"""Sponsors, what their tier entitles them to, and who belongs to their team."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from expo.accounts.models import Organisation
from expo.editions.models import Edition, Format
from expo.kit import clock

from .states import ParentState, TeamRole


class Tier(models.Model):
    """A sponsorship level of an edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="tiers")
    name = models.CharField(max_length=40)
    slug = models.SlugField(max_length=40)
    rank = models.PositiveSmallIntegerField(default=1, help_text="1 is the highest.")

    class Meta:
        ordering = ("rank", "id")
        constraints = [
            models.UniqueConstraint(fields=["edition", "slug"], name="tier_slug_once"),
            models.UniqueConstraint(F("edition"), Lower("name"), name="tier_name_once"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="tier_rank_from_one"),
        ]

    def __str__(self) -> str:
        return self.name


class Entitlement(models.Model):
    """How many proposals of a format a tier may submit, and have accepted. No row: none."""

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="entitlements")
    format = models.ForeignKey(Format, models.CASCADE, related_name="entitlements")
    may_submit = models.PositiveSmallIntegerField(default=1)
    may_be_accepted = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tier", "format"], name="entitlement_once"),
            models.CheckConstraint(
                condition=Q(may_be_accepted__lte=F("may_submit")), name="entitlement_accepts_no_more_than_submitted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier}: {self.may_submit} {self.format}"


class Picture(models.Model):
    """A logo or a portrait, re-encoded from what was uploaded: only pixels are kept."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the data.")
    data = models.BinaryField()
    content_type = models.CharField(max_length=20)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(content_type__in=["image/jpeg", "image/png", "image/webp"]), name="picture_type_known"
            ),
            models.CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="picture_has_pixels"),
        ]

    def __str__(self) -> str:
        return f"{self.content_type} {self.width}×{self.height} {self.digest[:8]}"


class Sponsor(models.Model):
    """An organisation that sponsors an edition at a tier."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="sponsors")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sponsorships")
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="sponsors")
    name = models.CharField(max_length=160, help_text="As the public sees it.")
    legal_name = models.CharField(max_length=160, blank=True, help_text="As contracts say it.")
    website = models.URLField(blank=True)
    sentence = models.CharField(max_length=240, blank=True, help_text="What it does, for the program.")
    logo = models.ForeignKey(Picture, models.PROTECT, null=True, blank=True, related_name="+")
    profile_approved_at = models.DateTimeField(null=True, blank=True)
    profile_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    domains = ArrayField(
        models.CharField(max_length=100), default=list, blank=True, help_text="Mail domains that make a conflict here."
    )
    is_demo = models.BooleanField(default=False, help_text="Invented for a demo edition.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(fields=["edition", "organisation"], name="sponsor_once_per_edition"),
            models.UniqueConstraint(F("edition"), Lower("name"), name="sponsor_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """Somebody who acts for a sponsor, because they accepted an invitation to do so."""

    sponsor = models.ForeignKey(Sponsor, models.CASCADE, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="teams")
    role = models.CharField(max_length=10, choices=TeamRole.choices(), default=TeamRole.MEMBER)
    is_primary = models.BooleanField(default=False, help_text="The contact whom the organisers write to first.")
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sponsor", "user"], name="team_member_once"),
            models.UniqueConstraint(fields=["sponsor"], condition=Q(is_primary=True), name="team_primary_once"),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(role=TeamRole.CONTACT), name="team_primary_is_a_contact"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.sponsor}"


class TeamInvitation(models.Model):
    """An address invited into a sponsor's team; it changes nothing for anybody until the address's owner accepts.

    A declined invitation stays pending for the sponsor, who learns only "confirmed" or "not confirmed yet".
    """

    sponsor = models.ForeignKey(Sponsor, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True, help_text="As typed by who invites; proves nothing.")
    role = models.CharField(max_length=10, choices=TeamRole.choices(), default=TeamRole.MEMBER)
    is_held = models.BooleanField(default=False, help_text="Not mailed until an organiser sends what is held.")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField(default=clock.now)
    mailed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    declined_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("sponsor"),
                Lower("email"),
                condition=Q(accepted_at=None, cancelled_at=None),
                name="team_invitation_pending_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, declined_at=None, cancelled_at=None),
                name="team_invitation_one_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} for {self.sponsor}"

    @property
    def is_open(self) -> bool:
        """Whether it can be accepted."""
        return self.accepted_at is None and self.declined_at is None and self.cancelled_at is None


class ParentRequest(models.Model):
    """An organiser's request to note that one organisation belongs to another; it counts once site staff confirm it."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="parent_requests")
    parent = models.ForeignKey(Organisation, models.CASCADE, related_name="subsidiary_requests")
    sponsor = models.ForeignKey(Sponsor, models.SET_NULL, null=True, related_name="parent_requests")
    state = models.CharField(max_length=10, choices=ParentState.choices(), default=ParentState.OPEN)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-requested_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "parent"],
                condition=Q(state__in=[ParentState.OPEN, ParentState.CONFIRMED]),
                name="parent_requested_once",
            ),
            models.CheckConstraint(condition=~Q(parent=F("organisation")), name="parent_request_names_another"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} belongs to {self.parent}"
