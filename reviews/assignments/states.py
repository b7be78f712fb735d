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
        AssignmentState.SUBMITTED: frozenset({AssignmentState.RELEASED}),  # its review was excluded from scoring
        AssignmentState.RELEASED: frozenset({AssignmentState.SUBMITTED}),  # and counts again
    },
)
#: Counts as a review that is there or will come.
LIVE = (AssignmentState.OFFERED, AssignmentState.ACCEPTED, AssignmentState.SUBMITTED)
#: Waits for the reviewer.
OPEN = (AssignmentState.OFFERED, AssignmentState.ACCEPTED)


class InvitationAnswer(State):
    """What a reviewer said to the invitation."""

    NONE = "none"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class BidValue(State):
    WANT = "want"
    CAN = "can"
    NO = "no"


class PairKind(State):
    """A chair's rule on one pair: it must be assigned, or it must not."""

    PIN = "pin"
    FORBID = "forbid"


class RunKind(State):
    """A matching of everything, or a repair of reviews that lost their reviewer."""

    MATCHING = "matching"
    REPAIR = "repair"


class StayMode(State):
    """How a run treats offers that nobody has answered: as few changes as coverage allows, or a bonus for staying."""

    KEEP = "keep"
    BONUS = "bonus"


class RepairMode(State):
    """What happens by itself when a review loses its reviewer: nothing, a preview for the chairs, or new offers."""

    OFF = "off"
    ASK = "ask"
    PUBLISH = "publish"
