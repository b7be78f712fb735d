"""Verdicts, batches and their release: what happens, what is refused, and what two chairs at once may do."""

import pytest
from django.db import DatabaseError, transaction

from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.queries.claims import questions
from expo.proposals.services.claim_answers import answer_claim
from expo.proposals.states import ProposalState
from reviews.decisions.chain import digest
from reviews.decisions.models import Batch, Decision, Released
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.queries.batches import batches_seen, open_batches_of, released_of
from reviews.decisions.queries.decision_basis import basis_of
from reviews.decisions.queries.desk import draft_for
from reviews.decisions.services.batches import (
    ReleaseReport,
    Skipped,
    create_batch,
    put_in_batch,
    release_batch,
    take_out_of_batch,
)
from reviews.decisions.services.decisions import decide, undo_verdicts
from reviews.scoring.models import Score
from tests.concurrency import race
from tests.factories import ConflictFactory, PresenterFactory, SponsorFactory, TeamMemberFactory, UserFactory
from tests.scoring.fixtures import open_review

ACCEPT = {"verdict": "accept", "reason": "above_the_line", "confirmed": ASKS}
REJECT = {"verdict": "reject", "reason": "below_the_line"}
WAITLIST = {"verdict": "waitlist", "reason": "no_place_left"}


def refusal(verb, *args, **kwargs):
    with pytest.raises((Invalid, NotAllowed, WrongState)) as caught:
        verb(*args, **kwargs)
    return caught.value


def batch_of(panel, *proposals, name="First verdicts", verdict=ACCEPT):
    for proposal in proposals:
        decide(by=panel.chair, proposal=proposal, **verdict)
    batch = create_batch(by=panel.chair, edition=panel.edition, name=name)
    return put_in_batch(by=panel.chair, batch=batch, proposals=proposals) if proposals else batch


class TestDeciding:
    def test_a_verdict_keeps_what_it_rested_on_under_a_digest(self, panel):
        proposal = panel.proposal(4, 3, 3)
        conflicted = panel.cochair()
        ConflictFactory(user=conflicted, sponsor=proposal.sponsor)
        decision = decide(by=panel.chair, proposal=proposal, **ACCEPT, feedback="Well done.\r\n", note="Unanimous.")
        proposal.refresh_from_db()
        assert (decision.verdict, decision.feedback, decision.version) == ("accept", "Well done.", 1)
        assert decision.merit == pytest.approx(10 / 3)
        assert decision.snapshot["standing"]["mean"] == 3.333333
        assert decision.snapshot["rule"]["gate"] == "few-scores"
        assert decision.snapshot["conflicted"] == [conflicted.pk]
        assert [each["level"] for each in decision.snapshot["scores"]] == [4, 4, 3, 3, 3, 3]
        assert decision.snapshot["decision"]["note"] == "Unanimous."
        assert decision.digest == digest(Decision.objects.get().snapshot)
        assert proposal.state == ProposalState.SUBMITTED

    def test_the_record_stays_when_scores_change_later(self, panel):
        decision = decide(by=panel.chair, proposal=panel.proposal(4, 3, 3), **ACCEPT)
        Score.objects.update(level=panel.criteria[0].levels.get(value=1))
        decision.refresh_from_db()
        assert decision.snapshot["standing"]["mean"] == 3.333333

    def test_a_verdict_may_change_until_its_release_and_the_journal_keeps_both(self, panel):
        proposal = panel.proposal(3)
        decide(by=panel.chair, proposal=proposal, **ACCEPT)
        decide(by=panel.chair, proposal=proposal, **REJECT, version=1)
        first, second = Entry.objects.filter(fact="decisions.decided").order_by("id")
        assert (first.data["before"], first.data["verdict"]) == (None, "accept")
        assert (second.data["before"]["verdict"], second.data["verdict"]) == ("accept", "reject")
        assert second.proposal_id == proposal.pk

    def test_the_same_form_twice_is_one_verdict_and_an_old_form_is_refused(self, panel):
        proposal = panel.proposal(3)
        decide(by=panel.chair, proposal=proposal, **ACCEPT)
        assert decide(by=panel.chair, proposal=proposal, **ACCEPT).version == 1
        assert refusal(decide, by=panel.cochair(), proposal=proposal, **REJECT).code == "stale-version"
        assert Decision.objects.get().verdict == "accept"

    @pytest.mark.slow
    def test_a_tiers_limit_is_kept_with_a_sentence(self, panel):
        sponsor = SponsorFactory(edition=panel.edition, name="Northwind")
        first, second = panel.proposal(4, sponsor=sponsor), panel.proposal(3, sponsor=sponsor)
        decide(by=panel.chair, proposal=first, **ACCEPT)
        refused = refusal(decide, by=panel.chair, proposal=second, **ACCEPT)
        assert (refused.code, refused.field) == ("over-the-tiers-limit", "verdict")
        assert refused.message == (
            f"Northwind (Gold) may have 1 talk accepted, and {first.code} has been accepted. "
            "Choose another verdict for one of them first."
        )
        decide(by=panel.chair, proposal=second, **WAITLIST)
        decide(by=panel.chair, proposal=first, **REJECT, version=1)
        assert decide(by=panel.chair, proposal=second, **ACCEPT, version=1).verdict == "accept"

    @pytest.mark.slow
    def test_a_withdrawn_acceptance_frees_the_place(self, panel):
        sponsor = SponsorFactory(edition=panel.edition)
        first, second = panel.proposal(4, sponsor=sponsor), panel.proposal(3, sponsor=sponsor)
        decide(by=panel.chair, proposal=first, **ACCEPT)
        first.state = ProposalState.WITHDRAWN
        first.save()
        assert decide(by=panel.chair, proposal=second, **ACCEPT).verdict == "accept"

    @pytest.mark.parametrize("phase", [Phase.CALL, Phase.REVIEW, Phase.ARCHIVED])
    def test_only_while_deciding(self, panel, phase):
        proposal = panel.proposal(3)
        panel.edition.phase = phase
        panel.edition.save()
        assert refusal(decide, by=panel.chair, proposal=proposal, **ACCEPT).code == "not-deciding"

    def test_only_cochairs_outside_their_wall(self, panel):
        proposal = panel.proposal(3)
        for stranger in (UserFactory(), panel.reviewers[0]):
            assert refusal(decide, by=stranger, proposal=proposal, **ACCEPT).code == "not-allowed"
        ConflictFactory(user=panel.chair, sponsor=proposal.sponsor)
        assert refusal(decide, by=panel.chair, proposal=proposal, **ACCEPT).code == "not-allowed"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"verdict": "maybe"}, "unknown-verdict"),
            ({"reason": ""}, "unknown-reason"),
            ({"feedback": "x" * 10_001}, "too-long"),
        ],
    )
    def test_bad_input(self, panel, changes, code):
        refused = refusal(decide, by=panel.chair, proposal=panel.proposal(3), **{**ACCEPT, **changes})
        assert (refused.code, refused.field) == (code, next(iter(changes)))

    @pytest.mark.slow
    def test_a_hidden_acceptance_is_not_told_and_the_release_still_keeps_the_limit(self, panel):
        """The chair has a conflict with one proposal of the sponsor only; the limit must hold, and the secret too."""
        sponsor = SponsorFactory(edition=panel.edition)
        hidden, seen = panel.proposal(4, sponsor=sponsor), panel.proposal(3, sponsor=sponsor)
        other = panel.cochair()
        decide(by=other, proposal=hidden, **ACCEPT)
        release_batch(
            by=other,
            batch=put_in_batch(
                by=other, batch=create_batch(by=other, edition=panel.edition, name="A"), proposals=[hidden]
            ),
        )
        ConflictFactory(user=panel.chair, sponsor=sponsor, proposal=hidden)
        batch = batch_of(panel, seen, name="B")
        refused = refusal(release_batch, by=panel.chair, batch=batch)
        sentence = f"Another cochair must release this batch: {other}."
        assert (refused.code, refused.message) == ("hidden-conflict", sentence)
        assert hidden.code in refusal(decide, by=other, proposal=seen, **ACCEPT, feedback="x", version=1).message
        assert refusal(release_batch, by=other, batch=batch).code == "over-the-tiers-limit"

    def test_a_chair_who_is_claimed_is_sent_to_the_question_and_not_to_another_chair(self, panel):
        proposal = panel.proposal(3)
        batch = batch_of(panel, proposal, name="A")
        PresenterFactory(proposal=proposal, email=panel.chair.email)
        assert refusal(release_batch, by=panel.chair, batch=batch).code == "answer-first"
        (asked,) = questions(panel.chair)
        answer_claim(by=panel.chair, token=asked.token, is_yes=False)
        release_batch(by=panel.chair, batch=batch)
        batch.refresh_from_db()
        assert batch.released_at is not None


class TestBatches:
    @pytest.mark.slow
    def test_release_hands_over_freezes_and_mails_once_to_each(self, panel):
        good, weak = panel.proposal(4, 4, 4, title="Good news"), panel.proposal(1, 1, 1, title="Sad news")
        members = [TeamMemberFactory(sponsor=good.sponsor).user, TeamMemberFactory(sponsor=weak.sponsor).user]
        accepted = decide(by=panel.chair, proposal=good, **ACCEPT, feedback="Bring the code.")
        decide(by=panel.chair, proposal=weak, **REJECT, feedback="Show the data.")
        batch = create_batch(by=panel.chair, edition=panel.edition, name="First")
        put_in_batch(by=panel.chair, batch=batch, proposals=[good, weak])
        assert Message.objects.count() == 0
        report = release_batch(by=panel.chair, batch=batch)
        good.refresh_from_db()
        weak.refresh_from_db()
        assert (report.released, report.skipped, report.batch.state) == (2, (), "released")
        assert (good.state, good.merit, good.feedback) == (ProposalState.ACCEPTED, accepted.merit, "Bring the code.")
        assert (weak.state, weak.feedback) == (ProposalState.REJECTED, "Show the data.")
        mails = {message.recipient: message for message in Message.objects.filter(kind__startswith="decisions/")}
        assert set(mails) == set(members)
        assert mails[members[0]].subject == f"Accepted: Good news ({panel.edition.name})"
        assert "Bring the code." in mails[members[0]].body
        assert f"/e/{panel.edition.slug}/proposals/{good.code}/" in mails[members[0]].body
        assert mails[members[1]].subject == f"Not accepted: Sad news ({panel.edition.name})"
        assert "Show the data." in mails[members[1]].body
        frozen = Released.objects.get(proposal=good)
        assert frozen.digest == digest(frozen.snapshot)

    @pytest.mark.slow
    @pytest.mark.parametrize("words", ["", " Call me."])
    def test_a_computed_text_that_changed_goes_back_to_the_chair(self, panel, words):
        """Rejected as one level of one criterion short; then its rivals get better reviews, and it is no longer so."""
        rivals = [panel.proposal(3, 3, 3), panel.proposal(3, 3)]
        short = panel.proposal(3, 3, 2)
        batch = batch_of(panel, *rivals)
        draft = draft_for(basis_of(panel.edition, panel.chair), short, "reject", "below_the_line")
        assert "if every reviewer had rated “substance” one level higher" in draft.text
        given = {"feedback": draft.text + words, "drafted": draft.token}
        decide(by=panel.chair, proposal=short, **REJECT, **given)
        put_in_batch(by=panel.chair, batch=batch, proposals=[short])
        panel.review(rivals[1], panel.reviewers[3], 4)
        panel.review(rivals[0], panel.reviewers[3], 4)
        refused = refusal(release_batch, by=panel.chair, batch=batch)
        assert refused.code == "draft-changed"
        assert refused.message == (
            "Nothing was released: reviews or other verdicts have changed what the draft of the feedback says for "
            f"{short.code}. Read it again and save it, or take it out of the batch; then release the rest."
        )
        assert refusal(decide, by=panel.chair, proposal=short, **REJECT, **given, version=1).code == "draft-changed"
        now = draft_for(basis_of(panel.edition, panel.chair), short, "reject", "below_the_line")
        decide(by=panel.chair, proposal=short, **REJECT, feedback=draft.text + words, drafted=now.token, version=1)
        assert release_batch(by=panel.chair, batch=batch).released == 3

    @pytest.mark.slow
    def test_a_chair_with_a_conflict_gets_a_draft_that_compares_nothing(self, panel):
        for _ in range(4):
            panel.proposal(4, 4)
        short, other = panel.proposal(3, 3), panel.cochair()
        full = draft_for(basis_of(panel.edition, panel.chair), short, "reject", "below_the_line")
        assert "By its points it is number 5 of 5 talks; there is a place for 2 of them." in full.text
        ConflictFactory(user=other, sponsor=SponsorFactory(edition=panel.edition))
        partial = draft_for(basis_of(panel.edition, other), short, "reject", "below_the_line")
        assert partial.text == (
            f"Thank you for proposing “{short.title}”. 2 reviewers read it and scored it against the Expo's rubric."
        )
        decide(by=panel.chair, proposal=short, **REJECT, feedback=full.text, drafted=full.token)
        batch = create_batch(by=other, edition=panel.edition, name="First")
        put_in_batch(by=other, batch=batch, proposals=[short])
        refused = refusal(release_batch, by=other, batch=batch)
        assert (refused.code, short.code in refused.message) == ("hidden-conflict", True)
        decide(by=other, proposal=short, **REJECT, feedback=partial.text, drafted=partial.token, version=1)
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
    def test_the_mail_says_the_decisions_own_reason(self, panel, rivals, reason, words):
        for _ in range(rivals):
            panel.proposal(4)
        proposal = panel.proposal(3)
        TeamMemberFactory(sponsor=proposal.sponsor)
        batch = batch_of(panel, proposal, verdict={"verdict": "reject", "reason": reason})
        release_batch(by=panel.chair, batch=batch)
        body = Message.objects.get(kind="decisions/rejected").body
        assert f"was not accepted for {panel.edition.name}. {words}\n" in body

    def test_hostile_words_stay_words_in_mail(self, panel):
        proposal = panel.proposal(4, title="A & B <x>\nBcc: all@example.org")
        TeamMemberFactory(sponsor=proposal.sponsor)
        release_batch(by=panel.chair, batch=batch_of(panel, proposal))
        message = Message.objects.get(kind="decisions/accepted")
        assert "\n" not in message.subject
        assert "A & B <x>" in message.body

    def test_postgresql_itself_keeps_what_was_released(self, panel):
        release_batch(by=panel.chair, batch=batch_of(panel, panel.proposal(4)))
        for change in (lambda rows: rows.update(verdict="reject"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(Released.objects.all())

    def test_an_acceptance_stands_until_its_sponsor_withdraws(self, panel):
        taken = panel.proposal(4)
        release_batch(by=panel.chair, batch=batch_of(panel, taken))
        taken.refresh_from_db()
        refused = refusal(decide, by=panel.chair, proposal=taken, **REJECT, version=1)
        assert (refused.code, refused.who_can) == ("already-released", ("team",))
        assert refused.message.endswith("Its sponsor's team can withdraw it.")

    @pytest.mark.slow
    @pytest.mark.parametrize("phase", [Phase.SCHEDULE, Phase.PUBLISHED])
    @pytest.mark.parametrize(("first", "state"), [(WAITLIST, "waitlisted"), (REJECT, "rejected")])
    def test_a_new_decision_supersedes_a_released_one_even_after_publication(self, panel, phase, first, state):
        proposal = panel.proposal(3, title="Second thoughts")
        team = TeamMemberFactory(sponsor=proposal.sponsor).user
        release_batch(by=panel.chair, batch=batch_of(panel, proposal, verdict=first))
        Edition.objects.update(phase=phase)
        proposal.refresh_from_db()
        refused = refusal(decide, by=panel.chair, proposal=proposal, **first, note="x", version=1)
        assert refused.code == f"already-{state}"
        decide(by=panel.chair, proposal=proposal, **ACCEPT, version=1)
        proposal.refresh_from_db()
        assert (proposal.state, released_of(proposal).verdict) == (state, first["verdict"])  # nothing has left yet
        batch = create_batch(by=panel.chair, edition=panel.edition, name="Third")
        release_batch(by=panel.chair, batch=put_in_batch(by=panel.chair, batch=batch, proposals=[proposal]))
        proposal.refresh_from_db()
        old, new = Released.objects.filter(proposal=proposal)
        assert (proposal.state, old.verdict, new.verdict) == ("accepted", first["verdict"], "accept")
        assert (old.supersedes, new.supersedes, released_of(proposal)) == (None, old, new)
        words = {"waitlisted": "on the waiting list", "rejected": "not accepted"}[state]
        mail = Message.objects.get(kind="decisions/accepted", recipient=team)
        assert f"This verdict replaces the earlier one ({words})." in mail.body

    def test_the_earlier_verdict_chosen_again_takes_the_new_one_back(self, panel):
        proposal = panel.proposal(3)
        batch = batch_of(panel, proposal, verdict=REJECT)
        release_batch(by=panel.chair, batch=batch)
        proposal.refresh_from_db()
        kept = Released.objects.get()
        decide(by=panel.cochair(), proposal=proposal, **ACCEPT, note="On reflection.", version=1)
        decision = decide(by=panel.chair, proposal=proposal, verdict="reject", reason="chairs_call", version=2)
        assert (decision.verdict, decision.reason, decision.note) == ("reject", REJECT["reason"], "")
        assert (decision.digest, decision.batch, decision.decided_by) == (kept.digest, batch, panel.chair)
        assert Entry.objects.get(fact="decisions.taken_back").data["before"]["note"] == "On reflection."

    def test_postgresql_knows_one_current_decision_per_proposal(self, panel):
        one, other = panel.proposal(4), panel.proposal(3)
        release_batch(by=panel.chair, batch=batch_of(panel, one, other))
        first, second = Released.objects.get(proposal=one), Released.objects.get(proposal=other)
        batch = create_batch(by=panel.chair, edition=panel.edition, name="Second")
        fields = {"batch": batch, "verdict": "reject", "reason": "chairs_call", "snapshot": {}, "digest": ""}
        for supersedes in (None, second):  # a second beginning, and another proposal's decision
            with pytest.raises(DatabaseError), transaction.atomic():
                Released.objects.create(proposal=one, supersedes=supersedes, **fields)
        Released.objects.create(proposal=one, supersedes=first, **fields)
        again = create_batch(by=panel.chair, edition=panel.edition, name="Third")
        with pytest.raises(DatabaseError), transaction.atomic():
            Released.objects.create(proposal=one, supersedes=first, **{**fields, "batch": again})

    @pytest.mark.slow
    def test_a_withdrawn_proposal_is_left_out_and_reported(self, panel):
        gone, there = panel.proposal(4, title="Gone"), panel.proposal(3)
        batch = batch_of(panel, gone, there)
        gone.state = ProposalState.WITHDRAWN
        gone.save()
        report = release_batch(by=panel.chair, batch=batch)
        assert report.skipped == (Skipped(gone.code, "Gone", "is withdrawn"),)
        assert (report.released, Decision.objects.get(proposal=gone).batch) == (1, None)
        assert Entry.objects.filter(fact="decisions.skipped", proposal_id=gone.pk).count() == 1

    def test_an_empty_batch_is_not_released(self, panel):
        assert refusal(release_batch, by=panel.chair, batch=batch_of(panel)).code == "empty-batch"

    def test_a_chair_puts_in_only_what_they_see(self, panel):
        hidden, undecided = panel.proposal(4), panel.proposal(3)
        other = panel.cochair()
        decide(by=other, proposal=hidden, **ACCEPT)
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
        batch = batch_of(panel)
        messages = {
            refusal(put_in_batch, by=panel.chair, batch=batch, proposals=[each]).message for each in (hidden, undecided)
        }
        assert messages == {"Choose proposals that are on your desk and have a verdict."}

    @pytest.mark.slow
    def test_a_conflicted_chair_releases_what_they_see_and_the_rest_stays_for_the_others(self, panel):
        hidden, seen = panel.proposal(4, title="Secret title"), panel.proposal(3)
        other = panel.cochair()
        for proposal in (hidden, seen):
            decide(by=other, proposal=proposal, **ACCEPT)
        batch = create_batch(by=other, edition=panel.edition, name="Mixed")
        put_in_batch(by=other, batch=batch, proposals=[hidden, seen])
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
        report = release_batch(by=panel.chair, batch=batch)
        rest = Batch.objects.exclude(pk=batch.pk).get()
        assert (report.released, report.skipped) == (1, ())
        assert list(Released.objects.values_list("proposal__code", flat=True)) == [seen.code]
        assert (rest.name, rest.created_by, rest.state) == ("Mixed", other, "open")
        assert list(open_batches_of(panel.edition, panel.chair)) == []
        assert list(open_batches_of(panel.edition, other)) == [rest]
        assert release_batch(by=other, batch=rest).released == 1

    @pytest.mark.slow
    @pytest.mark.parametrize("is_left_to_nobody", [False, True])
    def test_what_stays_is_not_in_a_batch_of_who_gave_the_verdict_before_their_conflict(self, panel, is_left_to_nobody):
        hidden, seen, other = panel.proposal(4), panel.proposal(3), panel.cochair()
        for proposal in (hidden, seen):
            decide(by=panel.chair, proposal=proposal, **ACCEPT)
        batch = create_batch(by=other, edition=panel.edition, name="Mixed")
        put_in_batch(by=other, batch=batch, proposals=[hidden, seen])
        for chair in (panel.chair, other)[: 1 + is_left_to_nobody]:
            ConflictFactory(user=chair, sponsor=hidden.sponsor)
        release_batch(by=panel.chair, batch=batch)
        rest = Decision.objects.get(proposal=hidden).batch
        assert list(batches_seen(panel.edition, panel.chair)) == [batch]
        assert (rest and rest.created_by) == (None if is_left_to_nobody else other)

    def test_decisions_move_between_open_batches_and_out(self, panel):
        proposal = panel.proposal(4)
        first = batch_of(panel, proposal)
        second = create_batch(by=panel.chair, edition=panel.edition, name="Second")
        put_in_batch(by=panel.chair, batch=second, proposals=[proposal])
        assert refusal(take_out_of_batch, by=panel.chair, batch=first, proposals=[proposal]).code == "not-in-batch"
        take_out_of_batch(by=panel.chair, batch=second, proposals=[proposal])
        assert Decision.objects.get().batch is None

    @pytest.mark.slow
    def test_a_released_batch_is_closed(self, panel):
        proposal, late = panel.proposal(4), panel.proposal(3)
        batch = batch_of(panel, proposal)
        release_batch(by=panel.chair, batch=batch)
        decide(by=panel.chair, proposal=late, **REJECT)
        for verb in (put_in_batch, take_out_of_batch):
            assert refusal(verb, by=panel.chair, batch=batch, proposals=[late]).code == "batch-released"
        assert refusal(release_batch, by=panel.chair, batch=batch).code == "batch-released"

    @pytest.mark.parametrize(
        ("name", "code"), [(" \x00 ", "name-missing"), ("x" * 81, "too-long"), ("Taken", "name-taken")]
    )
    def test_a_batch_needs_a_name_of_its_own(self, panel, name, code):
        create_batch(by=panel.chair, edition=panel.edition, name="Taken")
        assert refusal(create_batch, by=panel.chair, edition=panel.edition, name=name).code == code

    def test_another_editions_chair_has_no_say(self, panel):
        batch = batch_of(panel, panel.proposal(4))
        assert refusal(release_batch, by=open_review(Phase.DECIDE).chair, batch=batch).code == "not-allowed"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.slow
    def test_of_two_releases_exactly_one_happens(self):
        panel = open_review(Phase.DECIDE)
        proposal = panel.proposal(4)
        TeamMemberFactory(sponsor=proposal.sponsor)
        batch = batch_of(panel, proposal)
        other = panel.cochair()
        outcomes = race(*[lambda by=by: release_batch(by=by, batch=batch) for by in (panel.chair, other) * 2])
        assert sorted(getattr(each, "code", "released") for each in outcomes) == ["batch-released"] * 3 + ["released"]
        assert sum(isinstance(each, ReleaseReport) for each in outcomes) == 1
        assert Message.objects.filter(kind="decisions/accepted").count() == 1
        assert Entry.objects.filter(fact="decisions.batch_released").count() == 1

    @pytest.mark.slow
    def test_two_chairs_cannot_accept_past_the_tiers_limit(self):
        panel = open_review(Phase.DECIDE)
        sponsor = SponsorFactory(edition=panel.edition)
        proposals = [panel.proposal(4, sponsor=sponsor) for _ in range(2)]
        outcomes = race(*[lambda each=each: decide(by=panel.chair, proposal=each, **ACCEPT) for each in proposals])
        assert sorted(getattr(each, "code", "decided") for each in outcomes) == ["decided", "over-the-tiers-limit"]

    @pytest.mark.slow
    def test_a_verdict_given_during_the_release_is_in_it_or_refused(self):
        panel = open_review(Phase.DECIDE)
        proposal = panel.proposal(4)
        batch = batch_of(panel, proposal)
        changed, report = race(
            lambda: decide(by=panel.chair, proposal=proposal, **REJECT, version=1),
            lambda: release_batch(by=panel.chair, batch=batch),
        )
        proposal.refresh_from_db()
        assert isinstance(report, ReleaseReport)
        assert Released.objects.get().verdict == {"rejected": "reject", "accepted": "accept"}[proposal.state]
        assert isinstance(changed, Decision) == (proposal.state == ProposalState.REJECTED)
        assert Batch.objects.get().state == "released"


class TestTakingBack:
    """Undo of a first verdict: a version names one verdict and never a later one."""

    def test_the_undo_of_one_verdict_never_takes_back_the_next(self, panel):
        proposal, other = panel.proposal(4, 4, 4), panel.cochair()
        first = decide(by=panel.chair, proposal=proposal, **ACCEPT)
        undo_verdicts(by=panel.chair, chosen=[(proposal, first.version)])
        assert not Decision.objects.exists()
        decide(by=other, proposal=proposal, **REJECT)
        assert refusal(undo_verdicts, by=panel.chair, chosen=[(proposal, 1)]).code == "stale-version"
        assert Decision.objects.get().verdict == "reject"

    def test_a_page_that_was_opened_before_the_undo_replaces_nothing_unseen(self, panel):
        proposal, other = panel.proposal(4, 4, 4), panel.cochair()
        seen = decide(by=panel.chair, proposal=proposal, **ACCEPT).version
        undo_verdicts(by=panel.chair, chosen=[(proposal, seen)])
        decide(by=panel.chair, proposal=proposal, **REJECT)
        assert refusal(decide, by=other, proposal=proposal, **WAITLIST, version=seen).code == "stale-version"
        last = Decision.objects.get()
        assert (last.verdict, last.version) == ("reject", seen + 1)

    def test_what_its_sponsor_knows_or_a_conflict_hides_is_not_taken_back(self, panel):
        proposal, hidden = panel.proposal(4, 4, 4), panel.proposal(3, 3, 3)
        release_batch(by=panel.chair, batch=batch_of(panel, proposal, verdict=WAITLIST))
        assert refusal(undo_verdicts, by=panel.chair, chosen=[(proposal, 1)]).code == "already-released"
        decide(by=panel.chair, proposal=hidden, **REJECT)
        walled = panel.cochair()
        ConflictFactory(user=walled, sponsor=hidden.sponsor)
        with pytest.raises(NotAllowed):
            undo_verdicts(by=walled, chosen=[(hidden, 1)])
        assert Decision.objects.filter(proposal=hidden).exists()

    def test_an_undo_that_a_release_came_before_changes_nothing(self, panel):
        proposal = panel.proposal(4, 4, 4)  # as the page of the undo had it
        decide(by=panel.chair, proposal=proposal, **REJECT)
        second = decide(by=panel.chair, proposal=proposal, **ACCEPT, version=1)
        release_batch(by=panel.chair, batch=put_in_batch(by=panel.chair, batch=batch_of(panel), proposals=[proposal]))
        refused = refusal(undo_verdicts, by=panel.chair, chosen=[(proposal, second.version)])
        assert (refused.code, Decision.objects.get().verdict) == ("already-released", "accept")
