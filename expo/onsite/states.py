"""How a room makes up for a session that runs late."""

from expo.kit.states import State


class DelayStrategy(State):
    """It starts late or ends late; what follows moves, or it is cut, or only the gap behind it is used."""

    SHIFT = "shift"
    OVERRUN = "overrun"
    SHORTEN = "shorten"
    EXTEND = "extend"

    @property
    def begins_late(self) -> bool:
        """Whether its start moves; else it began on time and only ends later."""
        return self in (DelayStrategy.SHIFT, DelayStrategy.SHORTEN)
