"""The verbs of this room, split by what they are about."""

from .constraining import set_constraints
from .declaring import declare_conflict, take_back_conflict
from .drafting import create_draft, edit, set_presenters
from .lengths import agree_length
from .people import PresenterData
from .publishing import approve_public_text, change_public_text, enter_availability, set_availability
from .submitting import confirm, revise, revive, submit, withdraw
from .verdicts import apply_verdict

__all__ = [
    "PresenterData",
    "agree_length",
    "apply_verdict",
    "approve_public_text",
    "change_public_text",
    "confirm",
    "create_draft",
    "declare_conflict",
    "edit",
    "enter_availability",
    "revise",
    "revive",
    "set_availability",
    "set_constraints",
    "set_presenters",
    "submit",
    "take_back_conflict",
    "withdraw",
]
