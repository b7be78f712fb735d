"""The verbs of this room, split by what they are about."""

from .claiming import (
    answer_claim,
    appoint,
    ask_claims,
    confirm_presenter,
    require_answers,
    settle_claim,
    watch_claims,
)
from .constraining import set_constraints
from .declaring import declare_conflict, take_back_conflict
from .drafting import create_draft, edit, set_presenters
from .families import confirm_parent, decline_parent, remove_parent, request_parent, save_domains
from .lengths import agree_length
from .mending import ask_to_restore, change_presenters, restore, restoring_asked
from .publishing import approve_public_text, change_public_text, enter_availability, set_availability
from .reminders import remind_sponsors, tick
from .submitting import confirm, revive, submit, withdraw
from .verdicts import apply_verdict
from .working_copy import discard_changes

__all__ = [
    "agree_length",
    "answer_claim",
    "apply_verdict",
    "appoint",
    "approve_public_text",
    "ask_claims",
    "ask_to_restore",
    "change_presenters",
    "change_public_text",
    "confirm",
    "confirm_parent",
    "confirm_presenter",
    "create_draft",
    "declare_conflict",
    "decline_parent",
    "discard_changes",
    "edit",
    "enter_availability",
    "remind_sponsors",
    "remove_parent",
    "request_parent",
    "require_answers",
    "restore",
    "restoring_asked",
    "revive",
    "save_domains",
    "set_availability",
    "set_constraints",
    "set_presenters",
    "settle_claim",
    "submit",
    "take_back_conflict",
    "tick",
    "watch_claims",
    "withdraw",
]
