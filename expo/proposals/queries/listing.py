"""Which proposals somebody may see, and the hand-over to the next apps."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug, roles_in, teams_of
from expo.editions.rules import runs_edition
from expo.journal.models import Entry

from ..models import Proposal
from ..states import EDITABLE_AFTER_DECISION, PLACEABLE, ProposalState
from .conflict_wall import Wall, hidden_by, wall, walls

#: Everything a page shows of a proposal; its slot by name, because `program` is a higher layer.
WITH = (
    "edition", "sponsor__tier", "sponsor__organisation", "format", "accepted_instead_of", "track",
    "public_text_approved_by",
    "working_copy__format", "working_copy__track", "working_copy__changed_by", "slot__room",
)  # fmt: skip


def by_code(user: Any, *, edition: str, proposal: str) -> Proposal:
    """A proposal of this edition by its code, for a policy to judge; raises Proposal.DoesNotExist.

    Only what most of its pages need comes with it: to plan a query that joins everything takes longer than the rest.
    """
    its = by_slug(edition)
    found = Proposal.objects.select_related("sponsor", "format", "working_copy", "slot").get(edition=its, code=proposal)
    found.edition = found.sponsor.edition = its
    return found


def mine(user: User, edition: Edition) -> QuerySet[Proposal]:
    """The proposals of the sponsors somebody acts for."""
    return Proposal.objects.filter(edition=edition, sponsor__in=teams_of(user, edition))


def own_of(user: User, edition: Edition) -> QuerySet[Proposal]:
    """The same with everything a page or the API shows of them, newest first."""
    return mine(user, edition).select_related(*WITH).order_by("-id")


def for_chairs(user: User, edition: Edition) -> QuerySet[Proposal]:
    """What somebody who runs the edition may see: everything submitted, without what their wall hides."""
    if not runs_edition(user, edition):
        return Proposal.objects.none()
    return _unhidden(Proposal.objects.filter(edition=edition), [wall(user, edition)])


def for_chairs_in(user: User, editions: Sequence[Edition]) -> QuerySet[Proposal]:
    """The same of several editions at once: of those that somebody runs."""
    roles_in(user, editions)
    run = [each for each in editions if runs_edition(user, each)]
    return _unhidden(Proposal.objects.filter(edition__in=run), walls(user, run).values())


def _unhidden(rows: QuerySet[Proposal], hidden: Iterable[Wall]) -> QuerySet[Proposal]:
    submitted = rows.filter(submitted_at__isnull=False).exclude(state=ProposalState.DRAFT)
    return submitted.exclude(hidden_by(hidden))


#: The states of proposals that can still be put right: how a list of them is filtered.
AFTER = {each.value: each.label for each in (*EDITABLE_AFTER_DECISION, ProposalState.REJECTED, ProposalState.WITHDRAWN)}


def restore_asked() -> QuerySet[Entry]:
    """A team's request to restore a proposal since its last withdrawal, for a subquery on proposals."""
    return Entry.objects.filter(
        fact="proposals.restore_asked", proposal_id=OuterRef("pk"), at__gte=OuterRef("withdrawn_at")
    )


def decided(user: User, edition: Edition) -> QuerySet[Proposal]:
    """What was decided or withdrawn, as far as this person may see; what its team asks to restore comes first."""
    rows = for_chairs(user, edition).filter(state__in=AFTER).select_related("sponsor", "format", "edition")
    return rows.annotate(is_asked=Exists(restore_asked())).order_by("-is_asked", "sponsor__name", "id")


def visible_to(user: User, edition: Edition) -> QuerySet[Proposal]:
    """Everything somebody may see on the conference's side: own team's, and what they may chair."""
    return mine(user, edition) | for_chairs(user, edition)


def awaiting_review(edition: Edition) -> QuerySet[Proposal]:
    """Hand-over to the queue: what needs reviewers. Not for pages; it knows no viewer."""
    return Proposal.objects.filter(edition=edition, state=ProposalState.SUBMITTED).order_by("id")


def accepted(edition: Edition) -> QuerySet[Proposal]:
    """Hand-over to the program: what was accepted and not withdrawn. Not for pages; it knows no viewer."""
    return Proposal.objects.filter(edition=edition, state__in=PLACEABLE).order_by("id")


def equipment_offered(edition: Edition) -> list[str]:
    """What the rooms of an edition have, all together, in alphabetical order."""
    return sorted({thing for things in edition.rooms.values_list("equipment", flat=True) for thing in things})
