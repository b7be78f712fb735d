"""The queue's pictures: whose numbers they are, where they come from, and what a conflict keeps out of them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expo.kit import clock
from reviews.assignments.models import Assignment
from reviews.assignments.queries.figures import figures, reviews_in
from reviews.scoring.models import Review
from tests.assignments.test_views import at, offered, read
from tests.factories import AssignmentFactory, ConflictFactory, ReviewFactory

pytestmark = pytest.mark.django_db


def test_figures_count_what_the_viewer_may_see(client, world):
    ada = world.reviewer()
    seen, hidden = offered(world, ada), offered(world, ada)
    Assignment.objects.update(affinity=0.75, offered_at=clock.now() - timedelta(days=9))
    ConflictFactory(user=world.chair, sponsor=hidden.proposal.sponsor)
    found = figures(world.edition, world.chair)
    assert [bar.count for bar in found.affinity.bars] == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert [(row.label, row.cells) for row in found.loads.rows] == [(str(ada), ("0", "0", "0", "1", "3"))]
    assert [bar.label for bar in found.offers.bars if bar.count] == ["8 to 14 days"]
    assert found.arrivals.needed == 2
    page = read(client, world.chair, at("figures", world))
    assert "1 pair at 0.7 to 0.8." in page
    assert seen.proposal.title not in page


def test_a_load_is_stacked_by_what_became_of_it_against_the_own_limit(world):
    ada, free = world.reviewer(max_load=2), world.reviewer()
    for state in ("submitted", "accepted", "offered"):
        offered(world, ada, state)
    loads = figures(world.edition, world.chair).loads
    assert [row.label for row in loads.rows] == [str(free), str(ada)]
    row = loads.rows[1]
    assert row.cells == ("1", "0", "1", "1", "2")
    assert [(mark.low, mark.high) for mark in row.marks] == [(0, 1), (1, 2), (2, 3), (2, 0)]
    assert (row.value, row.word, row.look) == ("3 of 2", "1 over", "warn")
    assert loads.rows[0].tip == f"{free}: nothing yet; limit 3"
    assert loads.summary == "3 reviews with 2 reviewers; 1 has more than their limit."
    assert [rule.word for rule in loads.rules] == ["usual load 3"]


def test_reviews_add_up_day_by_day_and_one_too_many_stands_for_no_other(world):
    now = clock.now()
    proposal, other = world.proposal(), world.proposal()
    for days in (5, 3, 3):
        row = AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=world.reviewer(), state="submitted")
        ReviewFactory(assignment=row)
        Review.objects.filter(assignment=row).update(submitted_at=now - timedelta(days=days))
    AssignmentFactory(edition=world.edition, proposal=other, reviewer=world.reviewer(), state="accepted")
    Assignment.objects.update(offered_at=now - timedelta(days=9))
    world.edition.reviews_due_at = now + timedelta(days=10)
    found = reviews_in(world.edition, world.chair)
    assert [count for _, count in found.days] == [0, 1, 2]
    assert (found.needed, found.now) == (4, 2)
    ConflictFactory(user=world.chair, sponsor=proposal.sponsor)
    assert (reviews_in(world.edition, world.chair).needed, reviews_in(world.edition, world.chair).now) == (2, 0)


def test_lateness_is_told_in_days(world):
    now = clock.now()
    for days in (-20, -5, -1, 1, 4, 30):
        made = offered(world, world.reviewer(), "accepted")
        Assignment.objects.filter(pk=made.pk).update(due_at=now - timedelta(days=days))
    offered(world, world.reviewer(), "submitted")
    found = figures(world.edition, world.chair).lateness
    assert {bar.label: bar.count for bar in found.bars if bar.count} == {
        "More than 14 days left": 1,
        "7 to 3 days left": 1,
        "2 days left or fewer": 1,
        "Up to 2 days late": 1,
        "3 to 7 days late": 1,
        "More than 7 days late": 1,
    }
    assert found.note == "3 of 6 are late. In days before the due date; + is after it."


@pytest.mark.slow
def test_the_page_asks_a_constant_number_of_questions(client, world):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            read(client, world.chair, at("figures", world))
        return len(queries)

    offered(world, world.reviewer())
    asked()
    few = asked()
    for _ in range(8):
        offered(world, world.reviewer(), "submitted")
    assert asked() == few
