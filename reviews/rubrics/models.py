"""What reviewers score, and what each level means."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from expo.editions.models import Edition, Format
from expo.kit import clock


class Rubric(models.Model):
    """The criteria of an edition, or of one of its formats, in one version.

    It freezes with the first submitted review, so that all are scored alike; a change after that is a new version,
    which counts once it is adopted. The current one of a format is its adopted one with the highest version; a format
    without one of its own uses the edition's (`format` empty).
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="rubrics")
    format = models.ForeignKey(
        Format, models.CASCADE, null=True, blank=True, related_name="rubrics", help_text="Empty: all others."
    )
    version = models.PositiveSmallIntegerField(default=1)
    adopted_at = models.DateTimeField(null=True, blank=True, default=clock.now, help_text="Empty: being written.")
    introduction = models.TextField(blank=True, help_text="The bar, in the cochairs' words. Markdown.")
    commercial_content = models.TextField(
        blank=True, help_text="What counts as selling or recruiting, and what does not. Markdown."
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    highest_level = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of all criteria, from 1.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "format", "version"], nulls_distinct=False, name="rubric_version_once"
            ),
            models.UniqueConstraint(
                fields=["edition", "format"],
                condition=Q(adopted_at=None),
                nulls_distinct=False,
                name="rubric_one_being_written",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at=None) | Q(adopted_at__isnull=False), name="rubric_frozen_is_adopted"
            ),
            ExclusionConstraint(
                name="rubric_one_scale",
                expressions=[("edition", RangeOperators.EQUAL), ("highest_level", RangeOperators.NOT_EQUAL)],
                condition=Q(adopted_at__isnull=False),
                violation_error_message="All rubrics of an edition share one scale.",
            ),
        ]

    def __str__(self) -> str:
        return f"Rubric of {self.edition_id}, version {self.version}"


class Criterion(models.Model):
    """One question about a proposal."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="criteria")
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60)
    question = models.CharField(max_length=240)
    weight = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    position = models.PositiveSmallIntegerField(default=0)
    continues = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="continued_by",
        help_text="The same criterion, with the same levels, in the version before: its scores count on.",
    )

    class Meta:
        ordering = ("position", "id")
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["rubric", "slug"], name="criterion_slug_once"),
            models.UniqueConstraint(fields=["rubric", "continues"], name="criterion_continued_once"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="criterion_weighs_something"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def edition(self) -> Edition:
        return self.rubric.edition


class Level(models.Model):
    """A value with an anchor sentence and an example, so that a 3 means the same to everybody."""

    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="levels")
    value = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=40)
    anchor = models.CharField(max_length=240, help_text="What is true of a proposal at this level.")
    example = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ("value",)
        constraints = [models.UniqueConstraint(fields=["criterion", "value"], name="level_value_once")]

    def __str__(self) -> str:
        return f"{self.value} {self.label}"


class PracticeProposal(models.Model):
    """An invented or old proposal that every reviewer scores first, to learn how the panel reads the levels."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="practice_proposals")
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="What reviewers read. Markdown.")
    levels = models.JSONField(default=dict, help_text="The panel's level by criterion (slug to value).")
    explanation = models.TextField(
        blank=True, help_text="Why the panel chose these levels; shown afterwards. Markdown."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.title

    @property
    def edition(self) -> Edition:
        return self.rubric.edition


class PracticeReview(models.Model):
    """What a reviewer gave a practice proposal, once; it counts for nothing else."""

    proposal = models.ForeignKey(PracticeProposal, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="practice_reviews")
    levels = models.JSONField(default=dict, help_text="Level by criterion (slug to value).")
    submitted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "reviewer"], name="practice_review_once")]

    def __str__(self) -> str:
        return f"{self.reviewer} on {self.proposal_id}"
