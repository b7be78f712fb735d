"""An Expo Day: its calendar, formats, tracks, rooms, topics and the people who run it."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from expo.accounts.states import Sector
from expo.kit import clock, zones
from expo.kit.deadlines import has_passed

from .catalogue import CATALOGUE
from .states import GRIDS, FieldUse, Phase, RoleKind, UploadKind

#: How many minutes of grace there may be: a week.
MOST_GRACE = 7 * 24 * 60
#: The highest limit of sessions that one person may present.
MOST_SESSIONS = 50
#: Dates by which somebody has to have done something; the opening of the call and the program's times are none.
#: A verdict from the waiting list may come late: its team has so long to answer, whatever the edition's day.
TIME_TO_CONFIRM = timedelta(days=3)
DEADLINES = ("call_closes_at", "reviews_due_at", "verdicts_at", "confirm_by_at", "slots_freeze_at")


class Edition(models.Model):
    """One Expo of one conference in one year. Every other row belongs to exactly one edition."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    conference = models.CharField(max_length=60)
    place = models.CharField(max_length=120, blank=True)
    call_text = models.TextField(blank=True, help_text="The call for proposals, in Markdown.")
    contact_email = models.EmailField(
        blank=True, help_text="Public: where sponsors and reviewers write; answers to its mails go there."
    )
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name; all times are shown in it.")
    phase = models.CharField(max_length=10, choices=Phase.choices(), default=Phase.SETUP)
    call_opens_at = models.DateTimeField(null=True, blank=True)
    call_closes_at = models.DateTimeField(null=True, blank=True)
    call_grace_minutes = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MOST_GRACE)],
        help_text="How long after its close the call still takes proposals.",
    )
    deadlines_anywhere = models.BooleanField(
        default=False, help_text="Deadlines are typed and shown as Anywhere on Earth (UTC−12)."
    )
    reviews_due_at = models.DateTimeField(null=True, blank=True)
    verdicts_at = models.DateTimeField(null=True, blank=True, help_text="When sponsors may expect an answer.")
    confirm_by_at = models.DateTimeField(null=True, blank=True, help_text="By when accepted sponsors should confirm.")
    reviews_per_proposal = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1)])
    max_load = models.PositiveSmallIntegerField(
        default=6, help_text="Most reviews a reviewer gets unless told otherwise."
    )
    presenter_limit = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Most sessions one person may present. Empty: no limit.",
    )
    hide_sponsor_until_scored = models.BooleanField(default=True)
    names_reviewers = models.BooleanField(
        default=False, help_text="Reviewers of a proposal read each other's names; else each is a letter to the others."
    )
    needs_second_chair = models.BooleanField(
        default=False, help_text="A decision is released only once a second chair has signed it off."
    )
    conflict_years = models.PositiveSmallIntegerField(default=3, help_text="How long a past employer is a conflict.")
    grid_minutes = models.PositiveSmallIntegerField(
        default=30, choices=[(step, f"{step} minutes") for step in GRIDS], help_text="Sessions start on this grid."
    )
    rest_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="What a presenter needs between two sessions in one room."
    )
    walk_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="What a presenter needs from one area of the venue to another."
    )
    slots_freeze_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when presenters may ask for another slot."
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(call_opens_at=None) | Q(call_closes_at=None) | Q(call_closes_at__gt=F("call_opens_at")),
                name="edition_call_closes_after_opening",
            ),
            models.CheckConstraint(condition=Q(phase__in=list(Phase)), name="edition_phase_known"),
            models.CheckConstraint(condition=Q(grid_minutes__in=GRIDS), name="edition_grid_divides_the_hour"),
            models.CheckConstraint(
                condition=Q(reviews_per_proposal__gte=1, max_load__gte=1), name="edition_reviews_at_least_one"
            ),
            models.CheckConstraint(
                condition=Q(call_grace_minutes__lte=MOST_GRACE), name="edition_grace_at_most_a_week"
            ),
            models.CheckConstraint(
                condition=Q(presenter_limit=None) | Q(presenter_limit__gte=1), name="edition_presenter_limit_from_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def deadline_time_zone(self) -> str:
        """The name of the zone in which deadlines are typed and shown; `kit.zones.named` knows it."""
        return zones.ANYWHERE if self.deadlines_anywhere else self.time_zone

    @property
    def deadline_zone(self) -> tzinfo:
        """The zone itself."""
        return zones.named(self.deadline_time_zone)

    @property
    def call_takes_until(self) -> datetime | None:
        """The last minute in which the call takes proposals: its close and the grace after it."""
        at = self.call_closes_at
        return at if at is None else at + timedelta(minutes=self.call_grace_minutes)

    def slots_are_final(self, now: datetime) -> bool:
        """Whether presenters can no longer answer to their slots."""
        at = self.slots_freeze_at
        return self.phase == Phase.ARCHIVED or (self.is_published if at is None else has_passed(at, now))

    def confirm_due(self, verdict_at: datetime | None = None) -> datetime | None:
        """By when to confirm: the edition's day, and never less than three days after the verdict."""
        by = self.confirm_by_at
        return by if by is None or verdict_at is None else max(by, verdict_at + TIME_TO_CONFIRM)

    def confirm_by(self, now: datetime, verdict_at: datetime | None = None) -> datetime | None:
        """The same, while that is still ahead."""
        return None if self.is_confirming_over(now, verdict_at) else self.confirm_due(verdict_at)

    def is_confirming_over(self, now: datetime, verdict_at: datetime | None = None) -> bool:
        """Whether the time to confirm has passed; the minute that is shown belongs to it."""
        due = self.confirm_due(verdict_at)
        return due is not None and has_passed(due, now)

    @property
    def contact(self) -> str:
        """Whom to write to, in a sentence."""
        return self.contact_email or f"the organisers of {self.name}"

    @property
    def is_published(self) -> bool:
        return self.phase in (Phase.PUBLISHED, Phase.ARCHIVED)


class Format(models.Model):
    """Talk, demo or workshop, with its length in minutes."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="formats")
    name = models.CharField(max_length=40)
    slug = models.SlugField(max_length=40)
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(5), MaxValueValidator(600)])
    least_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How far a single session may be shortened. Empty: not at all."
    )
    most_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How far a single session may be lengthened. Empty: not at all."
    )
    setup_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="How long before its start a session needs its room."
    )
    publishes_outline = models.BooleanField(
        default=False, help_text="The program prints the parts of its sessions, with who presents each."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=["edition", "slug"], name="format_slug_once"),
            models.UniqueConstraint(F("edition"), Lower("name"), name="format_name_once"),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=600), name="format_takes_time"),
            models.CheckConstraint(
                condition=(Q(least_minutes=None) | Q(least_minutes__gte=5, least_minutes__lte=F("minutes")))
                & (Q(most_minutes=None) | Q(most_minutes__gte=F("minutes"), most_minutes__lte=600)),
                name="format_lengths_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lengths(self) -> tuple[int, int]:
        """The shortest and the longest session of this format, in minutes."""
        return self.least_minutes or self.minutes, self.most_minutes or self.minutes


class FormatField(models.Model):
    """What a format's form says about a field of the catalogue. No row: the catalogue's own defaults."""

    format = models.ForeignKey(Format, models.CASCADE, related_name="fields")
    name = models.CharField(max_length=20)
    use = models.CharField(max_length=10, choices=FieldUse.choices())
    limit = models.PositiveIntegerField(help_text="How much it may hold, in the unit of the catalogue.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["format", "name"], name="format_field_once"),
            models.CheckConstraint(condition=Q(name__in=sorted(CATALOGUE)), name="format_field_in_catalogue"),
            models.CheckConstraint(condition=Q(use__in=list(FieldUse)), name="format_field_use_known"),
            models.CheckConstraint(condition=Q(limit__gte=1), name="format_field_holds_something"),
            models.CheckConstraint(
                condition=Q(use=FieldUse.REQUIRED)
                | ~Q(name__in=sorted(n for n, f in CATALOGUE.items() if f.is_always)),
                name="format_field_always_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format}: {self.name} {self.use}"


class Room(models.Model):
    """A place that holds one session at a time."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=60)
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="Seats.")
    equipment = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    area = models.CharField(
        max_length=40, blank=True, help_text="Rooms of one area are next to one another; empty: apart from all others."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(F("edition"), Lower("name"), name="room_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Track(models.Model):
    """A part of the program: which formats it takes and, if fixed, in which room it runs."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="tracks")
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=40)
    formats = models.ManyToManyField(Format, related_name="tracks")
    room = models.ForeignKey(Room, models.SET_NULL, null=True, blank=True, related_name="tracks")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=["edition", "slug"], name="track_slug_once"),
            models.UniqueConstraint(F("edition"), Lower("name"), name="track_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """What a proposal is about and what a reviewer knows."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="topics")
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["edition", "slug"], name="topic_slug_once"),
            models.UniqueConstraint(F("edition"), Lower("name"), name="topic_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Day(models.Model):
    """A day of the program and its opening hours, in the edition's zone."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="days")
    date = models.DateField()
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    prime_from = models.TimeField(null=True, blank=True, help_text="Prime time is shared fairly between sponsors.")
    prime_until = models.TimeField(null=True, blank=True)

    class Meta:
        ordering = ("date",)
        constraints = [
            models.UniqueConstraint(fields=["edition", "date"], name="day_once"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="day_closes_after_opening"),
            models.CheckConstraint(
                condition=Q(prime_from=None, prime_until=None) | Q(prime_until__gt=F("prime_from")),
                name="day_prime_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date}"


class Break(models.Model):
    """A time in which all rooms, or one, hold no session."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="breaks")
    name = models.CharField(max_length=60)
    room = models.ForeignKey(Room, models.CASCADE, null=True, blank=True, related_name="breaks")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ("starts_at",)
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="break_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """Somebody's part in an edition. Members of sponsors' teams have no role; see `expo.sponsors`."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="roles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=10, choices=RoleKind.choices())
    sector = models.CharField(max_length=10, choices=Sector.choices(), default=Sector.INDUSTRY)
    is_senior = models.BooleanField(default=False)
    granted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "user", "kind"], name="role_once"),
            models.CheckConstraint(condition=Q(kind__in=list(RoleKind)), name="role_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"


class Upload(models.Model):
    """A CSV file that somebody uploaded, with every row that could not be imported: nothing is lost."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=10, choices=UploadKind.choices())
    filename = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    header = models.JSONField(default=list, help_text="The columns' names as they came.")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list, help_text="Per bad line: line, column, reason, cells.")
    ignored_columns = models.JSONField(default=list)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.filename or self.kind}: {self.added + self.changed + self.unchanged} good, {len(self.bad)} bad"
