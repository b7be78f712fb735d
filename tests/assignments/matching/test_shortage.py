"""Shortage: what is missing is what brute force says, the set that explains it is minimal, and the remedies work."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from reviews.assignments.matching.instance import Cap, Instance
from reviews.assignments.matching.problem import Problem, Proposal, Reviewer, Rules
from reviews.assignments.matching.remedies import AddReviewers, AskFewer, RaiseLoads, WaiveRole, remedies
from reviews.assignments.matching.shortage import (
    Deficient,
    Precheck,
    deficient,
    groups,
    kernel,
    least_missing,
    minimum_cut,
    prechecks,
)

from .instances import instance, instances, shared

pytestmark = pytest.mark.slow


def subsets(things: set[int]) -> Iterator[set[int]]:
    ordered = sorted(things)
    return (set(one) for one in chain.from_iterable(combinations(ordered, n) for n in range(len(ordered) + 1)))


@st.composite
def problems(draw: st.DrawFn, senior: bool = False) -> Problem:
    """Up to four proposals and four reviewers; with conflicts, agreed pairs, other loads, and perhaps a role."""
    proposals = tuple(Proposal(10 + at, draw(st.integers(0, 3))) for at in range(draw(st.integers(1, 4))))
    reviewers = tuple(
        Reviewer(100 + at, draw(st.integers(0, 3)), is_senior=senior and draw(st.booleans()))
        for at in range(draw(st.integers(1, 4)))
    )
    pairs = [(p.id, r.id) for p in proposals for r in reviewers]
    fate = {pair: draw(st.sampled_from(["free", "free", "forbidden", "forbidden", "locked"])) for pair in pairs}
    return Problem(
        proposals,
        reviewers,
        forbidden=frozenset(pair for pair, what in fate.items() if what == "forbidden"),
        locked=frozenset(pair for pair, what in fate.items() if what == "locked"),
        elsewhere={each.id: draw(st.integers(0, 1)) for each in reviewers},
        rules=Rules(wants_senior=senior),
    )


def state(problem: Problem) -> tuple[dict[int, int], dict[int, int], set[tuple[int, int]]]:
    """Needs and capacity that are left, and the pairs still possible."""
    needs = {p.id: max(0, p.needs - sum(one == p.id for one, _ in problem.locked)) for p in problem.proposals}
    capacity = {
        r.id: max(0, r.most - problem.elsewhere.get(r.id, 0) - sum(one == r.id for _, one in problem.locked))
        for r in problem.reviewers
    }
    closed = problem.locked | problem.forbidden
    return needs, capacity, {(p, r) for p in needs for r in capacity if (p, r) not in closed}


def deficiency(problem: Problem, proposals: set[int]) -> int:
    """What they need less what all their eligible reviewers can give to them: Hall's count, without any flow."""
    needs, capacity, pairs = state(problem)
    places = sum(min(most, sum((p, r) in pairs for p in proposals)) for r, most in capacity.items())
    return sum(needs[p] for p in proposals) - places


def shortage(problem: Problem) -> int:
    """What is missing when every way to place reviews has been tried; a senior is asked for as the roles say."""
    needs, capacity, pairs = state(problem)
    ids, seniors = sorted(capacity), {each.id for each in problem.reviewers if each.is_senior}

    def most(at: int, left: tuple[int, ...]) -> int:
        if at == len(problem.proposals):
            return 0
        proposal = problem.proposals[at]
        juniors = juniors_allowed(problem, proposal, seniors)
        free = [n for n, places in enumerate(left) if places and (proposal.id, ids[n]) in pairs]
        return max(
            size + most(at + 1, tuple(places - (n in taken) for n, places in enumerate(left)))
            for size in range(min(len(free), needs[proposal.id]) + 1)
            for taken in combinations(free, size)
            if sum(ids[n] not in seniors for n in taken) <= juniors
        )

    return sum(needs.values()) - most(0, tuple(capacity[each] for each in ids))


def juniors_allowed(problem: Problem, proposal: Proposal, seniors: set[int]) -> int:
    if not problem.rules.wants_senior or proposal.needs < 1:
        return proposal.needs
    return max(0, proposal.needs - 1 - sum(p == proposal.id and r not in seniors for p, r in problem.locked))


@settings(max_examples=200, deadline=None)
@given(problems())
def test_the_deficient_set_lacks_all_that_is_missing_and_no_part_of_it_does(problem: Problem) -> None:
    missing, found = shortage(problem), deficient(problem)
    assert (found.missing if found else 0) == missing
    if found is None:
        return
    here = set(found.proposals)
    assert deficiency(problem, here) == missing
    assert all(deficiency(problem, part) < missing for part in subsets(here) if part != here)
    _, capacity, pairs = state(problem)
    assert set(found.reviewers) == {r for p, r in pairs if p in here and capacity[r]}
    assert found.needs - found.capacity == found.missing


@settings(max_examples=150, deadline=None)
@given(problems(senior=True))
def test_with_a_role_the_set_still_explains_all_that_is_missing(problem: Problem) -> None:
    missing, found = shortage(problem), deficient(problem)
    assert (found.missing if found else 0) == missing
    if found is None:
        return
    here = set(found.proposals)
    assert shortage(alone(problem, here)) == missing
    assert all(shortage(alone(problem, part)) < missing for part in subsets(here) if part != here)


def alone(problem: Problem, proposals: set[int]) -> Problem:
    """The same problem in which only these proposals still need anything."""
    used = {each.id: sum(r == each.id and p not in proposals for p, r in problem.locked) for each in problem.reviewers}
    return replace(
        problem,
        proposals=tuple(each for each in problem.proposals if each.id in proposals),
        locked=frozenset(pair for pair in problem.locked if pair[0] in proposals),
        forbidden=frozenset(pair for pair in problem.forbidden if pair[0] in proposals),
        elsewhere={who: problem.elsewhere.get(who, 0) + more for who, more in used.items()},
    )


@settings(max_examples=100, deadline=None)
@given(problems())
def test_groups_are_shortages_of_their_own_that_add_up(problem: Problem) -> None:
    whole, parts = deficient(problem), groups(problem)
    assert sum(each.missing for each in parts) == (whole.missing if whole else 0)
    assert sorted(chain.from_iterable(each.proposals for each in parts)) == sorted(whole.proposals if whole else ())
    for each in parts:
        assert deficiency(problem, set(each.proposals)) == each.missing


@settings(max_examples=60, deadline=None)
@given(problems(), st.data())
def test_the_ways_out_leave_missing_what_brute_force_says(problem: Problem, data: st.DataObject) -> None:
    topics = {each.id: data.draw(st.frozensets(st.integers(1, 3), max_size=2)) for each in problem.proposals}
    for way in remedies(problem, topics, usual_load=2):
        assert way.missing < shortage(problem)
        assert shortage(taken(problem, way, topics)) == way.missing


@settings(max_examples=50, deadline=None)
@given(problems(senior=True))
def test_the_ways_out_keep_the_roles(problem: Problem) -> None:
    topics = {each.id: frozenset({1}) for each in problem.proposals}
    for way in remedies(problem, topics, usual_load=3):
        if isinstance(way, WaiveRole):
            everywhere = shortage(replace(problem, rules=Rules()))
            assert everywhere <= way.missing < shortage(problem)
        elif isinstance(way, AskFewer):  # a proposal of one review fewer may ask no role of it any more
            assert shortage(taken(problem, way, topics)) <= way.missing
        else:
            assert shortage(taken(problem, way, topics)) == way.missing


def taken(problem: Problem, way: object, topics: dict[int, frozenset[int]]) -> Problem:
    """The problem once the way is taken."""
    if isinstance(way, RaiseLoads):
        extra = dict(way.extra)
        assert max(extra.values()) <= 2
        more = tuple(replace(each, most=each.most + extra.get(each.id, 0)) for each in problem.reviewers)
        return replace(problem, reviewers=more)
    if isinstance(way, AskFewer):
        fewer = dict(way.fewer)
        less = tuple(replace(each, needs=each.needs - fewer.get(each.id, 0)) for each in problem.proposals)
        assert all(each.needs >= 1 for each in less if each.id in fewer)
        return replace(problem, proposals=less)
    assert isinstance(way, AddReviewers)
    return with_newcomers(problem, way, topics)


def with_newcomers(problem: Problem, way: AddReviewers, topics: dict[int, frozenset[int]]) -> Problem:
    load = 3 if problem.rules.wants_senior else 2
    knows = [topic for topic, people, _ in way.steps for _ in range(people)]
    news = tuple(Reviewer(1000 + at, load, is_senior=True) for at in range(len(knows)))
    barred = {
        (each.id, new.id)
        for new, topic in zip(news, knows, strict=True)
        for each in problem.proposals
        if topic not in topics[each.id]
    }
    return replace(problem, reviewers=(*problem.reviewers, *news), forbidden=problem.forbidden | barred)


@settings(max_examples=100, deadline=None)
@given(problems(senior=True))
def test_prechecks_name_what_took_every_reviewer_away(problem: Problem) -> None:
    needs, capacity, pairs = state(problem)
    found = {each.proposal: each for each in prechecks(problem)}
    for proposal, need in needs.items():
        eligible = {r for p, r in pairs if p == proposal and capacity[r]}
        if need > len(eligible):
            assert found[proposal].eligible == len(eligible)
        if check := found.get(proposal):
            others = {r for p, r in problem.locked if p == proposal} | eligible
            gone = [r for who in check.removed.values() for r in who]
            assert sorted(gone) == sorted(set(capacity) - others)
            assert {r for p, r in problem.forbidden if p == proposal} == set(check.removed.get("forbidden", ()))
            assert len(eligible) < need or check.lacks == ("senior",)


def crowd() -> Problem:
    """Twenty proposals on a narrow topic whom only three reviewers may review, and plenty of others elsewhere."""
    proposals = tuple(Proposal(at, 3) for at in range(1, 41))
    reviewers = tuple(Reviewer(100 + at, 6) for at in range(1, 31))
    narrow = {(p, r.id) for p in range(1, 21) for r in reviewers[3:]}
    return Problem(proposals, reviewers, forbidden=frozenset(narrow))


def test_a_narrow_topic_is_told_as_so_many_proposals_that_share_so_few_reviewers() -> None:
    """There are 180 places for 120 reviews, and yet 42 cannot be given."""
    assert deficient(crowd()) == Deficient(
        proposals=tuple(range(1, 21)), reviewers=(101, 102, 103), missing=42, needs=60, capacity=18
    )
    assert prechecks(crowd()) == []  # each proposal by itself has enough


def test_the_ways_out_of_a_narrow_topic() -> None:
    topics = {at: frozenset({7 if at <= 20 else 8}) for at in range(1, 41)}
    raised, added, fewer = remedies(crowd(), topics, usual_load=6)
    assert raised == RaiseLoads(((101, 2), (102, 2), (103, 2)), missing=36)
    assert added == AddReviewers(((7, 7, 0),), missing=0)
    assert isinstance(fewer, AskFewer)
    assert [number for _, number in fewer.fewer] == [2] * 20
    assert fewer.missing == 2


def test_two_narrow_topics_are_two_groups() -> None:
    proposals = tuple(Proposal(at, 1) for at in (1, 2, 3, 4, 5, 6))
    reviewers = (Reviewer(101, 1), Reviewer(102, 1))
    split = frozenset({(1, 102), (2, 102), (3, 102), (4, 101), (5, 101), (6, 101)})
    parts = [
        (each.proposals, each.reviewers, each.missing)
        for each in groups(Problem(proposals, reviewers, forbidden=split))
    ]
    assert parts == [((1, 2, 3), (101,), 2), ((4, 5, 6), (102,), 2)]


def test_a_lack_of_seniors_is_told_apart_from_a_lack_of_reviewers() -> None:
    proposals = tuple(Proposal(at, 2) for at in (1, 2, 3))
    reviewers = (Reviewer(101, 1, is_senior=True), *(Reviewer(101 + at, 3) for at in (1, 2, 3)))
    problem = Problem(proposals, reviewers, rules=Rules(wants_senior=True))
    found = deficient(problem)
    assert found is not None
    assert (found.reviewers, found.missing, found.roles) == ((101,), 2, {"senior": (1, 2, 3)})
    assert WaiveRole("senior", (1, 2, 3), missing=0) in remedies(problem, {}, usual_load=3)


def test_a_proposal_without_any_senior_fails_the_precheck() -> None:
    reviewers = (Reviewer(101, 3, is_senior=True), Reviewer(102, 3), Reviewer(103, 3))
    problem = Problem((Proposal(1, 2),), reviewers, forbidden=frozenset({(1, 101)}), rules=Rules(wants_senior=True))
    assert prechecks(problem) == [Precheck(1, 2, 2, {"forbidden": (101,)}, ("senior",))]


def test_a_company_cycle_with_agreed_reviews_takes_reviewers_away() -> None:
    proposals = (Proposal(1, 1, company=1), Proposal(2, 1, company=2))
    reviewers = (Reviewer(101, 1, companies=frozenset({1})), Reviewer(102, 1, companies=frozenset({2})))
    problem = Problem(
        proposals,
        reviewers,
        locked=frozenset({(2, 101)}),  # company 1 reviews company 2 already
        rules=Rules(no_cycles=True),
    )
    assert prechecks(problem) == [Precheck(1, 1, 0, {"full": (101,), "cycle": (102,)})]
    found = deficient(problem)
    assert found == Deficient((1,), (), missing=1, needs=1, capacity=0)


def test_nothing_is_told_when_nothing_is_missing() -> None:
    problem = Problem((Proposal(1, 1),), (Reviewer(101, 1),))
    assert (deficient(problem), groups(problem), prechecks(problem)) == (None, (), [])
    assert remedies(problem, {1: frozenset({1})}, usual_load=2) == ()


def test_who_said_no_reviews_is_not_asked_for_more() -> None:
    problem = Problem((Proposal(1, 2),), (Reviewer(101, 0), Reviewer(102, 1)))
    assert not any(isinstance(way, RaiseLoads) for way in remedies(problem, {}, usual_load=2))


def top(name: str, pool: int) -> Instance:
    """A real set in which every proposal may only have its best few reviewers."""
    case = shared(name)
    order = np.lexsort((case.reviewer, -case.units, case.proposal))
    nth = np.arange(len(order)) - np.searchsorted(case.proposal[order], case.proposal[order])
    arcs = np.sort(order[nth < pool])
    units = dict(
        zip(
            zip(case.proposal[arcs].tolist(), case.reviewer[arcs].tolist(), strict=True),
            case.units[arcs].tolist(),
            strict=True,
        )
    )
    return instance(case.needs.tolist(), case.capacity.tolist(), units)


def most_placed(case: Instance) -> int:
    """By another solver, on a network of its own."""
    proposals, reviewers, _ = case.size
    sink = 1 + proposals + reviewers
    rows = [np.zeros(proposals, int), 1 + case.proposal, 1 + proposals + np.arange(reviewers)]
    columns = [1 + np.arange(proposals), 1 + proposals + case.reviewer, np.full(reviewers, sink)]
    limits = np.concatenate([case.needs, np.ones_like(case.units), case.capacity]).astype(np.int32)
    graph = csr_array((limits, (np.concatenate(rows), np.concatenate(columns))), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, 0, sink).flow_value)


def test_a_real_set_with_a_pool_of_four_runs_short() -> None:
    """2,412 places for 1,839 reviews, and yet 642 cannot be given: 492 proposals share 161 reviewers."""
    case = top("aamas2015", 4)
    assert (case.capacity.sum(), case.needs.sum()) == (2412, 1839)
    found = minimum_cut(case)
    assert found is not None
    can = np.bincount(case.reviewer[found.proposals[case.proposal]], minlength=len(case.capacity))
    assert (found.proposals.sum(), np.count_nonzero(can), found.total) == (492, 161, 642)
    assert case.needs[found.proposals].sum() - np.minimum(can, case.capacity).sum() == 642
    assert case.needs.sum() - most_placed(case) == 642


def test_the_ways_out_of_a_real_shortage() -> None:
    case = top("aamas2015", 4)
    pairs = set(zip(case.proposal.tolist(), case.reviewer.tolist(), strict=True))
    problem = Problem(
        tuple(Proposal(at, 3) for at in range(613)),
        tuple(Reviewer(at, 12) for at in range(201)),
        forbidden=frozenset((p, r) for p in range(613) for r in range(201) if (p, r) not in pairs),
    )
    raised, added, fewer = remedies(problem, {at: frozenset({at % 7}) for at in range(613)}, usual_load=12)
    assert isinstance(raised, RaiseLoads)
    assert isinstance(added, AddReviewers)
    assert isinstance(fewer, AskFewer)
    assert sum(more for _, more in raised.extra) + raised.missing == 642
    assert added.missing == 0
    assert sum(people for _, people, _ in added.steps) <= 1.3 * 642 / 12
    assert sum(less for _, less in fewer.fewer) + fewer.missing == 642


def tried(case: Instance) -> int:
    """What is missing when every set of arcs that keeps all caps has been tried, proposal by proposal."""
    arcs = list(zip(case.proposal.tolist(), case.reviewer.tolist(), strict=True))

    def most(at: int, left: tuple[int, ...]) -> int:
        if at == len(case.needs):
            return 0
        free = [r for p, r in arcs if p == at and left[r]]
        return max(
            len(some) + most(at + 1, tuple(places - (r in some) for r, places in enumerate(left)))
            for some in subsets(set(free))
            if len(some) <= case.needs[at]
            and all(sum(bool(cap.members[r]) for r in some) <= cap.most[at] for cap in case.caps)
        )

    return int(case.needs.sum()) - most(0, tuple(case.capacity.tolist()))


@settings(max_examples=60, deadline=None)
@given(instances(), st.data())
def test_with_roles_that_cross_no_more_is_said_to_be_missing_than_is(case: Instance, data: st.DataObject) -> None:
    people, proposals = len(case.capacity), len(case.needs)
    flags = st.lists(st.booleans(), min_size=people, max_size=people)
    limits = st.lists(st.integers(0, 3), min_size=proposals, max_size=proposals)
    caps = tuple(Cap(name, np.array(data.draw(flags)), np.array(data.draw(limits))) for name in ("one", "two", "three"))
    case = replace(case, caps=caps)
    single = max(least_missing(replace(case, caps=(cap,))) for cap in caps)
    assert single <= least_missing(case) <= tried(case)


@settings(max_examples=60, deadline=None)
@given(instances(roles=True))
def test_with_roles_that_nest_just_as_much_is_said_to_be_missing_as_is(case: Instance) -> None:
    assert least_missing(case) == tried(case)


@settings(max_examples=100, deadline=None)
@given(instances(roles=True))
def test_the_deficient_set_by_itself_lacks_as_much(case: Instance) -> None:
    found = minimum_cut(case)
    if found is not None:
        again = minimum_cut(kernel(case, found))
        assert again is not None
        assert again.total == found.total
        assert (again.proposals == found.proposals).all()
