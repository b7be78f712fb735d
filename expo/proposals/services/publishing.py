"""Public text and its approval, and the availability that may still change after the verdict."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.notify.services import post

from .. import wording
from ..models import Proposal, ProposalContent
from ..states import TENDED, ProposalState
from . import ground, people, working_copy, writing

APPROVABLE = (ProposalState.DRAFT, ProposalState.SUBMITTED, *TENDED)


def require_publishable(public_title: str, public_text: str) -> None:
    """Refuse a public text that is empty or says that it must not be published."""
    if not public_title.strip() or not public_text.strip():
        sentence = "There is no public title or no public text yet. Write both, then approve them."
        raise Invalid("no-public-text", sentence, field="public_text")
    stopping = [each.sentence for each in wording.objections(public_title, public_text) if each.stops]
    if stopping:
        raise Invalid("not-publishable", " ".join(stopping), field="public_text")


def set_approval(proposal: ProposalContent, by: User, approve: bool | None) -> str:
    """Approve (True), take the approval back (False) or leave it (None); returns the fact. The caller saves."""
    if approve is None or approve == (proposal.public_text_approved_at is not None):
        return ""
    if not approve:
        writing.drop_approval(proposal)
        return "public_text_unapproved"
    require_publishable(proposal.public_title, proposal.public_text)
    proposal.public_text_approved_at, proposal.public_text_approved_by = clock.now(), by
    return "public_text_approved"


@transaction.atomic
def approve_public_text(*, by: User, proposal: Proposal, version: int | None = None) -> Proposal:
    """The sponsor's yes to exactly the present public title and text; `version` is the one that was read."""
    require(by, "proposals.approve_public_text", proposal)
    proposal = ground.locked(proposal)
    if proposal.state not in APPROVABLE:
        raise WrongState(
            "not-approvable", "This proposal is not on its way into the program, so there is nothing to approve."
        )
    ground.require_version(proposal, version)
    copy = working_copy.of(proposal)
    if copy is not None and [getattr(copy, name) == getattr(proposal, name) for name in writing.PUBLIC] == [True, True]:
        set_approval(copy, by, True)
        copy.save()
    fact = set_approval(proposal, by, True)
    if fact:
        proposal.save()
        ground.note(fact, proposal, by)
    return proposal


@transaction.atomic
def change_public_text(
    *, by: User, proposal: Proposal, version: int, public_title: str, public_text: str, approve: bool = False
) -> Proposal:
    """Change what will be published after the verdict; what was approved before no longer is, unless approved anew.

    Once the program is out an approved text is approved anew in the same step, or the next release would lose it.
    """
    require(by, "proposals.edit", proposal)
    proposal = ground.locked(proposal)
    require_tended(proposal)
    ground.require_version(proposal, version)
    if proposal.edition.is_published and proposal.public_text_approved_at is not None and not approve:
        sentence = "The program is published. Approve the new text in the same step: the next release then carries it."
        raise Invalid("approve-too", sentence, field="approve")
    texts = {"public_title": public_title, "public_text": public_text}
    changed = writing.put(proposal, writing.checked(proposal.sponsor, texts, format=proposal.format))
    fact = set_approval(proposal, by, approve)
    if changed:
        proposal.version += 1
        proposal.changed_at = clock.now()
    proposal.save()
    if changed:
        ground.note("public_text_changed", proposal, by)
    if fact:
        entry = ground.note(fact, proposal, by)
        if changed and proposal.edition.is_published:
            path = reverse("releases:list", args=[proposal.edition.slug])
            context = {"proposal": proposal, "path": path, "by": by}
            post("proposals/text_mended", to=ground.runners(proposal), entry=entry, context=context)
    return proposal


@transaction.atomic
def set_availability(*, by: User, proposal: Proposal, away: Mapping[int, Sequence[people.Span]]) -> Proposal:
    """When its presenters, given by id, cannot be on stage; allowed after the verdict until the edition is archived."""
    require(by, "proposals.edit", proposal)
    proposal = ground.locked(proposal)
    require_tended(proposal)
    return _put_away(by, proposal, away)


@transaction.atomic
def enter_availability(*, by: User, proposal: Proposal, away: Mapping[int, Sequence[people.Span]]) -> Proposal:
    """The same by who runs the edition, such as a late flight."""
    require(by, "proposals.set_availability", proposal)
    proposal = ground.locked(proposal)
    if proposal.state not in TENDED or proposal.edition.phase == Phase.ARCHIVED:
        raise WrongState(
            "not-tended", "Availability is entered for sessions that are still wanted, until the edition is archived."
        )
    return _put_away(by, proposal, away)


def _put_away(by: User, proposal: Proposal, away: Mapping[int, Sequence[people.Span]]) -> Proposal:
    presenters = {each.pk: each for each in proposal.presenters.all()}
    for presenter_id, spans in away.items():
        if presenter_id not in presenters:
            raise Invalid(
                "foreign-presenter", "Somebody here is no presenter of this proposal. Reload the page and try again."
            )
        people.check_spans(spans)
        people.put_away(presenters[presenter_id], spans)
    ground.note("availability_changed", proposal, by)
    return proposal


def require_tended(proposal: Proposal) -> None:
    """Refuse before the verdict, once the proposal is not wanted any more, and after the edition is archived."""
    if proposal.state == ProposalState.DRAFT:
        raise WrongState("still-a-draft", "This proposal is a draft: change it in its form.")
    if proposal.state not in TENDED:
        raise WrongState(
            "not-tended", "Public text and availability can be changed after the verdict, while the proposal is wanted."
        )
    ground.require_not_archived(proposal.edition)
