"""Why here: other places with what they break and cost, told to whoever may know it."""

import pytest

from expo.program.models import Session
from tests.factories import ConflictFactory, SponsorFactory, TopicFactory, TrackFactory

from .test_views import address, desk, stripped, text

pytestmark = pytest.mark.django_db
__all__ = ["desk"]


@pytest.fixture
def busy(stage):
    """Two rooms for talks; a sponsor's twins at ten, a third session at eleven, lunch at twelve."""
    TrackFactory(edition=stage.edition, name="More talks", room=stage.side[0], formats=[stage.talk])
    sponsor = SponsorFactory(edition=stage.edition)
    stage.mine = stage.placed("ada@x.example", title="Mine", hour=10, sponsor=sponsor)
    stage.twin = stage.placed(title="Twin", hour=10, room=stage.side[0], sponsor=sponsor)
    stage.other = stage.placed("ada@x.example", title="Other", hour=11, room=stage.side[0])
    stage.pause(12, 13)
    return stage


def test_a_session_page_tells_where_else_it_could_be_and_what_that_costs(busy, desk):
    shown = text(desk.get(address(busy, "session", busy.mine.pk)))
    for words in (
        "Gains: 60 fewer minutes beside its sponsor&#x27;s other sessions",
        "the room is taken by “Twin”",
        "Ada is on stage in “Other”",
        "Breaks: it runs into Lunch.",
    ):
        assert words in shown


def test_a_pinned_session_says_so_and_still_shows_its_other_places(busy, desk):
    Session.objects.filter(pk=busy.mine.pk).update(is_pinned=True)
    shown = text(desk.get(address(busy, "session", busy.mine.pk)))
    assert "It is pinned here" in shown
    assert "it runs into Lunch" in shown


def test_reasons_name_nothing_a_wall_hides_and_do_not_change_with_it(busy, desk):
    """The hidden session shares a presenter, and comes to share the topics; its place is all that counts."""
    hidden = busy.other.proposal
    ConflictFactory(user=busy.chair, sponsor=hidden.sponsor)
    topic = TopicFactory(edition=busy.edition)
    busy.mine.proposal.topics.add(topic)
    page = address(busy, "session", busy.mine.pk)
    before = stripped(desk.get(page))
    shown = text(desk.get(page))
    assert "on stage" not in shown
    assert "Other" not in shown.replace("Other places", "")
    assert "Some sessions are hidden from you" in shown
    hidden.topics.add(topic)
    hidden.presenters.update(email="eve@x.example", name="Eve")
    busy.accepted("ada@x.example", title="Unplaced", sponsor=hidden.sponsor, merit=5)
    type(hidden).objects.filter(pk=hidden.pk).update(
        title="New", merit=1, expected_audience=900, track=busy.talks, minutes=30, format=busy.workshop
    )
    Session.objects.filter(pk=busy.other.pk).update(is_pinned=True, version=9)
    assert stripped(desk.get(page)) == before
