"""What reviewers say about themselves, and what it changes."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from expo.accounts.models import Coauthor
from expo.editions.services.roles import grant_role
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.proposals.queries.claims import questions
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.services.claim_answers import answer_claim
from reviews.assignments.models import Absence, Assignment, Bid, Publication, QueueSettings, ReviewerProfile
from reviews.assignments.queries import problem, roster
from reviews.assignments.services import profiles, runs
from reviews.assignments.states import InvitationAnswer
from reviews.assignments.works import BadLine
from tests import factories as make
from tests.concurrency import race

pytestmark = pytest.mark.django_db

BIBTEX = """@misc{a, title={Demand forecasts}, author={Lee, Ann and Lovelace, Ada}, year=2026, abstract={They
  drift.}}
@article{b, author={Nobody}}
"""


@pytest.fixture
def ada(world):
    return world.reviewer(world.vision, name="Ada Lovelace")


def titles(user):
    return list(Publication.objects.filter(profile__user=user).values_list("title", "abstract", "year"))


def last_fact():
    return Entry.objects.order_by("id").last().fact


# --- Publications ---


def test_a_pasted_list_becomes_publications_and_coauthors_and_tells_what_it_left_out(world, ada):
    added = profiles.add_publications(by=ada, edition=world.edition, text=BIBTEX)
    assert added == profiles.AddedPublications(
        new=1, known=0, coauthors=1, bad=(BadLine(3, "It has no title.", "@article{b, author={Nobody}}"),)
    )
    assert titles(ada) == [("Demand forecasts", "They drift.", 2026)]
    assert list(Coauthor.objects.values_list("user", "name", "last_year")) == [(ada.pk, "Lee, Ann", 2026)]


def test_a_title_is_kept_once_and_only_gains_what_it_lacked(world, ada):
    profiles.add_publications(by=ada, edition=world.edition, text="DEMAND FORECASTS")
    added = profiles.add_publications(by=ada, edition=world.edition, data=BIBTEX.encode(), filename="list.bib")
    assert (added.new, added.known, titles(ada)) == (0, 1, [("DEMAND FORECASTS", "They drift.", 2026)])
    profiles.add_publications(by=ada, edition=world.edition, text="title,year\nDemand forecasts,1999")
    assert titles(ada) == [("DEMAND FORECASTS", "They drift.", 2026)]


def test_titles_that_only_the_database_takes_for_the_same_are_kept_once(world, ada):
    assert profiles.add_publications(by=ada, edition=world.edition, text="İzmir\nizmir").new == 1
    assert profiles.add_publications(by=ada, edition=world.edition, text="izmir\nBursa").new == 1
    assert sorted(title for title, *_ in titles(ada)) == ["Bursa", "İzmir"]


def test_there_is_an_end_to_publications(world, ada, monkeypatch):
    monkeypatch.setattr("reviews.assignments.services.profiles.MOST_PUBLICATIONS", 2)
    profiles.add_publications(by=ada, edition=world.edition, text="One\nTwo")
    with pytest.raises(Invalid) as refusal:
        profiles.add_publications(by=ada, edition=world.edition, text="Three")
    assert (refusal.value.code, len(titles(ada))) == ("too-many-publications", 2)


def test_a_file_that_is_no_text_is_refused_and_changes_nothing(world, ada):
    with pytest.raises(Invalid):
        profiles.add_publications(by=ada, edition=world.edition, data=b"%PDF-1.7\xff\xfe\x00")
    assert titles(ada) == []


def test_removing_a_publication_leaves_its_coauthors(world, ada):
    profiles.add_publications(by=ada, edition=world.edition, text=BIBTEX)
    profiles.remove_publication(by=ada, publication=Publication.objects.get())
    assert (titles(ada), Coauthor.objects.count()) == ([], 1)


def test_nobody_removes_somebody_elses(world, ada):
    profiles.add_publications(by=ada, edition=world.edition, text="One")
    with pytest.raises(NotAllowed):
        profiles.remove_publication(by=world.reviewer(), publication=Publication.objects.get())
    assert len(titles(ada)) == 1


def test_a_coauthor_on_stage_is_a_question_and_hides_the_proposal_after_a_yes(world, ada):
    proposal = world.proposal(world.vision)
    make.PresenterFactory(proposal=proposal, name="Ann Lee")
    profiles.add_publications(by=ada, edition=world.edition, text=BIBTEX)
    assert wall(ada, world.edition).proposals == frozenset()
    entry = Entry.objects.get(fact="accounts.affiliations_changed")
    assert [each.task for each in entry.reactions.all()] == ["assignments.release_conflicted", "proposals.ask_claims"]
    (asked,) = questions(ada)
    answer_claim(by=ada, token=asked.token, is_yes=True)
    assert wall(ada, world.edition).proposals == {proposal.pk}


# --- Profile and days away ---


def test_words_about_oneself_are_kept_and_left_alone_when_not_given(world, ada):
    for about in ("Forecasts.\r\nAnd drift.\x00 ", None):
        profiles.save_profile(by=ada, edition=world.edition, topics=[], max_load=1, is_paused=False, about=about)
    profile = ReviewerProfile.objects.get(user=ada)
    assert (profile.about, profile.max_load) == ("Forecasts.\nAnd drift.", 1)
    with pytest.raises(Invalid) as refusal:
        profiles.save_profile(by=ada, edition=world.edition, topics=[], max_load=1, about="x" * 5001)
    assert (refusal.value.code, refusal.value.field) == ("about-long", "about")


def test_days_away_are_kept_once_and_can_be_taken_back(world, ada):
    today = clock.now().date()
    for _ in range(2):
        profiles.add_absence(by=ada, edition=world.edition, first_day=today, last_day=today + timedelta(days=3))
    absence = Absence.objects.get()
    assert (absence.first_day, absence.last_day) == (today, today + timedelta(days=3))
    profiles.remove_absence(by=ada, absence=absence)
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(3, 1, "ends-before-start"), (-9, -5, "days-are-past"), (1, 500, "invalid-days"), (900, 901, "invalid-days")],
)
def test_days_that_cannot_be_right_are_refused(world, ada, first, last, code):
    today = clock.now().date()
    with pytest.raises(Invalid) as refusal:
        profiles.add_absence(
            by=ada, edition=world.edition, first_day=today + timedelta(first), last_day=today + timedelta(last)
        )
    assert refusal.value.code == code


def test_there_is_an_end_to_spans(world, ada):
    profile, day = ReviewerProfile.objects.get(user=ada), date(2030, 1, 1)
    for n in range(20):
        Absence.objects.create(profile=profile, first_day=day + timedelta(n), last_day=day + timedelta(n))
    today = clock.now().date()
    with pytest.raises(WrongState) as refusal:
        profiles.add_absence(by=ada, edition=world.edition, first_day=today, last_day=today)
    assert refusal.value.code == "too-many-absences"


def test_only_a_reviewer_tells_something(world):
    for verb, fields in (
        (profiles.add_publications, {"text": "One"}),
        (profiles.decline_invitation, {"reason": "No time."}),
        (profiles.bid, {"values": {}}),
        (profiles.add_absence, {"first_day": date(2030, 1, 1), "last_day": date(2030, 1, 1)}),
    ):
        with pytest.raises(NotAllowed):
            verb(by=world.chair, edition=world.edition, **fields)


# --- The invitation ---


def test_confirming_takes_everything_in_at_once(world, ada):
    today = clock.now().date()
    added = profiles.confirm_invitation(
        by=ada,
        edition=world.edition,
        topics=[world.speech],
        max_load=2,
        about="Drift.",
        publications=BIBTEX,
        first_day=today,
        last_day=today,
        employers=[{"organisation": "Old Lab", "relation": "employee", "ended_on": today}],
        has_no_employer=False,
    )
    profile = ReviewerProfile.objects.get(user=ada)
    assert [str(stay.organisation) for stay in ada.affiliations.all()] == ["Old Lab"]
    assert (profile.answer, profile.max_load, profile.about, list(profile.topics.all()), added.new) == (
        InvitationAnswer.CONFIRMED,
        2,
        "Drift.",
        [world.speech],
        1,
    )
    assert (profile.absences.count(), profile.publications.count()) == (1, 1)
    assert last_fact() == "assignments.invitation_confirmed"


def test_what_cannot_be_taken_in_leaves_everything_as_it_was(world, ada):
    with pytest.raises(Invalid):
        profiles.confirm_invitation(
            by=ada,
            edition=world.edition,
            topics=[],
            max_load=2,
            publications="x" * 1_000_001,
            employers=[{"organisation": "Lab", "relation": "employee"}],
        )
    assert not ada.affiliations.exists()
    profile = ReviewerProfile.objects.get(user=ada)
    assert (profile.answer, profile.max_load, list(profile.topics.all())) == (
        InvitationAnswer.NONE,
        None,
        [world.vision],
    )


def test_saving_is_no_answer_and_leaves_a_pause(world):
    ada = world.reviewer(is_paused=True)
    profiles.save_expertise(by=ada, edition=world.edition, topics=[world.vision], max_load=1)
    profile = ReviewerProfile.objects.get(user=ada)
    assert (profile.answer, profile.is_paused, profile.max_load) == (InvitationAnswer.NONE, True, 1)


def test_who_declines_gives_open_reviews_back_keeps_the_role_and_gets_nothing_more(world, ada):
    states = {
        state: make.AssignmentFactory(
            edition=world.edition, proposal=world.proposal(world.vision), reviewer=ada, state=state
        )
        for state in ("offered", "accepted", "submitted")
    }
    profiles.decline_invitation(by=ada, edition=world.edition, reason=" No  time. ")
    now = {state: Assignment.objects.get(pk=row.pk) for state, row in states.items()}
    assert {state: (row.state, row.decline_reason) for state, row in now.items()} == {
        "offered": ("declined", "No time."),
        "accepted": ("declined", "No time."),
        "submitted": ("submitted", ""),
    }
    profile = ReviewerProfile.objects.get(user=ada)
    assert (profile.answer, profile.answer_note, ada.roles.count()) == (InvitationAnswer.DECLINED, "No time.", 1)
    assert roster.people(world.edition) == []
    assert QueueSettings.objects.get(edition=world.edition).wanted_at is not None


def test_a_reason_is_needed_to_decline(world, ada):
    with pytest.raises(Invalid) as refusal:
        profiles.decline_invitation(by=ada, edition=world.edition, reason=" \n ")
    assert (refusal.value.code, ReviewerProfile.objects.get(user=ada).answer) == (
        "reason-missing",
        InvitationAnswer.NONE,
    )


def test_who_declined_may_come_back(world, ada):
    profiles.decline_invitation(by=ada, edition=world.edition, reason="No time.")
    profiles.confirm_invitation(by=ada, edition=world.edition, topics=[], max_load=None, has_no_employer=True)
    profile = ReviewerProfile.objects.get(user=ada)
    assert (profile.answer, profile.answer_note) == (InvitationAnswer.CONFIRMED, "")
    assert [person.user for person in roster.people(world.edition)] == [ada]


# --- Bids ---


@pytest.fixture
def bidding(world):
    QueueSettings.objects.create(edition=world.edition, takes_bids=True)
    return world


def bids_of(user):
    return sorted(Bid.objects.filter(reviewer=user).values_list("proposal_id", "value"))


def test_bids_are_said_changed_and_taken_back(bidding, ada):
    one, two, three = (bidding.proposal() for _ in range(3))
    say = {one.pk: "want", two.pk: "no", three.pk: ""}
    assert profiles.bid(by=ada, edition=bidding.edition, values=say) == 2
    assert profiles.bid(by=ada, edition=bidding.edition, values={one.pk: "", two.pk: "no", three.pk: "can"}) == 2
    assert bids_of(ada) == [(two.pk, "no"), (three.pk, "can")]


def test_an_unknown_answer_is_refused(bidding, ada):
    proposal = bidding.proposal()
    with pytest.raises(Invalid) as refusal:
        profiles.bid(by=ada, edition=bidding.edition, values={proposal.pk: "must"})
    assert (refusal.value.code, bids_of(ada)) == ("unknown-bid", [])


def test_bids_on_what_is_walled_elsewhere_or_not_in_review_change_nothing(bidding, ada):
    walled, elsewhere, draft = bidding.proposal(), bidding.proposal(edition=make.EditionFactory()), bidding.proposal()
    make.ConflictFactory(user=ada, sponsor=walled.sponsor)
    type(draft).objects.filter(pk=draft.pk).update(state="draft")
    values = dict.fromkeys((walled.pk, elsewhere.pk, draft.pk, 10**15), "want")
    assert (profiles.bid(by=ada, edition=bidding.edition, values=values), bids_of(ada)) == (0, [])


def test_an_edition_without_bids_refuses_them(world, ada):
    with pytest.raises(WrongState) as refusal:
        profiles.bid(by=ada, edition=world.edition, values={world.proposal().pk: "want"})
    assert refusal.value.code == "no-bids"


def _in_team(edition, user):
    return make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=edition, organisation__name="Acme"), user=user)


def _at_subsidiary(edition, user):
    sponsor = make.SponsorFactory(edition=edition, organisation__name="Acme")
    return make.AffiliationFactory(
        user=user, organisation=make.OrganisationFactory(parent=sponsor.organisation, name="Acme Labs")
    )


@pytest.mark.parametrize(
    ("tie", "why"),
    [
        (_in_team, "You belong to the team of Acme."),
        (_at_subsidiary, "You work for Acme or a company of its family."),
    ],
)
def test_whoever_is_tied_to_a_sponsor_does_not_bid_and_is_told_why(bidding, ada, tie, why):
    proposal = bidding.proposal(bidding.vision)
    profiles.bid(by=ada, edition=bidding.edition, values={proposal.pk: "want"})
    person = roster.people(bidding.edition)[0]
    assert problem.affinities(bidding.edition, [proposal], [person]).of(proposal.pk, ada.pk).bid == "want"
    tie(bidding.edition, ada)
    with pytest.raises(NotAllowed) as refusal:
        profiles.bid(by=ada, edition=bidding.edition, values={proposal.pk: "no"})
    assert refusal.value.code == "bids-tied"
    assert refusal.value.message.startswith(why)
    (person,) = roster.people(bidding.edition)
    assert problem.affinities(bidding.edition, [proposal], [person]).of(proposal.pk, ada.pk).bid == ""


def test_a_former_job_or_one_elsewhere_ties_nobody(bidding, ada):
    sponsor = make.SponsorFactory(edition=bidding.edition)
    make.AffiliationFactory(user=ada, organisation=sponsor.organisation, ended_on=date(2020, 1, 1))
    make.AffiliationFactory(user=ada)
    make.TeamMemberFactory(user=ada)
    assert roster.ties(ada, bidding.edition) == []


# --- At the same moment ---


def without_waiting(verb):
    """The verb in a thread of its own that waits for no lock longer than a moment; its result or its exception."""

    def act():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        return verb()

    return race(act)[0]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_bid_and_a_publication_about_the_same_pair_do_not_wait_for_each_other(world, ada):
    """Each refers to the other's row at its commit, so that waiting would be for ever."""
    QueueSettings.objects.create(edition=world.edition, takes_bids=True)
    proposal = world.proposal()
    first, second = world.run(), world.run()
    with transaction.atomic():
        runs.publish(by=world.chair, run=first)
        assert without_waiting(lambda: profiles.bid(by=ada, edition=world.edition, values={proposal.pk: "want"})) == 1
        transaction.set_rollback(True)
    with transaction.atomic():
        profiles.bid(by=ada, edition=world.edition, values={proposal.pk: "can"})
        profiles.add_publications(by=ada, edition=world.edition, text=BIBTEX)
        assert without_waiting(lambda: runs.publish(by=world.chair, run=second)).offered == 1


@pytest.mark.django_db(transaction=True)
def test_who_tells_something_for_the_first_time_does_not_wait_for_set_up(world):
    new = make.RoleFactory(edition=world.edition).user
    organiser = make.RoleFactory(edition=world.edition, kind="organiser").user
    with transaction.atomic():
        grant_role(by=organiser, edition=world.edition, email="zoe@example.org", kind="reviewer")
        made = without_waiting(lambda: profiles.save_profile(by=new, edition=world.edition, topics=[], max_load=2))
        assert getattr(made, "max_load", made) == 2
