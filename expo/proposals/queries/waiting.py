"""What waits for people about proposals: for their teams, for whom a sponsor named, and for who runs the edition."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Exists, Q
from django.urls import reverse

from expo.editions.models import Edition
from expo.editions.queries import roles_in, teams_of
from expo.editions.rules import runs_edition
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.memo import is_known
from expo.kit.waiting import Waiting

from ..models import Proposal
from ..states import ClaimAnswer, ProposalState
from .call import call_for_all, know_late_links, may_write
from .change_requests import know_last_requests, open_requests
from .claims import claims_for, to_ask
from .conflict_wall import relations_of, walls
from .listing import for_chairs_in, restore_asked
from .presenters import invited_as
from .status import ProposalStatus, ProposalStep, StepKind, next_steps, status_of

#: The words after the number, by what there is to do.
WORDS = {
    StepKind.CHANGES: ("proposal with changes to submit", "proposals with changes to submit"),
    StepKind.SUBMIT: ("draft to submit", "drafts to submit"),
    StepKind.CONFIRM: ("session to confirm", "sessions to confirm"),
    StepKind.SLOT: ("slot to accept", "slots to accept"),
    StepKind.OUTLINE: ("outline to adjust", "outlines to adjust"),
    StepKind.PUBLIC_TEXT: ("public text to approve", "public texts to approve"),
    StepKind.OFFICE: ("session with answers to give the office", "sessions with answers to give the office"),
}
#: What no step depends on: texts of some pages.
LONG = tuple(prefix + name for prefix in ("", "working_copy__") for name in ("abstract", "takeaways", "needs"))
OWN = ("proposals:mine",)
HOME = ("editions:detail",)


def for_teams(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """The next steps on the proposals of somebody's sponsors, by kind: one query, or three after the close."""
    now = clock.now()
    # Each page of an edition knows already whether the viewer is in a team.
    mine = [each for each in editions if not is_known(teams_of, user, each) or teams_of(user, each)]
    if not mine:
        return
    rows = Proposal.objects.filter(edition__in=mine, sponsor__team__user=user)
    rows = (
        rows.exclude(state=ProposalState.WITHDRAWN)
        .select_related("working_copy", "slot__room", "format", "accepted_instead_of")
        .defer(*LONG)
    )
    known = {edition.pk: edition for edition in mine}
    by_kind: dict[tuple[int, StepKind], list[tuple[ProposalStatus, ProposalStep]]] = defaultdict(list)
    proposals = list(rows.order_by("id"))
    if any(call_for_all(each, now).is_closed and may_write(each, now) for each in mine):
        know_late_links({each.sponsor_id for each in proposals})
        know_last_requests({each.pk for each in proposals})
    for proposal in proposals:
        proposal.edition = known[proposal.edition_id]
        status = status_of(proposal, now)
        for step in next_steps(status):
            by_kind[proposal.edition_id, step.kind].append((status, step))
    for kind, (one, many) in WORDS.items():
        for edition in mine:
            if not (steps := by_kind[edition.pk, kind]):
                continue
            status, step = steps[0]
            is_single = len(steps) == 1
            yield Waiting(
                key=kind,
                edition=edition.pk,
                url=step.url if is_single else reverse("proposals:mine", args=[edition.slug]),
                count=len(steps),
                one=one,
                many=many,
                menu=OWN,
                due=step.due,
                late=len(steps) if step.due is not None and step.due < now else 0,
                about=status.latest.title if is_single else "",
            )


def for_the_named(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Questions about what sponsors typed, from the wall's own facts for who has a role, and sessions to present."""
    roles = roles_in(user, editions)
    with_role = [edition for edition in editions if roles[edition.pk]]
    walls(user, with_role)
    asked = {edition.pk: len(to_ask(relations_of(user, edition).claims)) for edition in with_role}
    invited = Counter(each.proposal.edition_id for each in invited_as(user, editions))
    url = f"{reverse('editions:home')}#questions"
    for edition, count in asked.items():
        one, many = "question about you to answer", "questions about you to answer"
        yield Waiting("questions", edition, url, count, one, many, HOME)
    for edition, count in invited.items():
        one, many = "session that names you as a presenter", "sessions that name you as a presenter"
        yield Waiting("presenting", edition, url, count, one, many, HOME)


def for_runners(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """What teams ask to change or to restore, as far as this person may see: one query."""
    run = [edition for edition in editions if runs_edition(user, edition)]
    if not run:
        return
    is_restored = Q(Exists(restore_asked()), state=ProposalState.WITHDRAWN)
    rows = for_chairs_in(user, run).filter(is_restored | Q(Exists(open_requests()))).order_by("id")
    asked: dict[tuple[str, int, bool], list[str]] = defaultdict(list)
    for slug, edition, code, state in rows.values_list("edition__slug", "edition", "code", "state"):
        asked[slug, edition, state == ProposalState.WITHDRAWN].append(code)
    for (slug, edition_id, is_withdrawn), codes in asked.items():
        page, one, many = _RESTORE if is_withdrawn else _CHANGE
        url = reverse(page, args=[slug])
        if len(codes) == 1 and not is_withdrawn:
            url = reverse("proposals:answer-change", args=[slug, codes[0]])
        key = "restore" if is_withdrawn else "changes-asked"
        yield Waiting(key, edition_id, url, len(codes), one, many, (page,))


_RESTORE = (
    "proposals:after",
    "withdrawn proposal to restore, if you agree",
    "withdrawn proposals to restore, if you agree",
)
_CHANGE = ("proposals:change-requests", "change request to answer", "change requests to answer")


def open_claims(user: Any, edition: Edition) -> list[Waiting]:
    """Claims about other people that a chair may settle; for the overview alone, because it weighs everybody."""
    if edition.phase == Phase.ARCHIVED:
        return []
    count = sum(row.answer == ClaimAnswer.OPEN for row in claims_for(user, edition))
    url = reverse("proposals:conflicts", args=[edition.slug])
    one, many = "claim about somebody without an answer", "claims about people without an answer"
    return [Waiting("claims", edition.pk, url, count, one, many)] if count else []
