"""Steps 3 to 7: reviewers are matched and score, cochairs decide and release, the program is published."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Format, Topic
from expo.editions.services import lifecycle
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.memo import remembering
from expo.kit.policy import allowed
from expo.program.models import Run
from expo.program.services import execution, links, runs, slots
from expo.proposals.models import Proposal
from expo.proposals.services.constraints import set_constraints
from expo.proposals.services.public_text import approve_public_text
from expo.proposals.services.submission import decline, withdraw
from expo.proposals.states import ProposalState
from expo.releases import services as releases
from expo.sponsors.models import Entitlement
from reviews.assignments.models import Assignment
from reviews.assignments.models import Run as MatchingRun
from reviews.assignments.services import assignments, profiles, settings
from reviews.assignments.services import runs as matching_runs
from reviews.assignments.states import AssignmentState
from reviews.decisions.models import Batch, Decision
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.queries.desk import NO_DRAFT, desk_of, draft_for
from reviews.decisions.services import batches, decisions
from reviews.decisions.states import Reason, Verdict
from reviews.rubrics.queries import rubrics_of
from reviews.scoring.queries.ranking import CalibratedScore, ranking_of
from reviews.scoring.services import discussion, revisions
from reviews.scoring.services.reviews import submit_review

from .plan import level
from .setup import Demo, person

#: What reviewers write to the sponsor of a weak proposal.
WEAK = (
    "Demo comment. Say what was measured, against what, and what did not work.",
    "Demo comment. Reads like a product page in places; lead with the research question.",
)
#: How many sessions an Expo Day as at ICML holds, and which formats share them.
CAPACITY = {"hour": 8, "half-day": 4}
#: How many of a pool wait for a place.
WAITING = 3
POOL = {"talk": "hour", "demo": "hour", "workshop": "half-day"}


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
        run = matching_runs.start(by=cochair, edition=demo.edition, seed=2027)
        matching_runs.execute(run.pk)
        matching_runs.publish(by=cochair, run=MatchingRun.objects.get(pk=run.pk))
    return f"{demo.edition.assignments.count()} reviews offered"


def _load(demo: Demo) -> int:
    """A capacity for a third more reviews than are needed."""
    needed = demo.edition.reviews_per_proposal * len(demo.proposals)
    return -(-needed * 4 // (3 * len(demo.reviewers)))


def review_half(demo: Demo) -> str:
    """Reviewing is under way."""
    return _review(demo, share=0.55)


def review_all(demo: Demo) -> str:
    """Every review that was not declined is in."""
    return _review(demo, share=1)


def _review(demo: Demo, *, share: float) -> str:
    """Reviewers submit this share of their reviews, each in reading order; two decline one; most accept the rest."""
    by_reviewer: dict[int, list[Assignment]] = {}
    rows = Assignment.objects.filter(edition=demo.edition).select_related("proposal", "reviewer")
    for assignment in rows.order_by("position", "id"):
        by_reviewer.setdefault(assignment.reviewer_id, []).append(assignment)
    with clock.at(demo.time.assigned), remembering():
        for number, queue in enumerate(sorted(by_reviewer.values(), key=lambda rows: rows[0].reviewer.email)):
            if number in (1, 4):
                declined = queue.pop()
                assignments.decline(by=declined.reviewer, assignment=declined, reason="Demo: away that week.")
            # The reviewer to sign in as keeps some work for whoever tries the demo.
            part = share if number or share == 1 else share / 2
            done = round(part * len(queue))
            for hour, assignment in enumerate(queue[:done]):
                with clock.at(demo.time.assigned + timedelta(hours=hour)):
                    assignments.note_opened(by=assignment.reviewer, assignment=assignment)
                _submit(demo, assignment)
            for assignment in queue[done : done + 2]:
                assignments.accept(by=assignment.reviewer, assignment=assignment)
    with clock.at(demo.time.assigned + timedelta(hours=1)), remembering():
        _discuss(demo)
    return "Reviews written"


def _discuss(demo: Demo) -> None:
    """On what the reviewer to sign in as has reviewed: comments, and a revision that a cochair asks for."""
    reviewer, cochair = person("reviewer"), person("cochair")
    rows = Assignment.objects.filter(edition=demo.edition, state=AssignmentState.SUBMITTED).order_by("id")
    own = rows.filter(reviewer=reviewer).select_related("edition", "proposal__edition", "proposal__sponsor", "reviewer")
    mine = [each for each in own if allowed(cochair, "scoring.ask_revision", each)]
    for assignment in mine[:2]:
        proposal = assignment.proposal
        for other in rows.filter(proposal=proposal).exclude(reviewer=reviewer).select_related("reviewer")[:1]:
            text = "Demo comment. I read the evaluation more kindly: the baseline is in the outline."
            discussion.post_comment(by=other.reviewer, proposal=proposal, text=text)
        discussion.post_comment(
            by=cochair, proposal=proposal, text="Demo comment. Does that change *Evidence* for you?"
        )
    for assignment in mine[:1]:
        revisions.ask_revision(
            by=cochair, assignment=assignment, note="Demo note. Please look at the outline once more."
        )


def _submit(demo: Demo, assignment: Assignment) -> None:
    proposal, reviewer = demo.proposals[assignment.proposal_id], demo.reviewers[assignment.reviewer_id]
    scores = {}
    for criterion in rubrics_of(demo.edition).of_proposal(assignment.proposal).criteria:
        value = level(proposal, reviewer, demo.dice)
        scores[criterion.pk] = next(each.pk for each in criterion.levels.all() if each.value == value)
    known = " and ".join(sorted(set(proposal.topics) & set(reviewer.topics))).lower()
    for_sponsor = "Demo comment. Clear question and honest evaluation; say more about what failed."
    if proposal.quality <= 0:
        for_sponsor = demo.dice.choice(WEAK)
    submit_review(
        by=assignment.reviewer,
        assignment=assignment,
        scores=scores,
        for_chairs=f"Demo comment. {f'I work on {known}.' if known else 'Not my own field.'}",
        for_sponsor=for_sponsor,
        is_recruiting=proposal.is_recruiting and demo.dice.random() < 0.8,
        confidence=demo.dice.choice([1, 2, 2, 3]),
    )


def decide_half(demo: Demo) -> str:
    """The cochairs have begun at the top of the ranking."""
    return _decide(demo, share=0.5)


def decide_all(demo: Demo) -> str:
    """Every proposal has a verdict."""
    return _decide(demo, share=1)


def _decide(demo: Demo, *, share: float) -> str:
    """From the top of the ranking: accept while capacity and tier allow, then waitlist, then reject."""
    cochair = person("cochair")
    with clock.at(min(demo.time.reviews_due, clock.now())), remembering():
        lifecycle.move_phase(by=cochair, edition=demo.edition, to=Phase.DECIDE)
        scores = ranking_of(demo.edition, cochair).scores
        rows = sorted(scores, key=lambda row: (-(row.merit or 0), row.proposal.code))
        batch = batches.create_batch(by=cochair, edition=demo.edition, name="First answers")
        decider = _Decider(demo)
        verdicts = {row.proposal: decider.verdict(row) for row in rows[: round(share * len(rows))]}
        offered, other = decider.offer(verdicts)
        for proposal, verdict in verdicts.items():
            format = other if proposal == offered else None
            decisions.decide(
                by=cochair, proposal=proposal, verdict=verdict, reason=Reason.CHAIRS_CALL, format=format, confirmed=ASKS
            )
        give_reasons(demo, list(verdicts))
        batches.put_in_batch(by=cochair, batch=batch, proposals=list(verdicts))
    return f"{len(verdicts)} proposals decided"


def give_reasons(demo: Demo, decided: Sequence[Proposal]) -> None:
    """To each verdict its computed reason; then, once all reasons are known that it rests on, its drafted feedback."""
    for is_drafted in (False, True):
        desk = desk_of(demo.edition, person("cochair"))
        for row in (desk.of(proposal) for proposal in decided):
            if row is None or row.decision is None:
                continue
            verdict = Verdict(row.decision.verdict)
            reason = Reason(row.decision.reason) if is_drafted else row.reasons[verdict]
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
                format=row.decision.format,
                confirmed=ASKS,
                is_read=is_drafted,
            )


class _Decider:
    """Accepts from the top while the pool has capacity and the sponsor's tier allows another of the format."""

    def __init__(self, demo: Demo) -> None:
        self.edition, self.free = demo.edition, dict(CAPACITY)
        limits = Entitlement.objects.filter(tier__edition=demo.edition)
        self.limits = {(one.tier_id, one.format_id): one.may_be_accepted for one in limits}
        self.accepted: Counter[tuple[int, int]] = Counter()

    def verdict(self, row: CalibratedScore) -> Verdict:
        proposal = row.proposal
        pool, key = POOL[proposal.format.slug], (proposal.sponsor_id, proposal.format_id)
        if row.recruiting >= 2 or self.accepted[key] >= self.limits[proposal.sponsor.tier_id, proposal.format_id]:
            return Verdict.REJECT
        if self.free[pool] > 0:
            self.free[pool] -= 1
            self.accepted[key] += 1
            return Verdict.ACCEPT
        if self.free[pool] > -WAITING:
            self.free[pool] -= 1
            return Verdict.WAITLIST
        return Verdict.REJECT

    def offer(self, verdicts: Mapping[Proposal, Verdict]) -> tuple[Proposal | None, Format | None]:
        """The weakest accepted talk whose tier may have a demo: the chairs would rather see it shown than told."""
        demos = Format.objects.get(edition=self.edition, slug="demo")
        talks = [
            proposal
            for proposal, verdict in verdicts.items()
            if verdict == Verdict.ACCEPT
            and proposal.format.slug == "talk"
            and self.accepted[proposal.sponsor_id, demos.pk] < self.limits[proposal.sponsor.tier_id, demos.pk]
        ]
        return (talks[-1], demos) if talks else (None, None)


def release(demo: Demo) -> str:
    """All verdicts reach their sponsors in one batch."""
    with clock.at(demo.time.verdicts), remembering():
        for batch in Batch.objects.filter(edition=demo.edition):
            batches.release_batch(by=person("cochair"), batch=batch)
    return "Verdicts released"


def confirm(demo: Demo) -> str:
    """Sponsors approve the public text and confirm; some say what their session needs, one declines, one is silent."""
    rows = Proposal.objects.filter(edition=demo.edition, state=ProposalState.ACCEPTED, accepted_instead_of=None)
    accepted = list(rows.select_related("sponsor", "format", "edition").order_by("id"))
    with clock.at(demo.time.verdicts), remembering():
        declined = next(each for each in reversed(accepted) if each.format.slug != "workshop")
        accepted.remove(declined)
        reason = "Demo: our speaker is at another conference that week."
        decline(by=demo.contacts[declined.sponsor.name], proposal=declined, reason=reason)
        for index, proposal in enumerate(accepted):
            contact = demo.contacts[proposal.sponsor.name]
            approved = approve_public_text(by=contact, proposal=proposal)
            needs: dict[str, Any] = {}
            if index % 3 == 0 and proposal.format.slug == "workshop":
                needs = {"prefers": "morning"}  # it fills half a day, so it asks for no hours
            elif index % 3 == 0:
                opens = datetime.combine(demo.time.expo_day, time(10), demo.edition.zone)
                needs = {"equipment": ["Second screen"], "earliest_at": opens}
            version = approved.version
            set_constraints(by=contact, proposal=proposal, version=version, confirm=True, **needs)
        lifecycle.move_phase(by=person("cochair"), edition=demo.edition, to=Phase.SCHEDULE)
    return f"{len(accepted)} sessions confirmed, one declined"


def take_offer(demo: Demo) -> str:
    """The sponsor that was offered another format takes it."""
    rows = Proposal.objects.filter(edition=demo.edition, state=ProposalState.ACCEPTED).select_related("sponsor")
    with clock.at(demo.time.verdicts), remembering():
        for proposal in rows.exclude(accepted_instead_of=None):
            contact = demo.contacts[proposal.sponsor.name]
            approved = approve_public_text(by=contact, proposal=proposal)
            set_constraints(by=contact, proposal=proposal, version=approved.version, confirm=True)
    return "The offer in another format taken"


def link_two(demo: Demo) -> str:
    """The cochair links two sessions: one before the other."""
    rows = Proposal.objects.filter(edition=demo.edition, state=ProposalState.CONFIRMED, format__slug="talk")
    one, other = rows.select_related("edition").order_by("id")[:2]
    cochair, why = person("cochair"), "The basics come first."
    with clock.at(demo.time.planned):
        links.add(by=cochair, edition=demo.edition, kind="before", one=one, other=other, note=why)
    return "Two sessions linked"


def notify(demo: Demo) -> str:
    """Every team is notified of its slot; most accept it, one asks for another."""
    with clock.at(demo.time.planned), remembering():
        notified = slots.notify_presenters(by=person("cochair"), edition=demo.edition)
        for index, slot in enumerate(notified):
            contact, proposal = demo.contacts[slot.proposal.sponsor.name], slot.proposal
            if index == 2:
                note = "Demo: our presenter lands at noon. Any time after 14:00 is fine."
                slots.ask_for_change(by=contact, proposal=proposal, number=slot.number, note=note)
            elif index % 4:
                slots.accept(by=contact, proposal=proposal, number=slot.number)
    return f"Presenters notified of {len(notified)} slots"


def plan_program(demo: Demo) -> str:
    """The scheduler proposes a timetable and the cochair adopts it."""
    cochair = person("cochair")
    with clock.at(demo.time.planned):
        run = runs.start(by=cochair, edition=demo.edition, seed=2027)
        execution.execute(run.pk)
        runs.adopt(by=cochair, run=Run.objects.get(pk=run.pk))
    return f"{demo.edition.sessions.count()} sessions placed"


def replace_two(demo: Demo) -> str:
    """Since the release: two sessions are withdrawn; two on the waiting list replace them, one in another format."""
    cochair = person("cochair")
    rows = Proposal.objects.filter(edition=demo.edition).exclude(format__slug="workshop").order_by("id")
    rows = rows.select_related("edition", "format", "sponsor")
    with clock.at(clock.now() - timedelta(days=1)), remembering():
        for withdrawn in rows.filter(state=ProposalState.CONFIRMED, accepted_instead_of=None)[:2]:
            why = "Demo: the presenter fell ill."
            withdraw(by=demo.contacts[withdrawn.sponsor.name], proposal=withdrawn, reason=why)
        batch = batches.create_batch(by=cochair, edition=demo.edition, name="From the waiting list")
        chosen = _next_two(list(rows.filter(state=ProposalState.WAITLISTED)))
        for proposal, format in chosen:
            version = Decision.objects.get(proposal=proposal).version
            decisions.decide(
                by=cochair,
                proposal=proposal,
                verdict=Verdict.ACCEPT,
                reason=Reason.CHAIRS_CALL,
                version=version,
                format=format,
                confirmed=ASKS,
            )
        proposals = [proposal for proposal, _ in chosen]
        give_reasons(demo, proposals)
        batches.put_in_batch(by=cochair, batch=batch, proposals=proposals)
        batches.release_batch(by=cochair, batch=batch)
    return "Two sessions withdrawn, two proposals taken from the waiting list"


def _next_two(waiting: list[Proposal]) -> list[tuple[Proposal, Format | None]]:
    """The first as submitted; the next talk whose tier may have a demo too as a demo."""
    demos = Format.objects.get(edition=waiting[0].edition, slug="demo")
    offered = next(each for each in waiting[1:] if each.format.slug == "talk")
    return [(waiting[0], None), (offered, demos)]


def publish(demo: Demo) -> str:
    """The program is published."""
    with clock.at(demo.time.released):
        published = releases.publish(by=person("cochair"), edition=demo.edition, note="The program.")
    return f"Release {published.number} published"
