"""Verdicts, their reasons, and a batch's life."""

from expo.kit.states import State, Table


class Verdict(State):
    ACCEPT = "accept"
    WAITLIST = "waitlist"
    REJECT = "reject"


class Reason(State):
    """Why, as a code that can be counted."""

    ABOVE_THE_LINE = "above_the_line"
    BELOW_THE_LINE = "below_the_line"
    NO_PLACE_LEFT = "no_place_left"
    SALES_OR_RECRUITING = "sales_or_recruiting"
    OFF_TOPIC = "off_topic"
    DUPLICATE = "duplicate"
    OVER_THE_TIERS_LIMIT = "over_the_tiers_limit"
    CHAIRS_CALL = "chairs_call"


class FitKind(State):
    """Whether the accepted have a timetable together; or which of all to take so that they have one."""

    CHECK = "check"
    JOINT = "joint"


class BatchState(State):
    OPEN = "open"
    RELEASED = "released"


BATCH_STATES = Table("batch", {BatchState.OPEN: frozenset({BatchState.RELEASED})})
