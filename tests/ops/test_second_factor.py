"""The site staff lets somebody in again who lost the second factor."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.kit.errors import NotAllowed, Refused
from expo.notify.services import deliver_due
from expo.ops.services import reset_second_factor
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/site/second-factor/"
PASSWORD = "a long and winding road 7"


def with_second_factor(**fields: object) -> User:
    person = UserFactory(**fields)
    person.set_password(PASSWORD)
    person.save()
    protect(person)
    return person


def protect(person: User) -> None:
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(person)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.mark.slow
def test_staff_reset_a_lost_second_factor_and_the_person_signs_in_by_password() -> None:
    person, staff = UserFactory(name="Ada"), UserFactory(name="Site Staff", is_staff=True)
    person.set_password(PASSWORD)
    person.save()
    form, elsewhere = {"login": person.email, "password": PASSWORD}, Client()
    elsewhere.post("/accounts/login/", form)
    assert elsewhere.get("/accounts/profile/").status_code == 200
    protect(person)
    assert Client().post("/accounts/login/", form).headers["Location"] == "/accounts/2fa/authenticate/"

    said = browser_of(staff).post(PAGE, {"email": person.email, "reason": "called back"}, follow=True)
    assert "Ada can now sign in with the password alone and gets an e-mail about it." in said.content.decode()
    assert Client().post("/accounts/login/", form).headers["Location"] == "/"
    assert elsewhere.get("/accounts/profile/").status_code == 302
    entry = Entry.objects.get(fact="ops.second_factor_reset")
    assert (entry.actor, entry.target_id) == (staff, person.pk)
    assert entry.data == {"factors": ["recovery_codes", "totp"], "reason": "called back"}
    deliver_due()
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [([person.email], "Your second factor was reset")]
    assert "Site Staff, who is on the staff of this Expo site, has removed the second factor" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("whose", "code"),
    [("own", "own-second-factor"), ("nobody@example.org", "unknown-person"), ("without", "no-second-factor")],
)
def test_a_reset_is_refused_for_oneself_for_nobody_and_where_there_is_none(whose: str, code: str) -> None:
    staff = with_second_factor(is_staff=True)
    email = {"own": staff.email, "without": UserFactory().email}.get(whose, whose)
    with pytest.raises(Refused) as refusal:
        reset_second_factor(by=staff, email=email, reason="asked")
    assert refusal.value.code == code
    assert Authenticator.objects.filter(user=staff).count() == 2


def test_nobody_but_the_site_staff_resets_a_second_factor() -> None:
    person, other = with_second_factor(), UserFactory()
    with pytest.raises(NotAllowed):
        reset_second_factor(by=other, email=person.email, reason="asked")
    assert browser_of(other).post(PAGE, {"email": person.email, "reason": "asked"}).status_code == 404
    assert Authenticator.objects.filter(user=person).count() == 2


def test_a_refused_reset_keeps_what_was_typed() -> None:
    staff = browser_of(UserFactory(is_staff=True))
    page = staff.post(PAGE, {"email": "nobody@example.org", "reason": "called back"}).content.decode()
    assert "No account signs in with this address." in page
    assert 'value="nobody@example.org"' in page
    assert 'value="called back"' in page
