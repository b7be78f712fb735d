"""Accepted in another format, declined, or not confirmed in time: what happens to the proposal, and who reads what."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.states import FieldUse, Phase, RoleKind
from expo.journal.models import Entry, Reaction
from expo.kit import clock
from expo.kit.deadlines import minute_of
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.notify.models import Message
from expo.proposals.models import Proposal
from expo.proposals.queries.allowance import allowances
from expo.proposals.queries.status import history_for_sponsor, next_step, status_of
from expo.proposals.services.submission import apply_verdict, confirm, decline, lapse, restore, revive, withdraw
from expo.proposals.states import PLACEABLE, ProposalState
from tests import factories as make

from .conftest import CallFixture, new_call
from .pages import body, browser
from .test_fields import ask


@pytest.fixture
def chair(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user


@pytest.fixture
def demo(call: CallFixture) -> Format:
    return demo_of(call)


def demo_of(call: CallFixture) -> Format:
    format = make.FormatFactory(edition=call.edition, name="Demo", slug="demo", minutes=30)
    make.EntitlementFactory(tier=call.sponsor.tier, format=format, may_submit=1, may_be_accepted=1)
    return format


def refusal(verb, **given) -> Refused:
    with pytest.raises(Refused) as caught:
        verb(**given)
    return caught.value


def confirm_by(call: CallFixture, days: float) -> None:
    Edition.objects.filter(pk=call.edition.pk).update(
        phase=Phase.DECIDE, confirm_by_at=clock.now() + timedelta(days=days)
    )


def accepted_earlier(call: CallFixture, **fields: object) -> Proposal:
    """Accepted so long ago that three days to answer have passed."""
    return call.accepted(verdict_at=clock.now() - timedelta(days=9), **fields)


def fresh(proposal: Proposal) -> Proposal:
    return Proposal.objects.select_related("edition", "format", "accepted_instead_of").get(pk=proposal.pk)


def mails(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=f"proposals/{kind}"))


class TestAnotherFormat:
    def test_an_offer_changes_the_format_and_keeps_the_first(
        self, call: CallFixture, chair: User, demo: Format
    ) -> None:
        talks_only = make.TrackFactory(edition=call.edition, formats=[call.talk])
        proposal = call.submitted(minutes=45, track=talks_only)
        done = fresh(apply_verdict(by=chair, proposal=proposal, verdict="accept", format=demo))
        assert (done.state, done.format, done.accepted_instead_of) == ("accepted", demo, call.talk)
        assert (done.minutes, done.track, done.submitted_as) == (None, None, call.talk)
        assert done.other_format == "a demo instead of a talk"
        entry = Entry.objects.get(fact="proposals.verdict_released")
        assert entry.data == {"state": "accepted", "format": "Demo", "instead_of": "Talk"}

    def test_a_track_that_takes_the_other_format_stays(self, call: CallFixture, chair: User, demo: Format) -> None:
        track = make.TrackFactory(edition=call.edition, formats=[call.talk, demo])
        done = apply_verdict(by=chair, proposal=call.submitted(track=track), verdict="accept", format=demo)
        assert fresh(done).track == track

    def test_the_same_format_is_no_offer(self, call: CallFixture, chair: User) -> None:
        done = apply_verdict(by=chair, proposal=call.submitted(), verdict="accept", format=call.talk)
        assert (done.accepted_instead_of, done.other_format) == (None, "")

    @pytest.mark.parametrize("verdict", ["waitlist", "reject"])
    def test_only_an_acceptance_names_another_format(
        self, call: CallFixture, chair: User, demo: Format, verdict: str
    ) -> None:
        refused = refusal(apply_verdict, by=chair, proposal=call.submitted(), verdict=verdict, format=demo)
        assert (type(refused), refused.code) == (Invalid, "format-not-offered")

    def test_a_format_of_another_edition_is_refused(self, call: CallFixture, chair: User) -> None:
        foreign = make.FormatFactory()
        refused = refusal(apply_verdict, by=chair, proposal=call.submitted(), verdict="accept", format=foreign)
        assert refused.code == "format-not-offered"

    def test_its_tier_must_allow_the_acceptance(self, call: CallFixture, chair: User, demo: Format) -> None:
        apply_verdict(by=chair, proposal=call.submitted(), verdict="accept", format=demo)
        other = call.submitted()
        refused = refusal(apply_verdict, by=chair, proposal=other, verdict="accept", format=demo)
        assert refused.code == "over-the-tiers-limit"
        assert "the Gold tier may have 1 demo accepted, and 1 is" in refused.message
        assert fresh(other).format == call.talk

    def test_it_counts_as_submitted_in_its_first_format_and_as_accepted_in_the_other(
        self, call: CallFixture, chair: User, demo: Format
    ) -> None:
        apply_verdict(by=chair, proposal=call.submitted(), verdict="accept", format=demo)
        counts = {each.format.name: (each.submitted, each.accepted) for each in allowances(call.sponsor)}
        assert counts == {"Talk": (1, 0), "Demo": (0, 1)}

    def test_its_team_reads_an_offer_and_confirms_it(self, call: CallFixture, chair: User, demo: Format) -> None:
        confirm_by(call, 10)
        ask(demo, outline=FieldUse.OPTIONAL)
        proposal = call.submitted(outline=[{"minutes": 40}, {"minutes": 20}])
        done = fresh(apply_verdict(by=chair, proposal=proposal, verdict="accept", format=demo))
        status = status_of(done, clock.now())
        assert status.verdict == (
            "It is accepted as a demo instead of a talk: an offer. Confirm to accept it, or decline."
        )
        step = next_step(status)
        assert step is not None
        assert step.title == "Answer the offer"
        assert "Its outline adds up to 60 minutes, and a demo has 30: adjust it once you have confirmed." in step.text
        assert history_for_sponsor(done)[0].note == "Accepted, as a demo instead of a talk"
        confirm(by=call.member, proposal=done)
        assert status_of(fresh(done), clock.now()).verdict == (
            "It is accepted as a demo instead of a talk, and you have confirmed it."
        )
        assert "“" + done.title + "”, as a demo instead of a talk, for" in mails("confirmed")[0].body

    def test_a_declined_offer_is_restored_as_the_same_offer(self, call: CallFixture, chair: User, demo: Format) -> None:
        done = apply_verdict(by=chair, proposal=call.submitted(), verdict="accept", format=demo)
        decline(by=call.member, proposal=done)
        back = fresh(restore(by=chair, proposal=done))
        assert (back.state, back.format, back.accepted_instead_of) == ("accepted", demo, call.talk)

    def test_a_declined_offer_whose_place_is_taken_is_not_restored(
        self, call: CallFixture, chair: User, demo: Format
    ) -> None:
        done = apply_verdict(by=chair, proposal=call.submitted(), verdict="accept", format=demo)
        decline(by=call.member, proposal=done)
        apply_verdict(by=chair, proposal=call.submitted(), verdict="accept", format=demo)
        refused = refusal(restore, by=chair, proposal=done)
        assert refused.message.startswith("Its place is not free: the Gold tier may have 1 demo accepted, and 1 is.")

    def test_taken_up_again_it_is_a_draft_of_its_first_format(
        self, call: CallFixture, chair: User, demo: Format
    ) -> None:
        done = apply_verdict(by=chair, proposal=call.submitted(), verdict="accept", format=demo)
        decline(by=call.member, proposal=done)
        back = fresh(revive(by=call.member, proposal=done))
        assert (back.state, back.format, back.accepted_instead_of) == ("draft", call.talk, None)

    def test_postgresql_keeps_an_offer_to_what_is_accepted(self, call: CallFixture, demo: Format) -> None:
        rows = Proposal.objects.filter(pk=call.submitted().pk)
        for wrong in (
            {"accepted_instead_of": demo},
            {"accepted_instead_of": call.talk, "state": "accepted"},
            {"state": "withdrawn", "withdrawn_from": "confirmed", "withdrawn_as": "declined"},
            {"withdrawn_as": "lapsed"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**wrong)


class TestDeclining:
    def test_it_is_withdrawn_with_who_and_why_and_chairs_are_told(self, call: CallFixture, chair: User) -> None:
        proposal = call.accepted(title="Forecasts")
        decline(by=call.member, proposal=proposal, reason="Our speaker changed jobs.")
        gone = fresh(proposal)
        assert (gone.state, gone.withdrawn_from, gone.withdrawn_as) == ("withdrawn", "accepted", "declined")
        assert Entry.objects.get(fact="proposals.declined").data == {"reason": "Our speaker changed jobs."}
        assert list(Reaction.objects.values_list("task", flat=True)) == ["program.free_withdrawn"]
        [mail] = mails("place_freed")
        assert mail.recipient == chair
        assert f"{call.member} declined for {call.sponsor.name}: “Forecasts”" in mail.body
        assert "Its place (talk) is free." in mail.body
        assert "Reason given: Our speaker changed jobs." in mail.body
        assert f"/e/{call.edition.slug}/decisions/#free-places" in mail.body
        assert status_of(gone, clock.now()).verdict == "It was accepted, and your team declined."
        assert (gone.state_for_sponsor, history_for_sponsor(gone)[0].what) == ("Declined", "Declined")

    @pytest.mark.parametrize(
        ("state", "code"),
        [("confirmed", "already-confirmed"), ("waitlisted", "not-accepted"), ("rejected", "not-accepted")],
    )
    def test_only_what_is_accepted_and_not_confirmed(self, call: CallFixture, state: str, code: str) -> None:
        assert refusal(decline, by=call.member, proposal=call.submitted(state=state)).code == code

    def test_a_rival_does_not(self, call: CallFixture) -> None:
        assert isinstance(refusal(decline, by=call.rival_member, proposal=call.accepted()), NotAllowed)

    def test_pages_offer_both_answers_and_keep_the_reason_when_refused(self, call: CallFixture) -> None:
        confirm_by(call, 10)
        proposal, client = call.accepted(), browser(call.member)
        page = body(client.get(call.url("detail", proposal)))
        assert call.url("decline", proposal) in page
        refused = client.post(call.url("decline", proposal), {"reason": "x" * 501})
        assert refused.status_code == 422
        assert "x" * 501 in body(refused)
        assert client.post(call.url("decline", proposal), {"reason": ""}).status_code == 302
        assert "Declined" in body(client.get(call.url("detail", proposal)))
        assert "there is nothing to decline" in " ".join(body(client.get(call.url("decline", proposal))).split())


class TestLapsing:
    def test_a_chair_releases_what_nobody_confirmed_in_time(self, call: CallFixture, chair: User) -> None:
        confirm_by(call, -1)
        proposal = accepted_earlier(call, title="Forecasts")
        lapse(by=chair, proposal=proposal)
        gone = fresh(proposal)
        assert (gone.state, gone.withdrawn_from, gone.withdrawn_as) == ("withdrawn", "accepted", "lapsed")
        [mail] = mails("lapsed")
        assert (mail.recipient, mail.subject) == (call.member, "Not confirmed in time: Forecasts")
        assert mails("place_freed") == []  # the only cochair did it
        assert gone.state_for_sponsor == "Not confirmed in time"
        assert restore(by=chair, proposal=gone).state == "accepted"

    def test_the_minute_that_is_shown_belongs_to_the_time(self, call: CallFixture, chair: User) -> None:
        confirm_by(call, 1)
        proposal = accepted_earlier(call)
        by = minute_of(clock.now() + timedelta(days=1))
        Edition.objects.filter(pk=call.edition.pk).update(confirm_by_at=by)
        with clock.at(by + timedelta(seconds=59)):
            assert refusal(lapse, by=chair, proposal=fresh(proposal)).code == "still-confirming"
        with clock.at(by + timedelta(seconds=60)):
            assert lapse(by=chair, proposal=fresh(proposal)).state == "withdrawn"

    def test_who_is_accepted_late_has_three_days_all_the_same(self, call: CallFixture, chair: User) -> None:
        confirm_by(call, -1)
        proposal = call.accepted()
        assert refusal(lapse, by=chair, proposal=proposal).code == "still-confirming"
        assert status_of(fresh(proposal), clock.now()).too_late == ""
        with clock.at(clock.now() + timedelta(days=3, minutes=1)):
            assert status_of(fresh(proposal), clock.now()).too_late != ""
            assert lapse(by=chair, proposal=proposal).state == "withdrawn"

    def test_what_was_confirmed_meanwhile_keeps_its_place(self, call: CallFixture, chair: User) -> None:
        confirm_by(call, -1)
        proposal = accepted_earlier(call)
        confirm(by=call.member, proposal=proposal)
        refused = refusal(lapse, by=chair, proposal=proposal)
        assert (refused.code, f"{proposal.code} is confirmed" in refused.message) == ("not-unconfirmed", True)

    def test_without_a_day_nothing_lapses(self, call: CallFixture, chair: User) -> None:
        assert refusal(lapse, by=chair, proposal=accepted_earlier(call)).code == "no-day-to-confirm"

    def test_only_cochairs_without_a_conflict(self, call: CallFixture, chair: User) -> None:
        confirm_by(call, -1)
        proposal = accepted_earlier(call)
        organiser = make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user
        make.ConflictFactory(user=chair, sponsor=call.sponsor)
        for person in (chair, organiser, call.member, call.rival_member):
            assert isinstance(refusal(lapse, by=person, proposal=proposal), NotAllowed)

    def test_after_the_day_its_team_may_still_confirm_and_is_told_what_may_happen(self, call: CallFixture) -> None:
        confirm_by(call, -1)
        proposal = accepted_earlier(call)
        step = next_step(status_of(fresh(proposal), clock.now()))
        assert step is not None
        assert step.text.endswith(
            "The day to confirm has passed; the chairs may give the place to another proposal. "
            "You can still confirm now."
        )
        assert confirm(by=call.member, proposal=proposal).state == "confirmed"


VERBS = ("accept", "offer", "waitlist", "reject", "confirm", "decline", "withdraw", "lapse", "restore")


class TestAnyOrder(TestCase):
    """Whatever is done in whatever order: limits hold, counts agree, and what is refused changes nothing."""

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(some.lists(some.tuples(some.integers(0, 2), some.sampled_from(VERBS)), max_size=14))
    def test_limits_hold_and_counts_agree(self, steps: list[tuple[int, str]]) -> None:
        call = new_call()
        demo = demo_of(call)
        confirm_by(call, -1)
        chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
        mine = [call.submitted() for _ in range(2)] + [call.submitted(format=demo)]
        verbs = {
            "accept": lambda it: apply_verdict(by=chair, proposal=it, verdict="accept"),
            "offer": lambda it: apply_verdict(by=chair, proposal=it, verdict="accept", format=demo),
            "waitlist": lambda it: apply_verdict(by=chair, proposal=it, verdict="waitlist"),
            "reject": lambda it: apply_verdict(by=chair, proposal=it, verdict="reject"),
            "confirm": lambda it: confirm(by=call.member, proposal=it),
            "decline": lambda it: decline(by=call.member, proposal=it),
            "withdraw": lambda it: withdraw(by=call.member, proposal=it),
            "lapse": lambda it: late(it),
            "restore": lambda it: restore(by=chair, proposal=it),
        }

        def late(it: Proposal) -> Proposal:
            with clock.at(clock.now() + timedelta(days=4)):
                return lapse(by=chair, proposal=it)

        for which, verb in steps:
            before = fresh(mine[which])
            refused = ""
            try:
                with transaction.atomic():
                    verbs[verb](before)
            except WrongState as error:
                refused = error.message
            after = fresh(mine[which])
            if refused:
                assert (after.state, after.format_id) == (before.state, before.format_id), refused
        rows = [fresh(each) for each in mine]
        assert [each.submitted_as for each in rows] == [call.talk, call.talk, demo]
        for each in allowances(call.sponsor):
            placed = [row for row in rows if row.state in PLACEABLE and row.format == each.format]
            counted = [row for row in rows if row.state != "withdrawn" and row.submitted_as == each.format]
            assert (each.accepted, each.submitted) == (len(placed), len(counted))
            assert each.accepted <= each.may_be_accepted
        for row in rows:
            if row.accepted_instead_of is not None:
                assert ProposalState(row.withdrawn_from or row.state) in PLACEABLE
