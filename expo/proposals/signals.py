"""What changes in `sponsors`, a lower layer, do to conflicts, and which of them accepted proposals forbid."""

from typing import Any

from django.db.models import Count
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver

from expo.kit import clock
from expo.kit.errors import Invalid
from expo.sponsors.models import Entitlement, Sponsor, TeamMember

from .models import Conflict, Proposal
from .queries.checks import sentence_findings
from .states import PLACEABLE, ConflictSource


@receiver(pre_delete, sender=TeamMember, dispatch_uid="remember-team")
def remember_team(instance: TeamMember, origin: Any, **kwargs: Any) -> None:
    """Leaving a team leaves the conflict, in the same transaction; a chair without one may take it back.

    `origin` is something else when the sponsor or the person is deleted, and the membership only with it.
    """
    if origin is not instance:
        return
    today = clock.now().astimezone(instance.sponsor.edition.zone)
    detail = f"Belonged to the team of {instance.sponsor} until {today.day} {today:%B %Y}."[:200]
    made = {"source": ConflictSource.OWN_TEAM, "detail": detail, "declared_by": instance.user}
    Conflict.objects.get_or_create(user=instance.user, sponsor=instance.sponsor, proposal=None, defaults=made)


@receiver(pre_save, sender=Sponsor, dispatch_uid="check-sentence")
def check_sentence(instance: Sponsor, raw: bool, update_fields: frozenset[str] | None, **kwargs: Any) -> None:
    """A profile is not approved while its sentence says what must not be published."""
    is_approved_now = "profile_approved_at" in (update_fields or ()) and instance.profile_approved_at is not None
    if raw or not is_approved_now:
        return
    stopping = next((each for each in sentence_findings(instance.sentence) if each.stops), None)
    if stopping is not None:
        raise Invalid("sentence-not-publishable", f"{stopping.sentence} {stopping.remedy}", field="sentence")


@receiver(pre_save, sender=Sponsor, dispatch_uid="keep-accepted")
def keep_accepted(instance: Sponsor, raw: bool, **kwargs: Any) -> None:
    """A tier that would take away the place of something accepted is refused."""
    before = None if raw else Sponsor.objects.filter(pk=instance.pk).values_list("tier_id", flat=True).first()
    if before is None or before == instance.tier_id:
        return
    placed = Proposal.objects.filter(sponsor=instance.pk, state__in=PLACEABLE).order_by("format")
    limits = {
        (tier, format): most
        for tier, format, most in Entitlement.objects.filter(tier__in=(before, instance.tier_id)).values_list(
            "tier_id", "format_id", "may_be_accepted"
        )
    }
    for format, name, used in placed.values_list("format", "format__name").annotate(used=Count("pk")):
        old, new = (limits.get((tier, format), 0) for tier in (before, instance.tier_id))
        if new < old and new < used:
            raise Invalid(
                "tier-too-low",
                f"{instance} has {used} {name.lower()}{'' if used == 1 else 's'} accepted, and the {instance.tier} "
                f"tier may have {new}. Choose another tier, or first raise what {instance.tier} may have accepted.",
                field="tier",
            )
