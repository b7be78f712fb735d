"""What a run of the scheduler is for, how sessions are linked, and what presenters answer."""

from expo.kit.states import State, Table


class RunKind(State):
    """A draft of the whole day; the fewest moves after a change; an answer to "what if these two swapped?"."""

    DRAFT = "draft"
    REPAIR = "repair"
    WHAT_IF = "what-if"


class LinkKind(State):
    """What a link asks of two sessions, in the solver's words."""

    BEFORE = "before"
    SAME_DAY = "same-day"
    APART = "apart"


LINK_WORDS = {
    LinkKind.BEFORE: "ends before",
    LinkKind.SAME_DAY: "is on the same day as",
    LinkKind.APART: "is never at the same time as",
}


class SlotState(State):
    """A slot was told; its presenters accept it or ask for another one, which the chairs grant or turn down."""

    TOLD = "told"
    ACCEPTED = "accepted"
    CHANGE_ASKED = "change-asked"
    TURNED_DOWN = "turned-down"


SLOT_STATES = Table(
    "slot",
    {
        SlotState.TOLD: frozenset({SlotState.ACCEPTED, SlotState.CHANGE_ASKED}),
        SlotState.ACCEPTED: frozenset({SlotState.CHANGE_ASKED, SlotState.TOLD}),
        SlotState.CHANGE_ASKED: frozenset({SlotState.ACCEPTED, SlotState.TURNED_DOWN, SlotState.TOLD}),
        SlotState.TURNED_DOWN: frozenset({SlotState.ACCEPTED, SlotState.TOLD}),
    },
)
