"""Others' reviews and the discussion of a proposal: who reads what, and under which name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.models import Role
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.proposals.states import ProposalState
from reviews.assignments.states import AssignmentState
from reviews.scoring.models import Comment, DiscussionVisit, Review
from reviews.scoring.queries.amendments import amendments_in
from reviews.scoring.queries.discussion import discussion_of, letters_of
from reviews.scoring.services.discussion import LONGEST_COMMENT, look, post_comment, remove_comment
from reviews.scoring.services.exclusion import exclude_review
from reviews.scoring.services.reviews import submit_review
from tests.factories import CommentFactory, ConflictFactory, RoleFactory, TeamMemberFactory
from tests.pages import squeezed

from .fixtures import open_review


@pytest.fixture
def reviewed(panel):
    """A proposal with three reviews, in the order of the panel's reviewers."""
    proposal = panel.proposal(2, 3, 4)
    for number, reviewer in enumerate(panel.reviewers[:3]):
        review = proposal.assignments.get(reviewer=reviewer).review
        review.for_sponsor, review.for_chairs = f"Sponsor text {number}", f"Chair text {number}"
        review.save()
    return proposal


def page_of(client, proposal, person):
    client.force_login(person)
    return client.get(reverse("scoring:discussion", args=[proposal.edition.slug, proposal.code]))


def text_of(client, proposal, person):
    response = page_of(client, proposal, person)
    assert response.status_code == 200
    return squeezed(response)


@pytest.mark.slow
def test_a_reviewer_reads_the_others_by_letter_once_their_own_review_counts(client, panel, reviewed):
    mine, second, third = panel.reviewers[:3]
    late = panel.assign(reviewed, panel.reviewers[3], state=AssignmentState.ACCEPTED)
    assert page_of(client, reviewed, late.reviewer).status_code == 404
    names = letters_of(reviewed)
    shown = text_of(client, reviewed, mine)
    for other, number in ((second, 1), (third, 2)):
        assert f"Reviewer {names[other.pk]}" in shown
        assert str(other) not in shown
        assert f"Sponsor text {number}" in shown
        assert f"Chair text {number}" not in shown
    assert f"to them you are Reviewer {names[mine.pk]}" in shown


def test_letters_are_the_same_to_every_reader_and_order_the_page(panel, reviewed):
    names = letters_of(reviewed)
    for reader in panel.reviewers[:3]:
        found = discussion_of(reviewed, reader)
        others = [f"Reviewer {names[each.pk]}" for each in panel.reviewers[:3] if each != reader]
        assert [each.reviewer for each in found.others] == sorted(others)
        assert found.own_name == f"Reviewer {names[reader.pk]}"


def test_an_edition_may_name_its_reviewers_and_another_not(panel, reviewed):
    elsewhere = open_review()
    theirs = elsewhere.proposal(2, 3)
    elsewhere.edition.names_reviewers = True
    elsewhere.edition.save()
    theirs.refresh_from_db()
    named = discussion_of(theirs, elsewhere.reviewers[0])
    assert [each.reviewer for each in named.others] == [str(elsewhere.reviewers[1])]
    assert all(each.reviewer.startswith("Reviewer ") for each in discussion_of(reviewed, panel.reviewers[0]).others)
    with pytest.raises(NotAllowed):
        post_comment(by=elsewhere.reviewers[0], proposal=reviewed, text="From elsewhere.")
    with pytest.raises(NotAllowed):
        post_comment(by=elsewhere.chair, proposal=reviewed, text="From elsewhere.")


@pytest.mark.slow
def test_who_is_conflicted_declined_or_excluded_gets_nothing(client, panel, reviewed):
    mine, second, third = panel.reviewers[:3]
    ConflictFactory(user=mine, sponsor=reviewed.sponsor, proposal=reviewed)
    exclude_review(by=panel.chair, assignment=reviewed.assignments.get(reviewer=second), reason="Copied.")
    walled = panel.cochair()
    ConflictFactory(user=walled, sponsor=reviewed.sponsor, proposal=reviewed)
    member = TeamMemberFactory(sponsor=reviewed.sponsor).user
    organiser = RoleFactory(edition=panel.edition, kind=RoleKind.ORGANISER).user
    for person in (mine, second, walled, member, organiser, panel.reviewers[3]):
        assert page_of(client, reviewed, person).status_code == 404
        with pytest.raises(NotAllowed):
            post_comment(by=person, proposal=reviewed, text="Let me in.")
    shown = text_of(client, reviewed, third)
    assert "Sponsor text 0" in shown  # a conflict that came up later: it counts until a chair excludes it
    assert "Sponsor text 1" not in shown
    Role.objects.filter(user=third).delete()
    assert page_of(client, reviewed, third).status_code == 404


@pytest.mark.slow
def test_the_review_page_has_it_below_the_own_review(client, panel, reviewed):
    mine = reviewed.assignments.get(reviewer=panel.reviewers[0])
    address = reverse("scoring:review", args=[panel.edition.slug, mine.pk])
    client.force_login(mine.reviewer)
    assert "Sponsor text 1" in squeezed(client.get(address))
    draft = panel.assign(reviewed, panel.reviewers[3], state=AssignmentState.ACCEPTED)
    client.force_login(draft.reviewer)
    shown = squeezed(client.get(reverse("scoring:review", args=[panel.edition.slug, draft.pk])))
    assert "Sponsor text" not in shown
    assert "Other reviews" not in shown
    assert not DiscussionVisit.objects.filter(user=draft.reviewer).exists()


@pytest.mark.slow
def test_comments_come_back_to_the_page_they_were_written_on(client, panel, reviewed):
    mine = reviewed.assignments.get(reviewer=panel.reviewers[0])
    address = reverse("scoring:discussion", args=[panel.edition.slug, reviewed.code])
    client.force_login(mine.reviewer)
    posted = client.post(address, {"text": "**Bold** <script>", "page": "review"})
    assert posted["Location"] == reverse("scoring:review", args=[panel.edition.slug, mine.pk]) + "#discussion"
    shown = client.get(address).content.decode()
    assert "<strong>Bold</strong> &lt;script&gt;" in shown
    refused = client.post(address, {"text": "x" * (LONGEST_COMMENT + 1)})
    assert refused.status_code == 422
    assert "x" * (LONGEST_COMMENT + 1) in refused.content.decode()
    client.force_login(panel.chair)
    posted = client.post(address, {"text": "A chair's word.", "page": "dossier"})
    assert posted["Location"] == reverse("scoring:dossier", args=[panel.edition.slug, reviewed.code]) + "#discussion"
    dossier = squeezed(client.get(posted["Location"]))
    assert str(mine.reviewer) in dossier
    assert Comment.objects.count() == 2


def test_reviewers_read_chairs_by_name_and_one_another_by_letter(panel, reviewed):
    mine, second = panel.reviewers[:2]
    post_comment(by=mine, proposal=reviewed, text="First.")
    post_comment(by=panel.chair, proposal=reviewed, text="Second.")
    letter = letters_of(reviewed)[mine.pk]
    authors = {
        who: [each.author for each in discussion_of(reviewed, who).remarks] for who in (mine, second, panel.chair)
    }
    assert authors[mine] == ["You", f"{panel.chair} (chair)"]
    assert authors[second] == [f"Reviewer {letter}", f"{panel.chair} (chair)"]
    assert authors[panel.chair] == [str(mine), "You"]


def test_becoming_a_chair_uncovers_no_letter(panel, reviewed):
    """What somebody said as a reviewer stays said by their letter."""
    mine, second = panel.reviewers[:2]
    post_comment(by=mine, proposal=reviewed, text="As a reviewer.")
    RoleFactory(edition=panel.edition, user=mine, kind=RoleKind.COCHAIR)
    post_comment(by=mine, proposal=reviewed, text="As a chair.")
    letter = letters_of(reviewed)[mine.pk]
    assert [each.author for each in discussion_of(reviewed, second).remarks] == [
        f"Reviewer {letter}",
        f"{mine} (chair)",
    ]


def test_a_comment_is_refused_where_there_is_nothing_to_discuss(panel, reviewed):
    mine = panel.reviewers[0]
    refusals = {}
    for text, code in (("  \x00 ", "comment-missing"), ("x" * (LONGEST_COMMENT + 1), "too-long")):
        with pytest.raises(Invalid) as refused:
            post_comment(by=mine, proposal=reviewed, text=text)
        refusals[code] = refused.value.code
    with pytest.raises(WrongState) as refused:
        post_comment(by=panel.chair, proposal=panel.proposal(), text="Too early.")
    refusals["no-review-yet"] = refused.value.code
    reviewed.state = ProposalState.WAITLISTED
    reviewed.save()
    with pytest.raises(WrongState) as refused:
        post_comment(by=mine, proposal=reviewed, text="Too late.")
    refusals["discussion-closed"] = refused.value.code
    assert refusals == {code: code for code in refusals}
    assert discussion_of(reviewed, mine).is_open is False  # but it can be read


def test_the_second_copy_of_a_form_says_it_once(panel, reviewed):
    mine = panel.reviewers[0]
    assert post_comment(by=mine, proposal=reviewed, text="Once.") == post_comment(
        by=mine, proposal=reviewed, text="Once.\r\n"
    )
    assert list(Entry.objects.filter(fact="scoring.comment_posted").values_list("actor", "proposal_id")) == [
        (mine.pk, reviewed.pk)
    ]


def test_ones_own_comment_can_be_removed_and_any_by_a_chair(panel, reviewed):
    mine, second, third = panel.reviewers[:3]
    one, two = (post_comment(by=mine, proposal=reviewed, text=text) for text in ("One.", "Two."))
    with pytest.raises(NotAllowed):
        remove_comment(by=second, comment=one)
    remove_comment(by=mine, comment=one)
    remove_comment(by=panel.chair, comment=two)
    by_reader = {who: [each.removed for each in discussion_of(reviewed, who).remarks] for who in (mine, third)}
    assert by_reader == {
        mine: ["Removed by you", f"Removed by {panel.chair} (chair)"],
        third: ["Removed by its author", f"Removed by {panel.chair} (chair)"],
    }
    assert remove_comment(by=panel.chair, comment=one).removed_by == mine
    assert Entry.objects.filter(fact="scoring.comment_removed").count() == 2


@pytest.mark.slow
def test_a_removed_comment_is_on_no_page_and_goes_by_a_button(client, panel, reviewed):
    said = post_comment(by=panel.reviewers[0], proposal=reviewed, text="Unkind words.")
    client.force_login(panel.chair)
    address = reverse("scoring:remove-comment", args=[panel.edition.slug, reviewed.code, said.pk])
    assert client.post(address, {"page": "dossier"}).status_code == 302
    for person in (*panel.reviewers[:3], panel.chair):
        assert "Unkind words" not in text_of(client, reviewed, person)
    elsewhere = panel.proposal(3)
    astray = reverse("scoring:remove-comment", args=[panel.edition.slug, elsewhere.code, said.pk])
    assert client.post(astray).status_code == 404


def test_new_is_what_came_since_the_last_look_and_the_own_review(panel, reviewed):
    mine, second = panel.reviewers[:2]
    assert discussion_of(reviewed, mine).news == 2  # submitted after mine
    look(by=mine, proposal=reviewed, saw_others=True)
    assert discussion_of(reviewed, mine).news == 0
    post_comment(by=second, proposal=reviewed, text="New.")
    post_comment(by=mine, proposal=reviewed, text="My own is not.")
    other = reviewed.assignments.get(reviewer=second).review
    other.amended_at = clock.now()
    other.save()
    found = discussion_of(reviewed, mine)
    assert [each.is_new for each in found.remarks] == [True, False]
    assert [(each.is_new, each.is_changed) for each in found.others if each.review == other] == [(False, True)]
    assert found.news == 2


def test_a_page_with_a_refusal_shows_the_others_too(client, panel, reviewed):
    client.force_login(panel.reviewers[0])
    url = reverse("scoring:discussion", args=[panel.edition.slug, reviewed.code])
    refused = client.post(url, {"text": ""})
    assert (refused.status_code, "Sponsor text 1" in refused.content.decode()) == (422, True)
    assert DiscussionVisit.objects.get(user=panel.reviewers[0]).others_seen_at is not None


def test_when_others_were_first_seen_stays(panel, reviewed):
    mine, began = panel.reviewers[0], clock.now()
    with clock.at(began):
        look(by=mine, proposal=reviewed, saw_others=False)
    assert DiscussionVisit.objects.get(user=mine).others_seen_at is None
    for hours in (1, 2):
        with clock.at(began + timedelta(hours=hours)):
            look(by=mine, proposal=reviewed, saw_others=True)
    visit = DiscussionVisit.objects.get(user=mine)
    assert (visit.others_seen_at, visit.seen_at) == (began + timedelta(hours=1), began + timedelta(hours=2))


@pytest.mark.slow
def test_a_page_costs_the_same_for_many_reviews_and_comments(client, panel, reviewed):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert page_of(client, reviewed, panel.reviewers[0]).status_code == 200
        return len(captured)

    page_of(client, reviewed, panel.reviewers[0])
    few = cost()
    for _ in range(20):
        CommentFactory(proposal=reviewed)
    panel.review(reviewed, panel.reviewers[3], 1)
    assert cost() == few <= 45


@pytest.mark.parametrize("phase", [Phase.DECIDE, Phase.PUBLISHED])
def test_comments_are_taken_until_the_program_is_published(panel, reviewed, phase):
    panel.edition.phase = phase
    panel.edition.save()
    if phase == Phase.DECIDE:
        assert post_comment(by=panel.reviewers[0], proposal=reviewed, text="While they decide.").pk
    else:
        with pytest.raises(WrongState, match="published"):
            post_comment(by=panel.reviewers[0], proposal=reviewed, text="Too late.")


def test_a_change_says_whether_the_others_were_shown_before(panel, reviewed):
    """Shown first to one reviewer, and to the other only after the change."""
    before, after = (reviewed.assignments.get(reviewer=each) for each in panel.reviewers[:2])
    look(by=before.reviewer, proposal=reviewed, saw_others=True)
    for each in (before, after):
        submit_review(by=each.reviewer, assignment=each, scores=panel.levels(4, 1), version=1)
    look(by=after.reviewer, proposal=reviewed, saw_others=True)
    reviews = Review.objects.filter(assignment__in=[before, after])
    said = {pk: each.after_others for pk, each in amendments_in(reviews, panel.edition).items()}
    assert said == {before.review.pk: True, after.review.pk: False}
