"""The pages of the queue: what each role sees, does and never sees."""

import pytest
from django.urls import reverse

from expo.editions.models import Edition
from expo.editions.states import RoleKind
from expo.kit.runs import RunState
from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment, ReviewerProfile, Run
from reviews.assignments.services import assignments, runs
from tests.factories import AssignmentFactory, ConflictFactory, EditionFactory, RoleFactory
from tests.pages import squeezed

pytestmark = pytest.mark.django_db


def at(name, world, *args):
    return reverse(f"assignments:{name}", args=[world.edition.slug, *args])


def read(client, user, address):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def offered(world, reviewer, state="offered", **fields):
    return AssignmentFactory(
        edition=world.edition, proposal=world.proposal(world.vision, **fields), reviewer=reviewer, state=state
    )


# --- The reviewer ---


def test_an_empty_queue_says_the_next_step(client, world):
    page = read(client, world.reviewer(), at("queue", world))
    assert "Nothing to review yet" in page
    assert at("profile", world) in page


def test_the_queue_shows_what_waits_and_hides_the_sponsor_until_the_score_is_in(client, world):
    ada = world.reviewer()
    for title, state in (("First talk", "offered"), ("Second talk", "accepted"), ("Third talk", "submitted")):
        offered(world, ada, state, title=title)
    sponsors = {a.state: a.proposal.sponsor.name for a in Assignment.objects.select_related("proposal__sponsor")}
    page = read(client, ada, at("queue", world))
    assert all(title in page for title in ("First talk", "Second talk", "Third talk", "1 of 3 reviews in", "Vision"))
    assert {state: name in page for state, name in sponsors.items()} == {
        "offered": False,
        "accepted": False,
        "submitted": True,
    }
    Edition.objects.update(hide_sponsor_until_scored=False)
    page = read(client, ada, at("queue", world))
    assert all(name in page for name in sponsors.values())


def test_the_queue_keeps_the_reviewers_own_order(client, world):
    ada = world.reviewer()
    for title, position in (("Alpha", 30), ("Beta", 10), ("Gamma", 20)):
        Assignment.objects.filter(pk=offered(world, ada, title=title).pk).update(position=position)
    page = read(client, ada, at("queue", world))
    assert page.index("Beta") < page.index("Gamma") < page.index("Alpha")


def test_a_conflict_that_came_up_leaves_nothing_in_the_queue(client, world):
    ada = world.reviewer()
    made = offered(world, ada, title="Too close to home")
    ConflictFactory(user=ada, sponsor=made.proposal.sponsor)
    page = read(client, ada, at("queue", world))
    assert "Too close to home" not in page
    assert client.post(at("accept", world, made.pk)).status_code == 404
    assert client.post(at("decline", world, made.pk), {"reason": "x"}).status_code == 404


def test_accept_and_decline_by_button(client, world):
    ada = world.reviewer()
    yes, no = offered(world, ada), offered(world, ada)
    client.force_login(ada)
    assert client.get(at("accept", world, yes.pk)).status_code == 405
    assert client.post(at("accept", world, yes.pk)).status_code == 302
    assert client.post(at("decline", world, no.pk), {"reason": "On leave."}).status_code == 302
    assert [a.state for a in Assignment.objects.order_by("id")] == ["accepted", "declined"]


@pytest.mark.parametrize("reason", ["", "   ", "long " * 100])
def test_a_decline_without_a_good_reason_keeps_what_was_typed(client, world, reason):
    ada = world.reviewer()
    made = offered(world, ada, title="Still mine")
    client.force_login(ada)
    answer = client.post(at("decline", world, made.pk), {"reason": reason})
    page = answer.content.decode()
    assert (answer.status_code, "Still mine" in page, reason.strip() in page) == (200, True, True)
    assert f'id="decline-{made.pk}-reason"' in page
    made.refresh_from_db()
    assert made.state == "offered"


def test_a_double_decline_is_told_in_a_sentence(client, world):
    ada = world.reviewer()
    made = offered(world, ada)
    client.force_login(ada)
    client.post(at("decline", world, made.pk), {"reason": "On leave."})
    answer = client.post(at("decline", world, made.pk), {"reason": "On leave again."})
    assert answer.status_code == 200
    assert "This assignment is declined and cannot become declined." in answer.content.decode()
    assert "On leave again." in answer.content.decode()


def test_nobody_sees_or_answers_somebody_elses_queue(client, world):
    ada, bob = world.reviewer(), world.reviewer()
    made = offered(world, ada, title="Adas own")
    assert "Adas own" not in read(client, bob, at("queue", world))
    assert client.post(at("accept", world, made.pk)).status_code == 404
    other = EditionFactory()
    RoleFactory(edition=other, user=ada)
    client.force_login(ada)
    assert client.post(reverse("assignments:accept", args=[other.slug, made.pk])).status_code == 404


def test_a_reviewer_saves_their_profile(client, world):
    ada = RoleFactory(edition=world.edition).user
    client.force_login(ada)
    data = {"topics": [world.vision.pk, world.speech.pk], "max_load": "4", "is_paused": "on"}
    assert client.post(at("profile", world), data).status_code == 302
    profile = ReviewerProfile.objects.get(user=ada)
    assert (set(profile.topics.all()), profile.max_load, profile.is_paused) == ({world.vision, world.speech}, 4, True)
    wrong = client.post(at("profile", world), {"topics": ["999999"], "max_load": "-3"})
    assert wrong.status_code == 200
    assert 'value="-3"' in wrong.content.decode()


# --- The board ---


def test_the_board_shows_coverage_declines_and_gaps(client, world):
    ada, bob = world.reviewer(name="Ada L"), world.reviewer(name="Bob M")
    made = offered(world, ada, "submitted", title="Half covered")
    Assignment.objects.create(
        edition=world.edition,
        proposal=made.proposal,
        reviewer=bob,
        state="declined",
        decline_reason="Too far from my field.",
    )
    page = read(client, world.chair, at("board", world))
    for words in ("Half covered", "Ada L", "Bob M", "Too far from my field.", "1 of 2 reviews missing; 1 declined."):
        assert words in page


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"Full one", "Gap one"}),
        ("?show=gaps", {"Gap one"}),
        ("?show=complete", {"Full one"}),
        ("?q=gap", {"Gap one"}),
        ("?format=talk", {"Full one", "Gap one"}),
        ("?format=nothing", {"Full one", "Gap one"}),
        ("?q=nothing", set()),
        ("?show=nonsense&sort=nonsense&page=nonsense", {"Full one", "Gap one"}),
    ],
)
def test_the_board_is_filtered_by_its_address(client, world, query, titles):
    full = world.proposal(title="Full one")
    world.proposal(title="Gap one")
    for _ in range(2):
        AssignmentFactory(edition=world.edition, proposal=full, reviewer=world.reviewer(), state="submitted")
    page = read(client, world.chair, at("board", world) + query)
    assert {title for title in ("Full one", "Gap one") if title in page} == titles


@pytest.mark.slow
def test_the_board_is_sorted_by_its_address(client, world):
    for title in ("Beta", "Alpha"):
        world.proposal(title=title)
    up = read(client, world.chair, at("board", world) + "?sort=title")
    down = read(client, world.chair, at("board", world) + "?sort=-title")
    assert up.index("Alpha") < up.index("Beta")
    assert down.index("Beta") < down.index("Alpha")


@pytest.mark.slow
def test_a_walled_chairs_pages_do_not_change_with_what_is_hidden(client, world):
    """Non-interference: whatever happens behind the wall, the answer is the same to the byte."""
    reviewers = [world.reviewer(name=f"Reviewer {n}") for n in range(4)]
    seen, hidden = world.proposal(title="Seen"), world.proposal(title="Hidden")
    second = RoleFactory(edition=world.edition, kind=RoleKind.COCHAIR).user
    run = world.run(by=second)
    runs.publish(by=second, run=run)
    later = world.run(by=second)
    ConflictFactory(user=world.chair, sponsor=hidden.sponsor)
    pages = [
        at("board", world),
        at("board", world) + "?view=reviewers",
        at("board", world) + "?show=late",
        at("proposal", world, seen.code),
        at("start", world),
        at("run", world, run.pk),
        at("run", world, run.pk) + "?view=reviewers",
        at("run", world, later.pk),
    ]

    def look():
        return [without_tokens(read(client, world.chair, page)) for page in pages]

    before = look()
    assert not any("Hidden" in page or hidden.code in page for page in before)
    said = "Proposals with which you have a conflict of interest are neither shown nor counted here"
    assert [said in page for page in before] == [True, False, True, False, True, True, False, True]
    Proposal.objects.filter(pk=hidden.pk).update(title="Renamed", abstract="Changed.", merit=4.9)
    mine = Assignment.objects.filter(proposal=hidden).order_by("id")
    assignments.decline(by=mine[0].reviewer, assignment=mine[0], reason="Never.")
    assignments.mark_submitted(mine[1], by=mine[1].reviewer)
    for user in reviewers:
        if not Assignment.objects.filter(proposal=hidden, reviewer=user).exists():
            assignments.assign(by=second, proposal=hidden, reviewer=user)
    Assignment.objects.filter(proposal=hidden).update(due_at="2020-01-01T00:00Z")
    assert look() == before
    assert "Renamed" in read(client, second, at("board", world))


def without_tokens(page):
    import re

    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    return re.sub(r'nonce="[^"]+"', "", page)


@pytest.mark.slow
def test_only_cochairs_of_this_edition_find_the_board(client, world):
    proposal = world.proposal()
    run = runs.start(by=world.chair, edition=world.edition) if world.reviewer() else None
    organiser = RoleFactory(edition=world.edition, kind=RoleKind.ORGANISER).user
    foreign = RoleFactory(kind=RoleKind.COCHAIR).user
    for user in (world.reviewer(), organiser, foreign):
        client.force_login(user)
        for address in (
            at("board", world),
            at("start", world),
            at("run", world, run.pk),
            at("proposal", world, proposal.code),
        ):
            assert client.get(address).status_code == 404
        for address in (at("publish", world, run.pk), at("discard", world, run.pk), at("assign", world, proposal.code)):
            assert client.post(address).status_code == 404
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


@pytest.mark.slow
def test_a_cochair_assigns_and_releases_on_the_proposals_page(client, world):
    ada, proposal = world.reviewer(world.vision, name="Ada L"), world.proposal(world.vision)
    page = read(client, world.chair, at("proposal", world, proposal.code))
    assert "1 of 1 topic: Vision." in page
    client.post(at("assign", world, proposal.code), {"reviewer": str(ada.pk)})
    made = Assignment.objects.get()
    kept = client.post(at("release", world, made.pk), {"reason": ""})
    assert (kept.status_code, f'id="release-{made.pk}-reason"' in kept.content.decode()) == (200, True)
    assert client.post(at("release", world, made.pk), {"reason": "Wrong field."}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.decline_reason) == ("released", "Wrong field.")


@pytest.mark.parametrize("reviewer", ["", "x", "-1", "9" * 30, "999999", "²", "\x00"])
def test_an_odd_choice_of_reviewer_gets_a_sentence(client, world, reviewer):
    proposal = world.proposal()
    client.force_login(world.chair)
    answer = client.post(at("assign", world, proposal.code), {"reviewer": reviewer}, follow=True)
    assert "Choose a reviewer from the list." in answer.content.decode()


def test_the_proposals_page_says_who_cannot_and_why(client, world):
    proposal = world.proposal()
    ada = world.reviewer(name="Ada L")
    world.reviewer(name="Bob M", is_paused=True)
    world.reviewer(name="Cy N", max_load=0)
    ConflictFactory(user=ada, sponsor=proposal.sponsor, detail="Wrote a paper with the presenter.")
    page = read(client, world.chair, at("proposal", world, proposal.code))
    for words in ("Wrote a paper with the presenter.", "Has paused: takes on nothing new.", "Full load: 0 of 0."):
        assert words in page


def test_the_proposals_page_of_a_hidden_proposal_is_not_there(client, world):
    proposal = world.proposal()
    made = offered(world, world.reviewer())
    for each in (proposal, made.proposal):
        ConflictFactory(user=world.chair, sponsor=each.sponsor)
    client.force_login(world.chair)
    assert client.get(at("proposal", world, proposal.code)).status_code == 404
    assert client.post(at("assign", world, proposal.code), {"reviewer": "1"}).status_code == 404
    assert client.post(at("release", world, made.pk), {"reason": "x"}).status_code == 404


# --- Runs ---


@pytest.mark.slow
def test_from_start_to_published_by_clicking(client, world):
    ada, proposal = world.reviewer(world.vision, name="Ada L"), world.proposal(world.vision, title="A talk")
    client.force_login(world.chair)
    assert "<dt>Reviews to assign</dt><dd>2</dd>" in squeezed(client.get(at("start", world)))
    answer = client.post(at("start", world), {"seed": "4"})
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"], run.seed) == (302, at("run", world, run.pk), 4)
    waiting = client.get(at("run", world, run.pk)).content.decode()
    assert f'hx-get="{at("run", world, run.pk)}"' in waiting
    assert client.get(at("run", world, run.pk), headers={"HX-Request": "true"}).get("HX-Refresh") is None
    runs.execute(run.pk)
    done = client.get(at("run", world, run.pk), headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"
    page = client.get(at("run", world, run.pk)).content.decode()
    for words in ("A talk", "Ada L", "1 of 1 topic: Vision.", "1 review missing", "Not published yet"):
        assert words in page
    client.post(at("publish", world, run.pk))
    assert world.live() == [(proposal.pk, ada.pk, "offered")]
    twice = client.post(at("publish", world, run.pk), follow=True).content.decode()
    assert "This run is published already; its offers are on the board." in twice


@pytest.mark.parametrize("seed", ["-1", "x", "99999999999999999999"])
def test_a_wrong_seed_is_explained_and_kept(client, world, seed):
    world.proposal()
    world.reviewer()
    client.force_login(world.chair)
    answer = client.post(at("start", world), {"seed": seed})
    assert answer.status_code == 200
    assert seed in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.slow
def test_a_second_start_is_told_that_one_is_under_way(client, world):
    world.proposal()
    world.reviewer()
    runs.start(by=world.chair, edition=world.edition)
    client.force_login(world.chair)
    answer = client.post(at("start", world), {"seed": "12345"})
    page = answer.content.decode()
    assert "Another run of this edition is under way." in page
    assert 'value="12345"' in page


@pytest.mark.slow
def test_a_discarded_run_assigned_nothing(client, world):
    world.proposal()
    world.reviewer()
    run = world.run()
    client.force_login(world.chair)
    assert client.post(at("discard", world, run.pk)).status_code == 302
    assert world.live() == []
    assert "Discarded" in client.get(at("run", world, run.pk)).content.decode()


# --- The same number of queries at 2 and 20 rows ---


@pytest.mark.slow
def test_pages_ask_the_same_number_of_queries_whatever_the_size(client, world):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    pages = ["queue", "board", "board?view=reviewers", "run", "run?view=reviewers", "proposal", "start", "profile"]
    reader = world.reviewer(world.vision, world.speech, max_load=30)
    first = world.proposal(world.vision)

    def grow(n):
        for _ in range(n):
            made = world.proposal(world.vision, world.speech)
            AssignmentFactory(edition=world.edition, proposal=made, reviewer=reader, state="offered")
            other = world.reviewer(world.speech)
            AssignmentFactory(
                edition=world.edition, proposal=made, reviewer=other, state="declined", decline_reason="No."
            )
            AssignmentFactory(edition=world.edition, proposal=first, reviewer=other, state="accepted")

    def count(run, page):
        name, _, view = page.partition("?")
        args = {"run": [run.pk], "proposal": [first.code]}.get(name, [])
        client.force_login(reader if name in ("queue", "profile") else world.chair)
        address = at(name, world, *args) + (f"?{view}" if view else "")
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def counts():
        run = world.run()
        found = {page: count(run, page) for page in pages}
        runs.discard(by=world.chair, run=run)
        return found

    grow(2)
    small = counts()
    grow(18)
    assert counts() == small
