"""The pure rules of who must not touch what: examples at the edges, then properties of everything."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.mail_domains import is_free_mail
from expo.proposals.conflicts import (
    AffiliationPeriod,
    Company,
    PersonFacts,
    SponsorConflict,
    families,
    find,
)
from expo.proposals.states import ConflictSource

TODAY = date(2027, 3, 1)
ACME, LABS, UNI, RIVAL = 1, 2, 3, 4


def linked(parents: dict[int, int | None]) -> list[tuple[int, int | None, str]]:
    """Links between organisations whose names have nothing in common."""
    return [(child, parent, f"stem {child}") for child, parent in parents.items()]


FAMILY = families(linked({ACME: None, LABS: ACME, UNI: None, RIVAL: None}))
COMPANY = Company(10, ACME, "Acme", frozenset({"acme.example"}))
BESIDE = Company(20, RIVAL, "Rival", frozenset({"rival.example"}))


def person(
    *affiliations: AffiliationPeriod, mail: str = "home.example", teams: frozenset[int] = frozenset()
) -> PersonFacts:
    return PersonFacts(frozenset({mail}), affiliations, teams)


def sources(who: PersonFacts, *, years: int = 3, today: date = TODAY) -> list[tuple[int, str]]:
    return [
        (each.sponsor, each.source.value) for each in find(who, [COMPANY, BESIDE], FAMILY, today=today, years=years)
    ]


def test_a_stranger_has_none() -> None:
    assert sources(person(AffiliationPeriod(UNI, "employee", None))) == []


def test_subsidiaries_conflict_both_ways() -> None:
    labs = Company(30, LABS, "Acme Labs", frozenset())
    assert sources(person(AffiliationPeriod(LABS, "employee", None))) == [(10, "employer")]
    up = find(person(AffiliationPeriod(ACME, "employee", None)), [labs], FAMILY, today=TODAY, years=3)
    assert [each.sponsor for each in up] == [30]


def test_sisters_conflict_through_their_parent() -> None:
    family = families(linked({LABS: ACME, RIVAL: ACME}))
    found = find(person(AffiliationPeriod(LABS, "employee", None)), [BESIDE], family, today=TODAY, years=3)
    assert [each.source for each in found] == [ConflictSource.EMPLOYER]


def test_the_team_of_a_sister_sponsor_is_a_conflict() -> None:
    labs = Company(30, LABS, "Acme Labs", frozenset())
    found = find(person(teams=frozenset({10})), [COMPANY, labs, BESIDE], FAMILY, today=TODAY, years=3)
    assert [(each.sponsor, each.source.value) for each in found] == [(10, "own_team"), (30, "own_team")]


@pytest.mark.parametrize(
    ("ended_on", "expected"),
    [
        (None, [(10, "employer")]),
        (TODAY + timedelta(days=1), [(10, "employer")]),
        (TODAY, [(10, "employer")]),
        (TODAY - timedelta(days=1), [(10, "former_employer")]),
        (date(2024, 3, 2), [(10, "former_employer")]),
        (date(2024, 3, 1), []),
    ],
)
def test_a_former_employer_counts_to_the_day(ended_on: date | None, expected: list) -> None:
    assert sources(person(AffiliationPeriod(ACME, "employee", ended_on))) == expected


def test_no_grace_period_means_no_history() -> None:
    assert sources(person(AffiliationPeriod(ACME, "employee", TODAY - timedelta(days=1))), years=0) == []


def test_leap_days_are_survived() -> None:
    leap = date(2028, 2, 29)
    assert sources(person(AffiliationPeriod(ACME, "employee", date(2025, 3, 1))), today=leap) == [
        (10, "former_employer")
    ]
    assert sources(person(AffiliationPeriod(ACME, "employee", date(2025, 2, 28))), today=leap) == []


@pytest.mark.parametrize("relation", ["intern", "student"])
def test_interns_and_students_carry_nothing_home(relation: str) -> None:
    assert sources(person(AffiliationPeriod(ACME, relation, None))) == [(10, "employer")]
    assert sources(person(AffiliationPeriod(ACME, relation, TODAY - timedelta(days=1)))) == []


@pytest.mark.parametrize(
    ("mail", "conflicts"),
    [
        ("acme.example", True),
        ("ACME.example", True),
        ("research.acme.example", True),
        ("notacme.example", False),
        ("acme.example.org", False),
        ("example", False),
        ("", False),
    ],
)
def test_a_mail_domain_covers_its_sub_domains_only(mail: str, conflicts: bool) -> None:
    assert sources(person(mail=mail)) == ([(10, "mail_domain")] if conflicts else [])


@pytest.mark.parametrize("domain", ["gmail.com", "outlook.com", "web.de", "qq.com", "yandex.ru", "gmx.at"])
def test_free_mail_is_nobodys(domain: str) -> None:
    company = Company(10, ACME, "Acme", frozenset({domain}))
    assert find(person(mail=domain), [company], FAMILY, today=TODAY, years=3) == []


def test_a_bare_top_level_domain_is_nobodys() -> None:
    company = Company(10, ACME, "Acme", frozenset({"com", "co.uk", ""}))
    for mail in ("other.com", "unrelated.co.uk"):
        assert find(person(mail=mail), [company], FAMILY, today=TODAY, years=3) == []


def test_names_that_differ_in_the_legal_form_only_are_one_family() -> None:
    assert families([(1, None, "acme"), (2, None, "uni"), (3, 2, "acme")]) == {1: 1, 2: 1, 3: 1}


def test_a_circle_of_parents_is_one_family() -> None:
    assert families(linked({1: 2, 2: 3, 3: 1, 4: 1, 5: None})) == {1: 1, 2: 1, 3: 1, 4: 1, 5: 5}


# --- properties ---------------------------------------------------------------------------------------

organisations = st.integers(1, 6)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
domains = st.sampled_from(["acme.example", "labs.acme.example", "rival.example", "gmail.com", "uni.example"])
affiliations = st.builds(
    AffiliationPeriod,
    organisations,
    st.sampled_from(["employee", "founder", "adviser", "student", "intern"]),
    st.none() | days,
)
people = st.builds(
    PersonFacts,
    st.frozensets(domains, max_size=2),
    st.lists(affiliations, max_size=4).map(tuple),
    st.frozensets(st.integers(10, 15), max_size=2),
)
parents = st.dictionaries(organisations, st.none() | organisations, max_size=6)
companies = st.lists(
    st.builds(Company, st.integers(10, 15), organisations, st.just("Acme"), st.frozensets(domains, max_size=2)),
    max_size=5,
    unique_by=lambda company: company.sponsor,
)


def conflicted(who: PersonFacts, them: list[Company], links: dict, today: date, years: int) -> set[int]:
    return {each.sponsor for each in find(who, them, families(linked(links)), today=today, years=years)}


@pytest.mark.slow
@given(people, companies, parents, days, st.integers(0, 5), affiliations, domains, st.integers(10, 15))
def test_more_facts_never_make_fewer_conflicts(
    who: PersonFacts, them: list, links: dict, today: date, years: int, stay: AffiliationPeriod, domain: str, team: int
) -> None:
    before = conflicted(who, them, links, today, years)
    more = PersonFacts(who.mail_domains | {domain}, (*who.affiliations, stay), who.teams | {team})
    assert before <= conflicted(more, them, links, today, years)
    assert before <= conflicted(who, them, links, today, years + 1)


@pytest.mark.slow
@given(people, companies, parents, st.tuples(organisations, organisations), days)
def test_a_new_link_between_companies_never_makes_fewer_conflicts(
    who: PersonFacts, them: list, links: dict, link: tuple[int, int], today: date
) -> None:
    child, parent = link
    if links.get(child) is None:
        assert conflicted(who, them, links, today, 3) <= conflicted(who, them, {**links, child: parent}, today, 3)


@pytest.mark.slow
@given(people, companies, parents, days, st.integers(0, 5))
def test_the_source_says_the_truth(who: PersonFacts, them: list[Company], links: dict, today: date, years: int) -> None:
    family = families(linked(links))
    home = {company.sponsor: family.get(company.organisation, company.organisation) for company in them}
    for found in find(who, them, family, today=today, years=years):
        assert holds(found, who, {each.sponsor: each for each in them}, home, family, today)


def holds(found: SponsorConflict, who: PersonFacts, them: dict, home: dict, family: dict, today: date) -> bool:
    """Whether the named source is really there, said in another way than the code says it."""
    here = [
        stay for stay in who.affiliations if family.get(stay.organisation, stay.organisation) == home[found.sponsor]
    ]
    if found.source == ConflictSource.OWN_TEAM:
        return any(home[team] == home[found.sponsor] for team in who.teams if team in home)
    if found.source == ConflictSource.EMPLOYER:
        return any(stay.ended_on is None or stay.ended_on >= today for stay in here)
    if found.source == ConflictSource.FORMER_EMPLOYER:
        return any(
            stay.ended_on and stay.ended_on < today and stay.relation not in ("intern", "student") for stay in here
        )
    own = them[found.sponsor].domains
    return any(not is_free_mail(mail) and f".{mail}".endswith(f".{each}") for mail in who.mail_domains for each in own)


@pytest.mark.slow
@given(people, companies, parents, days, st.integers(0, 5), st.randoms())
def test_the_order_of_facts_changes_nothing(
    who: PersonFacts, them: list, links: dict, today: date, years: int, chance: object
) -> None:
    shuffled = list(who.affiliations)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    again = PersonFacts(who.mail_domains, tuple(shuffled), who.teams)
    family = families(linked(links))
    assert find(who, them, family, today=today, years=years) == find(again, them, family, today=today, years=years)


@pytest.mark.slow
@given(parents)
def test_families_are_the_same_seen_from_every_member(links: dict) -> None:
    family = families(linked(links))
    for child, parent in links.items():
        assert parent is None or family[child] == family[parent]
    assert all(family[root] == root for root in family.values())
