"""The numbers of a ranking as they are stored: one row per set of hidden proposals, valid for exactly one input.

A digest of everything that goes in stands beside the numbers. Who reads them digests what is there now, in one query
and over what the viewer sees; where the two differ nothing is read, so what is stored is never out of date.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import digest_of_facts, hidden_by, wall
from expo.proposals.states import ProposalState
from reviews.assignments.queries.roster import today
from reviews.assignments.states import LIVE, AssignmentState

from .. import calibration
from ..likelihood import Variances
from ..models import StoredRanking
from ..states import ReviewState


class Reading(NamedTuple):
    """One review that counts: its level by criterion, and their weighted mean (None: it rated nothing)."""

    reviewer: int
    mark: float | None
    is_recruiting: bool
    has_conflict: bool
    levels: Mapping[int, int]


@dataclass(frozen=True)
class Numbers:
    """What takes time to compute. `capacities` and `lines` by pool, `readings` by proposal."""

    solution: calibration.Solution
    capacities: Mapping[str, int | None]
    lines: Mapping[str, float]
    readings: Mapping[int, Sequence[Reading]]


@dataclass(frozen=True)
class Inputs:
    """The digest of all that goes in, and what is counted with it: live assignments by proposal."""

    digest: str
    assigned: Mapping[int, int]


#: What a proposal contributes besides its reviews: its id, format, the one it was submitted as, track, sponsor, tier.
Seen = tuple[int, int, int | None, int | None, int, int]


def inputs_of(edition: Edition, seen: Iterable[Seen]) -> Inputs:
    """Two queries, whatever the size. Nothing enters that the viewer does not see."""
    seen = sorted(seen)
    parameters: dict[str, Any] = {
        "edition": edition.pk,
        "proposals": [each[0] for each in seen],
        "live": [str(each) for each in LIVE],
        "submitted": str(AssignmentState.SUBMITTED),
        "review": str(ReviewState.SUBMITTED),
    }
    with connection.cursor() as cursor:
        cursor.execute(INPUTS, parameters)
        *parts, reviewers, assigned = cursor.fetchone()
    conflicts = digest_of_facts(reviewers or [], edition)
    known = [_engine(), str(today(edition)), conflicts, parts, seen]
    return Inputs(
        hashlib.sha256(json.dumps(known).encode()).hexdigest(),
        {int(proposal): count for proposal, count in json.loads(assigned or "{}").items()},
    )


@cache
def _engine() -> str:
    """A digest of the code that computes: what another version of it stored does not count."""
    here = Path(__file__).parent.parent
    sources = sorted([*here.glob("*.py"), *here.glob("queries/*.py")])
    return hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()


def scope_of(edition: Edition, viewer: User) -> str:
    """SHA-256 of the proposals that a conflict or an open claim hides from somebody; no query where none is."""
    hidden: list[int] = []
    own = wall(viewer, edition)
    if own.hides_some:
        rows = Proposal.objects.filter(hidden_by([own]), edition=edition, submitted_at__isnull=False)
        open_ones = rows.exclude(state__in=(ProposalState.DRAFT, ProposalState.WITHDRAWN))
        hidden = sorted(open_ones.values_list("pk", flat=True))
    return hashlib.sha256(json.dumps(hidden).encode()).hexdigest()


def find(edition: Edition, scope: str, inputs: Inputs) -> Numbers | None:
    """What is stored for exactly these inputs."""
    rows = StoredRanking.objects.filter(edition=edition, scope=scope, inputs=inputs.digest)
    result = rows.values_list("result", flat=True).first()
    return None if result is None else _numbers(result)


def is_stored(edition: Edition, scope: str, inputs: Inputs) -> bool:
    return StoredRanking.objects.filter(edition=edition, scope=scope, inputs=inputs.digest).exists()


def as_data(numbers: Numbers) -> dict[str, Any]:
    """Plain data; Python writes and reads floats of JSON without loss."""
    return {
        "solution": asdict(numbers.solution),
        "capacities": list(numbers.capacities.items()),  # in this order; jsonb keeps none of an object's
        "lines": dict(numbers.lines),
        "readings": {
            proposal: [[*reading[:-1], list(reading.levels.items())] for reading in readings]
            for proposal, readings in numbers.readings.items()
        },
    }


def _numbers(data: Mapping[str, Any]) -> Numbers:
    """The inverse of `as_data`."""
    solution = dict(data["solution"])
    variances = solution["variances"]
    solution["variances"] = None if variances is None else Variances(**variances)
    solution["estimates"] = {key: calibration.Estimate(**each) for key, each in solution["estimates"].items()}
    return Numbers(
        calibration.Solution(**solution),
        dict(data["capacities"]),
        data["lines"],
        {
            int(proposal): [
                Reading(reviewer, mark, recruiting, conflict, dict(levels))
                for reviewer, mark, recruiting, conflict, levels in readings
            ]
            for proposal, readings in data["readings"].items()
        },
    )


def scopes_in_use(edition: Edition, chairs: Collection[User]) -> dict[str, User]:
    """Each set of hidden proposals, with one of those it is hidden from."""
    return {scope_of(edition, each): each for each in reversed(list(chairs))}


INPUTS = """
WITH counted AS (
  SELECT a.proposal_id, a.reviewer_id, r.id, r.is_recruiting
  FROM assignments_assignment a JOIN scoring_review r ON r.assignment_id = a.id
  WHERE a.proposal_id = ANY(%(proposals)s) AND a.state = %(submitted)s
    AND r.state = %(review)s AND r.excluded_at IS NULL)
SELECT
  (SELECT md5(e::text) FROM editions_edition e WHERE e.id = %(edition)s),
  (SELECT md5(string_agg(f::text, ';' ORDER BY f.id)) FROM editions_format f WHERE f.edition_id = %(edition)s),
  (SELECT md5(string_agg(t::text, ';' ORDER BY t.id)) FROM editions_track t WHERE t.edition_id = %(edition)s),
  (SELECT md5(string_agg(x::text, ';' ORDER BY x.id)) FROM editions_track_formats x
    JOIN editions_track t ON t.id = x.track_id WHERE t.edition_id = %(edition)s),
  (SELECT md5(string_agg(d::text, ';' ORDER BY d.id)) FROM editions_day d WHERE d.edition_id = %(edition)s),
  (SELECT md5(string_agg(b::text, ';' ORDER BY b.id)) FROM editions_break b WHERE b.edition_id = %(edition)s),
  (SELECT md5(string_agg(n::text, ';' ORDER BY n.id)) FROM sponsors_entitlement n
    JOIN sponsors_tier t ON t.id = n.tier_id WHERE t.edition_id = %(edition)s),
  (SELECT md5(string_agg(r::text, ';' ORDER BY r.id)) FROM rubrics_rubric r WHERE r.edition_id = %(edition)s),
  (SELECT md5(string_agg(c::text, ';' ORDER BY c.id)) FROM rubrics_criterion c
    JOIN rubrics_rubric r ON r.id = c.rubric_id WHERE r.edition_id = %(edition)s),
  (SELECT md5(string_agg(l::text, ';' ORDER BY l.id)) FROM rubrics_level l
    JOIN rubrics_criterion c ON c.id = l.criterion_id JOIN rubrics_rubric r ON r.id = c.rubric_id
    WHERE r.edition_id = %(edition)s),
  (SELECT md5(string_agg(c::text, ';' ORDER BY c.id)) FROM counted c),
  (SELECT md5(string_agg(concat(s.review_id, ':', s.criterion_id, ':', s.level_id), ';'
      ORDER BY s.review_id, s.criterion_id))
    FROM scoring_score s WHERE s.review_id IN (SELECT id FROM counted)),
  (SELECT md5(string_agg(concat(u.id, u.email), ';' ORDER BY u.id)) FROM accounts_user u
    WHERE u.id IN (SELECT reviewer_id FROM counted)),
  (SELECT array_agg(DISTINCT reviewer_id) FROM counted),
  (SELECT json_object_agg(proposal_id, live)::text FROM (
    SELECT proposal_id, count(*) AS live FROM assignments_assignment
    WHERE proposal_id = ANY(%(proposals)s) AND state = ANY(%(live)s) GROUP BY proposal_id) AS n)
"""
