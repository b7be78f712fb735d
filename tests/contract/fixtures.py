"""One edition with everything in it, `n` times over, and everybody who might come to look."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import AnonymousUser
from django.test import Client

from expo.accounts.models import User
from expo.accounts.services import save_coauthors
from expo.editions.models import Break, Edition, FormatField, Upload
from expo.editions.states import Phase, RoleKind
from expo.journal.services import record
from expo.kit import clock
from expo.notify.models import Message
from expo.program.services import execution, links, runs, slots
from expo.program.solver.search import Effort
from expo.proposals.models import Availability, Presenter, Proposal, Revision
from expo.proposals.queries.claims import token_of
from expo.proposals.queries.listing import awaiting_review
from expo.proposals.queries.presenters import token_for
from expo.proposals.states import ProposalState
from expo.releases import services as releases
from expo.sponsors.models import ParentRequest
from reviews.assignments.models import Absence, Bid, Publication, QueueSettings
from reviews.assignments.services import runs as matching_runs
from reviews.decisions.services import fits
from reviews.decisions.services.scenarios import keep_scenario
from reviews.decisions.states import FitKind, Verdict
from reviews.rubrics.models import PracticeReview, Rubric
from tests import factories as make

#: Nobody asks here how good the timetable is.
A_GLANCE = Effort(work=0.02, net_seconds=10.0, rounds=1)
NINE = datetime(2027, 7, 18, 13, tzinfo=UTC)  # nine in the morning in New York


@dataclass
class ContractFixture:
    """An edition, the people around it and the values of every URL keyword."""

    edition: Edition
    proposal: Proposal
    people: dict[str, User | AnonymousUser] = field(default_factory=dict)
    keywords: dict[str, Any] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)

    def let_all_in(self) -> None:
        """A browser for each, signed in once: to sign in for every address would be a quarter of all the work."""
        for role, person in self.people.items():
            self.browsers[role] = Client(raise_request_exception=False)
            if person.is_authenticated:
                self.browsers[role].force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def kwargs_for(self, name: str, keywords: tuple[str, ...]) -> dict[str, Any]:
        """Values for an address's keywords; what depends on the app is found as `app.keyword` first."""
        app = name.partition(":")[0]
        return {key: self.keywords.get(f"{app}.{key}", self.keywords.get(key)) for key in keywords}


def build(n: int) -> ContractFixture:
    """An edition with `n` of everything that lists show, published once."""
    edition = make.EditionFactory(phase=Phase.SCHEDULE)
    talk = make.FormatFactory(edition=edition)
    tracks = [make.TrackFactory(edition=edition, formats=[talk]) for _ in range(n)]
    rooms = [make.RoomFactory(edition=edition) for _ in range(n)]
    topics = [make.TopicFactory(edition=edition) for _ in range(n)]
    day = make.DayFactory(edition=edition)
    tier = make.TierFactory(edition=edition)
    make.EntitlementFactory(tier=tier, format=talk, may_submit=100, may_be_accepted=100)
    rubric = make.RubricFactory(edition=edition)
    criteria = [make.CriterionFactory(rubric=rubric) for _ in range(3)]
    sponsor = make.SponsorFactory(edition=edition, tier=tier)
    people = _people(edition, sponsor)
    world = ContractFixture(edition, _proposal(edition, sponsor, talk, topics, people["contact"]), people)
    _neighbours(world, n, tier, talk, topics)
    proposals = [world.proposal, *(_proposal(edition, sponsor, talk, topics, people["contact"]) for _ in range(n - 1))]
    batches = _decided(world, proposals, criteria, n)
    _on_stage(world, proposals, tracks, rooms)
    _runs_and_release(world)
    _correspondence(world, n)
    world.keywords |= _odds_and_ends(world, n) | {
        "day": day.pk,
        "edition": edition.slug,
        "guide": "sponsor",
        "proposal": world.proposal.code,
        "sponsor": sponsor.pk,
        "batch": batches[0].pk,
        "format": talk.pk,
        "track": tracks[0].pk,
        "room": rooms[0].pk,
        "topic": topics[0].pk,
        "tier": tier.pk,
        "criterion": criteria[0].pk,
        "practice": _rubric_work(rubric, people["reviewer"], n),
    }
    return world


def _rubric_work(rubric: Rubric, reviewer: User, n: int) -> int:
    """A new version being written; practice proposals that their reviewer has answered, as have others."""
    version = make.RubricFactory(edition=rubric.edition, version=2, adopted_at=None)
    make.CriterionFactory(rubric=version, name="New here")
    for each in rubric.criteria.all()[1:]:
        make.CriterionFactory(rubric=version, name=each.name, slug=each.slug, weight=2, continues=each)
    for at in range(n):
        practice = make.PracticeProposalFactory(rubric=rubric, levels={"some": 1 + at % 4})
        for person in (reviewer, make.RoleFactory(edition=rubric.edition).user):
            PracticeReview.objects.create(proposal=practice, reviewer=person, levels={"some": 2})
    return practice.pk


def _odds_and_ends(world: ContractFixture, n: int) -> dict[str, Any]:
    """What a few addresses name besides: a break, a role, an upload, a conflict, a member, an affiliation."""
    edition, people = world.edition, world.people
    pause = Break.objects.create(
        edition=edition, name="Lunch", starts_at=NINE + timedelta(hours=4), ends_at=NINE + timedelta(hours=5)
    )
    uploads = {
        kind: Upload.objects.create(edition=edition, kind=kind, filename="list.csv", made_by=people["organiser"]).pk
        for kind in ("roles", "sponsors")
    }
    offers = Upload.objects.create(edition=edition, kind="offers", filename="offers.csv", made_by=people["cochair"])
    neighbour = edition.sponsors.exclude(pk=world.proposal.sponsor_id).first()
    claimed = make.RoleFactory(edition=edition).user
    make.PresenterFactory(proposal=world.proposal, name=claimed.name)
    return {
        "claim": token_of(claimed, world.proposal.sponsor_id, world.proposal.pk),
        "break_": pause.pk,
        "role": people["cochair"].roles.get().pk,
        "editions.upload": uploads["roles"],
        "sponsors.upload": uploads["sponsors"],
        "assignments.upload": offers.pk,
        "conflict": make.ConflictFactory(user=make.RoleFactory(edition=edition).user, sponsor=neighbour).pk,
        "comment": make.CommentFactory.create_batch(n, proposal=world.proposal)[0].pk,
        "office_field": _office(world, n),
        "member": world.proposal.sponsor.team.get(user=people["contact"]).pk,
        "invitation": _invitations(world, n),
        "picture": _picture(world),
        "late_link": _after_the_deadline(world, n),
        **_asked_presenters(world, n),
        **_expertise(world, n),
        "affiliation": make.AffiliationFactory(user=people["contact"]).pk,
        **_families(world, n),
    }


def _after_the_deadline(world: ContractFixture, n: int) -> int:
    """The sponsor was given more time, and teams asked for changes."""
    links = [
        make.LateLinkFactory(sponsor=world.proposal.sponsor, granted_by=world.people["organiser"]) for _ in range(n)
    ]
    for proposal in world.edition.proposals.filter(state=ProposalState.SUBMITTED).order_by("id"):
        make.ChangeRequestFactory(proposal=proposal)
    return links[0].pk


def _asked_presenters(world: ContractFixture, n: int) -> dict[str, Any]:
    """Presenters who have not answered: one is the stranger; and the proposal's format asks for pictures."""
    proposal, stranger = world.proposal, world.people["stranger"]
    FormatField.objects.create(format=proposal.format, name="picture", use="optional", limit=1)
    addresses = [stranger.email, *(f"asked{k}@stage.example" for k in range(n - 1))]
    asked = [make.PresenterFactory(proposal=proposal, email=address) for address in addresses]
    invitations = [
        make.PresenterInvitationFactory(proposal=proposal, address=each.email, invited_at=NINE - timedelta(days=400))
        for each in asked
    ]
    return {
        "proposals.presenter": asked[0].pk,
        "number": 1,
        "token": token_for(proposal.pk, stranger.email),
        "proposals.invitation": invitations[0].pk,
    }


def _picture(world: ContractFixture) -> str:
    """What the proposal's first presenter looks like."""
    picture = make.PictureFactory()
    Presenter.objects.filter(pk=world.proposal.presenters.order_by("id")[0].pk).update(picture=picture)
    return picture.digest


def _office(world: ContractFixture, n: int) -> int:
    """What the office asks, with an answer for each session."""
    fields = [make.OfficeFieldFactory(edition=world.edition) for _ in range(n)]
    for proposal in world.edition.proposals.filter(state=ProposalState.CONFIRMED):
        make.OfficeAnswerFactory(proposal=proposal, field=fields[0])
    return fields[0].pk


def _invitations(world: ContractFixture, n: int) -> int:
    """The sponsor has invited somebody who has no part in the edition, and others; so have other sponsors."""
    invited = world.people["superuser"].email
    for sponsor in [world.proposal.sponsor, *world.edition.sponsors.exclude(pk=world.proposal.sponsor_id)[: n - 1]]:
        make.TeamInvitationFactory(sponsor=sponsor, email=invited)
        make.TeamInvitationFactory(sponsor=world.proposal.sponsor)
    return world.proposal.sponsor.invitations.get(email=invited).pk


def _families(world: ContractFixture, n: int) -> dict[str, int]:
    """Requests about parents that wait for site staff, and organisations that belong to another."""
    sponsor = world.proposal.sponsor
    members = [make.OrganisationFactory(parent=make.OrganisationFactory()) for _ in range(n)]
    asked = [
        ParentRequest.objects.create(
            organisation=make.OrganisationFactory(), parent=sponsor.organisation, sponsor=sponsor
        )
        for _ in range(n)
    ]
    return {"organisation": members[0].pk, "parent_request": asked[0].pk}


def _expertise(world: ContractFixture, n: int) -> dict[str, int]:
    """What the reviewer told about themselves, in an edition that takes bids."""
    QueueSettings.objects.update_or_create(edition=world.edition, defaults={"takes_bids": True})
    reviewer = world.people["reviewer"]
    profile = reviewer.reviewer_profiles.get()
    spans = [make.EXPO_DAY - timedelta(days=day) for day in range(n)]
    away = [Absence.objects.create(profile=profile, first_day=day, last_day=day) for day in spans]
    works = [Publication.objects.create(profile=profile, title=f"How forecasts scale, part {k}") for k in range(n)]
    for proposal in awaiting_review(world.edition):
        Bid.objects.create(proposal=proposal, reviewer=reviewer, value="want")
    save_coauthors(by=reviewer, coauthors=[(f"Coauthor {k}", None) for k in range(n)])
    return {"absence": away[0].pk, "publication": works[0].pk}


def _people(edition: Edition, sponsor: Any) -> dict[str, User | AnonymousUser]:
    """Everybody who might come to look, by what they are."""
    people: dict[str, User | AnonymousUser] = {
        name: make.UserFactory()
        for name in ("stranger", "contact", "rival", "reviewer", "cochair", "walled", "organiser", "foreigner")
    }
    people["superuser"] = make.UserFactory(is_superuser=True, is_staff=True)
    people["anonymous"] = AnonymousUser()
    make.TeamMemberFactory(sponsor=sponsor, user=people["contact"])
    make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=edition, tier=sponsor.tier), user=people["rival"])
    make.AffiliationFactory(user=people["walled"], organisation=sponsor.organisation)
    for name, kind in {
        "reviewer": "reviewer",
        "cochair": "cochair",
        "walled": "cochair",
        "organiser": "organiser",
    }.items():
        make.RoleFactory(edition=edition, user=people[name], kind=RoleKind(kind))
    make.RoleFactory(user=people["foreigner"], kind=RoleKind.COCHAIR)
    make.RoleFactory(user=people["foreigner"], kind=RoleKind.ORGANISER, edition=people["foreigner"].roles.get().edition)
    return people


def _proposal(edition: Edition, sponsor: Any, talk: Any, topics: list[Any], contact: Any) -> Proposal:
    proposal = make.AcceptedFactory(
        edition=edition, sponsor=sponsor, format=talk, created_by=contact, state=ProposalState.CONFIRMED
    )
    proposal.topics.set(topics[:2])
    presenter = make.PresenterFactory(proposal=proposal, confirmed=True)
    Availability.objects.create(
        presenter=presenter, starts_at=NINE - timedelta(days=1), ends_at=NINE - timedelta(hours=20)
    )
    Revision.objects.create(proposal=proposal, number=1, content={"title": proposal.title}, created_by=contact)
    record("proposals.submitted", by=contact, target=proposal, proposal_id=proposal.pk)
    return proposal


def _neighbours(world: ContractFixture, n: int, tier: Any, talk: Any, topics: list[Any]) -> None:
    """Other sponsors, each with a submitted proposal."""
    for _ in range(n):
        sponsor = make.SponsorFactory(edition=world.edition, tier=tier)
        member = make.TeamMemberFactory(sponsor=sponsor).user
        submitted = make.SubmittedFactory(edition=world.edition, sponsor=sponsor, format=talk, created_by=member)
        submitted.topics.set(topics[:1])
        make.TeamMemberFactory(sponsor=world.proposal.sponsor)


def _decided(world: ContractFixture, proposals: list[Proposal], criteria: list[Any], n: int) -> list[Any]:
    """Every proposal reviewed by the reviewer and somebody else, decided, each in a batch of its own and one in all."""
    reviewer = world.people["reviewer"]
    make.ReviewerProfileFactory(edition=world.edition, user=reviewer)
    other = make.UserFactory()
    for proposal in proposals:
        scored = make.AssignmentFactory(
            edition=world.edition, proposal=proposal, reviewer=reviewer, opened_at=clock.now()
        )
        world.keywords.setdefault("assignment", scored.pk)
        second = make.AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=other, state="submitted")
        make.ReviewFactory(assignment=second, scores=dict.fromkeys(criteria, 3))
    batches = [make.BatchFactory(edition=world.edition) for _ in range(n)]
    for proposal in proposals:
        make.DecisionFactory(
            proposal=proposal, batch=batches[0], verdict=Verdict.ACCEPT, decided_by=world.people["cochair"]
        )
    for _ in range(n):
        make.RoleFactory(edition=world.edition)
    return batches


def _on_stage(world: ContractFixture, proposals: list[Proposal], tracks: list[Any], rooms: list[Any]) -> None:
    for index, proposal in enumerate(proposals):
        session = make.SessionFactory(
            edition=world.edition, proposal=proposal, track=tracks[index], room=rooms[index], starts_at=NINE
        )
        world.keywords.setdefault("session", session.pk)
        world.keywords.setdefault("presenter", proposal.presenters.get().pk)
    _linked(world, len(proposals))
    notified = slots.notify_presenters(by=world.people["cochair"], edition=world.edition)
    world.keywords["slot"] = notified[0].pk
    for slot in notified:
        note = "Any time after eleven"
        slots.ask_for_change(by=world.people["contact"], proposal=slot.proposal, number=1, note=note)


def _linked(world: ContractFixture, n: int) -> None:
    """Wishes about the first session and each of the others."""
    one, *others = world.edition.proposals.filter(session__isnull=False).order_by("id")
    made = [_link(world, one, other) for other in others[: n - 1]]
    world.keywords["link"] = made[0].pk


def _link(world: ContractFixture, one: Proposal, other: Proposal) -> Any:
    return links.add(
        by=world.people["cochair"], edition=world.edition, kind="before", one=one, other=other, is_rule=False
    )


def _runs_and_release(world: ContractFixture) -> None:
    """A finished run of each engine, and a release."""
    cochair = world.people["cochair"]
    matching = matching_runs.start(by=cochair, edition=world.edition)
    matching_runs.execute(matching.pk)
    planning = runs.start(by=cochair, edition=world.edition)
    with patch.dict(runs.EFFORTS, usual=A_GLANCE):
        execution.execute(planning.pk)
    scenarios = [
        keep_scenario(by=cochair, edition=world.edition, name=name, asked={"cap": 1, "in": [world.proposal.code]})
        for name in ("One each", "Another")
    ]
    fit = fits.start_fit(by=cochair, edition=world.edition, kind=FitKind.CHECK)
    fits.execute_fit(fit.pk)
    release = releases.publish(by=cochair, edition=world.edition, note="First")
    world.edition.refresh_from_db()
    world.keywords |= {
        "assignments.run": matching.pk,
        "program.run": planning.pk,
        "fit": fit.pk,
        "scenario": scenarios[0].pk,
        "release": release.number,
    }
    world.keywords |= {"artefact": "schedule.json", "api.artefact": "schedule.json", "api.run": planning.pk}


def _correspondence(world: ContractFixture, n: int) -> None:
    for _ in range(n):
        entry = record("editions.opened", by=world.people["organiser"], edition_id=world.edition.pk)
        Message.objects.create(
            entry=entry,
            kind="test",
            recipient=world.people["organiser"],
            edition_id=world.edition.pk,
            subject="Hello",
            body="Hello",
        )
