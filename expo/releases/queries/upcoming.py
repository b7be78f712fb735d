"""What the next release would say, and what is not ready for it.

Behind a viewer's conflict wall nothing counts here: not the sessions, not whether they are ready, not their changes.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Day as EditionDay
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.program.models import Session as Placement
from expo.program.queries.sessions import placed
from expo.proposals.models import Proposal
from expo.proposals.queries.claims import unprinted
from expo.proposals.queries.conflict_wall import Wall, wall
from expo.proposals.states import ProposalState

from .. import diff, snapshot
from .published import current, program_of


@dataclass(frozen=True)
class Candidate:
    """A placed session, with the reasons why it cannot be published yet; none: it is ready.

    `unnamed` are presenters whom no release names, because they may be somebody with a role who has not said yes.
    """

    placement: int
    proposal: Proposal
    session: snapshot.Session
    reasons: tuple[str, ...]
    unnamed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """The next release as one chair may see it. `changes` supposes that what is not ready is left out."""

    number: int
    ready: tuple[snapshot.Session, ...]
    not_ready: tuple[Candidate, ...]
    unnamed: tuple[Candidate, ...]
    changes: tuple[diff.Change, ...]
    is_same: bool
    is_walled: bool


def may_publish(edition: Edition) -> bool:
    """Whether this phase is one for publishing."""
    return edition.phase in (Phase.SCHEDULE, Phase.PUBLISHED)


def candidates(edition: Edition) -> list[Candidate]:
    """Everything placed that its sponsor did not take back. Not for pages; it knows no viewer."""
    unnamed_ids = unprinted(edition)
    return [
        Candidate(
            row.pk,
            row.proposal,
            _public(row, unnamed_ids),
            _reasons(row.proposal),
            tuple(each.name for each in row.proposal.presenters.all() if each.pk in unnamed_ids),
        )
        for row in placed(edition)
    ]


def _public(row: Placement, unnamed_ids: Collection[int]) -> snapshot.Session:
    """The placement's public facts, named one by one: nothing else of the proposal is touched."""
    proposal = row.proposal
    presenters = [each for each in proposal.presenters.all() if each.pk not in unnamed_ids]
    return snapshot.Session(
        id=proposal.pk,
        code=proposal.code,
        guid=str(proposal.guid),
        title=proposal.public_title,
        format=snapshot.Term(proposal.format.slug, proposal.format.name),
        track=snapshot.Term(row.track.slug, row.track.name),
        room=snapshot.Place(row.room_id, row.room.name, row.room.capacity, row.room.position),
        starts=row.starts_at,
        ends=row.ends_at,
        presenters=tuple(snapshot.Person(each.name, each.affiliation) for each in presenters),
        sponsor=proposal.sponsor.name,
        topics=tuple(snapshot.Term(each.slug, each.name) for each in proposal.topics.all()),
        text=proposal.public_text,
    )


def _reasons(proposal: Proposal) -> tuple[str, ...]:
    found = []
    if proposal.state != ProposalState.CONFIRMED:
        found.append("not confirmed by its sponsor")
    if proposal.public_text_approved_at is None:
        found.append("public text not approved")
    if not proposal.public_title.strip():
        found.append("no public title")
    return tuple(found)


def select(
    found: list[Candidate], *, hidden: Wall, leave_out: Collection[int], previous: snapshot.Program | None
) -> tuple[list[snapshot.Session], list[Candidate]]:
    """What a release takes in, and what stands in its way.

    What is hidden from the publisher neither stands in the way nor can be left out: ready, it is published; not
    ready, it keeps what its sponsor approved for the release before, or stays out if it was in none.
    """
    published = {session.id: session for session in previous.sessions} if previous else {}
    taken: list[snapshot.Session] = []
    in_the_way: list[Candidate] = []
    for each in found:
        is_hidden = hidden.hides(each.proposal)
        if not is_hidden and each.proposal.pk in leave_out:
            continue
        if not each.reasons:
            taken.append(each.session)
        elif not is_hidden:
            in_the_way.append(each)
        elif each.proposal.pk in published:
            taken.append(_as_approved(published[each.proposal.pk], each.session))
    return taken, in_the_way


def _as_approved(before: snapshot.Session, now: snapshot.Session) -> snapshot.Session:
    """The words of the last release at today's place and time."""
    return replace(before.facts, room=now.room, track=now.track, starts=now.starts, ends=now.ends)


def assemble(edition: Edition, sessions: list[snapshot.Session]) -> snapshot.Program:
    """The program of these sessions in this edition."""
    about = snapshot.About(
        slug=edition.slug,
        name=edition.name,
        conference=edition.conference,
        place=edition.place,
        time_zone=edition.time_zone,
        grid_minutes=edition.grid_minutes,
    )
    return snapshot.build(about, [_day(day, edition) for day in edition.days.all()], sessions)


def _day(day: EditionDay, edition: Edition) -> snapshot.Day:
    opens, closes = (datetime.combine(day.date, at, edition.zone) for at in (day.opens_at, day.closes_at))
    return snapshot.Day(day.date, opens, closes)


def preview(edition: Edition, viewer: User) -> Preview:
    """The next release as this chair may see it; the same whatever stands behind their wall."""
    hidden = wall(viewer, edition)
    seen = [each for each in candidates(edition) if not hidden.hides(each.proposal)]
    last = current(edition)
    old = _without(program_of(last), edition, hidden) if last else None
    new = assemble(edition, [each.session for each in seen if not each.reasons])
    return Preview(
        number=last.number + 1 if last else 1,
        ready=new.sessions,
        not_ready=tuple(each for each in seen if each.reasons),
        unnamed=tuple(each for each in seen if each.unnamed),
        changes=tuple(diff.changes(old, new)),
        is_same=diff.is_same(old, new),
        is_walled=hidden.hides_some,
    )


def _without(whole: snapshot.Program, edition: Edition, hidden: Wall) -> snapshot.Program:
    behind = Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals)
    ids = set(Proposal.objects.filter(behind, edition=edition).values_list("pk", flat=True))
    return replace(whole, sessions=tuple(each for each in whole.sessions if each.id not in ids))
