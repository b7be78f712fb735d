"""Verdicts, batches and their release: what happens, what is refused, and what two chairs at once may do."""

import pytest
from django.db import DatabaseError, transaction

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.queries import questions
from expo.proposals.services import answer_claim
from expo.proposals.states import ProposalState
from reviews.decisions import snapshots
from reviews.decisions.models import Batch, Decision, Released
from reviews.decisions.queries import basis, draft_for, released_of
from reviews.decisions.services import create_batch, decide, put_in_batch, release_batch, take_out_of_batch
from reviews.decisions.services.batches import Report, Skipped
from reviews.scoring.models import Score
from tests.factories import ConflictFactory, PresenterFactory, SponsorFactory, TeamMemberFactory, UserFactory
from tests.scoring.house import open_house
from tests.threads import race

ACCEPT = {"verdict": "accept", "reason": "above_the_line"}
REJECT = {"verdict": "reject", "reason": "below_the_line"}
WAITLIST = {"verdict": "waitlist", "reason": "no_place_left"}


def refusal(verb, *args, **kwargs):
    with pytest.raises((Invalid, NotAllowed, WrongState)) as caught:
        verb(*args, **kwargs)
    return caught.value


def batch_of(house, *proposals, name="First verdicts", verdict=ACCEPT):
    for proposal in proposals:
        decide(by=house.chair, proposal=proposal, **verdict)
    batch = create_batch(by=house.chair, edition=house.edition, name=name)
    return put_in_batch(by=house.chair, batch=batch, proposals=proposals) if proposals else batch


class TestDeciding:
    def test_a_verdict_keeps_what_it_rested_on_under_a_digest(self, house):
        proposal = house.proposal(4, 3, 3)
        conflicted = house.cochair()
        ConflictFactory(user=conflicted, sponsor=proposal.sponsor)
        decision = decide(by=house.chair, proposal=proposal, **ACCEPT, feedback="Well done.\r\n", note="Unanimous.")
        proposal.refresh_from_db()
        assert (decision.verdict, decision.feedback, decision.version) == ("accept", "Well done.", 1)
        assert decision.merit == pytest.approx(10 / 3)
        assert decision.snapshot["standing"]["mean"] == 3.333333
        assert decision.snapshot["rule"]["gate"] == "few-scores"
        assert decision.snapshot["conflicted"] == [conflicted.pk]
        assert [each["level"] for each in decision.snapshot["scores"]] == [4, 4, 3, 3, 3, 3]
        assert decision.snapshot["decision"]["note"] == "Unanimous."
        assert decision.digest == snapshots.digest(Decision.objects.get().snapshot)
        assert proposal.state == ProposalState.SUBMITTED

    def test_the_record_stays_when_scores_change_later(self, house):
        decision = decide(by=house.chair, proposal=house.proposal(4, 3, 3), **ACCEPT)
        Score.objects.update(level=house.criteria[0].levels.get(value=1))
        decision.refresh_from_db()
        assert decision.snapshot["standing"]["mean"] == 3.333333

    def test_a_verdict_may_change_until_its_release_and_the_journal_keeps_both(self, house):
        proposal = house.proposal(3)
        decide(by=house.chair, proposal=proposal, **ACCEPT)
        decide(by=house.chair, proposal=proposal, **REJECT, version=1)
        first, second = Entry.objects.filter(fact="decisions.decided").order_by("id")
        assert (first.data["before"], first.data["verdict"]) == (None, "accept")
        assert (second.data["before"]["verdict"], second.data["verdict"]) == ("accept", "reject")
        assert second.proposal_id == proposal.pk

    def test_the_same_form_twice_is_one_verdict_and_an_old_form_is_refused(self, house):
        proposal = house.proposal(3)
        decide(by=house.chair, proposal=proposal, **ACCEPT)
        assert decide(by=house.chair, proposal=proposal, **ACCEPT).version == 1
        assert refusal(decide, by=house.cochair(), proposal=proposal, **REJECT).code == "stale-version"
        assert Decision.objects.get().verdict == "accept"

    @pytest.mark.slow
    def test_a_tiers_limit_is_kept_with_a_sentence(self, house):
        sponsor = SponsorFactory(edition=house.edition, name="Northwind")
        first, second = house.proposal(4, sponsor=sponsor), house.proposal(3, sponsor=sponsor)
        decide(by=house.chair, proposal=first, **ACCEPT)
        refused = refusal(decide, by=house.chair, proposal=second, **ACCEPT)
        assert (refused.code, refused.field) == ("over-the-tiers-limit", "verdict")
        assert refused.message == (
            f"Northwind (Gold) may have 1 talk accepted, and {first.code} has it. "
            "Choose another verdict for one of them first."
        )
        decide(by=house.chair, proposal=second, **WAITLIST)
        decide(by=house.chair, proposal=first, **REJECT, version=1)
        assert decide(by=house.chair, proposal=second, **ACCEPT, version=1).verdict == "accept"

    @pytest.mark.slow
    def test_a_withdrawn_acceptance_frees_the_place(self, house):
        sponsor = SponsorFactory(edition=house.edition)
        first, second = house.proposal(4, sponsor=sponsor), house.proposal(3, sponsor=sponsor)
        decide(by=house.chair, proposal=first, **ACCEPT)
        first.state = ProposalState.WITHDRAWN
        first.save()
        assert decide(by=house.chair, proposal=second, **ACCEPT).verdict == "accept"

    @pytest.mark.parametrize("phase", [Phase.CALL, Phase.REVIEW, Phase.ARCHIVED])
    def test_only_while_deciding(self, house, phase):
        proposal = house.proposal(3)
        house.edition.phase = phase
        house.edition.save()
        assert refusal(decide, by=house.chair, proposal=proposal, **ACCEPT).code == "not-deciding"

    def test_only_cochairs_outside_their_wall(self, house):
        proposal = house.proposal(3)
        for stranger in (UserFactory(), house.reviewers[0]):
            assert refusal(decide, by=stranger, proposal=proposal, **ACCEPT).code == "not-allowed"
        ConflictFactory(user=house.chair, sponsor=proposal.sponsor)
        assert refusal(decide, by=house.chair, proposal=proposal, **ACCEPT).code == "not-allowed"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"verdict": "maybe"}, "unknown-verdict"),
            ({"reason": ""}, "unknown-reason"),
            ({"feedback": "x" * 10_001}, "too-long"),
        ],
    )
    def test_bad_input(self, house, changes, code):
        refused = refusal(decide, by=house.chair, proposal=house.proposal(3), **{**ACCEPT, **changes})
        assert (refused.code, refused.field) == (code, next(iter(changes)))

    @pytest.mark.slow
    def test_a_hidden_acceptance_is_not_told_and_the_release_still_keeps_the_limit(self, house):
        """The chair has a conflict with one proposal of the sponsor only; the limit must hold, and the secret too."""
        sponsor = SponsorFactory(edition=house.edition)
        hidden, seen = house.proposal(4, sponsor=sponsor), house.proposal(3, sponsor=sponsor)
        other = house.cochair()
        decide(by=other, proposal=hidden, **ACCEPT)
        release_batch(
            by=other,
            batch=put_in_batch(
                by=other, batch=create_batch(by=other, edition=house.edition, name="A"), proposals=[hidden]
            ),
        )
        ConflictFactory(user=house.chair, sponsor=sponsor, proposal=hidden)
        batch = batch_of(house, seen, name="B")
        refused = refusal(release_batch, by=house.chair, batch=batch)
        assert (refused.code, refused.message) == ("hidden-conflict", "Another cochair must release this batch.")
        assert hidden.code in refusal(decide, by=other, proposal=seen, **ACCEPT, feedback="x", version=1).message
        assert refusal(release_batch, by=other, batch=batch).code == "over-the-tiers-limit"

    def test_a_chair_who_is_claimed_is_sent_to_the_question_and_not_to_another_chair(self, house):
        proposal = house.proposal(3)
        batch = batch_of(house, proposal, name="A")
        PresenterFactory(proposal=proposal, email=house.chair.email)
        assert refusal(release_batch, by=house.chair, batch=batch).code == "answer-first"
        (asked,) = questions(house.chair)
        answer_claim(by=house.chair, token=asked.token, is_yes=False)
        release_batch(by=house.chair, batch=batch)
        batch.refresh_from_db()
        assert batch.released_at is not None


class TestBatches:
    @pytest.mark.slow
    def test_release_hands_over_freezes_and_mails_once_to_each(self, house):
        good, weak = house.proposal(4, 4, 4, title="Good news"), house.proposal(1, 1, 1, title="Sad news")
        members = [TeamMemberFactory(sponsor=good.sponsor).user, TeamMemberFactory(sponsor=weak.sponsor).user]
        decide(by=house.chair, proposal=good, **ACCEPT, feedback="Bring the code.")
        decide(by=house.chair, proposal=weak, **REJECT, feedback="Show the data.")
        batch = create_batch(by=house.chair, edition=house.edition, name="First")
        put_in_batch(by=house.chair, batch=batch, proposals=[good, weak])
        assert Message.objects.count() == 0
        report = release_batch(by=house.chair, batch=batch)
        good.refresh_from_db()
        weak.refresh_from_db()
        assert (report.released, report.skipped, report.batch.state) == (2, (), "released")
        assert (good.state, good.merit, good.feedback) == (ProposalState.ACCEPTED, 4.0, "Bring the code.")
        assert (weak.state, weak.feedback) == (ProposalState.REJECTED, "Show the data.")
        mails = {message.recipient: message for message in Message.objects.filter(kind__startswith="decisions/")}
        assert set(mails) == set(members)
        assert mails[members[0]].subject == f"Accepted: Good news ({house.edition.name})"
        assert "Bring the code." in mails[members[0]].body
        assert f"/e/{house.edition.slug}/proposals/{good.code}/" in mails[members[0]].body
        assert mails[members[1]].subject == f"Not accepted: Sad news ({house.edition.name})"
        assert "Show the data." in mails[members[1]].body
        frozen = Released.objects.get(proposal=good)
        assert frozen.digest == snapshots.digest(frozen.snapshot)

    @pytest.mark.slow
    @pytest.mark.parametrize("words", ["", " Call me."])
    def test_a_computed_text_that_changed_goes_back_to_the_chair(self, house, words):
        """Rejected as one level of one criterion short; then its rivals get better reviews, and it is no longer so."""
        rivals = [house.proposal(3, 3, 3), house.proposal(3, 3)]
        short = house.proposal(3, 3, 2)
        batch = batch_of(house, *rivals)
        draft = draft_for(basis(house.edition, house.chair), short, "reject", "below_the_line")
        assert "if every reviewer had rated “substance” one level higher" in draft.text
        given = {"feedback": draft.text + words, "facts": draft.facts}
        decide(by=house.chair, proposal=short, **REJECT, **given)
        put_in_batch(by=house.chair, batch=batch, proposals=[short])
        house.review(rivals[1], house.reviewers[3], 4)
        house.review(rivals[0], house.reviewers[3], 4)
        refused = refusal(release_batch, by=house.chair, batch=batch)
        assert refused.code == "draft-changed"
        assert refused.message == (
            "Nothing was released: reviews or other verdicts have changed what the draft of the feedback says for "
            f"{short.code}. Read it again and save it, or take it out of the batch; then release the rest."
        )
        assert refusal(decide, by=house.chair, proposal=short, **REJECT, **given, version=1).code == "draft-changed"
        now = draft_for(basis(house.edition, house.chair), short, "reject", "below_the_line")
        decide(by=house.chair, proposal=short, **REJECT, feedback=draft.text + words, facts=now.facts, version=1)
        assert release_batch(by=house.chair, batch=batch).released == 3

    @pytest.mark.slow
    def test_a_chair_with_a_conflict_gets_a_draft_that_compares_nothing(self, house):
        for _ in range(4):
            house.proposal(4, 4)
        short, other = house.proposal(3, 3), house.cochair()
        full = draft_for(basis(house.edition, house.chair), short, "reject", "below_the_line")
        assert "By its points it is number 5 of 5 talks; there is a place for 2 of them." in full.text
        ConflictFactory(user=other, sponsor=SponsorFactory(edition=house.edition))
        partial = draft_for(basis(house.edition, other), short, "reject", "below_the_line")
        assert partial.text == (
            f"Thank you for proposing “{short.title}”. 2 reviewers read it and scored it against the Expo's rubric."
        )
        decide(by=house.chair, proposal=short, **REJECT, feedback=full.text, facts=full.facts)
        batch = create_batch(by=other, edition=house.edition, name="First")
        put_in_batch(by=other, batch=batch, proposals=[short])
        refused = refusal(release_batch, by=other, batch=batch)
        assert (refused.code, short.code in refused.message) == ("hidden-conflict", True)
        decide(by=other, proposal=short, **REJECT, feedback=partial.text, facts=partial.facts, version=1)
        assert release_batch(by=other, batch=batch).released == 1

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("rivals", "reason", "words"),
        [
            (3, "below_the_line", "There were more proposals than places, and the chairs had to choose."),
            (0, "below_the_line", "The chairs did not find it strong enough for this program."),
            (3, "off_topic", "The chairs found that its subject does not match the topics of this Expo."),
            (3, "over_the_tiers_limit", "Your sponsorship tier limits how many talks may be accepted."),
        ],
    )
    def test_the_mail_says_the_decisions_own_reason(self, house, rivals, reason, words):
        for _ in range(rivals):
            house.proposal(4)
        proposal = house.proposal(3)
        TeamMemberFactory(sponsor=proposal.sponsor)
        batch = batch_of(house, proposal, verdict={"verdict": "reject", "reason": reason})
        release_batch(by=house.chair, batch=batch)
        body = Message.objects.get(kind="decisions/rejected").body
        assert f"is not part of {house.edition.name}. {words}\n" in body

    def test_hostile_words_stay_words_in_mail(self, house):
        proposal = house.proposal(4, title="A & B <x>\nBcc: all@example.org")
        TeamMemberFactory(sponsor=proposal.sponsor)
        release_batch(by=house.chair, batch=batch_of(house, proposal))
        message = Message.objects.get(kind="decisions/accepted")
        assert "\n" not in message.subject
        assert "A & B <x>" in message.body

    def test_postgresql_itself_keeps_what_was_released(self, house):
        release_batch(by=house.chair, batch=batch_of(house, house.proposal(4)))
        for change in (lambda rows: rows.update(verdict="reject"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(Released.objects.all())

    def test_an_acceptance_stands_until_its_sponsor_withdraws(self, house):
        taken = house.proposal(4)
        release_batch(by=house.chair, batch=batch_of(house, taken))
        taken.refresh_from_db()
        refused = refusal(decide, by=house.chair, proposal=taken, **REJECT, version=1)
        assert (refused.code, refused.who_can) == ("already-released", ("team",))
        assert refused.message.endswith("Its sponsor's team can withdraw it.")

    @pytest.mark.slow
    @pytest.mark.parametrize("phase", [Phase.SCHEDULE, Phase.PUBLISHED])
    @pytest.mark.parametrize(("first", "state"), [(WAITLIST, "waitlisted"), (REJECT, "rejected")])
    def test_a_new_decision_supersedes_a_released_one_even_after_publication(self, house, phase, first, state):
        proposal = house.proposal(3, title="Second thoughts")
        team = TeamMemberFactory(sponsor=proposal.sponsor).user
        release_batch(by=house.chair, batch=batch_of(house, proposal, verdict=first))
        Edition.objects.update(phase=phase)
        proposal.refresh_from_db()
        refused = refusal(decide, by=house.chair, proposal=proposal, **first, note="x", version=1)
        assert refused.code == f"already-{state}"
        decide(by=house.chair, proposal=proposal, **ACCEPT, version=1)
        proposal.refresh_from_db()
        assert (proposal.state, released_of(proposal).verdict) == (state, first["verdict"])  # nothing has left yet
        batch = create_batch(by=house.chair, edition=house.edition, name="Third")
        release_batch(by=house.chair, batch=put_in_batch(by=house.chair, batch=batch, proposals=[proposal]))
        proposal.refresh_from_db()
        old, new = Released.objects.filter(proposal=proposal)
        assert (proposal.state, old.verdict, new.verdict) == ("accepted", first["verdict"], "accept")
        assert (old.supersedes, new.supersedes, released_of(proposal)) == (None, old, new)
        words = {"waitlisted": "on the waiting list", "rejected": "not accepted"}[state]
        mail = Message.objects.get(kind="decisions/accepted", recipient=team)
        assert f"This verdict replaces the earlier one ({words})." in mail.body

    def test_the_earlier_verdict_chosen_again_takes_the_new_one_back(self, house):
        proposal = house.proposal(3)
        batch = batch_of(house, proposal, verdict=REJECT)
        release_batch(by=house.chair, batch=batch)
        proposal.refresh_from_db()
        kept = Released.objects.get()
        decide(by=house.cochair(), proposal=proposal, **ACCEPT, note="On reflection.", version=1)
        decision = decide(by=house.chair, proposal=proposal, verdict="reject", reason="chairs_call", version=2)
        assert (decision.verdict, decision.reason, decision.note) == ("reject", REJECT["reason"], "")
        assert (decision.digest, decision.batch, decision.decided_by) == (kept.digest, batch, house.chair)
        assert Entry.objects.get(fact="decisions.taken_back").data["before"]["note"] == "On reflection."

    def test_postgresql_knows_one_current_decision_per_proposal(self, house):
        one, other = house.proposal(4), house.proposal(3)
        release_batch(by=house.chair, batch=batch_of(house, one, other))
        first, second = Released.objects.get(proposal=one), Released.objects.get(proposal=other)
        batch = create_batch(by=house.chair, edition=house.edition, name="Second")
        fields = {"batch": batch, "verdict": "reject", "reason": "chairs_call", "snapshot": {}, "digest": ""}
        for supersedes in (None, second):  # a second beginning, and another proposal's decision
            with pytest.raises(DatabaseError), transaction.atomic():
                Released.objects.create(proposal=one, supersedes=supersedes, **fields)
        Released.objects.create(proposal=one, supersedes=first, **fields)
        again = create_batch(by=house.chair, edition=house.edition, name="Third")
        with pytest.raises(DatabaseError), transaction.atomic():
            Released.objects.create(proposal=one, supersedes=first, **{**fields, "batch": again})

    @pytest.mark.slow
    def test_a_withdrawn_proposal_is_left_out_and_reported(self, house):
        gone, there = house.proposal(4, title="Gone"), house.proposal(3)
        batch = batch_of(house, gone, there)
        gone.state = ProposalState.WITHDRAWN
        gone.save()
        report = release_batch(by=house.chair, batch=batch)
        assert report.skipped == (Skipped(gone.code, "Gone", "is withdrawn"),)
        assert (report.released, Decision.objects.get(proposal=gone).batch) == (1, None)
        assert Entry.objects.filter(fact="decisions.skipped", proposal_id=gone.pk).count() == 1

    def test_an_empty_batch_is_not_released(self, house):
        assert refusal(release_batch, by=house.chair, batch=batch_of(house)).code == "empty-batch"

    def test_a_chair_puts_in_only_what_they_see(self, house):
        hidden, undecided = house.proposal(4), house.proposal(3)
        other = house.cochair()
        decide(by=other, proposal=hidden, **ACCEPT)
        ConflictFactory(user=house.chair, sponsor=hidden.sponsor)
        batch = batch_of(house)
        told = {
            refusal(put_in_batch, by=house.chair, batch=batch, proposals=[each]).message for each in (hidden, undecided)
        }
        assert told == {"Choose proposals that you have on your desk and that have a verdict."}

    @pytest.mark.slow
    def test_a_conflicted_chair_does_not_release_and_learns_no_more(self, house):
        hidden, seen = house.proposal(4, title="Secret title"), house.proposal(3)
        other = house.cochair()
        for proposal in (hidden, seen):
            decide(by=other, proposal=proposal, **ACCEPT)
        batch = create_batch(by=other, edition=house.edition, name="Mixed")
        put_in_batch(by=other, batch=batch, proposals=[hidden, seen])
        ConflictFactory(user=house.chair, sponsor=hidden.sponsor)
        refused = refusal(release_batch, by=house.chair, batch=batch)
        assert (refused.code, refused.message) == ("hidden-conflict", "Another cochair must release this batch.")
        assert release_batch(by=other, batch=batch).released == 2

    def test_decisions_move_between_open_batches_and_out(self, house):
        proposal = house.proposal(4)
        first = batch_of(house, proposal)
        second = create_batch(by=house.chair, edition=house.edition, name="Second")
        put_in_batch(by=house.chair, batch=second, proposals=[proposal])
        assert refusal(take_out_of_batch, by=house.chair, batch=first, proposals=[proposal]).code == "not-in-batch"
        take_out_of_batch(by=house.chair, batch=second, proposals=[proposal])
        assert Decision.objects.get().batch is None

    @pytest.mark.slow
    def test_a_released_batch_is_closed(self, house):
        proposal, late = house.proposal(4), house.proposal(3)
        batch = batch_of(house, proposal)
        release_batch(by=house.chair, batch=batch)
        decide(by=house.chair, proposal=late, **REJECT)
        for verb in (put_in_batch, take_out_of_batch):
            assert refusal(verb, by=house.chair, batch=batch, proposals=[late]).code == "batch-released"
        assert refusal(release_batch, by=house.chair, batch=batch).code == "batch-released"

    @pytest.mark.parametrize(
        ("name", "code"), [(" \x00 ", "name-missing"), ("x" * 81, "too-long"), ("Taken", "name-taken")]
    )
    def test_a_batch_needs_a_name_of_its_own(self, house, name, code):
        create_batch(by=house.chair, edition=house.edition, name="Taken")
        assert refusal(create_batch, by=house.chair, edition=house.edition, name=name).code == code

    def test_another_editions_chair_has_no_say(self, house):
        batch = batch_of(house, house.proposal(4))
        assert refusal(release_batch, by=open_house(Phase.DECIDE).chair, batch=batch).code == "not-allowed"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.slow
    def test_of_two_releases_exactly_one_happens(self):
        house = open_house(Phase.DECIDE)
        proposal = house.proposal(4)
        TeamMemberFactory(sponsor=proposal.sponsor)
        batch = batch_of(house, proposal)
        other = house.cochair()
        outcomes = race(*[lambda by=by: release_batch(by=by, batch=batch) for by in (house.chair, other) * 2])
        assert sorted(getattr(each, "code", "released") for each in outcomes) == ["batch-released"] * 3 + ["released"]
        assert sum(isinstance(each, Report) for each in outcomes) == 1
        assert Message.objects.filter(kind="decisions/accepted").count() == 1
        assert Entry.objects.filter(fact="decisions.batch_released").count() == 1

    @pytest.mark.slow
    def test_two_chairs_cannot_accept_past_the_tiers_limit(self):
        house = open_house(Phase.DECIDE)
        sponsor = SponsorFactory(edition=house.edition)
        proposals = [house.proposal(4, sponsor=sponsor) for _ in range(2)]
        outcomes = race(*[lambda each=each: decide(by=house.chair, proposal=each, **ACCEPT) for each in proposals])
        assert sorted(getattr(each, "code", "decided") for each in outcomes) == ["decided", "over-the-tiers-limit"]

    @pytest.mark.slow
    def test_a_verdict_given_during_the_release_is_in_it_or_refused(self):
        house = open_house(Phase.DECIDE)
        proposal = house.proposal(4)
        batch = batch_of(house, proposal)
        changed, report = race(
            lambda: decide(by=house.chair, proposal=proposal, **REJECT, version=1),
            lambda: release_batch(by=house.chair, batch=batch),
        )
        proposal.refresh_from_db()
        assert isinstance(report, Report)
        assert Released.objects.get().verdict == {"rejected": "reject", "accepted": "accept"}[proposal.state]
        assert isinstance(changed, Decision) == (proposal.state == ProposalState.REJECTED)
        assert Batch.objects.get().state == "released"
