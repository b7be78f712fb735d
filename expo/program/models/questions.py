"""Questions to the scheduler that no timetable answers."""

from django.db import models
from django.db.models import Q

from expo.editions.models import Edition
from expo.kit.runs import UNDER_WAY, RunBase
from expo.proposals.models import Proposal


class Question(RunBase):
    """Why is it unscheduled? Whoever sees all that the answer is taken from, `input_hash`, may read it."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="questions")
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="questions")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "input_hash"],
                condition=Q(state__in=list(UNDER_WAY)),
                name="program_question_one_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"Why “{self.proposal}” is unscheduled"
