"""What the conflict wall is computed from, read at once: every page of a chair stands on it."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from expo.accounts.models import User
from expo.editions.models import Edition

from .. import claims, conflicts
from ..states import ClaimAnswer, ClaimKind, ConflictSource, ProposalState
from .wall_sql import FACTS


@dataclass(frozen=True)
class Between:
    """A conflict between a person and a sponsor (or one of its proposals), with its source in words."""

    user: int
    sponsor: int
    proposal: int | None
    source: ConflictSource
    detail: str


@dataclass(frozen=True)
class Answered:
    """What became of a claim; `proposal=None`: it is about the sponsor's team."""

    user: int
    sponsor: int
    proposal: int | None
    kind: ClaimKind
    answer: ClaimAnswer
    by: int | None


@dataclass(frozen=True)
class SponsorFact:
    """A sponsor of the edition, by ids, with the mail domains of its own."""

    sponsor: int
    organisation: int
    name: str
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Of all organisations: id, parent and stem of the name. Of the edition: its sponsors with their mail domains.

    Of the people asked about: `addresses` (verified besides their own, or given up lately), `stays` and `teams`, each
    with the user in front; their roles, their coauthors, what was declared of them and what they answered to claims.
    Where one of them has a role, also everybody who is on stage.
    """

    organisations: tuple[tuple[int, int | None, str], ...]
    sponsors: tuple[SponsorFact, ...]
    addresses: tuple[tuple[int, str], ...]
    stays: tuple[tuple[int, conflicts.Stay], ...]
    teams: tuple[tuple[int, int], ...]
    roles: frozenset[tuple[int, str]]
    coauthors: tuple[claims.Coauthor, ...]
    on_stage: tuple[claims.OnStage, ...]
    declared: tuple[Between, ...]
    answers: tuple[Answered, ...]


def facts(users: Collection[User], edition: Edition, since: date) -> Facts:
    """One query. Addresses that were given up before `since` count no more."""
    found = _ask(
        {
            "users": [user.pk for user in users],
            "own": [user.email.lower() for user in users],
            "edition": edition.pk,
            "since": since,
            "draft": str(ProposalState.DRAFT),
        }
    )
    return Facts(
        organisations=tuple((key, parent, stem) for key, parent, stem in found("organisations")),
        sponsors=tuple(
            SponsorFact(key, where, name, tuple(domains)) for key, where, name, domains in found("sponsors")
        ),
        addresses=tuple((user, email) for user, email in [*found("proved"), *found("former")]),
        stays=tuple((user, _stay(*where)) for user, *where in found("stays")),
        teams=tuple((user, sponsor) for user, sponsor in found("teams")),
        roles=frozenset((user, kind) for user, kind in found("roles")),
        coauthors=tuple(claims.Coauthor(*row) for row in found("coauthors")),
        on_stage=tuple(claims.OnStage(*row) for row in found("on_stage")),
        declared=tuple(Between(*row) for row in _declared(found("declared"))),
        answers=tuple(_answered(*row) for row in found("answers")),
    )


def _ask(asked: Mapping[str, Any]) -> Callable[[str], list[list[Any]]]:
    """The rows of each part; PostgreSQL says null for none."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, asked)
        (found,) = cursor.fetchone()
    parts = json.loads(found)
    return lambda part: parts[part] or []


def _declared(rows: Iterable[list[Any]]) -> Iterator[tuple[int, int, int | None, ConflictSource, str]]:
    for user, sponsor, proposal, source, detail in rows:
        yield user, sponsor, proposal, ConflictSource(source), detail


def _answered(user: int, sponsor: int, proposal: int | None, kind: str, answer: str, by: int | None) -> Answered:
    return Answered(user, sponsor, proposal, ClaimKind(kind), ClaimAnswer(answer), by)


def _stay(organisation: int, relation: str, ended_on: str | None) -> conflicts.Stay:
    return conflicts.Stay(organisation, relation, date.fromisoformat(ended_on) if ended_on else None)
