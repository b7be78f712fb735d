"""Sponsors from a table."""

from collections.abc import Mapping

from expo.accounts.models import User
from expo.accounts.queries import organisation_named
from expo.accounts.services import checked_name
from expo.editions.models import Edition, Upload
from expo.editions.services.uploads import Outcome, import_rows
from expo.editions.states import UploadKind
from expo.kit import csv_import
from expo.kit.errors import Invalid, Refused
from expo.kit.names import organisation_key, visible
from expo.kit.policy import require

from ..models import Sponsor, Tier
from ..states import TeamRole
from .invitations import invite
from .sponsors import add_sponsor, put_domains, save_sponsor

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


def import_sponsors(*, by: User, edition: Edition, data: bytes, filename: str = "", hold: bool = False) -> Upload:
    """Add and update sponsors line by line. Contacts and domains are only added; an empty cell changes nothing."""
    require(by, "sponsors.manage", edition)
    table = csv_import.read(data, needed=NEEDED, known=KNOWN)
    tiers = {tier.name.lower(): tier for tier in edition.tiers.all()}
    seen: dict[str, tuple[int, Tier]] = {}

    def take(row: csv_import.CsvRow) -> Outcome:
        tier = _tier(tiers, row.values["tier"])
        _same_as_before(seen, row, tier)
        try:
            outcome = _take(by, edition, row.values, tier, hold)
        except Refused as refusal:
            refusal.field = FIELDS.get(refusal.field or "", refusal.field)
            raise
        seen.setdefault(_key(row), (row.line, tier))
        return outcome

    return import_rows(
        by=by, edition=edition, kind=UploadKind.SPONSORS, filename=filename, table=table, needed=NEEDED, take=take
    )


def _key(row: csv_import.CsvRow) -> str:
    return organisation_key(row.values["organisation"])


def _tier(tiers: dict[str, Tier], name: str) -> Tier:
    tier = tiers.get(" ".join(name.lower().split()))
    if tier is None:
        known = ", ".join(one.name for one in tiers.values()) or "none yet; add tiers first"
        raise Invalid("unknown-tier", f"There is no tier “{name[:40]}”. Tiers of this edition: {known}.", field="tier")
    return tier


def _same_as_before(seen: dict[str, tuple[int, Tier]], row: csv_import.CsvRow, tier: Tier) -> None:
    """Two lines may name one organisation (two contacts), but must agree on its tier."""
    line, before = seen.get(_key(row), (0, tier))
    if before != tier:
        raise Invalid("lines-disagree", f"Line {line} gives this organisation the tier {before}.", field="tier")


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
    wanted = {name: cells.get(name) or getattr(sponsor, name) for name in ("name", "legal_name", "website")}
    before = (sponsor.tier_id, sponsor.name, sponsor.legal_name, sponsor.website)
    saved = save_sponsor(by=by, sponsor=sponsor, tier=tier, **wanted)
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
