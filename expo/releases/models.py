"""Frozen programs. PostgreSQL refuses to change or delete a release or its artefacts."""

from django.conf import settings
from django.db import models

from expo.editions.models import Edition
from expo.kit import clock
from expo.sponsors.models import Picture


class Release(models.Model):
    """A numbered, frozen program: everything public reads this and nothing else."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="releases")
    number = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=200, blank=True, help_text="What changed, for the public.")
    snapshot = models.JSONField(help_text="Only public facts; see snapshot.py for its shape.")
    changes = models.JSONField(default=list, help_text="Against the release before: sentences.")
    decisions_head = models.CharField(
        max_length=64, blank=True, help_text="The last seal of the recorded decisions at that moment."
    )
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["edition", "number"], name="release_number_once")]

    def __str__(self) -> str:
        return f"Release {self.number}"


class ReleasedPicture(models.Model):
    """A picture that a release shows, and so everybody may see; it cannot be deleted."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="pictures")
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "picture"], name="released_picture_once")]

    def __str__(self) -> str:
        return f"{self.release_id}: {self.picture_id}"


class Artefact(models.Model):
    """A rendered export of a release, served as these bytes."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="artefacts")
    name = models.CharField(max_length=40, help_text="File name, e.g. schedule.json")
    content_type = models.CharField(max_length=80)
    body = models.BinaryField()
    etag = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "name"], name="artefact_name_once")]

    def __str__(self) -> str:
        return self.name
