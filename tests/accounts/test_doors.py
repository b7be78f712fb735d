"""Who is locked out by wrong sign-ins and by too many requests: the one who made them, and nobody else."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client, override_settings

from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def behind_one_proxy() -> Iterator[None]:
    drf = {**django_settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    cache.clear()
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1, REST_FRAMEWORK=drf):
        yield
    cache.clear()


def person() -> str:
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.update_or_create(email=user.email, defaults={"verified": True, "primary": True})
    return user.email


def sign_in(email: str, password: str, client_address: str) -> bool:
    headers = {"X-Forwarded-For": f"192.0.2.77, {client_address}"}  # the first part is whatever the client wrote
    answer = Client().post("/accounts/login/", {"login": email, "password": password}, headers=headers)
    return answer.status_code == 302


def test_wrong_sign_ins_lock_the_client_that_made_them_and_no_other() -> None:
    email = person()
    for number in range(31):
        sign_in(f"nobody{number}@example.org", "wrong", "203.0.113.66")
    assert sign_in(email, PASSWORD, "203.0.113.66") is False
    assert sign_in(email, PASSWORD, "198.51.100.20") is True


def test_wrong_sign_ins_to_one_account_lock_it_for_every_client() -> None:
    email = person()
    for number in range(5):
        sign_in(email, "wrong", f"203.0.113.{number}")
    assert sign_in(email, PASSWORD, "198.51.100.20") is False


def test_a_deadlines_rush_of_right_sign_ins_from_one_network_gets_in() -> None:
    email = person()
    assert all(sign_in(email, PASSWORD, "203.0.113.66") for _ in range(40))


def test_a_header_made_up_by_the_client_does_not_lift_the_limit_of_the_api() -> None:
    answers = [
        Client().get("/api/v1/editions/", headers={"X-Forwarded-For": f"192.0.2.{number}, 203.0.113.66"}).status_code
        for number in range(121)
    ]
    assert answers == [200] * 120 + [429]
