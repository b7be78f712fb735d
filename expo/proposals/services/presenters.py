"""Presenters: who they are, also after the decision, and when they cannot be on stage."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Day
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.names import plain_address, visible
from expo.kit.policy import allowed, require

from .. import texts
from ..models import Availability, Presenter, Proposal, ProposalContent, WorkingCopy
from ..queries.claims import confirmed_addresses
from ..queries.content import PresenterData, Span, people_of, to_json
from ..states import EDITABLE_AFTER_DECISION, ProposalState
from .common import (
    locked,
    mail_everybody,
    record_fact,
    require_editable_after_decision,
    require_not_archived,
    require_version,
)

MOST_SPANS = 20
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
    addresses = [person.email for person in people if person.email]
    twice = next((address for address in addresses if addresses.count(address) > 1), None)
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
        tuple((start, end) for start, end in person.away),
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
    _check_spans(person.away)


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


def put(source: ProposalContent, people: Sequence[PresenterData]) -> bool:
    """Make these the presenters of a proposal, or of a working copy that the caller saves; says if anything changed."""
    if people_of(source) == list(people):
        return False
    if isinstance(source, WorkingCopy):
        source.people = [to_json(person) for person in people]
    elif isinstance(source, Proposal):
        _put_rows(source, people)
    return True


def _put_rows(proposal: Proposal, people: Sequence[PresenterData]) -> None:
    """Who stays keeps the row."""
    kept = {each.email.lower(): each for each in proposal.presenters.all() if each.email}
    proposal.presenters.exclude(email__in=[person.email for person in people if person.email]).delete()
    for position, person in enumerate(people):
        row = kept.get(person.email) or Presenter(proposal=proposal)
        row.name, row.email, row.affiliation, row.position = person.name, person.email, person.affiliation, position
        row.person = person_of(proposal, person.email, is_confirmed=False)
        row.save()
        _put_spans(row, person.away)
    set_persons(proposal)


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

    Who comes in has confirmed nothing yet; who is on stage when follows, and the next release names them.
    """
    require(by, "proposals.change_presenters", proposal)
    proposal = locked(proposal)
    _require_in_time(by, proposal)
    require_version(proposal, version)
    people = checked(presenters)
    if not people or any(not each.name or not each.email for each in people):
        raise _invalid("presenter-incomplete", "Name at least one presenter, each with a name and an e-mail address.")
    before = list(proposal.presenters.all())
    if not put(proposal, people):
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
    first = Day.objects.filter(edition=proposal.edition_id).order_by("date").first()
    opens_at = datetime.combine(first.date, first.opens_at, proposal.edition.zone) if first else None
    has_begun = opens_at is not None and opens_at <= clock.now()
    if has_begun and not allowed(by, "proposals.set_availability", proposal):
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
