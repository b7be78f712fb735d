"""Seats against audiences: blocks as high as their room is full, and nothing of what is hidden."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from expo.editions.models import Room
from expo.program.queries.seats import SeatedSession, seats_chart
from expo.program.queries.timetable import editor_timetable
from tests.factories import ConflictFactory

DAY = date(2027, 7, 18)
NINE = datetime(2027, 7, 18, 13, tzinfo=UTC)


def session(room: int, hour: int, audience: int, title: str = "Talk") -> SeatedSession:
    start = NINE + timedelta(hours=hour)
    return SeatedSession(room, start, start + timedelta(hours=1), title, audience)


def test_a_block_is_as_high_as_its_room_is_full_and_too_many_are_counted() -> None:
    rooms = [Room(pk=1, name="Hall A", capacity=100), Room(pk=2, name="Lobby", capacity=None)]
    found = [session(1, 0, 50), session(1, 1, 130), session(1, 3, 0), session(2, 0, 900)]
    chart = seats_chart(DAY, found, rooms, ZoneInfo("America/New_York"))
    (row,) = chart.rows
    assert [(mark.low, mark.high, mark.look) for mark in row.marks] == [
        (0, 1, ""),
        (1, 2, "warn"),
        (3, 4, "part-asked"),
    ]
    assert [round(mark.level, 3) for mark in row.marks] == [0.333, 0.867, 0.15]
    assert row.marks[1].title == "Talk: 130 people expected, 100 seats"
    assert (row.cells, row.value, row.word) == (("100", "130", "30"), "100 seats", "30 too many")
    assert chart.summary == "30 people without a seat, as far as audiences are known."
    assert [text for _, text in chart.steps] == ["09:00", "10:00", "11:00", "12:00", "13:00"]


def test_a_day_without_sessions_is_a_sentence() -> None:
    assert seats_chart(DAY, [], [Room(pk=1, name="Hall A", capacity=100)], ZoneInfo("UTC")).is_told


@pytest.mark.django_db
def test_the_audience_of_a_hidden_session_is_not_drawn(stage) -> None:
    seen, hidden = stage.placed(hour=9, title="Seen"), stage.placed(hour=10, title="Hidden")
    for placed in (seen, hidden):
        placed.proposal.expected_audience = 70
        placed.proposal.save()
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    (chart,) = editor_timetable(stage.edition, stage.chair).seats
    assert [mark.title.partition(":")[0] for row in chart.rows for mark in row.marks] == ["Seen"]
