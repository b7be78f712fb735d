"""The sponsor's home: what it may submit, every date, the rubric, team and profile; each sponsor of an agency apart."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import Phase
from expo.kit import clock
from expo.proposals.models import LateLink
from expo.proposals.queries.call import call_of
from expo.proposals.queries.sponsor_home import dates_of
from expo.sponsors.services.teams import join, leave_team
from expo.sponsors.states import TeamRole
from tests import factories as make
from tests.pages import squeezed
from tests.proposals.conftest import CallFixture
from tests.proposals.pages import browser

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 10, 12, tzinfo=UTC)


def seen(call: CallFixture) -> str:
    return squeezed(browser(call.member).get(call.url("mine")))


def change(call: CallFixture, **fields: object) -> None:
    type(call.edition).objects.filter(pk=call.edition.pk).update(**fields)
    call.edition.refresh_from_db()


def labels(call: CallFixture) -> list[tuple[str, bool]]:
    now = clock.now()
    dates = dates_of(call_of(call.sponsor.pk, call.edition, now), call.edition.days.all())
    return [(each.label, each.is_past) for each in dates]


def test_every_date_that_is_set_is_there_and_none_that_is_not(call: CallFixture) -> None:
    change(call, call_opens_at=NOW - timedelta(days=30), call_closes_at=NOW + timedelta(days=9), reviews_due_at=None)
    with clock.at(NOW):
        assert labels(call) == [("Call opened", False), ("Call closes", False)]
        change(call, verdicts_at=NOW - timedelta(days=1), confirm_by_at=NOW + timedelta(days=40))
        change(call, slots_freeze_at=NOW + timedelta(days=50))
        make.DayFactory(edition=call.edition)
        assert labels(call) == [
            ("Call opened", False),
            ("Call closes", False),
            ("Verdicts by", True),
            ("Confirm by", False),
            ("Ask for another slot until", False),
            ("Expo day", False),
        ]


def test_a_late_link_is_shown_to_its_sponsor_alone(call: CallFixture) -> None:
    change(call, call_closes_at=clock.now() - timedelta(days=1), phase=Phase.REVIEW)
    chair = make.RoleFactory(edition=call.edition).user
    until = clock.now() + timedelta(days=2)
    LateLink.objects.create(sponsor=call.sponsor, expires_at=until, reason="Outage", granted_by=chair)
    assert "Your team may submit until" in seen(call)
    assert "may submit until" not in squeezed(browser(call.rival_member).get(call.url("mine")))


def test_dates_are_on_the_clock_of_deadlines_with_the_viewers_beside_it(call: CallFixture) -> None:
    change(call, deadlines_anywhere=True)
    User.objects.filter(pk=call.member.pk).update(time_zone="Asia/Tokyo")
    page = seen(call)
    assert "your time" in page
    assert "AoE" in page or "Anywhere on Earth" in page
    change(call, verdicts_at=clock.now() + timedelta(days=40), confirm_by_at=clock.now() + timedelta(days=50))
    assert seen(call).count("your time") == 1  # beside the next date alone


def test_what_is_used_and_left_is_told_for_submitting_and_for_accepting(call: CallFixture) -> None:
    call.accepted()
    page = seen(call)
    for words in ("1 of 2 submitted, 1 left", "60 minutes. 1 of 1 accepted."):
        assert words in page


def test_before_the_call_opens_it_says_what_will_be_possible_and_when(call: CallFixture) -> None:
    workshop = make.FormatFactory(edition=call.edition, slug="workshop", name="Workshop")
    make.EntitlementFactory(tier=call.sponsor.tier, format=workshop, may_submit=1, may_be_accepted=1)
    change(call, phase=Phase.SETUP, call_opens_at=clock.now() + timedelta(days=3))
    page = seen(call)
    assert f"From then on {call.sponsor} can write proposals and submit 2 talks and 1 workshop." in page
    assert "It opens" in page
    assert reverse("rubrics:read", args=[call.edition.slug]) not in page
    change(call, phase=Phase.CALL)
    assert reverse("rubrics:read", args=[call.edition.slug]) in seen(call)
    assert browser(call.member).get(reverse("rubrics:read", args=[call.edition.slug])).status_code == 200
    change(call, phase=Phase.SETUP, call_opens_at=None)
    assert "The organisers have not opened it yet." in seen(call)


def test_team_and_profile_are_one_click_away(call: CallFixture) -> None:
    join(by=None, sponsor=call.sponsor, user=make.UserFactory(), role=TeamRole.CONTACT)
    page = seen(call)
    assert f"2 people, primary contact {call.member.name}" in page
    assert reverse("sponsors:profile", args=[call.edition.slug, call.sponsor.pk]) in page
    assert "not approved yet" in page
    type(call.sponsor).objects.filter(pk=call.sponsor.pk).update(
        profile_approved_at=clock.now(), profile_approved_by=call.member
    )
    assert "not approved yet" not in seen(call)


def test_a_format_with_nothing_left_says_why_and_what_frees_it(call: CallFixture) -> None:
    make.TeamMemberFactory(sponsor=call.rival, user=call.member)
    for _ in range(2):
        call.submitted()
    page = squeezed(browser(call.member).get(call.url("new")))
    assert "60 minutes, none left, 2 of 2 submitted: to submit another, first withdraw one." in page
    assert "60 minutes, 2 of 2 left." in page
    assert f"?sponsor={call.sponsor.pk}&amp;format={call.talk.slug}" in page


def test_an_agency_sees_each_sponsor_apart_and_no_other(call: CallFixture) -> None:
    make.TeamMemberFactory(sponsor=call.rival, user=call.member)
    stranger = make.SponsorFactory(edition=call.edition, name="Stranger Inc")
    call.submitted(title="Of the first")
    call.submitted(sponsor=call.rival, title="Of the second")
    call.submitted(sponsor=call.rival, title="Of the second too")
    hidden = call.submitted(sponsor=stranger, title="Of a stranger")
    page = seen(call)
    names = sorted([call.sponsor.name, call.rival.name])
    assert f"Proposals of {names[0]} and {names[1]}, each with its next step." in page
    parts = dict(
        zip(
            names,
            [part.partition("</section>")[0] for part in page.split('<section class="sponsor-section"')[1:]],
            strict=True,
        )
    )
    first, second = parts[call.sponsor.name], parts[call.rival.name]
    assert ("Of the first" in first, "Of the second" in first, "1 of 2 submitted, 1 left" in first) == (
        True,
        False,
        True,
    )
    assert ("Of the first" in second, "Of the second too" in second) == (False, True)
    assert "2 of 2 submitted, none left" in second
    assert hidden.title not in page
    assert "Stranger Inc" not in page
    leave_team(by=call.member, sponsor=call.rival)
    assert "Of the second" not in seen(call)


def test_the_home_page_says_for_whom_one_acts(call: CallFixture) -> None:
    make.TeamMemberFactory(sponsor=call.rival, user=call.member)
    names = sorted([call.sponsor.name, call.rival.name])
    assert f"Your role: sponsor ({names[0]} and {names[1]})" in squeezed(browser(call.member).get("/"))
    assert f"Your role: sponsor ({call.rival.name})" in squeezed(browser(call.rival_member).get("/"))


def test_two_sponsors_or_twenty_cost_the_same(call: CallFixture) -> None:
    client = browser(call.member)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    def grow(n: int) -> None:
        for _ in range(n):
            other = make.SponsorFactory(edition=call.edition, tier=call.sponsor.tier)
            make.TeamMemberFactory(sponsor=other, user=call.member)
            call.submitted(sponsor=other)

    grow(1)
    before = [cost(path) for path in (call.url("mine"), call.url("new"), "/")]
    grow(18)
    assert [cost(path) for path in (call.url("mine"), call.url("new"), "/")] == before
