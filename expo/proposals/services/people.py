"""Presenters and when they cannot be on stage."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from expo.kit.errors import Invalid
from expo.kit.names import plain_address, visible

from .. import queries, wording
from ..models import Availability, Presenter, Proposal, ProposalContent, WorkingCopy
from ..queries import PresenterData, Span, people_of, to_json

MOST_SPANS = 20


Given = PresenterData | Mapping[str, Any]


def checked(presenters: Iterable[Given]) -> list[PresenterData]:
    """The same people, tidied; refuses what cannot be kept."""
    people = [_tidied(each if isinstance(each, PresenterData) else PresenterData(**each)) for each in presenters]
    if len(people) > wording.MOST_PRESENTERS:
        raise _wrong(
            "too-many-presenters",
            f"A proposal may name {wording.MOST_PRESENTERS} presenters; this one has {len(people)}.",
        )
    for person in people:
        _check(person)
    _check_once(people)
    return people


def _tidied(person: PresenterData) -> PresenterData:
    return PresenterData(
        wording.tidy(person.name, one_line=True),
        visible(wording.tidy(person.email, one_line=True)).lower(),
        wording.tidy(person.affiliation, one_line=True),
        tuple((start, end) for start, end in person.away),
    )


def _check(person: PresenterData) -> None:
    if len(person.name) > 120 or len(person.affiliation) > 160:
        raise _wrong("too-long", "A presenter's name may have 120 characters and the affiliation 160. Shorten them.")
    if person.email:
        _check_address(person)
    check_spans(person.away)


def _check_address(person: PresenterData) -> None:
    try:
        validate_email(person.email)
    except ValidationError:
        raise _wrong(
            "bad-email", f"“{person.email}” is not an e-mail address. Write it like name@example.org."
        ) from None
    if len(person.email) > 254:
        raise _wrong("bad-email", "An e-mail address may have 254 characters.")


def check_spans(spans: Sequence[Span]) -> None:
    """Refuse spans that end before they start, and more of them than a person can have."""
    if any(end <= start for start, end in spans):
        raise _wrong(
            "span-ends-before-start", "A time away must end after it starts. Swap the two times or clear both."
        )
    if len(spans) > MOST_SPANS:
        raise _wrong("too-many-spans", f"A presenter may have {MOST_SPANS} times away.")


def _check_once(people: Sequence[PresenterData]) -> None:
    addresses = [person.email for person in people if person.email]
    twice = next((address for address in addresses if addresses.count(address) > 1), None)
    if twice:
        raise _wrong("presenter-twice", f"{twice} is named twice. Each presenter needs an e-mail address of their own.")


def _wrong(code: str, sentence: str) -> Invalid:
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
        put_away(row, person.away)
    set_persons(proposal)


def person_of(proposal: Proposal, email: str, *, is_confirmed: bool) -> str:
    """See `Presenter.person`."""
    if not email or is_confirmed:
        return plain_address(email)
    return f"{plain_address(email)}#{proposal.sponsor_id}"


def set_persons(proposal: Proposal) -> None:
    """Bring `Presenter.person` up to date with what was confirmed."""
    confirmed = queries.confirmed_addresses(proposal.edition, proposal)
    for row in Presenter.objects.filter(proposal=proposal).exclude(email=""):
        now = person_of(proposal, row.email, is_confirmed=(proposal.pk, row.email.lower()) in confirmed)
        if row.person != now:
            row.person = now
            row.save(update_fields=["person"])


def put_away(presenter: Presenter, spans: Sequence[Span]) -> None:
    """Replace a presenter's spans."""
    presenter.away.all().delete()
    Availability.objects.bulk_create(
        Availability(presenter=presenter, starts_at=start, ends_at=end) for start, end in sorted(set(spans))
    )
