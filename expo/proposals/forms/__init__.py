"""Forms of this room: the long one for drafts, and the short ones of single verbs."""

from .page import WritingForm
from .presenters import AwayForm, PresenterRows
from .short import ConflictForm, ConstraintsForm, PublicTextForm, WithdrawForm
from .writing import ProposalForm

__all__ = [
    "AwayForm",
    "ConflictForm",
    "ConstraintsForm",
    "PresenterRows",
    "ProposalForm",
    "PublicTextForm",
    "WithdrawForm",
    "WritingForm",
]
