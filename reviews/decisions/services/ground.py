"""What the verbs share: one lock per edition, and its phase."""

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit.errors import WrongState

DECIDING = (Phase.DECIDE, Phase.SCHEDULE)


def hold(edition: Edition) -> Edition:
    """Chairs take turns: one verb on an edition's decisions at a time, so counts, batches and verdicts agree."""
    return Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)


def require_deciding(edition: Edition) -> None:
    """Verdicts are given once reviews are closed, and until the program is out."""
    if edition.phase not in DECIDING:
        raise WrongState(
            "not-deciding",
            f"Verdicts are given while the edition is in “{Phase.DECIDE.label}” or “{Phase.SCHEDULE.label}”; it is in "
            f"“{Phase(edition.phase).label}”. Move the edition on first: that closes the reviews.",
        )
