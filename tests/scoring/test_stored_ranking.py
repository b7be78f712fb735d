"""Stored rankings: the same numbers as computed now, one row per set of hidden proposals, and never out of date."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expo.editions.models import Day, Format
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.memo import remembering
from expo.sponsors.models import Entitlement
from reviews.rubrics.models import Criterion, Level
from reviews.scoring.models import Review, Score, StoredRanking
from reviews.scoring.queries.ranking import ranking_of
from reviews.scoring.queries.stored_ranking import scope_of
from reviews.scoring.services.exclusion import exclude_review
from reviews.scoring.services.rankings import keep_up, sweep
from reviews.scoring.tasks import follow_facts
from tests.concurrency import race
from tests.factories import ConflictFactory
from tests.scoring.fixtures import open_review


def everything(panel, viewer) -> dict[str, Any]:
    """What a ranking says, by name."""
    found = ranking_of(panel.edition, viewer)
    names = ("scores", "pools", "lines", "is_calibrated", "gate", "sentence", "offset_share", "readings", "problem")
    return {name: getattr(found, name) for name in names} | {"why": [each.why for each in found.scores]}


def computed(panel, viewer) -> dict[str, Any]:
    """The same with nothing stored; what is stored comes back."""
    rows = list(StoredRanking.objects.all())
    StoredRanking.objects.all().delete()
    try:
        return everything(panel, viewer)
    finally:
        StoredRanking.objects.bulk_create(rows)


def some_reviews(panel) -> list[Any]:
    return [panel.proposal(*values) for values in ((4, 4, 3), (3, 2, 3), (2, 2), (1, 3, 2), ())]


def spoil() -> None:
    """Make what is stored recognisable, so that a page which reads it says so."""
    for row in StoredRanking.objects.all():
        row.result["lines"] = dict.fromkeys(row.result["lines"], 99.0)
        row.save()


def reads_what_is_stored(panel, viewer) -> bool:
    return 99.0 in ranking_of(panel.edition, viewer).lines.values()


def test_what_is_stored_is_what_would_be_computed(panel):
    some_reviews(panel)
    before = everything(panel, panel.chair)
    assert keep_up(panel.edition) == 1
    assert everything(panel, panel.chair) == before
    spoil()
    assert reads_what_is_stored(panel, panel.chair)
    assert keep_up(panel.edition) == 0


CHANGES = {
    "score gone": lambda panel: Score.objects.first().delete(),
    "score": lambda panel: Score.objects.update(level=Level.objects.order_by("value").last()),
    "flag": lambda panel: Review.objects.filter(pk=Review.objects.first().pk).update(is_recruiting=True),
    "excluded": lambda panel: exclude_review(
        by=panel.chair, assignment=Review.objects.first().assignment, reason="Off."
    ),
    "submitted": lambda panel: panel.proposal(4, 4),
    "weight": lambda panel: Criterion.objects.filter(pk=panel.criteria[0].pk).update(weight=7),
    "level": lambda panel: Level.objects.filter(value=4).update(value=9),
    "capacity": lambda panel: Day.objects.update(closes_at="09:30"),
    "length": lambda panel: Format.objects.update(minutes=30),
    "limit": lambda panel: Entitlement.objects.update(may_be_accepted=0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_stored_is_read_once_what_went_in_has_changed(panel, change):
    some_reviews(panel)
    keep_up(panel.edition)
    spoil()
    change(panel)
    assert not reads_what_is_stored(panel, panel.chair)
    assert keep_up(panel.edition) == 1
    assert everything(panel, panel.chair) == computed(panel, panel.chair)


def test_a_conflict_that_came_up_marks_the_review_at_once(panel):
    proposal = some_reviews(panel)[0]
    keep_up(panel.edition)
    spoil()
    ConflictFactory(user=panel.reviewers[0], sponsor=proposal.sponsor)
    assert not reads_what_is_stored(panel, panel.chair)
    assert ranking_of(panel.edition, panel.chair).of(proposal).conflicted == 1


def test_a_conflict_that_lapses_with_time_is_noticed(panel):
    some_reviews(panel)
    keep_up(panel.edition)
    spoil()
    with clock.at(clock.now() + timedelta(days=1)):
        assert not reads_what_is_stored(panel, panel.chair)


def test_each_set_of_hidden_proposals_has_one_row(panel):
    proposals = some_reviews(panel)
    second, third, fourth = panel.cochair(), panel.cochair(), panel.cochair()
    for user in (third, fourth):
        ConflictFactory(user=user, sponsor=proposals[0].sponsor)
    assert keep_up(panel.edition) == 2
    assert StoredRanking.objects.count() == 2
    spoil()
    assert all(reads_what_is_stored(panel, each) for each in (panel.chair, second, third, fourth))
    fourth.conflicts.all().delete()
    third.conflicts.all().delete()
    assert keep_up(panel.edition) == 0
    assert StoredRanking.objects.count() == 1


def test_nothing_hidden_moves_what_a_conflicted_chair_reads(panel):
    hidden, *_ = some_reviews(panel)
    other = panel.cochair()
    ConflictFactory(user=other, sponsor=hidden.sponsor)
    keep_up(panel.edition)
    scope = scope_of(panel.edition, other)
    before, shown = StoredRanking.objects.values().get(scope=scope), everything(panel, other)
    Score.objects.filter(review__assignment__proposal=hidden).update(level=Level.objects.order_by("value").first())
    hidden.title = "Another"
    hidden.save()
    panel.review(hidden, panel.cochair(), 1)
    assert keep_up(panel.edition) == 1
    assert StoredRanking.objects.values().get(scope=scope) == before
    assert everything(panel, other) == shown == computed(panel, other)


def test_editions_do_not_touch_each_other(panel):
    some_reviews(panel)
    other = open_review()
    second = some_reviews(other)[2]
    assert sweep() == 2
    rows = {row.edition_id: row for row in StoredRanking.objects.all()}
    other.review(second, other.reviewers[3], 1)
    assert sweep() == 1
    assert StoredRanking.objects.get(edition=panel.edition).computed_at == rows[panel.edition.pk].computed_at


def test_a_ranking_is_read_in_few_queries(panel):
    for _ in range(4):
        some_reviews(panel)
    keep_up(panel.edition)
    with remembering(), CaptureQueriesContext(connection) as asked:
        found = ranking_of(panel.edition, panel.chair)
        assert len(found.scores) == 20
    assert len(asked) <= 12


def test_a_submitted_review_is_followed_by_the_task(panel, monkeypatch):
    sent = []
    monkeypatch.setattr("reviews.scoring.tasks.send", lambda *task: sent.append(task))
    entry = record("scoring.review_submitted", by=panel.chair, edition_id=panel.edition.pk)
    assert [each.task for each in Entry.objects.get(pk=entry.pk).reactions.all()] == ["scoring.follow_facts"]
    follow_facts(entry)
    assert sent == [("scoring.keep_up", panel.edition.pk)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_store_one_row(panel):
    some_reviews(panel)
    done = race(*[lambda: keep_up(panel.edition)] * 3)
    assert sum(done) >= 1
    assert StoredRanking.objects.count() == 1
    assert keep_up(panel.edition) == 0
    assert everything(panel, panel.chair) == computed(panel, panel.chair)
