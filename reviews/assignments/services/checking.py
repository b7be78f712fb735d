"""Whether a pair still fits at this moment, as far as whoever asks may see."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState

from ..matching.problem import Pair
from ..models import PairRule, QueueSettings
from ..queries import lookups, problem, roster
from ..queries.roster import Person, Traffic
from ..states import PairKind

IDLE = {"Paused": "Has paused since.", "Away today": "Is away today.", "Yet to confirm": "Has yet to confirm."}


@dataclass
class Now:
    """How things stand; `take` counts a pair in, or says why not."""

    settings: QueueSettings
    proposals: dict[int, Proposal]
    people: dict[int, Person]
    found: roster.Barriers
    ruled: set[Pair]
    companies: dict[int, int]
    day: date
    on_it: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    load: Counter[int] = field(default_factory=Counter)
    traffic: Traffic = field(default_factory=Traffic)

    @classmethod
    def read(
        cls,
        by: User | None,
        edition: Edition,
        proposals: dict[int, Proposal],
        people: dict[int, Person],
        without: Collection[Pair] = (),
    ) -> "Now":
        """`without`: live pairs that are about to end."""
        live = {pair for pair in problem.live_pairs(edition, by) if pair not in without}
        found = roster.barriers(edition, [each.user for each in people.values()], proposals.values())
        rules = PairRule.objects.filter(proposal__in=proposals, kind=PairKind.FORBID)
        ruled = set(rules.values_list("proposal_id", "reviewer_id"))
        companies = roster.company_of(edition, {proposal for proposal, _ in live} | set(proposals))
        now = cls(lookups.settings_of(edition), proposals, people, found, ruled, companies, roster.today(edition))
        for proposal, reviewer in sorted(live):
            now.count(proposal, reviewer)
        return now

    def count(self, proposal: int, reviewer: int) -> None:
        self.on_it[proposal].add(reviewer)
        self.load[reviewer] += 1
        if reviewer in self.people and proposal in self.companies:
            self.traffic.add(self.people[reviewer].companies, self.companies[proposal])

    def take(self, proposal: int, reviewer: int) -> str:
        """Why the pair does not fit; if it does, it counts from now on."""
        reason = self._gone(proposal, reviewer) or self.barred(proposal, reviewer) or self._no_room(proposal, reviewer)
        if not reason:
            self.count(proposal, reviewer)
        return reason

    def barred(self, proposal: int, reviewer: int) -> str:
        """What stands between the two, whatever the loads."""
        if reviewer in self.on_it[proposal]:
            return "Has this proposal already."
        if (proposal, reviewer) in self.ruled:
            return "A cochair has ruled this pair out."
        return self.found.between(proposal, reviewer) or self.circle(proposal, reviewer)

    def _gone(self, proposal: int, reviewer: int) -> str:
        if proposal not in self.proposals or self.proposals[proposal].state != ProposalState.SUBMITTED:
            return "The proposal no longer awaits review."
        return "" if reviewer in self.people else "No longer a reviewer of this edition."

    def circle(self, proposal: int, reviewer: int) -> str:
        """Whether companies would come to review each other, as a sentence."""
        companies = self.people[reviewer].companies
        if not self.settings.forbids_cycles or not self.traffic.closes(companies, self.companies[proposal]):
            return ""
        return "Would close a circle of companies that review each other."

    def _no_room(self, proposal: int, reviewer: int) -> str:
        person, needs = self.people[reviewer], self.settings.edition.reviews_per_proposal
        idle = roster.idle(person, self.settings, self.day)
        if idle:
            return IDLE[idle]
        if self.load[reviewer] >= person.most:
            return "Has a full load since."
        if len(self.on_it[proposal]) >= needs:
            return "The proposal has all its reviews since."
        return self.no_role(proposal, [reviewer], needs)

    def no_role(self, proposal: int, new: Collection[int], needs: int) -> str:
        """The role that would lack a place, were these people on the proposal too."""
        seated = [self.people[each] for each in {*self.on_it[proposal], *new} if each in self.people]
        return roster.left_out(roster.required_roles(self.settings), seated, needs)
