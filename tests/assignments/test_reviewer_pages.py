"""The reviewer's own pages: invitation, publications, bids, days away."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from expo.accounts.services import save_coauthors
from expo.kit import clock
from expo.kit.errors import Invalid
from expo.proposals.models import Conflict
from expo.proposals.queries.claims import questions
from expo.proposals.services.claim_answers import answer_claim
from reviews.assignments.models import Absence, Bid, Publication, QueueSettings, ReviewerProfile
from reviews.assignments.services import profiles
from reviews.assignments.states import InvitationAnswer
from tests import factories as make
from tests.pages import press_undo, squeezed

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(world, client):
    user = world.reviewer(name="Ada Lovelace")
    client.force_login(user)
    return user


def at(name, world, *args):
    return reverse(f"assignments:{name}", args=[world.edition.slug, *args])


def read(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def send(client, address, data, status):
    answer = client.post(address, data)
    assert answer.status_code == status
    return answer["Location"] if status == 302 else answer.content.decode()


def profile(user):
    return ReviewerProfile.objects.get(user=user)


# --- The invitation ---


def test_the_invitation_shows_load_dates_and_conflicts_with_their_source(client, world, ada):
    proposal = world.proposal(title="Secret plans")
    make.PresenterFactory(proposal=proposal, name="Ann Lee")
    save_coauthors(by=ada, coauthors=[("Ann Lee", None)])
    (asked,) = questions(ada)
    answer_claim(by=ada, token=asked.token, is_yes=True)
    page = read(client, at("join", world))
    for words in ("At most 3", "is read by 2 reviewers", "Coauthor", "You have written with one of its presenters."):
        assert words in page
    assert reverse("proposals:conflicts", args=[world.edition.slug]) in page
    assert "Secret plans" not in page
    assert "Ann Lee" not in page


def test_confirming_brings_one_to_the_queue(client, world, ada):
    typed = {"topics": [world.vision.pk], "about": "Drift.", "max_load": 2, "has_no_employer": "on", "confirm": ""}
    assert send(client, at("join", world), typed, 302) == at("queue", world)
    assert (profile(ada).answer, profile(ada).about, profile(ada).max_load) == (InvitationAnswer.CONFIRMED, "Drift.", 2)
    assert "Will you review?" not in read(client, at("queue", world))


def test_saving_first_asks_about_the_coauthors_that_a_list_brings(client, world, ada):
    make.PresenterFactory(proposal=world.proposal(), name="Ann Lee")
    typed = {"publications": "@misc{a, title={A}, author={Ann Lee}}", "save": ""}
    assert send(client, at("join", world), typed, 302) == at("join", world)
    page = read(client, at("join", world))
    assert "1 publication on your list" in page
    assert "Have you written with a presenter?" in page
    assert profile(ada).answer == InvitationAnswer.NONE


def test_lines_that_are_no_publication_are_told(client, world, ada):
    typed = {"publications": "One\n" + "\n".join("---" for _ in range(7)), "has_no_employer": "on", "confirm": ""}
    client.post(at("join", world), typed)
    page = read(client, at("queue", world))
    assert "Line 2 of your publications was left out. It has no title." in page
    assert "2 more lines of your publications were left out." in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"max_load": "9999"}, "200"),
        ({"max_load": "many"}, "whole number"),
        ({"topics": ["77777"]}, "77777"),
        ({"first_day": "2030-01-01"}, "Enter both days, or none."),
        ({"first_day": "2030-01-02", "last_day": "2030-01-01"}, "The last day is before the first."),
        ({"about": "x" * 5001}, "5000"),
        ({"has_no_employer": ""}, "Say where you work now, or tick that you have no employer"),
        ({"employer1-organisation": "Uni", "employer1-relation": "employee"}, "your list says where you work today"),
        ({"employer1-started_on": "2020-01-01"}, "Something is missing or wrong in where you work"),
        ({"employer1-organisation": "Uni", "employer1-relation": "boss"}, "boss is not one of the available choices"),
        ({"publications": "@article{"}, "no work in this list"),
    ],
)
def test_what_cannot_be_keeps_everything_typed_and_says_why(client, world, ada, typed, words):
    page = send(
        client, at("join", world), {"about": "My own words", "has_no_employer": "on", **typed, "confirm": ""}, 422
    )
    assert words in page
    assert typed.get("about", "My own words")[:100] in page
    assert profile(ada).answer == InvitationAnswer.NONE


def test_the_employer_comes_first_and_brings_its_conflicts(client, world, ada):
    sponsor = world.proposal().sponsor
    page = read(client, at("join", world))
    assert (
        page.index("Where you work now")
        < page.index("What you know")
        < page.index("How many reviews, and when you are away")
    )
    assert "most conflicts cannot be found yet" in squeezed(page)
    assert "None found" not in page
    typed = {
        "employer1-organisation": sponsor.organisation.name,
        "employer1-relation": "employee",
        "employer2-organisation": "Old Lab",
        "employer2-relation": "employee",
        "employer2-ended_on": "2026-01-31",
    }
    assert send(client, at("join", world), {**typed, "save": ""}, 302) == at("join", world)
    page = read(client, at("join", world))
    assert sponsor.name in page
    assert "Old Lab, employee, until 31 January 2026" in squeezed(page)
    assert "cannot be found yet" not in page
    assert send(client, at("join", world), {"confirm": ""}, 302) == at("queue", world)


def test_a_past_employer_alone_is_not_the_answer(world, ada):
    make.AffiliationFactory(user=ada, ended_on=clock.now().date() - timedelta(days=30))
    with pytest.raises(Invalid, match="Say where you work now"):
        profiles.confirm_invitation(by=ada, edition=world.edition, topics=[], max_load=None)
    assert not ReviewerProfile.objects.filter(answer=InvitationAnswer.CONFIRMED).exists()


def test_who_confirmed_without_an_employer_before_is_asked_in_the_queue(client, world, ada):
    ReviewerProfile.objects.filter(user=ada).update(answer=InvitationAnswer.CONFIRMED)
    assert "We do not know your current employer" in read(client, at("queue", world))
    make.AffiliationFactory(user=ada)
    assert "We do not know your current employer" not in read(client, at("queue", world))


def test_who_has_chosen_topics_is_not_asked_for_them_again(client, world, ada):
    assert "Choose my topics" in read(client, at("queue", world))
    profiles.save_expertise(by=ada, edition=world.edition, topics=[world.vision], max_load=None)
    page = read(client, at("queue", world))
    assert "You have chosen your topics" in page
    assert "Choose my topics" not in page


# --- A conflict with the very proposal ---


def test_one_click_declares_a_conflict_with_the_proposal_and_tells_no_sponsor(client, world, ada):
    proposal = world.proposal()
    given = make.AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=ada)
    button = at("conflict", world, given.pk)
    assert button in read(client, at("queue", world))
    assert button in read(client, reverse("scoring:review", args=[world.edition.slug, given.pk]))
    for _ in range(2):
        assert send(client, button, {}, 302) == at("queue", world)
    kept = Conflict.objects.get()
    assert (kept.user, kept.sponsor, kept.proposal, kept.declared_by) == (ada, proposal.sponsor, proposal, ada)
    given.refresh_from_db()
    assert given.state == "released"
    assert QueueSettings.objects.get(edition=world.edition).wanted_at is not None
    for page in (at("queue", world), at("join", world), reverse("proposals:conflicts", args=[world.edition.slug])):
        mine = read(client, page).replace(f'<option value="{proposal.sponsor.pk}">{proposal.sponsor}</option>', "")
        assert proposal.sponsor.name not in mine.replace(
            f'<option value="{proposal.sponsor.organisation}"></option>', ""
        )


def test_a_conflict_after_submitting_leaves_the_review_to_a_chair(client, world, ada):
    given = make.AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=ada, state="submitted")
    client.post(at("conflict", world, given.pk), {"note": "Joint paper."})
    assert "a chair decides whether it counts" in read(client, at("queue", world))
    given.refresh_from_db()
    assert (given.state, Conflict.objects.get().detail) == ("submitted", "Joint paper.")


def test_a_note_that_is_too_long_comes_back(client, world, ada):
    given = make.AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=ada)
    page = send(client, at("conflict", world, given.pk), {"note": "x" * 201}, 422)
    assert "x" * 201 in page
    assert not Conflict.objects.exists()


def test_only_its_reviewer_declares_a_conflict_by_the_assignment(client, world, ada):
    given = make.AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=world.reviewer())
    send(client, at("conflict", world, given.pk), {}, 404)


def test_a_code_with_a_guessed_sponsor_tells_a_reviewer_nothing(client, world, ada):
    proposal, other = world.proposal(), world.proposal()
    make.AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=ada)
    page = reverse("proposals:conflicts", args=[world.edition.slug])
    right, wrong = (
        send(client, page, {"sponsor": sponsor.pk, "code": proposal.code}, 422)
        for sponsor in (proposal.sponsor, other.sponsor)
    )
    assert "You see no proposal of this sponsor with this code." in right
    errors = [re.findall(r'<ul class="errors".*?</ul>', squeezed(each)) for each in (right, wrong)]
    assert errors[0] == errors[1] != []
    assert not Conflict.objects.exists()


def test_declining_needs_a_reason_and_is_told_in_the_queue(client, world, ada):
    assert "required" in send(client, at("decline-invitation", world), {"reason": ""}, 422)
    assert send(client, at("decline-invitation", world), {"reason": "On leave."}, 302) == at("join", world)
    assert (profile(ada).answer, profile(ada).answer_note) == (InvitationAnswer.DECLINED, "On leave.")
    assert "You have declined" in read(client, at("queue", world))


# --- Publications ---


def test_a_pasted_list_appears_and_bad_lines_are_named(client, world, ada):
    page = send(client, at("publications", world), {"text": "Demand forecasts (2024)\n2001"}, 200)
    assert all(words in page for words in ("Demand forecasts", "2024", "Some lines were left out", "It has no title."))
    (work,) = Publication.objects.all()
    assert send(client, at("remove-publication", world, work.pk), {}, 302) == at("publications", world)
    assert not Publication.objects.exists()
    press_undo(client, at("publications", world))
    (back,) = Publication.objects.all()
    assert (back.title, back.abstract, back.year) == ("Demand forecasts", "", 2024)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("list.bib", b"@article{a, title={Demand forecasts}}"),
        ("list.csv", "title;year\nDemand forecasts;2024".encode("utf-16")),
        ("list.txt", b"Demand forecasts"),
    ],
)
def test_a_file_is_taken_in_whatever_its_kind(client, world, ada, name, data):
    file = SimpleUploadedFile(name, data)
    assert send(client, at("publications", world), {"file": file}, 302) == at("publications", world)
    assert [work.title for work in Publication.objects.all()] == ["Demand forecasts"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xff\x00", "This file is not UTF-8 text."),
        (b"%PDF-1.7 \x00", "This is not a text file."),
        (b"x" * 1_000_001, "1000 kB is the most."),
        (b"", "The submitted file is empty."),
        (b" \n", "There is no work in this list."),
        (b"@article{", "Line 1: This entry is broken"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(client, world, ada, data, words):
    page = send(client, at("publications", world), {"file": SimpleUploadedFile("list.bib", data)}, 422)
    assert words in page
    assert not Publication.objects.exists()


def test_nothing_at_all_is_refused(client, world, ada):
    assert "Paste a list or choose a file." in send(client, at("publications", world), {"text": " "}, 422)


def test_somebody_elses_publication_is_not_there(client, world, ada):
    other = world.reviewer()
    profiles.add_publications(by=other, edition=world.edition, text="One")
    send(client, at("remove-publication", world, Publication.objects.get().pk), {}, 404)
    assert Publication.objects.count() == 1


# --- Days away ---


def test_days_away_come_and_go(client, world, ada):
    day = clock.now().date() + timedelta(days=9)
    assert send(client, at("away", world), {"first_day": day, "last_day": day}, 302) == at("away", world)
    assert f"{day:%B} {day.year}" in read(client, at("away", world))
    send(client, at("remove-away", world, Absence.objects.get().pk), {}, 302)
    assert not Absence.objects.exists()
    press_undo(client, at("away", world))
    assert [(each.first_day, each.last_day) for each in Absence.objects.all()] == [(day, day)]


def test_past_days_are_removed_for_good(client, world, ada):
    day = clock.now().date() - timedelta(days=9)
    absence = Absence.objects.create(profile=profiles.lock_profile(ada, world.edition), first_day=day, last_day=day)
    send(client, at("remove-away", world, absence.pk), {}, 302)
    page = read(client, at("away", world))
    assert "Removed." in page
    assert "Undo" not in page
    assert "No days away" in page


@pytest.mark.parametrize("last", ["", "2030-13-01", "2020-01-01"])
def test_odd_days_are_refused_and_stay_typed(client, world, ada, last):
    page = send(client, at("away", world), {"first_day": "2030-01-05", "last_day": last}, 422)
    assert 'value="2030-01-05"' in page
    assert not Absence.objects.exists()


# --- Bids ---


@pytest.fixture
def bidding(world):
    QueueSettings.objects.create(edition=world.edition, takes_bids=True)
    return world


def test_the_page_names_no_sponsor_and_no_tier_and_keeps_answers(client, bidding, ada):
    proposal = bidding.proposal(bidding.vision, title="Demand forecasts", abstract="They drift.")
    page = read(client, at("bids", bidding))
    assert all(words in page for words in ("Demand forecasts", "They drift.", "Vision"))
    assert proposal.sponsor.name not in page
    assert proposal.sponsor.tier.name not in page
    typed = {f"bid-{proposal.pk}": "want", "bid-x": "want", "bid-99999999": "no", "other": "1"}
    assert send(client, at("bids", bidding) + "?show=open", typed, 302) == at("bids", bidding) + "?show=open"
    assert list(Bid.objects.values_list("proposal", "value")) == [(proposal.pk, "want")]
    assert "No matches" in read(client, at("bids", bidding) + "?show=open")
    assert "Demand forecasts" in read(client, at("bids", bidding) + "?show=want&topic=" + bidding.vision.slug)
    assert "No matches" in read(client, at("bids", bidding) + "?q=robots")


def test_nonsense_is_told_and_changes_nothing(client, bidding, ada):
    proposal = bidding.proposal()
    send(client, at("bids", bidding), {f"bid-{proposal.pk}": "must"}, 302)
    assert "is not a bid" in read(client, at("bids", bidding))
    assert not Bid.objects.exists()


def test_an_edition_without_bids_says_so(client, world, ada):
    assert "No bids in this edition" in read(client, at("bids", world))


def test_whoever_is_tied_reads_why_and_no_proposal(client, bidding, ada):
    bidding.proposal(title="Demand forecasts")
    make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=bidding.edition, organisation__name="Acme"), user=ada)
    page = read(client, at("bids", bidding))
    assert "You belong to the team of Acme." in page
    assert "Demand forecasts" not in page


# --- Tabs ---


def test_every_page_of_the_profile_has_its_tabs(client, world, ada):
    conflicts = reverse("proposals:conflicts", args=[world.edition.slug])
    names = [at(name, world) for name in ("profile", "publications", "away", "bids")]
    for address in (*names, conflicts):
        page = squeezed(read(client, address))
        assert f'<a href="{address}" aria-current="page">' in page
        assert all(f'<a href="{other}"' in page for other in (*names[:3], conflicts))


def test_who_does_not_review_has_no_tabs_beside_conflicts(client, world):
    client.force_login(world.chair)
    page = read(client, reverse("proposals:conflicts", args=[world.edition.slug]))
    assert at("away", world) not in page
    assert "<h1>My conflicts</h1>" in squeezed(page)
