"""Who must not touch which sponsor's proposals, and why. Pure: facts in, conflicts with their source out.

Rules (as OpenReview and Ex Ordo practise them; see docs/decisions): the own team; a present employer and its whole
family of companies; a former employer for a number of years; the mail domain, unless it is a free-mail one. Interns and
students carry a conflict while they are there and not after. Academic affiliations conflict in the same way.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .states import ConflictSource

FREE_MAIL = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com"}
    | {"proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de", "qq.com", "163.com", "126.com", "mail.ru"}
)
SHORT_STAYS = frozenset({"intern", "student"})


@dataclass(frozen=True)
class Stay:
    """Where somebody works or worked. `ended_on=None`: still."""

    organisation: int
    relation: str
    ended_on: date | None


@dataclass(frozen=True)
class Person:
    mail_domain: str
    stays: tuple[Stay, ...]
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Company:
    """A sponsor: its id, its organisation and that organisation's mail domains."""

    sponsor: int
    organisation: int
    name: str
    domains: frozenset[str]


@dataclass(frozen=True)
class Found:
    """A conflict of a person with a sponsor; `detail` is a sentence for people."""

    sponsor: int
    source: ConflictSource
    detail: str


def find(
    person: Person, companies: Iterable[Company], families: Mapping[int, int], *, today: date, years: int
) -> list[Found]:
    """All conflicts of one person, the strongest source per sponsor, in the order of `companies`.

    `families` maps an organisation to the root of its family; `years` is how long a former employer counts.
    """
    answers = (_with(person, company, families, today, years) for company in companies)
    return [found for found in answers if found is not None]


def _with(person: Person, company: Company, families: Mapping[int, int], today: date, years: int) -> Found | None:
    if company.sponsor in person.teams:
        return Found(company.sponsor, ConflictSource.OWN_TEAM, f"Belongs to the team of {company.name}.")
    family = families.get(company.organisation, company.organisation)
    related = [stay for stay in person.stays if families.get(stay.organisation, stay.organisation) == family]
    return _by_stay(related, company, today, years) or _by_domain(person, company)


def _by_stay(stays: Collection[Stay], company: Company, today: date, years: int) -> Found | None:
    if any(stay.ended_on is None or stay.ended_on >= today for stay in stays):
        return Found(company.sponsor, ConflictSource.EMPLOYER, f"Works for {company.name} or a company of its family.")
    if any(_still_counts(stay, today, years) for stay in stays):
        detail = f"Worked for {company.name} or a company of its family in the last {years} years."
        return Found(company.sponsor, ConflictSource.FORMER_EMPLOYER, detail)
    return None


def _still_counts(stay: Stay, today: date, years: int) -> bool:
    if stay.ended_on is None or stay.relation in SHORT_STAYS:
        return False
    return (today - stay.ended_on).days < years * 365.25


def _by_domain(person: Person, company: Company) -> Found | None:
    domain = person.mail_domain.lower()
    if domain in FREE_MAIL:
        return None
    hit = next((own for own in sorted(company.domains) if domain == own or domain.endswith(f".{own}")), None)
    if hit is None:
        return None
    return Found(company.sponsor, ConflictSource.MAIL_DOMAIN, f"Has a mail address at {hit}, a domain of {company.name}.")
