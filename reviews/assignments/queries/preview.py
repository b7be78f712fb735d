"""A run's result as one viewer may see it: every number is computed over visible proposals only."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.accounts.models import User
from expo.proposals.models import Proposal
from expo.proposals.queries import behind_the_wall, for_chairs

from ..models import PairRule, Run
from ..states import PairKind
from .proof import Measure, Proof, measures, proof_of

LEAST_TOLD = 0.001
UNTOLD = "Why is told to cochairs who may see the whole run."


@dataclass(frozen=True)
class Instead:
    """Somebody else for a pair; `loss` is what the whole would lose at least, for who may see the whole."""

    id: int
    reviewer: str
    affinity: float
    loss: float | None

    @property
    def cost(self) -> str:
        """What taking them would cost in words; nothing for who may not know."""
        if self.loss is None:
            return ""
        if self.loss < LEAST_TOLD:
            return "would cost nothing" if not self.loss else f"would cost less than {LEAST_TOLD}"
        return f"would cost at least {self.loss:.3f}"


@dataclass(frozen=True)
class Ruled:
    """A pair that a chair pinned or forbade, and what became of that in this run."""

    rule: PairRule
    note: str


@dataclass(frozen=True)
class ProposedPair:
    """A new pair, or (without `why`) an offer that is taken back; `rule` is a chair's word on it since."""

    id: int
    reviewer: str
    affinity: float
    why: tuple[str, ...] = ()
    dropped: str = ""
    is_pinned: bool = False
    chance: float | None = None
    instead: tuple[Instead, ...] = ()
    rule: str = ""


@dataclass(frozen=True)
class ProposedRow:
    """What a run proposes for one proposal; `kept` counts the reviews that stay."""

    id: int
    code: str
    title: str
    pairs: tuple[ProposedPair, ...]
    withdrawn: tuple[ProposedPair, ...]
    kept: int
    missing: int
    said: tuple[str, ...]
    rules: tuple[Ruled, ...]

    @property
    def gap(self) -> str:
        return f"{self.missing} review{'' if self.missing == 1 else 's'} missing"

    @property
    def is_changed(self) -> bool:
        return bool(self.pairs or self.withdrawn or self.missing)


@dataclass(frozen=True)
class LoadRow:
    """A reviewer's load before and after the run."""

    name: str
    before: int
    new: int
    withdrawn: int
    most: int

    @property
    def after(self) -> int:
        return self.before + self.new - self.withdrawn


@dataclass(frozen=True)
class Other:
    """What the other way to treat unanswered offers would have done to visible proposals."""

    stay: str
    new: int
    withdrawn: int
    mean: float


@dataclass(frozen=True)
class Preview:
    """Rows sorted with gaps first; `hidden` counts proposals behind the viewer's wall, `newer` rules made since."""

    rows: tuple[ProposedRow, ...]
    loads: tuple[LoadRow, ...]
    placed: int
    wanted: int
    dropped: int
    withdrawn: int
    mean_affinity: float
    affinities: tuple[float, ...]
    hidden: int
    newer: int
    other: Other | None
    fairness: tuple[Measure, ...]
    proof: Proof

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.rows)


@dataclass(frozen=True)
class _Seen:
    """The parts of a result that the viewer may see, with the names of people."""

    result: Mapping[str, Any]
    proposals: dict[int, Proposal]
    hidden: int
    whole: bool
    began: datetime
    names: dict[int, str]
    rules: dict[tuple[int, int], PairRule]

    def rows(self, key: str) -> list[Any]:
        """A part's entries about visible proposals; entries are mappings or begin with the proposal."""
        found = self.result.get(key) or []
        return [row for row in found if _about(row) in self.proposals]

    def name(self, reviewer: int) -> str:
        return self.names.get(reviewer, "Somebody who left")


def _about(row: Any) -> int:
    return int(row["proposal"] if isinstance(row, dict) else row[0])


def preview(run: Run, viewer: User) -> Preview:
    """Few queries, whatever the size."""
    seen = _seen(run, viewer)
    rows = _proposed(seen)
    loads = _loads(seen)
    pairs = [pair for row in rows for pair in row.pairs]
    return Preview(
        rows=tuple(sorted(rows, key=lambda row: (-row.missing, row.id))),
        loads=tuple(sorted(loads, key=lambda row: (-row.new, -row.withdrawn, row.name.casefold()))),
        placed=len(pairs),
        wanted=len(pairs) + sum(row.missing for row in rows),
        dropped=sum(1 for pair in pairs if pair.dropped),
        withdrawn=sum(len(row.withdrawn) for row in rows),
        mean_affinity=_mean(pair.affinity for pair in pairs),
        affinities=tuple(pair.affinity for pair in pairs),
        hidden=seen.hidden,
        newer=sum(1 for rule in seen.rules.values() if rule.made_at > seen.began),
        other=_other(seen),
        fairness=measures(seen.rows("totals"), [(row.before, row.after) for row in loads]),
        proof=proof_of(seen.result, seen.proposals, seen.name, seen.whole),
    )


def _seen(run: Run, viewer: User) -> _Seen:
    result = run.result or {}
    hidden = behind_the_wall(viewer, run.edition)
    kept = {pair[0] for pair in result.get("kept") or []}
    found = for_chairs(viewer, run.edition).filter(pk__in={*result.get("proposals", []), *kept})
    people = {row["reviewer"] for row in result.get("people", [])}
    proposals = {proposal.pk: proposal for proposal in found.order_by("id")}
    return _Seen(
        result,
        proposals,
        hidden=len(set(result.get("proposals", [])) & hidden),
        whole=not hidden & ({*result.get("proposals", [])} | kept),
        began=run.created_at,
        names={user.pk: str(user) for user in User.objects.filter(pk__in=people)},
        rules=_rules(proposals),
    )


def _rules(proposals: Collection[int]) -> dict[tuple[int, int], PairRule]:
    rules = PairRule.objects.filter(proposal__in=proposals).select_related("reviewer").order_by("id")
    return {(rule.proposal_id, rule.reviewer_id): rule for rule in rules}


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def _proposed(seen: _Seen) -> list[ProposedRow]:
    new = _by_proposal(seen, "pairs", _new)
    withdrawn = _by_proposal(seen, "withdrawn", _withdrawn)
    held = Counter(row[0] for row in seen.rows("kept"))
    gaps = {gap["proposal"]: gap for gap in seen.rows("gaps")}
    rules = _ruled(seen)
    inside = set(seen.result.get("proposals", []))
    return [
        ProposedRow(
            pk,
            proposal.code,
            proposal.title,
            tuple(new[pk]),
            tuple(withdrawn[pk]),
            held[pk],
            gaps[pk]["missing"] if pk in gaps else 0,
            _said(gaps.get(pk), seen.whole),
            tuple(rules[pk]),
        )
        for pk, proposal in seen.proposals.items()
        if pk in inside
    ]


def _ruled(seen: _Seen) -> dict[int, list[Ruled]]:
    out = {(row["proposal"], row["reviewer"]) for row in seen.rows("pairs")} | {tuple(row) for row in seen.rows("kept")}
    made: dict[int, list[Ruled]] = defaultdict(list)
    for pair, rule in seen.rules.items():
        lost = rule.kind == PairKind.PIN and pair not in out
        note = "for the next run" if rule.made_at > seen.began else "could not be kept" if lost else ""
        made[pair[0]].append(Ruled(rule, note))
    return made


def _said(gap: Mapping[str, Any] | None, whole: bool) -> tuple[str, ...]:
    """A full load would tell what is hidden, so causes are for who sees the whole."""
    if gap is None:
        return ()
    return tuple(gap["said"]) if whole else (UNTOLD,)


def _by_proposal(seen: _Seen, key: str, make: Callable[[_Seen, Any], ProposedPair]) -> dict[int, list[ProposedPair]]:
    made: dict[int, list[ProposedPair]] = defaultdict(list)
    for row in seen.rows(key):
        made[row["proposal"]].append(make(seen, row))
    return made


def _new(seen: _Seen, row: Any) -> ProposedPair:
    rule = seen.rules.get((row["proposal"], row["reviewer"]))
    return ProposedPair(
        row["reviewer"],
        seen.name(row["reviewer"]),
        row["affinity"],
        tuple(row["why"]),
        row.get("dropped", ""),
        row.get("is_pinned", False),
        row.get("chance"),
        tuple(_instead(seen, each) for each in row.get("instead") or []),
        rule.kind if rule else "",
    )


def _instead(seen: _Seen, row: Any) -> Instead:
    return Instead(row["reviewer"], seen.name(row["reviewer"]), row["affinity"], row["loss"] if seen.whole else None)


def _withdrawn(seen: _Seen, row: Any) -> ProposedPair:
    name = seen.name(row["reviewer"])
    return ProposedPair(row["reviewer"], name, row["affinity"], dropped=row.get("dropped", ""))


def _loads(seen: _Seen) -> list[LoadRow]:
    kept = Counter(reviewer for _, reviewer in seen.rows("kept"))
    back = Counter(row["reviewer"] for row in seen.rows("withdrawn") if not row.get("dropped"))
    new = Counter(row["reviewer"] for row in seen.rows("pairs") if not row.get("dropped"))
    return [
        LoadRow(seen.name(pk), kept[pk] + back[pk], new[pk], back[pk], row["most"])
        for row in seen.result.get("people", [])
        for pk in [row["reviewer"]]
    ]


def _other(seen: _Seen) -> Other | None:
    told = seen.result.get("other")
    if not told:
        return None
    pairs = [row for row in told["pairs"] if int(row[0]) in seen.proposals]
    withdrawn = [row for row in told["withdrawn"] if row[0] in seen.proposals]
    return Other(told["stay"], len(pairs), len(withdrawn), _mean(row[2] for row in pairs))
