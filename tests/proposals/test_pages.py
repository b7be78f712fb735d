"""The sponsor's pages: what is typed is never lost, rivals find nothing, the number of queries does not grow."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import Phase, RoleKind
from expo.journal.services import record
from expo.kit import clock, display
from expo.program.models import Slot
from expo.proposals.models import Conflict, Proposal
from expo.proposals.queries.status import status_of
from expo.proposals.services import drafts
from expo.proposals.services.drafts import create_draft
from tests import factories as make
from tests.pages import press_undo

from .conftest import CallFixture
from .pages import body, browser, kept, plain, words


@pytest.mark.slow
def test_submit_names_everything_missing_with_links(call: CallFixture) -> None:
    draft = create_draft(by=call.member, sponsor=call.sponsor, format=call.talk)
    client = browser(call.member)
    page = body(client.get(call.url("submit", draft)))
    edit = call.url("edit", draft)
    for anchor in ("id_title", "id_abstract", "id_takeaways", "presenters", "id_public_title", "id_public_text"):
        assert f'href="{edit}#{anchor}"' in page
    assert client.post(call.url("submit", draft)).status_code == 422
    form = body(client.get(edit))
    assert all(
        f'id="{anchor}"' in form
        for anchor in ("id_title", "id_abstract", "id_takeaways", "presenters", "id_public_text")
    )


@pytest.mark.slow
def test_the_whole_way_by_form(call: CallFixture) -> None:
    client, draft = browser(call.member), call.draft()
    assert client.post(call.url("submit", draft)).headers["Location"] == call.url("detail", draft)
    assert client.post(call.url("edit", draft), words(call, version="1")).status_code == 302
    assert client.post(call.url("submit", draft)).status_code == 302
    Proposal.objects.update(state="accepted", verdict_at=draft.created_at, feedback="**Lovely**")
    assert "<strong>Lovely</strong>" in body(client.get(call.url("detail", draft)))
    client.post(call.url("confirm", draft))
    text = {"public_title": "T", "public_text": "Text", "approve": "on", "version": str(Proposal.objects.get().version)}
    assert client.post(call.url("public-text", draft), text).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.public_title, draft.public_text_approved_by) == ("confirmed", "T", call.member)
    assert client.post(call.url("withdraw", draft), {"reason": "Ill"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.revisions.count()) == ("withdrawn", 2)


def test_a_withdrawn_draft_comes_back_by_undo(call: CallFixture) -> None:
    draft, client = call.draft(), browser(call.member)
    client.post(call.url("withdraw", draft), {"reason": "Ill"})
    draft.refresh_from_db()
    assert draft.state == "withdrawn"
    press_undo(client, call.url("detail", draft))
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_undo_is_not_offered_where_a_place_was_given_up(call: CallFixture) -> None:
    draft, client = call.draft(), browser(call.member)
    client.post(call.url("submit", draft))
    page = body(client.post(call.url("withdraw", draft), {"reason": "Ill"}, follow=True))
    assert "Withdrawn. It no longer counts" in page
    assert ">Undo<" not in page


def test_verbs_are_post_only(call: CallFixture) -> None:
    draft = call.draft()
    for name in ("discard-changes", "revive", "confirm", "approve-public-text"):
        assert browser(call.member).get(call.url(name, draft)).status_code == 405


def test_only_the_text_on_the_page_is_approved(call: CallFixture) -> None:
    draft = call.draft()
    drafts.edit(by=call.member, proposal=draft, version=1, public_text="Changed meanwhile")
    client = browser(call.member)
    page = body(client.post(call.url("approve-public-text", draft), {"version": "1"}, follow=True))
    draft.refresh_from_db()
    assert ("Read it again, then approve it." in page, draft.public_text_approved_at) == (True, None)
    client.post(call.url("approve-public-text", draft), {"version": "2"})
    draft.refresh_from_db()
    assert draft.public_text_approved_by == call.member


def test_a_refused_button_says_why(call: CallFixture) -> None:
    draft = call.draft()
    page = body(browser(call.member).post(call.url("confirm", draft), follow=True))
    assert "This proposal is draft and cannot become confirmed." in page


NAMES = [
    "detail",
    "edit",
    "submit",
    "discard-changes",
    "revive",
    "withdraw",
    "confirm",
    "public-text",
    "approve-public-text",
    "availability",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_absent_and_foreign_codes_are_the_same_404(call: CallFixture, elsewhere: CallFixture, name: str) -> None:
    proposal = call.draft()
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    absent = reverse(f"proposals:{name}", args=[call.edition.slug, "NOPE22"])
    crossed = reverse(f"proposals:{name}", args=[elsewhere.edition.slug, proposal.code])
    for person in (call.rival_member, elsewhere.member, chair, make.UserFactory(is_superuser=True)):
        client = browser(person)
        pages = [(client.get(path), client.post(path)) for path in (call.url(name, proposal), absent, crossed)]
        assert {answer.status_code for pair in pages for answer in pair} == {404}
        assert plain(pages[0][0]).replace(proposal.code, "NOPE22") == plain(pages[1][0])
    proposal.refresh_from_db()
    assert proposal.state == "draft"


def test_the_anonymous_are_sent_to_sign_in(call: CallFixture) -> None:
    for path in (call.url("mine"), call.url("new"), call.url("conflicts"), call.url("detail", call.draft())):
        assert browser(None).get(path).headers["Location"].startswith("/accounts/login/")


@pytest.mark.slow
def test_a_foreign_sponsor_cannot_be_chosen(call: CallFixture, elsewhere: CallFixture) -> None:
    for sponsor in (call.rival, elsewhere.sponsor):
        client = browser(call.member)
        assert client.get(call.url("new"), {"sponsor": sponsor.pk}).status_code == 404
        assert client.post(call.url("new"), words(call, sponsor=sponsor.pk)).status_code == 404


def test_whoever_acts_for_two_sponsors_chooses_first(call: CallFixture) -> None:
    make.TeamMemberFactory(sponsor=call.rival, user=call.member)
    client = browser(call.member)
    page = body(client.get(call.url("new")))
    assert all(f"?sponsor={each.pk}" in page for each in (call.sponsor, call.rival))
    client.post(call.url("new"), words(call, sponsor=call.rival.pk))
    assert Proposal.objects.get().sponsor == call.rival


def test_the_home_shows_what_the_tier_allows_and_both_clocks(call: CallFixture) -> None:
    call.submitted()
    User.objects.filter(pk=call.member.pk).update(time_zone="Asia/Tokyo")
    page = body(browser(call.member).get(call.url("mine")))
    assert kept(page, "1 of 2 submitted, 1 left", "your time") == []


def test_the_empty_home_says_the_next_step(call: CallFixture) -> None:
    assert "Start a proposal" in body(browser(call.member).get(call.url("mine")))


def test_history_tells_nothing_of_reviewers_scores_or_unreleased_verdicts(call: CallFixture) -> None:
    proposal = call.submitted(merit=4.25)
    chair = make.UserFactory(name="Chair Secret")
    for fact in ("decisions.decided", "assignments.published", "scoring.submitted", "proposals.unheard_of"):
        record(
            fact,
            by=chair,
            target=proposal,
            proposal_id=proposal.pk,
            data={"reason": "Secret words", "state": "rejected"},
        )
    record(
        "proposals.verdict_released", by=chair, target=proposal, proposal_id=proposal.pk, data={"state": "waitlisted"}
    )
    page = body(browser(call.member).get(call.url("detail", proposal)))
    assert kept(page, "Verdict received", "The Expo chairs", "Waitlisted") == []
    assert [each for each in ("Secret", "4.25", "decided", "Rejected") if each in page] == []


def cost(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.slow
def test_lists_and_details_cost_the_same_at_2_and_20(call: CallFixture) -> None:
    client = browser(call.member)
    proposal = call.accepted()
    paths = [
        call.url("mine"),
        call.url("conflicts"),
        *(call.url(name, proposal) for name in ("detail", "availability", "public-text")),
    ]
    draft = call.draft()
    paths += [call.url("edit", draft), call.url("submit", draft), call.url("new")]

    def grow(n: int) -> None:
        for _ in range(n):
            other = make.SponsorFactory(edition=call.edition, tier=call.sponsor.tier)
            make.TeamMemberFactory(sponsor=other, user=call.member)
            call.submitted(sponsor=other)
            make.DayFactory(edition=call.edition, date=f"2027-08-{call.edition.days.count() + 1:02}")
            make.TrackFactory(edition=call.edition, formats=[call.talk])
            for each in (proposal, draft):
                presenter = make.PresenterFactory(proposal=each)
                each.topics.add(make.TopicFactory(edition=call.edition))
                presenter.away.create(starts_at="2027-08-01T13:00Z", ends_at="2027-08-01T14:00Z")
            record("proposals.edited", by=call.member, target=proposal, proposal_id=proposal.pk)
            proposal.revisions.create(
                number=proposal.revisions.count() + 1, content={"title": "x"}, created_by=call.member
            )

    def costs() -> dict[str, int]:
        return {path: cost(client, f"{path}?sponsor={call.sponsor.pk}") for path in paths}

    grow(2)
    before = costs()
    grow(9)
    assert costs() == before


@pytest.mark.slow
def test_conflicts_are_seen_and_declared_by_form(call: CallFixture) -> None:
    reviewer = make.RoleFactory(edition=call.edition).user
    make.AffiliationFactory(user=reviewer, organisation=call.sponsor.organisation)
    client = browser(reviewer)
    assert f"Works for {call.sponsor.name} or a company of its family." in body(client.get(call.url("conflicts")))
    client.post(call.url("conflicts"), {"sponsor": call.rival.pk, "detail": "Joint paper"})
    conflict = Conflict.objects.get()
    assert (conflict.user, conflict.sponsor, conflict.detail) == (reviewer, call.rival, "Joint paper")
    take_back = reverse("proposals:take-back", args=[call.edition.slug, conflict.pk])
    assert client.post(take_back).status_code == 404
    organiser = make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user
    assert "Joint paper" in body(browser(organiser).get(call.url("conflicts")))
    assert browser(organiser).post(take_back).status_code == 302
    assert Conflict.objects.count() == 0


def test_a_hidden_code_and_an_absent_one_sound_the_same(call: CallFixture) -> None:
    reviewer = make.RoleFactory(edition=call.edition).user
    hidden = call.submitted()
    texts = []
    for code in (hidden.code, "NOPE22"):
        answer = browser(reviewer).post(call.url("conflicts"), {"sponsor": call.sponsor.pk, "code": code})
        texts.append(plain(answer).replace(code, "CODE"))
    assert (texts[0] == texts[1], Conflict.objects.count()) == (True, 0)


def test_strangers_have_no_conflicts_page(call: CallFixture, elsewhere: CallFixture) -> None:
    for person in (make.UserFactory(), elsewhere.member, make.UserFactory(is_superuser=True)):
        assert browser(person).get(call.url("conflicts")).status_code == 404


def test_availability_is_changed_by_form(call: CallFixture) -> None:
    proposal, day = call.accepted(), make.DayFactory(edition=call.edition)
    presenter = make.PresenterFactory(proposal=proposal)
    start, end = (f"presenter{presenter.pk}-day{day.pk}-0-{each}" for each in ("from", "to"))
    client = browser(call.member)
    wrong = client.post(call.url("availability", proposal), {start: "12:00", end: "10:00"})
    assert (wrong.status_code, 'value="12:00"' in body(wrong)) == (422, True)
    assert client.post(call.url("availability", proposal), {start: "10:00", end: "12:00"}).status_code == 302
    assert 'value="10:00"' in body(client.get(call.url("availability", proposal)))


def home_of(user: User) -> str:
    return " ".join(body(browser(user).get("/")).split())


def own_page(call: CallFixture) -> str:
    return " ".join(body(browser(call.member).get(call.url("mine"))).split())


def test_home_says_what_to_do_whatever_the_phase(call: CallFixture) -> None:
    """The verdict is out while the edition still decides: the page asks to confirm, and by when."""
    call.edition.phase = Phase.DECIDE
    call.edition.confirm_by_at = datetime(2027, 5, 1, 16, tzinfo=UTC)
    call.edition.save()
    accepted, missed = call.accepted(title="Ours", public_text_approved_at=None), call.draft(title="Left over")
    page = home_of(call.member)
    assert kept(page, "session to confirm", "Ours", "Sat 1 May 2027", call.url("public-text", accepted)) == []
    assert (call.url("submit", missed) in page, "Left over" in page) == (False, False)
    assert ("Nothing waits" in page, "chairs are deciding" in page) == (False, False)
    assert status_of(accepted, clock.now()).text == "It is accepted."
    assert (
        kept(own_page(call), "Not submitted before the deadline", "so it is not considered", "mailto:expo@icml") == []
    )


def test_home_counts_ones_companies_and_leaves_rivals_out(call: CallFixture) -> None:
    other = make.SponsorFactory(edition=call.edition, tier=call.sponsor.tier)
    make.TeamMemberFactory(sponsor=other, user=call.member)
    draft = call.draft(title="Ours")
    call.submitted(sponsor=other, title="Theirs")
    call.draft(sponsor=call.rival, title="Rival's")
    page = home_of(call.member)
    assert kept(page, "draft to submit", "Ours", call.url("submit", draft)) == []
    assert ("Rival" in page, "Theirs" in page) == (False, False)
    closes = call.edition.call_closes_at.astimezone(call.edition.zone)
    assert display.in_zone(closes, closes.tzinfo) in page


def test_a_slot_to_accept_is_something_to_do(call: CallFixture) -> None:
    call.edition.phase = Phase.SCHEDULE
    call.edition.save()
    proposal = call.accepted(state="confirmed")
    start = datetime(2027, 7, 18, 16, tzinfo=UTC)
    slot = Slot.objects.create(
        proposal=proposal,
        room=make.RoomFactory(edition=call.edition, name="Hall A"),
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        told_by=call.member,
    )
    assert (
        kept(home_of(call.member), "slot to accept", reverse("program:slot", args=[call.edition.slug, proposal.code]))
        == []
    )
    page = plain(browser(call.member).get(call.url("detail", proposal)))
    assert ("Accept your slot" in page, "Nothing to do" in page) == (True, False)
    Slot.objects.filter(pk=slot.pk).update(state="accepted", answered_at=start)
    on_stage = status_of(Proposal.objects.get(pk=proposal.pk), clock.now()).text
    assert on_stage.startswith(
        "It is accepted, and you have confirmed it. On stage Sun 18 Jul 2027, 12:00 to 13:00 EDT"
    )
    page = home_of(call.member)
    assert ("slot to accept" in page, "Nothing waits for you." in page) == (False, True)
