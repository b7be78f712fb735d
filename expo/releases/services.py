"""Publish a release."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.services import lifecycle
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.notify import services as notify
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall
from expo.sponsors.models import Picture, TeamMember

from . import diff, queries, snapshot
from .models import Artefact, Release, ReleasedPicture
from .render import render_all

NOTE_LIMIT = 200


@transaction.atomic
def publish(*, by: User, edition: Edition, note: str = "", leave_out: Collection[int] = ()) -> Release:
    """Freeze the timetable as the next numbered release; `leave_out` names proposals that stay out of it.

    The edition's row is locked, so of two publishers the second one sees what the first one did.
    """
    require(by, "releases.publish", edition)
    note = snapshot.line(note)
    if len(note) > NOTE_LIMIT:
        text = f"The note has {len(note)} characters; keep it within {NOTE_LIMIT}."
        raise Invalid("note-too-long", text, field="note")
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    phase = Phase(edition.phase)
    if phase == Phase.ARCHIVED:
        raise WrongState("wrong-phase", "This edition is archived; its program can no longer change.")
    if not queries.may_publish(edition):
        raise WrongState(
            "wrong-phase",
            f"This edition is in the phase “{phase.label.lower()}”; a program can be published once it is being "
            "scheduled. Change the phase under Overview first.",
        )
    candidates = queries.candidates(edition)
    hidden = wall(by, edition)
    left_out = [each for each in candidates if each.proposal.pk in leave_out and not hidden.hides(each.proposal)]
    release = _freeze(by, edition, note, _next_program(candidates, hidden, left_out, edition))
    for each in left_out:
        data = {"number": release.number}
        record("releases.left_out", by=by, target=each.proposal, proposal_id=each.proposal.pk, data=data)
    if edition.phase == Phase.SCHEDULE:
        lifecycle.move_phase(by=by, edition=edition, to=Phase.PUBLISHED)
    entry = record("releases.published", by=by, target=release, data={"number": release.number, "note": note})
    _notify_teams(release, entry)
    return release


def _next_program(
    candidates: list[queries.Candidate], hidden: Wall, left_out: list[queries.Candidate], edition: Edition
) -> snapshot.Program:
    """What will be published, or the reason why nothing can be."""
    last = queries.current(edition)
    old = queries.program_of(last) if last else None
    sessions, blocking = queries.select(
        candidates, hidden=hidden, leave_out={each.proposal.pk for each in left_out}, previous=old
    )
    if blocking:
        is_one = len(blocking) == 1
        named = "; ".join(f"{each.session.code} ({', '.join(each.reasons)})" for each in blocking)
        head = "One session is not ready" if is_one else f"{len(blocking)} sessions are not ready"
        way_on, it = ("Ask its sponsor, or tick it", "it") if is_one else ("Ask their sponsors, or tick them", "them")
        raise Refused("not-ready", f"{head}: {named}. {way_on} to publish without {it}.")
    if not sessions:
        raise Refused(
            "nothing-to-publish", "No session would be in this release. Schedule some in the timetable first."
        )
    new = queries.assemble(edition, sessions)
    if diff.is_same(old, new):
        raise Refused("nothing-changed", "Nothing has changed since the last release, so there is nothing to publish.")
    return new


def _freeze(by: User, edition: Edition, note: str, new: snapshot.Program) -> Release:
    """The next number, with the changes against the release before and every export, once and for all."""
    last, at = queries.current(edition), clock.now()
    old = queries.program_of(last) if last else None
    release = Release.objects.create(
        edition=edition,
        number=last.number + 1 if last else 1,
        note=note,
        snapshot=snapshot.to_data(diff.continued(old, new, at=at)),
        changes=[asdict(change) for change in diff.changes(old, new)],
        decisions_head=import_string(settings.DECISIONS_HEAD)(edition),
        published_by=by,
        published_at=at,
    )
    shown = {digest for session in new.sessions for digest in session.pictures}
    pictures = Picture.objects.filter(digest__in=shown).only("pk")
    ReleasedPicture.objects.bulk_create(ReleasedPicture(release=release, picture=each) for each in pictures)
    rendered = render_all(queries.published_program(release))
    Artefact.objects.bulk_create(Artefact(release=release, **asdict(each)) for each in rendered)
    return release


def _notify_teams(release: Release, entry: Entry) -> None:
    """Mail each team its own slots: all teams at the first release, later those whose sessions changed."""
    published = queries.published_program(release)
    touched = {change["code"] for change in release.changes}
    affected = [
        session
        for session in (*published.program.sessions, *published.program.cancelled)
        if release.number == 1 or session.code in touched
    ]
    sponsors = dict(Proposal.objects.filter(pk__in=[each.id for each in affected]).values_list("pk", "sponsor_id"))
    members = TeamMember.objects.filter(sponsor__in=set(sponsors.values()), user__is_active=True)
    teams: dict[User, set[int]] = defaultdict(set)
    for member in members.select_related("user").order_by("user_id"):
        teams[member.user].add(member.sponsor_id)
    # Somebody in two teams gets one mail with both teams' slots.
    readers: dict[frozenset[int], list[User]] = defaultdict(list)
    for user, own in teams.items():
        readers[frozenset(own)].append(user)
    for own_teams, users in readers.items():
        slots = [session for session in affected if sponsors[session.id] in own_teams]
        context = {
            "edition": release.edition,
            "release": release,
            "time_zone": published.program.about.time_zone,
            "program_url": published.address,
            "slots": [
                (session, published.url(session)) for session in slots if session.code in published.program.by_code
            ],
            "cancelled": [session for session in slots if session.code not in published.program.by_code],
        }
        notify.post("releases/published", to=users, entry=entry, context=context)
