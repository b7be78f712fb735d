"""What reviewers score, and what each level means."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from expo.editions.models import Edition
from expo.kit import clock


class Rubric(models.Model):
    """An edition's criteria. It freezes with the first submitted review, so that all are scored alike."""

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="rubric")
    introduction = models.TextField(blank=True, help_text="The bar, in the cochairs' words. Markdown.")
    commercial_content = models.TextField(
        blank=True, help_text="What counts as selling or recruiting, and what does not. Markdown."
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"Rubric of {self.edition_id}"


class Criterion(models.Model):
    """One question about a proposal."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="criteria")
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60)
    question = models.CharField(max_length=240)
    weight = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["rubric", "slug"], name="criterion_slug_once"),
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
