"""What the verbs share: one lock per edition, and its phase."""

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit.errors import WrongState

DECIDING = (Phase.DECIDE, Phase.SCHEDULE, Phase.PUBLISHED)


def hold(edition: Edition) -> Edition:
    """Chairs take turns: one verb on an edition's decisions at a time, so counts, batches and verdicts agree."""
    return Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)


def require_deciding(edition: Edition) -> None:
    """Verdicts are given once reviews are closed, and until the edition is archived."""
    if edition.phase == Phase.ARCHIVED:
        raise WrongState("not-deciding", "This edition is archived, so its verdicts stay as they are.")
    if edition.phase not in DECIDING:
        raise WrongState(
            "not-deciding",
            f"Verdicts are given from the phase “{Phase.DECIDE.label}” on; the edition is in "
            f"“{Phase(edition.phase).label}”. Move the edition on first: that closes the reviews.",
        )
