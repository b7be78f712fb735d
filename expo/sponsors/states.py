"""Who somebody is in a sponsor's team, and how far a request about an organisation's parent is."""

from expo.kit.states import State, Table


class TeamRole(State):
    """The contact may change the team; members may propose."""

    CONTACT = "contact"
    MEMBER = "member"


class ParentState(State):
    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    REMOVED = "removed"


PARENT_STATES = Table(
    "request",
    {
        ParentState.OPEN: frozenset({ParentState.CONFIRMED, ParentState.DECLINED}),
        ParentState.CONFIRMED: frozenset({ParentState.REMOVED}),
    },
)
