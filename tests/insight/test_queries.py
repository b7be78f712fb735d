"""The chairs' overview, slices, journal and outbox, each over what the viewer sees."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from expo.editions.states import RoleKind
from expo.journal.services import record
from expo.kit import clock
from expo.notify.models import Message
from expo.notify.states import MessageState
from expo.releases import services as releases
from reviews.decisions.states import Verdict
from reviews.insight.forms import event
from reviews.insight.queries import fairness, journal, overview
from reviews.insight.queries.overview import Share
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return make.EditionFactory(reviews_per_proposal=1)


@pytest.fixture
def chair(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user


def submitted(edition, sponsor=None, n=1):
    sponsor = sponsor or make.SponsorFactory(edition=edition)
    return [make.SubmittedFactory(edition=edition, sponsor=sponsor) for _ in range(n)]


def signed_in(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_overview_counts_every_step_of_the_way(edition, chair):
    reviewed, offered, _ = submitted(edition, n=3)
    make.ReviewFactory(assignment=make.AssignmentFactory(edition=edition, proposal=reviewed, state="submitted"))
    late = clock.now() - timedelta(days=1)
    make.AssignmentFactory(edition=edition, proposal=offered, state="offered", due_at=late)
    make.DecisionFactory(proposal=reviewed)
    make.SessionFactory(edition=edition)
    make.ProposalFactory(edition=edition)
    seen = overview.overview(edition, chair, clock.now())
    counts = (seen.submitted, seen.fully_assigned, seen.reviewed, seen.reviews_in, seen.reviews_open, seen.overdue)
    assert counts == (4, 2, 1, 1, 1, 1)
    assert (seen.decided, seen.released, seen.accepted, seen.placed, seen.has_conflicts) == (1, 0, 1, 1, False)


def test_a_sponsor_with_more_than_a_quarter_of_a_format_stands_out(edition, chair):
    crowd = make.SponsorFactory(edition=edition, name="Crowd")
    submitted(edition, crowd, n=2)
    for _ in range(3):
        submitted(edition)
    assert overview.overview(edition, chair, clock.now()).shares == (Share("Crowd", "Talk", 2, 5),)


def test_what_the_wall_hides_counts_nowhere(edition, chair):
    hidden = make.SponsorFactory(edition=edition)
    make.AffiliationFactory(user=chair, organisation=hidden.organisation)
    before = overview.overview(edition, chair, clock.now())
    for proposal in submitted(edition, hidden, n=6):
        make.DecisionFactory(proposal=proposal)
    assert overview.overview(edition, chair, clock.now()) == before
    assert (before.submitted, before.has_conflicts, fairness.report(edition, chair).n) == (0, True, 0)


def test_the_report_slices_decided_proposals_by_format_tier_topic_and_time(edition, chair):
    topic = make.TopicFactory(edition=edition, name="Agents")
    for index, proposal in enumerate(submitted(edition, n=6)):
        proposal.topics.add(topic)
        make.DecisionFactory(proposal=proposal, verdict=Verdict.ACCEPT if index < 2 else Verdict.REJECT)
    submitted(edition)
    report = fairness.report(edition, chair)
    assert [(each.dimension, each.value, each.n, each.accepted) for each in report.slices] == [
        ("Format", "Talk", 6, 2),
        ("Submitted", "Earlier", 6, 2),
        ("Tier", "Gold", 6, 2),
        ("Topic", "Agents", 6, 2),
    ]


def test_the_report_knows_no_score_that_does_not_count(edition, chair):
    criterion = make.CriterionFactory(rubric__edition=edition)
    proposals = submitted(edition, n=6)
    for proposal in proposals:
        make.DecisionFactory(proposal=proposal)
    before = fairness.report(edition, chair)
    draft, excluded = (make.AssignmentFactory(edition=edition, proposal=each) for each in proposals[:2])
    make.ReviewFactory(assignment=draft, state="draft", submitted_at=None, scores={criterion: 1})
    excluded.state = "submitted"
    excluded.save()
    given = make.ReviewFactory(assignment=excluded, scores={criterion: 1})
    assert fairness.report(edition, chair) != before
    given.excluded_at, given.excluded_by, given.excluded_reason = clock.now(), chair, "Bought"
    given.save()
    assert fairness.report(edition, chair) == before


def test_the_outbox_tells_no_chair_that_a_sponsor_they_have_a_conflict_with_names_many_people(edition, chair):
    sponsor = make.SponsorFactory(edition=edition)
    make.ConflictFactory(user=chair, sponsor=sponsor)
    entry = record("proposals.claims_piled_up", by=None, edition_id=edition.pk, data={"sponsor": sponsor.pk})
    other = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    Message.objects.create(
        entry=entry,
        kind="proposals/claims_piled_up",
        recipient=other,
        edition_id=edition.pk,
        subject="Many",
        body="Many",
    )
    assert [journal.outbox(edition, each).count() for each in (chair, other)] == [0, 1]


def test_the_journal_tells_no_verdict_to_who_may_not_open_the_desk(client, edition, chair):
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    proposal = submitted(edition)[0]
    decision = make.DecisionFactory(proposal=proposal, verdict=Verdict.REJECT)
    record("decisions.decided", by=chair, target=decision, edition_id=edition.pk, proposal_id=proposal.pk)
    url = reverse("insight:audit", args=[edition.slug])
    for query in ("", "?format=csv", "?q=reject", "?fact=decisions.decided"):
        seen = signed_in(client, organiser).get(url + query).content.decode()
        assert (f"reject {proposal.pk}" in seen, "Verdict given" in seen) == (False, False)
    assert "Verdict given" in signed_in(client, chair).get(url).content.decode()


@pytest.mark.slow
def test_the_journal_can_be_narrowed_to_a_fact_and_a_person(client, edition, chair):
    other = make.UserFactory(email="grace@people.example")
    record("tests.one", by=chair, edition_id=edition.pk)
    wanted = record("tests.two", by=other, edition_id=edition.pk)
    record("tests.two", by=chair, edition_id=edition.pk)
    address = reverse("insight:audit", args=[edition.slug])
    page = signed_in(client, chair).get(address, {"fact": "tests.two", "q": "GRACE"})
    listed = page.context["list"]
    assert list(listed.page_obj) == [wanted]
    assert [(fact, count) for fact, _, count in listed.chosen["fact"].options] == [("tests.one", 1), ("tests.two", 2)]


@pytest.mark.parametrize("message", ["", "x", "-1", "9" * 30, "0"])
def test_resending_nonsense_finds_nothing(client, edition, message):
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    answer = signed_in(client, organiser).post(reverse("insight:resend", args=[edition.slug]), {"message": message})
    assert answer.status_code == 404


def test_an_organiser_sends_a_failed_message_again(client, edition):
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    entry = record("tests.told", by=None, edition_id=edition.pk)
    failed = Message.objects.create(
        entry=entry, kind="test", recipient=organiser, edition_id=edition.pk, subject="Hello", body="Hello",
        state=MessageState.FAILED,
    )  # fmt: skip
    signed_in(client, organiser).post(reverse("insight:resend", args=[edition.slug]), {"message": failed.pk})
    failed.refresh_from_db()
    assert failed.state == MessageState.QUEUED


def test_another_editions_message_is_not_there(client, edition):
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    elsewhere = make.EditionFactory()
    entry = record("tests.told", by=None, edition_id=elsewhere.pk)
    foreign = Message.objects.create(
        entry=entry, kind="test", recipient=organiser, edition_id=elsewhere.pk, subject="Hello", body="Hello",
        state=MessageState.FAILED,
    )  # fmt: skip
    answer = signed_in(client, organiser).post(reverse("insight:resend", args=[edition.slug]), {"message": foreign.pk})
    foreign.refresh_from_db()
    assert (answer.status_code, foreign.state) == (404, MessageState.FAILED)


def test_mails_of_one_subject_are_one_row_that_opens_them(client, edition):
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER, user__name="Ann Abel").user
    for number, state in enumerate([MessageState.SENT, MessageState.SENT, MessageState.FAILED]):
        entry = record("tests.told", by=None, edition_id=edition.pk)
        Message.objects.create(
            entry=entry, kind="test", recipient=organiser, edition_id=edition.pk, subject="Will you review?",
            body=f"Body {number}", state=state,
        )  # fmt: skip
    url, browser = reverse("insight:outbox", args=[edition.slug]), signed_in(client, organiser)
    page = browser.get(url).content.decode()
    assert (page.count('title="Will you review?"'), "1 failed" in page, "Ann Abel and 2 more" in page) == (
        1,
        True,
        True,
    )
    rows = browser.get(url, {"subject": "Will you review?"}).content.decode()
    newest = Message.objects.latest("pk").pk
    assert (rows.count('<tr id="m-'), rows.count("Body"), f"message={newest}#message" in rows) == (3, 3, True)
    assert "Body 2" in browser.get(url, {"message": newest}).content.decode()
    table = browser.get(url, {"format": "csv", "state": "failed"}).content.decode()
    assert (table.count("Will you review?"), "Subject,To,State,Made,Sent" in table) == (1, True)


def test_the_journal_says_events_in_words_and_keeps_keys_for_its_filter(client, edition):
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    for fact, name in [("proposals.submitted", "First"), ("releases.published", "Second")]:
        record(fact, by=organiser, edition_id=edition.pk, target=make.RoomFactory(edition=edition, name=name))
    url, browser = reverse("insight:audit", args=[edition.slug]), signed_in(client, organiser)
    page = browser.get(url).content.decode()
    assert ("Proposal submitted" in page, page.count("proposals.submitted")) == (True, 1)
    narrowed = browser.get(url, {"fact": "releases.published"}).content.decode()
    assert ("Second" in narrowed, "First" in narrowed) == (True, False)


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("proposals.public_text_approved", "Public text approved"),
        ("assignments.run_published", "Assignment run published"),
        ("program.run_adopted", "Timetable run adopted"),
        ("assignments.put_back", "Assignment put back"),
        ("decisions.decided", "Verdict given"),
        ("proposals.claims_piled_up", "Claims piled up"),
    ],
)
def test_an_event_in_words(fact, words):
    assert event(fact) == words


# --- The overview as a picture ---------------------------------------------------------------------


def places(edition, user):
    seen = overview.overview(edition, user, clock.now())
    return {each.title: (each.done, each.of, each.place) for each in overview.stations(edition, seen)}


def test_stations_are_done_current_or_ahead(edition, chair):
    make.AssignmentFactory(edition=edition, proposal=submitted(edition)[0], state="submitted")
    edition.phase = "review"
    assert places(edition, chair) == {
        "Submitted": (1, None, "done"),
        "Reviewers": (1, 1, "done"),
        "Reviews": (1, 1, "done"),
        "Verdicts": (0, 1, "ahead"),
        "Scheduled": (0, 0, "ahead"),
    }
    submitted(edition)
    assert {key: place for key, (*_, place) in places(edition, chair).items()} == {
        "Submitted": "done", "Reviewers": "current", "Reviews": "current", "Verdicts": "ahead", "Scheduled": "ahead",
    }  # fmt: skip
    edition.phase = "decide"
    assert {key: place for key, (*_, place) in places(edition, chair).items()} == {
        "Submitted": "done", "Reviewers": "past", "Reviews": "past", "Verdicts": "current", "Scheduled": "ahead",
    }  # fmt: skip


def notes(edition, user):
    seen = overview.overview(edition, user, clock.now())
    return {each.title: each.note for each in overview.stations(edition, seen)}


def test_stations_say_nothing_of_reviews_and_verdicts_that_is_not_so(edition, chair):
    edition.phase = "review"
    none = notes(edition, chair)
    assert [none[title] for title in ("Reviewers", "Reviews", "Verdicts")] == ["Nothing is submitted"] * 3
    proposal = submitted(edition)[0]
    make.AssignmentFactory(edition=edition, proposal=proposal, state="submitted")
    assert notes(edition, chair)["Reviews"] == "All are in"
    make.AssignmentFactory(edition=edition, proposal=proposal, state="accepted")
    assert notes(edition, chair)["Reviews"] == "As many as needed, 1 to come"


def test_who_may_not_see_whose_reviews_are_late_is_not_told_that_none_is(client, edition, chair):
    edition.phase = "review"
    edition.save()
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    url = reverse("insight:desk", args=[edition.slug])
    assert "Nobody is late." in signed_in(client, organiser).get(url).content.decode()
    make.AssignmentFactory(edition=edition, due_at=clock.now() - timedelta(days=1), reviewer__name="Ada Late")
    page = signed_in(client, organiser).get(url).content.decode()
    assert ("Nobody is late." in page, "Ada Late" in page) == (False, False)
    assert "1 review is late; cochairs see whose." in " ".join(page.split())
    edition.phase = "schedule"
    edition.save()
    cochair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    page = signed_in(client, cochair).get(url).content.decode()
    assert "1 review did not come in; nobody else is late." in " ".join(page.split())


def test_a_format_too_small_to_weigh_is_not_said_to_be_shared_out(client, edition, chair):
    submitted(edition, n=3)
    page = signed_in(client, chair).get(reverse("insight:desk", args=[edition.slug])).content.decode()
    assert "with four proposals or more" in " ".join(page.split())


def test_the_overview_names_whose_word_is_awaited(client, edition, chair):
    edition.phase = "review"
    edition.save()
    late = clock.now() - timedelta(days=3)
    ada = make.UserFactory(name="Ada")
    make.AssignmentFactory(edition=edition, reviewer=ada, due_at=late)
    make.AssignmentFactory(edition=edition, reviewer=ada, state="offered")
    make.AssignmentFactory(edition=edition)
    rows = overview.awaited(edition, chair, clock.now())
    assert [(each.who, each.what, each.since) for each in rows] == [
        ("Ada", "1 review late, 1 offer not answered", late)
    ]
    assert signed_in(client, chair).get(rows[0].url).status_code == 200
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    assert overview.awaited(edition, organiser, clock.now()) == []
    edition.phase, edition.confirm_by_at = "schedule", late
    edition.save()
    accepted = make.AcceptedFactory(edition=edition, public_text_approved_at=None)
    rows = overview.awaited(edition, organiser, clock.now())
    what = "1 session not confirmed, 1 public text not approved"
    assert [(each.who, each.what, each.since) for each in rows] == [(accepted.sponsor.name, what, late)]
    assert signed_in(client, organiser).get(rows[0].url).status_code == 200


def test_nobody_behind_the_wall_is_awaited(edition, chair):
    hidden = make.SponsorFactory(edition=edition)
    make.ConflictFactory(user=chair, sponsor=hidden)
    edition.phase = "decide"
    make.AssignmentFactory(
        edition=edition, proposal=submitted(edition, hidden)[0], due_at=clock.now() - timedelta(days=1)
    )
    make.AcceptedFactory(edition=edition, sponsor=hidden)
    assert overview.awaited(edition, chair, clock.now()) == []


@pytest.mark.parametrize("kind", [RoleKind.ORGANISER, RoleKind.COCHAIR])
@pytest.mark.parametrize("phase", ["setup", "call", "review", "decide", "schedule", "published"])
def test_every_link_of_the_overview_opens(client, edition, kind, phase):
    user = make.RoleFactory(edition=edition, kind=kind).user
    edition.phase = phase
    edition.save()
    make.SessionFactory(edition=edition)
    make.AssignmentFactory(edition=edition, state="offered", due_at=clock.now() - timedelta(days=1))
    page = signed_in(client, user).get(reverse("insight:desk", args=[edition.slug])).content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    links = set(re.findall(r'href="(/[^"#]*)', main))
    assert [link for link in links if client.get(link.replace("&amp;", "&")).status_code != 200] == []


def test_the_overview_also_says_what_the_next_release_would_bring_and_which_claims_are_open(client, edition, chair):
    edition.phase = "schedule"
    edition.save()
    page = reverse("insight:desk", args=[edition.slug])
    session = make.SessionFactory(edition=edition, proposal=make.AcceptedFactory(edition=edition, state="confirmed"))
    assert "session ready for the first release" in signed_in(client, chair).get(page).content.decode()
    releases.publish(by=chair, edition=edition, note="First")
    assert "since release 1" not in client.get(page).content.decode()
    session.starts_at, session.ends_at = session.starts_at + timedelta(hours=2), session.ends_at + timedelta(hours=2)
    session.taken_from = session.starts_at
    session.save()
    named = make.RoleFactory(edition=edition).user
    make.PresenterFactory(proposal=submitted(edition)[0], name=named.name)
    text = client.get(page).content.decode()
    assert ("change since release 1" in text, "claim about somebody without an answer" in text) == (True, True)
    for link in (reverse("releases:list", args=[edition.slug]), reverse("proposals:conflicts", args=[edition.slug])):
        assert (f'href="{link}"' in text, client.get(link).status_code) == (True, 200)
