"""A run's result as one viewer may see it: every number is computed over visible proposals only."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from expo.accounts.models import User
from expo.proposals.models import Proposal
from expo.proposals.queries import for_chairs

from ..models import Run


@dataclass(frozen=True)
class ProposedPair:
    reviewer: str
    affinity: float
    why: tuple[str, ...]
    dropped: str


@dataclass(frozen=True)
class ProposedRow:
    """What a run proposes for one proposal."""

    id: int
    code: str
    title: str
    pairs: tuple[ProposedPair, ...]
    kept: int
    missing: int
    said: tuple[str, ...]

    @property
    def gap(self) -> str:
        return f"{self.missing} review{'' if self.missing == 1 else 's'} missing"


@dataclass(frozen=True)
class LoadRow:
    """A reviewer's load before and after the run."""

    name: str
    before: int
    after: int
    most: int

    @property
    def new(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Preview:
    """Rows sorted with gaps first; `hidden` counts proposals behind the viewer's wall."""

    rows: tuple[ProposedRow, ...]
    loads: tuple[LoadRow, ...]
    placed: int
    wanted: int
    dropped: int
    mean_affinity: float
    hidden: int

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.rows)


def preview(run: Run, viewer: User) -> Preview:
    """Three queries, whatever the size."""
    result = run.result or {}
    visible = {
        proposal.pk: proposal
        for proposal in for_chairs(viewer, run.edition).filter(pk__in=result.get("proposals", [])).order_by("id")
    }
    pairs = [pair for pair in result.get("pairs", []) if pair["proposal"] in visible]
    kept = [pair for pair in result.get("kept", []) if pair[0] in visible]
    people = {row["reviewer"]: row for row in result.get("people", [])}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=people)}
    rows = _rows(visible, pairs, kept, result, names)
    offered = [pair for pair in pairs if not pair.get("dropped")]
    return Preview(
        rows=tuple(sorted(rows, key=lambda row: (-row.missing, row.id))),
        loads=tuple(_loads(people, names, kept, offered)),
        placed=len(pairs),
        wanted=len(pairs) + sum(row.missing for row in rows),
        dropped=len(pairs) - len(offered),
        mean_affinity=sum(pair["affinity"] for pair in pairs) / len(pairs) if pairs else 0.0,
        hidden=len(set(result.get("proposals", [])) - set(visible)),
    )


def _rows(
    visible: dict[int, Proposal], pairs: list[Any], kept: list[Any], result: dict[str, Any], names: dict[int, str]
) -> list[ProposedRow]:
    mine: dict[int, list[ProposedPair]] = defaultdict(list)
    for pair in pairs:
        who = names.get(pair["reviewer"], "Somebody who left")
        told = ProposedPair(who, pair["affinity"], tuple(pair["why"]), pair.get("dropped", ""))
        mine[pair["proposal"]].append(told)
    held = Counter(proposal for proposal, _ in kept)
    gaps = {gap["proposal"]: gap for gap in result.get("gaps", [])}
    return [
        ProposedRow(
            pk,
            proposal.code,
            proposal.title,
            tuple(mine[pk]),
            held[pk],
            gaps[pk]["missing"] if pk in gaps else 0,
            tuple(gaps[pk]["said"]) if pk in gaps else (),
        )
        for pk, proposal in visible.items()
    ]


def _loads(people: dict[int, Any], names: dict[int, str], kept: list[Any], pairs: list[Any]) -> list[LoadRow]:
    before = Counter(reviewer for _, reviewer in kept)
    new = Counter(pair["reviewer"] for pair in pairs)
    made = [
        LoadRow(names.get(pk, "Somebody who left"), before[pk], before[pk] + new[pk], row["most"])
        for pk, row in people.items()
    ]
    return sorted(made, key=lambda row: (-row.new, row.name.casefold()))
