"""What sponsors type about people is a claim: asked, answered, and never a conflict by itself."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from expo.accounts.models import FormerAddress, User
from expo.accounts.services import save_coauthors, save_profile
from expo.editions.services.roles import grant_role
from expo.editions.states import RoleKind
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform, record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.names import plain
from expo.kit.policy import allowed
from expo.notify.models import Message
from expo.proposals import tasks
from expo.proposals.claims import Match, NamedCoauthor, NamedPerson, TypedPresenter, matches
from expo.proposals.models import Claim, Proposal
from expo.proposals.queries.claims import claims_for, questions, unusual
from expo.proposals.queries.conflict_wall import conflicts_between, wall
from expo.proposals.queries.content import data_of
from expo.proposals.queries.known_conflicts import own_conflicts
from expo.proposals.queries.listing import for_chairs
from expo.proposals.queries.presenters import confirmed_addresses, invited_as, presenter_of, unprinted
from expo.proposals.services.claim_answers import answer_claim, settle_claim
from expo.proposals.services.drafts import set_presenters
from expo.proposals.services.presenter_answers import confirm_presenter, confirm_presenting
from expo.proposals.services.submission import revive, submit, withdraw
from expo.proposals.states import ClaimKind, ConflictSource
from tests import factories as make

from .conftest import CallFixture

ADDRESS, NAME, COAUTHOR = ClaimKind.ADDRESS, ClaimKind.NAME, ClaimKind.COAUTHOR


def chair_of(call: CallFixture, **person: Any) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR, user=make.UserFactory(**person)).user


def reviewer_of(call: CallFixture, **person: Any) -> User:
    return make.RoleFactory(edition=call.edition, user=make.UserFactory(**person)).user


def sees(user: User, proposal: Proposal) -> bool:
    return for_chairs(user, proposal.edition).filter(pk=proposal.pk).exists()


def answer(user: User, said: bool) -> None:
    """To everything that is asked."""
    for each in questions(user):
        answer_claim(by=user, token=each.token, is_yes=said)


def react() -> None:
    for reaction in Reaction.objects.filter(done_at=None, task="proposals.ask_claims").order_by("id"):
        perform(reaction.pk, tasks.ask_claims)


# --- What is a claim ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "typed"),
    [
        ({"email": "kim@lab.example"}, {"email": "Kim@Lab.example"}),
        ({"email": "kim@lab.example"}, {"email": "kim+talk@lab.example"}),
        ({"email": "kim@lab.example\u200b"}, {"email": "kim@lab.example"}),
        ({"name": "Kim Example"}, {"name": "Example, K\u00edm"}),
        ({"name": "S\u00f8ren Example"}, {"name": "Soren Example"}),
    ],
)
def test_a_typed_address_or_name_hides_that_proposal_until_answered_and_is_no_conflict(
    call: CallFixture, own: dict[str, str], typed: dict[str, str]
) -> None:
    chair = chair_of(call, **own)
    named, other = call.submitted(), call.submitted()
    make.PresenterFactory(proposal=named, **typed)
    assert conflicts_between([chair], call.edition) == []
    assert (sees(chair, named), sees(chair, other)) == (False, True)
    assert not allowed(chair, "proposals.chair", named)
    answer(chair, said=False)
    assert sees(chair, named)
    assert allowed(chair, "proposals.chair", named)


def test_another_person_of_the_same_institute_is_not_meant(call: CallFixture) -> None:
    chair = chair_of(call, email="head@lab.example", name="The Head")
    named = call.submitted()
    make.PresenterFactory(proposal=named, email="student@lab.example", name="Stu Dent")
    assert questions(chair) == []
    assert sees(chair, named)


def test_a_draft_claims_nobody(call: CallFixture) -> None:
    chair = chair_of(call)
    make.PresenterFactory(proposal=call.draft(), email=chair.email)
    assert questions(chair) == []


def test_a_proved_or_former_address_counts_and_an_unproved_one_does_not(call: CallFixture) -> None:
    second, former, unproved = chair_of(call), chair_of(call), chair_of(call)
    EmailAddress.objects.create(user=second, email="Second@home.example", verified=True)
    EmailAddress.objects.create(user=unproved, email="unproved@home.example", verified=False)
    FormerAddress.objects.create(user=former, email="former@home.example", until=clock.now().date())
    for name in ("second", "former", "unproved"):
        make.PresenterFactory(proposal=call.submitted(), email=f"{name}@home.example")
    assert [len(questions(each)) for each in (second, former, unproved)] == [1, 1, 0]


def test_a_role_or_a_coauthor_that_comes_later_makes_the_claim_then(call: CallFixture) -> None:
    user, named = make.UserFactory(), call.submitted()
    make.PresenterFactory(proposal=named, name="Garc\u00eda, Jos\u00e9")
    save_coauthors(by=user, coauthors=[("Jose Garcia", clock.now().year)])
    assert questions(user) == []
    make.RoleFactory(edition=call.edition, user=user, kind=RoleKind.ORGANISER)
    (asked,) = questions(user)
    assert (asked.kind, asked.title, asked.sponsor) == (COAUTHOR, "", "")
    assert not sees(user, named)


def test_nothing_of_another_edition_is_a_claim_here(call: CallFixture, elsewhere: CallFixture) -> None:
    chair = chair_of(call)
    make.PresenterFactory(proposal=elsewhere.submitted(), name=chair.name)
    assert questions(chair) == []


# --- Answers ------------------------------------------------------------------------------------------


def test_a_yes_is_a_conflict_that_stays_when_the_sponsor_takes_the_name_out(call: CallFixture) -> None:
    chair, named = chair_of(call), call.submitted()
    typed = make.PresenterFactory(proposal=named, email=chair.email)
    answer(chair, said=True)
    typed.delete()
    (found,) = conflicts_between([chair], call.edition)
    assert (found.source, found.proposal, found.sponsor) == (ConflictSource.PRESENTER, named.pk, call.sponsor.pk)
    assert not sees(chair, named)
    entry = Entry.objects.get(fact="proposals.claim_confirmed")
    assert (entry.actor, entry.proposal_id) == (chair, named.pk)
    assert [each.task for each in entry.reactions.all()] == [
        "assignments.release_conflicted",
        "program.follow_presenters",
        "scoring.follow_facts",
    ]


def test_a_no_is_not_asked_again_whatever_the_sponsor_types(call: CallFixture) -> None:
    chair, named = chair_of(call), call.submitted()
    typed = make.PresenterFactory(proposal=named, email=chair.email)
    answer(chair, said=False)
    typed.delete()
    make.PresenterFactory(proposal=named, name=chair.name)
    save_coauthors(by=chair, coauthors=[("Ann Lee", None)])
    make.PresenterFactory(proposal=named, name="Ann Lee")
    assert questions(chair) == []
    assert sees(chair, named)


def test_a_name_that_is_taken_out_before_the_answer_leaves_nothing(call: CallFixture) -> None:
    chair, named = chair_of(call), call.submitted()
    typed = make.PresenterFactory(proposal=named, email=chair.email)
    (asked,) = questions(chair)
    typed.delete()
    assert sees(chair, named)
    with pytest.raises(WrongState) as refusal:
        answer_claim(by=chair, token=asked.token, is_yes=True)
    assert refusal.value.code == "no-question"
    assert not Claim.objects.exists()


def test_nobody_answers_for_somebody_else(call: CallFixture) -> None:
    chair, other, named = chair_of(call), chair_of(call), call.submitted()
    make.PresenterFactory(proposal=named, email=chair.email)
    (asked,) = questions(chair)
    with pytest.raises(WrongState):
        answer_claim(by=other, token=asked.token, is_yes=False)


def test_the_question_is_on_the_home_page_and_answered_by_post_only(call: CallFixture, client: Client) -> None:
    chair, named = chair_of(call), call.submitted()
    make.PresenterFactory(proposal=named, email=chair.email)
    client.force_login(chair, backend="django.contrib.auth.backends.ModelBackend")
    (asked,) = questions(chair)
    page = client.get(reverse("editions:home")).content.decode()
    assert asked.token in page
    assert call.sponsor.name not in page
    address = reverse("proposals:answer-claim")
    assert client.get(address, {"question": asked.token, "answer": "yes"}).status_code == 405
    client.post(address, {"question": asked.token, "answer": "no", "back": "//evil.example/"})
    assert Claim.objects.get().answer == "no"
    assert asked.token not in client.get(reverse("editions:home")).content.decode()


# --- Mail ---------------------------------------------------------------------------------------------


def test_a_role_holder_is_mailed_at_once_and_once_without_the_sponsors_name(call: CallFixture) -> None:
    chair, draft = chair_of(call), call.draft()
    set_presenters(by=call.member, proposal=draft, presenters=[{"name": "Any One", "email": chair.email}])
    submit(by=call.member, proposal=draft)
    react()
    mail = Message.objects.get(kind="proposals/claimed")
    assert (mail.recipient, mail.proposal_id) == (chair, draft.pk)
    assert call.sponsor.name not in mail.subject + mail.body
    withdraw(by=call.member, proposal=draft)
    revive(by=call.member, proposal=draft)
    submit(by=call.member, proposal=draft)
    react()
    assert Message.objects.filter(kind="proposals/claimed").count() == 1


def test_whoever_gets_a_role_proves_an_address_or_lists_a_coauthor_is_asked_then(call: CallFixture) -> None:
    organiser = make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user
    first, second, third = call.submitted(), call.submitted(), call.submitted()
    kim = make.UserFactory()
    make.PresenterFactory(proposal=first, email=kim.email)
    make.PresenterFactory(proposal=second, email="kim@home.example")
    make.PresenterFactory(proposal=third, name="Ann Lee")
    grant_role(by=organiser, edition=call.edition, email=kim.email, kind="reviewer")
    react()
    address = EmailAddress.objects.create(user=kim, email="kim@home.example")
    address.set_verified()
    from allauth.account.signals import email_confirmed

    email_confirmed.send(EmailAddress, request=None, email_address=address)
    react()
    save_coauthors(by=kim, coauthors=[("Ann Lee", None)])
    react()
    asked = Message.objects.filter(kind="proposals/claimed", recipient=kim).order_by("id")
    assert [each.proposal_id for each in asked] == [first.pk, second.pk, third.pk]
    assert third.title not in asked[2].body


def test_somebody_without_a_role_gets_no_mail_but_is_asked_at_home_and_told_the_sponsor(call: CallFixture) -> None:
    kim, named = make.UserFactory(), call.submitted()
    make.PresenterFactory(proposal=named, email=kim.email.replace("@", "+expo@"))
    make.PresenterInvitationFactory(proposal=named, address=kim.email)
    (asked,) = invited_as(kim)
    assert asked.proposal == named
    assert not questions(kim)
    assert not Message.objects.exists()


# --- Chairs -------------------------------------------------------------------------------------------


def test_chairs_without_a_conflict_see_claims_and_answers_but_not_their_own(call: CallFixture) -> None:
    chair, other, named = chair_of(call), chair_of(call), call.submitted()
    walled = chair_of(call)
    make.ConflictFactory(user=walled, sponsor=call.sponsor)
    make.PresenterFactory(proposal=named, email=chair.email, name="Any One")

    def shown(viewer: User) -> list[tuple[User, str, str]]:
        return [(each.user, each.answer.value, each.what) for each in claims_for(viewer, call.edition)]

    assert shown(other) == [(chair, "open", "Has the address of a presenter: Any One.")]
    answer(chair, said=False)
    assert shown(other) == [(chair, "no", "Has the address of a presenter.")]
    assert (shown(chair), shown(walled)) == ([], [])


def test_a_chair_confirms_over_a_no_with_a_reason_and_takes_it_back(call: CallFixture) -> None:
    chair, other, named = chair_of(call), chair_of(call), call.submitted()
    make.PresenterFactory(proposal=named, email=chair.email)
    answer(chair, said=False)
    about = {"edition": call.edition, "user": chair, "sponsor": call.sponsor, "proposal": named}
    with pytest.raises(Invalid) as refusal:
        settle_claim(by=other, **about, is_yes=True, reason=" ")
    assert refusal.value.code == "reason-missing"
    settle_claim(by=other, **about, is_yes=True, reason="They are on the sponsor's page.")
    (found,) = conflicts_between([chair], call.edition)
    assert (found.proposal, found.detail) == (named.pk, "Presents it. A chair confirmed it.")
    settle_claim(by=other, **about, is_yes=False, reason="Another person.")
    assert conflicts_between([chair], call.edition) == []
    assert questions(chair) == []


def test_nobody_settles_a_claim_about_themselves_or_behind_their_wall(call: CallFixture) -> None:
    chair, walled, named = chair_of(call), chair_of(call), call.submitted()
    make.ConflictFactory(user=walled, sponsor=call.sponsor)
    make.PresenterFactory(proposal=named, email=chair.email)
    answer(chair, said=False)
    about = {"edition": call.edition, "user": chair, "sponsor": call.sponsor, "proposal": named}
    for by in (chair, walled, call.member):
        with pytest.raises(NotAllowed):
            settle_claim(by=by, **about, is_yes=True, reason="So it is.")


def test_no_chair_says_no_for_somebody_who_has_not_answered(call: CallFixture) -> None:
    chair, other, named = chair_of(call), chair_of(call), call.submitted()
    make.PresenterFactory(proposal=named, email=chair.email)
    with pytest.raises(WrongState):
        settle_claim(
            by=other,
            edition=call.edition,
            user=chair,
            sponsor=call.sponsor,
            proposal=named,
            is_yes=False,
            reason="Surely not.",
        )


def test_three_claims_of_one_sponsor_on_people_with_a_role_alert_the_chairs_once(call: CallFixture) -> None:
    chair, draft = chair_of(call), call.draft()
    walled = chair_of(call)
    make.ConflictFactory(user=walled, sponsor=call.sponsor)
    people = [reviewer_of(call) for _ in range(3)]
    typed = [{"name": f"Any {n}", "email": each.email} for n, each in enumerate(people)]
    set_presenters(by=call.member, proposal=draft, presenters=typed)
    submit(by=call.member, proposal=draft)
    react()
    answer(people[0], said=False)
    withdraw(by=call.member, proposal=draft)
    revive(by=call.member, proposal=draft)
    submit(by=call.member, proposal=draft)
    react()
    alerts = Message.objects.filter(kind="proposals/claims_piled_up")
    assert [each.recipient for each in alerts] == [chair]
    assert unusual(chair, call.edition) == [(call.sponsor, 3)]
    assert unusual(walled, call.edition) == []


def test_no_reviewer_makes_a_sponsor_look_unusual_by_taking_names_or_guessing_coauthors(call: CallFixture) -> None:
    chair, kim = chair_of(call), reviewer_of(call)
    for number in range(3):
        make.PresenterFactory(proposal=call.submitted(), name=f"Taken {number}")
        make.PresenterFactory(proposal=call.submitted(), name=f"Guessed {number}")
        kim = save_profile(by=kim, name=f"Taken {number}", time_zone="UTC")
        save_coauthors(by=kim, coauthors=[(f"Guessed {number}", None)])
        answer(kim, said=False)
    react()
    assert unusual(chair, call.edition) == []
    assert not Message.objects.filter(kind="proposals/claims_piled_up").exists()


def test_a_person_named_in_ever_new_proposals_is_asked_each_time_but_not_mailed_without_end(call: CallFixture) -> None:
    kim = reviewer_of(call)
    for number in range(5):
        named = call.submitted()
        make.PresenterFactory(proposal=named, email=kim.email)
        record("proposals.submitted", by=call.member, target=named, proposal_id=named.pk)
        react()
        assert len(questions(kim)) == number + 1
    assert Message.objects.filter(kind="proposals/claimed", recipient=kim).count() == 3


# --- Reviewers who must not know the sponsor ----------------------------------------------------------


def test_a_guessed_coauthor_tells_a_reviewer_neither_sponsor_nor_proposal(call: CallFixture) -> None:
    reviewer, named = reviewer_of(call), call.submitted()
    make.PresenterFactory(proposal=named, name="Grace Unusual")
    before = wall(reviewer, call.edition)
    save_coauthors(by=reviewer, coauthors=[("Grace Unusual", None)])
    assert wall(reviewer, call.edition) == before
    assert own_conflicts(reviewer, call.edition) == []
    (asked,) = questions(reviewer)
    assert (asked.kind, asked.title, asked.sponsor, asked.address) == (COAUTHOR, "", "", "")
    answer(reviewer, said=True)
    (conflict,) = own_conflicts(reviewer, call.edition)
    assert (conflict.sponsor, conflict.detail, conflict.covers) == (
        "Not shown",
        "You have written with one of its presenters.",
        "One proposal",
    )


@pytest.mark.parametrize(("hides", "sees_it"), [(True, True), (False, False)])
def test_a_reviewer_who_takes_a_guessed_name_learns_nothing_where_sponsors_are_hidden(
    call: CallFixture, hides: bool, sees_it: bool
) -> None:
    reviewer, named = reviewer_of(call), call.submitted()
    call.edition.hide_sponsor_until_scored = hides
    call.edition.save()
    made = make.AssignmentFactory(edition=call.edition, proposal=named, reviewer=reviewer, state="accepted")
    make.PresenterFactory(proposal=named, name="Grace Unusual")
    reviewer = save_profile(by=reviewer, name="Grace Unusual", time_zone="UTC")
    (asked,) = questions(reviewer)
    assert (asked.kind, asked.title, asked.sponsor) == (NAME, "", "")
    assert allowed(reviewer, "scoring.review", made) == sees_it
    answer(reviewer, said=True)
    assert not allowed(reviewer, "scoring.review", made)


# --- Who presents, for sure ---------------------------------------------------------------------------


def test_a_presenter_is_confirmed_by_the_owner_of_the_address_or_by_a_chair(call: CallFixture) -> None:
    chair, kim, named = chair_of(call), reviewer_of(call), call.submitted()
    own = make.PresenterFactory(proposal=named, email=kim.email.upper())
    other = make.PresenterFactory(proposal=named, email="bo@stage.example")
    make.PresenterFactory(proposal=named, email="eve@stage.example")
    assert confirmed_addresses(call.edition) == frozenset()
    answer(kim, said=True)
    confirm_presenter(by=chair, presenter=other, reason="Known.")
    assert confirmed_addresses(call.edition) == {(named.pk, own.person), (named.pk, other.person)}
    own.delete()
    assert confirmed_addresses(call.edition, named) == {(named.pk, other.person)}


def test_a_yes_to_a_name_confirms_no_address_that_was_not_proved(call: CallFixture) -> None:
    kim, named = reviewer_of(call, name="Kim Example"), call.submitted()
    make.PresenterFactory(proposal=named, name="Kim Example", email="kim@home.example")
    answer(kim, said=True)
    assert confirmed_addresses(call.edition) == frozenset()
    EmailAddress.objects.create(user=kim, email="kim@home.example", verified=True)
    make.PresenterInvitationFactory(proposal=named, address="kim@home.example")
    (invitation,) = invited_as(kim)  # and from now on they can say so
    presenter = presenter_of(invitation)
    assert presenter is not None
    confirm_presenting(by=kim, invitation=invitation, words=data_of(presenter))
    assert confirmed_addresses(call.edition) == {(named.pk, "kim@home.example")}


def test_a_chair_who_may_be_the_presenter_does_not_confirm_it(call: CallFixture) -> None:
    chair, named = chair_of(call, name="Kim Example"), call.submitted()
    typed = make.PresenterFactory(proposal=named, name="Kim Example")
    answer(chair, said=False)
    with pytest.raises(NotAllowed) as refusal:
        confirm_presenter(by=chair, presenter=typed, reason="Known.")
    assert refusal.value.code == "own-claim"


def test_nobody_is_printed_without_a_yes_of_their_own_or_a_chairs_word(call: CallFixture) -> None:
    chair, kim, bo = chair_of(call), reviewer_of(call, name="Kim Example"), reviewer_of(call, name="Bo Li")
    named = call.accepted()
    typed = [
        make.PresenterFactory(proposal=named, name="Kim Example"),
        make.PresenterFactory(proposal=named, email=bo.email),
        make.PresenterFactory(proposal=named),
    ]
    assert unprinted(call.edition) == {each.pk for each in typed}
    answer(kim, said=False)
    answer(bo, said=True)
    assert unprinted(call.edition) == {typed[0].pk, typed[2].pk}
    for each in (typed[0], typed[2]):
        confirm_presenter(by=chair, presenter=each, reason="Met them.")
    assert unprinted(call.edition) == frozenset()


def test_nobody_keeps_a_confirmed_presenter_out_of_the_program_by_taking_their_name(call: CallFixture) -> None:
    reviewer, named = reviewer_of(call), call.accepted()
    make.PresenterFactory(proposal=named, name="Kim Example", confirmed=True)
    save_profile(by=reviewer, name="Kim Example", time_zone="UTC")
    assert unprinted(call.edition) == frozenset()


# --- The pure rules -----------------------------------------------------------------------------------

TODAY = clock.now().date().replace(2027, 3, 1)
LEE = TypedPresenter(1, "Lee, Ann", "ann@lab.example", 7, 10)


@pytest.mark.parametrize(("year", "counts"), [(2027, True), (2024, True), (2023, False), (None, True), (2030, True)])
def test_a_common_work_counts_for_some_years(year: int | None, counts: bool) -> None:
    found = matches([], [NamedCoauthor(1, "ann lee", year)], [LEE], today=TODAY, years=3)
    assert found == ([Match(1, LEE, COAUTHOR)] if counts else [])


def test_the_strongest_match_counts_and_an_empty_name_matches_nothing() -> None:
    people = [
        NamedPerson(1, "Ann Lee", frozenset({"ann@lab.example"})),
        NamedPerson(2, "", frozenset()),
        NamedPerson(3, "Ann Lee", frozenset()),
    ]
    nobody = TypedPresenter(2, "", "", 7, 10)
    assert matches(people, [NamedCoauthor(1, "Ann Lee", None)], [LEE, nobody], today=TODAY, years=3) == [
        Match(1, LEE, ADDRESS),
        Match(3, LEE, NAME),
    ]


names = st.sampled_from(["Ann Lee", "Lee, Ann", "Bo Li", "Jos\u00e9 Roe", "jose roe", ""])
coauthors = st.lists(
    st.builds(NamedCoauthor, st.integers(1, 3), names, st.none() | st.integers(2020, 2028)), max_size=6
)
presenters = st.lists(
    st.builds(TypedPresenter, st.integers(1, 9), names, st.just(""), st.integers(1, 4), st.integers(1, 2)), max_size=6
)


@pytest.mark.slow
@given(coauthors, coauthors, presenters, presenters, st.integers(0, 5), st.integers(0, 3))
def test_more_common_works_presenters_or_years_never_make_fewer_claims(
    some: list[NamedCoauthor],
    more: list[NamedCoauthor],
    on: list[TypedPresenter],
    also: list[TypedPresenter],
    years: int,
    longer: int,
) -> None:
    few = {(each.user, each.presenter) for each in matches([], some, on, today=TODAY, years=years)}
    many = matches([], [*some, *more], [*on, *also], today=TODAY, years=years + longer)
    assert few <= {(each.user, each.presenter) for each in many}


@pytest.mark.slow
@given(coauthors, presenters)
def test_nobody_is_asked_about_a_coauthor_they_did_not_list(
    some: list[NamedCoauthor], on: list[TypedPresenter]
) -> None:
    for each in matches([], some, on, today=TODAY, years=3):
        assert plain(each.presenter.name) in {plain(other.name) for other in some if other.user == each.user}


def test_the_sponsor_reads_confirmed_or_not_and_never_an_accounts_name(call: CallFixture, client: Client) -> None:
    kim, named = reviewer_of(call, name="Kim of the Committee"), call.submitted()
    typed = make.PresenterFactory(proposal=named, name="Any One", email=kim.email)
    client.force_login(call.member, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("proposals:detail", args=[call.edition.slug, named.code])

    def confirmed_and_not_yet() -> tuple[bool, bool]:
        page = client.get(address).content.decode()
        assert kim.name not in page
        assert typed.email in page
        said = page[page.index(typed.email) :]
        return "Confirmed</span>" in said[:600], "No answer</span>" in said[:600]

    make.PresenterInvitationFactory(proposal=named, address=kim.email)
    unanswered = confirmed_and_not_yet()
    answer_claim(by=kim, token=questions(kim)[0].token, is_yes=False)
    assert (unanswered, confirmed_and_not_yet()) == ((False, True), (False, True))
    Claim.objects.all().delete()
    answer_claim(by=kim, token=questions(kim)[0].token, is_yes=True)
    assert confirmed_and_not_yet() == (True, False)


def test_the_answer_says_what_follows_for_this_person(call: CallFixture, client: Client) -> None:
    kim, said = reviewer_of(call), "You have a conflict of interest with it from now on."
    EmailAddress.objects.get_or_create(user=kim, email=kim.email, defaults={"verified": True, "primary": True})
    make.PresenterFactory(proposal=call.submitted(), email=kim.email)
    client.force_login(kim, backend="django.contrib.auth.backends.ModelBackend")
    token = questions(kim)[0].token
    page = client.post(reverse("proposals:answer-claim"), {"question": token, "answer": "yes"}, follow=True)
    assert [str(each) for each in page.context["messages"]] == [f"Thank you for your answer. {said}"]
