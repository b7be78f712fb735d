"""Presenters: who they are, also after the decision, and when they cannot be on stage."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction

from expo.accounts.models import User
from expo.editions.catalogue import CATALOGUE
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.names import plain_address, visible
from expo.kit.policy import allowed, require
from expo.sponsors.models import Picture

from .. import texts
from ..models import (
    Availability,
    ConfirmedPresenter,
    Presenter,
    PresenterInvitation,
    Proposal,
    ProposalContent,
    WorkingCopy,
)
from ..queries.content import PresenterData, Span, data_of, people_of, presenters_of, to_json
from ..queries.presenters import confirmed_addresses, has_begun
from ..states import EDITABLE_AFTER_DECISION, PresenterAnswer, ProposalState
from .common import (
    locked,
    mail_everybody,
    record_fact,
    require_editable_after_decision,
    require_not_archived,
    require_version,
)
from .fields import within_limit

MOST_SPANS = 20
BIOGRAPHY = CATALOGUE["biography"].most
TypedPerson = PresenterData | Mapping[str, Any]


def checked(presenters: Iterable[TypedPerson]) -> list[PresenterData]:
    """The same people, tidied; refuses what cannot be kept."""
    people = [_tidied(each if isinstance(each, PresenterData) else PresenterData(**each)) for each in presenters]
    if len(people) > texts.MOST_PRESENTERS:
        raise _invalid(
            "too-many-presenters",
            f"A proposal may name {texts.MOST_PRESENTERS} presenters; this one has {len(people)}.",
        )
    for person in people:
        _check(person)
    addresses = [plain_address(person.email) for person in people if person.email]
    twice = next((person.email for person in people if addresses.count(plain_address(person.email)) > 1), None)
    if twice:
        raise _invalid(
            "presenter-twice", f"{twice} is named twice. Each presenter needs an e-mail address of their own."
        )
    return people


def _tidied(person: PresenterData) -> PresenterData:
    return PresenterData(
        texts.tidy(person.name, one_line=True),
        visible(texts.tidy(person.email, one_line=True)).lower(),
        texts.tidy(person.affiliation, one_line=True),
        tuple(sorted({(start, end) for start, end in person.away})),
        texts.tidy(person.biography),
        texts.tidy(person.link, one_line=True),
        person.picture,
    )


def _check(person: PresenterData) -> None:
    if len(person.name) > 120 or len(person.affiliation) > 160:
        raise _invalid("too-long", "A presenter's name may have 120 characters and the affiliation 160. Shorten them.")
    if person.email:
        try:
            validate_email(person.email)
        except ValidationError:
            raise _invalid(
                "bad-email", f"“{person.email}” is not an e-mail address. Write it like name@example.org."
            ) from None
        if len(person.email) > 254:
            raise _invalid("bad-email", "An e-mail address may have 254 characters.")
    _check_printed(person)
    _check_spans(person.away)


def _check_printed(person: PresenterData) -> None:
    length = len(person.biography)
    if length > BIOGRAPHY:
        raise Invalid(
            "too-long", f"The biography has {length:,} characters and may have {BIOGRAPHY:,}.", field="biography"
        )
    if person.link and not is_web_address(person.link):
        raise Invalid(
            "bad-link",
            f"“{person.link[:80]}” is not the address of a page. Write it like https://example.org/me, "
            "with at most 200 characters.",
            field="link",
        )
    if person.picture and not Picture.objects.filter(digest=person.picture).exists():
        raise Invalid("unknown-picture", "This picture is not known. Send it again.", field="picture")


def is_web_address(link: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(link)
    except ValidationError:
        return False
    return len(link) <= 200


def _check_spans(spans: Sequence[Span]) -> None:
    """Refuse spans that end before they start, and more of them than a person can have."""
    if any(end <= start for start, end in spans):
        raise _invalid(
            "span-ends-before-start", "A time away must end after it starts. Swap the two times or clear both."
        )
    if len(spans) > MOST_SPANS:
        raise _invalid("too-many-spans", f"A presenter may have {MOST_SPANS} times away.")


def _invalid(code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, field="presenters")


def put(source: ProposalContent, people: Sequence[PresenterData], *, by: User | None = None) -> bool:
    """Make these the presenters of a proposal, or of a working copy that the caller saves; says if anything changed."""
    if people_of(source) == list(people):
        return False
    if isinstance(source, WorkingCopy):
        source.people = [to_json(person) for person in people]
    elif isinstance(source, Proposal):
        _put_rows(source, people, by)
    return True


def _put_rows(proposal: Proposal, people: Sequence[PresenterData], by: User | None) -> None:
    """Who stays keeps the row, and the confirmation while what is printed of them stays the same."""
    kept = {each.email.lower(): each for each in presenters_of(proposal) if each.email}
    proposal.presenters.exclude(email__in=[person.email for person in people if person.email]).delete()
    for position, person in enumerate(people):
        row = kept.pop(person.email, None) or Presenter(proposal=proposal)
        is_changed = row.pk is not None and data_of(row).printed != person.printed
        row.email, row.position = person.email, position
        row.person = person_of(proposal, person.email, is_confirmed=False)
        put_row(row, person)
        if is_changed:
            _ask_again(proposal, row.email, by)
    for email in kept:
        _ask_again(proposal, email, by, is_gone=True)
    set_persons(proposal)


def put_row(row: Presenter, person: PresenterData) -> None:
    """Save what a presenter is called, what is printed of them and when they are away; not the address."""
    row.name, row.affiliation, row.biography, row.link = person.name, person.affiliation, person.biography, person.link
    row.picture = Picture.objects.defer("data").get(digest=person.picture) if person.picture else None
    row.save()
    _put_spans(row, person.away)


def _ask_again(proposal: Proposal, email: str, by: User | None, *, is_gone: bool = False) -> None:
    """Somebody else changed what a presenter confirmed, or a chair: it holds no more, and the presenter is asked."""
    address = plain_address(email)
    ConfirmedPresenter.objects.filter(proposal=proposal, address=address).delete()
    said = PresenterInvitation.objects.filter(proposal=proposal, address=address, answer=PresenterAnswer.YES)
    for invitation in said:
        invitation.answer, invitation.answered_at = PresenterAnswer.OPEN, None
        invitation.save(update_fields=["answer", "answered_at"])
        if not is_gone:
            record_fact("presenter_asked_again", proposal, by, invitation=invitation.pk)


def person_of(proposal: Proposal, email: str, *, is_confirmed: bool) -> str:
    """See `Presenter.person`."""
    if not email or is_confirmed:
        return plain_address(email)
    return f"{plain_address(email)}#{proposal.sponsor_id}"


def set_persons(proposal: Proposal) -> None:
    """Bring `Presenter.person` up to date with what was confirmed."""
    confirmed = confirmed_addresses(proposal.edition, proposal)
    for row in Presenter.objects.filter(proposal=proposal).exclude(email=""):
        person = person_of(proposal, row.email, is_confirmed=(proposal.pk, row.email.lower()) in confirmed)
        if row.person != person:
            row.person = person
            row.save(update_fields=["person"])


# --- After the decision -----------------------------------------------------------------------------------


@transaction.atomic
def change_presenters(
    *, by: User, proposal: Proposal, presenters: Iterable[TypedPerson], version: int | None = None
) -> Proposal:
    """Replace or correct who presents a session that is wanted: its team until the event begins, its chairs longer.

    Who comes in has confirmed nothing yet; who is on stage when follows, and the next release names them
    if they have by then.
    """
    require(by, "proposals.change_presenters", proposal)
    proposal = locked(proposal)
    _require_in_time(by, proposal)
    require_version(proposal, version)
    people = checked(presenters)
    if not people or any(not each.name or not each.email for each in people):
        raise _invalid("presenter-incomplete", "Name at least one presenter, each with a name and an e-mail address.")
    before = list(proposal.presenters.all())
    if len(people) > len(before):  # what was accepted as another format may name more than that takes
        within_limit(people, proposal.format)
    if not put(proposal, people, by=by):
        return proposal
    proposal.version += 1
    proposal.changed_at = clock.now()
    proposal.save()
    came, left = _names_without(people, before), _names_without(before, people)
    entry = record_fact("presenters_changed", proposal, by, came=came, left=left)
    names = [each.name for each in people]
    mail_everybody("proposals/presenters_changed", proposal, entry, came=came, left=left, now=names)
    return proposal


def _names_without(these: Sequence[PresenterData | Presenter], those: Sequence[PresenterData | Presenter]) -> list[str]:
    known = {each.email.lower() for each in those}
    return [each.name for each in these if each.email.lower() not in known]


def _require_in_time(by: User, proposal: Proposal) -> None:
    require_not_archived(proposal.edition)
    state = ProposalState(proposal.state)
    if state not in EDITABLE_AFTER_DECISION:
        raise WrongState(
            "not-tended",
            f"This proposal is {state.label.lower()}. Presenters are changed here once it is accepted or waitlisted.",
        )
    if has_begun(proposal.edition) and not allowed(by, "proposals.set_availability", proposal):
        raise WrongState(
            "event-began",
            "The event has begun, so a change must reach the people on site.",
            who_can=("organiser", "cochair"),
            can="enter it",
        )


@transaction.atomic
def set_availability(*, by: User, proposal: Proposal, away: Mapping[int, Sequence[Span]]) -> Proposal:
    """When its presenters, given by id, cannot be on stage; allowed after the verdict until the edition is archived."""
    require(by, "proposals.edit", proposal)
    proposal = locked(proposal)
    require_editable_after_decision(proposal)
    return _put_away(by, proposal, away)


@transaction.atomic
def enter_availability(*, by: User, proposal: Proposal, away: Mapping[int, Sequence[Span]]) -> Proposal:
    """The same by who runs the edition, such as a late flight."""
    require(by, "proposals.set_availability", proposal)
    proposal = locked(proposal)
    if proposal.state not in EDITABLE_AFTER_DECISION or proposal.edition.phase == Phase.ARCHIVED:
        raise WrongState(
            "not-tended",
            "Availability is entered for accepted, confirmed and waitlisted proposals, until the edition is archived.",
        )
    return _put_away(by, proposal, away)


def _put_away(by: User, proposal: Proposal, away: Mapping[int, Sequence[Span]]) -> Proposal:
    presenters = {each.pk: each for each in proposal.presenters.all()}
    for presenter_id, spans in away.items():
        if presenter_id not in presenters:
            raise Invalid(
                "foreign-presenter", "Somebody here is not a presenter of this proposal. Reload the page and try again."
            )
        _check_spans(spans)
        _put_spans(presenters[presenter_id], spans)
    record_fact("availability_changed", proposal, by)
    return proposal


def _put_spans(presenter: Presenter, spans: Sequence[Span]) -> None:
    """Replace the times in which a presenter cannot be on stage."""
    presenter.away.all().delete()
    Availability.objects.bulk_create(
        Availability(presenter=presenter, starts_at=start, ends_at=end) for start, end in sorted(set(spans))
    )
