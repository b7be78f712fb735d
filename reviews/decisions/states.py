"""Verdicts, their reasons, and a batch's life."""

from expo.editions.states import Phase
from expo.kit.states import State, Table

#: Verdicts are given once reviews are closed, and until the edition is archived.
DECIDING = (Phase.DECIDE, Phase.SCHEDULE, Phase.PUBLISHED)


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
    NOT_PLACEABLE = "not_placeable"
    CHAIRS_CALL = "chairs_call"

    @property
    def label(self) -> str:
        # "Above the line" would be untrue of one that moves up where others are over their tier's limit.
        written = {
            "ABOVE_THE_LINE": "Chosen on points",
            "OVER_THE_TIERS_LIMIT": "Over the tier's limit",
            "CHAIRS_CALL": "Chairs' call",
        }
        return written.get(self.name, super().label)


#: Reasons that follow from points and capacity; decisions for any other reason hold whatever the points are.
ON_POINTS = frozenset({Reason.ABOVE_THE_LINE, Reason.BELOW_THE_LINE, Reason.NO_PLACE_LEFT, Reason.OVER_THE_TIERS_LIMIT})


class FitKind(State):
    """Whether the accepted have a timetable together; or which of all to take so that they have one."""

    CHECK = "check"
    JOINT = "joint"


class RecordKind(State):
    """What happened to a decision."""

    DECIDED = "decided"
    TAKEN_BACK = "taken_back"
    SIGNED_OFF = "signed_off"
    RELEASED = "released"


class BatchState(State):
    OPEN = "open"
    RELEASED = "released"


BATCH_STATES = Table("batch", {BatchState.OPEN: frozenset({BatchState.RELEASED})})
