"""What a run of the scheduler is for, how sessions are linked, and what presenters answer."""

from expo.kit.states import State, Table


class RunKind(State):
    """A draft of the whole day; the fewest moves after a change; an answer to "what if these two swapped?"."""

    DRAFT = "draft"
    REPAIR = "repair"
    WHAT_IF = "what-if"


class LinkKind(State):
    """What a link demands of two sessions; the values are those of the solver."""

    BEFORE = "before"
    SAME_DAY = "same-day"
    APART = "apart"


LINK_LABELS = {
    LinkKind.BEFORE: "ends before",
    LinkKind.SAME_DAY: "is on the same day as",
    LinkKind.APART: "is never at the same time as",
}


class SlotState(State):
    """Presenters were notified of a slot; they accept it or ask for another one, which the chairs grant or decline."""

    TOLD = "told"
    ACCEPTED = "accepted"
    CHANGE_ASKED = "change-asked"
    TURNED_DOWN = "turned-down"


SLOT_LABELS = {
    SlotState.TOLD: "Notified",
    SlotState.ACCEPTED: "Accepted",
    SlotState.CHANGE_ASKED: "Change requested",
    SlotState.TURNED_DOWN: "Change declined",
}
SLOT_STATES = Table(
    "slot",
    {
        SlotState.TOLD: frozenset({SlotState.ACCEPTED, SlotState.CHANGE_ASKED}),
        SlotState.ACCEPTED: frozenset({SlotState.CHANGE_ASKED, SlotState.TOLD}),
        SlotState.CHANGE_ASKED: frozenset({SlotState.ACCEPTED, SlotState.TURNED_DOWN, SlotState.TOLD}),
        SlotState.TURNED_DOWN: frozenset({SlotState.ACCEPTED, SlotState.TOLD}),
    },
)
