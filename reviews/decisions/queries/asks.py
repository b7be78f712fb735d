"""What a chair is asked before an unusual acceptance: facts that are easily overlooked in a list."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from expo.editions.models import Format
from expo.kit.errors import WrongState
from expo.kit.text import counted
from expo.proposals.models import Proposal
from reviews.scoring.queries.pools import pool_by_format
from reviews.scoring.queries.ranking import CalibratedScore, Ranking

from ..models import Decision
from ..states import Verdict
from .decision_basis import format_of, is_accepted

#: Every code of an ask.
ASKS = frozenset({"no-review", "over-capacity", "recruiting", "conflict", "checks"})


@dataclass(frozen=True)
class Ask:
    """Something to confirm: a code, and the fact as a sentence."""

    code: str
    sentence: str

    def data(self) -> dict[str, str]:
        return {"code": self.code, "sentence": self.sentence}


class NeedsConfirmation(WrongState):
    """An acceptance that a chair confirms first. `asks`, by the proposal's code: what is to be confirmed."""

    def __init__(self, asks: Mapping[str, Collection[Ask]]) -> None:
        said = (f"{code}: {' '.join(ask.sentence for ask in each)}" for code, each in asks.items())
        super().__init__("needs-confirmation", f"{' '.join(said)} Confirm to accept it all the same.")
        self.asks = asks

    @property
    def tokens(self) -> list[str]:
        """What a form sends to confirm all of it."""
        return [f"{code}:{ask.code}" for code, each in self.asks.items() for ask in each]


def confirmed_by(tokens: Collection[str], proposal: Proposal) -> frozenset[str]:
    """The codes that these tokens confirm for this proposal."""
    named = (token.partition(":") for token in tokens)
    return frozenset(ask for code, _, ask in named if code == proposal.code)


def asks_before(
    ranking: Ranking, decisions: Mapping[int, Decision], proposal: Proposal, format: Format
) -> tuple[Ask, ...]:
    """What to confirm before it is accepted in this format; over what the ranking's viewer sees."""
    score = ranking.of(proposal)
    if score is None:
        return ()
    asks = []
    if not score.reviews:
        asks.append(Ask("no-review", "No review of it counts yet."))
    if (over := _over_capacity(ranking, decisions, score, format)) is not None:
        asks.append(over)
    if score.recruiting:
        flag = "flags" if score.recruiting == 1 else "flag"
        asks.append(Ask("recruiting", f"{score.recruiting} of {score.reviews} reviews {flag} recruiting or sales."))
    if score.conflicted:
        writer = "its reviewer has" if score.conflicted == 1 else "their reviewers have"
        reviews = f"{counted(score.conflicted, 'review')} of it counts" if score.conflicted == 1 else ""
        reviews = reviews or f"{score.conflicted} reviews of it count"
        asks.append(Ask("conflict", f"{reviews} although {writer} a conflict of interest."))
    if proposal.flags:
        asks.append(Ask("checks", f"The checks found {counted(len(proposal.flags), 'thing')} in its text."))
    return tuple(asks)


def _over_capacity(
    ranking: Ranking, decisions: Mapping[int, Decision], score: CalibratedScore, format: Format
) -> Ask | None:
    pool_of = pool_by_format(ranking.pools)
    pool = pool_of[format.pk]
    if pool.capacity is None:
        return None
    accepted = (
        format_of(each.proposal, decisions.get(each.proposal.pk))
        for each in ranking.scores
        if each is not score and is_accepted(each, decisions)
    )
    taken = pool.size(format) + sum(pool.size(each) for each in accepted if pool_of[each.pk].key == pool.key)
    if taken <= pool.capacity:
        return None
    return Ask("over-capacity", f"With it {taken} of {pool.capacity} {pool.unit} of {pool.name} would be taken.")


def confirmed_before(decision: Decision | None, format: Format) -> list[dict[str, str]]:
    """What was confirmed when it was accepted in this format; it is not asked again."""
    if decision is None or decision.verdict != Verdict.ACCEPT:
        return []
    same = format_of(decision.proposal, decision).pk == format.pk
    found: list[dict[str, str]] = decision.snapshot.get("confirmed", []) if same else []
    return found
