"""The menu knows for everybody which page they are on."""

import pytest

from expo.editions.menu import CHAIRS, COCHAIR, MENU, ORGANISER, READER, REVIEWER, SPONSOR, menu_of
from expo.editions.states import Phase


def labels(phase: Phase, *roles: str) -> dict[str, list[str]]:
    return {group.title: [link.label for link in group.links] for group in menu_of(phase, {READER, *roles}, "")}


def test_a_reader_sees_the_edition_and_its_program() -> None:
    assert labels(Phase.REVIEW) == {"": ["Home"]}
    assert labels(Phase.PUBLISHED) == {"": ["Home", "Program"]}


def test_a_reviewer_and_a_sponsor_see_their_own_pages() -> None:
    assert labels(Phase.REVIEW, REVIEWER) == {"": ["Home"], "Review": ["My reviews", "My profile", "Rubric"]}
    assert labels(Phase.CALL, SPONSOR) == {"": ["Home"], "Propose": ["My proposals", "Rubric", "My conflicts"]}
    assert labels(Phase.SETUP, SPONSOR) == {"": ["Home"], "Propose": ["My proposals", "My conflicts"]}


def test_a_page_stands_once_for_somebody_with_two_parts() -> None:
    both = labels(Phase.REVIEW, SPONSOR, REVIEWER, COCHAIR)
    assert (both["Propose"], both["Review"][-2:]) == (["My proposals"], ["Rubric", "Ranking"])
    assert both["Set up"] == ["Sponsors", "Conflicts"]


def test_an_organiser_reaches_everything_that_is_theirs() -> None:
    assert labels(Phase.REVIEW, ORGANISER) == {
        "": ["Home", "Overview"],
        "Review": ["Rubric"],
        "Decide": ["Change requests", "After the decision"],
        "Program": ["Timetable", "Releases", "On the day"],
        "Set up": ["Setup", "Office", "Sponsors", "People", "Conflicts"],
        "Record": ["Mail", "Journal"],
    }


def test_two_roles_make_one_menu_without_doubles() -> None:
    both = labels(Phase.REVIEW, *CHAIRS)
    assert both["Review"] == ["Assignments", "Rubric", "Ranking"]
    flat = [label for group in both.values() for label in group]
    assert len(flat) == len(set(flat)) == 19


@pytest.mark.parametrize(
    ("view_name", "roles", "here"),
    [
        ("decisions:desk", [COCHAIR], ("Decisions", "page")),
        ("decisions:batch", [COCHAIR], ("Decisions", "true")),
        ("proposals:detail", [COCHAIR], ("After the decision", "true")),
        ("proposals:detail", [SPONSOR, COCHAIR], ("My proposals", "true")),
        ("sponsors:tier", [ORGANISER], ("Sponsors", "true")),
        ("assignments:import", [ORGANISER, COCHAIR], ("People", "true")),
        ("assignments:import", [COCHAIR], ("Assignments", "true")),
        ("releases:session", [], ("Program", "true")),
    ],
)
def test_a_page_without_an_item_of_its_own_belongs_to_one(
    view_name: str, roles: list[str], here: tuple[str, str]
) -> None:
    links = [link for group in menu_of(Phase.REVIEW, {READER, *roles}, view_name) for link in group.links]
    assert [(link.label, link.current) for link in links if link.current] == [here]


def test_what_has_not_begun_is_marked() -> None:
    links = [link for group in menu_of(Phase.CALL, {COCHAIR}, "") for link in group.links if link.is_ahead]
    assert [link.label for link in links] == [
        "Ranking",
        "Decisions",
        "Fairness check",
        "After the decision",
        "Timetable",
        "Releases",
        "On the day",
    ]


def test_every_item_is_a_route_of_an_edition() -> None:
    from tests.contract.addresses import ours

    known = {address.name for address in ours() if address.keywords[:1] == ("edition",)}
    named = {name for items in MENU.values() for item in items for name in [item.url_name, *item.pages.split()]}
    assert named - known == set()
