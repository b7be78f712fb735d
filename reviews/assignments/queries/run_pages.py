"""A matching run as one chair may see it: what it would start from, and what its result proposes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.runs import RunState
from expo.kit.text import counted, listed
from expo.proposals.models import Proposal
from expo.proposals.queries.claims import open_pairs
from expo.proposals.queries.conflict_wall import behind_the_wall
from expo.proposals.queries.listing import for_chairs

from ..models import Assignment, PairRule, QueueSettings, Run
from ..states import LIVE, PairKind, StayMode
from .coverage import ReviewerRow, Totals, board, reviewer_rows, totals
from .lookups import saw_no_more, settings_of
from .pin_costs import CHANGED, PricedAlternative, alternative_named, cost_of_pin
from .results import Measure, Proof, measures, proof_of
from .roster import barriers, idle, today

NAMED = 3
MOST_SHOWN = 12


#: A full load would reveal what is hidden, so causes are only for viewers who see the whole run.
NOT_SHOWN = "Only cochairs who may see the whole run are shown why."


@dataclass(frozen=True)
class TightProposal:
    """A proposal with fewer reviewers who could take it than reviews missing, and what rules the others out."""

    code: str
    title: str
    eligible: int
    missing: int
    removed: str


@dataclass(frozen=True)
class StartPage:
    """The start page in numbers and words, over what the viewer may see."""

    totals: Totals
    settings: QueueSettings
    rules: tuple[str, ...]
    reviewers: int
    idle: tuple[tuple[str, str], ...]
    without_topics: int
    capacity: int
    tight: tuple[TightProposal, ...]

    @property
    def shown(self) -> tuple[TightProposal, ...]:
        return self.tight[:MOST_SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.tight) - MOST_SHOWN)


def start_page(edition: Edition, viewer: User) -> StartPage:
    """Few queries, whatever the size."""
    settings, day = settings_of(edition), today(edition)
    everybody = reviewer_rows(edition, viewer, waiting=True)
    causes = {row.person.id: cause for row in everybody if (cause := idle(row.person, settings, day))}
    available = [row for row in everybody if row.person.id not in causes]
    names: dict[str, list[str]] = defaultdict(list)
    for row in everybody:
        if row.person.id in causes:
            names[causes[row.person.id]].append(str(row.person.user))
    return StartPage(
        totals=totals(edition, viewer),
        settings=settings,
        rules=tuple(_rule_sentences(settings)),
        reviewers=len(everybody),
        idle=tuple((cause, listed(who, most=NAMED)) for cause, who in names.items()),
        without_topics=sum(1 for row in available if not row.person.topics),
        capacity=sum(max(0, row.person.most - row.load) for row in available),
        tight=tuple(_tight(edition, viewer, everybody, causes)),
    )


def _rule_sentences(settings: QueueSettings) -> Iterable[str]:
    """What a run will respect and give up, as it is set."""
    if settings.wants_senior:
        yield "At least one senior reviewer on every proposal."
    if settings.wants_sectors:
        yield "At least one reviewer from academia and one from industry on every proposal."
    if settings.forbids_cycles:
        yield "No two or three companies review each other's proposals in a circle."
    if settings.least_load:
        yield f"At least {counted(settings.least_load, 'review')} for everybody, if there are that many."
    if settings.floor_share and settings.chance_cap == 1:
        yield f"Up to {100 * settings.floor_share:g} % of the total match is given up for the worst-off proposals."
    if settings.chance_cap < 1:
        yield f"Drawn by chance: no pair has a chance of more than {100 * settings.chance_cap:g} %."
    stays = settings.stay == StayMode.KEEP
    yield "Unanswered offers change as little as possible." if stays else "Unanswered offers get a bonus for staying."


def _tight(
    edition: Edition, viewer: User, rows: Sequence[ReviewerRow], idle_causes: Mapping[int, str]
) -> Iterable[TightProposal]:
    proposals: list[Any] = list(board(edition, viewer).filter(missing__gt=0))
    excluded = barriers(edition, [row.person.user for row in rows], proposals)
    barred: dict[int, set[int]] = defaultdict(set)
    for pair in (*excluded.conflicts, *excluded.ended):
        barred[pair[0]].add(pair[1])
    on_it: dict[int, set[int]] = defaultdict(set)
    live = Assignment.objects.filter(proposal__in=proposals, state__in=LIVE)
    for pair in live.values_list("proposal_id", "reviewer_id"):
        on_it[pair[0]].add(pair[1])
    full = {row.person.id for row in rows if row.load >= row.person.most and row.person.id not in idle_causes}
    free = {row.person.id for row in rows} - set(idle_causes) - full
    away = {person: cause.lower() for person, cause in idle_causes.items()} | dict.fromkeys(full, "with a full load")
    for proposal in proposals:
        pk = proposal.pk
        eligible = len(free - barred[pk] - on_it[pk])
        if eligible < proposal.missing:
            counts: Counter[str] = Counter()
            for other in {row.person.id for row in rows} - on_it[pk]:
                if (pk, other) in excluded.conflicts:
                    counts["in conflict"] += 1
                elif (pk, other) in excluded.ended:
                    counts["not asked again"] += 1
                else:
                    counts[away.get(other, "")] += 1
            removed = ", ".join(f"{count} {cause}" for cause, count in counts.most_common() if cause)
            yield TightProposal(proposal.code, proposal.title, eligible, proposal.missing, removed)


@dataclass(frozen=True)
class Instead:
    """Somebody else for a pair. `token`: what asks for the cost of pinning them; empty where the viewer may not see
    the whole run. `cost`: what a run with that pin gives, where it was asked for.
    """

    id: int
    reviewer: str
    affinity: float
    token: str = ""
    cost: str = ""


@dataclass(frozen=True)
class Ruled:
    """A pair that a chair pinned or forbade, and what became of that in this run."""

    rule: PairRule
    note: str


@dataclass(frozen=True)
class ProposedPair:
    """A new pair, or (without `why`) an offer that is taken back; `rule`: what a chair has decided on it since."""

    id: int
    reviewer: str
    affinity: float
    why: tuple[str, ...] = ()
    dropped: str = ""
    is_pinned: bool = False
    chance: float | None = None
    instead: tuple[Instead, ...] = ()
    rule: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether a cost stands in it."""
        return any(other.cost for other in self.instead)


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
        return f"{counted(self.missing, 'review')} missing"

    @property
    def is_changed(self) -> bool:
        return bool(self.pairs or self.withdrawn or self.missing)


@dataclass(frozen=True)
class LoadChange:
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
class RunPreview:
    """Gaps first, then what changes. `newer`: later rules.

    `claims` are pairs, by code and name, whose reviewer has yet to answer what a sponsor typed.
    """

    rows: tuple[ProposedRow, ...]
    loads: tuple[LoadChange, ...]
    placed: int
    needed: int
    dropped: int
    withdrawn: int
    mean_affinity: float
    affinities: tuple[float, ...]
    newer: int
    other: Other | None
    fairness: tuple[Measure, ...]
    proof: Proof
    claims: tuple[tuple[str, str], ...] = ()

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.rows)


@dataclass(frozen=True)
class _Visible:
    """The parts of a result that the viewer may see, with the names of people."""

    result: Mapping[str, Any]
    proposals: dict[int, Proposal]
    whole: bool
    began: datetime
    names: dict[int, str]
    rules: dict[tuple[int, int], PairRule]
    asked: str = ""
    cost: str = ""

    @classmethod
    def of(cls, run: Run, viewer: User) -> "_Visible":
        result = run.result or {}
        hidden = behind_the_wall(viewer, run.edition)
        kept = {pair[0] for pair in result.get("kept") or []}
        rows = for_chairs(viewer, run.edition).filter(pk__in={*result.get("proposals", []), *kept})
        people = {row["reviewer"] for row in result.get("people", [])}
        proposals = {proposal.pk: proposal for proposal in rows.order_by("id")}
        rules = PairRule.objects.filter(proposal__in=proposals).select_related("reviewer").order_by("id")
        return cls(
            result,
            proposals,
            whole=saw_no_more(run, viewer, hidden) and not hidden & ({*result.get("proposals", [])} | kept),
            began=run.created_at,
            names={user.pk: str(user) for user in User.objects.filter(pk__in=people)},
            rules={(rule.proposal_id, rule.reviewer_id): rule for rule in rules},
        )

    def rows(self, key: str) -> list[Any]:
        """A part's entries about visible proposals; entries are mappings or begin with the proposal."""
        return [
            row
            for row in self.result.get(key) or []
            if (row["proposal"] if isinstance(row, dict) else row[0]) in self.proposals
        ]

    def name(self, reviewer: int) -> str:
        return self.names.get(reviewer, "Somebody who left")

    def proposed(self) -> list[ProposedRow]:
        new: dict[int, list[ProposedPair]] = defaultdict(list)
        for row in self.rows("pairs"):
            new[row["proposal"]].append(self.proposed_pair(row))
        withdrawn: dict[int, list[ProposedPair]] = defaultdict(list)
        for row in self.rows("withdrawn"):
            reviewer, dropped = row["reviewer"], row.get("dropped", "")
            pair = ProposedPair(reviewer, self.name(reviewer), row["affinity"], dropped=dropped)
            withdrawn[row["proposal"]].append(pair)
        kept = Counter(row[0] for row in self.rows("kept"))
        gaps = {gap["proposal"]: gap for gap in self.rows("gaps")}
        rules = self.ruled()
        inside = set(self.result.get("proposals", []))
        return [
            ProposedRow(
                pk,
                proposal.code,
                proposal.title,
                tuple(new[pk]),
                tuple(withdrawn[pk]),
                kept[pk],
                gaps[pk]["missing"] if pk in gaps else 0,
                tuple(gaps[pk]["said"]) if pk in gaps and self.whole else (NOT_SHOWN,) if pk in gaps else (),
                tuple(rules[pk]),
            )
            for pk, proposal in self.proposals.items()
            if pk in inside
        ]

    def proposed_pair(self, row: Any) -> ProposedPair:
        rule = self.rules.get((row["proposal"], row["reviewer"]))
        instead = tuple(self.instead(row, other) for other in row.get("instead") or [])
        return ProposedPair(
            row["reviewer"],
            self.name(row["reviewer"]),
            row["affinity"],
            tuple(row["why"]),
            row.get("dropped", ""),
            row.get("is_pinned", False),
            row.get("chance"),
            instead,
            rule.kind if rule else "",
        )

    def instead(self, row: Any, other: Any) -> Instead:
        named = PricedAlternative(row["proposal"], row["reviewer"], other["reviewer"])
        token = named.token if self.whole else ""
        cost = self.cost if token and token == self.asked else ""
        return Instead(other["reviewer"], self.name(other["reviewer"]), other["affinity"], token, cost)

    def ruled(self) -> dict[int, list[Ruled]]:
        new = {(row["proposal"], row["reviewer"]) for row in self.rows("pairs")}
        live = new | {tuple(row) for row in self.rows("kept")}
        by_proposal: dict[int, list[Ruled]] = defaultdict(list)
        for pair, rule in self.rules.items():
            lost = rule.kind == PairKind.PIN and pair not in live
            note = "for the next run" if rule.made_at > self.began else "could not be kept" if lost else ""
            by_proposal[pair[0]].append(Ruled(rule, note))
        return by_proposal

    def loads(self) -> list[LoadChange]:
        kept = Counter(reviewer for _, reviewer in self.rows("kept"))
        back = Counter(row["reviewer"] for row in self.rows("withdrawn") if not row.get("dropped"))
        new = Counter(row["reviewer"] for row in self.rows("pairs") if not row.get("dropped"))
        return [
            LoadChange(self.name(pk), kept[pk] + back[pk], new[pk], back[pk], row["most"])
            for row in self.result.get("people", [])
            for pk in [row["reviewer"]]
        ]

    def claims(self, edition: Edition, rows: Iterable[ProposedRow]) -> tuple[tuple[str, str], ...]:
        """Pairs whose reviewer has yet to say if they are involved: a claim changes no match, so a chair may look."""
        users = User.objects.filter(pk__in=self.names)
        unanswered = open_pairs(list(users), edition)
        pairs = [(row.code, pair.reviewer) for row in rows for pair in row.pairs if (row.id, pair.id) in unanswered]
        kept = [
            (self.proposals[proposal].code, self.name(reviewer))
            for proposal, reviewer, *_ in self.rows("kept")
            if (proposal, reviewer) in unanswered
        ]
        return tuple(sorted({*pairs, *kept}))


def preview_of(run: Run, viewer: User, asked: str = "") -> RunPreview:
    """Few queries, whatever the size. `asked`: the token of an alternative whose cost is wanted; that is a run."""
    visible = _Visible.of(run, viewer)
    named = alternative_named(asked, visible.result)
    if named is not None and visible.whole and run.state == RunState.PREVIEW:
        cost = cost_of_pin(run, viewer, named)
        visible = replace(visible, asked=asked, cost=CHANGED if cost is None else cost.sentence)
    rows, loads = visible.proposed(), visible.loads()
    pairs = [pair for row in rows for pair in row.pairs]
    affinities = tuple(pair.affinity for pair in pairs)
    other = None
    if stored := visible.result.get("other"):
        others = [row for row in stored["pairs"] if int(row[0]) in visible.proposals]
        withdrawn = sum(row[0] in visible.proposals for row in stored["withdrawn"])
        mean = fmean(row[2] for row in others) if others else 0.0
        other = Other(stored["stay"], len(others), withdrawn, mean)
    return RunPreview(
        rows=tuple(sorted(rows, key=lambda row: (-row.missing, not row.is_changed, row.id))),
        loads=tuple(sorted(loads, key=lambda row: (-row.new, -row.withdrawn, row.name.casefold()))),
        placed=len(pairs),
        needed=len(pairs) + sum(row.missing for row in rows),
        dropped=sum(1 for pair in pairs if pair.dropped),
        withdrawn=sum(len(row.withdrawn) for row in rows),
        mean_affinity=fmean(affinities) if affinities else 0.0,
        affinities=affinities,
        newer=sum(1 for rule in visible.rules.values() if rule.made_at > visible.began),
        other=other,
        fairness=measures(visible.rows("totals"), [(row.before, row.after) for row in loads]),
        claims=visible.claims(run.edition, rows),
        proof=proof_of(visible.result, visible.proposals, visible.name, visible.whole),
    )
