"""What is put right once the program is out: the second release carries it, and nothing else changes."""

from datetime import timedelta

import pytest

from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.program.services import sessions
from expo.proposals.models import Proposal
from expo.proposals.services.constraints import set_constraints
from expo.proposals.services.presenter_answers import confirm_presenter
from expo.proposals.services.presenters import change_presenters
from expo.proposals.services.public_text import approve_public_text, change_public_text
from expo.proposals.services.submission import restore, withdraw
from expo.releases import services as releases
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.services import batches, decisions
from tests import factories as make
from tests.contract.fixtures import NINE, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_next_release_carries_all_five() -> None:
    world = build(2)
    edition, chair, contact = world.edition, world.people["cochair"], world.people["contact"]
    mended = world.proposal
    first = list(Edition.objects.get(pk=edition.pk).releases.get().snapshot["sessions"])
    withdrawn = Proposal.objects.filter(sponsor=mended.sponsor).exclude(pk=mended.pk).get()
    waiting, rejected = Proposal.objects.filter(edition=edition, state="submitted").order_by("id")

    def release(name: str, verdicts: dict[Proposal, str], version: int) -> None:
        for proposal, verdict in verdicts.items():
            given = {"verdict": verdict, "reason": "chairs_call", "feedback": "Ours.", "confirmed": ASKS}
            decisions.decide(by=chair, proposal=proposal, version=version, **given)
        batch = batches.create_batch(by=chair, edition=edition, name=name)
        batches.put_in_batch(by=chair, batch=batch, proposals=verdicts)
        batches.release_batch(by=chair, batch=batch)

    def bring(proposal: Proposal, hour: int) -> None:
        team = proposal.sponsor.team.first().user
        make.PresenterFactory(proposal=proposal, confirmed=True)
        proposal.refresh_from_db()
        approve_public_text(by=team, proposal=proposal)
        set_constraints(by=team, proposal=proposal, version=proposal.version, confirm=True)
        starts_at = NINE + timedelta(hours=hour)
        sessions.place(by=chair, proposal=proposal, room=edition.rooms.first(), starts_at=starts_at)

    release("Late", {waiting: "waitlist", rejected: "reject"}, version=0)
    release("Later", {waiting: "accept", rejected: "accept"}, version=1)
    bring(waiting, 2)
    bring(rejected, 6)
    withdraw(by=contact, proposal=withdrawn)
    sessions.free_withdrawn(Entry.objects.get(fact="proposals.withdrawn"))
    restore(by=world.people["organiser"], proposal=withdrawn)
    sessions.place_restored(Entry.objects.get(fact="proposals.restored"))
    given = [{"name": "Stand In", "email": "stand.in@vendor.example"}]
    change_presenters(by=contact, proposal=mended, presenters=given)
    stand_in = mended.presenters.get()
    confirm_presenter(by=world.people["organiser"], presenter=stand_in, reason="Called them.")
    mended.refresh_from_db()
    texts = {"public_title": "No typo", "public_text": mended.public_text, "approve": True}
    change_public_text(by=contact, proposal=mended, version=mended.version, **texts)
    second = releases.publish(by=chair, edition=edition)
    assert sorted((each["kind"], each["code"]) for each in second.changes) == sorted(
        [("new", waiting.code), ("new", rejected.code), ("changed", mended.code)]
    )
    by_code = {each["code"]: each for each in second.snapshot["sessions"]}
    assert (by_code[mended.code]["title"], by_code[mended.code]["presenters"][0]["name"]) == ("No typo", "Stand In")
    before = next(each for each in first if each["code"] == withdrawn.code)
    facts = ("room", "starts", "ends", "title", "presenters")
    assert {name: by_code[withdrawn.code][name] for name in facts} == {name: before[name] for name in facts}
