"""Who somebody is in a sponsor's team."""

from expo.kit.states import State


class TeamRole(State):
    """The contact may change the team; members may propose."""

    CONTACT = "contact"
    MEMBER = "member"
