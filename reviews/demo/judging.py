"""Steps 3 to 5: reviewers are matched, score, and the cochairs decide."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from expo.accounts.models import User
from expo.editions.models import Topic
from expo.editions.services import lifecycle
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.memo import remembering
from expo.proposals.models import Proposal
from expo.sponsors.models import Entitlement
from reviews.assignments.models import Assignment, Run
from reviews.assignments.services import assignments, profiles, runs, settings
from reviews.decisions.models import Decision
from reviews.decisions.queries.desk import NO_DRAFT, Desk, DeskRow, desk_of, draft_for
from reviews.decisions.services import batches, decisions
from reviews.decisions.states import Reason, Verdict
from reviews.rubrics.queries import criteria
from reviews.scoring import services as scoring
from reviews.scoring.queries.ranking import CalibratedScore, ranking_of

from .cast import person
from .plan import PlannedProposal, PlannedReviewer, level
from .setup import Demo

#: What an Expo Day as at ICML has room for, and which formats share it.
PLACES = {"hour": 8, "half-day": 4}
KIND = {"talk": "hour", "demo": "hour", "workshop": "half-day"}


def assign(demo: Demo) -> str:
    """The call closes, reviewers confirm, the matching runs, and its result is published."""
    topics = {one.name: one for one in Topic.objects.filter(edition=demo.edition)}
    cochair = person("cochair")
    with clock.at(demo.time.assigned):
        lifecycle.move_phase(by=cochair, edition=demo.edition, to=Phase.REVIEW)
        settings.save_settings(by=cochair, edition=demo.edition, answer_days=14, least_load=_load(demo) // 2)
        for user in User.objects.filter(pk__in=demo.reviewers):
            planned = demo.reviewers[user.pk]
            profiles.confirm_invitation(
                by=user,
                edition=demo.edition,
                topics=[topics[name] for name in planned.topics],
                max_load=_load(demo),
                about=f"I work on {' and '.join(planned.topics).lower()}.",
                publications="\n".join(planned.publications),
                has_no_employer=planned.employer is None,
            )
        run = runs.start(by=cochair, edition=demo.edition, seed=2027)
        runs.execute(run.pk)
        runs.publish(by=cochair, run=Run.objects.get(pk=run.pk))
    return f"{demo.edition.assignments.count()} reviews offered"


def _load(demo: Demo) -> int:
    """Room for a third more reviews than are wanted."""
    wanted = demo.edition.reviews_per_proposal * len(demo.proposals)
    return -(-wanted * 4 // (3 * len(demo.reviewers)))


def review_half(demo: Demo) -> str:
    """Reviewing is under way."""
    return _review(demo, share=0.55)


def review_all(demo: Demo) -> str:
    """Every review that was not declined is in."""
    return _review(demo, share=1)


def _review(demo: Demo, *, share: float) -> str:
    """Reviewers submit this share of their reviews, each in reading order; two decline one; most accept the rest."""
    by_reviewer: dict[int, list[Assignment]] = {}
    found = (
        Assignment.objects.filter(edition=demo.edition)
        .select_related("proposal", "reviewer")
        .order_by("position", "id")
    )
    for assignment in found:
        by_reviewer.setdefault(assignment.reviewer_id, []).append(assignment)
    with clock.at(demo.time.assigned), remembering():
        for number, queue in enumerate(sorted(by_reviewer.values(), key=lambda rows: rows[0].reviewer.email)):
            if number in (1, 4):
                declined = queue.pop()
                assignments.decline(by=declined.reviewer, assignment=declined, reason="Demo: away that week.")
            # The reviewer to sign in as keeps some work for whoever tries the demo.
            part = share if number or share == 1 else share / 2
            done = round(part * len(queue))
            for assignment in queue[:done]:
                _submit(demo, assignment)
            for assignment in queue[done : done + 2]:
                assignments.accept(by=assignment.reviewer, assignment=assignment)
    return "Reviews written"


def _submit(demo: Demo, assignment: Assignment) -> None:
    proposal, reviewer = demo.proposals[assignment.proposal_id], demo.reviewers[assignment.reviewer_id]
    scores = {
        criterion.pk: _level(criterion, level(proposal, reviewer, demo.dice)) for criterion in criteria(demo.edition)
    }
    scoring.submit_review(
        by=assignment.reviewer,
        assignment=assignment,
        scores=scores,
        for_chairs=_for_chairs(proposal, reviewer),
        for_sponsor=_for_sponsor(proposal, demo.dice),
        is_recruiting=proposal.is_recruiting and demo.dice.random() < 0.8,
        confidence=demo.dice.choice([1, 2, 2, 3]),
    )


def _level(criterion: object, value: int) -> int:
    return next(each.pk for each in criterion.levels.all() if each.value == value)  # type: ignore[attr-defined]


def _for_chairs(proposal: PlannedProposal, reviewer: PlannedReviewer) -> str:
    known = set(proposal.topics) & set(reviewer.topics)
    return f"Demo comment. {'I work on ' + ' and '.join(sorted(known)).lower() + '.' if known else 'Not my own field.'}"


def _for_sponsor(proposal: PlannedProposal, dice: Random) -> str:
    if proposal.quality > 0:
        return "Demo comment. Clear question and honest evaluation; say more about what failed."
    return dice.choice(
        [
            "Demo comment. Say what was measured, against what, and what did not work.",
            "Demo comment. Reads like a product page in places; lead with the research question.",
        ]
    )


def decide_half(demo: Demo) -> str:
    """The cochairs have begun at the top."""
    return _decide(demo, share=0.5)


def decide_all(demo: Demo) -> str:
    """Every proposal has a verdict."""
    return _decide(demo, share=1)


def _decide(demo: Demo, *, share: float) -> str:
    """From the top of the ranking: accept while there are places and the tier allows, then waitlist, then reject."""
    cochair = person("cochair")
    with clock.at(min(demo.time.reviews_due, clock.now())), remembering():
        lifecycle.move_phase(by=cochair, edition=demo.edition, to=Phase.DECIDE)
        scores = ranking_of(demo.edition, cochair).scores
        rows = sorted(scores, key=lambda row: (-(row.merit or 0), row.proposal.code))
        batch = batches.create_batch(by=cochair, edition=demo.edition, name="First answers")
        judge = _Judge(demo)
        verdicts = {row.proposal: judge.verdict(row) for row in rows[: round(share * len(rows))]}
        for proposal, verdict in verdicts.items():
            decisions.decide(by=cochair, proposal=proposal, verdict=verdict, reason=Reason.CHAIRS_CALL)
        give_reasons(demo, list(verdicts))
        batches.put_in_batch(by=cochair, batch=batch, proposals=list(verdicts))
    return f"{len(verdicts)} proposals decided"


def give_reasons(demo: Demo, decided: Sequence[Proposal]) -> None:
    """To each verdict its computed reason; then, once all reasons are known that it rests on, its drafted feedback."""
    for is_drafted in (False, True):
        desk = desk_of(demo.edition, person("cochair"))
        for row in (desk.of(proposal) for proposal in decided):
            if row is not None and row.decision is not None:
                _give_reason(desk, row, row.decision, is_drafted=is_drafted)


def _give_reason(desk: Desk, row: DeskRow, decision: Decision, *, is_drafted: bool) -> None:
    verdict, reason = Verdict(decision.verdict), Reason(decision.reason)
    if not is_drafted:
        reason = row.reasons[verdict]
    draft = draft_for(desk.basis, row.proposal, verdict, reason) if is_drafted else NO_DRAFT
    decisions.decide(
        by=person("cochair"),
        proposal=row.proposal,
        verdict=verdict,
        reason=reason,
        feedback=draft.text,
        note="Demo decision.",
        version=row.version,
        drafted=draft.token,
    )


class _Judge:
    """Accepts from the top while there are places, one per sponsor and format as far as the tier allows."""

    def __init__(self, demo: Demo) -> None:
        self.places = dict(PLACES)
        limits = Entitlement.objects.filter(tier__edition=demo.edition)
        self.limits = {(one.tier_id, one.format_id): one.may_be_accepted for one in limits}
        self.accepted: Counter[tuple[int, int]] = Counter()

    def verdict(self, row: CalibratedScore) -> Verdict:
        proposal = row.proposal
        place, key = KIND[proposal.format.slug], (proposal.sponsor_id, proposal.format_id)
        if row.recruiting >= 2 or self.accepted[key] >= self.limits[proposal.sponsor.tier_id, proposal.format_id]:
            return Verdict.REJECT
        if self.places[place] > 0:
            self.places[place] -= 1
            self.accepted[key] += 1
            return Verdict.ACCEPT
        if self.places[place] > -2:
            self.places[place] -= 1
            return Verdict.WAITLIST
        return Verdict.REJECT
