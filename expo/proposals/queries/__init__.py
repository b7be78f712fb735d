"""Reads about proposals, split by noun."""

from .allowance import Allowance, Place, allowances, allowances_of, places
from .completeness import Gap, gaps
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
from .wall import Wall, behind_the_wall, conflicts_between, wall
from .wall_facts import Between

__all__ = [
    "Allowance",
    "Between",
    "Company",
    "Gap",
    "Place",
    "PresenterData",
    "Span",
    "Stand",
    "Step",
    "Told",
    "Wall",
    "accepted",
    "allowances",
    "allowances_of",
    "awaiting_review",
    "behind_the_wall",
    "by_code",
    "companies_of",
    "conflicts_between",
    "content",
    "declared_by_others",
    "equipment_offered",
    "for_chairs",
    "gaps",
    "hours",
    "mine",
    "own_conflicts",
    "own_of",
    "people_of",
    "places",
    "presenters_of",
    "revisions",
    "spans_of",
    "stand",
    "to_json",
    "told",
    "visible_to",
    "wall",
]
