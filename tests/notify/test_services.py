"""The outbox: at most once per fact and person, and eventually."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from django.template import TemplateDoesNotExist
from django.test import override_settings

from expo.editions.services.roles import grant_role
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import NotAllowed, WrongState
from expo.notify import queries
from expo.notify.models import Message
from expo.notify.services import RETRIES, STUCK, deliver_due, post, resend
from expo.notify.states import MESSAGE_STATES, MessageState
from tests.concurrency import race
from tests.factories import EditionFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db

KIND = "editions/invited"


def context(edition, **changes):
    return {"edition": edition, "kind": "reviewer", "by": None, **changes}


def posted(n=1, edition=None, **changes):
    """Mails about one fact, one for each of n people."""
    edition = edition or EditionFactory()
    entry = record("tests.told", by=None, target=edition, edition_id=edition.pk)
    return post(KIND, to=[UserFactory() for _ in range(n)], entry=entry, context=context(edition, **changes))


class Broken(EmailBackend):
    """A mail server that is down."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody listens")


broken = override_settings(EMAIL_BACKEND=f"{__name__}.Broken")


def test_a_mail_is_a_row_first_and_leaves_on_delivery():
    message = posted()[0]
    assert (message.state, mail.outbox) == (MessageState.QUEUED, [])
    assert deliver_due() == 1
    message = Message.objects.get()
    assert (message.state, message.attempts, message.error) == (MessageState.SENT, 1, "")
    sent = mail.outbox[0]
    assert (sent.subject, sent.to) == (message.subject, [message.recipient.email])
    assert sent.extra_headers == {"Message-ID": f"<message-{message.pk}@testserver>"}
    assert deliver_due() == 0


def test_an_answer_to_an_editions_mail_goes_to_its_contact_address():
    posted(edition=EditionFactory(contact_email="expo@icml.example"))
    posted(edition=EditionFactory(contact_email=""))
    deliver_due()
    assert [sent.reply_to for sent in mail.outbox] == [["expo@icml.example"], []]


def test_the_same_fact_tells_a_person_once():
    edition, user = EditionFactory(), UserFactory()
    entry = record("tests.told", by=None, target=edition)
    for _ in range(2):
        post(KIND, to=[user, user], entry=entry, context=context(edition))
    assert Message.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(entry=entry, kind=KIND, recipient=user, subject="again", body="again")


def test_a_fact_that_is_rolled_back_leaves_no_mail():
    with transaction.atomic():
        posted()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_an_unknown_kind_stops_the_verb_that_would_send_it():
    entry = record("tests.told", by=None)
    with pytest.raises(TemplateDoesNotExist):
        post("tests/unknown", to=[UserFactory()], entry=entry, context={})


@pytest.mark.parametrize("name", ["Expo\nBcc: all@example.org", "Expo\r\nX: y", "Expo\x0b\x0cTwo", "x" * 119])
def test_a_subject_stays_one_line_whatever_a_name_holds(name):
    message = posted(edition=EditionFactory(name=name[:120]))[0]
    assert message.subject.splitlines() == [message.subject]
    assert len(message.subject) <= 200
    deliver_due()
    header = mail.outbox[0].message()
    assert header["Bcc"] is None
    assert header["Subject"].count("\n") == 0 or header["Subject"].startswith("You are")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{ base_url }}", "{% now 'Y' %}", "O'Hara & Söhne 日本"]
)
def test_hostile_text_stays_text(name):
    message = posted(by=name)[0]
    assert f"{name} has made you a reviewer of" in message.body


@broken
def test_a_mail_that_fails_waits_longer_each_time_and_fails_in_the_end():
    posted()
    start = clock.now()
    waits = []
    for attempt in range(RETRIES):
        message = Message.objects.get()
        with clock.at(max(message.not_before, start)):
            assert deliver_due() == 0
            message.refresh_from_db()
            waits.append((message.not_before - clock.now()).total_seconds())
        assert message.attempts == attempt + 1
        assert "nobody listens" in message.error
    assert waits[:-1] == [60, 120, 240, 480, 960, 1920] + [3600] * 23
    assert timedelta(hours=24) < timedelta(seconds=sum(waits[:-1]))
    assert message.state == MessageState.FAILED
    with clock.at(start + timedelta(days=30)):
        assert deliver_due() == 0
    assert Message.objects.get().attempts == RETRIES


@broken
def test_one_bad_mail_does_not_hold_up_the_others():
    first = posted()[0]
    deliver_due()
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        posted(2)
        assert deliver_due() == 2
    assert Message.objects.get(pk=first.pk).state == MessageState.QUEUED


def test_a_mail_whose_worker_died_while_sending_is_in_doubt_and_never_sent_again_by_itself():
    message = posted()[0]
    Message.objects.update(state=MessageState.SENDING, claimed_at=clock.now() - STUCK - timedelta(seconds=1))
    assert deliver_due() == 0
    message = Message.objects.get()
    assert (message.state, mail.outbox) == (MessageState.UNCERTAIN, [])
    assert "then decide" in message.error


def test_a_mail_that_is_being_sent_is_left_alone():
    posted()
    Message.objects.update(state=MessageState.SENDING, claimed_at=clock.now())
    assert deliver_due() == 0
    assert Message.objects.get().state == MessageState.SENDING


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_deliverers_send_each_mail_once():
    posted(30)
    outcomes = race(*[deliver_due] * 4)
    assert sum(outcomes) == 30
    assert sorted(one.to[0] for one in mail.outbox) == sorted(
        Message.objects.values_list("recipient__email", flat=True)
    )
    assert set(Message.objects.values_list("state", "attempts")) == {(MessageState.SENT, 1)}


class Slow(EmailBackend):
    """A mail server that answers only when the test says so."""

    entered, go = threading.Event(), threading.Event()

    def send_messages(self, messages):
        self.entered.set()
        self.go.wait(10)
        return super().send_messages(messages)


@pytest.mark.django_db(transaction=True)
@override_settings(EMAIL_BACKEND=f"{__name__}.Slow")
def test_a_second_deliverer_passes_by_a_mail_on_its_way():
    posted()

    def late():
        Slow.entered.wait(10)
        found = deliver_due()
        Slow.go.set()
        return found

    assert race(deliver_due, late) == [1, 0]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("state", MessageState)
def test_only_failed_and_doubtful_mail_is_sent_again(state):
    edition = EditionFactory()
    organiser = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    message = posted(edition=edition)[0]
    Message.objects.update(state=state, attempts=6, error="down", claimed_at=clock.now())
    if state not in (MessageState.FAILED, MessageState.UNCERTAIN):
        with pytest.raises(WrongState, match="Only failed or uncertain messages"):
            resend(by=organiser, edition=edition, message=message)
        return
    resend(by=organiser, edition=edition, message=message)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == (MessageState.QUEUED, 0, "")
    entry = Entry.objects.get(fact="notify.resent")
    assert (entry.actor, entry.edition_id, entry.data["to"]) == (organiser, edition.pk, message.recipient_id)
    assert deliver_due() == 1


def test_mail_of_another_edition_is_absent_and_only_organisers_resend():
    edition = EditionFactory()
    organiser = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    foreign = posted()[0]
    with pytest.raises(Message.DoesNotExist):
        resend(by=organiser, edition=edition, message=foreign)
    with pytest.raises(NotAllowed):
        resend(by=RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user, edition=edition, message=foreign)


def test_the_outbox_hides_what_stands_behind_the_wall():
    edition = EditionFactory()
    shown, hidden = posted(2, edition=edition)
    posted()
    Message.objects.filter(pk=hidden.pk).update(proposal_id=7)
    assert list(queries.outbox(edition.pk)) == [hidden, shown]
    assert list(queries.outbox(edition.pk, hidden_proposals=[7])) == [shown]
    assert list(queries.outbox(edition.pk, state="queued")) == [hidden, shown]
    assert list(queries.outbox(edition.pk, state="sent")) == []


def test_every_end_of_a_message_can_be_reached_and_sent_is_final():
    reachable = {new for moves in MESSAGE_STATES.moves.values() for new in moves} | {MessageState.QUEUED}
    assert reachable == set(MessageState)
    assert MessageState.SENT not in MESSAGE_STATES.moves


def test_a_verb_and_its_mail_commit_together():
    edition = EditionFactory()
    organiser = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    grant_role(by=organiser, edition=edition, email="ada@example.org", kind=RoleKind.COCHAIR)
    assert Message.objects.get().entry.fact == "editions.role_granted"
