"""Links between two sessions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from expo.editions.models import Edition
from expo.kit import clock
from expo.proposals.models import Proposal

from ..states import LINK_LABELS, LinkKind


class Link(models.Model):
    """A constraint on two sessions: required (a rule), or preferred (weighed against other wishes)."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=10, choices=LinkKind.choices())
    one = models.ForeignKey(Proposal, models.CASCADE, related_name="+")
    other = models.ForeignKey(Proposal, models.CASCADE, related_name="+")
    is_rule = models.BooleanField(default=True, help_text="It must hold; else it is a wish.")
    note = models.CharField(max_length=200, blank=True, help_text="Why, for the other chairs.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["kind", "one", "other"], name="link_once"),
            models.CheckConstraint(condition=~Q(one=F("other")), name="link_joins_two"),
            models.CheckConstraint(condition=Q(kind__in=list(LinkKind)), name="link_kind_known"),
        ]

    def __str__(self) -> str:
        return f"Link {self.pk}"

    @property
    def label(self) -> str:
        """The constraint on the first session, in relation to the second."""
        return LINK_LABELS[LinkKind(self.kind)]
