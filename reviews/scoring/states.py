"""A review's life."""

from expo.kit.states import State, Table


class ReviewState(State):
    DRAFT = "draft"
    SUBMITTED = "submitted"


REVIEW_STATES = Table("review", {ReviewState.DRAFT: frozenset({ReviewState.SUBMITTED})})
