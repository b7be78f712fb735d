"""What the timetable's script sends and gets back: checks, versions, problems, others' changes."""

import json
import re

import pytest
from django.test import Client

from expo.editions.models import Break
from expo.program.models import Session
from expo.program.services import sessions
from tests.factories import EXPO_DAY, ConflictFactory, DayFactory, RoleFactory, TopicFactory, UserFactory

from .test_views import address, desk, stripped, text  # noqa: F401 - desk is a fixture

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


def value(stage, hour, minute=0):
    return f"{stage.at(hour, minute):%Y-%m-%dT%H:%MZ}"


def place(stage, hour, room=None):
    return {"room": (room or stage.hall).pk, "starts_at": value(stage, hour)}


def act(desk, where, sent, version=None):  # noqa: F811 - the fixture of the same name is not used here
    """(status, code or None, sentence) as the page's script hears it."""
    match = {"if-match": f'"{version}"'} if version else {}
    answer = desk.post(where, sent, headers={**JSON, **match})
    found = answer.json()
    return answer.status_code, found.get("code"), found.get("said") or found.get("detail")


class TestTheScript:
    def test_a_check_names_reasons_and_effects(self, stage, desk):  # noqa: F811
        stage.placed(title="In the way", hour=10)
        waiting = stage.accepted(expected_audience=400)
        here = address(stage, "check", waiting.code)
        assert desk.get(here, place(stage, 10)).json() == {
            "fits": False,
            "reasons": [
                {
                    "code": "room-taken",
                    "text": "Hall A is taken then by “In the way”. "
                    "Choose another room or time, or move the other session first.",
                }
            ],
            "effects": [{"code": "overflow", "text": "400 people are expected and the room has 300 seats."}],
        }
        assert desk.get(here, place(stage, 11)).json()["fits"] is True

    def test_a_check_of_a_swap_and_of_a_length(self, stage, desk):  # noqa: F811
        one, two = stage.placed("ada@x.example", hour=9), stage.placed("ada@x.example", hour=10)
        here = address(stage, "check", one.proposal.code)
        assert desk.get(here, {"other": two.pk}).json()["fits"] is True
        longer = desk.get(here, {**place(stage, 9), "minutes": 90}).json()
        assert [each["code"] for each in longer["reasons"]] == ["room-taken", "on-stage"]

    @pytest.mark.parametrize(
        "sent",
        [{}, {"room": "x"}, {"room": "9" * 30}, {"starts_at": "2027-13-99T99:99Z"}, {"other": "-1"}, {"minutes": "0"}],
    )
    def test_nonsense_is_refused_and_never_an_error(self, stage, desk, sent):  # noqa: F811
        here = address(stage, "check", stage.placed().proposal.code)
        answer = desk.get(here, sent)
        assert answer.status_code in (200, 422)
        assert answer.json().get("fits") is not True

    @pytest.mark.slow
    def test_verbs_answer_in_json_and_take_the_version_from_if_match(self, stage, desk):  # noqa: F811
        session = stage.placed(title="One", hour=9)
        here = address(stage, "session", session.pk)
        assert act(desk, here, place(stage, 11), 1) == (200, None, "“One” has moved.")
        stale = act(desk, here, place(stage, 12), 1)
        assert (stale[0], stale[1]) == (412, "stale")
        assert act(desk, here, {**place(stage, 12), "version": 1})[:2] == (409, "stale")
        assert act(desk, here, place(stage, 12))[:2] == (422, "version-missing")
        assert act(desk, here, {**place(stage, 12), "room": "x"}, 2)[:2] == (422, "invalid")
        assert act(desk, address(stage, "pin", session.pk), {"pinned": "on"}, 2) == (200, None, "“One” is pinned.")
        assert act(desk, address(stage, "unplace", session.pk), {}, 3)[2] == "“One” is unscheduled again."
        where = address(stage, "place", session.proposal.code)
        assert act(desk, where, place(stage, 9)) == (200, None, "“One” is scheduled.")
        assert act(desk, where, place(stage, 9))[:2] == (409, "already-placed")

    def test_a_problem_names_its_code_and_its_kind(self, stage, desk):  # noqa: F811
        session = stage.placed(hour=9)
        answer = desk.post(
            address(stage, "session", session.pk), place(stage, 10, stage.side[0]), headers={**JSON, "if-match": '"1"'}
        )
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert {key: answer.json()[key] for key in ("status", "code", "title")} == {
            "status": 422,
            "code": "wrong-track",
            "title": "wrong track",
        }

    def test_the_sessions_alone_are_rendered_for_the_script(self, stage, desk):  # noqa: F811
        stage.placed(title="One")
        part = desk.get(address(stage, "timetable"), headers={"HX-Request": "true"}).content.decode()
        assert part.strip().startswith("<div data-content")
        assert ("One" in part, "<html" in part) == (True, False)

    @pytest.mark.slow
    def test_of_several_days_one_is_shown(self, stage, desk):  # noqa: F811
        from datetime import timedelta

        DayFactory(edition=stage.edition, date=EXPO_DAY + timedelta(days=1))
        stage.placed(title="First")
        later = stage.accepted(title="Second")
        at = stage.at(9) + timedelta(days=1)
        sessions.place(by=stage.chair, proposal=later, room=stage.hall, starts_at=at)
        here = address(stage, "timetable")

        def drawn(query):
            return re.findall(r'<h2 id="h-([\d-]+)"', desk.get(here + query).content.decode())

        assert [drawn(query) for query in ("", "?day=2027-07-19", "?day=nonsense", "?day=all")] == [
            ["2027-07-18"],
            ["2027-07-19"],
            ["2027-07-18"],
            ["2027-07-18", "2027-07-19"],
        ]


class TestTheForms:
    @pytest.mark.slow
    def test_two_swap_places(self, stage, desk):  # noqa: F811
        one, two = stage.placed(title="One", hour=9), stage.placed(title="Two", hour=11)
        where = address(stage, "swap", one.pk)
        assert (
            f'<option value="{two.pk}-1">Two, Hall A</option>'
            in desk.get(address(stage, "session", one.pk)).content.decode()
        )
        assert desk.post(where, {"other": f"{two.pk}-1", "version": 1}).status_code == 302
        assert stage.program() == [("Two", "Hall A", "18 09:00"), ("One", "Hall A", "18 11:00")]
        refused = desk.post(where, {"other": f"{two.pk}-1", "version": 2})
        assert (refused.status_code, "Somebody changed this session" in text(refused)) == (422, True)

    @pytest.mark.slow
    def test_a_length_is_set_where_the_format_allows_one(self, stage, desk):  # noqa: F811
        session = stage.placed(title="One", hour=9)
        page = address(stage, "session", session.pk)
        assert "Set length" not in text(desk.get(page))
        stage.talk.least_minutes = 30
        stage.talk.save()
        assert "Set length" in text(desk.get(page))
        where = address(stage, "resize", session.pk)
        refused = desk.post(where, {"minutes": 20, "version": 1})
        assert (refused.status_code, "A talk takes from 30 to 60 minutes" in text(refused)) == (422, True)
        assert 'value="20"' in refused.content.decode()
        assert desk.post(where, {"minutes": 45, "version": 1}).status_code == 302

    @pytest.mark.slow
    def test_a_break_is_added_and_removed(self, stage, desk):  # noqa: F811
        stage.placed(title="In the way", hour=10)
        where = address(stage, "close")
        sent = {"room": stage.hall.pk, "starts_at": "2027-07-18T10:00", "ends_at": "2027-07-18T12:00", "name": "Leak"}
        refused = desk.post(where, sent)
        assert (refused.status_code, "“In the way” is scheduled there then" in text(refused)) == (422, True)
        assert 'value="Leak"' in refused.content.decode()
        assert desk.post(where, {**sent, "is_lost": "on"}).status_code == 302
        board = desk.get(address(stage, "timetable"))
        assert "runs into a break" in text(board)
        assert "is-clash" in board.content.decode()
        break_ = Break.objects.get()
        assert "Leak" in text(desk.get(where))
        assert desk.post(address(stage, "reopen", break_.pk)).status_code == 302
        assert not Break.objects.exists()

    @pytest.mark.slow
    def test_undo_and_redo_are_buttons_with_words(self, stage, desk):  # noqa: F811
        stage.placed(title="One", hour=9)
        assert "Undo ‘Place “One” in Hall A, 09:00’" in text(desk.get(address(stage, "timetable")))
        undone = desk.post(address(stage, "undo"), follow=True)
        assert "Undone: placing “One” in Hall A, 09:00." in text(undone)
        assert "Redo ‘Place “One” in Hall A, 09:00’" in text(undone)
        assert "Redone" in text(desk.post(address(stage, "redo"), {"step": "x"}, follow=True))
        refused = desk.post(address(stage, "redo"))
        assert (refused.status_code, "There is nothing to redo" in text(refused)) == (409, True)


class TestNews:
    @pytest.mark.slow
    def test_it_is_not_modified_until_somebody_changes_it(self, stage, desk):  # noqa: F811
        session = stage.placed(title="One", hour=9)
        page = desk.get(address(stage, "timetable")).content.decode()
        tag, since = re.search(r'data-etag="(\w+)" data-entry="(\d+)"', page).groups()
        where = address(stage, "changes")

        def asked():
            return desk.get(where, {"since": since}, headers={"if-none-match": f'"{tag}"'})

        assert asked().status_code == 304
        other = RoleFactory(edition=stage.edition, kind="cochair", user=UserFactory(name="Ann Chair")).user
        sessions.move(by=other, session=session, room=stage.hall, starts_at=stage.at(14), version=1)
        found = asked()
        assert found.status_code == 200
        assert found.json()["said"] == "Changed by Ann Chair: moving “One” to Hall A, 14:00."
        assert found["ETag"] != f'"{tag}"'
        for nonsense in ("x", "9" * 40, "-1"):
            assert desk.get(where, {"since": nonsense}).status_code == 200

    @pytest.mark.slow
    def test_soft_clashes_are_shown_on_the_cards(self, stage, desk):  # noqa: F811
        one = stage.placed(title="One", hour=9, expected_audience=400)
        stage.placed(title="Two", sponsor=one.proposal.sponsor, format=stage.workshop, room=stage.side[0], hour=9)
        shown = text(desk.get(address(stage, "timetable")))
        assert "overlaps another session of its sponsor · 400 people, 300 seats" in shown


@pytest.mark.slow
def test_whoever_has_a_conflict_reads_the_same_whatever_the_hidden_becomes(stage, desk):  # noqa: F811
    """Page, desk, check, news and undo: hidden sessions count with room and time alone."""
    topic = TopicFactory(edition=stage.edition)
    hidden = stage.placed("eve@x.example", title="Secret", format=stage.workshop, room=stage.side[0], hour=9)
    sponsor = hidden.proposal.sponsor
    mine = stage.placed("ada@x.example", title="Mine", hour=12)
    mine.proposal.topics.add(topic)
    ConflictFactory(user=stage.chair, sponsor=sponsor)
    other = RoleFactory(edition=stage.edition, kind="organiser").user

    def visible():
        pages = [
            desk.get(address(stage, "timetable")),
            desk.get(address(stage, "timetable"), headers={"hx-request": "1"}),
        ]
        pages += [desk.get(address(stage, "check", mine.proposal.code), place(stage, hour)) for hour in (9, 10, 14)]
        pages += [desk.get(address(stage, "check", mine.proposal.code), {"other": hidden.pk})]
        pages += [desk.get(address(stage, "changes")), desk.get(address(stage, "close"))]
        pages += [desk.get(address(stage, "session", mine.pk))]
        return [stripped(page) for page in pages]

    before = visible()
    hidden.proposal.topics.add(topic)
    sessions.pin(by=other, session=hidden, pinned=True, version=1)
    hidden.proposal.presenters.update(name="Zoe", email="zoe@x.example")
    type(hidden.proposal).objects.filter(pk=hidden.proposal_id).update(
        title="Other", expected_audience=900, prefers="morning", version=9, state="confirmed"
    )
    stage.accepted("new@x.example", title="New", sponsor=sponsor)
    assert visible() == before
    for where in ("session", "pin", "unplace", "swap", "resize"):
        assert desk.post(address(stage, where, hidden.pk), headers=JSON).status_code == 404
    assert act(desk, address(stage, "swap", mine.pk), {"other": f"{hidden.pk}-2"}, 1)[:2] == (422, "invalid")
    assert desk.get(address(stage, "check", hidden.proposal.code), place(stage, 9)).status_code == 404


def test_nobody_else_adds_breaks_undoes_or_asks(stage):
    stage.placed()
    stranger = Client()
    stranger.force_login(UserFactory())
    for where in ("changes", "close", "undo", "redo"):
        assert stranger.get(address(stage, where)).status_code == 404
    assert json.dumps(list(Session.objects.values_list("version", flat=True))) == "[1]"
