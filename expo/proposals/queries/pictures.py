"""Who may see a presenter's picture before the public may."""

from typing import Any

from expo.kit.names import plain_address
from expo.kit.policy import allowed
from expo.sponsors.models import Picture

from ..models import Presenter, PresenterInvitation, WorkingCopy
from .presenters import is_live


def sees_portrait(user: Any, picture: Picture) -> bool:
    """Its team, also in changes that are not submitted, who runs the edition without a conflict, and who is on it."""
    on_stage = Presenter.objects.filter(picture=picture)
    rows = on_stage.select_related("proposal__edition", "proposal__sponsor").order_by("id")
    if any(
        allowed(user, "proposals.view", each.proposal)
        or allowed(user, "proposals.chair", each.proposal)
        or _is_asked_as(user, each)
        for each in rows
    ):
        return True
    copies = WorkingCopy.objects.filter(people__contains=[{"picture": picture.digest}])
    copies = copies.select_related("proposal__edition", "proposal__sponsor").order_by("id")
    return any(allowed(user, "proposals.view", each.proposal) for each in copies)


def _is_asked_as(user: Any, presenter: Presenter) -> bool:
    """Whether somebody proved the address of this presenter, who was asked."""
    asked = PresenterInvitation.objects.filter(
        proposal=presenter.proposal_id, address=plain_address(presenter.email)
    ).first()
    if asked is None:
        return False
    asked.proposal = presenter.proposal
    return is_live(asked) and allowed(user, "proposals.present", asked)
