"""What one more review would change: the arithmetic, and the page that offers it."""

import re

import numpy as np
import pytest
from django.urls import reverse

from expo.editions.states import Phase
from reviews.assignments.models import Assignment
from reviews.assignments.states import AssignmentState
from reviews.scoring.choice import Limit, Pool
from reviews.scoring.one_more import Scored, one_more
from reviews.scoring.queries.one_more import worth_a_review
from tests.factories import ConflictFactory, RoleFactory, UserFactory
from tests.pages import squeezed


def pool(places, values, limits=()):
    return Pool("all", places, tuple((code, 1) for code in values), limits)


def scored(values, spread=0.5):
    return [Scored(code, value, spread, 0.5) for code, value in values.items()]


def test_the_probability_is_that_of_the_step_past_the_nearest_rival():
    """v² = .25, noise .75: steps of .25 / 1 = .25; B must fall by .1 to be out, C rise by .1 to be in."""
    values = {"A": 4.0, "B": 3.1, "C": 3.0, "D": 1.0}
    found = {each.code: each for each in one_more(pool(2, values), scored(values), noise=0.75)}
    assert found["B"].changes == pytest.approx(found["C"].changes, abs=1e-6) == pytest.approx(0.344578, abs=1e-5)
    assert [found[code].is_in for code in "ABCD"] == [True, True, False, False]
    assert found["A"].changes < 1e-4 > found["D"].changes


def test_a_rival_of_the_same_limit_counts_and_no_other():
    values = {"A": 4.0, "B": 3.9, "C": 1.0}
    held = one_more(pool(2, values, (Limit(("A", "B"), 1),)), scored(values), noise=0.75)
    assert [each.code for each in held][:2] == ["A", "B"]
    assert held[0].changes == pytest.approx(held[1].changes, abs=1e-6) == pytest.approx(0.344578, abs=1e-5)
    assert held[2].changes == 0  # nobody else may have the second place


def test_simulated_scores_change_sides_as_often_as_said():
    random = np.random.default_rng(2)
    values = {"A": 3.6, "B": 3.2, "C": 3.0, "D": 2.9}
    (said,) = (each.changes for each in one_more(pool(2, values), scored(values), noise=0.75) if each.code == "D")
    truth = random.normal(2.9, 0.5, 40_000)
    after = (2.9 / 0.25 + random.normal(truth, 0.75**0.5) / 0.75) / (1 / 0.25 + 1 / 0.75)
    assert np.mean(after > 3.2) == pytest.approx(said, abs=0.01)


class TestPage:
    @pytest.fixture
    def close(self, panel):
        """Two clear cases and two that are close to the line, and a reviewer who has none of them yet."""
        proposals = [panel.proposal(*values) for values in ((4, 4, 4), (3, 3, 2), (3, 2, 3), (1, 1, 2))]
        return proposals, RoleFactory(edition=panel.edition).user

    def page(self, panel, client, user=None):
        client.force_login(user or panel.chair)
        return client.get(reverse("scoring:one-more", args=[panel.edition.slug]))

    def test_it_lists_what_is_close_with_who_could_review_it(self, panel, close, client):
        proposals, free = close
        rows = worth_a_review(panel.edition, panel.chair)
        assert {row.score.proposal for row in rows[:2]} == set(proposals[1:3])
        assert rows[0].changes >= rows[-1].changes >= 0.05
        assert free in {each.user for each in rows[0].reviewers}
        has_it = set(Assignment.objects.filter(proposal=rows[0].score.proposal).values_list("reviewer", flat=True))
        assert not has_it & {each.user.pk for each in rows[0].reviewers}
        text = squeezed(self.page(panel, client))
        assert f"Offer to {free}" in text
        assert re.search(r"3 of 3", text)

    def test_one_button_offers_it(self, panel, close, client):
        (_, second, *_), free = close
        client.force_login(panel.chair)
        url = reverse("scoring:offer-one-more", args=[panel.edition.slug, second.code])
        response = client.post(url, {"reviewer": free.pk}, follow=True)
        assert f"Offered to {free}: “{second.title}”." in [str(each) for each in response.context["messages"]]
        assert Assignment.objects.get(proposal=second, reviewer=free).state == AssignmentState.OFFERED
        row = next(each for each in worth_a_review(panel.edition, panel.chair) if each.score.proposal == second)
        assert (row.to_come, free in {each.user for each in row.reviewers}) == (1, False)
        for wrong in (free.pk, "x", UserFactory().pk):
            client.post(url, {"reviewer": wrong})
        assert Assignment.objects.filter(proposal=second).count() == 4

    def test_a_conflict_hides_reviewer_and_proposal(self, panel, close):
        proposals, free = close
        ConflictFactory(user=free, sponsor=proposals[1].sponsor)
        rows = {row.score.proposal: row for row in worth_a_review(panel.edition, panel.chair)}
        assert free not in {each.user for each in rows[proposals[1]].reviewers}
        assert free in {each.user for each in rows[proposals[2]].reviewers}
        ConflictFactory(user=panel.chair, sponsor=proposals[2].sponsor)
        assert proposals[2] not in {row.score.proposal for row in worth_a_review(panel.edition, panel.chair)}

    def test_it_ends_when_decisions_begin(self, panel, close, client):
        panel.edition.phase = Phase.DECIDE
        panel.edition.save()
        assert worth_a_review(panel.edition, panel.chair) == []
        assert "No reviews are being collected" in squeezed(self.page(panel, client))

    def test_reviewers_and_strangers_do_not_learn_what_is_close(self, panel, close, client):
        for user in (close[1], UserFactory()):
            assert self.page(panel, client, user).status_code == 404
