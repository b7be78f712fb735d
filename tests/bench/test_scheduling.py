"""The readers of instance files, and the counters that judge from the file alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import peer_conference_scheduler, repairs
from bench.timetables import cosplib, cosplib_counter, load, own
from bench.timetables.made import made
from expo.program.solver.candidates import placed
from expo.program.solver.checker import score
from expo.program.solver.problem import Place, Placed
from expo.program.solver.search import Effort, first_timetable, solve

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "scheduling"
GLANCE = Effort(work=0.3, rounds=1, round_work=0.1)
needs_files = pytest.mark.skipif(not SHARED.is_dir(), reason="the published instances lie beside the project")


def total(instance, solution):
    return score(instance.problem, solution.places)["blend"]


@needs_files
@pytest.mark.parametrize("name", ["N2OR", "GECCO19", "GECCO20", "GECCO21", "OR60F"])
def test_a_cosplib_timetable_costs_the_same_by_our_rules_and_by_the_file(name):
    instance = load(str(SHARED / "cosplib" / f"{name}.xlsx"))
    solution = solve(instance.problem, effort=GLANCE)
    counted, faults = instance.judge(solution)
    # A glance may leave somebody out; nothing else may be wrong.
    assert len(faults) == len(instance.problem.items) - len(solution.placed)
    assert all(fault.endswith("has no place") for fault in faults)
    assert counted == solution.objectives[-1].value == total(instance, solution)


@needs_files
def test_the_smallest_cosplib_instance_is_proved_best():
    solution = solve(load(str(SHARED / "cosplib" / "N2OR.xlsx")).problem)
    assert [(each.value, each.bound) for each in solution.objectives] == [(0, 0), (1, 1)]


@needs_files
def test_the_counter_of_cosplib_names_every_broken_rule():
    path = SHARED / "cosplib" / "N2OR.xlsx"
    file = cosplib.read(path)
    problem = cosplib.problem(file)
    rows = cosplib.rows(file, placed(problem, first_timetable(problem)))
    talk, session, room, slot = rows[0]
    _, faults = cosplib_counter.count(path, [*rows[1:], (talk, session, room, slot + 9)])
    assert any("runs over the end" in fault for fault in faults)
    assert f"{talk} has no place" in cosplib_counter.count(path, rows[1:])[1]


@needs_files
def test_an_optaplanner_timetable_breaks_no_hard_constraint():
    name = str(SHARED / "optaplanner" / "36talks-12timeslots-5rooms.xlsx")
    instance = load(name)
    counted, faults = instance.judge(solve(instance.problem, effort=replace(GLANCE, net_seconds=20)))
    assert (faults, counted["unassigned"], counted["hard"]) == ([], 0, 0)


def test_the_counter_of_our_own_files_names_every_broken_rule():
    data = made(50)
    places = {key: (place.room, place.start) for key, place in first_timetable(own.problem(data)).items()}
    assert own.faults(data, places) == []
    (one, here), (other, _) = [(key, at) for key, at in places.items() if not _row(data, key)["pin"]][:2]
    faults = own.faults(data, places | {one: (here[0], here[1] + 30), other: (here[0], here[1] + 30)})
    assert f"session {one}: not in the hours, or off the grid" in faults
    assert any(fault.startswith(f"sessions {min(one, other)} and {max(one, other)}: in one room") for fault in faults)


def _row(data, key):
    return next(row for row in data["sessions"] if row["id"] == key)


def test_our_own_counter_agrees_with_the_second_opinion():
    data = made(50)
    problem = own.problem(data)
    solution = solve(problem, effort=GLANCE)
    places = {each.item: (each.place.room, each.place.start) for each in solution.placed}
    counted, ours = own.count(data, places), score(problem, solution.places)
    assert {key: ours[key] for key in counted if key != "left-out"} == {
        key: value for key, value in counted.items() if key != "left-out"
    }


def test_a_row_tells_talk_session_room_and_slot():
    file = cosplib.File(
        "x",
        (cosplib.Talk("T", "A", 1, 0, 0, frozenset(), frozenset(), (0, 0), (0,)),),
        {"A": frozenset()},
        (("Mon", 3, 0.4, 0.5), ("Tue", 3, 0.4, 0.5)),
        ("Hall",),
        {},
        {},
    )
    assert cosplib.rows(file, [Placed(0, Place(0, 1460), 0)]) == [("T", "Tue", "Hall", 1)]


def test_the_counter_of_our_own_files_knows_breaks_and_told_starts():
    data = made(50) | {"breaks": [[540, 780, 1]]}
    row = next(row for row in data["sessions"] if row["minutes"] == 60 and not row["pin"])
    row["starts"] = [600, 660]
    faults = own.faults(data, {row["id"]: (1, 720)})
    assert {f"session {row['id']}: in a break", f"session {row['id']}: not at one of its starts"} <= set(faults)


def test_changed_days_are_mended_with_the_proved_fewest_moves():
    lines = list(repairs.lines(load("made:50"), seed=1))
    assert [line["event"] for line in lines] == ["withdrawal", "lost room", "late arrival"]
    assert [(line["violations"], line["lost"], line["proved"]) for line in lines] == [(0, 0, True)] * 3
    assert [line["moved"] for line in lines] == [line["bound"] for line in lines]


def test_ratios_are_medians_over_medians():
    lines = [
        {"who": "a", "seconds": 9.0, "user_seconds": 4.0, "placed": 3},
        {"who": "b", "seconds": 6.0, "user_seconds": 8.0, "placed": 3},
        *({"who": "ours", "seconds": each, "user_seconds": 0.5, "placed": 3} for each in (0.1, 0.3, 2.0)),
    ]
    assert peer_conference_scheduler.ratios(lines) == {
        "fastest_by_seconds": "b",
        "ratio_by_seconds": 20.0,
        "fastest_by_user_seconds": "a",
        "ratio_by_user_seconds": 8.0,
        "all_answered": True,
    }
