"""What pages are about, found by their address; policies judge it afterwards."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition, Role, Upload
from expo.editions.queries import by_slug, roles_of
from expo.editions.rules import is_cochair
from expo.editions.states import RoleKind, UploadKind
from expo.kit.runs import RunState
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall, wall
from expo.proposals.queries.listing import for_chairs

from ..models import Assignment, PairRule, QueueSettings, ReviewerProfile, Run


def run_by_id(user: Any, *, edition: str, run: int) -> Run:
    """A run of this edition that this person may know of; raises Run.DoesNotExist."""
    row: Run = Run.objects.select_related("edition", "started_by").get(pk=run, edition__slug=edition)
    if not user.is_authenticated or not is_known(user, row):
        raise Run.DoesNotExist
    return row


def is_known(viewer: User, run: Run) -> bool:
    """Whether somebody may know of a run at all."""
    return _known_to(viewer, run.edition)(run)


def saw_no_more(run: Run, viewer: User, hidden: frozenset[int]) -> bool:
    """Whether a run read nothing that is hidden from the viewer, loads elsewhere included, so that the viewer may see
    figures of the whole run. `hidden`: the proposals that the viewer's conflicts hide.
    """
    if not wall(viewer, run.edition).hides_some:
        return True
    return run.started_by_id == viewer.pk and not hidden & set(run.parameters.get("concerns", []))


def unknown_runs(edition: Edition, viewer: User) -> list[int]:
    """Ids of the runs of which somebody must not know."""
    is_visible = _known_to(viewer, edition)
    rows = Run.objects.filter(edition=edition, started_by=None).defer("result", "reasons").order_by("id")
    return [run.pk for run in rows if not is_visible(run)]


def reviewer_for(proposal: Proposal, user_id: int) -> User | None:
    """A reviewer of the proposal's edition, or somebody pinned or forbidden on it; nobody else's name is shown."""
    reviews = Exists(Role.objects.filter(edition=proposal.edition, kind=RoleKind.REVIEWER, user=OuterRef("pk")))
    ruled = Exists(PairRule.objects.filter(proposal=proposal, reviewer=OuterRef("pk")))
    return User.objects.filter(reviews | ruled, pk=user_id).first()


def assignment_by_id(user: Any, *, edition: str, assignment: int) -> Assignment:
    """An assignment of this edition; raises Assignment.DoesNotExist."""
    rows = Assignment.objects.select_related("edition", "proposal__edition", "proposal__format", "reviewer")
    return rows.get(pk=assignment, edition__slug=edition)


def runs_of(edition: Edition, viewer: User, most: int = 8) -> list[Run]:
    """The latest runs that somebody may know of, without their results."""
    rows = Run.objects.filter(edition=edition).defer("result", "reasons").select_related("started_by")
    return list(islice(filter(_known_to(viewer, edition), rows.iterator(chunk_size=50)), most))


def previews(editions: Sequence[Edition], viewer: User) -> list[Run]:
    """By edition the preview to look at next: the latest, unless what was published since has overtaken it."""
    states = (RunState.PREVIEW, RunState.PUBLISHED)
    rows = Run.objects.filter(edition__in=editions, state__in=states).defer("result", "reasons")
    newest: dict[int, Run] = {}
    for run in filter(_known_to(viewer, *editions), rows.order_by("-id")):
        newest.setdefault(run.edition_id, run)
    return [run for run in newest.values() if run.state == RunState.PREVIEW]


def _known_to(viewer: User, *editions: Edition) -> Callable[[Run], bool]:
    """A repair that the queue started only over what the viewer's conflicts hide is hidden with it."""
    hidden = behind_the_wall(viewer, *editions)

    def is_visible(run: Run) -> bool:
        concerns = set(run.parameters.get("concerns", []))
        return run.started_by_id is not None or not concerns or bool(concerns - hidden)

    return is_visible


def profile_of(user: User, edition: Edition) -> ReviewerProfile:
    """A reviewer's profile in an edition, unsaved if they never wrote one."""
    profile = ReviewerProfile.objects.filter(user=user, edition=edition).first()
    return profile or ReviewerProfile(user=user, edition=edition)


def settings_of(edition: Edition) -> QueueSettings:
    """How an edition's queue works; unsaved defaults if nobody has changed anything."""
    return QueueSettings.objects.filter(edition=edition).first() or QueueSettings(edition=edition)


def visible_to(user: User, edition: Edition) -> QuerySet[Assignment]:
    """Assignments somebody may see: their own, and as a cochair those that no conflict hides."""
    rows = Assignment.objects.filter(edition=edition)
    hidden = wall(user, edition)
    mine = Q(reviewer=user) & ~Q(proposal__sponsor__in=hidden.sponsors) & ~Q(proposal__in=hidden.proposals)
    chaired = Q(proposal__in=for_chairs(user, edition)) if is_cochair(user, edition) else Q(pk__in=())
    return rows.filter(mine | chaired)


def uploads_of(edition: Edition, viewer: User) -> list[Upload]:
    """The latest uploaded tables. Offers are read by their sender only: the lines name proposals and conflicts."""
    return list(_readable(edition, viewer).select_related("edition", "made_by")[:10])


def upload_by_id(user: Any, *, edition: str, upload: int) -> Upload:
    """One table of this edition; raises Upload.DoesNotExist."""
    rows = _readable(by_slug(edition), user)
    return rows.select_related("edition", "made_by").get(pk=upload)


def _readable(edition: Edition, viewer: Any) -> QuerySet[Upload]:
    roles = roles_of(viewer, edition)
    own = Q(kind=UploadKind.OFFERS, made_by_id=viewer.pk) if RoleKind.COCHAIR in roles else Q(pk__in=())
    reviewers = Q(kind=UploadKind.REVIEWERS) if RoleKind.ORGANISER in roles else Q(pk__in=())
    return Upload.objects.filter(own | reviewers, edition=edition)
