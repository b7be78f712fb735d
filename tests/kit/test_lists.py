"""Lists people work in: what an address can ask, what it cannot break, and the file of the same rows."""

from typing import NamedTuple

import pytest
from django.http import QueryDict

from expo.accounts.models import User
from expo.kit.lists import Pick, QueryList, WorkList
from tests.factories import UserFactory


class Thing(NamedTuple):
    title: str
    kind: str
    weight: float | None


class Things(WorkList[Thing]):
    search = staticmethod(lambda row: row.title)
    picks = (
        Pick("kind", "Any kind", lambda row: [(row.kind.lower(), row.kind)]),
        Pick("size", "Any size", lambda row: [("big", "")] if (row.weight or 0) > 2 else [], choices=[("big", "Big")]),
    )
    sorts = {"title": lambda row: row.title, "weight": lambda row: row.weight}
    columns = (("Title", lambda row: row.title), ("Weight", lambda row: row.weight))
    extra = ("cap", "places-")


THINGS = [Thing("Anvil", "Tool", 9.0), Thing("Balloon", "Toy", None), Thing("=HYPERLINK(1)", "Toy", 1.0)]


def listed(query: str = "") -> Things:
    return Things(QueryDict(query), THINGS)


def titles(query: str) -> list[str]:
    return [row.title[0] for row in listed(query).rows]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "AB="),
        ("q=ALL", "B"),
        ("kind=toy", "B="),
        ("size=big", "A"),
        ("kind=toy&q=hyper", "="),
        ("sort=weight", "=AB"),
        ("sort=-weight", "A=B"),
        ("kind=nonsense&sort=nonsense&page=x&size=%00&q=%00", "AB="),
    ],
)
def test_an_address_narrows_and_sorts_and_nonsense_is_ignored(query: str, shown: str) -> None:
    assert "".join(titles(query)) == shown


def test_the_counts_the_options_and_the_chips_say_what_is_shown() -> None:
    things = listed("kind=toy&q=b&sort=title&cap=2&places-3=1&noise=1&page=4")
    assert (things.shown, things.total) == (1, 3)
    assert [pick.options for pick in things.bound_picks] == [
        [("tool", "Tool", 1), ("toy", "Toy", 2)],
        [("big", "Big", 1)],
    ]
    rest = "sort=title&cap=2&places-3=1"
    assert things.chips == [("“b”", f"?kind=toy&{rest}"), ("Toy", f"?q=b&{rest}")]
    assert things.query == f"q=b&kind=toy&{rest}"
    assert things.hidden == [("sort", "title"), ("cap", "2"), ("places-3", "1")]
    assert listed("kind=toy").chips[0].address == "?all=1"


def test_the_file_holds_the_rows_shown_and_no_formula_runs() -> None:
    things = listed("kind=toy&format=csv")
    response = things.csv("My things")
    assert things.wants_csv
    assert response["Content-Disposition"] == 'attachment; filename="my-things.csv"'
    assert response.content.decode() == "\ufeffTitle,Weight\r\nBalloon,\r\n'=HYPERLINK(1),1.0\r\n"


class People(QueryList):
    search_in = ("name__icontains", "email__icontains")
    picks = (Pick("staff", "Anybody", choices=[("True", "Staff")], lookup="is_staff"),)
    orders = {"name": "name"}
    columns = (("Name", lambda row: row.name),)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "names"),
    [("sort=-name", "CBA"), ("q=ada&sort=name", "A"), ("staff=True", "B"), ("staff=rm+-rf&sort=nope&q=Cleo", "C")],
)
def test_the_database_narrows_a_queryset(query: str, names: str) -> None:
    for name in ("Ada", "Bob", "Cleo"):
        UserFactory(name=name, email=f"{name}@people.example".lower(), is_staff=name == "Bob")
    people = People(QueryDict(query), User.objects.order_by("name"))
    assert "".join(person.name[0] for person in people.page_obj) == names
    assert (people.shown, people.total) == (len(names), 3)
