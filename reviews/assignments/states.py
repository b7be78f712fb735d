"""An assignment's life, from offer to submitted review."""

from expo.kit.states import State, Table


class AssignmentState(State):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    EXPIRED = "expired"
    RELEASED = "released"


ASSIGNMENT_STATES = Table(
    "assignment",
    {
        AssignmentState.OFFERED: frozenset(
            {AssignmentState.ACCEPTED, AssignmentState.DECLINED, AssignmentState.EXPIRED, AssignmentState.RELEASED}
        ),
        AssignmentState.ACCEPTED: frozenset(
            {AssignmentState.SUBMITTED, AssignmentState.DECLINED, AssignmentState.EXPIRED, AssignmentState.RELEASED}
        ),
        AssignmentState.SUBMITTED: frozenset({AssignmentState.RELEASED}),
    },
)
#: Counts as a review that is there or will come.
LIVE = (AssignmentState.OFFERED, AssignmentState.ACCEPTED, AssignmentState.SUBMITTED)
#: Waits for the reviewer.
OPEN = (AssignmentState.OFFERED, AssignmentState.ACCEPTED)
