"""What attendees would read of a proposal as it is written now, for its team, and what of it is not certain yet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.names import plain_address
from expo.kit.text import listed
from expo.proposals.models import Presenter, Proposal, ProposalContent, WorkingCopy
from expo.proposals.queries.content import length_of
from expo.proposals.queries.presenters import confirmed_addresses
from expo.proposals.queries.status import status_of
from expo.sponsors.models import Picture

from . import public_facts, queries, snapshot
from .render.published import PublishedProgram

NO_ROOM, NO_TIME = snapshot.PublishedRoom(0, "Room to be announced"), time(9)


@dataclass(frozen=True)
class AttendeePreview:
    """A session's page before there is a release; `remarks` are sentences on what of it is not certain yet."""

    published: PublishedProgram
    session: snapshot.Session
    remarks: tuple[str, ...]


def attendee_preview(proposal: Proposal) -> AttendeePreview:
    """What the team wrote last, submitted or not; where it is on only as far as the team was notified."""
    edition, status = proposal.edition, status_of(proposal, clock.now())
    source, slot = status.latest, status.slot
    known = public_facts.shared(edition, with_unapproved=True)
    people = _people_of(source)
    if slot:
        room, starts = known.rooms[slot.room_id], slot.starts_at
    else:
        room, starts = NO_ROOM, _first_opening(edition)
    written = public_facts.written(source, people, known, proposal.sponsor_id)
    session = snapshot.Session(
        id=proposal.pk,
        code=proposal.code,
        guid=str(proposal.guid),
        track=known.tracks.get(source.track_id or 0, known.formats[source.format_id]),
        room=room,
        starts=starts,
        ends=starts + timedelta(minutes=length_of(source)),
        topics=tuple(known.topics[pk] for pk in source.topics.order_by("name").values_list("pk", flat=True)),
        **{**written, "title": source.public_title or "No public title yet"},
    )
    program = queries.assemble(edition, [session])
    published = PublishedProgram(program, 0, clock.now(), "", queries.pictures_address())
    remarks = _remarks(proposal, source, people, bool(slot), is_approved=_has_approved_profile(proposal, known))
    return AttendeePreview(published, program.sessions[0], tuple(remarks))


def _first_opening(edition: Edition) -> datetime:
    """A time for the example: when the first day opens, or nine o'clock today while no day is known."""
    day = edition.days.order_by("date").first()
    if day is None:
        return datetime.combine(clock.now().astimezone(edition.zone), NO_TIME, edition.zone)
    return datetime.combine(day.date, day.opens_at, edition.zone)


def _people_of(source: ProposalContent) -> list[public_facts.NamedPresenter]:
    """The presenters of a proposal or of its working copy; who has no name yet is not printed."""
    if not isinstance(source, WorkingCopy):
        return public_facts.presenters(Presenter.objects.filter(proposal=source.pk)).get(source.pk, [])
    sizes = Picture.objects.filter(digest__in=[row.get("picture", "") for row in source.people])
    pictures = {
        digest: snapshot.PublishedPicture(digest, width, height)
        for digest, width, height in sizes.values_list("digest", "width", "height")
    }
    return [_as_typed(row, pictures) for row in source.people if row["name"]]


def _as_typed(row: dict[str, Any], pictures: dict[str, snapshot.PublishedPicture]) -> public_facts.NamedPresenter:
    words = (row["name"], row["affiliation"], row.get("biography", ""), row.get("link", ""))
    person = snapshot.Person(*words, pictures.get(row.get("picture", "")))
    return public_facts.NamedPresenter(0, person, plain_address(row["email"]))


def _has_approved_profile(proposal: Proposal, known: public_facts.Shared) -> bool:
    """Also where there is nothing to approve."""
    profile = known.profiles[proposal.sponsor_id]
    return proposal.sponsor.profile_approved_at is not None or profile == snapshot.PublishedProfile()


def _remarks(
    proposal: Proposal,
    source: ProposalContent,
    people: Iterable[public_facts.NamedPresenter],
    has_slot: bool,
    *,
    is_approved: bool,
) -> Iterator[str]:
    if isinstance(source, WorkingCopy):
        yield "These are your changes, which are not submitted: the version you submitted counts until you submit them."
    if source.public_text_approved_at is None:
        yield "Title, text, links and outline are published once your team has approved the public text."
    confirmed = {address for _, address in confirmed_addresses(proposal.edition, proposal)}
    confirmed = {plain_address(address) for address in confirmed}
    if open_ones := [each.person.name for each in people if each.address not in confirmed]:
        have = "has" if len(open_ones) == 1 else "have"
        yield f"{listed(open_ones)} {have} not confirmed yet, and may be left out of the public program until then."
    if not is_approved:
        yield f"What is said of {proposal.sponsor.name} beside its name is published once your team has approved it."
    if not has_slot:
        yield "Room and time are examples: you get an e-mail with the real ones once the session is scheduled."
    if source.track_id is None:
        yield "The chairs choose the track."
