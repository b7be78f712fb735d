"""Each hard rule alone, compared with a statement of its own on every timetable of a tiny day."""

from itertools import combinations, product

import pytest
from ortools.sat.python import cp_model

from expo.program.solver import candidates
from expo.program.solver.checker import violations
from expo.program.solver.infeasibility import placeable
from expo.program.solver.lower_bounds import CellMap, CellModel, TimeModel
from expo.program.solver.model import Model
from expo.program.solver.problem import Away, Break, Item, Link, Place, Placed, Problem, Quota, Room, Span, Track, Walk
from expo.program.solver.search import solve

HALL, SMALL = 1, 2
DAYS = (Span(0, 120), Span(1440, 1560))
STARTS = (0, 60, 1440, 1500)
PLACES = tuple(Place(room, start) for room in (HALL, SMALL) for start in STARTS)


def a_talk(key, **other):
    return Item(id=key, format=1, minutes=other.pop("minutes", 60), sponsor=other.pop("sponsor", key), **other)


def a_conference(*items, **other):
    rooms = other.pop("rooms", (Room(HALL, 100), Room(SMALL, 30, frozenset({"screen"}))))
    return Problem(items, rooms, (Track(10, frozenset({1})),), DAYS, **{"grid": 60, **other})


def ends(problem, key, place):
    return place.start + problem.item[key].minutes


def apart(problem, at, gap=0):
    """Whether two sessions are not on at once, with so many minutes between them."""
    return ends(problem, 1, at[1]) + gap <= at[2].start or ends(problem, 2, at[2]) + gap <= at[1].start


def day(place):
    return place.start // 1440


ADA = frozenset({"ada"})
PAIR = (a_talk(1), a_talk(2))
SHARED = (a_talk(1, people=ADA), a_talk(2, people=ADA))

#: name: a problem of two sessions, and what the rule says of two places, in other words than the checker's.
RULES = {
    "room": (a_conference(*PAIR), lambda p, at: at[1].room != at[2].room or apart(p, at)),
    "person": (a_conference(*SHARED), lambda p, at: apart(p, at)),
    "rest": (
        a_conference(*SHARED, rest=30),
        lambda p, at: apart(p, at, 30),
    ),
    "walk": (
        a_conference(*SHARED, walk=30),
        lambda p, at: apart(p, at, 30 if at[1].room != at[2].room else 0),
    ),
    "walk between two rooms": (
        a_conference(*SHARED, walk=0, walks=(Walk(SMALL, HALL, 60),)),
        lambda p, at: apart(p, at, 60 if at[1].room != at[2].room else 0),
    ),
    "set-up": (
        a_conference(a_talk(1, setup=30), a_talk(2)),
        lambda p, at: at[1].room != at[2].room or not -60 < at[2].start - at[1].start + 30 < 90,
    ),
    "break": (a_conference(*PAIR, breaks=(Break(0, 60),)), lambda p, at: 0 not in (at[1].start, at[2].start)),
    "break in one room": (
        a_conference(*PAIR, breaks=(Break(30, 90, HALL),)),
        lambda p, at: all(each.room == SMALL or each.start > 60 for each in at.values()),
    ),
    "away": (
        a_conference(a_talk(1, people=ADA, away=(Away("ada", 1460, 1470),)), a_talk(2)),
        lambda p, at: at[1].start != 1440,
    ),
    "earliest": (a_conference(a_talk(1, earliest=60), a_talk(2)), lambda p, at: at[1].start >= 60),
    "latest": (a_conference(a_talk(1, latest=120), a_talk(2)), lambda p, at: ends(p, 1, at[1]) <= 120),
    "fixed starts": (
        a_conference(a_talk(1, starts=frozenset({60, 1500})), a_talk(2)),
        lambda p, at: at[1].start in (60, 1500),
    ),
    "equipment": (a_conference(a_talk(1, needs=frozenset({"screen"})), a_talk(2)), lambda p, at: at[1].room == SMALL),
    "excluded room": (
        a_conference(a_talk(1, excluded=frozenset({HALL})), a_talk(2)),
        lambda p, at: at[1].room == SMALL,
    ),
    "pin": (a_conference(a_talk(1, pin=Place(SMALL, 60)), a_talk(2)), lambda p, at: at[1] == Place(SMALL, 60)),
    "length": (
        a_conference(a_talk(1, minutes=120), a_talk(2)),
        lambda p, at: at[1].start in (0, 1440),
    ),
    "before": (a_conference(*PAIR, links=(Link("before", 1, 2),)), lambda p, at: ends(p, 1, at[1]) <= at[2].start),
    "same day": (a_conference(*PAIR, links=(Link("same-day", 1, 2),)), lambda p, at: day(at[1]) == day(at[2])),
    "apart": (a_conference(*PAIR, links=(Link("apart", 1, 2),)), lambda p, at: apart(p, at)),
    "one room": (
        a_conference(*PAIR, links=(Link("one-room", 1, 2),)),
        lambda p, at: day(at[1]) != day(at[2]) or at[1].room == at[2].room,
    ),
    "larger": (
        a_conference(*PAIR, links=(Link("larger", 1, 2),)),
        lambda p, at: not (at[1].room == SMALL and at[2].room == HALL),
    ),
}  # fmt: skip


def pairs():
    return [{1: one, 2: other} for one, other in product(PLACES, repeat=2)]


def kept(problem, says):
    """The pairs of places that rooms, hours and the rule allow, by the rule's own words."""
    alone = RULES["room"][1]
    return [at for at in pairs() if is_inside(problem, at) and alone(problem, at) and says(problem, at)]


def is_inside(problem, at):
    return all(any(d.start <= p.start and ends(problem, key, p) <= d.end for d in DAYS) for key, p in at.items())


def everything(problem):
    """All timetables of both sessions that the model has, found by the solver going through them."""
    model, found = Model(problem), []
    for item in problem.items:
        model.cp.add_exactly_one(model.options(item))

    class Collect(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self):
            found.append({item: place for (item, place), x in model.x.items() if self.boolean_value(x)})

    solver = cp_model.CpSolver()
    solver.parameters.enumerate_all_solutions = True
    solver.parameters.num_workers = 1
    solver.solve(model.cp, Collect())
    return found


@pytest.mark.parametrize("name", RULES)
def test_checker_and_model_allow_what_the_rule_says_and_nothing_else(name):
    problem, says = RULES[name]
    allowed = kept(problem, says)
    accepted = [at for at in pairs() if not violations(problem, [Placed(key, place, 10) for key, place in at.items()])]
    assert 0 < len(allowed) < len(pairs())
    assert accepted == allowed
    assert sorted(everything(problem), key=repr) == sorted(allowed, key=repr)


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_smaller_questions_never_refuse_what_the_rule_allows(name):
    """Each allowed pair of places, put into the two relaxed models, breaks none of their rows."""
    problem, says = RULES[name]
    allowed = {item.id: candidates.allowed_places(problem, item) for item in problem.items}
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    for at in kept(problem, says):
        for model in (CellModel(problem, CellMap(problem, allowed)), TimeModel(problem, allowed)):
            for literal, worth in model.hints:
                model.cp.add(literal == worth(at))
            assert solver.solve(model.cp) == cp_model.OPTIMAL


def test_a_quota_lets_so_many_in_and_the_best_of_them():
    talks = [a_talk(key, merit=key) for key in (1, 2, 3)]
    problem = a_conference(*talks, quotas=(Quota((1, 2, 3), 2),))
    assert sorted(solve(problem).places) == [2, 3]


def test_no_part_of_a_blocking_set_blocks():
    """Three talks of one person for two hours block; the two others, who could be anywhere, are not named."""
    short = tuple(Away("ada", since, since + 60) for since in (1440, 1500))
    same = [a_talk(key, people=ADA, away=short) for key in (1, 2, 3)]
    problem = a_conference(*same, a_talk(4), a_talk(5))
    blocking = placeable(problem, [1, 2, 3, 4, 5]).blocking
    assert blocking == (1, 2, 3)
    for size in range(len(blocking)):
        assert all(placeable(problem, part).is_placeable for part in combinations(blocking, size))
