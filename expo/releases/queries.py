"""Reads about releases: what is public, and what the next release would contain.

What a conflict hides from the viewer does not count here: neither the sessions, nor whether they are ready, nor their
changes.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Func, JSONField, Q, QuerySet, Value
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit.memo import once_per_request
from expo.kit.waiting import Waiting
from expo.program.models import Session as Placement
from expo.proposals.models import Presenter, Proposal
from expo.proposals.queries.conflict_wall import Wall, wall
from expo.proposals.queries.presenters import unprinted
from expo.proposals.states import PLACEABLE, ProposalState
from expo.sponsors.models import Picture

from . import diff, public_facts, snapshot
from .models import Artefact, Release, ReleasedPicture
from .render.published import PublishedProgram


class ReleaseRow(NamedTuple):
    """A release in the list of all, and how many sessions it changed."""

    release: Release
    counts: list[diff.ChangeCount]


def current(edition: Edition) -> Release | None:
    """The edition's newest release, if it has one."""
    return Release.objects.filter(edition=edition).select_related("edition").order_by("-number").first()


@once_per_request
def _newest(slug: str) -> Release | None:
    return _of(slug).order_by("-number").first()


def _of(slug: str) -> QuerySet[Release]:
    """Without what they froze: a reader who has that already costs no more than a look at the number."""
    return Release.objects.filter(edition__slug=slug).select_related("edition").defer("snapshot", "changes")


def current_of(user: Any, *, edition: str) -> Release:
    """The newest release by the edition's slug; raises Release.DoesNotExist before the first one.

    Its snapshot is read when somebody asks for it.
    """
    release = _newest(edition)
    if release is None:
        raise Release.DoesNotExist
    return release


def published_codes(edition: Edition) -> frozenset[str]:
    """The codes of the sessions in the newest release, without the rest of its snapshot: one query."""
    codes = Func(
        F("snapshot"), Value("$.sessions[*].code"), function="jsonb_path_query_array", output_field=JSONField()
    )
    newest = Release.objects.filter(edition=edition).order_by("-number").values_list(codes, flat=True).first()
    return frozenset(newest or ())


def releases_of(edition: str) -> QuerySet[Release]:
    """All releases of an edition, newest first, without their snapshots."""
    return _of(edition).defer(None).defer("snapshot").order_by("-number")


def release_rows(edition: Edition) -> list[ReleaseRow]:
    """The chairs' list, newest first."""
    releases = releases_of(edition.slug).select_related("published_by")
    return [ReleaseRow(each, diff.counts(change["kind"] for change in each.changes)) for each in releases]


def by_number(user: Any, *, edition: str, release: int) -> Release:
    """One release by its number; raises Release.DoesNotExist. Its snapshot is read when somebody asks for it."""
    return _of(edition).get(number=release)


def artefact(user: Any, *, edition: str, artefact: str) -> Artefact:
    """An export of the newest release; raises Artefact.DoesNotExist. Its bytes are read when somebody asks for them."""
    files = Artefact.objects.filter(release__edition__slug=edition, name=artefact).select_related("release")
    files = files.defer("body", "release__snapshot", "release__changes")
    newest = files.order_by("-release__number").first()
    if newest is None:
        raise Artefact.DoesNotExist
    return newest


def program_of(release: Release) -> snapshot.Program:
    """The program a release froze."""
    return snapshot.from_data(release.snapshot)


def published_program(release: Release) -> PublishedProgram:
    """A release with its public address, as the exports and pages want it."""
    address = settings.SITE_URL.rstrip("/") + reverse("releases:program", args=[release.edition.slug])
    return PublishedProgram(program_of(release), release.number, release.published_at, address, pictures_address())


def pictures_address() -> str:
    """What a picture's digest is appended to."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('sponsors:picture', args=['0']).removesuffix('0')}"


def shows_picture(picture: Picture) -> bool:
    """Whether any release shows it, so that everybody may see it."""
    return ReleasedPicture.objects.filter(picture=picture).exists()


def session_of(published: PublishedProgram, code: str) -> snapshot.Session | None:
    """A session of the program by its code, a cancelled one included."""
    gone = {session.code: session for session in published.program.cancelled}
    return published.program.by_code.get(code) or gone.get(code)


@dataclass(frozen=True)
class Candidate:
    """A scheduled session, with the reasons why it cannot be published yet; none: it is ready.

    `unnamed` are presenters whom no release names, because neither they nor a chair confirmed it.
    """

    placement: int
    proposal: Proposal
    session: snapshot.Session
    reasons: tuple[str, ...]
    unnamed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReleasePreview:
    """The next release as one chair may see it. `changes` supposes that what is not ready is left out."""

    number: int
    ready: tuple[snapshot.Session, ...]
    not_ready: tuple[Candidate, ...]
    unnamed: tuple[Candidate, ...]
    changes: tuple[diff.ReleaseChange, ...]
    is_same: bool
    hides_some: bool

    @property
    def unnamed_count(self) -> int:
        """How many presenters it does not name."""
        return sum(len(each.unnamed) for each in self.unnamed)

    @property
    def counts(self) -> list[diff.ChangeCount]:
        return diff.counts(each.kind for each in self.changes)


def may_publish(edition: Edition) -> bool:
    """Whether this phase is one for publishing."""
    return edition.phase in (Phase.SCHEDULE, Phase.PUBLISHED)


def candidates(edition: Edition) -> list[Candidate]:
    """Every scheduled session that was not withdrawn. Not for pages: nothing is hidden here."""
    unnamed_ids = unprinted(edition)
    shared = public_facts.shared(edition)
    presenters_of = public_facts.presenters(Presenter.objects.filter(proposal__session__edition=edition))
    topics_of = _topics(edition, shared)
    scheduled = []
    for row in _placements(edition):
        proposal: Proposal = row.proposal
        reasons = []
        if proposal.state != ProposalState.CONFIRMED:
            reasons.append("not confirmed by its sponsor")
        if proposal.public_text_approved_at is None:
            reasons.append("public text not approved")
        if not proposal.public_title.strip():
            reasons.append("no public title")
        presenters = presenters_of.get(proposal.pk, [])
        unnamed = tuple(each.person.name for each in presenters if each.pk in unnamed_ids)
        named = [each for each in presenters if each.pk not in unnamed_ids]
        session = _session(row, named, topics_of[row.proposal_id], shared)
        scheduled.append(Candidate(row.pk, proposal, session, tuple(reasons), unnamed))
    return scheduled


def _placements(edition: Edition) -> QuerySet[Placement]:
    """Sessions in program order, each with the little of its proposal that this module looks at."""
    own = ("edition_id", "track_id", "room_id", "starts_at", "ends_at")
    public = ("public_title", "public_text", "public_text_approved_at", "outline", "links")
    texts = ("code", "guid", "state", "title", *public)
    fields = ("edition_id", "sponsor_id", "format_id", *texts)
    return (
        Placement.objects.filter(edition=edition, proposal__state__in=PLACEABLE)
        .select_related("proposal")
        .only(*own, *(f"proposal__{name}" for name in fields))
        .order_by("starts_at", "room__position", "room_id", "id")
    )


def _topics(edition: Edition, shared: public_facts.Shared) -> dict[int, list[snapshot.Term]]:
    topics: dict[int, list[snapshot.Term]] = defaultdict(list)
    chosen = Proposal.topics.through.objects.filter(proposal__session__edition=edition).order_by("topic__name")
    for proposal, topic in chosen.values_list("proposal_id", "topic_id"):
        topics[proposal].append(shared.topics[topic])
    return topics


def _session(
    row: Placement,
    named: list[public_facts.NamedPresenter],
    topics: list[snapshot.Term],
    shared: public_facts.Shared,
) -> snapshot.Session:
    proposal = row.proposal
    return snapshot.Session(
        id=proposal.pk,
        code=proposal.code,
        guid=str(proposal.guid),
        track=shared.tracks[row.track_id],
        room=shared.rooms[row.room_id],
        starts=row.starts_at,
        ends=row.ends_at,
        topics=tuple(topics),
        **public_facts.written(proposal, named, shared, proposal.sponsor_id),
    )


def select(
    candidates: list[Candidate], *, hidden: Wall, leave_out: Collection[int], previous: snapshot.Program | None
) -> tuple[list[snapshot.Session], list[Candidate]]:
    """The sessions of a release, and the candidates that block it.

    What is hidden from the publisher neither blocks the release nor can be left out: ready, it is published; not
    ready, it keeps what its sponsor approved for the release before, or stays out if it was in none.
    """
    published = {session.id: session for session in previous.sessions} if previous else {}
    sessions: list[snapshot.Session] = []
    blocking: list[Candidate] = []
    for each in candidates:
        is_hidden = hidden.hides(each.proposal)
        if not is_hidden and each.proposal.pk in leave_out:
            continue
        if not each.reasons:
            sessions.append(each.session)
        elif not is_hidden:
            blocking.append(each)
        elif each.proposal.pk in published:
            # The texts of the last release, with today's room and time.
            last, now = published[each.proposal.pk], each.session
            sessions.append(replace(last.facts, room=now.room, track=now.track, starts=now.starts, ends=now.ends))
    return sessions, blocking


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
    days = [
        snapshot.Day(day.date, *(datetime.combine(day.date, at, edition.zone) for at in (day.opens_at, day.closes_at)))
        for day in edition.days.all()
    ]
    return snapshot.build(about, days, sessions)


def preview(edition: Edition, viewer: User) -> ReleasePreview:
    """The next release as this chair may see it; the same whatever is hidden from them."""
    hidden = wall(viewer, edition)
    visible = [each for each in candidates(edition) if not hidden.hides(each.proposal)]
    last = current(edition)
    old = program_of(last) if last else None
    if old is not None:
        behind = Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals)
        hidden_ids = set(Proposal.objects.filter(behind, edition=edition).values_list("pk", flat=True))
        old = replace(old, sessions=tuple(each for each in old.sessions if each.id not in hidden_ids))
    new = assemble(edition, [each.session for each in visible if not each.reasons])
    return ReleasePreview(
        number=last.number + 1 if last else 1,
        ready=new.sessions,
        not_ready=tuple(each for each in visible if each.reasons),
        unnamed=tuple(each for each in visible if each.unnamed),
        changes=tuple(diff.changes(old, new)),
        is_same=diff.is_same(old, new),
        hides_some=hidden.hides_some,
    )


def unreleased(user: User, edition: Edition) -> list[Waiting]:
    """What the next release would bring; for the overview alone, because it puts the whole program together."""
    if not may_publish(edition):
        return []
    seen = preview(edition, user)
    if seen.number == 1:
        count, one, many = (
            len(seen.ready),
            "session ready for the first release",
            "sessions ready for the first release",
        )
    else:
        last = seen.number - 1
        count, one, many = len(seen.changes), f"change since release {last}", f"changes since release {last}"
    url = reverse("releases:list", args=[edition.slug])
    return [Waiting("release", edition.pk, url, count, one, many)] if count else []
