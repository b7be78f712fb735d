"""Accepted in another format: what counts where, before and after the release, and what its sponsor is told."""

import pytest

from expo.kit.errors import Invalid, WrongState
from expo.notify.models import Message
from expo.proposals.models import Proposal
from reviews.decisions.models import Decision, Released
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.queries.capacity import capacity
from reviews.decisions.queries.decision_basis import NOTHING_ASKED, basis_of
from reviews.decisions.queries.desk import desk_of
from reviews.decisions.queries.fits import check_question
from reviews.decisions.queries.suggestion import joint_question
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide, decide_by_points
from tests.factories import EntitlementFactory, FormatFactory, SponsorFactory, TeamMemberFactory, TrackFactory
from tests.pages import squeezed

ACCEPT = {"verdict": "accept", "reason": "chairs_call", "confirmed": ASKS}


@pytest.fixture
def demo(panel):
    """Demos of half an hour on a track of their own: four places; a tier may have one accepted."""
    format = FormatFactory(edition=panel.edition, name="Demo", slug="demo", minutes=30)
    TrackFactory(edition=panel.edition, formats=[format])
    EntitlementFactory(tier=panel.edition.tiers.get(slug="gold"), format=format, may_submit=1, may_be_accepted=1)
    return format


def release(panel, *proposals):
    batch = create_batch(by=panel.chair, edition=panel.edition, name=f"Batch {Released.objects.count()}")
    put_in_batch(by=panel.chair, batch=batch, proposals=proposals)
    return release_batch(by=panel.chair, batch=batch)


def counts(panel):
    """By pool: places taken, on the desk and on the overview."""
    desk = {count.pool.name: count.taken for count in desk_of(panel.edition, panel.chair).pools}
    overview = {boxes.label: boxes.filled for boxes in capacity(panel.edition, panel.chair)}
    assert desk == overview
    return desk


def test_it_counts_in_the_format_it_is_accepted_as_before_and_after_the_release(panel, demo):
    proposal = panel.proposal(4, 3, 3)
    decision = decide(by=panel.chair, proposal=proposal, **ACCEPT, format=demo)
    assert decision.snapshot["decision"]["format"] == "demo"
    key = (proposal.sponsor_id, demo.pk)

    def seen():
        basis = basis_of(panel.edition, panel.chair)
        item = basis.items[proposal.code]
        return counts(panel), dict(basis.used), (item.format, item.pool, item.size, item.fixed)

    before = seen()
    assert before == ({"Talk": 0, "Demo": 1}, {key: 1}, (demo.pk, str(demo.pk), 1, True))
    assert release(panel, proposal).released == 1
    assert seen() == before
    done = Proposal.objects.get(pk=proposal.pk)
    assert (done.state, done.format, done.accepted_instead_of) == ("accepted", demo, panel.talk)
    assert (Released.objects.get().format, Released.objects.get().digest) == (demo, decision.digest)


def test_the_place_it_would_have_had_is_anothers(panel, demo):
    best, second, third = panel.proposal(4, 4), panel.proposal(3, 3), panel.proposal(2, 2)
    chosen = basis_of(panel.edition, panel.chair).solution.chosen
    assert chosen == {best.code, second.code}
    decide(by=panel.chair, proposal=best, **ACCEPT, format=demo)
    assert basis_of(panel.edition, panel.chair).solution.chosen == {best.code, second.code, third.code}


@pytest.mark.parametrize("reason", ["above_the_line", "chairs_call"])
def test_an_offer_stays_whatever_the_points(panel, demo, reason):
    proposal = panel.proposal(1, 1)
    decide(by=panel.chair, proposal=proposal, verdict="accept", reason=reason, format=demo)
    assert basis_of(panel.edition, panel.chair).items[proposal.code].fixed is True


@pytest.mark.slow
def test_what_is_said_of_others_is_the_same_before_and_after_the_release(panel, demo):
    offered = panel.proposal(4, 4, 4)
    others = [panel.proposal(value, value, value) for value in (3, 3, 2, 1)]
    decide(by=panel.chair, proposal=offered, **ACCEPT, format=demo)

    def said():
        basis = basis_of(panel.edition, panel.chair)
        return [basis.facts(other, "reject", "below_the_line") for other in others]

    before = said()
    ranks = [facts.rank for facts in before if facts.rank]
    assert all(rank.among == 4 for rank in ranks)  # of the talks, those that count as talks
    release(panel, offered)
    assert said() == before


def test_can_it_be_scheduled_asks_for_the_other_format(panel, demo):
    talks = TrackFactory(edition=panel.edition, formats=[panel.talk])
    proposal = panel.proposal(4, track=talks)
    decide(by=panel.chair, proposal=proposal, **ACCEPT, format=demo)
    asked = (
        check_question(panel.edition, panel.chair),
        joint_question(panel.edition, panel.chair, NOTHING_ASKED).asked,
    )
    for question in asked:
        item = question.problem.item[proposal.pk]
        assert (item.format, item.minutes, item.track) == (demo.pk, 30, None)


def test_the_tier_must_allow_it(panel, demo):
    sponsor = SponsorFactory(edition=panel.edition, name="Northwind")
    first, second = panel.proposal(4, sponsor=sponsor), panel.proposal(3, sponsor=sponsor)
    decide(by=panel.chair, proposal=first, **ACCEPT, format=demo)
    with pytest.raises(WrongState) as refused:
        decide(by=panel.chair, proposal=second, **ACCEPT, format=demo)
    assert (refused.value.code, refused.value.field) == ("over-the-tiers-limit", "format")
    assert refused.value.message == (
        f"Northwind (Gold) may have 1 demo accepted, and {first.code} has been accepted. "
        "Choose another verdict for one of them first."
    )
    assert decide(by=panel.chair, proposal=second, **ACCEPT).format is None


def test_a_format_that_the_tier_lacks_is_refused(panel):
    workshop = FormatFactory(edition=panel.edition, name="Workshop", slug="workshop")
    with pytest.raises(WrongState) as refused:
        decide(by=panel.chair, proposal=panel.proposal(4), **ACCEPT, format=workshop)
    assert "may have 0 workshops accepted. Choose another format." in refused.value.message


@pytest.mark.parametrize("verdict", ["waitlist", "reject"])
def test_only_an_acceptance_names_a_format(panel, demo, verdict):
    with pytest.raises(Invalid) as refused:
        decide(by=panel.chair, proposal=panel.proposal(2), verdict=verdict, reason="chairs_call", format=demo)
    assert (refused.value.code, refused.value.field) == ("format-not-offered", "format")


def test_one_click_keeps_the_format_and_another_verdict_drops_it(panel, demo):
    proposal = panel.proposal(4)
    decide(by=panel.chair, proposal=proposal, **ACCEPT, format=demo)
    kept = decide_by_points(by=panel.chair, proposal=proposal, verdict="accept", version=1)
    assert kept.format == demo
    assert decide_by_points(by=panel.chair, proposal=proposal, verdict="reject", version=kept.version).format is None


def test_the_mail_says_that_it_is_an_offer_in_the_preview_too(panel, demo, client):
    proposal = panel.proposal(4, 4, title="Forecasts")
    TeamMemberFactory(sponsor=proposal.sponsor)
    decide(by=panel.chair, proposal=proposal, **ACCEPT, format=demo)
    batch = create_batch(by=panel.chair, edition=panel.edition, name="First")
    put_in_batch(by=panel.chair, batch=batch, proposals=[proposal])
    client.force_login(panel.chair, backend="django.contrib.auth.backends.ModelBackend")
    offer = (
        f"have accepted your talk “Forecasts” ({proposal.code}) as a demo instead of a talk: an offer. "
        "Confirm to accept it, or decline."
    )
    page = client.get(f"/e/{panel.edition.slug}/batches/{batch.pk}/").content.decode()
    assert offer in squeezed(page) or offer in page
    release_batch(by=panel.chair, batch=batch)
    assert offer in Message.objects.get(kind="decisions/accepted").body


def test_the_page_of_the_decision_offers_the_formats_of_the_tier(panel, demo, client):
    FormatFactory(edition=panel.edition, name="Workshop", slug="workshop")
    proposal = panel.proposal(4)
    client.force_login(panel.chair, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/e/{panel.edition.slug}/decisions/{proposal.code}/"
    field = client.get(address).context["form"].fields["format"]
    assert [label for _, label in field.choices] == ["Talk, as submitted", "Demo"]
    form = {"verdict": "accept", "reason": "chairs_call", "version": 0, "format": demo.pk}
    assert client.post(address, form).status_code == 302
    assert Decision.objects.get().format == demo
    refused = client.post(address, {**form, "version": 1, "verdict": "reject"})
    assert refused.status_code == 422
    assert "Only an acceptance can be in another format" in refused.content.decode()
