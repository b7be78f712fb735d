"""Facts about runs: who may read them, and the seed of a draw once it has ended."""

from typing import Any

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit.runs import ENDED
from expo.proposals.models import Proposal

from ..models import Run


def note(fact: str, run: Run, by: User | None, **data: Any) -> Entry:
    """Record something about a run; when a draw has ended, with what anybody needs to check the promise before it."""
    if run.is_draw and run.state in ENDED:
        data |= {"seed": run.seed, "nonce": run.nonce, "commitment": run.commitment}
    return record(f"assignments.run_{fact}", by=by, target=run, proposal_id=_about(run), data=data)


def _about(run: Run) -> int | None:
    """A run that the queue began over one sponsor's proposals stands behind their wall: that something came apart
    there is nobody else's business. A chair's own run is about all that this chair sees.
    """
    concerns = run.parameters.get("concerns", []) if run.started_by_id is None else []
    sponsors = set(Proposal.objects.filter(pk__in=concerns).values_list("sponsor", flat=True))
    return min(concerns) if len(sponsors) == 1 else None
