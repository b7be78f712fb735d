"""Why here: other places with what they break and cost, told to whoever may know it."""

import re

import pytest

from expo.program.models import Question, Run, Session
from expo.program.services import questions
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
    stage.add_break(12, 13)
    return stage


def why_not(stage, desk, proposal):
    """The page after the chair has asked and a worker has answered."""
    page = address(stage, "why-not", proposal.code)
    assert desk.post(page).url == page
    for question in Question.objects.under_way():
        assert questions.answer(question.pk)
    return desk.get(page)


def test_a_session_page_tells_where_else_it_could_be_and_what_that_costs(busy, desk):
    shown = text(desk.get(address(busy, "session", busy.mine.pk)))
    for words in (
        "Gains: 60 fewer minutes of overlap with its sponsor&#x27;s other sessions",
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


@pytest.mark.slow
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
    assert "Other" not in shown.replace("Other slots", "")
    assert "Some sessions are hidden from you" in shown
    hidden.topics.add(topic)
    hidden.presenters.update(email="eve@x.example", name="Eve")
    busy.accepted("ada@x.example", title="Unplaced", sponsor=hidden.sponsor, merit=5)
    type(hidden).objects.filter(pk=hidden.pk).update(
        title="New", merit=1, expected_audience=900, track=busy.talks, minutes=30, format=busy.workshop
    )
    Session.objects.filter(pk=busy.other.pk).update(is_pinned=True, version=9)
    assert stripped(desk.get(page)) == before


@pytest.mark.slow
def test_a_session_without_a_place_is_told_what_would_have_to_give_way(busy, desk):
    """Its presenter comes at twelve, when lunch is; from one on both rooms are free, so she must only stay longer."""
    late = busy.accepted("eve@x.example", title="Late")
    busy.away(late, 9, 12)
    busy.away(late, 13, 18)
    shown = text(why_not(busy, desk, late))
    for words in ("Lunch (18 Jul 12:00 to 13:00) were moved", "Eve could come", "proved to be the smallest"):
        assert words in shown
    assert busy.placed(title="Placed", hour=15).pk
    assert desk.get(address(busy, "why-not", busy.mine.proposal.code)).url == address(busy, "session", busy.mine.pk)


@pytest.mark.slow
def test_what_needs_moves_alone_is_shown_as_a_timetable(busy, desk):
    """She can come at eleven only, to the room that Other stands in; Other may go anywhere else."""
    tight = busy.accepted("eve@x.example", title="Tight", track=busy.mine.track)
    busy.away(tight, 9, 10)
    busy.away(tight, 11, 18)
    page = why_not(busy, desk, tight)
    assert "If 1 other session moved" in text(page)
    put = re.search(r'name="put" value="([^"]+)"', page.content.decode()).group(1)
    answer = desk.post(address(busy, "what-if"), {"put": put})
    run = Run.objects.get()
    assert (answer.url, run.kind) == (address(busy, "run", run.pk), "what-if")
    assert run.parameters["put"] == [[tight.pk, busy.hall.pk, busy.at(10).isoformat()]]


@pytest.mark.slow
def test_a_swap_is_answered_in_words_and_aim_by_aim(busy, desk):
    page = address(busy, "could-swap", busy.mine.pk)
    assert "Choose a session" in text(desk.get(page))
    shown = text(desk.get(page, {"with": busy.other.pk}))
    assert "Yes, they can swap" in shown
    assert "Overlap of one sponsor&#x27;s sessions -60 minutes better" in shown
    assert "Swap them now" in shown
    Session.objects.filter(pk=busy.twin.pk).update(is_pinned=True)
    pinned = text(desk.get(page, {"with": busy.twin.pk}))
    assert "“Twin”: it is pinned where it is." in pinned
    assert "No, they cannot swap" in pinned
    assert [desk.get(page, {"with": wrong}).status_code for wrong in ("x", busy.mine.pk, 10**9)] == [422] * 3


@pytest.mark.slow
def test_wishes_that_are_none_are_refused_in_words(busy, desk):
    for rows in ([], ["x"], ["1:2"], [f"{10**12}:1:2027-07-18T13:00:00+00:00"]):
        page = desk.post(address(busy, "what-if"), {"put": rows})
        assert page.status_code in (403, 422), rows
        assert "This was not done" in text(page)
    assert Run.objects.count() == 0


@pytest.mark.slow
def test_answers_tell_nothing_of_what_a_wall_hides(busy, desk):
    hidden, tight = busy.other.proposal, busy.accepted("eve@x.example", title="Tight")
    busy.away(tight, 9, 11)
    busy.away(tight, 12, 18)
    busy.placed(title="Third", hour=11)
    ConflictFactory(user=busy.chair, sponsor=hidden.sponsor)
    pages = [
        address(busy, "could-swap", busy.mine.pk),
        f"{address(busy, 'could-swap', busy.mine.pk)}?with={busy.twin.pk}",
        f"{address(busy, 'could-swap', busy.mine.pk)}?with={busy.other.pk}",
    ]
    before = [stripped(why_not(busy, desk, tight)), *(stripped(desk.get(page)) for page in pages)]
    assert not any(b"Other" in page for page in before)
    hidden.presenters.update(email="eve@x.example", name="Eve")
    busy.accepted("eve@x.example", title="Unplaced", sponsor=hidden.sponsor, merit=5)
    type(hidden).objects.filter(pk=hidden.pk).update(title="New", merit=1, expected_audience=900, minutes=30)
    Session.objects.filter(pk=busy.other.pk).update(is_pinned=True, version=9)
    assert [stripped(desk.get(page)) for page in (address(busy, "why-not", tight.code), *pages)] == before


def test_a_room_that_its_sponsor_excluded_is_named_and_not_compared(busy, desk):
    busy.mine.proposal.excluded_rooms.set([busy.side[0]])
    shown = text(desk.get(address(busy, "session", busy.mine.pk)))
    room, sponsor = busy.side[0].name, busy.mine.proposal.sponsor.name
    assert f"{sponsor} cannot use {room}, so no slot there is compared." in shown
    assert "the room is taken by “Twin”" not in shown


@pytest.mark.slow
def test_the_room_that_a_sponsor_excluded_may_be_all_that_is_in_the_way(stage, desk):
    asked = stage.accepted(title="Kept out")
    asked.excluded_rooms.set([stage.hall])
    shown = text(why_not(stage, desk, asked))
    assert f"{asked.sponsor.name} could use the rooms that it excluded" in shown
