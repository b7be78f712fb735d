"""Single things of an edition, found by the address of a page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q, QuerySet

from expo.journal.models import Entry
from expo.journal.queries import entries

from ..models import Edition, Upload
from ..states import PHASES, Phase

Part = TypeVar("Part", bound=models.Model)


def part_of(model: type[Part], keyword: str) -> Callable[..., Part]:
    """A loader for pages: the part with the id in the address, if it belongs to the edition in the address."""

    def load(user: Any, *, edition: str, **ids: int) -> Part:
        return model._default_manager.select_related("edition").get(pk=ids[keyword], edition__slug=edition)  # noqa: SLF001

    return load


def upload_of(kind: str) -> Callable[..., Upload]:
    """A loader for an upload's report."""

    def load(user: Any, *, edition: str, upload: int) -> Upload:
        return Upload.objects.select_related("edition", "made_by").get(pk=upload, edition__slug=edition, kind=kind)

    return load


def announced() -> QuerySet[Edition]:
    """Editions that anybody may know of."""
    return Edition.objects.exclude(phase=Phase.SETUP).order_by("-id")


def uploads(edition: Edition, kind: str) -> QuerySet[Upload]:
    """The last tables somebody uploaded."""
    return edition.uploads.filter(kind=kind).select_related("made_by")[:10]


def trail(edition: Edition) -> QuerySet[Entry]:
    """What was last done to the set-up; facts about proposals have their own pages and walls."""
    own_facts = entries(edition.pk).filter(proposal_id=None)
    return own_facts.filter(Q(fact__startswith="editions.") | Q(fact__startswith="sponsors."))[:8]


def path_of(edition: Edition) -> list[tuple[str, str]]:
    """The phases in order, for the row of steps."""
    return [(phase.value, phase.label) for phase in Phase]


@dataclass(frozen=True)
class Move:
    """A phase the edition can move to now, with what that means."""

    to: Phase
    label: str
    text: str
    is_back: bool


def moves(edition: Edition) -> list[Move]:
    """Where the edition can go from here, forward first."""
    now, order = Phase(edition.phase), list(Phase)
    found = [
        Move(to, *MOVES[now, to], is_back=order.index(to) < order.index(now))
        for to in PHASES.moves.get(now, frozenset())
    ]
    return sorted(found, key=lambda move: move.is_back)


MOVES = {
    (Phase.SETUP, Phase.CALL): (
        "Open the call",
        "Sponsors can propose from the opening time on, until the call closes.",
    ),
    (Phase.CALL, Phase.REVIEW): ("Close the call", "No more submissions or changes; the queue can assign reviewers."),
    (Phase.REVIEW, Phase.CALL): (
        "Open the call again",
        "Sponsors can submit and change again; set a later deadline first.",
    ),
    (Phase.REVIEW, Phase.DECIDE): (
        "Start deciding",
        "Submitted reviews no longer change; late ones still count until the verdict on their proposal is released.",
    ),
    (Phase.DECIDE, Phase.REVIEW): ("Back to reviewing", "For proposals that need another opinion."),
    (Phase.DECIDE, Phase.SCHEDULE): ("Start scheduling", "Build the timetable from what was accepted."),
    (Phase.SCHEDULE, Phase.DECIDE): ("Back to deciding", "The timetable stays as it is."),
    (Phase.SCHEDULE, Phase.PUBLISHED): ("Mark as published", "Possible once a release exists."),
    (Phase.PUBLISHED, Phase.ARCHIVED): ("Archive", "The program stays readable; nothing changes any more."),
}
