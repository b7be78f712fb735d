"""Tiers and what each entitles to; sponsors, added and changed one by one or from a table."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import ProtectedError

from expo.accounts.models import User
from expo.accounts.queries import organisation_named
from expo.accounts.services import checked_name, ensure_organisation
from expo.editions.models import Edition, Format, Upload
from expo.editions.services.parts import fresh_name, fresh_slug, locked, own
from expo.editions.services.uploads import Outcome, import_rows
from expo.editions.states import UploadKind
from expo.journal.services import record
from expo.kit import csv_import
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.mail_domains import checked_domain
from expo.kit.memo import forget
from expo.kit.names import organisation_key, visible
from expo.kit.policy import allowed, require
from expo.kit.text import counted
from expo.notify.services import post

from .. import queries
from ..models import Entitlement, Sponsor, Tier
from ..states import TeamRole
from .invitations import invite

MOST = 99
Limits = Mapping[Format, tuple[int, int]]


NEEDED = ("organisation", "tier", "contact_email")
# Column, whether it must be filled, what it holds, an example for the template.
COLUMNS = (
    ("organisation", True, "The company, by its usual name; one that is known already is found again.", "Example Labs"),
    ("tier", True, "The name of one of this edition's tiers.", "Gold"),
    ("contact_email", True, "Who manages the sponsor's team; gets an invitation.", "ada@example.com"),
    ("contact_name", False, "The contact's name.", "Ada Example"),
    ("name", False, "How the public sees the sponsor; empty: the organisation's name.", ""),
    ("legal_name", False, "As contracts say it.", "Example Labs GmbH"),
    ("website", False, "A web address with https://.", "https://example.com"),
    ("domains", False, "Mail domains, with spaces between: reviewers who have one have a conflict.", "example.com"),
)
KNOWN = (*(column for column, *_ in COLUMNS), "reason")
FIELDS = {"organisation_name": "organisation"}


@transaction.atomic
def save_tier(
    *, by: User | None, edition: Edition, name: str, rank: int, entitlements: Limits, tier: Tier | None = None
) -> Tier:
    """Add a tier, or change one; per format, how many it may submit and how many of those may be accepted.

    Formats that are not named stay as they are. Lower limits apply from now on; nothing submitted is withdrawn.
    """
    if by is not None:
        require(by, "sponsors.manage", edition)
    locked(edition)
    known = own(Tier, edition, tier)
    name = fresh_name(Tier, edition, name, except_for=known, limit=40, noun="tier")
    if not 1 <= rank <= MOST:
        raise Invalid("odd-rank", f"The rank is a number from 1 (the highest) to {MOST}.", field="rank")
    saved = known or Tier(edition=edition, slug=fresh_slug(Tier, edition, name, "tier"))
    saved.name, saved.rank = name, rank
    saved.save()
    for format, limits in entitlements.items():
        _entitle(saved, format, *limits)
    limits_by_format = {format.slug: list(limits) for format, limits in entitlements.items()}
    record(
        "sponsors.tier_saved", by=by, target=saved, data={"name": name, "rank": rank, "entitlements": limits_by_format}
    )
    return saved


def _entitle(tier: Tier, format: Format, may_submit: int, may_be_accepted: int) -> None:
    if format.edition_id != tier.edition_id:
        raise Format.DoesNotExist
    if not (0 <= may_submit <= MOST and 0 <= may_be_accepted <= MOST):
        raise Invalid("out-of-range", f"{format}: both numbers are from 0 to {MOST}.", field=f"submit_{format.pk}")
    if may_be_accepted > may_submit:
        raise Invalid(
            "accepts-more-than-submitted",
            f"{format}: a tier cannot have more accepted ({may_be_accepted}) than it may submit ({may_submit}).",
            field=f"accept_{format.pk}",
        )
    if may_submit == 0:
        Entitlement.objects.filter(tier=tier, format=format).delete()
        return
    defaults = {"may_submit": may_submit, "may_be_accepted": may_be_accepted}
    Entitlement.objects.update_or_create(tier=tier, format=format, defaults=defaults)


@transaction.atomic
def remove_tier(*, by: User | None, edition: Edition, tier: Tier) -> None:
    """Remove a tier that no sponsor has."""
    if by is not None:
        require(by, "sponsors.manage", edition)
    locked(edition)
    gone = Tier.objects.get(pk=tier.pk, edition=edition)
    record("sponsors.tier_removed", by=by, target=gone)
    try:
        gone.delete()
    except ProtectedError as error:
        count = len(error.protected_objects)
        raise WrongState(
            "in-use",
            f"{counted(count, 'sponsor has', 'sponsors have')} the tier “{tier}”. Choose another tier for "
            f"{'it' if count == 1 else 'them'} first, then remove this one.",
        ) from None


web_address = URLValidator(schemes=["http", "https"])


# --- Sponsors ------------------------------------------------------------------------------------------


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
    saved = Sponsor.objects.select_related("edition", "organisation", "tier").get(pk=sponsor.pk)
    before, printed = _about(saved), (saved.name, saved.website)
    _fill(saved, name, tier, legal_name, website)
    if _about(saved) != before:
        is_unapproved = saved.profile_approved_at is not None and printed != (saved.name, saved.website)
        if is_unapproved:  # a contact approved the profile as it was printed until now
            saved.profile_approved_at = saved.profile_approved_by = None
        saved.save()
        entry = record("sponsors.changed", by=by, target=saved, data={**_about(saved), "before": before})
        if is_unapproved:
            context = {"sponsor": saved, "edition": saved.edition}
            post("sponsors/profile_changed", to=queries.contacts(saved), entry=entry, context=context)
    return saved


def _fill(sponsor: Sponsor, name: str, tier: Tier, legal_name: str, website: str) -> None:
    sponsor.name = _fresh_name(sponsor, name)
    if tier.edition_id != sponsor.edition_id:
        raise Tier.DoesNotExist
    sponsor.tier = tier
    sponsor.legal_name = checked_name(legal_name, "legal_name", 160) if legal_name.strip() else ""
    sponsor.website = checked_website(website)


def _fresh_name(sponsor: Sponsor, name: str) -> str:
    name = checked_name(name, "name", 160)
    if Sponsor.objects.filter(edition_id=sponsor.edition_id, name__iexact=name).exclude(pk=sponsor.pk).exists():
        raise Invalid(
            "name-taken", f"Another sponsor of this edition is called “{name}”. Choose another name.", field="name"
        )
    return name


def checked_website(address: str) -> str:
    """An address of the web, or empty."""
    address = address.strip()
    if not address:
        return ""
    try:
        web_address(address)
    except ValidationError:
        raise Invalid(
            "bad-website", f"“{address[:60]}” is not a web address; it begins with https://.", field="website"
        ) from None
    if "@" in urlsplit(address).netloc:  # https://icml.cc@elsewhere.example looks like another site's
        raise Invalid("bad-website", "Leave out what stands before the @ in the web address.", field="website")
    if len(address) > 200:
        raise Invalid("bad-website", "The web address may have at most 200 characters.", field="website")
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
    domains_now = checked_domains(sponsor, domains)
    added = [one for one in domains_now if one not in sponsor.domains]
    removed = [one for one in sponsor.domains if one not in domains_now]
    if not added and not removed:
        return False
    forget()
    if by is not None and not allowed(by, "proposals.change_conflict_facts", sponsor):
        raise NotAllowed(
            "own-conflict",
            f"You have a conflict of interest with {sponsor}, so you cannot change its mail domains. Leave them "
            "as they are; another organiser, or site staff, can enter them.",
            field="domains",
        )
    sponsor.domains = domains_now
    sponsor.save(update_fields=["domains"])
    forget()
    record("sponsors.domains_changed", by=by, target=sponsor, data={"added": added, "removed": removed})
    return True


def _about(sponsor: Sponsor) -> dict[str, str]:
    fields = {"name": sponsor.name, "legal_name": sponsor.legal_name, "website": sponsor.website}
    return {**fields, "organisation": sponsor.organisation.name, "tier": sponsor.tier.name}


# --- From a table --------------------------------------------------------------------------------------


def import_sponsors(*, by: User, edition: Edition, data: bytes, filename: str = "", hold: bool = False) -> Upload:
    """Add and update sponsors line by line. Contacts and domains are only added; an empty cell changes nothing."""
    require(by, "sponsors.manage", edition)
    table = csv_import.read(data, needed=NEEDED, known=KNOWN)
    tiers = {tier.name.lower(): tier for tier in edition.tiers.all()}
    earlier: dict[str, tuple[int, Tier]] = {}

    def take(row: csv_import.CsvRow) -> Outcome:
        tier, key = _tier(tiers, row.values["tier"]), organisation_key(row.values["organisation"])
        line, before = earlier.get(key, (0, tier))
        if before != tier:  # two lines may name one organisation (two contacts), but must agree on its tier
            raise Invalid("lines-disagree", f"Line {line} gives this organisation the tier {before}.", field="tier")
        try:
            outcome = _take(by, edition, row.values, tier, hold)
        except Refused as refusal:
            refusal.field = FIELDS.get(refusal.field or "", refusal.field)
            raise
        earlier.setdefault(key, (row.line, tier))
        return outcome

    return import_rows(
        by=by, edition=edition, kind=UploadKind.SPONSORS, filename=filename, table=table, needed=NEEDED, take=take
    )


def _tier(tiers: dict[str, Tier], name: str) -> Tier:
    tier = tiers.get(" ".join(name.lower().split()))
    if tier is None:
        known = ", ".join(one.name for one in tiers.values()) or "none yet; add tiers first"
        raise Invalid("unknown-tier", f"There is no tier “{name[:40]}”. Tiers of this edition: {known}.", field="tier")
    return tier


def _take(by: User, edition: Edition, cells: Mapping[str, str], tier: Tier, hold: bool) -> Outcome:
    if cells.get("contact_name"):
        checked_name(cells["contact_name"], "contact_name", 120)
    organisation = organisation_named(cells["organisation"])
    sponsor = Sponsor.objects.filter(edition=edition, organisation=organisation).first() if organisation else None
    domains = cells.get("domains", "").replace(",", " ").replace(";", " ").split()
    if sponsor is None:
        add_sponsor(
            by=by,
            edition=edition,
            organisation_name=cells["organisation"],
            tier=tier,
            contact_email=cells["contact_email"],
            contact_name=cells.get("contact_name", ""),
            hold=hold,
            name=cells.get("name", ""),
            legal_name=cells.get("legal_name", ""),
            website=cells.get("website", ""),
            domains=domains,
        )
        return "added"
    changed = _update(by, sponsor, cells, tier, domains)
    return "changed" if _invite(by, sponsor, cells, hold) or changed else "unchanged"


def _update(by: User, sponsor: Sponsor, cells: Mapping[str, str], tier: Tier, domains: list[str]) -> bool:
    values = {name: cells.get(name) or getattr(sponsor, name) for name in ("name", "legal_name", "website")}
    before = (sponsor.tier_id, sponsor.name, sponsor.legal_name, sponsor.website)
    saved = save_sponsor(by=by, sponsor=sponsor, tier=tier, **values)
    learned = put_domains(by, saved, [*saved.domains, *domains])
    return learned or (saved.tier_id, saved.name, saved.legal_name, saved.website) != before


def _invite(by: User, sponsor: Sponsor, cells: Mapping[str, str], hold: bool) -> bool:
    """Invite a contact who is neither in the team nor was invited before; the same table again asks nobody twice."""
    email = visible(cells["contact_email"])
    known = sponsor.team.filter(user__email__iexact=email) or sponsor.invitations.filter(email__iexact=email)
    if known:
        return False
    name = cells.get("contact_name", "")
    invite(by=by, sponsor=sponsor, email=email, name=name, role=TeamRole.CONTACT, field="contact_email", is_held=hold)
    return True
