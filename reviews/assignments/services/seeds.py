"""When a draw has ended, its seed and nonce become known, so that anybody can check the promise made before."""

from typing import Any

from ..models import Run


def revealed(run: Run) -> dict[str, Any]:
    """What the journal says of a run that has ended."""
    return {"seed": run.seed, "nonce": run.nonce, "commitment": run.commitment} if run.is_draw else {}
