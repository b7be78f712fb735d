"""A solution as the rows that pages show: numbers rounded, reasons in words, every entry with its proposal."""

from dataclasses import replace

from ..matching.engine import solve
from ..matching.problem import UNIT, Alternative, Gap, Pair, Solution
from ..models import Run
from ..queries.problem import Snapshot
from ..queries.results import GapRow, InsteadRow, NewRow, OtherStay, Result, TotalRow, UnpinnedRow
from .shortages import shortage_of
from .words import gap_sentences, unpinned

DIGITS = 6


def result_of(run: Run, shot: Snapshot, solution: Solution, other: Solution | None) -> Result:
    """What the run keeps as its result; `other`: what the other way to treat unanswered offers would have done."""
    problem = shot.problem
    stays = (problem.locked | problem.kept) - set(solution.withdrawn)
    after = stays | set(solution.pairs)
    return {
        "kind": run.kind,
        "stay": problem.rules.stay,
        "proposals": [proposal.id for proposal in problem.proposals],
        "pairs": [_new(shot, solution, pair) for pair in solution.pairs],
        "withdrawn": [{"proposal": p, "reviewer": r, "affinity": _value(shot, (p, r))} for p, r in solution.withdrawn],
        "kept": sorted([*map(list, stays), *map(list, shot.outside)]),
        "gaps": [_gap(shot, gap) for gap in solution.gaps],
        "unpinned": [_unpinned(shot, pair) for pair in sorted(shot.pins - after)],
        "totals": _totals(shot, solution),
        "people": [{"reviewer": each.id, "most": each.most} for each in shot.people.values()],
        "stages": [{"name": each.name, "value": each.value, "bound": each.bound} for each in solution.stages],
        "floor": solution.floor,
        "chances": [[p, r, round(chance, DIGITS)] for (p, r), chance in sorted(solution.chances.items())],
        "other": _other(shot, other),
        "shortage": shortage_of(shot) if solution.gaps else None,
    }


def solve_other(shot: Snapshot) -> Solution | None:
    """The same with the other way to treat unanswered offers, if there are any: both differences are shown."""
    if not shot.problem.kept:
        return None
    rules = shot.problem.rules
    rules = replace(rules, stay="keep" if rules.stay == "bonus" else "bonus")
    return solve(replace(shot.problem, rules=rules))


def _new(shot: Snapshot, solution: Solution, pair: Pair) -> NewRow:
    chance = solution.chances.get(pair)
    return {
        "proposal": pair[0],
        "reviewer": pair[1],
        "affinity": _value(shot, pair),
        "why": _why(shot, pair, chance),
        "is_pinned": pair in shot.problem.pinned,
        "chance": None if chance is None else round(chance, DIGITS),
        "instead": [_instead(each) for each in solution.alternatives.get(pair, ())],
    }


def _why(shot: Snapshot, pair: Pair, chance: float | None) -> list[str]:
    told = [*shot.affinities.of(*pair).sentences(shot.topics), "No conflict of interest was found."]
    if pair in shot.problem.pinned:
        told.append("A cochair asked for this pair.")
    if chance is not None:
        told.append(
            f"Drawn: it had a chance of {100 * chance:.3g} %; the most allowed is {100 * shot.settings.chance_cap:g} %."
        )
    return told


def _instead(each: Alternative) -> InsteadRow:
    return {
        "reviewer": each.reviewer,
        "affinity": round(each.affinity, DIGITS),
        "loss": round(each.loss / UNIT, DIGITS),
    }


def _gap(shot: Snapshot, gap: Gap) -> GapRow:
    return {"proposal": gap.proposal, "missing": gap.missing, "said": gap_sentences(gap, shot)}


def _unpinned(shot: Snapshot, pair: Pair) -> UnpinnedRow:
    return {"proposal": pair[0], "reviewer": pair[1], "said": unpinned(*pair, shot)}


def _totals(shot: Snapshot, solution: Solution) -> list[TotalRow]:
    """Every proposal's affinity over all its reviews, before and after."""
    before = {proposal.id: 0.0 for proposal in shot.problem.proposals}
    for pair in shot.problem.locked | shot.problem.kept:
        before[pair[0]] += shot.affinities.value(*pair)
    after = dict(before)
    for sign, pairs in ((1, solution.pairs), (-1, solution.withdrawn)):
        for pair in pairs:
            after[pair[0]] += sign * shot.affinities.value(*pair)
    return [
        {"proposal": proposal, "before": round(before[proposal], DIGITS), "after": round(after[proposal], DIGITS)}
        for proposal in before
    ]


def _other(shot: Snapshot, other: Solution | None) -> OtherStay | None:
    if other is None:
        return None
    return {
        "stay": "keep" if shot.problem.rules.stay == "bonus" else "bonus",
        "pairs": [[*pair, _value(shot, pair)] for pair in other.pairs],
        "withdrawn": [list(pair) for pair in other.withdrawn],
    }


def _value(shot: Snapshot, pair: Pair) -> float:
    return round(shot.affinities.value(*pair), DIGITS)
