"""What presenters say: they confirm with their own words, decline, or change either later; and chairs vouch for some.

No act of a sponsor answers for anybody: an answer comes from the link in the mail, or from an account that proved the
address. An answer counts against the edition's limit of sessions per person.
"""

from collections.abc import Collection
from dataclasses import replace

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.memo import forget
from expo.kit.names import plain_address
from expo.kit.policy import require
from expo.kit.text import counted, listed

from ..models import Claim, ConfirmedPresenter, Presenter, PresenterInvitation, Proposal, WorkingCopy
from ..queries.claims import IS_PRESENTER
from ..queries.conflict_wall import relations
from ..queries.content import PresenterData, data_of, people_of, to_json
from ..queries.presenters import is_for_a_role, is_live, opens, owner_of, presenter_of, presents_already
from ..states import ClaimAnswer, ClaimKind, PresenterAnswer
from ..texts import checked_reason
from .common import locked, mail_team, record_fact
from .edits import note_own_words
from .presenter_invitations import invitation_for, lock_answers
from .presenters import checked, put_row, set_persons

MOST_REASON = 500
EDITABLE = ("name", "affiliation", "away", "biography", "link", "picture")


@transaction.atomic
def confirm_presenting(
    *, by: User | None, invitation: PresenterInvitation, token: str = "", words: PresenterData
) -> PresenterInvitation:
    """Say, with the link or an account that proved the address, that one presents; `words` are what is printed.

    The address in `words` counts for nothing: it stays as it was typed. Saying it again changes the words.
    """
    invitation, presenter = _opened(by, invitation, token)
    proposal = invitation.proposal
    _put_own_words(proposal, presenter, words, by)
    if invitation.answer == PresenterAnswer.YES:
        return invitation
    _require_place(proposal, invitation.address, is_own=True)
    _answer(invitation, PresenterAnswer.YES, "")
    _remember_for_the_wall(invitation, ClaimAnswer.YES)
    forget()
    set_persons(proposal)
    record_fact("presenter_confirmed", proposal, by, presenter=presenter.pk, invitation=invitation.pk)
    return invitation


@transaction.atomic
def decline_presenting(
    *, by: User | None, invitation: PresenterInvitation, token: str = "", reason: str = ""
) -> PresenterInvitation:
    """Say that one does not present; the team is mailed, and no release names this presenter."""
    invitation, presenter = _opened(by, invitation, token)
    reason = checked_reason(reason, most=MOST_REASON)
    proposal = invitation.proposal
    if invitation.answer == PresenterAnswer.NO and invitation.reason == reason:
        return invitation
    _answer(invitation, PresenterAnswer.NO, reason)
    ConfirmedPresenter.objects.filter(proposal=proposal, address=invitation.address).delete()
    forget()
    set_persons(proposal)
    entry = record_fact("presenter_declined", proposal, by, presenter=presenter.pk, invitation=invitation.pk)
    mail_team("proposals/presenter_declined", proposal, entry, presenter=presenter, reason=reason)
    return invitation


def _opened(by: User | None, invitation: PresenterInvitation, token: str) -> tuple[PresenterInvitation, Presenter]:
    """The invitation as it is now, everything it is about locked, for who holds the link or proved the address."""
    if not (token and opens(invitation, token)):
        if by is None:
            raise NotAllowed("not-allowed", "This link is not valid.")
        require(by, "proposals.present", invitation)
    lock_answers(invitation.proposal.edition)
    proposal = locked(invitation.proposal)
    current = PresenterInvitation.objects.select_for_update().get(pk=invitation.pk)
    current.proposal = proposal
    presenter = presenter_of(current)
    if presenter is None or not is_live(current) or is_for_a_role(current):
        raise WrongState(
            "not-asked-any-more",
            "This changed in the meantime: the session is not planned any more, or names somebody else.",
        )
    return current, presenter


def _answer(invitation: PresenterInvitation, answer: PresenterAnswer, reason: str) -> None:
    invitation.answer, invitation.reason = answer, reason
    invitation.answered_at = None if answer == PresenterAnswer.OPEN else clock.now()
    invitation.save(update_fields=["answer", "reason", "answered_at"])


def _remember_for_the_wall(invitation: PresenterInvitation, answer: ClaimAnswer) -> None:
    """Whoever proved the address has a conflict with it from the day on which they get a role here."""
    user = owner_of(invitation.address)
    if user is None:
        return
    said = {"kind": ClaimKind.ADDRESS, "answer": answer, "answered_by": user, "answered_at": clock.now()}
    proposal = invitation.proposal
    Claim.objects.update_or_create(user=user, sponsor=proposal.sponsor, proposal=proposal, defaults=said)


# --- One's own words --------------------------------------------------------------------------------------


def _put_own_words(proposal: Proposal, presenter: Presenter, words: PresenterData, by: User | None) -> None:
    """Keep what a presenter says of themselves, in what was submitted and in unsubmitted changes to it."""
    before = data_of(presenter)
    (person,) = checked([replace(words, email=before.email)])
    if not person.name:
        raise Invalid("name-missing", "Write your name as it should be printed.", field="name")
    changed = [name for name in EDITABLE if getattr(person, name) != getattr(before, name)]
    if not changed:
        return
    put_row(presenter, person)
    copy = WorkingCopy.objects.select_for_update().filter(proposal=proposal).first()
    if copy is not None:
        own = {name: getattr(person, name) for name in changed}
        people = [replace(each, **own) if each.email == before.email else each for each in people_of(copy)]
        copy.people = [to_json(each) for each in people]
        copy.version += 1
        note_own_words(copy, by)
        copy.save(update_fields=["people", "version", "edits"])
    proposal.version += 1
    proposal.changed_at = clock.now()
    note_own_words(proposal, by)
    proposal.save(update_fields=["version", "changed_at", "edits"])
    if changed == ["away"]:
        record_fact("availability_changed", proposal, by, presenter=presenter.pk)
    else:
        record_fact("presenters_changed", proposal, by, own_words=presenter.pk)


# --- The limit of sessions per person -----------------------------------------------------------------------


def has_place(proposal: Proposal, address: str) -> bool:
    """Whether one more session of a person is within the edition's limit; the caller holds `lock_answers`."""
    limit = proposal.edition.presenter_limit
    return limit is None or len(presents_already(proposal.edition, address, but=proposal)) < limit


def _require_place(proposal: Proposal, address: str, *, is_own: bool) -> None:
    """Refuse one session too many; which the others are is said to that person alone."""
    if has_place(proposal, address):
        return
    edition = proposal.edition
    most = counted(edition.presenter_limit or 0, "session")
    if not is_own:
        raise WrongState(
            "presenter-limit",
            f"At {edition} one person may present {most}, and this presenter has confirmed as many. "
            "They can decline one of those by the link in their mail; then this works.",
        )
    others = listed(f"“{each.public_title or each.name}”" for each in presents_already(edition, address, but=proposal))
    raise WrongState(
        "presenter-limit",
        f"At {edition} one person may present {most}, and you have confirmed {others}. Decline one of those by the "
        "link in its mail, then confirm this; or decline this.",
    )


# --- Answers to the question about a claim ------------------------------------------------------------------


def follow_claim(claim: Claim, addresses: Collection[str]) -> None:
    """Somebody with a role answered whether they present: a yes confirms, as far as the limit allows; a no is kept.

    A no shows as no answer at all, so that nobody learns from it who owns the address; and what a chair settles about
    somebody else answers for nobody.
    """
    proposal = claim.proposal
    if proposal is None or claim.kind not in IS_PRESENTER:
        return
    lock_answers(proposal.edition)
    is_yes = claim.answer == ClaimAnswer.YES and claim.answered_by_id == claim.user_id
    for row in proposal.presenters.exclude(email=""):
        address = plain_address(row.email)
        if address not in addresses:
            continue
        invitation = invitation_for(proposal, address)
        if is_yes and has_place(proposal, address):
            _answer(invitation, PresenterAnswer.YES, "")
        elif not is_yes and invitation.answer == PresenterAnswer.YES:
            _answer(invitation, PresenterAnswer.OPEN, "")


# --- A chair's word ------------------------------------------------------------------------------------------


@transaction.atomic
def vouch_for(*, by: User, edition: Edition, presenters: Collection[Presenter], reason: str) -> int:
    """Say, as a chair without a conflict, that presenters may be printed without their own answer; returns how many.

    All of them or none. One who is confirmed already changes nothing.
    """
    require(by, "proposals.see_after", edition)
    lock_answers(edition)
    return sum(_vouch(by, each, reason) for each in sorted(presenters, key=lambda each: each.pk))


@transaction.atomic
def confirm_presenter(*, by: User, presenter: Presenter, reason: str) -> None:
    """The same of one."""
    lock_answers(presenter.proposal.edition)
    _vouch(by, presenter, reason)


def _vouch(by: User, presenter: Presenter, reason: str) -> bool:
    proposal = presenter.proposal
    require(by, "proposals.confirm_presenter", presenter)
    reason = checked_reason(reason, one_line=True)
    if not reason:
        raise Invalid("reason-missing", "Say how you know that they present it: the journal keeps it.", field="reason")
    if not presenter.email:
        raise WrongState("no-address", f"{presenter} has no e-mail address. Ask the sponsor to add it first.")
    matches = relations([by], proposal.edition).matches
    if any(each.presenter.id == presenter.pk and each.kind in IS_PRESENTER for each in matches):
        raise NotAllowed(
            "own-claim",
            "You cannot confirm yourself here. Answer the question on your home page, or ask another chair.",
        )
    address = plain_address(presenter.email)
    said = PresenterInvitation.objects.filter(proposal=proposal, address=address)
    if said.filter(answer=PresenterAnswer.NO).exists():
        raise WrongState(
            "presenter-declined",
            f"{presenter} declined to present “{proposal.name}”. They can still confirm by the link in their mail; "
            "otherwise somebody else has to be named.",
        )
    if said.filter(answer=PresenterAnswer.YES).exists():
        return False
    _require_place(proposal, address, is_own=False)
    _, is_new = ConfirmedPresenter.objects.get_or_create(
        proposal=proposal, address=address, defaults={"confirmed_by": by}
    )
    if is_new:
        forget()
        set_persons(proposal)
        record_fact("presenter_confirmed", proposal, by, presenter=presenter.pk, reason=reason)
    return is_new
