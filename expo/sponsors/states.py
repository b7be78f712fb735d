"""Who somebody is in a team, what a picture is of, and how far a request about an organisation's parent is."""

from expo.kit.states import State, Table


class TeamRole(State):
    """The contact may change the team; members may propose."""

    CONTACT = "contact"
    MEMBER = "member"


class PictureKind(State):
    """What a picture is of; it decides how large it is kept."""

    PORTRAIT = "portrait"
    LOGO = "logo"


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
