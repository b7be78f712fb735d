"""What the chair asked to see on the desk, and what-if questions, all in the address."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import QueryDict

from .queries import Desk, Row, WhatIf
from .states import Verdict

SORTS: dict[str, Callable[[Row], Any]] = {
    "title": lambda row: row.proposal.title.casefold(),
    "sponsor": lambda row: row.proposal.sponsor.name.casefold(),
    "merit": lambda row: row.standing.merit,
    "chance": lambda row: row.standing.chance_above_line,
    "verdict": lambda row: row.decision.verdict if row.decision else None,
}
VIEWS = {"": "All", "undecided": "Undecided", "middle": "Middle band", **{each.value: each.label for each in Verdict}}


def what_if(params: QueryDict) -> WhatIf:
    """Places per pool (`places-3-4=7`), a cap per sponsor, a bar; nonsense counts as not asked."""
    places = {key.removeprefix("places-"): _whole(params.get(key, "")) for key in params if key.startswith("places-")}
    return WhatIf(
        {key: n for key, n in places.items() if n is not None},
        _whole(params.get("cap", "")),
        _number(params.get("bar", "")),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= 100 else None


class Filters:
    """The rows that match, in the order asked for."""

    def __init__(self, params: QueryDict, desk: Desk) -> None:
        self.desk = desk
        self.view = params.get("view", "") if params.get("view", "") in VIEWS else ""
        self.format = params.get("format", "")
        self.text = params.get("q", "").strip()
        self.sort = params.get("sort", "")
        self.address = params.urlencode()

    @property
    def views(self) -> list[tuple[str, str, int]]:
        return [(key, label, sum(_in_view(row, key) for row in self.desk.rows)) for key, label in VIEWS.items()]

    @property
    def formats(self) -> list[tuple[str, str]]:
        pairs = {(row.proposal.format.slug, row.proposal.format.name) for row in self.desk.rows}
        return sorted(pairs, key=lambda pair: pair[1])

    def rows(self) -> list[Row]:
        found = [row for row in self.desk.rows if self._matches(row)]
        key = SORTS.get(self.sort.removeprefix("-"))
        if key is None:
            return found
        known = [row for row in found if key(row) is not None]
        known.sort(key=key, reverse=self.sort.startswith("-"))
        return known + [row for row in found if key(row) is None]

    def with_lines(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        """Rows with the pool whose line runs just above them, in the order of merit only."""
        below: set[str] = set()
        marked = []
        for row in rows:
            standing = row.standing
            crosses = (
                not self.sort
                and standing.merit is not None
                and not standing.is_above_line
                and standing.pool.key not in below
            )
            if crosses:
                below.add(standing.pool.key)
            marked.append({"row": row, "line": standing.pool if crosses else None})
        return marked

    def _matches(self, row: Row) -> bool:
        proposal = row.proposal
        text = f"{proposal.code} {proposal.title} {proposal.sponsor.name}".casefold()
        return (
            _in_view(row, self.view)
            and (not self.format or proposal.format.slug == self.format)
            and (not self.text or self.text.casefold() in text)
        )


def _in_view(row: Row, view: str) -> bool:
    if view == "undecided":
        return not row.is_decided
    if view == "middle":
        return row.standing.is_in_middle
    return not view or (row.decision is not None and row.decision.verdict == view)
