"""Forms of this room: the long one for drafts, and the short ones of single verbs."""

from .page import WritingForm
from .presenters import AwayForm, PresenterRows
from .short import AppointForm, ConflictForm, ConstraintsForm, PublicTextForm, RestoreForm, SettleForm, WithdrawForm
from .writing import ProposalForm

__all__ = [
    "AppointForm",
    "AwayForm",
    "ConflictForm",
    "ConstraintsForm",
    "PresenterRows",
    "ProposalForm",
    "PublicTextForm",
    "RestoreForm",
    "SettleForm",
    "WithdrawForm",
    "WritingForm",
]
