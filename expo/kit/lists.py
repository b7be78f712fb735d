"""Lists people work in: what the address asks of them (search, choices, order, page), and the same rows as CSV.

A page says what its rows can be narrowed and sorted by; the toolbar, the chips, the counts and the file follow.
Unknown values in an address are ignored: it then shows more, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.text import slugify

from .csv_import import csv_text
from .http import csv_response

Row = TypeVar("Row")
Choice = tuple[str, str]
Column = tuple[str, Callable[[Any], Any]]

LONGEST_SEARCH = 200
LONGEST_QUERY = 500
#: In an address: the whole list, also where the person saved a view of it.
WHOLE = "all=1"
#: Every list by the name of its address: what may be saved as a person's view.
LISTS: dict[str, type[WorkList[Any]]] = {}


@dataclass(frozen=True)
class Pick:
    """A choice that narrows a list. `of` gives the values of a row, with their words; `choices`: all there are.

    `is_drawn`: the toolbar offers it; else the page does, as tabs.

    Without `choices`, those that occur in the rows are offered. A `QueryList` needs `choices` and `lookup`.
    """

    name: str
    label: str  # the first option: "Any format"
    of: Callable[[Any], Iterable[Choice]] | None = None
    choices: Sequence[Choice] | Callable[[], Sequence[Choice]] = ()
    lookup: str = ""
    is_drawn: bool = True


class BoundPick(NamedTuple):
    """A choice with what it offers and what the address chose; `words` are those of the chosen value."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str, int | None]]

    @property
    def words(self) -> str:
        return next((words for value, words, _ in self.options if value == self.value), "")


class Chip(NamedTuple):
    """A filter at work, and the address of the list without it."""

    words: str
    address: str


class WorkList(Generic[Row]):
    """Computed rows, narrowed and sorted as the address asks. Subclasses say by what.

    `page`: the name of its address, which lets people save a view of it. `search`: the words of a row.
    `sorts`: keys of rows by name; rows whose key is None come last. `columns`: of the CSV file.
    `extra`: other parameters of the page that belong to a view of it; a name that ends in "-" is a prefix.
    `whole`: the query of the whole list, where its page shows several.
    """

    page: ClassVar[str] = ""
    noun: ClassVar[str] = "rows"
    search: ClassVar[Callable[..., str] | None] = None
    picks: ClassVar[Sequence[Pick]] = ()
    sorts: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    columns: ClassVar[Sequence[Column]] = ()
    extra: ClassVar[Sequence[str]] = ()
    whole: ClassVar[str] = WHOLE
    size: ClassVar[int] = 100

    def __init_subclass__(cls) -> None:
        if cls.page:
            LISTS[cls.page] = cls

    def __init__(self, params: QueryDict, rows: Sequence[Row]) -> None:
        self.params = params
        self.all = rows
        self.text = params.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH] if self.has_search else ""
        asked = params.get("sort", "")
        self.sort = asked if asked.removeprefix("-") in self.sorts else ""
        self.chosen = {pick.name: self._bound(pick) for pick in self.picks}

    @property
    def has_search(self) -> bool:
        return type(self).search is not None

    # What matches

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The rows that match, in the order asked for."""
        return self.in_order([row for row in self.all if self.matches(row)])

    def matches(self, row: Row) -> bool:
        words = type(self).search
        if self.text and words is not None and self.text.casefold() not in words(row).casefold():
            return False
        return all(self._fits(row, pick) for pick in self.picks)

    def in_order(self, rows: Sequence[Row]) -> Sequence[Row]:
        key = self.sorts.get(self.sort.removeprefix("-"))
        if key is None:
            return rows
        known = [row for row in rows if key(row) is not None]
        known.sort(key=key, reverse=self.sort.startswith("-"))
        return known + [row for row in rows if key(row) is None]

    def _fits(self, row: Row, pick: Pick) -> bool:
        value = self.chosen[pick.name].value
        return not value or pick.of is None or value in {each for each, _ in pick.of(row)}

    def _bound(self, pick: Pick) -> BoundPick:
        options = self.options_of(pick)
        known = {value for value, *_ in options}
        value = next((each for each in self.params.getlist(pick.name) if each in known), "")
        return BoundPick(pick.name, pick.label, value, options)

    def options_of(self, pick: Pick) -> list[tuple[str, str, int | None]]:
        """What can be chosen, each with the number of rows that have it."""
        counts: dict[Choice, int] = {}
        for row in self.all:
            for choice in set(pick.of(row) if pick.of else ()):
                counts[choice] = counts.get(choice, 0) + 1
        if pick.choices:
            by_value = {value: count for (value, _), count in counts.items()}
            return [(value, words, by_value.get(value, 0)) for value, words in _listed(pick.choices)]
        return [(value, words, counts[value, words]) for value, words in sorted(counts, key=lambda each: each[1])]

    # What the toolbar shows

    @property
    def total(self) -> int:
        return len(self.all)

    @property
    def shown(self) -> int:
        return len(self.rows)

    @property
    def bound_picks(self) -> list[BoundPick]:
        return list(self.chosen.values())

    @property
    def drawn_picks(self) -> list[BoundPick]:
        return [self.chosen[pick.name] for pick in self.picks if pick.is_drawn]

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or any(pick.value for pick in self.bound_picks))

    @property
    def chips(self) -> list[Chip]:
        """The filters at work, each with the address without it."""
        chips = [Chip(f"“{self.text}”", self.address(q=None))] if self.text else []
        picked = [pick for pick in self.bound_picks if pick.value]
        return chips + [Chip(pick.words, self.address(**{pick.name: None})) for pick in picked]

    @classmethod
    def is_own(cls, name: str) -> bool:
        """Whether a parameter belongs to a view of this list."""
        names = {"sort", *(pick.name for pick in cls.picks), *({"q"} if cls.search else ())}
        return name in names or any(name == each or (each[-1] == "-" and name.startswith(each)) for each in cls.extra)

    @classmethod
    def own_query(cls, params: QueryDict) -> str:
        """What of an address makes a view of this list."""
        kept = QueryDict(mutable=True)
        for name in params:
            if cls.is_own(name) and params.get(name):
                kept[name] = params.get(name, "")
        return kept.urlencode()

    @cached_property
    def query(self) -> str:
        """What this address asks, without what is unknown or empty, and without the page."""
        kept = QueryDict(mutable=True)
        if self.text:
            kept["q"] = self.text
        for pick in self.bound_picks:
            if pick.value:
                kept[pick.name] = pick.value
        if self.sort:
            kept["sort"] = self.sort
        for name in self._extras():
            kept[name] = self.params.get(name, "")
        return kept.urlencode()

    def _extras(self) -> list[str]:
        ours = {"q", "sort", *self.chosen}
        return [name for name in self.params if name not in ours and self.is_own(name) and self.params[name]]

    @property
    def hidden(self) -> list[Choice]:
        """What the toolbar has no control for, and must not lose."""
        elsewhere = (self.chosen[pick.name] for pick in self.picks if not pick.is_drawn)
        return [
            *([("sort", self.sort)] if self.sort else []),
            *((pick.name, pick.value) for pick in elsewhere if pick.value),
            *((name, self.params.get(name, "")) for name in self._extras()),
        ]

    @property
    def kept(self) -> list[Choice]:
        """Search, choices and order, for a form beside the toolbar that changes the other parameters."""
        extras = self._extras()
        return [(name, str(value)) for name, value in QueryDict(self.query).items() if name not in extras]

    def address(self, **changes: str | None) -> str:
        """The query string of this list with some parameters changed; None drops one."""
        params = QueryDict(self.query, mutable=True)
        for name, value in changes.items():
            params.pop(name, None)
            if value:
                params[name] = value
        return f"?{params.urlencode() or self.whole}"

    # Pages, and the file

    @cached_property
    def page_obj(self) -> Page[Any]:
        """The page the address asks for; nonsense gives the first or the last."""
        return Paginator(self.rows, self.size).get_page(self.params.get("page"))

    def file_rows(self) -> Iterable[Any]:
        """What the columns of the file are read from, one for each row; more than the page needs may be looked up."""
        return self.rows

    @property
    def csv_address(self) -> str:
        """The address of the rows shown, as a file; empty where the list offers none."""
        return f"?{self.query}{'&' if self.query else ''}format=csv" if self.columns else ""

    @property
    def wants_csv(self) -> bool:
        return bool(self.columns) and "csv" in self.params.getlist("format")

    def csv(self, name: str) -> HttpResponse:
        """All rows that match, not only the page's, as a file that spreadsheets open and never run."""
        lines = ([_cell(of(row)) for _, of in self.columns] for row in self.file_rows())
        return csv_response(csv_text([head for head, _ in self.columns], lines), f"{slugify(name)}.csv")


class QueryList(WorkList[Any]):
    """The same over a QuerySet, which the database narrows: `search_in` and `Pick.lookup` are lookups, `orders` fields.

    A subclass whose choices depend on the edition overrides `options_of`.
    """

    search_in: ClassVar[Sequence[str]] = ()
    orders: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.search = str if cls.search_in else None
        cls.sorts = dict.fromkeys(cls.orders, str)

    def __init__(self, params: QueryDict, rows: QuerySet[Any]) -> None:
        self.queryset = rows
        super().__init__(params, ())

    @cached_property
    def rows(self) -> Any:
        rows = self.queryset
        if self.text:
            matching = Q()
            for lookup in self.search_in:
                matching |= Q(**{lookup: self.text})
            rows = rows.filter(matching)
        for pick in self.picks:
            if value := self.chosen[pick.name].value:
                rows = rows.filter(**{pick.lookup: value})
        return self.in_order(rows)

    def in_order(self, rows: Any) -> Any:
        field = self.orders.get(self.sort.removeprefix("-"))
        return rows.order_by(f"-{field}" if self.sort.startswith("-") else field, "pk") if field else rows

    def options_of(self, pick: Pick) -> list[tuple[str, str, int | None]]:
        return [(value, words, None) for value, words in _listed(pick.choices)]

    @cached_property
    def total(self) -> int:
        return self.queryset.count()

    @cached_property
    def shown(self) -> int:
        return int(self.page_obj.paginator.count) if self.is_filtered else self.total


def _listed(choices: Sequence[Choice] | Callable[[], Sequence[Choice]]) -> Sequence[Choice]:
    return choices() if callable(choices) else choices


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat(timespec="minutes") if hasattr(value, "hour") else str(value)
