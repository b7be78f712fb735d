"""Reads about proposals, split by noun."""

from .allowance import Allowance, Place, allowances, allowances_of, places
from .claims import (
    IS_PRESENTER,
    MANY,
    ClaimRow,
    Question,
    claimed_by_sponsor,
    claims_for,
    confirmed_addresses,
    open_pairs,
    questions,
    to_ask,
    unprinted,
    unusual,
)
from .completeness import Gap, gaps
from .coverage import NEEDED, Shortage, Uncovered, lacks_an_organiser, shortages, uncovered
from .declared import declared_by_others, own_conflicts
from .home import Company, companies_of
from .listing import (
    accepted,
    awaiting_review,
    by_code,
    equipment_offered,
    for_chairs,
    mine,
    own_of,
    visible_to,
)
from .people import PresenterData, Span, people_of, presenters_of, spans_of, to_json
from .revisions import Step, content, revisions
from .standing import Stand, Told, hours, stand, told
from .wall import OpenClaim, Relations, Wall, behind_the_wall, conflicts_between, relations, wall, who_may_see
from .wall_facts import Between

__all__ = [
    "IS_PRESENTER",
    "MANY",
    "NEEDED",
    "Allowance",
    "Between",
    "ClaimRow",
    "Company",
    "Gap",
    "OpenClaim",
    "Place",
    "PresenterData",
    "Question",
    "Relations",
    "Shortage",
    "Span",
    "Stand",
    "Step",
    "Told",
    "Uncovered",
    "Wall",
    "accepted",
    "allowances",
    "allowances_of",
    "awaiting_review",
    "behind_the_wall",
    "by_code",
    "claimed_by_sponsor",
    "claims_for",
    "companies_of",
    "confirmed_addresses",
    "conflicts_between",
    "content",
    "declared_by_others",
    "equipment_offered",
    "for_chairs",
    "gaps",
    "hours",
    "lacks_an_organiser",
    "mine",
    "open_pairs",
    "own_conflicts",
    "own_of",
    "people_of",
    "places",
    "presenters_of",
    "questions",
    "relations",
    "revisions",
    "shortages",
    "spans_of",
    "stand",
    "to_ask",
    "to_json",
    "told",
    "uncovered",
    "unprinted",
    "unusual",
    "visible_to",
    "wall",
    "who_may_see",
]
