"""Whether a pair fits at this moment, as far as whoever asks may see; the refusals say why not."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.errors import Invalid, Refused, WrongState
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState

from ..matching.problem import Pair
from ..models import PairRule, QueueSettings
from ..queries import lookups, problem, roster
from ..queries.roster import Person, Traffic
from ..states import PairKind

UNAVAILABLE = {"Paused": "Has paused since.", "Away today": "Is away today.", "Yet to confirm": "Has yet to confirm."}


@dataclass
class AssignmentChecker:
    """The live assignments, loads and conflicts of an edition; `take` adds a pair, or says why it does not fit."""

    settings: QueueSettings
    proposals: dict[int, Proposal]
    people: dict[int, Person]
    barriers: roster.Barriers
    forbidden: set[Pair]
    companies: dict[int, int]
    day: date
    reviewers_of: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
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
    ) -> "AssignmentChecker":
        """`without`: live pairs that are about to end."""
        live = {pair for pair in problem.live_pairs(edition, by) if pair not in without}
        barriers = roster.barriers(edition, [each.user for each in people.values()], proposals.values())
        rules = PairRule.objects.filter(proposal__in=proposals, kind=PairKind.FORBID)
        forbidden = set(rules.values_list("proposal_id", "reviewer_id"))
        companies = roster.company_of(edition, {proposal for proposal, _ in live} | set(proposals))
        settings, day = lookups.settings_of(edition), roster.today(edition)
        checker = cls(settings, proposals, people, barriers, forbidden, companies, day)
        for proposal, reviewer in sorted(live):
            checker.count(proposal, reviewer)
        return checker

    def count(self, proposal: int, reviewer: int) -> None:
        self.reviewers_of[proposal].add(reviewer)
        self.load[reviewer] += 1
        if reviewer in self.people and proposal in self.companies:
            self.traffic.add(self.people[reviewer].companies, self.companies[proposal])

    def take(self, proposal: int, reviewer: int) -> str:
        """Why the pair does not fit; if it does, it counts from now on."""
        if proposal not in self.proposals or self.proposals[proposal].state != ProposalState.SUBMITTED:
            return "The proposal no longer awaits review."
        if reviewer not in self.people:
            return "No longer a reviewer of this edition."
        reason = self.barred(proposal, reviewer) or self._no_capacity(proposal, reviewer)
        if not reason:
            self.count(proposal, reviewer)
        return reason

    def barred(self, proposal: int, reviewer: int) -> str:
        """What keeps the two apart, whatever the loads."""
        if reviewer in self.reviewers_of[proposal]:
            return "Has this proposal already."
        if (proposal, reviewer) in self.forbidden:
            return "A cochair has ruled this pair out."
        return self.barriers.between(proposal, reviewer) or self.circle(proposal, reviewer)

    def circle(self, proposal: int, reviewer: int) -> str:
        """Whether companies would come to review each other, as a sentence."""
        companies = self.people[reviewer].companies
        if not self.settings.forbids_cycles or not self.traffic.closes(companies, self.companies[proposal]):
            return ""
        return "Would close a circle of companies that review each other."

    def _no_capacity(self, proposal: int, reviewer: int) -> str:
        person, needs = self.people[reviewer], self.settings.edition.reviews_per_proposal
        if idle := roster.idle(person, self.settings, self.day):
            return UNAVAILABLE[idle]
        if self.load[reviewer] >= person.most:
            return "Has reached a full load since."
        if len(self.reviewers_of[proposal]) >= needs:
            return "The proposal has since got all its reviews."
        return self.missing_role(proposal, [reviewer], needs)

    def missing_role(self, proposal: int, new: Collection[int], needs: int) -> str:
        """The role that no review would be left for if these people reviewed the proposal too."""
        ids = {*self.reviewers_of[proposal], *new}
        reviewers = [self.people[each] for each in ids if each in self.people]
        return roster.left_out(roster.required_roles(self.settings), reviewers, needs)


def require_reviewer(proposal: Proposal, reviewer: User, people: Mapping[int, Person]) -> Person:
    """The reviewer as one of the edition, for a proposal that awaits review."""
    if proposal.state != ProposalState.SUBMITTED:
        raise WrongState("not-awaiting-review", "This proposal no longer awaits review. Reload the page.")
    person = people.get(reviewer.pk)
    if person is None:
        raise not_a_reviewer(reviewer)
    if not person.has_answered and lookups.settings_of(proposal.edition).only_confirmed:
        raise _refusal(
            "unconfirmed",
            f"{reviewer} has not confirmed the invitation yet, and the settings ask for that first.",
        )
    return person


def not_a_reviewer(user: User) -> Refused:
    """Refuses to give a proposal to a person without the role."""
    return _refusal("not-a-reviewer", f"{user} is not a reviewer of this edition. An organiser can give the role.")


def require_no_conflict(checker: AssignmentChecker, proposal: Proposal, person: Person) -> None:
    """Refuses a conflict of interest, and a pair that a cochair has forbidden."""
    pair = (proposal.pk, person.id)
    if conflict := checker.barriers.conflicts.get(pair):
        raise _refusal("conflict", f"{person.user} has a conflict with this proposal: {conflict} Choose somebody else.")
    if pair in checker.forbidden:
        raise _refusal("ruled-out", f"A cochair has ruled out {person.user} for this proposal. Clear that first.")


def require_capacity(checker: AssignmentChecker, proposal: Proposal, person: Person) -> None:
    """Counted over what this chair sees: a load that seems too full would tell who reviews what is hidden."""
    if person.id in checker.reviewers_of[proposal.pk]:
        raise _refusal("assigned-already", f"{person.user} has this proposal already.")
    require_not_paused(person)
    if checker.load[person.id] >= person.most:
        raise _refusal(
            "load-full", f"{person.user} has a full load of {person.most}. Choose somebody else, or ask them."
        )


def require_not_paused(person: Person) -> None:
    if person.is_paused:
        raise _refusal(
            "paused", f"{person.user} has paused and takes on nothing new. Choose somebody else, or ask them."
        )


def require_no_circle(checker: AssignmentChecker, proposal: Proposal, person: Person) -> None:
    """No two or three companies come to review each other."""
    if checker.circle(proposal.pk, person.id):
        raise _refusal(
            "company-circle",
            f"With {person.user} on it, companies would review each other in a circle. Choose somebody else.",
        )


def _refusal(code: str, message: str) -> Refused:
    return Invalid(code, message, field="reviewer")
