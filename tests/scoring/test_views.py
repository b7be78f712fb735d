"""The pages of reviewers and chairs."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.proposals.queries.claims import questions
from expo.proposals.services.claim_answers import answer_claim
from reviews.assignments.states import AssignmentState
from reviews.scoring.models import Review
from reviews.scoring.services.reviews import save_review, submit_review
from tests.factories import AssignmentFactory, ConflictFactory, PresenterFactory, SponsorFactory, UserFactory
from tests.pages import press_undo, squeezed


def address(assignment):
    return reverse("scoring:review", args=[assignment.edition.slug, assignment.pk])


def filled(panel, *values, version=0, **more):
    chosen = {f"criterion_{each.pk}": value for each, value in zip(panel.criteria, values, strict=False)}
    return {**chosen, "confidence": 2, "version": version, "for_chairs": "", "for_sponsor": "", **more}


@pytest.fixture
def assignment(panel):
    sponsor = SponsorFactory(edition=panel.edition, name="Northwind Robotics")
    proposal = panel.proposal(sponsor=sponsor)
    PresenterFactory(proposal=proposal, name="Ada Stage", affiliation="Northwind Robotics")
    return panel.assign(proposal, state=AssignmentState.OFFERED)


@pytest.fixture
def reviewer(client, assignment):
    client.force_login(assignment.reviewer)
    return client


@pytest.fixture
def chair(client, panel):
    client.force_login(panel.chair)
    return client


@pytest.mark.slow
def test_the_sponsor_stays_hidden_until_the_own_review_is_in(panel, reviewer, assignment):
    def page():
        return reviewer.get(address(assignment)).content.decode()

    for hidden in ("Northwind", "Ada Stage", "Gold"):
        assert hidden not in page()
    assert "Shown once your review is submitted" in page()
    reviewer.post(address(assignment), filled(panel, 3, 2, do="save"))
    assert "Northwind" not in page()
    reviewer.post(address(assignment), filled(panel, 3, 2, version=1, do="submit"))
    assert "Northwind Robotics, Gold" in page()
    assert "Ada Stage" in page()


def test_an_edition_may_show_the_sponsor_from_the_start(panel, reviewer, assignment):
    panel.edition.hide_sponsor_until_scored = False
    panel.edition.save()
    assert "Northwind Robotics, Gold" in reviewer.get(address(assignment)).content.decode()


def test_levels_come_with_anchors_and_nothing_unsafe(panel, reviewer, assignment):
    criterion = panel.criteria[0]
    criterion.question = "Is it <b>bold</b>?"
    criterion.save()
    text = reviewer.get(address(assignment)).content.decode()
    assert "It is 3 of 4." in text
    assert "Is it &lt;b&gt;bold&lt;/b&gt;?" in text


def test_submitting_with_gaps_names_them_and_keeps_what_was_typed(panel, reviewer, assignment):
    response = reviewer.post(address(assignment), filled(panel, 3, for_sponsor="Kept words", do="submit"))
    text = response.content.decode()
    assert response.status_code == 422
    assert "Choose a level. All criteria need one before you submit." in text
    assert "Kept words" in text
    assert not Review.objects.exists()


def test_save_and_next_leads_on_in_the_own_order(panel, reviewer, assignment):
    second = panel.assign(panel.proposal(), assignment.reviewer, position=5)
    response = reviewer.post(address(assignment), filled(panel, do="next"))
    assert response.url == address(second)
    response = reviewer.post(address(second), filled(panel, do="next"))
    assert response.url == address(assignment)
    assert not Review.objects.filter(state="submitted").exists()


def test_submit_and_next_hands_in_and_leads_on(panel, reviewer, assignment):
    second = panel.assign(panel.proposal(), assignment.reviewer, position=5)
    assert reviewer.post(address(assignment), filled(panel, 3, do="submit-next")).status_code == 422
    response = reviewer.post(address(assignment), filled(panel, 3, 2, do="submit-next"))
    assert (response.url, Review.objects.get().state) == (address(second), "submitted")
    text = reviewer.get(response.url).content.decode()
    assert f'data-saved-draft="expo-draft:{assignment.reviewer_id}:{assignment.pk}"' in text
    response = reviewer.post(address(second), filled(panel, 3, 2, do="submit-next"))
    assert response.url == reverse("assignments:queue", args=[panel.edition.slug])


def test_the_page_saves_by_itself_and_learns_the_version_or_why_not(panel, reviewer, assignment):
    def save(*values, **more):
        answer = reviewer.post(address(assignment), filled(panel, *values, do="autosave", **more))
        return answer.status_code, answer.json()

    assert save(3, for_sponsor="First words") == (200, {"version": 1})
    assert save(3, for_sponsor="More words", version=1) == (200, {"version": 2})
    assert save(3, for_sponsor="More words", version=1) == (200, {"version": 2})  # the answer was lost, so sent again
    status, answer = save(1, for_sponsor="Another tab", version=1)
    assert (status, answer["code"]) == (409, "stale-version")
    assert save(3, for_sponsor="x" * 20_000, version=2)[0] == 422
    review = Review.objects.get()
    assert (review.for_sponsor, review.state, review.version) == ("More words", "draft", 2)
    assert Entry.objects.filter(fact="scoring.draft_saved").count() == 1
    reviewer.post(address(assignment), filled(panel, 3, 2, do="submit", version=2))
    assert save(1, 1, version=3)[1]["code"] == "already-submitted"


def test_a_form_that_is_behind_is_not_sent_again_by_itself(panel, reviewer, assignment):
    saves_itself = " data-autosave"
    assert saves_itself in reviewer.get(address(assignment)).content.decode()
    assert saves_itself in reviewer.post(address(assignment), filled(panel, 3, do="submit")).content.decode()
    reviewer.post(address(assignment), filled(panel, 3, do="save"))
    assert saves_itself not in reviewer.post(address(assignment), filled(panel, 1, do="save")).content.decode()


@pytest.mark.slow
def test_a_complete_draft_is_marked_where_somebody_can_act_on_it(panel, client, assignment):
    pages = {
        assignment.reviewer: [address(assignment), reverse("assignments:queue", args=[panel.edition.slug])],
        panel.chair: [
            reverse("assignments:board", args=[panel.edition.slug]),
            reverse("assignments:proposal", args=[panel.edition.slug, assignment.proposal.code]),
        ],
    }

    def marked():
        found = []
        for user, mine in pages.items():
            client.force_login(user)
            found += ["complete, not submitted" in client.get(page).content.decode().lower() for page in mine]
        return found

    about = {"by": assignment.reviewer, "assignment": assignment}
    for version, values, is_complete in ((0, (3,), False), (1, (3, 2), True)):
        save_review(**about, scores=panel.levels(*values), version=version)
        assert marked() == [is_complete] * 4
    submit_review(**about, scores=panel.levels(3, 2), version=2)
    assert marked() == [False] * 4


def test_save_and_next_at_the_end_goes_back_to_the_queue(panel, reviewer, assignment):
    response = reviewer.post(address(assignment), filled(panel, do="next"))
    assert response.url == reverse("assignments:queue", args=[panel.edition.slug])


@pytest.mark.slow
def test_a_stale_form_comes_back_with_what_was_typed_and_may_then_replace(panel, reviewer, assignment):
    reviewer.post(address(assignment), filled(panel, 1, 1, do="save"))
    stale = reviewer.post(address(assignment), filled(panel, 4, 4, do="save", for_chairs="Second tab"))
    text = stale.content.decode()
    assert "saved elsewhere" in text
    assert "Second tab" in text
    assert 'name="version" value="1"' in text
    reviewer.post(address(assignment), filled(panel, 4, 4, do="save", for_chairs="Second tab", version=1))
    assert Review.objects.get().for_chairs == "Second tab"


@pytest.mark.parametrize(
    "bad",
    [
        {"version": "x"},
        {"version": ""},
        {"confidence": "9"},
        {"for_sponsor": "x" * 20_000},
        {"version": "99999999999999999999"},
    ],
)
def test_bad_input_gets_a_sentence(panel, reviewer, assignment, bad):
    response = reviewer.post(address(assignment), {**filled(panel, 3, 3, do="save"), **bad})
    assert response.status_code == 422


def test_a_late_review_is_taken_and_then_closed(panel, reviewer, assignment):
    panel.edition.phase = Phase.DECIDE
    panel.edition.save()
    assert "Your review still counts if you submit it" in reviewer.get(address(assignment)).content.decode()
    assert reviewer.post(address(assignment), filled(panel, 3, 3, do="submit")).status_code == 302
    assert "Decisions have begun" in reviewer.get(address(assignment)).content.decode()
    response = reviewer.post(address(assignment), filled(panel, 4, 4, do="submit", version=1))
    assert "a submitted review no longer changes" in response.content.decode()


@pytest.mark.slow
@pytest.mark.parametrize("is_blind", [True, False])
def test_a_change_after_submitting_reads_as_a_diff_beside_what_was_first(
    panel, reviewer, chair_page, assignment, is_blind
):
    panel.edition.hide_sponsor_until_scored = is_blind
    panel.edition.save()

    def send(version, *values, **more):
        answer = reviewer.post(
            address(assignment), filled(panel, *values, version=version, do="submit", **more), follow=True
        )
        return squeezed(answer.content.decode())

    said = send(0, 3, 2, for_sponsor="Show the data.")
    assert "Review submitted. You can change it until decisions begin." in said
    assert "Your changes" not in said
    assert "Changed after" not in chair_page(assignment.proposal)
    said = send(1, 4, 2, for_sponsor="Show all the data.", is_recruiting="on", confidence=3)
    assert "Changes saved. What you submitted at first stays on record" in said
    for text in (said, chair_page(assignment.proposal)):
        assert "Substance:<del>3</del>→<ins>4</ins>" in text
        assert "Recruiting or sales:<del>not flagged</del>→<ins>flagged</ins>" in text
        assert "Confidence:<del>medium</del>→<ins>high</ins>" in text
        assert "<ins>all</ins>" in text
        assert "Evidence:<del>" not in text
        assert ("after the sponsor became visible" in text) == is_blind
    assert "first 3" in chair_page(assignment.proposal)
    send(2, 3, 1, for_sponsor="Show the data.")
    text = chair_page(assignment.proposal)
    assert "Substance:<del>4</del>→<ins>3</ins>" in text
    whole = text.split("From first submitted to now")[1].split("</ul>")[0]
    assert "Evidence:<del>2</del>→<ins>1</ins>" in whole
    assert "Substance" not in whole


@pytest.mark.slow
def test_the_first_look_is_kept_and_how_far_one_is_stands_on_top(panel, client, reviewer, chair_page, assignment):
    panel.assign(panel.proposal(), assignment.reviewer, state=AssignmentState.SUBMITTED)
    reviewer.head(address(assignment))
    assert "read 1st" not in chair_page(assignment.proposal)
    assert "1 of 2 reviews in" in reviewer.get(address(assignment)).content.decode()
    first = type(assignment).objects.get(pk=assignment.pk).opened_at
    reviewer.get(address(assignment))
    assert type(assignment).objects.get(pk=assignment.pk).opened_at == first is not None
    assert "read 1st, planned 1st of 2" in chair_page(assignment.proposal)
    client.force_login(panel.chair)
    board = reverse("assignments:board", args=[panel.edition.slug])
    for page in (board, f"{board}?view=reviewers"):
        assert "read 1st, planned 1st of 2" in client.get(page).content.decode()


@pytest.fixture
def chair_page(panel):
    """The dossier as a chair sees it."""
    client = Client()
    client.force_login(panel.chair, backend="django.contrib.auth.backends.ModelBackend")

    def page(proposal):
        address = reverse("scoring:dossier", args=[panel.edition.slug, proposal.code])
        return squeezed(client.get(address).content.decode())

    return page


@pytest.mark.slow
def test_strangers_conflicts_and_other_editions_get_404(panel, client, assignment):
    other = panel.assign(panel.proposal())
    for user in (UserFactory(), panel.chair, other.reviewer):
        client.force_login(user)
        assert client.get(address(assignment)).status_code == 404
    client.force_login(assignment.reviewer)
    ConflictFactory(user=assignment.reviewer, sponsor=assignment.proposal.sponsor)
    assert client.get(address(assignment)).status_code == 404
    assert client.post(address(assignment), filled(panel, 3, 3)).status_code == 404


class TestRanking:
    def page(self, panel, client, query=""):
        return client.get(reverse("scoring:standings", args=[panel.edition.slug]) + query)

    def test_an_empty_edition_says_the_next_step(self, panel, chair):
        assert "No proposals under review yet" in self.page(panel, chair).content.decode()

    @pytest.mark.slow
    def test_rows_sort_filter_and_show_the_line(self, panel, chair):
        for value in (4, 3, 2, 1):
            panel.proposal(value, value, value, title=f"Talk of {value}")
        response = self.page(panel, chair)
        text = response.content.decode()
        assert [text.index(f"Talk of {n}") for n in (4, 3, 2, 1)] == sorted(
            text.index(f"Talk of {n}") for n in (4, 3, 2, 1)
        )
        assert f"Line of Talk: 2 places, at {response.context['ranking'].scores[1].merit:.2f}" in text
        rows = self.page(panel, chair, "?sort=mean").context["rows"]
        assert [row["row"].mean for row in rows] == [1, 2, 3, 4]
        rows = self.page(panel, chair, "?q=talk+of+3&format=talk&flag=").context["rows"]
        assert [row["row"].proposal.title for row in rows] == ["Talk of 3"]

    def test_nonsense_in_the_address_shows_everything(self, panel, chair):
        panel.proposal(3)
        response = self.page(panel, chair, "?sort=-nope&page=-3&format=&flag=nope")
        assert response.status_code == 200

    def test_only_cochairs(self, panel, client):
        for user in (UserFactory(), panel.reviewers[0]):
            client.force_login(user)
            assert self.page(panel, client).status_code == 404

    @pytest.mark.slow
    def test_the_page_of_a_walled_chair_is_the_same_whatever_is_hidden(self, panel, chair):
        panel.proposal(4, 3, 2)
        hidden = panel.proposal(1, 1, 1, title="Hidden Gem")
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)

        def text():
            return self.page(panel, chair).content.decode().split("<main", 1)[1]

        before = text()
        panel.review(hidden, panel.reviewers[3], 4)
        assert text() == before
        assert "Hidden Gem" not in before
        dossier = reverse("scoring:dossier", args=[panel.edition.slug, hidden.code])
        assert chair.get(dossier).status_code == 404


def test_the_dossier_shows_levels_comments_and_history(panel, chair):
    proposal = panel.proposal()
    panel.review(proposal, panel.reviewers[0], 4, for_chairs="Strong *and* clear", for_sponsor="Add <script>numbers")
    text = chair.get(reverse("scoring:dossier", args=[panel.edition.slug, proposal.code])).content.decode()
    assert "Strong <em>and</em> clear" in text
    assert "<script>numbers" not in text
    assert proposal.sponsor.name in text
    assert str(panel.reviewers[0]) in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["standings", "dossier"])
def test_pages_ask_a_constant_number_of_questions(panel, chair, name):
    proposals = [panel.proposal(3, 2, 4) for _ in range(2)]

    def asked():
        arguments = [panel.edition.slug] + ([proposals[0].code] if name == "dossier" else [])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert chair.get(reverse(f"scoring:{name}", args=arguments)).status_code == 200
        return len(queries)

    asked()
    few = asked()
    for _ in range(18):
        panel.proposal(3, 2, 4)
    assert asked() == few


def test_the_dossier_marks_a_review_under_a_conflict_and_a_chair_excludes_it(panel, chair):
    proposal = panel.proposal(4, 2)
    given = proposal.assignments.get(reviewer=panel.reviewers[1])
    ConflictFactory(user=given.reviewer, sponsor=proposal.sponsor, detail="Joint paper.")
    page = reverse("scoring:dossier", args=[panel.edition.slug, proposal.code])
    assert "Joint paper. The review counts until a chair excludes it." in chair.get(page).content.decode()
    exclude, include = (
        reverse(f"scoring:{verb}", args=[panel.edition.slug, given.pk]) for verb in ("exclude", "include")
    )
    refused = chair.post(exclude, {"reason": ""})
    assert (refused.status_code, "This field is required." in refused.content.decode()) == (422, True)
    assert chair.post(exclude, {"reason": "Wrote with them."}).url == page
    text = chair.get(page).content.decode()
    assert all(each in text for each in ("Wrote with them.", "Does not count", include))
    assert chair.post(include).url == page
    assert "Does not count" not in chair.get(page).content.decode()
    chair.post(exclude, {"reason": "Wrote with them."})
    press_undo(chair, page)
    assert "Does not count" not in chair.get(page).content.decode()


@pytest.mark.django_db
def test_the_page_of_a_review_shows_nothing_but_the_question_until_it_is_answered(client):
    given = AssignmentFactory()
    proposal, reviewer, edition = given.proposal, given.reviewer, given.edition
    PresenterFactory(proposal=proposal, email=reviewer.email)
    client.force_login(reviewer, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("scoring:review", args=[edition.slug, given.pk])
    page = client.get(address).content.decode()
    assert "A question first" in page
    assert proposal.abstract[:40] not in page
    refused = client.post(address, {"for_sponsor": "A long remark", "do": "save"})
    assert (refused.status_code, b"A long remark" in refused.content) == (409, True)
    (asked,) = questions(reviewer)
    answer_claim(by=reviewer, token=asked.token, is_yes=False)
    assert proposal.abstract[:40] in client.get(address).content.decode()
    given.refresh_from_db()
    assert given.state == "accepted"
