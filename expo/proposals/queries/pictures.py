"""Who may see a presenter's picture before the public may."""

from typing import Any

from expo.kit.policy import allowed
from expo.sponsors.models import Picture

from ..models import Presenter, WorkingCopy


def sees_portrait(user: Any, picture: Picture) -> bool:
    """Its team, also in changes that are not submitted, and who runs the edition without a conflict."""
    on_stage = Presenter.objects.filter(picture=picture)
    rows = on_stage.select_related("proposal__edition", "proposal__sponsor").order_by("id")
    if any(
        allowed(user, "proposals.view", each.proposal) or allowed(user, "proposals.chair", each.proposal)
        for each in rows
    ):
        return True
    copies = WorkingCopy.objects.filter(people__contains=[{"picture": picture.digest}])
    copies = copies.select_related("proposal__edition", "proposal__sponsor").order_by("id")
    return any(allowed(user, "proposals.view", each.proposal) for each in copies)
