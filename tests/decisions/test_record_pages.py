"""The pages of records, batches and sign-off."""

import pytest
from django.urls import reverse

from reviews.decisions.models import Decision
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.queries.records import record_page
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide
from tests.factories import ConflictFactory
from tests.pages import squeezed

pytestmark = pytest.mark.django_db
ACCEPT = {"verdict": "accept", "reason": "chairs_call", "feedback": "Bring the data.", "confirmed": ASKS}


def at(panel, name, *args):
    return reverse(f"decisions:{name}", args=[panel.edition.slug, *args])


@pytest.fixture
def released(panel):
    proposal = panel.proposal(3, 4)
    decide(by=panel.chair, proposal=proposal, **ACCEPT, note="Unanimous.")
    batch = create_batch(by=panel.chair, edition=panel.edition, name="First")
    put_in_batch(by=panel.chair, batch=batch, proposals=[proposal])
    return release_batch(by=panel.chair, batch=batch).batch, proposal


def test_a_released_decision_opens_as_a_record_with_everything_that_happened(client, panel, released):
    client.force_login(panel.chair)
    _, proposal = released
    response = client.get(at(panel, "decide", proposal.code), follow=True)
    page = response.content.decode()
    assert response.redirect_chain == [(at(panel, "record", proposal.code), 302)]
    for text in ("Bring the data.", "Unanimous.", "2 of 3", "3.50", "Accept released (chairs&#x27; call)"):
        assert text in page
    assert "Save verdict" not in page
    assert "Change verdict" not in page  # it is accepted: its sponsor relies on that


def test_a_record_says_the_score_that_the_line_is_compared_with_beside_the_plain_mean(panel):
    proposal, _ = panel.proposal(3, 4), panel.proposal(1, 2)
    decision = decide(by=panel.chair, proposal=proposal, **ACCEPT)
    numbers = dict(record_page(proposal, panel.chair).numbers)
    assert decision.merit != 3.5
    assert (numbers["Score"], numbers["Plain mean"]) == (f"{decision.merit:.2f}", "3.50")


def test_released_batches_stay_listed_with_their_seal(client, panel, released):
    client.force_login(panel.chair)
    batch, _ = released
    page = client.get(at(panel, "batches")).content.decode()
    assert "First" in page
    assert batch.seal.digest[:12] in page
    assert batch.seal.digest in client.get(at(panel, "batch", batch.pk)).content.decode()


def test_a_chair_with_a_conflict_reads_the_same_with_and_without_something_hidden(client, panel, released):
    batch, proposal = released
    other = panel.cochair()
    ConflictFactory(user=other, sponsor=proposal.sponsor)
    client.force_login(other)
    assert client.get(at(panel, "batch", batch.pk)).status_code == 404
    assert client.get(at(panel, "record", proposal.code)).status_code == 404
    page = client.get(at(panel, "batches")).content.decode()
    assert "First" not in page
    assert "No batch yet" in page


def test_a_chair_with_a_conflict_does_not_read_how_another_proposal_compared_with_what_is_hidden(client, panel):
    hidden, seen, walled = panel.proposal(4, 4), panel.proposal(3, 4), panel.cochair()
    panel.proposal(2, 2)  # two places for three: there is a line
    ConflictFactory(user=walled, sponsor=hidden.sponsor)
    decide(by=panel.chair, proposal=seen, **ACCEPT)
    pages = []
    for chair in (panel.chair, walled):
        client.force_login(chair)
        pages.append(client.get(at(panel, "record", seen.code)).content.decode())
    for word in ("<dt>Rank</dt>", "<dt>Line</dt>", "<dt>Interval</dt>"):
        assert [word in page for page in pages] == [True, False]
    assert "so rank, line and calibrated score are not shown" in squeezed(pages[1])
    assert "3.50" in pages[1]  # the mean of its own reviews


def test_a_second_chair_signs_a_batch_off_by_one_click(client, panel):
    panel.edition.needs_second_chair = True
    panel.edition.save()
    second = panel.cochair()
    proposals = [panel.proposal(3), panel.proposal(4)]
    batch = create_batch(by=panel.chair, edition=panel.edition, name="First")
    for proposal in proposals:
        decide(by=panel.chair, proposal=proposal, **ACCEPT)
    put_in_batch(by=panel.chair, batch=batch, proposals=proposals)
    client.force_login(panel.chair)
    own = client.get(at(panel, "batch", batch.pk)).content.decode()
    assert "You gave these yourself." in " ".join(own.split())
    client.force_login(second)
    page = " ".join(client.get(at(panel, "batch", batch.pk)).content.decode().split())
    assert "2 of 2 verdicts still need to be signed off by a cochair who did not give them." in page
    assert "Sign off 2 verdicts of other chairs" in page
    sent = {"code": [f"{proposal.code}:1" for proposal in proposals]}
    answer = client.post(at(panel, "sign-off-batch", batch.pk), sent, follow=True)
    assert "2 verdicts signed off." in answer.content.decode()
    assert list(Decision.objects.values_list("signed_by", flat=True)) == [second.pk] * 2


def test_a_sign_off_is_given_and_taken_back_on_the_page_of_the_verdict(client, panel):
    panel.edition.needs_second_chair = True
    panel.edition.save()
    proposal, second = panel.proposal(3), panel.cochair()
    decide(by=panel.chair, proposal=proposal, **ACCEPT)
    client.force_login(second)
    assert "Sign off this verdict" in client.get(at(panel, "decide", proposal.code)).content.decode()
    client.post(at(panel, "sign-off", proposal.code), {"version": 1})
    assert Decision.objects.get().signed_by == second
    stale = client.post(at(panel, "take-back-sign-off", proposal.code), {"version": 7}, follow=True)
    assert "The verdict has changed since you opened the page." in stale.content.decode()
    client.post(at(panel, "take-back-sign-off", proposal.code), {"version": 1})
    assert Decision.objects.get().signed_by is None
