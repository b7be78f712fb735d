"""Filtering and sorting standings by the query string, so that every view of them has an address."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import QueryDict

from .queries import Overview, Standing

Key = Callable[[Standing], Any]


SORTS: dict[str, Key] = {
    "code": lambda row: row.proposal.code,
    "title": lambda row: row.proposal.title.casefold(),
    "format": lambda row: row.proposal.format.name,
    "sponsor": lambda row: row.proposal.sponsor.name.casefold(),
    "merit": lambda row: row.merit,
    "mean": lambda row: row.mean,
    "median": lambda row: row.median,
    "chance": lambda row: row.chance_above_line,
    "spread": lambda row: row.spread,
    "reviews": lambda row: row.reviews,
}
FLAGS = {
    "middle": "Middle band",
    "recruiting": "Flagged as recruiting",
    "conflict": "Reviews under a conflict",
    "disagreement": "Reviewers disagree",
    "few-reviews": "Reviews missing",
}


class Filters:
    """What the chair asked to see. Unknown values are ignored: a bad address shows everything, never an error."""

    def __init__(self, params: QueryDict, overview: Overview) -> None:
        self.all = overview.standings
        self.lines = overview.lines
        self.text = params.get("q", "").strip()
        self.format = params.get("format", "")
        self.track = params.get("track", "")
        self.topic = params.get("topic", "")
        self.flag = params.get("flag", "")
        self.sort = params.get("sort", "")

    @property
    def formats(self) -> list[tuple[str, str]]:
        return _choices((row.proposal.format.slug, row.proposal.format.name) for row in self.all)

    @property
    def tracks(self) -> list[tuple[str, str]]:
        return _choices((row.proposal.track.slug, row.proposal.track.name) for row in self.all if row.proposal.track)

    @property
    def topics(self) -> list[tuple[str, str]]:
        return _choices((topic.slug, topic.name) for row in self.all for topic in row.proposal.topics.all())

    @property
    def flags(self) -> list[tuple[str, str]]:
        return list(FLAGS.items())

    @property
    def is_active(self) -> bool:
        return any((self.text, self.format, self.track, self.topic, self.flag))

    def rows(self) -> list[Standing]:
        """The standings that match, in the order asked for; best first when none was."""
        found = [row for row in self.all if self._matches(row)]
        key = SORTS.get(self.sort.removeprefix("-"))
        return _sorted(found, key, descending=self.sort.startswith("-")) if key else found

    def with_lines(self, rows: Iterable[Standing]) -> list[dict[str, Any]]:
        """Rows with the pool whose line runs just above; only in the order of merit, where a line means something."""
        below: set[str] = set()
        marked = []
        for row in rows:
            crosses = not self.sort and row.merit is not None and not row.is_above_line and row.pool.key not in below
            if crosses:
                below.add(row.pool.key)
            marked.append({"standing": row, "line": row.pool if crosses else None})
        return marked

    def _matches(self, row: Standing) -> bool:
        proposal = row.proposal
        text = f"{proposal.code} {proposal.title} {proposal.sponsor.name}"
        return all((
            not self.text or self.text.casefold() in text.casefold(),
            not self.format or proposal.format.slug == self.format,
            not self.track or bool(proposal.track and proposal.track.slug == self.track),
            not self.topic or any(topic.slug == self.topic for topic in proposal.topics.all()),
            not self.flag or self._flagged(row),
        ))  # fmt: skip

    def _flagged(self, row: Standing) -> bool:
        return row.is_in_middle if self.flag == "middle" else any(flag.code == self.flag for flag in row.flags)


def _sorted(rows: list[Standing], key: Key, *, descending: bool) -> list[Standing]:
    """What is unknown comes last, whichever way round."""
    known = sorted((row for row in rows if key(row) is not None), key=key, reverse=descending)
    return known + [row for row in rows if key(row) is None]


def _choices(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(set(pairs), key=lambda pair: pair[1])
