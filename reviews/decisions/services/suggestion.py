"""Verdicts as a suggestion has them, for all it is about or for some of them."""

from collections.abc import Collection

from django.db import transaction

from expo.accounts.models import User
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.kit.runs import RunState

from ..models import Decision, Fit
from ..queries.asks import NeedsConfirmation
from ..queries.fits import scope_of
from ..queries.suggestion import suggestion_of
from ..states import FitKind, Verdict
from .decisions import decide_several, lock_decisions, require_deciding


@transaction.atomic
def decide_as_suggested(
    *,
    by: User,
    fit: Fit,
    codes: Collection[str] | None = None,
    out_as: str = Verdict.REJECT,
    confirmed: Collection[str] = (),
) -> list[Decision]:
    """Give the undecided proposals of a suggestion (`codes`: only these) its verdicts: all of them, or none.

    `out_as`: rejected, or on the waiting list. Feedback is drafted, and nobody has read it yet. Refused where anything
    that the suggestion rests on has changed; `confirmed`: tokens of `NeedsConfirmation`.
    """
    require(by, "decisions.desk", fit.edition)
    require_deciding(lock_decisions(fit.edition))
    if fit.kind != FitKind.JOINT or fit.state != RunState.PREVIEW or fit.scope != scope_of(fit.edition, by):
        raise WrongState("no-suggestion", "There is no suggestion here to decide by. Ask for one first.")
    if out_as not in (Verdict.REJECT, Verdict.WAITLIST):
        raise Invalid("unknown-verdict", "Those that are out are rejected or put on the waiting list.", field="out_as")
    suggested = suggestion_of(fit, by)
    if not suggested.is_current:
        raise WrongState(
            "outdated-suggestion",
            "Verdicts, reviews or the day have changed since this suggestion was made. Ask for a new one.",
        )
    rows = [row for row in suggested.rows if codes is None or row.proposal.code in codes]
    if not rows:
        raise Invalid("nothing-chosen", "Choose at least one of the proposals shown.", field="code")
    changed: list[Decision] = []
    refusals: list[str] = []
    # Those that are in first: what the others are told counts them.
    for verdict, side in ((Verdict.ACCEPT, True), (Verdict(out_as), False)):
        chosen = [(row.proposal, 0) for row in rows if row.is_in is side]
        try:
            changed += decide_several(by=by, chosen=chosen, verdict=verdict, confirmed=confirmed)
        except NeedsConfirmation:
            raise
        except Refused as refusal:
            refusals.append(refusal.message)
    if refusals:
        raise WrongState("some-refused", " ".join(refusals))
    return changed
