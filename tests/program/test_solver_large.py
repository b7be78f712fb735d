"""Timetables of many sessions: everything placed, no rule broken, the same one every time, repaired with few moves."""

import random
from dataclasses import replace

import pytest

from bench.timetables import load, own
from bench.timetables.made import made
from expo.program.solver.checker import score, violations
from expo.program.solver.problem import Away, Break
from expo.program.solver.repair import repair
from expo.program.solver.search import Effort, Watch, first_timetable, solve

pytestmark = pytest.mark.slow

BRIEF = Effort(work=0.3, rounds=3, round_work=0.1)


def shuffled(problem, seed):
    items = list(problem.items)
    random.Random(seed).shuffle(items)
    return replace(problem, items=tuple(items), days=problem.days[::-1])


def published(problem):
    """The same conference with its first timetable published."""
    places = first_timetable(problem)
    items = tuple(replace(item, present=places[item.id], is_announced=True) for item in problem.items)
    return replace(problem, items=items, is_published=True)


@pytest.mark.parametrize("count", [48, 150, 400])
def test_the_first_timetable_places_everything_and_breaks_no_rule(count):
    data = made(count)
    places = first_timetable(own.problem(data))
    assert len(places) == count
    assert own.faults(data, {key: (place.room, place.start) for key, place in places.items()}) == []


@pytest.fixture(scope="module")
def solution():
    return solve(load("made:100").problem, effort=BRIEF)


def test_a_large_conference_gets_the_same_timetable_again_in_another_order(solution):
    again = solve(shuffled(load("made:100").problem, seed=0), effort=BRIEF)
    assert (again, again.digest, again.notes) == (solution, solution.digest, ())


def test_neighbourhoods_better_a_large_conference_and_tell_what_the_second_opinion_counts(solution):
    instance = load("made:100")
    first = first_timetable(instance.problem)
    counted, began = score(instance.problem, solution.places), score(instance.problem, first)
    assert violations(instance.problem, solution.placed) == []
    assert {each.key: each.value for each in solution.objectives} == {
        each.key: counted[each.key] for each in solution.objectives
    }
    assert [each.value for each in solution.objectives] < [began[each.key] for each in solution.objectives]
    assert all(each.bound <= each.value for each in solution.objectives)


def test_whoever_stops_a_run_keeps_the_best_so_far():
    seen = []
    watch = Watch(step=lambda key, value, bound: seen.append((key, value, bound)), stop=lambda: bool(seen))
    solution = solve(load("made:48").problem, effort=Effort(net_seconds=60), watch=watch)
    assert len(solution.placed) == 48
    assert "was stopped" in solution.notes[0]
    assert solution.objectives[-1].key == "late-starts"
    assert len({key for key, _, _ in seen}) < len(solution.objectives)


@pytest.mark.parametrize("event", ["withdrawal", "lost room", "late arrival", "longer"])
def test_a_repair_at_150_sessions_is_proved_minimal(event):
    problem = published(load("made:150").problem)
    plain = [item for item in problem.items if item.pin is None and item.minutes == 60 and item.people]
    one, day = plain[0], problem.days[0]
    late = replace(one, away=(Away("x", one.present.start - 30, one.present.start + 30),))
    changed = {
        "withdrawal": replace(problem, items=tuple(item for item in problem.items if item != one)),
        "lost room": replace(problem, breaks=(Break(day.start, day.start + 240, one.present.room),)),
        "late arrival": replace(problem, items=tuple(late if item == one else item for item in problem.items)),
        "longer": replace(
            problem, items=tuple(replace(one, minutes=120) if item == one else item for item in problem.items)
        ),
    }[event]
    repaired = repair(changed)
    assert violations(changed, repaired.placed) == []
    assert repaired.is_minimal
    stood = {item.id: item.present for item in changed.items}
    assert {move.item for move in repaired.moves} == {
        key for key, place in stood.items() if repaired.places.get(key) != place
    }
