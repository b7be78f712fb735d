"""A solution as the rows that pages show: numbers rounded, gaps and shortages in sentences."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from expo.kit.text import counted, listed

from ..matching.engine import solve
from ..matching.problem import Gap, Pair, Solution
from ..matching.remedies import AddReviewers, AskFewer, RaiseLoads, Remedy, WaiveRole, remedies
from ..matching.shortage import Deficient, Precheck, deficient, prechecks
from ..models import Run
from ..queries.problem import Snapshot
from ..queries.results import DeficientRow, NewRow, PrecheckRow, Result, Shortage, TotalRow, WayRow

DIGITS = 6
#: Names in one sentence; of more the rest is a number.
NAMED = 3
OTHER_ROLE = "The remaining review needs another role"
CYCLE = "Would close a circle between companies"
DRAWN = "Held back by the draw"
NEEDED_ELSEWHERE = "Free, but then another proposal would lack a review"
ROLES = {"senior": "a senior reviewer", "academia": "a reviewer from academia", "industry": "a reviewer from industry"}
UNAVAILABLE = {"Paused": "paused", "Away today": "away", "Yet to confirm": "unconfirmed"}


def result_of(run: Run, snapshot: Snapshot, solution: Solution, other: Solution | None) -> Result:
    """What the run keeps as its result; `other`: what the other way to treat unanswered offers would have done."""
    problem = snapshot.problem
    stays = (problem.locked | problem.kept) - set(solution.withdrawn)
    after = stays | set(solution.pairs)
    return {
        "kind": run.kind,
        "stay": problem.rules.stay,
        "proposals": [proposal.id for proposal in problem.proposals],
        "pairs": [_new_row(snapshot, solution, pair) for pair in solution.pairs],
        "withdrawn": [
            {"proposal": pair[0], "reviewer": pair[1], "affinity": _value(snapshot, pair)}
            for pair in solution.withdrawn
        ],
        "kept": sorted([*map(list, stays), *map(list, snapshot.outside)]),
        "gaps": [
            {"proposal": gap.proposal, "missing": gap.missing, "said": gap_sentences(gap, snapshot)}
            for gap in solution.gaps
        ],
        "unpinned": [
            {"proposal": pair[0], "reviewer": pair[1], "said": why_not_pinned(*pair, snapshot)}
            for pair in sorted(snapshot.pins - after)
        ],
        "totals": _totals(snapshot, solution),
        "people": [{"reviewer": each.id, "most": each.most} for each in snapshot.people.values()],
        "stages": [{"name": each.name, "value": each.value, "bound": each.bound} for each in solution.stages],
        "floor": solution.floor,
        "chances": [[p, r, round(chance, DIGITS)] for (p, r), chance in sorted(solution.chances.items())],
        "other": None
        if other is None
        else {
            "stay": "keep" if problem.rules.stay == "bonus" else "bonus",
            "pairs": [[*pair, _value(snapshot, pair)] for pair in other.pairs],
            "withdrawn": [list(pair) for pair in other.withdrawn],
        },
        "shortage": shortage_of(snapshot) if solution.gaps else None,
    }


def solve_other(snapshot: Snapshot) -> Solution | None:
    """The same with the other way to treat unanswered offers, if there are any: both differences are shown."""
    if not snapshot.problem.kept:
        return None
    rules = snapshot.problem.rules
    rules = replace(rules, stay="keep" if rules.stay == "bonus" else "bonus")
    return solve(replace(snapshot.problem, rules=rules))


def _new_row(snapshot: Snapshot, solution: Solution, pair: Pair) -> NewRow:
    chance = solution.chances.get(pair)
    why = [*snapshot.affinities.of(*pair).sentences(snapshot.topics), "No conflict of interest was found."]
    if pair in snapshot.problem.pinned:
        why.append("A cochair asked for this pair.")
    if chance is not None:
        most = 100 * snapshot.settings.chance_cap
        why.append(f"Drawn: it had a chance of {100 * chance:.3g} %; the most allowed is {most:g} %.")
    return {
        "proposal": pair[0],
        "reviewer": pair[1],
        "affinity": _value(snapshot, pair),
        "why": why,
        "is_pinned": pair in snapshot.problem.pinned,
        "chance": None if chance is None else round(chance, DIGITS),
        "instead": [
            {"reviewer": each.reviewer, "affinity": round(each.affinity, DIGITS)}
            for each in solution.alternatives.get(pair, ())
        ],
    }


def _totals(snapshot: Snapshot, solution: Solution) -> list[TotalRow]:
    """Every proposal's affinity over all its reviews, before and after."""
    before = {proposal.id: 0.0 for proposal in snapshot.problem.proposals}
    for pair in snapshot.problem.locked | snapshot.problem.kept:
        before[pair[0]] += snapshot.affinities.value(*pair)
    after = dict(before)
    for sign, pairs in ((1, solution.pairs), (-1, solution.withdrawn)):
        for pair in pairs:
            after[pair[0]] += sign * snapshot.affinities.value(*pair)
    return [
        {"proposal": proposal, "before": round(before[proposal], DIGITS), "after": round(after[proposal], DIGITS)}
        for proposal in before
    ]


def _value(snapshot: Snapshot, pair: Pair) -> float:
    return round(snapshot.affinities.value(*pair), DIGITS)


def name_of(reviewer: int, snapshot: Snapshot) -> str:
    return str(snapshot.people[reviewer].user)


def gap_sentences(gap: Gap, snapshot: Snapshot) -> list[str]:
    """Why the missing reviews could not be assigned: everybody who is not on the proposal is counted in one."""
    by_cause: dict[str, list[str]] = defaultdict(list)
    for cause, person in _causes(gap, snapshot):
        by_cause[cause].append(person)
    sentences = [f"{cause}: {listed(names, most=NAMED)}." for cause, names in by_cause.items()]
    return sentences or ["There are not enough reviewers in this edition."]


def _causes(gap: Gap, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Cause and person, the causes in the order of the sentences; of a forbidden person the strongest, conflicts
    first."""
    left = list(gap.forbidden)
    for cause, pairs in (
        ("Conflict of interest", snapshot.barriers.conflicts),
        ("No longer asked", snapshot.barriers.ended),
        ("Ruled out by a cochair", snapshot.ruled),
        (DRAWN, snapshot.held_back),
    ):
        hit = [reviewer for reviewer in left if (gap.proposal, reviewer) in pairs]
        left = [reviewer for reviewer in left if reviewer not in set(hit)]
        for reviewer in hit:
            why = snapshot.barriers.between(gap.proposal, reviewer).rstrip(".")
            yield cause, f"{name_of(reviewer, snapshot)} ({why})" if why else name_of(reviewer, snapshot)
    for reviewer in sorted(gap.full, key=lambda each: (snapshot.idle(each) != "", snapshot.idle(each))):
        yield snapshot.idle(reviewer) or "Full load", name_of(reviewer, snapshot)
    for cause, who in (
        (OTHER_ROLE, gap.role),
        (CYCLE, gap.cycle),
        (DRAWN, gap.drawn),
        (NEEDED_ELSEWHERE, gap.spare),
    ):
        for reviewer in who:
            yield cause, name_of(reviewer, snapshot)


def why_not_pinned(proposal: int, reviewer: int, snapshot: Snapshot) -> str:
    """Why a pair that a cochair asked for did not come out."""
    if reviewer not in snapshot.people:
        return "No longer a reviewer of this edition."
    barred = snapshot.barriers.between(proposal, reviewer)
    idle = snapshot.idle(reviewer)
    return barred or (f"{idle}." if idle else "Another pin, the load, a role or a company was in the remedy.")


def shortage_of(snapshot: Snapshot) -> Shortage:
    """Who is left for which proposal, which few proposals explain the gaps, and what could be done about them."""
    hardest = deficient(snapshot.problem)
    ways = remedies(snapshot.problem, snapshot.affinities.proposal_topics, snapshot.settings.edition.max_load)
    return {
        "prechecks": [_precheck_row(each, snapshot) for each in prechecks(snapshot.problem)],
        "deficient": _deficient_row(hardest) if hardest else None,
        "ways": [_remedy_row(each, snapshot) for each in ways],
    }


def _precheck_row(precheck: Precheck, snapshot: Snapshot) -> PrecheckRow:
    causes = {
        "conflict": snapshot.barriers.conflicts,
        "ended": snapshot.barriers.ended,
        "forbidden": snapshot.ruled,
    }
    removed: dict[str, list[int]] = defaultdict(list)
    for cause, reviewers in precheck.removed.items():
        for reviewer in reviewers:
            exact, pair = cause, (precheck.proposal, reviewer)
            if cause == "full":
                exact = UNAVAILABLE.get(snapshot.idle(reviewer), "full")
            elif cause == "forbidden":  # the engine knows no more than that
                exact = next((name for name, pairs in causes.items() if pair in pairs), "drawn")
            removed[exact].append(reviewer)
    return {
        "proposal": precheck.proposal,
        "eligible": precheck.eligible,
        "needs": precheck.needs,
        "removed": dict(removed),
    }


def _deficient_row(group: Deficient) -> DeficientRow:
    """Which few proposals lack what, in one or two sentences."""
    count = len(group.proposals)
    sentence = (
        f"{counted(count, 'proposal')} {'has' if count == 1 else 'share'} "
        f"{counted(len(group.reviewers), 'eligible reviewer')} with a remaining capacity of "
        f"{counted(group.capacity, 'review')}, but {'needs' if count == 1 else 'need'} {group.needs}: "
        f"{counted(group.missing, 'review')} missing."
    )
    short = [f"{ROLES.get(name, name)} on {len(where)} of these" for name, where in group.roles.items() if where]
    return {
        "proposals": list(group.proposals),
        "reviewers": list(group.reviewers),
        "missing": group.missing,
        "said": f"{sentence} What is short is {listed(short)}." if short else sentence,
    }


def _remedy_row(remedy: Remedy, snapshot: Snapshot) -> WayRow:
    if isinstance(remedy, RaiseLoads):
        kind = "loads"
        who = _few(f"{name_of(reviewer, snapshot)} (+{more})" for reviewer, more in remedy.extra)
        total = sum(more for _, more in remedy.extra)
        sentence = f"Ask for {counted(total, 'more review')} than agreed, at most two of anybody: {who}."
    elif isinstance(remedy, AddReviewers):
        by_topic: dict[int, int] = defaultdict(int)
        for topic, people, _ in remedy.steps:
            by_topic[topic] += people
        knowing = [
            f"{people} who {'knows' if people == 1 else 'know'} {snapshot.topics.get(topic, 'any topic')}"
            for topic, people in by_topic.items()
        ]
        kind = "reviewers"
        sentence = f"Invite {counted(sum(by_topic.values()), 'more reviewer')}: {listed(knowing)}."
    elif isinstance(remedy, AskFewer):
        kind = "needs"
        where = _few(f"{snapshot.codes[proposal]} (−{less})" for proposal, less in remedy.fewer)
        sentence = f"Ask for {counted(sum(less for _, less in remedy.fewer), 'fewer review')}: {where}."
    elif isinstance(remedy, WaiveRole):
        kind = "roles"
        where = _few(snapshot.codes[proposal] for proposal in remedy.proposals)
        on = counted(len(remedy.proposals), "proposal")
        sentence = f"Do without {ROLES.get(remedy.role, remedy.role)} on {on}: {where}."
    return {"kind": kind, "said": sentence, "missing": remedy.missing}


def _few(names: Iterable[str]) -> str:
    return listed(names, most=NAMED)
