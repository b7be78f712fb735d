"""What a change of facts about organisations would do: who gains or loses conflicts, and which assignments end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from expo.accounts.models import Organisation, User
from expo.accounts.queries import organisation_links
from expo.editions.models import Edition
from expo.proposals.conflicts import families
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.known_conflicts import ConflictChange, conflict_changes, editions_touched, with_parent
from expo.proposals.states import ProposalState
from expo.sponsors.models import ParentRequest
from expo.sponsors.states import ParentState

from ..models import Assignment
from ..states import OPEN, AssignmentState


@dataclass(frozen=True)
class PersonEffect:
    """One person and sponsor: how many open assignments would be released, how many sent reviews marked."""

    change: ConflictChange
    released: int
    marked: int


@dataclass(frozen=True)
class EditionEffect:
    """What would change in an edition; `hidden` names sponsors with which the viewer has a conflict.

    `bars_viewer`: the viewer would gain one, and could not take the change back alone.
    """

    edition: Edition
    people: tuple[PersonEffect, ...]
    hidden: tuple[str, ...]
    bars_viewer: bool

    @property
    def gained(self) -> int:
        return sum(each.change.gains for each in self.people)

    @property
    def lost(self) -> int:
        return len(self.people) - self.gained

    @property
    def released(self) -> int:
        return sum(each.released for each in self.people)


def conflict_effect(edition: Edition, if_so: Callable[[Any], Any], viewer: User) -> EditionEffect:
    """The effect in one edition, without what is hidden from the viewer."""
    changes = conflict_changes(edition, if_so, viewer)
    hidden_sponsors = wall(viewer, edition).sponsors
    visible = [each for each in changes if each.sponsor.pk not in hidden_sponsors]
    rows = Assignment.objects.filter(edition=edition, proposal__state=ProposalState.SUBMITTED)
    counted = rows.filter(reviewer__in={each.user.pk for each in visible if each.gains}).values_list(
        "reviewer_id", "proposal__sponsor_id"
    )
    counts = {
        (reviewer, sponsor): (released, marked)
        for reviewer, sponsor, released, marked in counted.annotate(
            released=Count("id", filter=Q(state__in=OPEN)),
            marked=Count("id", filter=Q(state=AssignmentState.SUBMITTED)),
        )
    }
    people = [
        PersonEffect(each, *(counts.get((each.user.pk, each.sponsor.pk), (0, 0)) if each.gains else (0, 0)))
        for each in visible
    ]
    hidden = sorted({each.sponsor.name for each in changes if each.sponsor.pk in hidden_sponsors})
    bars_viewer = any(each.gains and each.user.pk == viewer.pk for each in visible)
    return EditionEffect(edition, tuple(people), tuple(hidden), bars_viewer)


def parent_effects(organisation: Organisation, parent: Organisation | None, viewer: User) -> list[EditionEffect]:
    """The effects in every edition not yet over, if an organisation had this parent, or none any more."""
    touched = editions_touched(organisation, parent or organisation.parent)
    return [conflict_effect(edition, with_parent(organisation, parent), viewer) for edition in touched]


def family_names(organisation: Organisation) -> list[str]:
    """The other organisations of its family, by name."""
    family_of = families(organisation_links())
    own = family_of[organisation.pk]
    members = [each for each, family in family_of.items() if family == own and each != organisation.pk]
    return list(Organisation.objects.filter(pk__in=members).order_by("name").values_list("name", flat=True))


def parent_requests(**filters: Any) -> list[ParentRequest]:
    """Requests about parents, the newest first, with everything their sentences name."""
    rows = ParentRequest.objects.filter(**filters)
    return list(rows.select_related("organisation", "parent", "sponsor__edition", "requested_by", "decided_by"))


def parent_request_by_id(user: Any, *, parent_request: int) -> ParentRequest:
    """A request that waits for its decision; raises ParentRequest.DoesNotExist."""
    rows = ParentRequest.objects.select_related("organisation__parent", "parent", "sponsor__edition", "requested_by")
    return rows.get(pk=parent_request, state=ParentState.OPEN)


def subsidiaries() -> list[Organisation]:
    """Every organisation that has a parent, by name."""
    return list(Organisation.objects.filter(parent__isnull=False).select_related("parent").order_by("name"))


def subsidiary_by_id(user: Any, *, organisation: int) -> Organisation:
    """An organisation with its parent; raises Organisation.DoesNotExist."""
    return Organisation.objects.select_related("parent").get(pk=organisation, parent__isnull=False)
