"""Proposals, what was frozen of them, who presents when, and declared conflicts."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from expo.editions.models import Edition, Format, Room, Topic, Track
from expo.kit import clock
from expo.kit.codes import new_code
from expo.kit.text import a
from expo.sponsors.models import Picture, Sponsor

from .states import (
    PLACEABLE,
    RESTORABLE,
    AudienceLevel,
    ChangeRequestState,
    ClaimAnswer,
    ClaimKind,
    ConflictSource,
    DayHalf,
    OfficeFieldKind,
    PresenterAnswer,
    ProposalState,
    Withdrawal,
)


class ProposalContent(models.Model):
    """What a sponsor writes. While a submitted proposal is changed it exists twice: as submitted, and as changed."""

    format = models.ForeignKey(Format, models.PROTECT, related_name="%(class)ss")
    track = models.ForeignKey(
        Track, models.PROTECT, null=True, blank=True, related_name="%(class)ss", help_text="Empty: any that fits."
    )
    title = models.CharField(max_length=160)
    abstract = models.TextField(blank=True, help_text="For review: what, how, evidence. Markdown.")
    takeaways = models.TextField(blank=True, help_text="What attendees will learn. Markdown.")
    outline = models.JSONField(
        default=list, blank=True, help_text="Its parts in order: minutes, title, text, presenters (their addresses)."
    )
    level = models.CharField(max_length=12, choices=AudienceLevel.choices(), blank=True)
    audience = models.TextField(blank=True, help_text="Who it is for.")
    prerequisites = models.TextField(blank=True)
    evidence = models.TextField(blank=True, help_text="What was measured, and what others can check. Markdown.")
    hands_on = models.TextField(blank=True, help_text="What attendees do, and what they need for it. Markdown.")
    topics = models.ManyToManyField(Topic, related_name="%(class)ss", blank=True)
    expected_audience = models.PositiveIntegerField(null=True, blank=True)
    needs = models.TextField(blank=True, help_text="Equipment and other needs; the organisers read it.")
    wishes = models.TextField(blank=True, help_text="For the schedule; organisers and chairs read it.")
    preferred_rooms = models.ManyToManyField(Room, related_name="preferred_by_%(class)ss", blank=True)
    excluded_rooms = models.ManyToManyField(Room, related_name="excluded_by_%(class)ss", blank=True)
    links = models.JSONField(default=list, blank=True, help_text="For the program: label and url.")
    public_title = models.CharField(max_length=160, blank=True)
    public_text = models.TextField(blank=True, help_text="What may be published. Markdown.")
    public_text_approved_at = models.DateTimeField(null=True, blank=True)
    public_text_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every edit: tells two editors apart.")
    edits = models.JSONField(
        default=dict, blank=True, help_text="By field: the version that changed it last (version, by, at)."
    )
    kept = models.JSONField(
        default=dict, blank=True, help_text="What its team keeps although a check objects: finding → reason."
    )

    class Meta:
        abstract = True


class Proposal(ProposalContent):
    """What a sponsor wants to bring. `abstract` is for review; only the approved public text may leave in a release."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="proposals")
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="proposals")
    code = models.CharField(max_length=6, unique=True, default=new_code, editable=False)
    guid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    form_key = models.UUIDField(
        unique=True, default=uuid.uuid4, help_text="Of the form that made it: a double submit makes one."
    )
    state = models.CharField(max_length=10, choices=ProposalState.choices(), default=ProposalState.DRAFT)
    equipment = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="What its room must have; the scheduler reads it.",
    )
    minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Agreed with the chairs; empty: the format's length."
    )
    earliest_at = models.DateTimeField(null=True, blank=True, help_text="It starts at this time or later.")
    latest_at = models.DateTimeField(null=True, blank=True, help_text="It has ended by this time.")
    prefers = models.CharField(max_length=10, choices=DayHalf.choices(), blank=True)
    merit = models.FloatField(null=True, blank=True, help_text="Calibrated mean, handed over with the verdict.")
    feedback = models.TextField(blank=True, help_text="To the sponsor, handed over with the verdict. Markdown.")
    criteria_feedback = models.JSONField(
        default=list, blank=True, help_text="Handed over with the verdict, by criterion of the rubric."
    )
    accepted_instead_of = models.ForeignKey(
        Format,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The format it was submitted as, when it was accepted as another.",
    )
    flags = models.JSONField(
        default=list, blank=True, help_text="What the checks found when it was submitted, with why its team keeps it."
    )
    verdict_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_from = models.CharField(
        max_length=10, choices=ProposalState.choices(), blank=True, help_text="Its state before it was withdrawn."
    )
    withdrawn_as = models.CharField(
        max_length=10,
        choices=Withdrawal.choices(),
        blank=True,
        help_text="Its team declined what was accepted, or nobody confirmed it by the day. Empty: withdrawn.",
    )

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["edition", "state"])]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(ProposalState)), name="proposal_state_known"),
            models.CheckConstraint(
                condition=Q(withdrawn_from="") | Q(state=ProposalState.WITHDRAWN, withdrawn_from__in=list(RESTORABLE)),
                name="proposal_withdrawn_from_known",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_as="")
                | Q(withdrawn_as__in=list(Withdrawal), withdrawn_from=ProposalState.ACCEPTED),
                name="proposal_withdrawn_as_known",
            ),
            models.CheckConstraint(
                condition=Q(accepted_instead_of=None)
                | ~Q(accepted_instead_of=F("format")) & (Q(state__in=PLACEABLE) | Q(withdrawn_from__in=PLACEABLE)),
                name="proposal_other_format_is_accepted",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ProposalState.DRAFT, ProposalState.WITHDRAWN]) | Q(submitted_at__isnull=False),
                name="proposal_submitted_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(public_text_approved_at=None) | ~Q(public_text=""),
                name="proposal_approves_some_public_text",
            ),
            models.CheckConstraint(
                condition=Q(earliest_at=None) | Q(latest_at=None) | Q(latest_at__gt=F("earliest_at")),
                name="proposal_hours_in_order",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__gte=5, minutes__lte=600), name="proposal_takes_time"
            ),
            models.CheckConstraint(condition=Q(prefers__in=["", *DayHalf]), name="proposal_prefers_known"),
            models.CheckConstraint(condition=Q(level__in=["", *AudienceLevel]), name="proposal_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def name(self) -> str:
        """What to call it: drafts may lack a title."""
        return self.title or f"Untitled {self.format.name.lower()}"

    @property
    def submitted_as(self) -> Format:
        """The format its team chose; what was accepted may be another."""
        return self.accepted_instead_of or self.format

    @property
    def other_format(self) -> str:
        """`a demo instead of a talk`, where it is accepted as another format than it was submitted as; else empty."""
        before = self.accepted_instead_of
        return f"{a(self.format.name.lower())} instead of {a(before.name.lower())}" if before else ""

    @property
    def state_for_sponsor(self) -> str:
        """Its state in the words that its team reads."""
        if self.withdrawn_as:
            return Withdrawal(self.withdrawn_as).for_sponsor
        return ProposalState(self.state).for_sponsor

    @property
    def length(self) -> int:
        """Minutes on the program."""
        return self.minutes or self.format.minutes


class WorkingCopy(ProposalContent):
    """Changes to a submitted proposal that are not submitted yet: only its team sees them, and nothing counts them."""

    proposal = models.OneToOneField(Proposal, models.CASCADE, related_name="working_copy")
    people = models.JSONField(default=list, help_text="Its presenters: name, email, affiliation, away.")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "working copies"
        constraints = [
            models.CheckConstraint(
                condition=Q(public_text_approved_at=None) | ~Q(public_text=""),
                name="working_copy_approves_some_public_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} v{self.version}"


class Revision(models.Model):
    """What a proposal said when it was submitted; PostgreSQL refuses to change or delete it."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["proposal", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.proposal_id} r{self.number}"


class Presenter(models.Model):
    """Somebody on stage. Double-booking is by `person`, not by name."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="presenters")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True, help_text="A draft may lack it.")
    affiliation = models.CharField(max_length=160, blank=True)
    biography = models.TextField(blank=True)
    link = models.URLField(blank=True)
    picture = models.ForeignKey(Picture, models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    person = models.CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text="Whoever has the same one cannot be in two places: the plain address once its owner or a chair "
        "confirmed it; till then with the sponsor's id, so that nobody holds up another sponsor's session.",
    )

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(F("proposal"), Lower("email"), name="presenter_once", condition=~Q(email="")),
            models.CheckConstraint(
                condition=Q(email="", person="") | ~Q(email="") & ~Q(person=""), name="presenter_is_a_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Availability(models.Model):
    """A span in which a presenter cannot be on stage."""

    presenter = models.ForeignKey(Presenter, models.CASCADE, related_name="away")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "availabilities"
        ordering = ("starts_at",)
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="availability_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.presenter} away {self.starts_at:%d %b %H:%M}"


class Conflict(models.Model):
    """A declared conflict of a person with a sponsor, or with one proposal of it.

    Conflicts that follow from facts (team, employer, mail domain) are computed from those facts each time they are
    asked for, so that they cannot grow stale: see `conflicts.py` and `queries.wall`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conflicts")
    sponsor = models.ForeignKey(Sponsor, models.CASCADE, related_name="conflicts")
    proposal = models.ForeignKey(Proposal, models.CASCADE, null=True, blank=True, related_name="conflicts")
    source = models.CharField(max_length=16, choices=ConflictSource.choices(), default=ConflictSource.DECLARED)
    detail = models.CharField(max_length=200, blank=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "sponsor", "proposal"], nulls_distinct=False, name="conflict_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} and {self.sponsor}"

    @property
    def edition(self) -> Edition:
        return self.sponsor.edition


class Claim(models.Model):
    """The answer to a claim: to something a sponsor typed that points at a person with a role in the edition.

    Claims themselves are computed from what is typed now, see `queries.claims`; a row appears when the person answers,
    or a chair settles it. The one exception is a team that somebody was put into before people joined teams by
    accepting: such a claim is a row without a proposal, open until its person answers.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    sponsor = models.ForeignKey(Sponsor, models.CASCADE, related_name="claims")
    proposal = models.ForeignKey(Proposal, models.CASCADE, null=True, blank=True, related_name="claims")
    kind = models.CharField(max_length=10, choices=ClaimKind.choices())
    answer = models.CharField(max_length=4, choices=ClaimAnswer.choices())
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="A chair's, who settled it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "sponsor", "proposal"], nulls_distinct=False, name="claim_once"),
            models.CheckConstraint(
                condition=(Q(kind=ClaimKind.TEAM) & Q(proposal=None))
                | (Q(kind__in=[ClaimKind.ADDRESS, ClaimKind.NAME, ClaimKind.COAUTHOR]) & Q(proposal__isnull=False)),
                name="claim_of_a_team_has_no_proposal",
            ),
            models.CheckConstraint(
                condition=Q(answer=ClaimAnswer.OPEN, kind=ClaimKind.TEAM, answered_by=None)
                | Q(answer__in=[ClaimAnswer.YES, ClaimAnswer.NO], answered_by__isnull=False, answered_at__isnull=False),
                name="claim_answered_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} and {self.proposal.code if self.proposal else self.sponsor}"

    @property
    def edition(self) -> Edition:
        return self.sponsor.edition


class ConfirmedPresenter(models.Model):
    """A presenter whom a chair knows to be who they are; the address in its plain form. See `queries.confirmed`."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="confirmed_presenters")
    address = models.EmailField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "address"], name="presenter_confirmed_once")]

    def __str__(self) -> str:
        return f"{self.address} on {self.proposal_id}"


class PresenterInvitation(models.Model):
    """A presenter asked by mail to say yes or no; one per proposal and address (in its plain form).

    The link in the mail is as good as a password for this one question: only a hash of its token is kept.
    """

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="presenter_invitations")
    address = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    invited_at = models.DateTimeField(default=clock.now)
    answer = models.CharField(max_length=4, choices=PresenterAnswer.choices(), default=PresenterAnswer.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Of who declined; its team reads it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "address"], name="presenter_invited_once"),
            models.CheckConstraint(
                condition=Q(answer=PresenterAnswer.OPEN, answered_at=None)
                | Q(answer__in=[PresenterAnswer.YES, PresenterAnswer.NO], answered_at__isnull=False),
                name="presenter_invitation_answered_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} on {self.proposal_id}: {self.answer}"


class LateLink(models.Model):
    """A sponsor may still submit until then, although the call is closed."""

    sponsor = models.ForeignKey(Sponsor, models.CASCADE, related_name="late_links")
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("granted_at")), name="late_link_expires_later"),
        ]

    def __str__(self) -> str:
        return f"{self.sponsor} until {self.expires_at:%d %b %H:%M}"

    @property
    def edition(self) -> Edition:
        return self.sponsor.edition


class ChangeRequest(models.Model):
    """A change to what was submitted, asked for after the deadline; a chair accepts it by field, or refuses it."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="change_requests")
    before = models.JSONField(help_text="What the proposal said when it was asked, as a revision keeps it.")
    after = models.JSONField(help_text="What it should say, as a revision keeps it.")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=ChangeRequestState.choices(), default=ChangeRequestState.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="The chair's reason.")
    accepted_fields = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(state=ChangeRequestState.OPEN), name="change_request_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state=ChangeRequestState.OPEN, answered_at=None)
                | Q(
                    state__in=[s for s in ChangeRequestState if s != ChangeRequestState.OPEN], answered_at__isnull=False
                ),
                name="change_request_answered_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.state}"

    @property
    def edition(self) -> Edition:
        return self.proposal.edition


class OfficeField(models.Model):
    """Something the conference office collects for each accepted session: the edition's own list."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="office_fields")
    label = models.CharField(max_length=120)
    help = models.CharField(max_length=240, blank=True)
    kind = models.CharField(max_length=10, choices=OfficeFieldKind.choices(), default=OfficeFieldKind.LINE)
    options = ArrayField(models.CharField(max_length=80), default=list, blank=True, help_text="Of a choice.")
    is_required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(F("edition"), Lower("label"), name="office_field_label_once"),
            models.CheckConstraint(condition=Q(kind__in=list(OfficeFieldKind)), name="office_field_kind_known"),
        ]

    def __str__(self) -> str:
        return self.label


class OfficeAnswer(models.Model):
    """What a sponsor wrote into a field of the office for one session."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="office_answers")
    field = models.ForeignKey(OfficeField, models.CASCADE, related_name="answers")
    value = models.TextField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "field"], name="office_answer_once")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.field_id}"
