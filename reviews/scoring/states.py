"""A review's life."""

from expo.editions.states import Phase
from expo.kit.states import State, Table

#: Submitted reviews may change until decisions begin; those still out count until their proposal's verdict is released.
CHANGING = (Phase.CALL, Phase.REVIEW)
SUBMITTING = (*CHANGING, Phase.DECIDE, Phase.SCHEDULE)


class ReviewState(State):
    DRAFT = "draft"
    SUBMITTED = "submitted"


REVIEW_STATES = Table("review", {ReviewState.DRAFT: frozenset({ReviewState.SUBMITTED})})
#: How sure a reviewer is, in words.
CONFIDENCE = {1: "low", 2: "medium", 3: "high"}
