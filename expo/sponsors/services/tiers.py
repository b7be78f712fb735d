"""Tiers, and what each entitles to."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import ProtectedError

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.services.parts import fresh_name, fresh_slug, locked, own
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from ..models import Entitlement, Tier

MOST = 99
Limits = Mapping[Format, tuple[int, int]]


@transaction.atomic
def save_tier(
    *, by: User | None, edition: Edition, name: str, rank: int, entitlements: Limits, tier: Tier | None = None
) -> Tier:
    """Add a tier, or change one; per format, how many it may submit and how many of those may be accepted.

    Formats that are not named stay as they are. Lower limits hold for what comes; nothing submitted is taken back.
    """
    if by is not None:
        require(by, "sponsors.manage", edition)
    locked(edition)
    found = own(Tier, edition, tier)
    name = fresh_name(Tier, edition, name, except_for=found, limit=40, noun="tier")
    if not 1 <= rank <= MOST:
        raise Invalid("odd-rank", f"The rank is a number from 1 (the highest) to {MOST}.", field="rank")
    saved = found or Tier(edition=edition, slug=fresh_slug(Tier, edition, name, "tier"))
    saved.name, saved.rank = name, rank
    saved.save()
    for format_, limits in entitlements.items():
        _entitle(saved, format_, *limits)
    told = {format_.slug: list(limits) for format_, limits in entitlements.items()}
    record("sponsors.tier_saved", by=by, target=saved, data={"name": name, "rank": rank, "entitlements": told})
    return saved


def _entitle(tier: Tier, format_: Format, may_submit: int, may_be_accepted: int) -> None:
    if format_.edition_id != tier.edition_id:
        raise Format.DoesNotExist
    if not (0 <= may_submit <= MOST and 0 <= may_be_accepted <= MOST):
        raise Invalid("out-of-range", f"{format_}: both numbers are from 0 to {MOST}.", field=f"submit_{format_.pk}")
    if may_be_accepted > may_submit:
        raise Invalid(
            "accepts-more-than-submitted",
            f"{format_}: a tier cannot have more accepted ({may_be_accepted}) than it may submit ({may_submit}).",
            field=f"accept_{format_.pk}",
        )
    if may_submit == 0:
        Entitlement.objects.filter(tier=tier, format=format_).delete()
        return
    defaults = {"may_submit": may_submit, "may_be_accepted": may_be_accepted}
    Entitlement.objects.update_or_create(tier=tier, format=format_, defaults=defaults)


@transaction.atomic
def remove_tier(*, by: User | None, edition: Edition, tier: Tier) -> None:
    """Remove a tier that no sponsor has."""
    if by is not None:
        require(by, "sponsors.manage", edition)
    locked(edition)
    found = Tier.objects.get(pk=tier.pk, edition=edition)
    record("sponsors.tier_removed", by=by, target=found)
    try:
        found.delete()
    except ProtectedError as error:
        count = len(error.protected_objects)
        raise WrongState(
            "in-use", f"{count} sponsors have the tier “{tier}”. Give them another tier first, then remove it."
        ) from None
