"""What a release changes against the one before."""

from dataclasses import replace
from datetime import timedelta

from expo.releases import diff
from expo.releases.snapshot import Person, PublishedLink, PublishedPart, PublishedRoom
from tests.releases.samples import ABOUT, LATER, NINE, PORTRAIT, detailed, program, session


def said(old, new) -> list[tuple[str, str]]:
    return [(change.kind, change.text) for change in diff.changes(old, new)]


def test_the_first_release_changes_nothing() -> None:
    assert said(None, program()) == []


def test_equal_programs_have_no_changes_and_are_the_same() -> None:
    assert said(program(), program()) == []
    assert diff.is_same(program(), program())
    assert not diff.is_same(None, program())


def test_new_and_cancelled_sessions_are_named() -> None:
    assert said(program(session(1)), program(session(2))) == [
        ("cancelled", "“Title 1” is cancelled."),
        ("new", "“Title 2” is new: Hall A, Sun 18 Jul, 10:00 to 11:00."),
    ]


def test_a_move_says_from_where_to_where_in_the_editions_zone() -> None:
    moved = session(1, room=PublishedRoom(8, "Hall B"), starts=NINE + timedelta(hours=5))
    assert said(program(session(1)), program(moved)) == [
        ("moved", "“Title 1” moved from Hall A, Sun 18 Jul, 09:00 to 10:00 to Hall B, Sun 18 Jul, 14:00 to 15:00.")
    ]


def test_a_move_is_told_in_the_new_programs_zone_even_after_that_zone_changed() -> None:
    berlin = replace(ABOUT, time_zone="Europe/Berlin")
    moved = session(1, starts=NINE + timedelta(hours=1))
    assert said(program(session(1)), program(session(1), about=berlin)) == []
    assert said(program(session(1)), program(moved, about=berlin)) == [
        ("moved", "“Title 1” moved from Hall A, Sun 18 Jul, 15:00 to 16:00 to Hall A, Sun 18 Jul, 16:00 to 17:00.")
    ]


def test_changed_words_are_named_and_not_quoted() -> None:
    changed = session(1, text="Other", presenters=(), topics=())
    assert said(program(session(1)), program(changed)) == [
        ("changed", "“Title 1”: the text, the presenters and the topics changed.")
    ]


def test_a_session_can_move_and_change_at_once() -> None:
    both = session(1, title="Better", starts=NINE + timedelta(hours=1))
    assert [kind for kind, _ in said(program(session(1)), program(both))] == ["moved", "changed"]


def test_seats_and_order_of_rooms_do_not_change_a_session() -> None:
    assert diff.is_same(program(session(1)), program(session(1, room=PublishedRoom(7, "Hall A", 50, 9))))


def test_sequence_grows_only_for_what_changed() -> None:
    first = diff.continued(None, program(session(1), session(2)), at=NINE)
    second = diff.continued(first, program(session(1, title="New"), session(2)), at=LATER)
    assert [(each.sequence, each.changed_at) for each in first.sessions] == [(0, NINE), (0, NINE)]
    assert [(each.sequence, each.changed_at) for each in second.sessions] == [(1, LATER), (0, NINE)]


def test_a_cancelled_session_stays_as_last_published_and_can_come_back() -> None:
    first = diff.continued(None, program(session(1), session(2)), at=NINE)
    second = diff.continued(first, program(session(2)), at=LATER)
    third = diff.continued(second, program(session(2, title="New")), at=LATER + timedelta(days=1))
    fourth = diff.continued(third, program(session(1), session(2, title="New")), at=LATER + timedelta(days=2))
    assert [replace(each, sequence=0, changed_at=None) for each in second.cancelled] == [first.sessions[0].facts]
    assert [(each.sequence, each.changed_at) for each in second.cancelled] == [(1, LATER)]
    assert third.cancelled == second.cancelled
    assert fourth.cancelled == ()
    assert fourth.by_code["AAAAA1"].sequence == 2


def test_what_changed_around_the_text_is_named() -> None:
    ada, charles = detailed().presenters
    now = detailed(
        presenters=(replace(ada, biography="More.", picture=None), replace(charles, link="https://c.example/")),
        parts=(
            PublishedPart(0, 30, "Set-up", "Bring a laptop.", ("Ada Lovelace",)),
            PublishedPart(30, 30, "Questions"),
        ),
        links=(PublishedLink("Paper", "https://arxiv.example/2"),),
        profile=None,
    )
    text = (
        "“Title 1”: the outline (“Set-up” differs, “Questions” is new, “Hands on” is gone), the biography of Ada "
        "Lovelace, the picture of Ada Lovelace, the link of Charles Babbage, the links and the profile of "
        "Analytical Engines changed."
    )
    assert said(program(detailed()), program(now)) == [("changed", text)]


def test_many_changed_parts_are_counted_and_equal_titles_are_told_apart() -> None:
    breaks = tuple(PublishedPart(10 * at, 10, "Pause") for at in range(5))
    assert said(
        program(session(1, parts=breaks)), program(session(1, parts=(*breaks[:4], replace(breaks[4], minutes=5))))
    ) == [("changed", "“Title 1”: the outline (“Pause” differs) changed.")]
    assert said(program(session(1)), program(session(1, parts=breaks))) == [
        ("changed", "“Title 1”: the outline (“Pause” is new, “Pause” is new, “Pause” is new, 2 more) changed.")
    ]


def test_somebody_new_is_a_change_of_the_presenters_alone() -> None:
    grace = Person("Grace Hopper", "", "Found a bug.", "", PORTRAIT)
    now = detailed(presenters=(*detailed().presenters, grace))
    assert said(program(detailed()), program(now)) == [("changed", "“Title 1”: the presenters changed.")]
