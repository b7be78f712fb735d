"""Who must not touch which sponsor's proposals, and why. Pure: facts in, conflicts with their source out.

Rules (as OpenReview and Ex Ordo practise them): the own team and the teams of its family of
companies; a present employer and its whole family; a former employer for a number of years; a mail domain that a
sponsor of the family has in this edition, unless many share it. Organisations are one family when parents and
subsidiaries link them, or when their names differ in the legal form only. Interns and students carry a conflict while
they are there and not after. Academic affiliations conflict in the same way. What a sponsor typed about somebody is no
fact: see `claims.py`. More facts never make fewer conflicts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from expo.kit.mail_domains import is_free_mail, is_shared, readable

from .states import ConflictSource

SHORT_RELATIONS = frozenset({"intern", "student"})


@dataclass(frozen=True)
class AffiliationPeriod:
    """Where somebody works or worked. `ended_on=None`: still."""

    organisation: int
    relation: str
    ended_on: date | None


@dataclass(frozen=True)
class PersonFacts:
    """`teams` holds the ids of sponsors somebody acts for."""

    mail_domains: frozenset[str]
    affiliations: tuple[AffiliationPeriod, ...]
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Company:
    """A sponsor: its id, its organisation and the mail domains of the edition's sponsors of that family."""

    sponsor: int
    organisation: int
    name: str
    domains: frozenset[str]


@dataclass(frozen=True)
class SponsorConflict:
    """A conflict of a person with a sponsor; `detail` is a sentence for people."""

    sponsor: int
    source: ConflictSource
    detail: str


def families(links: Collection[tuple[int, int | None, str]]) -> dict[int, int]:
    """Organisation → the smallest id of its family: everything linked by parents, whichever way, cycles included.

    A link: organisation, its parent, and the stem of its name; organisations of one stem are of one family.
    """
    roots = {organisation: organisation for link in links for organisation in link[:2] if organisation is not None}
    first_of: dict[str, int] = {}

    def root(organisation: int) -> int:
        while roots[organisation] != organisation:
            roots[organisation] = roots[roots[organisation]]
            organisation = roots[organisation]
        return organisation

    for child, parent, stem in links:
        for relative in (parent, first_of.setdefault(stem, child)):
            if relative is not None:
                low, high = sorted((root(child), root(relative)))
                roots[high] = low
    return {organisation: root(organisation) for organisation in roots}


def find(
    person: PersonFacts, companies: Collection[Company], family_of: Mapping[int, int], *, today: date, years: int
) -> list[SponsorConflict]:
    """All conflicts of one person, the strongest source per sponsor, in the order of `companies`.

    `family_of` maps an organisation to its family's id; `years` is how long a former employer counts.
    """
    allied = {_family(each.organisation, family_of) for each in companies if each.sponsor in person.teams}
    conflicts = (_with(person, company, family_of, allied, today, years) for company in companies)
    return [conflict for conflict in conflicts if conflict is not None]


def _family(organisation: int, family_of: Mapping[int, int]) -> int:
    return family_of.get(organisation, organisation)


def _with(
    person: PersonFacts,
    company: Company,
    family_of: Mapping[int, int],
    allied: Collection[int],
    today: date,
    years: int,
) -> SponsorConflict | None:
    family = _family(company.organisation, family_of)
    periods = [each for each in person.affiliations if _family(each.organisation, family_of) == family]
    return (
        _by_team(person, company, family in allied)
        or _by_affiliation(periods, company, today, years)
        or _by_domain(person, company)
    )


def _by_team(person: PersonFacts, company: Company, is_allied: bool) -> SponsorConflict | None:
    if company.sponsor in person.teams:
        return SponsorConflict(company.sponsor, ConflictSource.OWN_TEAM, f"Belongs to the team of {company.name}.")
    if is_allied:
        detail = f"Belongs to the team of a sponsor of the same family of companies as {company.name}."
        return SponsorConflict(company.sponsor, ConflictSource.OWN_TEAM, detail)
    return None


def _by_affiliation(
    periods: Collection[AffiliationPeriod], company: Company, today: date, years: int
) -> SponsorConflict | None:
    if any(each.ended_on is None or each.ended_on >= today for each in periods):
        return SponsorConflict(
            company.sponsor, ConflictSource.EMPLOYER, f"Works for {company.name} or a company of its family."
        )
    if any(_still_counts(each, today, years) for each in periods):
        detail = f"Worked for {company.name} or a company of its family in the last {years} years."
        return SponsorConflict(company.sponsor, ConflictSource.FORMER_EMPLOYER, detail)
    return None


def _still_counts(period: AffiliationPeriod, today: date, years: int) -> bool:
    """From the day after the end up to the same date `years` on, that day no longer included."""
    if period.ended_on is None or period.relation in SHORT_RELATIONS:
        return False
    return period.ended_on > years_before(today, years)


def years_before(today: date, years: int) -> date:
    """The same date, that many years earlier."""
    year = max(today.year - years, date.min.year)
    try:
        return today.replace(year=year)
    except ValueError:  # 29 February
        return today.replace(year=year, day=28)


def _by_domain(person: PersonFacts, company: Company) -> SponsorConflict | None:
    hits = {own for own in company.domains for mail in person.mail_domains if _belongs(mail, own)}
    if not hits:
        return None
    detail = f"Has an e-mail address at {readable(min(hits))}, a domain of {company.name} or a company of its family."
    return SponsorConflict(company.sponsor, ConflictSource.MAIL_DOMAIN, detail)


def _belongs(mail: str, own: str) -> bool:
    """A sub-domain belongs to its company too; one that many share (free mail, co.uk) is nobody's."""
    mail, own = mail.lower(), own.lower()
    return (mail == own or mail.endswith(f".{own}")) and not is_free_mail(mail) and not is_shared(own)
