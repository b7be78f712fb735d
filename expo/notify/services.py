"""Write mails into the outbox and deliver them: at most once per fact and recipient, and eventually."""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string

from expo.accounts.models import User
from expo.accounts.services import personal_link
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.kit.queue import send

from .models import AccountMail, Message
from .states import MESSAGE_STATES, MessageState

log = logging.getLogger(__name__)
#: Says where answers to an edition's mail go ("": to the sender). Editions is a layer above and puts its own here.
reply_address: Callable[[int], str] = lambda edition_id: ""  # noqa: E731 - replaced from above, so no function
STUCK = timedelta(minutes=5)
RETRIES = 30  # a day and a quarter
LONGEST_WAIT = timedelta(hours=1)
ACCOUNT_MAIL_LIVES = timedelta(days=3)  # as long as the links in it
MAIL_DOMAIN = urlsplit(settings.SITE_URL).hostname
# Stands in a body for the recipient's way in; made at the moment of sending, so that no reader of the outbox holds it.
# It stands on a line of its own: what people type into a sentence, or into an address, is never taken for it.
PERSONAL_LINK = "[personal link]"
# What follows it is the page to go to from there.
_personal_line = re.compile(rf"^{re.escape(PERSONAL_LINK)}(\?next=/\S*)?$", re.MULTILINE)


def post(kind: str, *, to: Iterable[User], entry: Entry, context: dict[str, Any]) -> list[Message]:
    """Put one mail per recipient into the outbox, in the caller's transaction.

    Renders `templates/mail/<kind>.txt`: the first line is the subject, the rest the body. Text mails escape nothing,
    so hostile input stays text. A second post for the same fact, kind and person changes nothing.
    """
    people = list(dict.fromkeys(to))
    Message.objects.bulk_create([_render(kind, user, entry, context) for user in people], ignore_conflicts=True)
    if people:
        send("notify.sweep")
    return list(Message.objects.filter(entry=entry, kind=kind, recipient__in=people).order_by("id"))


@transaction.atomic
def post_to_address(kind: str, *, address: str, context: dict[str, Any], reply_to: str = "") -> AccountMail:
    """Put a mail with a link as good as a password into the outbox; it goes out before all others.

    Answers to it go to `reply_to`, or to the sender.
    """
    subject, body = _texts(kind, {**context, "base_url": settings.SITE_URL})
    mail = AccountMail.objects.create(address=address, reply_to=reply_to, subject=subject, body=body)
    send("notify.sweep")
    return mail


def _texts(kind: str, context: dict[str, Any]) -> tuple[str, str]:
    subject, _, body = render_to_string(f"mail/{kind}.txt", context).strip().partition("\n")
    return " ".join(subject.split())[:200], body.strip() + "\n"


def _render(kind: str, user: User, entry: Entry, context: dict[str, Any]) -> Message:
    subject, body = _texts(
        kind, {**context, "recipient": user, "base_url": settings.SITE_URL, "personal_link": PERSONAL_LINK}
    )
    return Message(
        entry=entry,
        kind=kind,
        recipient=user,
        edition_id=entry.edition_id,
        proposal_id=entry.proposal_id,
        subject=subject,
        body=body,
    )


def deliver_due(limit: int = 200) -> int:
    """Send what is due, one by one; returns how many went out. Safe to run in many workers at once."""
    # A worker died between handing a mail over and saying so: nobody knows whether it left, so a person decides.
    Message.objects.filter(state=MessageState.SENDING, claimed_at__lt=clock.now() - STUCK).update(
        state=MessageState.UNCERTAIN,
        error="The worker stopped while sending. Check the mail server's log, then decide.",
    )
    AccountMail.objects.filter(created_at__lt=clock.now() - ACCOUNT_MAIL_LIVES).delete()
    sent = 0
    for _ in range(limit):
        account_mail = _claim_account_mail()
        if account_mail is not None:
            sent += _deliver_account_mail(account_mail)
            continue
        message = _claim()
        if message is None:
            break
        sent += _deliver(message)
    return sent


def _claim_account_mail() -> AccountMail | None:
    """The next one, out of reach of other workers for a while; if this worker dies, it is simply sent again."""
    with transaction.atomic():
        due = AccountMail.objects.select_for_update(skip_locked=True).filter(not_before__lte=clock.now())
        mail = due.order_by("id").first()
        if mail is not None:
            mail.attempts, mail.not_before = mail.attempts + 1, clock.now() + STUCK
            mail.save(update_fields=["attempts", "not_before"])
        return mail


def _deliver_account_mail(mail: AccountMail) -> int:
    headers = {"Message-ID": f"<account-{mail.pk}@{MAIL_DOMAIN}>"}
    try:
        EmailMessage(
            mail.subject,
            mail.body,
            to=[mail.address],
            reply_to=[mail.reply_to] if mail.reply_to else None,
            headers=headers,
            connection=get_connection(),
        ).send()
    except Exception as error:
        log.warning("account mail not sent", extra={"account_mail_id": mail.pk, "error": repr(error)})
        mail.not_before = clock.now() + _wait(mail.attempts)
        mail.save(update_fields=["not_before"])
        return 0
    mail.delete()
    return 1


def _claim() -> Message | None:
    """Mark one message as being sent, before anything leaves: a crash after this may lose it, never double it."""
    with transaction.atomic():
        due = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state=MessageState.QUEUED, not_before__lte=clock.now()
        )
        message = due.select_related("recipient").order_by("id").first()
        if message is not None:
            _move(message, MessageState.SENDING, claimed_at=clock.now(), attempts=message.attempts + 1)
        return message


def _deliver(message: Message) -> int:
    try:
        _mail_of(message).send()
    except Exception as error:
        _retry_later(message, error)
        return 0
    _move(message, MessageState.SENT, sent_at=clock.now(), error="")
    return 1


def _mail_of(message: Message) -> EmailMessage:
    answers = reply_address(message.edition_id) if message.edition_id is not None else ""
    return EmailMessage(
        message.subject,
        _with_personal_link(message),
        to=[message.recipient.email],
        reply_to=[answers] if answers else None,
        headers={"Message-ID": f"<message-{message.pk}@{MAIL_DOMAIN}>"},
        connection=get_connection(),
    )


def _with_personal_link(message: Message) -> str:
    if not _personal_line.search(message.body):
        return message.body
    link = settings.SITE_URL + personal_link(message.recipient)
    return _personal_line.sub(lambda found: link + (found[1] or ""), message.body)


@transaction.atomic
def resend(*, by: User, edition: Any, message: Message) -> Message:
    """Queue a mail again that failed, or of which nobody knows; a person has looked, so it may go out twice."""
    require(by, "notify.resend", edition)
    current = Message.objects.select_for_update(of=("self",)).get(pk=message.pk, edition_id=edition.pk)
    if current.state not in (MessageState.FAILED, MessageState.UNCERTAIN):
        raise WrongState(
            "not-resendable", f"This message is {current.state}. Only failed or uncertain messages can be sent again."
        )
    _move(current, MessageState.QUEUED, attempts=0, not_before=clock.now(), error="")
    record(
        "notify.resent",
        by=by,
        target=current,
        proposal_id=current.proposal_id,
        data={"kind": current.kind, "to": current.recipient_id},
    )
    send("notify.sweep")
    return current


def _retry_later(message: Message, error: Exception) -> None:
    log.warning("mail not sent", extra={"message_id": message.pk, "error": repr(error)})
    if message.attempts >= RETRIES:
        _move(message, MessageState.FAILED, error=repr(error)[:2000])
        return
    _move(message, MessageState.QUEUED, error=repr(error)[:2000], not_before=clock.now() + _wait(message.attempts))


def _wait(attempts: int) -> timedelta:
    return min(timedelta(seconds=30 * 2 ** min(attempts, 10)), LONGEST_WAIT)


def _move(message: Message, state: MessageState, **fields: Any) -> None:
    MESSAGE_STATES.check(MessageState(message.state), state)
    for name, value in {**fields, "state": state}.items():
        setattr(message, name, value)
    message.save()
