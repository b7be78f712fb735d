"""A reviewer's levels beside the others': when they are shown, and that no single review can be told from them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from expo.editions.states import Phase
from expo.journal.services import record
from expo.kit import clock
from expo.proposals.models import Proposal
from reviews.scoring.queries import own_scores as module
from reviews.scoring.queries.own_scores import own_scores
from tests.factories import ConflictFactory

from .fixtures import open_review

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def edition_done(monkeypatch):
    """Decisions have begun: three reviews of the reviewer's own at level 4, and six by three others at level 2."""
    monkeypatch.setattr(module, "FEWEST", 4)
    monkeypatch.setattr(module, "FEWEST_PEOPLE", 3)
    panel = open_review()
    me, *others = panel.reviewers
    for _ in range(3):
        submitted(panel, panel.proposal(), me, 4)
    for at in range(3):
        proposal = panel.proposal()
        for reviewer in (others[at], others[at - 1]):
            submitted(panel, proposal, reviewer, 2)
    began(panel.edition)
    return panel


def submitted(panel, proposal, reviewer, value, **fields):
    content = {"scores": {each.slug: value for each in panel.criteria}, "is_blind": True}
    return panel.review(proposal, reviewer, value, first_content=content, **fields)


def began(edition):
    edition.phase = Phase.DECIDE
    edition.save()
    data = {"from": Phase.REVIEW, "to": Phase.DECIDE}
    record("editions.phase_moved", by=None, target=edition, edition_id=edition.pk, data=data)


def test_mine_stands_beside_the_others_on_my_queue(edition_done, client):
    me = edition_done.reviewers[0]
    chart = own_scores(me, edition_done.edition)
    assert chart.summary == (
        "In 3 reviews, as first submitted, you chose level 4.0 on average; the other reviewers chose 2.0."
    )
    assert [(row.label, *row.cells) for row in chart.rows] == [
        ("Level 2", "0 %", "100 %"),
        ("Level 3", "0 %", "0 %"),
        ("Level 4", "100 %", "0 %"),
    ]
    client.force_login(me)
    page = client.get(reverse("assignments:queue", args=[edition_done.edition.slug])).content.decode()
    assert chart.summary in page


def test_it_waits_until_decisions_have_begun_and_all_mine_are_in(edition_done):
    me, edition = edition_done.reviewers[0], edition_done.edition
    edition.phase = Phase.REVIEW
    assert own_scores(me, edition) is None
    edition.phase = Phase.DECIDE
    waiting = edition_done.assign(edition_done.proposal(), me, state="accepted")
    assert own_scores(me, edition) is None
    waiting.delete()
    assert own_scores(me, edition) is not None


def test_what_comes_or_changes_later_and_single_reviews_do_not_move_it(edition_done):
    me, edition = edition_done.reviewers[0], edition_done.edition
    before = own_scores(me, edition)
    other = edition_done.reviewers[1]
    submitted(edition_done, edition_done.proposal(), other, 1)  # the only one by others on its proposal
    with clock.at(clock.now() + timedelta(days=1)):
        late = edition_done.proposal()
        for reviewer in edition_done.reviewers[1:3]:
            submitted(edition_done, late, reviewer, 1)
    review = other.assignments.first().review
    review.scores.update(level=edition_done.criteria[0].levels.get(value=1))
    assert own_scores(me, edition) == before


def test_the_others_whose_reviews_one_may_read_do_not_make_it_enough(edition_done):
    me, edition = edition_done.reviewers[0], edition_done.edition
    theirs = list(Proposal.objects.filter(edition=edition).exclude(assignments__reviewer=me).order_by("pk"))
    submitted(edition_done, theirs[0], me, 4)
    assert own_scores(me, edition) is not None  # four reviews are left
    submitted(edition_done, theirs[1], me, 4)
    assert own_scores(me, edition) is None


def test_what_a_conflict_hides_from_me_changes_nothing(edition_done):
    me, edition = edition_done.reviewers[0], edition_done.edition
    hidden = edition_done.proposal()
    ConflictFactory(user=me, sponsor=hidden.sponsor)
    before = own_scores(me, edition)
    with clock.at(clock.now() - timedelta(days=1)):
        for reviewer in edition_done.reviewers[1:]:
            submitted(edition_done, hidden, reviewer, 1)
    assert own_scores(me, edition) == before
