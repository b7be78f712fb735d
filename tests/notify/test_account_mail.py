"""Mail about accounts: written into the outbox, never lost, never kept, never shown, in Expo's own words."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client, override_settings

from expo.kit import clock
from expo.notify.models import AccountMail, Message
from expo.notify.services import deliver_due
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long and winding road 7"


class Refusing(EmailBackend):
    """A mail server that is away."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody listens")


def ask_for_a_new_password(email: str, **headers: str) -> int:
    return (
        Client(raise_request_exception=False).post("/accounts/password/reset/", {"email": email}, **headers).status_code
    )


@pytest.mark.slow
def test_a_new_password_is_asked_for_while_the_mail_server_refuses_and_the_mail_comes_later() -> None:
    person = UserFactory()
    with override_settings(EMAIL_BACKEND=f"{__name__}.Refusing"):
        assert ask_for_a_new_password(person.email) == 302
        assert deliver_due() == 0
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert deliver_due() == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([person.email], "Choose a new password for Expo")
    browser = Client()
    link = re.search(r"http://testserver(/accounts/\S+)", sent.body)
    page = browser.get(link[1], follow=True)
    browser.post(page.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_what_was_sent_is_kept_nowhere_and_what_nobody_could_deliver_goes_with_its_link() -> None:
    ask_for_a_new_password(UserFactory().email)
    assert (AccountMail.objects.count(), Message.objects.count()) == (1, 0)
    assert deliver_due() == 1
    assert AccountMail.objects.count() == 0
    ask_for_a_new_password(UserFactory().email)
    with clock.at(clock.now() + timedelta(days=4)):
        assert deliver_due() == 0
    assert AccountMail.objects.count() == 0


def test_a_worker_that_dies_while_sending_loses_no_account_mail(monkeypatch) -> None:
    ask_for_a_new_password(UserFactory().email)
    with monkeypatch.context() as patch:
        patch.setattr("expo.notify.services._deliver_account_mail", lambda mail: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deliver_due()
    assert deliver_due() == 0
    with clock.at(clock.now() + timedelta(minutes=6)):
        assert deliver_due() == 1


@pytest.mark.slow
def test_every_mail_about_an_account_is_in_expos_own_words_and_leads_to_the_sites_own_address() -> None:
    known = UserFactory(email="known@example.org")
    sign_up = {"password1": PASSWORD, "password2": PASSWORD}
    elsewhere = Client(headers={"Host": "elsewhere.example"})
    elsewhere.post("/accounts/signup/", {"name": "New", "email": "new@example.org", **sign_up})
    elsewhere.post("/accounts/signup/", {"name": "Known", "email": known.email, **sign_up})
    ask_for_a_new_password(known.email, headers={"Host": "elsewhere.example"})
    ask_for_a_new_password("nobody@example.org", headers={"Host": "elsewhere.example"})
    browser = Client()
    browser.force_login(known, backend="django.contrib.auth.backends.ModelBackend")
    browser.post("/accounts/email/", {"email": "second@example.org", "action_add": ""})
    deliver_due()
    assert [(sent.to[0], sent.subject) for sent in mail.outbox] == [
        ("new@example.org", "Confirm your e-mail address for Expo"),
        ("known@example.org", "You already have an Expo account"),
        ("known@example.org", "Choose a new password for Expo"),
        ("nobody@example.org", "There is no Expo account with this address"),
        ("second@example.org", "Confirm your e-mail address for Expo"),
    ]
    links = [re.findall(r"https?://\S+", sent.body) for sent in mail.outbox]
    assert all(link.startswith("http://testserver/accounts/") for found in links for link in found)
    assert [len(found) for found in links] == [1, 1, 1, 1, 1]
    assert Client().get(links[0][0]).status_code == 200


def test_account_mail_goes_out_before_all_other_mail() -> None:
    from tests.notify.test_services import posted

    posted(2)
    ask_for_a_new_password("nobody@example.org")
    assert deliver_due(limit=1) == 1
    assert [sent.to for sent in mail.outbox] == [["nobody@example.org"]]
