"""A passkey, added and used in a real browser under the site's own content security policy."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page

from expo.accounts.models import User

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def ada() -> User:
    user = User.objects.create_user("ada@example.org", PASSWORD, name="Ada Lovelace")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_a_passkey_replaces_the_password(new_page: Any, live_server: Any, settings: Any, ada: User) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # the test's site has no TLS
    site = live_server.url.replace("127.0.0.1", "localhost")  # keys are bound to names, not numbers
    page: Page = new_page()
    plug_in_a_key(page)

    sign_in_by_password(page, site)
    page.goto(f"{site}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add key").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.context.clear_cookies()

    page.goto(f"{site}/accounts/login/?next=/design/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    page.get_by_text("Account of Ada Lovelace").first.wait_for(state="attached")


def plug_in_a_key(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def sign_in_by_password(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/login/?next=/design/")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Account of Ada Lovelace").first.wait_for(state="attached")
