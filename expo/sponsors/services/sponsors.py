"""Add sponsors and change them."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from expo.accounts.models import User
from expo.accounts.services import checked_name, ensure_organisation
from expo.editions.models import Edition
from expo.editions.services.parts import locked
from expo.journal.services import record
from expo.kit.errors import Invalid, NotAllowed
from expo.kit.mail_domains import checked_domain
from expo.kit.memo import forget
from expo.kit.policy import allowed, require

from ..models import Sponsor, Tier
from ..states import TeamRole
from .invitations import invite

web_address = URLValidator(schemes=["http", "https"])


@transaction.atomic
def add_sponsor(
    *,
    by: User | None,
    edition: Edition,
    organisation_name: str,
    tier: Tier,
    contact_email: str,
    contact_name: str = "",
    hold: bool = False,
    name: str = "",
    legal_name: str = "",
    website: str = "",
    domains: Iterable[str] = (),
    is_demo: bool = False,
) -> Sponsor:
    """Add a sponsor and invite its first contact, unless that is to be held. The organisation may be known already."""
    if by is not None:
        require(by, "sponsors.manage", edition)
    edition = locked(edition)
    organisation = ensure_organisation(by=by, name=organisation_name, field="organisation_name")
    if Sponsor.objects.filter(edition=edition, organisation=organisation).exists():
        raise Invalid(
            "sponsor-twice",
            f"{organisation} is already a sponsor of this edition. Change it there.",
            field="organisation_name",
        )
    sponsor = Sponsor(edition=edition, organisation=organisation, is_demo=is_demo)
    _fill(sponsor, name or organisation.name, tier, legal_name, website)
    sponsor.save()
    record("sponsors.added", by=by, target=sponsor, data=_about(sponsor))
    put_domains(by, sponsor, domains)
    invite(
        by=by,
        sponsor=sponsor,
        email=contact_email,
        name=contact_name,
        role=TeamRole.CONTACT,
        field="contact_email",
        is_held=hold,
        is_new=True,
    )
    return sponsor


@transaction.atomic
def save_sponsor(
    *,
    by: User | None,
    sponsor: Sponsor,
    name: str,
    tier: Tier,
    legal_name: str = "",
    website: str = "",
) -> Sponsor:
    """Change a sponsor; the organisation stays, because conflicts hang on it. Mail domains are changed elsewhere."""
    if by is not None:
        require(by, "sponsors.manage", sponsor.edition)
    locked(sponsor.edition)
    found = Sponsor.objects.select_related("edition", "organisation", "tier").get(pk=sponsor.pk)
    before = _about(found)
    _fill(found, name, tier, legal_name, website)
    if _about(found) != before:
        found.save()
        record("sponsors.changed", by=by, target=found, data={**_about(found), "before": before})
    return found


def _fill(sponsor: Sponsor, name: str, tier: Tier, legal_name: str, website: str) -> None:
    sponsor.name = _fresh_name(sponsor, name)
    if tier.edition_id != sponsor.edition_id:
        raise Tier.DoesNotExist
    sponsor.tier = tier
    sponsor.legal_name = checked_name(legal_name, "legal_name", 160) if legal_name.strip() else ""
    sponsor.website = _checked_website(website)


def _fresh_name(sponsor: Sponsor, name: str) -> str:
    name = checked_name(name, "name", 160)
    if Sponsor.objects.filter(edition_id=sponsor.edition_id, name__iexact=name).exclude(pk=sponsor.pk).exists():
        raise Invalid(
            "name-taken", f"Another sponsor of this edition is called “{name}”. Choose another name.", field="name"
        )
    return name


def _checked_website(address: str) -> str:
    address = address.strip()
    if not address:
        return ""
    try:
        web_address(address)
    except ValidationError:
        raise Invalid(
            "bad-website", f"“{address[:60]}” is not a web address; it begins with https://.", field="website"
        ) from None
    if len(address) > 200:
        raise Invalid("bad-website", "The web address takes at most 200 characters.", field="website")
    return address


def checked_domains(sponsor: Sponsor, domains: Iterable[str]) -> list[str]:
    """Each domain once, as mail uses it; refuses new ones that cannot be the sponsor's own."""
    typed = dict.fromkeys(one.strip() for one in domains if one.strip())
    return list(dict.fromkeys(one if one in sponsor.domains else checked_domain(one) for one in typed))


def put_domains(by: User | None, sponsor: Sponsor, domains: Iterable[str]) -> bool:
    """Give a sponsor these mail domains and no others, within a verb that holds the lock.

    Whatever the verb, a table or a new sponsor of the same family included: nobody gives or takes other people a
    conflict where they have one themselves.
    """
    wanted = checked_domains(sponsor, domains)
    added = [one for one in wanted if one not in sponsor.domains]
    removed = [one for one in sponsor.domains if one not in wanted]
    if not added and not removed:
        return False
    forget()
    if by is not None and not allowed(by, "proposals.change_conflict_facts", sponsor):
        raise NotAllowed(
            "own-conflict",
            f"You have a conflict of interest with {sponsor}, so its mail domains are not yours to change. Leave them "
            "as they are; another organiser, or site staff, can enter them.",
            field="domains",
        )
    sponsor.domains = wanted
    sponsor.save(update_fields=["domains"])
    forget()
    record("sponsors.domains_changed", by=by, target=sponsor, data={"added": added, "removed": removed})
    return True


def _about(sponsor: Sponsor) -> dict[str, str]:
    fields = {"name": sponsor.name, "legal_name": sponsor.legal_name, "website": sponsor.website}
    return {**fields, "organisation": sponsor.organisation.name, "tier": sponsor.tier.name}
