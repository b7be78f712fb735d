"""Steps 5 to 7: verdicts are released, sponsors confirm, the program is assembled and published."""

from datetime import datetime, time
from typing import Any

from expo.editions.services import lifecycle
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.memo import remembering
from expo.program.models import Run, Slot
from expo.program.services import execution, links, runs, slots
from expo.proposals.models import Proposal
from expo.proposals.services.constraints import set_constraints
from expo.proposals.services.public_text import approve_public_text
from expo.proposals.services.submission import withdraw
from expo.proposals.states import ProposalState
from expo.releases import services as releases
from expo.sponsors.services.teams import accept_invitation, invite_to_team
from reviews.decisions.models import Batch, Decision
from reviews.decisions.services import batches, decisions
from reviews.decisions.states import Reason, Verdict

from . import judging
from .cast import person
from .setup import Demo


def release(demo: Demo) -> str:
    """All verdicts reach their sponsors in one batch."""
    with clock.at(demo.time.verdicts), remembering():
        for batch in Batch.objects.filter(edition=demo.edition):
            batches.release_batch(by=person("cochair"), batch=batch)
    return "Verdicts released"


def confirm(demo: Demo) -> str:
    """Sponsors approve the public text and confirm; some say what their session needs of its place."""
    accepted = Proposal.objects.filter(edition=demo.edition, state=ProposalState.ACCEPTED)
    accepted = accepted.select_related("sponsor", "format").order_by("id")
    with clock.at(demo.time.verdicts), remembering():
        for index, proposal in enumerate(accepted):
            contact = demo.contacts[proposal.sponsor.name]
            approved = approve_public_text(by=contact, proposal=proposal)
            needs = _needs(demo, proposal) if index % 3 == 0 else {}
            version = approved.version
            set_constraints(by=contact, proposal=proposal, version=version, confirm=True, **needs)
        lifecycle.move_phase(by=person("cochair"), edition=demo.edition, to=Phase.SCHEDULE)
    return f"{len(accepted)} sessions confirmed"


def _needs(demo: Demo, proposal: Proposal) -> dict[str, Any]:
    """What every third session asks; a workshop fills half a day, so it asks for no hours."""
    if proposal.format.slug == "workshop":
        return {"prefers": "morning"}
    opens = datetime.combine(demo.time.expo_day, time(10), demo.edition.zone)
    return {"equipment": ["Second screen"], "earliest_at": opens}


def tie(demo: Demo) -> str:
    """The cochair ties two sessions in the hall to an order."""
    rows = Proposal.objects.filter(edition=demo.edition, state=ProposalState.CONFIRMED, format__slug="talk")
    one, other = rows.select_related("edition").order_by("id")[:2]
    cochair, why = person("cochair"), "The basics come first."
    with clock.at(demo.time.planned):
        links.add(by=cochair, edition=demo.edition, kind="before", one=one, other=other, note=why)
    return "Two sessions tied to an order"


def tell(demo: Demo) -> str:
    """Every team learns its slot; most accept it, one asks for another."""
    with clock.at(demo.time.planned), remembering():
        told = slots.notify_presenters(by=person("cochair"), edition=demo.edition)
        for index, slot in enumerate(told):
            _answer(demo, index, slot)
    return f"{len(told)} slots told"


def _answer(demo: Demo, index: int, slot: Slot) -> None:
    contact, proposal = demo.contacts[slot.proposal.sponsor.name], slot.proposal
    if index == 2:
        note = "Demo: our presenter lands at noon. Any time after 14:00 is fine."
        slots.ask_for_change(by=contact, proposal=proposal, number=slot.number, note=note)
    elif index % 4:
        slots.accept(by=contact, proposal=proposal, number=slot.number)


def plan_program(demo: Demo) -> str:
    """The scheduler proposes a timetable and the cochair adopts it."""
    cochair = person("cochair")
    with clock.at(demo.time.planned):
        run = runs.start(by=cochair, edition=demo.edition, seed=2027)
        execution.execute(run.pk)
        runs.adopt(by=cochair, run=Run.objects.get(pk=run.pk))
    return f"{demo.edition.sessions.count()} sessions placed"


def go_on(demo: Demo) -> str:
    """Since the release: one session is taken back, and its place given to a talk or demo on the waiting list."""
    cochair = person("cochair")
    rows = Proposal.objects.filter(edition=demo.edition).exclude(format__slug="workshop").order_by("id")
    rows = rows.select_related("edition", "format", "sponsor")
    gone, first = rows.filter(state=ProposalState.CONFIRMED)[0], rows.filter(state=ProposalState.WAITLISTED)[0]
    with clock.at(demo.time.released), remembering():
        withdraw(by=demo.contacts[gone.sponsor.name], proposal=gone, reason="Demo: the presenter fell ill.")
        batch = batches.create_batch(by=cochair, edition=demo.edition, name="From the waiting list")
        version = Decision.objects.get(proposal=first).version
        decisions.decide(by=cochair, proposal=first, verdict=Verdict.ACCEPT, reason=Reason.CHAIRS_CALL, version=version)
        judging.give_reasons(demo, [first])
        batches.put_in_batch(by=cochair, batch=batch, proposals=[first])
        batches.release_batch(by=cochair, batch=batch)
    return "One session withdrawn, one proposal taken from the waiting list"


def take_back_one(demo: Demo) -> str:
    """While the call is open, a sponsor takes one proposal back."""
    proposal = Proposal.objects.filter(edition=demo.edition, state=ProposalState.SUBMITTED).order_by("id").last()
    if proposal is not None:
        contact = demo.contacts[proposal.sponsor.name]
        withdraw(by=contact, proposal=proposal, reason="Demo: not ready this year.")
    return "One proposal withdrawn"


def act_for_others(demo: Demo) -> str:
    """The sponsor's contact to sign in as also acts for others, as an agency: one proposal of each status is theirs."""
    contact = person("sponsor")
    joined = 0
    for state in ProposalState:
        rows = Proposal.objects.filter(edition=demo.edition, state=state).select_related("sponsor").order_by("id")
        if rows.exists() and not rows.filter(sponsor__team__user=contact).exists():
            sponsor = rows[0].sponsor
            invitation = invite_to_team(
                by=demo.contacts[sponsor.name], sponsor=sponsor, email=contact.email, name=contact.name
            )
            accept_invitation(by=contact, invitation=invitation)
            joined += 1
    return f"The sponsor's contact acts for {joined} more"


def publish(demo: Demo) -> str:
    """The program is out."""
    with clock.at(demo.time.released):
        made = releases.publish(by=person("cochair"), edition=demo.edition, note="The program.")
    return f"Release {made.number} published"
