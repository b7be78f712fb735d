"""Change everything about hidden proposals: whoever must not see them gets the same bytes as before, everywhere."""

import difflib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, QuerySet
from django.test import Client
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.catalogue import TEXTS
from expo.editions.states import Phase, RoleKind
from expo.journal.services import record
from expo.kit import clock
from expo.kit.runs import RunState
from expo.notify.models import Message
from expo.program.models import Run as ProgramRun
from expo.program.services import execution, runs
from expo.proposals.criteria import row_of
from expo.proposals.models import (
    Availability,
    ChangeRequest,
    Claim,
    OfficeAnswer,
    Presenter,
    PresenterInvitation,
    Proposal,
    Revision,
)
from expo.proposals.services.conflict_facts import declare_conflict
from expo.proposals.states import AudienceLevel, ClaimAnswer, ClaimKind, ProposalState, Withdrawal
from expo.sponsors.models import Sponsor
from reviews.assignments.models import Assignment, PairRule, QueueSettings
from reviews.assignments.models import Run as MatchingRun
from reviews.assignments.services import runs as matching_runs
from reviews.decisions.models import ChairNotes, Decision, Scenario
from reviews.decisions.states import Reason, Verdict
from reviews.rubrics.models import Level
from reviews.scoring.models import Review, Score
from tests import factories as make
from tests.contract.addresses import ours
from tests.contract.fixtures import NINE, ContractFixture, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PHASES = [Phase.REVIEW, Phase.PUBLISHED]
WALLED = ["walled", "walled organiser", "walled by one", "asked", "rival"]
QUERIES = {
    "assignments:board": [
        *("q=secret", "sort=-late&show=late", "view=reviewers&sort=load", "show=gaps&page=2"),
        *("show=unanswered", "show=expiring", "show=pinned"),
    ],
    "assignments:run": ["view=reviewers", "view=proof", "view=shortage"],
    "decisions:batch": ["open=all", "open=unread"],
    "decisions:desk": ["q=secret", "view=waitlist", "view=unread", "sort=merit", "tag=secret"],
    "decisions:what-if": ["show=moved", "q=secret", "format=csv"],
    "insight:audit": ["fact=decisions.decided", "q=person", "q=secret", "format=csv"],
    "insight:outbox": ["state=failed", "q=secret", "sort=to", "format=csv", "subject=Hello"],
    "onsite:late": [
        f"minutes={minutes}&way={way}" for minutes in (5, 60, 120) for way in ("shift", "overrun", "shorten", "extend")
    ],
    "releases:program": ["topic=topic-1", "q=secret"],
    "scoring:standings": ["q=secret", "sort=mean"],
}
SECRET_CRITERIA = [row_of("Secret criterion", "Secret?", [], None)]
SECRET_FLAG = {
    "code": "link", "field": "abstract", "excerpt": "Secret", "sentence": "Secret finding.", "reason": "Secret"
}  # fmt: skip
#: The machine's own numbers, which never stand still; and what a link as good as a password opens to whoever has it.
LEFT_OUT = {"ops:metrics", "proposals:presenting", "proposals:presenting-picture"}
Pages = dict[str, tuple[int, str, bytes]]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[ContractFixture]:
    """The contract's world with all that is hidden in every state; nothing of it is kept afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = build(2)
        _furnish(made)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def undone(world: ContractFixture) -> Iterator[ContractFixture]:
    """The same world, and whatever the test changes in it is taken back."""
    with transaction.atomic():
        yield world
        transaction.set_rollback(True)


# --- What is hidden, and what is changed about it ----------------------------------------------------


def hidden(world: ContractFixture) -> QuerySet[Proposal]:
    return Proposal.objects.filter(sponsor=world.proposal.sponsor)


def _furnish(world: ContractFixture) -> None:
    """Hidden proposals that wait, are judged in secret or were drafted; runs that cover them; people behind walls."""
    edition, sponsor = world.edition, world.proposal.sponsor
    of = {
        "edition": edition,
        "sponsor": sponsor,
        "format": world.proposal.format,
        "created_by": world.people["contact"],
    }
    demo = make.FormatFactory(edition=edition, slug="demo", minutes=30)
    make.EntitlementFactory(tier=sponsor.tier, format=demo, may_submit=100, may_be_accepted=100)
    waiting = [make.SubmittedFactory(**of) for _ in range(3)]
    make.ProposalFactory(**of)
    make.AcceptedFactory(**of, merit=4.2)
    criteria = list(edition.rubrics.get(adopted_at__isnull=False).criteria.all())
    topics = list(edition.topics.all())
    for proposal in waiting:
        proposal.topics.set(topics)
        make.PresenterFactory(proposal=proposal)
        for _ in range(2):
            given = make.AssignmentFactory(edition=edition, proposal=proposal, state="submitted")
            make.ReviewFactory(assignment=given, scores=dict.fromkeys(criteria, 2))
    make.DecisionFactory(proposal=waiting[0], verdict=Verdict.REJECT, batch=make.BatchFactory(edition=edition))
    _people(world)
    _visible(world, criteria)
    _run_again(world)


def _people(world: ContractFixture) -> None:
    sponsor = world.proposal.sponsor
    organiser, one = make.UserFactory(), make.UserFactory()
    make.AffiliationFactory(user=organiser, organisation=sponsor.organisation)
    make.RoleFactory(edition=world.edition, user=organiser, kind=RoleKind.ORGANISER)
    make.RoleFactory(edition=world.edition, user=one, kind=RoleKind.COCHAIR)
    for proposal in hidden(world):
        make.ConflictFactory(user=one, sponsor=sponsor, proposal=proposal)
    asked = make.RoleFactory(edition=world.edition, kind=RoleKind.COCHAIR).user
    Claim.objects.create(user=asked, sponsor=sponsor, kind=ClaimKind.TEAM, answer=ClaimAnswer.OPEN)
    world.people |= {"walled organiser": organiser, "walled by one": one, "asked": asked}
    # Kept before the wall: pins of what is hidden now.
    codes = list(hidden(world).values_list("code", flat=True))
    world.keywords["own what-ifs"] = [
        Scenario.objects.create(
            edition=world.edition, made_by=world.people[role], name="Mine", asked={"in": codes[:2], "out": codes[2:]}
        ).pk
        for role in ("walled", "walled by one", "asked")
    ]


def _visible(world: ContractFixture, criteria: list[Any]) -> None:
    """Something that the walled do see: reviewed, decided and placed, so that their pages are not empty."""
    reviewer = world.people["reviewer"]
    for proposal in Proposal.objects.filter(edition=world.edition, state=ProposalState.SUBMITTED).difference(
        hidden(world)
    ):
        given = make.AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=reviewer, state="submitted")
        make.ReviewFactory(assignment=given, scores=dict.fromkeys(criteria, 3))
    rivals = world.people["rival"].teams.get().sponsor
    seen = make.AcceptedFactory(edition=world.edition, sponsor=rivals, format=world.proposal.format)
    make.PresenterFactory(proposal=seen)
    room = world.edition.rooms.first()
    placed = make.SessionFactory(
        edition=world.edition,
        proposal=seen,
        track=world.edition.tracks.first(),
        room=room,
        starts_at=NINE + timedelta(hours=2),
    )
    world.keywords |= {"seen": seen.code, "seen.session": placed.pk}


def _run_again(world: ContractFixture) -> None:
    cochair = world.people["cochair"]
    world.edition.phase = Phase.SCHEDULE
    world.edition.save()
    matching = matching_runs.start(by=cochair, edition=world.edition, seed=7)
    matching_runs.execute(matching.pk)
    planning = runs.start(by=cochair, edition=world.edition)
    execution.execute(planning.pk)
    failed = ProgramRun.objects.create(
        edition=world.edition,
        started_by=cochair,
        seed=1,
        state=RunState.FAILED,
        error="Stopped.",
        finished_at=clock.now(),
    )
    world.keywords |= {
        "assignments.run": matching.pk,
        "program.run": planning.pk,
        "api.run": planning.pk,
        "failed": failed.pk,
    }


def change_everything(world: ContractFixture, *, of_the_sponsor: bool = True) -> None:
    """Texts, people, reviews, verdicts, mails, journal and runs; `of_the_sponsor`: also what proposals it has."""
    _texts(world)
    _stages(world)
    _answers(world)
    _judgements(world)
    _traces(world)
    _runs(world)
    if of_the_sponsor:
        _offers(world)
        _more(world)


def _texts(world: ContractFixture) -> None:
    rows = hidden(world)
    for name in (*TEXTS, "feedback"):
        rows.update(**{name: f"Secret {name}"})
    rows.update(merit=F("id") * 0.01, expected_audience=777, version=F("version") + 3, changed_at=clock.now())
    rows.update(
        level=AudienceLevel.ADVANCED,
        outline=[{"minutes": 60, "title": "Secret part", "text": "Secret", "presenters": []}],
        links=[{"label": "Secret link", "url": "https://secret.example/"}],
        edits={"title": {"version": 2, "by": world.people["contact"].pk, "at": clock.now().isoformat(), "page": ""}},
        kept={"Secret finding": "Secret reason"},
        flags=[SECRET_FLAG],
        criteria_feedback=[row.data() for row in SECRET_CRITERIA],
    )
    rows.filter(state__in=[ProposalState.ACCEPTED, ProposalState.CONFIRMED]).update(
        public_text_approved_at=None, state=ProposalState.ACCEPTED
    )
    for proposal in rows:
        proposal.topics.set(list(world.edition.topics.all())[1:])
        proposal.preferred_rooms.set(list(world.edition.rooms.all())[:1])
        proposal.excluded_rooms.set(list(world.edition.rooms.all())[1:])


def _stages(world: ContractFixture) -> None:
    people = Presenter.objects.filter(proposal__in=hidden(world))
    Availability.objects.filter(presenter__in=people).delete()
    for number, each in enumerate(people):
        people.filter(pk=each.pk).update(
            name=f"Secret speaker {number}",
            email=f"secret{number}@stage.example",
            affiliation="Secret",
            biography="Secret life",
            link="https://secret.example/me",
            picture=make.PictureFactory(),
        )
        Availability.objects.create(
            presenter=each, starts_at=NINE + timedelta(days=3), ends_at=NINE + timedelta(days=4)
        )


def _answers(world: ContractFixture) -> None:
    """What teams, presenters and the office asked and said."""
    organiser = world.people["organiser"]
    PresenterInvitation.objects.filter(proposal__in=hidden(world)).delete()
    for number, presenter in enumerate(Presenter.objects.filter(proposal__in=hidden(world)).order_by("id")):
        answer = ("yes", "no", "open")[number % 3]
        make.PresenterInvitationFactory(
            proposal=presenter.proposal, address=presenter.email, answer=answer, reason="Secret illness"
        )
    ChangeRequest.objects.filter(proposal__in=hidden(world)).delete()
    for proposal in hidden(world).filter(state=ProposalState.SUBMITTED):
        make.ChangeRequestFactory(proposal=proposal, after={"title": "Secret change"}, reason="Secret reason")
    OfficeAnswer.objects.filter(proposal__in=hidden(world)).update(value="Secret parcel")
    make.LateLinkFactory(sponsor=world.proposal.sponsor, granted_by=organiser, reason="Secret delay")


def _offers(world: ContractFixture) -> None:
    """Some of what is accepted is accepted as another format, and one was declined."""
    demo = world.edition.formats.get(slug="demo")
    accepted = list(hidden(world).filter(state=ProposalState.ACCEPTED, session=None).order_by("id"))
    for proposal in accepted:
        Proposal.objects.filter(pk=proposal.pk).update(format=demo, accepted_instead_of=proposal.format)
    for proposal in accepted[:1]:
        Proposal.objects.filter(pk=proposal.pk).update(
            state=ProposalState.WITHDRAWN,
            withdrawn_from=ProposalState.ACCEPTED,
            withdrawn_as=Withdrawal.DECLINED,
            withdrawn_at=clock.now(),
        )


def _judgements(world: ContractFixture) -> None:
    rows = Assignment.objects.filter(proposal__in=hidden(world))
    reviews = Review.objects.filter(assignment__in=rows)
    rows.update(opened_at=clock.now(), position=F("position") + 7)
    reviews.update(
        for_chairs="Secret remark",
        for_sponsor="Secret hint",
        is_recruiting=True,
        confidence=1,
        amended_at=clock.now(),
        first_content={"scores": {}, "for_sponsor": "Secret beginning"},
    )
    for score in Score.objects.filter(review__in=reviews):
        score.level = Level.objects.get(criterion=score.criterion, value=4)
        score.save()
    cochair, said_at = world.people["cochair"], clock.now()
    reviews.filter(state="submitted").update(
        revision_asked_at=said_at,
        revision_asked_by=cochair,
        revision_note="Secret request",
        entered_by=cochair,
        entered_source="a secret mail",
        amended_at=said_at,
    )
    for proposal in hidden(world):
        make.CommentFactory(proposal=proposal, author=cochair, text="Secret comment", made_at=said_at)
    record("scoring.digest_sent", by=None, edition_id=world.edition.pk, data={"to": cochair.pk})
    some = list(rows.order_by("id"))
    rows.filter(pk__in=[each.pk for each in some[::2]]).update(state="declined", decline_reason="Secret reason")
    rows.update(due_at=clock.now() - timedelta(days=9), why=["Secret affinity"], affinity=0.123)
    reviewer = world.people["reviewer"]
    for proposal in hidden(world).filter(state=ProposalState.SUBMITTED):
        make.AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=reviewer, state="offered")
        PairRule.objects.create(
            proposal=proposal, reviewer=reviewer, kind="forbid", note="Secret", made_by=world.people["cochair"]
        )
    QueueSettings.objects.update_or_create(edition=world.edition, defaults={"wanted_at": clock.now()})
    batch = world.edition.batches.first()
    for proposal in hidden(world).exclude(state=ProposalState.DRAFT).filter(decision=None):
        make.DecisionFactory(proposal=proposal, verdict=Verdict.ACCEPT, batch=batch)
    Decision.objects.filter(proposal__in=hidden(world)).update(
        verdict=Verdict.WAITLIST,
        reason=Reason.BELOW_THE_LINE,
        note="Secret note",
        feedback="Secret feedback",
        feedback_read_by=world.people["cochair"],
        waitlist_position=1,
        merit=1.1,
    )
    for proposal in hidden(world):
        ChairNotes.objects.create(proposal=proposal, user=world.people["cochair"], tags=["secret"], note="Secret")


def _traces(world: ContractFixture) -> None:
    """New facts and mails about them, and others' conflicts with their sponsor."""
    cochair = world.people["cochair"]
    for proposal in hidden(world):
        Revision.objects.create(proposal=proposal, number=9, content={"title": "Secret"}, created_by=cochair)
        entry = record("decisions.decided", by=cochair, target=proposal, proposal_id=proposal.pk, data={"secret": 1})
        Message.objects.create(
            entry=entry,
            kind="secret",
            recipient=cochair,
            edition_id=world.edition.pk,
            proposal_id=proposal.pk,
            subject="Secret",
            body="Secret",
        )
    Message.objects.filter(proposal_id__in=hidden(world)).update(subject="Secret", body="Secret", state="failed")


def _runs(world: ContractFixture) -> None:
    ids = set(hidden(world).values_list("pk", flat=True))
    for model in (MatchingRun, ProgramRun):
        for run in model.objects.filter(edition=world.edition):
            run.result = _told_otherwise(run.result, ids) if run.result else None
            run.objective, run.bound, run.solver_status = 12345.0, 1.0, "Secret status"
            run.reasons = [*run.reasons, "Secret reason"]
            run.save()


def _told_otherwise(result: dict[str, Any], ids: set[int]) -> dict[str, Any]:
    """The same result with other reviewers, reasons and numbers for what is hidden; places stay: they may be seen."""
    changed = dict(result)
    for key in ("pairs", "withdrawn", "gaps", "totals"):
        changed[key] = [row for row in result.get(key, []) if row["proposal"] not in ids]
    changed["kept"] = [row for row in result.get("kept", []) if row[0] not in ids]
    if "stages" in result:
        changed |= _whole_told_otherwise(changed)
    if "tiers" in result:
        changed["tiers"] = [{**tier, "value": tier["value"] + 5} for tier in result["tiers"]]
        changed["placed"] = [{**row, "why": ["Secret"]} if row["proposal"] in ids else row for row in result["placed"]]
    return changed


def _whole_told_otherwise(result: dict[str, Any]) -> dict[str, Any]:
    """What stands for the whole run: bounds, the shortage and causes of gaps, even on what is not hidden."""
    return {
        "gaps": [{**gap, "said": ["Secret load"]} for gap in result["gaps"]],
        "stages": [{**stage, "value": stage["value"] - 5} for stage in result["stages"]],
        "floor": 0.123,
        "shortage": {"prechecks": [], "deficient": {"said": "Secret shortage"}, "ways": []},
    }


def _more(world: ContractFixture) -> None:
    of = {"edition": world.edition, "sponsor": world.proposal.sponsor, "format": world.proposal.format}
    make.ProposalFactory(**of, title="Secret draft")
    make.SubmittedFactory(**of, title="Secret withdrawal", state=ProposalState.WITHDRAWN)
    make.AcceptedFactory(**of, title="Secret acceptance", merit=9.9)
    cochair, reviewer = world.people["cochair"], world.people["reviewer"]
    declare_conflict(by=cochair, user=reviewer, sponsor=world.proposal.sponsor, detail="Secret friendship")
    hidden(world).filter(state=ProposalState.DRAFT).update(title="Secret draft")


# --- What somebody gets to see ----------------------------------------------------------------------


def signed_in(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def urls(world: ContractFixture) -> list[str]:
    """Every address, about what is hidden and about what is not, also filtered and sorted."""
    found = []
    for address in ours():
        if address.name in LEFT_OUT:
            continue
        if "token" in address.keywords:  # a secret in a presenter's mailbox, which nobody here has
            continue
        given = world.kwargs_for(address.name, address.keywords)
        found.append(reverse(address.name, kwargs=given))
        if "proposal" in given:
            found.append(reverse(address.name, kwargs={**given, "proposal": world.keywords["seen"]}))
        if "session" in given:
            found.append(reverse(address.name, kwargs={**given, "session": world.keywords["seen.session"]}))
        if address.name == "decisions:edit-what-if":
            own = world.keywords["own what-ifs"]
            found += [reverse(address.name, kwargs={**given, "scenario": scenario}) for scenario in own]
        if address.name == "program:run":
            found.append(reverse(address.name, kwargs={**given, "run": world.keywords["failed"]}))
        found += [f"{found[-1]}?{query}" for query in QUERIES.get(address.name, ())]
    return found


def seen_by(world: ContractFixture, person: User, moment: datetime) -> Pages:
    client = signed_in(person)
    with clock.at(moment), transaction.atomic():
        pages = {url: _comparable(client.get(url)) for url in urls(world)}
        transaction.set_rollback(True)  # looking leaves marks of its own: what was opened, and when
    return pages


def _comparable(response: Any) -> tuple[int, str, bytes]:
    body = response.content if not response.streaming else b"".join(response)
    for pattern in (rb'(csrfmiddlewaretoken" value|data-csrf|nonce)="[^"]*"', rb'"X-CSRFToken": ?"[^"]*"'):
        body = re.sub(pattern, b"", body)
    return response.status_code, response.headers.get("Location", ""), body


def differences(before: Pages, after: Pages) -> dict[str, Any]:
    return {url: (before[url][:2], after[url][:2]) for url in before if before[url] != after[url]}


def _first(before: Pages, after: Pages) -> str:
    """The first page that differs, line by line."""
    url = min(differences(before, after), default="")
    old, new = (pages[url][2].decode(errors="replace").splitlines() if url else [] for pages in (before, after))
    return "\n".join(difflib.unified_diff(old, new, f"{url} before", "after", lineterm="", n=0))[:3000]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("role", WALLED)
def test_whoever_must_not_see_it_gets_the_same_bytes(undone: ContractFixture, role: str, phase: Phase) -> None:
    undone.edition.phase = phase
    undone.edition.save()
    person, moment = undone.people[role], clock.now()
    before = seen_by(undone, person, moment)
    change_everything(undone, of_the_sponsor=role != "walled by one")
    after = seen_by(undone, person, moment)
    assert {url: page[0] for url, page in before.items() if page[0] >= 500} == {}
    assert differences(before, after) == {}, _first(before, after)
    assert [url for url, page in after.items() if b"Secret " in page[2]] == []


def test_a_reviewer_learns_nothing_of_who_stands_behind_what_they_read(undone: ContractFixture) -> None:
    """Whatever a team, its presenters and the office write beside the review text changes no byte for its reviewer."""
    undone.edition.phase = Phase.REVIEW
    undone.edition.hide_sponsor_until_scored = True
    undone.edition.save()
    proposal = hidden(undone).filter(state=ProposalState.SUBMITTED).order_by("id")[0]
    given = make.AssignmentFactory(edition=undone.edition, proposal=proposal)
    reviewer, moment = given.reviewer, clock.now()
    undone.keywords |= {"assignment": given.pk, "proposal": proposal.code}
    before = seen_by(undone, reviewer, moment)
    assert any(proposal.title.encode() in page[2] for page in before.values())
    rows = hidden(undone)
    rows.update(
        public_title="Secret title",
        public_text="Secret text",
        needs="Secret needs",
        wishes="Secret wishes",
        links=[{"label": "Secret link", "url": "https://secret.example/"}],
        edits={"title": {"version": 2, "by": None, "at": moment.isoformat(), "page": ""}},
        kept={"Secret finding": "Secret reason"},
        flags=[SECRET_FLAG],
    )
    for each in rows:
        each.preferred_rooms.set(undone.edition.rooms.all()[:1])
    _stages(undone)
    _answers(undone)
    Sponsor.objects.filter(pk=proposal.sponsor_id).update(
        sentence="Secret sentence", website="https://secret.example/", logo=make.PictureFactory()
    )
    after = seen_by(undone, reviewer, moment)
    assert differences(before, after) == {}, _first(before, after)
    assert [url for url, page in after.items() if b"Secret " in page[2] or b"secret.example" in page[2]] == []


def test_whoever_may_see_it_gets_other_bytes(undone: ContractFixture) -> None:
    """So the test above can fail: most of the chairs' pages depend on what was changed."""
    moment = clock.now()
    before = seen_by(undone, undone.people["cochair"], moment)
    change_everything(undone)
    changed = differences(before, seen_by(undone, undone.people["cochair"], moment))
    names = {
        address.name: reverse(address.name, kwargs=undone.kwargs_for(address.name, address.keywords))
        for address in ours()
    }
    reached = {name for name, url in names.items() if url in changed}
    assert reached >= {
        "assignments:board", "assignments:proposal", "assignments:run", "decisions:batch", "decisions:desk",
        "insight:audit", "insight:desk", "program:run", "program:timetable", "releases:list", "scoring:dossier",
        "scoring:standings",
    }  # fmt: skip
