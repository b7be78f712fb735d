"""Steps 5 to 7: verdicts are released, sponsors confirm, the program is assembled and published."""

from expo.editions import services as editions
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.memo import remembering
from expo.program import services as program
from expo.program.models import Run
from expo.proposals import services as proposals
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from expo.releases import services as releases
from reviews.decisions import services as decisions
from reviews.decisions.models import Batch

from .cast import person
from .setup import Demo


def release(demo: Demo) -> str:
    """All verdicts reach their sponsors in one batch."""
    with clock.at(demo.time.verdicts), remembering():
        for batch in Batch.objects.filter(edition=demo.edition):
            decisions.release_batch(by=person("cochair"), batch=batch)
    return "Verdicts released"


def confirm(demo: Demo) -> str:
    """Sponsors approve the public text and confirm."""
    accepted = Proposal.objects.filter(edition=demo.edition, state=ProposalState.ACCEPTED).select_related("sponsor")
    with clock.at(demo.time.verdicts), remembering():
        for proposal in accepted:
            contact = demo.contacts[proposal.sponsor.name]
            proposals.approve_public_text(by=contact, proposal=proposal)
            proposals.confirm(by=contact, proposal=proposal)
        editions.move_phase(by=person("cochair"), edition=demo.edition, to=Phase.SCHEDULE)
    return f"{len(accepted)} sessions confirmed"


def plan_program(demo: Demo) -> str:
    """The scheduler proposes a timetable and the cochair adopts it."""
    cochair = person("cochair")
    with clock.at(demo.time.planned):
        run = program.start_run(by=cochair, edition=demo.edition, seed=2027)
        program.execute_run(run.pk)
        program.adopt(by=cochair, run=Run.objects.get(pk=run.pk))
    return f"{demo.edition.sessions.count()} sessions placed"


def publish(demo: Demo) -> str:
    """The program is out."""
    with clock.at(demo.time.released):
        made = releases.publish(by=person("cochair"), edition=demo.edition, note="The program.")
    return f"Release {made.number} published"
