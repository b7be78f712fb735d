"""Who could review one proposal, who could not, and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from expo.accounts.models import User
from expo.editions.models import Topic
from expo.proposals.models import Proposal

from ..affinity import Affinity
from ..matching import Pair
from ..models import PairRule, QueueSettings
from ..states import PairKind
from .affinities import Affinities, affinities
from .board import ReviewerRow, reviewer_rows
from .bonds import Traffic
from .companies import company_of
from .lookups import settings_of
from .people import Barriers, Person, barriers, today
from .scope import live_pairs


@dataclass(frozen=True)
class Candidate:
    """A reviewer as seen from one proposal; `before` says how an earlier offer ended, `barrier` why it cannot be.

    `rule` is a chair's word on the pair: pin, forbid or nothing.
    """

    row: ReviewerRow
    affinity: float
    before: str
    barrier: str
    rule: str
    is_in_conflict: bool
    words: Callable[[], list[str]] = field(compare=False, repr=False)

    @property
    def user(self) -> User:
        return self.row.person.user

    @property
    def why(self) -> list[str]:
        """The parts of the affinity; looked up when somebody asks for words."""
        return self.words()


@dataclass(frozen=True)
class _View:
    """What stands around one proposal, as far as the viewer may see."""

    proposal: Proposal
    settings: QueueSettings
    ability: Affinities
    topics: dict[int, str]
    found: Barriers
    rules: dict[int, str]
    traffic: Traffic
    company: int

    def of(self, person: Person) -> Affinity:
        return self.ability.of(self.proposal.pk, person.id)

    def barrier(self, row: ReviewerRow) -> str:
        """The first thing that would make `assign` refuse, as a sentence."""
        person = row.person
        if found := self.found.conflicts.get((self.proposal.pk, person.id)):
            return found
        if self.rules.get(person.id) == PairKind.FORBID:
            return "Forbidden by a cochair."
        return _no_room(row, self.settings) or self._circle(person)

    def _circle(self, person: Person) -> str:
        closes = self.settings.forbids_cycles and self.traffic.closes(person.companies, self.company)
        return "Companies would review each other in a circle." if closes else ""


def candidates(proposal: Proposal, viewer: User) -> list[Candidate]:
    """Everybody who reviews in the edition and is not on it, the free ones with the most affinity first."""
    live = live_pairs(proposal.edition, viewer)
    rows = [
        row for row in reviewer_rows(proposal.edition, viewer, waiting=True) if (proposal.pk, row.person.id) not in live
    ]
    view = _view(proposal, rows, live)
    made = [_candidate(row, view) for row in rows]
    return sorted(made, key=lambda each: (bool(each.barrier), bool(each.before), -each.affinity, each.row.load))


def _view(proposal: Proposal, rows: list[ReviewerRow], live: Iterable[Pair]) -> _View:
    edition, persons = proposal.edition, [row.person for row in rows]
    rules = PairRule.objects.filter(proposal=proposal).values_list("reviewer_id", "kind")
    company = company_of(edition, {pair[0] for pair in live} | {proposal.pk})
    return _View(
        proposal,
        settings_of(edition),
        affinities(edition, [proposal], persons),
        dict(Topic.objects.filter(edition=edition).values_list("id", "name")),
        barriers(edition, [person.user for person in persons], [proposal]),
        dict(rules),
        _traffic(persons, company, live),
        company[proposal.pk],
    )


def _traffic(persons: Iterable[Person], company: dict[int, int], live: Iterable[Pair]) -> Traffic:
    """Which company reviews which, by everybody who is not on the proposal."""
    traffic, works_for = Traffic(), {person.id: person.companies for person in persons}
    for other, reviewer in live:
        if other in company:
            traffic.add(works_for.get(reviewer, ()), company[other])
    return traffic


def _candidate(row: ReviewerRow, view: _View) -> Candidate:
    person = row.person
    ended = view.found.ended.get((view.proposal.pk, person.id), "")
    away = "Away today." if person.is_away(today(view.proposal.edition)) else ""
    return Candidate(
        row,
        view.ability.value(view.proposal.pk, person.id),
        " ".join(word for word in (ended, away) if word),
        view.barrier(row),
        view.rules.get(person.id, ""),
        (view.proposal.pk, person.id) in view.found.conflicts,
        lambda: view.of(person).sentences(view.topics),
    )


def _no_room(row: ReviewerRow, settings: QueueSettings) -> str:
    if row.person.is_paused:
        return "Has paused: takes on nothing new."
    if settings.only_confirmed and not row.person.has_answered:
        return "Has yet to confirm the invitation."
    return f"Full load: {row.load} of {row.person.most}." if row.load >= row.person.most else ""
