"""The verbs of this room, split by what they are about."""

from .constraining import set_constraints
from .declaring import declare_conflict, take_back_conflict
from .drafting import create_draft, edit, set_presenters
from .lengths import agree_length
from .publishing import approve_public_text, change_public_text, enter_availability, set_availability
from .submitting import confirm, revive, submit, withdraw
from .verdicts import apply_verdict
from .working_copy import discard_changes

__all__ = [
    "agree_length",
    "apply_verdict",
    "approve_public_text",
    "change_public_text",
    "confirm",
    "create_draft",
    "declare_conflict",
    "discard_changes",
    "edit",
    "enter_availability",
    "revive",
    "set_availability",
    "set_constraints",
    "set_presenters",
    "submit",
    "take_back_conflict",
    "withdraw",
]
