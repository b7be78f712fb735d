"""A run's result as one viewer may see it: every number is computed over visible proposals only."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.accounts.models import User
from expo.proposals.models import Proposal
from expo.proposals.queries import behind_the_wall, for_chairs, open_pairs

from ..models import PairRule, Run
from ..states import PairKind
from .lookups import saw_no_more
from .proof import measures, proof_of
from .proposed import Instead, LoadRow, Other, Preview, ProposedPair, ProposedRow, Ruled

UNTOLD = "Why is told to cochairs who may see the whole run."


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
        claims=_claims(run, seen, rows),
        proof=proof_of(seen.result, seen.proposals, seen.name, seen.whole),
    )


def _claims(run: Run, seen: _Seen, rows: Iterable[ProposedRow]) -> tuple[tuple[str, str], ...]:
    """Pairs whose reviewer has yet to say whether they are involved: a claim changes no match, so a chair may look."""
    users = User.objects.filter(pk__in=seen.names)
    waiting = open_pairs(list(users), run.edition)
    pairs = [(row.code, pair.reviewer) for row in rows for pair in row.pairs if (row.id, pair.id) in waiting]
    kept = [
        (seen.proposals[proposal].code, seen.name(reviewer))
        for proposal, reviewer, *_ in seen.rows("kept")
        if (proposal, reviewer) in waiting
    ]
    return tuple(sorted({*pairs, *kept}))


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
        whole=saw_no_more(run, viewer, hidden) and not hidden & ({*result.get("proposals", [])} | kept),
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
