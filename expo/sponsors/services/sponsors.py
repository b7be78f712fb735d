"""Add sponsors and change them."""

import re
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from expo.accounts.models import Organisation, User
from expo.accounts.services import checked_name, ensure_organisation
from expo.editions.models import Edition
from expo.editions.services.common import locked
from expo.journal.services import record
from expo.kit.errors import Invalid
from expo.kit.memo import forget
from expo.kit.policy import require

from ..models import Sponsor, Tier
from ..states import TeamRole
from .invitations import invite

DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII)
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
    learn_domains(by, organisation, domains)
    record("sponsors.added", by=by, target=sponsor, data=_about(sponsor))
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
    domains: Iterable[str] = (),
) -> Sponsor:
    """Change a sponsor; the organisation stays, because conflicts hang on it."""
    if by is not None:
        require(by, "sponsors.manage", sponsor.edition)
    locked(sponsor.edition)
    found = Sponsor.objects.select_related("edition", "organisation", "tier").get(pk=sponsor.pk)
    before = _about(found)
    _fill(found, name, tier, legal_name, website)
    learned = learn_domains(by, found.organisation, domains)
    if learned or _about(found) != before:
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


def learn_domains(by: User | None, organisation: Organisation, domains: Iterable[str]) -> bool:
    """Add mail domains to an organisation, which other editions share: so they are added here and never taken away."""
    new = [one for one in checked_domains(domains) if one not in organisation.domains]
    if not new:
        return False
    organisation.domains = [*organisation.domains, *new]
    organisation.save(update_fields=["domains"])
    forget()
    record("accounts.domains_added", by=by, target=organisation, data={"domains": new})
    return True


def checked_domains(domains: Iterable[str]) -> Sequence[str]:
    """Domains in lower case, each once; refuses what is none."""
    found = list(dict.fromkeys(one.strip().lower().removeprefix("@") for one in domains if one.strip()))
    for one in found:
        if len(one) > 100 or not DOMAIN.fullmatch(one):
            raise Invalid("bad-domain", f"“{one[:60]}” is not a mail domain such as example.com.", field="domains")
    return found


def _about(sponsor: Sponsor) -> dict[str, str]:
    fields = {"name": sponsor.name, "legal_name": sponsor.legal_name, "website": sponsor.website}
    return {**fields, "organisation": sponsor.organisation.name, "tier": sponsor.tier.name}
