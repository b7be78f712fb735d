"""What is recorded of decisions, how it is sealed and checked, and a second chair's sign-off."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from expo.journal.models import Entry
from expo.kit.errors import Refused
from reviews.decisions.models import Batch, Decision, DecisionRecord, Released, Seal
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.queries.verification import head_of, seal_named, verify
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide, undo_verdicts
from reviews.decisions.services.records import seal, seal_all
from reviews.decisions.services.sign_off import sign_off, sign_off_several, take_back_sign_off
from tests.factories import ConflictFactory, EditionFactory
from tests.scoring.fixtures import ScoringFixture

pytestmark = pytest.mark.django_db
ACCEPT = {"verdict": "accept", "reason": "chairs_call", "feedback": "Bring the data.", "confirmed": ASKS}


@pytest.fixture
def strict(panel: ScoringFixture) -> ScoringFixture:
    panel.edition.needs_second_chair = True
    panel.edition.save()
    return panel


def refusal(verb, **kwargs):
    with pytest.raises(Refused) as caught:
        verb(**kwargs)
    return caught.value


def release(panel, *proposals, name="First"):
    batch = create_batch(by=panel.chair, edition=panel.edition, name=name)
    put_in_batch(by=panel.chair, batch=batch, proposals=proposals)
    return release_batch(by=panel.chair, batch=batch).batch


def tamper(table, column, value, pk):
    """As somebody with the database's password would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, pk])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def verified(*args):
    out = StringIO()
    try:
        call_command("verify", *args, stdout=out)
    except CommandError as error:
        out.write(f"ERROR {error}\n")
    return out.getvalue().splitlines()


class TestRecords:
    def test_every_verb_on_a_decision_is_recorded_with_what_it_rested_on(self, panel):
        proposal = panel.proposal(3)
        decision = decide(by=panel.chair, proposal=proposal, **ACCEPT)
        undo_verdicts(by=panel.chair, chosen=[(proposal, 1)])
        decide(by=panel.chair, proposal=proposal, verdict="reject", reason="off_topic", version=0)
        decide(by=panel.chair, proposal=proposal, **ACCEPT, version=2)
        release(panel, proposal)
        records = list(DecisionRecord.objects.all())
        assert [each.kind for each in records] == ["decided", "taken_back", "decided", "decided", "released"]
        assert records[0].content == decision.snapshot
        assert records[0].content["decision"]["feedback"] == "Bring the data."
        assert set(records[0].content) >= {"rule", "standing", "scores", "conflicted", "decision"}
        assert records[4].content["batch"]["name"] == "First"

    def test_records_and_seals_cannot_be_changed_or_deleted(self, panel):
        decide(by=panel.chair, proposal=panel.proposal(3), **ACCEPT)
        seal(panel.edition)
        for rows in (Seal.objects.all(), DecisionRecord.objects.all()):
            for act in (lambda rows: rows.update(digest="f" * 64), lambda rows: rows._raw_delete("default")):
                with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                    act(rows)

    def test_the_task_seals_what_waits_once_and_each_edition_for_itself(self, panel):
        for merit in (3, 4):
            decide(by=panel.chair, proposal=panel.proposal(merit), **ACCEPT)
        assert (seal_all(), seal_all()) == (1, 0)
        first, second = Seal.objects.order_by("number")
        assert (first.number, second.number, second.previous) == (1, 2, first.digest)
        assert head_of(panel.edition) == second.digest
        assert head_of(EditionFactory()) == ""

    def test_a_release_seals_its_decisions_and_prints_the_head(self, panel):
        batch = release(panel, self._decided(panel))
        assert batch.seal == Seal.objects.order_by("number").last()
        assert batch.seal.record.kind == "released"
        entry = Entry.objects.get(fact="decisions.batch_released")
        assert entry.data["seal"] == batch.seal.digest
        assert seal_named(batch.seal.digest[:12]) == batch.seal

    def _decided(self, panel):
        proposal = panel.proposal(3)
        decide(by=panel.chair, proposal=proposal, **ACCEPT)
        return proposal


class TestVerify:
    @pytest.fixture
    def released(self, panel):
        proposal = panel.proposal(3)
        decide(by=panel.chair, proposal=proposal, **ACCEPT)
        decide(by=panel.chair, proposal=panel.proposal(4), **ACCEPT)
        return release(panel, proposal)

    def test_untouched_decisions_hold(self, panel, released):
        assert verify(panel.edition).problems == ()
        lines = verified(panel.edition.slug, "--head", released.seal.digest[:10])
        assert lines[0] == f"{panel.edition.slug}: 3 recorded, 3 sealed, head {released.seal.digest}."
        assert lines[1].startswith(f"{released.seal.digest} is seal 3 of {panel.edition.slug}, made on ")
        assert lines[2] == "Everything is as it was recorded."

    def test_a_changed_record_is_named(self, panel, released):
        record = DecisionRecord.objects.order_by("id")[1]
        tamper("decisions_decisionrecord", "content", '{"verdict": "reject"}', record.pk)
        problems = verify(panel.edition).problems
        about = f"the record “decided” of {record.proposal.code} from"
        assert problems[0].startswith(f"Seal 2: {about}")
        assert problems[0].endswith("says something else than when it was recorded.")
        assert verified()[-1] == "ERROR Decisions are not as they were recorded."

    def test_a_record_rewritten_with_its_digest_breaks_its_seal(self, panel, released):
        record = DecisionRecord.objects.order_by("id")[0]
        tamper("decisions_decisionrecord", "digest", "f" * 64, record.pk)
        assert [each.split(":")[0].split(" does")[0] for each in verify(panel.edition).problems][:2] == ["Seal 1"] * 2

    def test_a_changed_released_text_is_named(self, panel, released):
        sent = Released.objects.get()
        tamper("decisions_released", "feedback", "Something else.", sent.pk)
        assert verify(panel.edition).problems == (
            f"The released decision on {sent.proposal.code} has another feedback than its record.",
        )

    def test_a_decision_changed_behind_the_verbs_is_named(self, panel, released):
        decision = Decision.objects.exclude(batch=released).get()
        Decision.objects.filter(pk=decision.pk).update(verdict="reject")
        assert verify(panel.edition).problems == (
            f"The decision on {decision.proposal.code} has another verdict than its record.",
        )

    def test_a_head_that_was_printed_and_is_not_in_the_chain_is_named(self, panel, released):
        tamper("decisions_batch", "seal_id", Seal.objects.get(number=1).pk, released.pk)
        assert verify(panel.edition).problems == (
            "The batch “First” names a seal that does not cover its decisions.",
            "The batch “First” names another seal than the journal.",
        )

    def test_unknown_editions_and_heads_are_refused(self, panel, released):
        assert verified("nowhere") == ["ERROR There is no edition nowhere."]
        assert verified("--head", "zz")[-1] == "ERROR No seal begins with zz, or several do."


class TestSignOff:
    def test_a_second_chair_signs_off_and_only_then_the_batch_is_released(self, strict):
        proposal, second = strict.proposal(3), strict.cochair()
        decide(by=strict.chair, proposal=proposal, **ACCEPT)
        batch = create_batch(by=strict.chair, edition=strict.edition, name="First")
        put_in_batch(by=strict.chair, batch=batch, proposals=[proposal])
        refused = refusal(release_batch, by=strict.chair, batch=batch)
        assert (refused.code, proposal.code in refused.message) == ("not-signed-off", True)
        assert refusal(sign_off, by=strict.chair, proposal=proposal, version=1).code == "own-decision"
        assert sign_off(by=second, proposal=proposal, version=1).signed_by == second
        assert release_batch(by=strict.chair, batch=batch).released == 1
        assert refusal(take_back_sign_off, by=second, proposal=proposal, version=1).code == "already-released"

    def test_a_change_asks_for_a_new_sign_off(self, strict):
        proposal, second = strict.proposal(3), strict.cochair()
        decide(by=strict.chair, proposal=proposal, **ACCEPT)
        sign_off(by=second, proposal=proposal, version=1)
        changed = decide(by=strict.chair, proposal=proposal, **{**ACCEPT, "feedback": "Bring more."}, version=1)
        assert (changed.signed_by, changed.signed_at) == (None, None)
        assert refusal(sign_off, by=second, proposal=proposal, version=1).code == "stale-version"

    def test_one_s_own_sign_off_can_be_taken_back_and_nobody_elses(self, strict):
        proposal, second, third = strict.proposal(3), strict.cochair(), strict.cochair()
        decide(by=strict.chair, proposal=proposal, **ACCEPT)
        sign_off(by=second, proposal=proposal, version=1)
        assert refusal(take_back_sign_off, by=third, proposal=proposal, version=1).code == "not-signed-by-you"
        assert take_back_sign_off(by=second, proposal=proposal, version=1).signed_by is None
        assert [each.kind for each in DecisionRecord.objects.all()] == ["decided", "signed_off", "signed_off"]

    def test_several_are_signed_off_together_or_none(self, strict):
        theirs, mine, second = strict.proposal(3), strict.proposal(4), strict.cochair()
        decide(by=strict.chair, proposal=theirs, **ACCEPT)
        decide(by=second, proposal=mine, **ACCEPT)
        refused = refusal(sign_off_several, by=second, chosen=[(theirs, 1), (mine, 1)])
        assert (refused.code, mine.code in refused.message) == ("some-refused", True)
        assert not Decision.objects.exclude(signed_by=None).exists()
        assert sign_off_several(by=second, chosen=[(theirs, 1)]) == 1

    def test_a_conflicted_chair_signs_nothing_off(self, strict):
        proposal, second = strict.proposal(3), strict.cochair()
        decide(by=strict.chair, proposal=proposal, **ACCEPT)
        ConflictFactory(user=second, sponsor=proposal.sponsor)
        assert refusal(sign_off, by=second, proposal=proposal, version=1).status == 403

    def test_an_edition_that_does_not_ask_for_it_refuses(self, panel):
        proposal, second = panel.proposal(3), panel.cochair()
        decide(by=panel.chair, proposal=proposal, **ACCEPT)
        assert refusal(sign_off, by=second, proposal=proposal, version=1).code == "no-sign-off"
        assert release(panel, proposal).state == "released"

    def test_nobody_signs_their_own_in_the_database_either(self, strict):
        decision = decide(by=strict.chair, proposal=strict.proposal(3), **ACCEPT)
        decision.signed_by, decision.signed_at = strict.chair, decision.decided_at
        with pytest.raises(IntegrityError, match="decision_signed_by_another"), transaction.atomic():
            decision.save()


def test_batches_that_a_chair_sees_nothing_in_do_not_exist_for_them(panel):
    hidden, other = panel.proposal(3), panel.cochair()
    decide(by=other, proposal=hidden, **ACCEPT)
    batch = create_batch(by=other, edition=panel.edition, name="Only hidden")
    put_in_batch(by=other, batch=batch, proposals=[hidden])
    ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
    own = create_batch(by=panel.chair, edition=panel.edition, name="Only hidden")
    assert [each.name for each in Batch.objects.filter(edition=panel.edition)] == ["Only hidden"] * 2
    assert own.pk != batch.pk
