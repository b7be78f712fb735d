"""Every refusal of the API is problem+json with a stable code and a sentence, wherever it comes from."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from expo.accounts.services import create_token
from expo.accounts.states import TokenScope
from tests import factories as make
from tests.contract.addresses import Address, addresses

pytestmark = pytest.mark.django_db

NOWHERE: dict[str, Any] = {"edition": "nowhere", "artefact": "schedule.json", "proposal": "AAAAAA"}
API = [each for each in addresses() if each.name.startswith("api:")]


def url(address: Address) -> str:
    return reverse(address.name, kwargs={key: NOWHERE.get(key, 999_999_999) for key in address.keywords})


def client(is_signed_in: bool) -> Client:
    made = Client()
    if is_signed_in:
        made.force_login(make.UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    return made


@pytest.mark.parametrize("is_signed_in", [False, True], ids=["anonymous", "signed in"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("address", [each for each in API if each.name != "api:docs"], ids=str)
def test_a_refusal_is_a_problem(address: Address, method: str, is_signed_in: bool) -> None:
    response = client(is_signed_in).generic(method, url(address), "{not json", content_type="application/json")
    assert response.status_code < 500
    if response.status_code >= 400:
        problem = response.json()
        assert response["Content-Type"] == "application/problem+json"
        assert (problem["status"], problem["type"]) == (response.status_code, f"about:blank#{problem['code']}")
        assert problem["detail"].endswith((".", "!"))


@pytest.mark.parametrize("address", API, ids=str)
def test_a_wrong_token_never_breaks_anything(address: Address) -> None:
    response = Client().get(url(address), headers={"Authorization": "Token nonsense"})
    assert response.status_code in (200, 401, 404)


def test_an_address_that_does_not_exist_is_a_problem_to_programs_and_a_page_to_people() -> None:
    assert Client().get("/api/v1/nothing/").json() == {
        "type": "about:blank#not-found",
        "title": "not found",
        "status": 404,
        "detail": "There is nothing here, or nothing you may see.",
        "code": "not-found",
    }
    assert Client().get("/nothing/")["Content-Type"].startswith("text/html")


def scripted(path: str, body: str) -> Any:
    """What a script with a good token gets for this body, as a server would answer it."""
    _, token = create_token(by=make.UserFactory(), label="script", scope=TokenScope.WRITE)
    caller = Client(raise_request_exception=False, headers={"Authorization": f"Token {token}"})
    return caller.post(path, body, content_type="application/json")


def test_odd_addresses_and_bodies_are_problems_to_programs(settings) -> None:
    proposals = reverse("api:proposals", kwargs={"edition": make.EditionFactory().slug})
    for settings.DEBUG in (False, True):
        answers = [
            Client(raise_request_exception=False).get("/api/v1/editions/?cursor=%00"),
            Client(raise_request_exception=False).get("/api/v1/editions/%00/"),
            scripted("/api/v1/session-less/%00/", "{}"),
            scripted(proposals, "[" * 6_000_000),
        ]
        seen = [(each.status_code, each.headers["Content-Type"], each.json()["code"]) for each in answers]
        assert seen == [(400, "application/problem+json", "bad-request")] * 3 + [
            (413, "application/problem+json", "too-large")
        ]


@pytest.mark.parametrize("is_debugging", [False, True])
def test_json_without_end_and_zero_bytes_in_forms_are_bad_requests_not_defects(settings, is_debugging: bool) -> None:
    settings.DEBUG = is_debugging
    member = make.TeamMemberFactory()
    sponsor, person = member.sponsor, member.user
    _, token = create_token(by=person, label="script", scope=TokenScope.WRITE)
    proposals = reverse("api:proposals", kwargs={"edition": sponsor.edition.slug})
    script = Client(raise_request_exception=False, headers={"Authorization": f"Token {token}"})
    deep = script.post(proposals, "[" * 200_000, content_type="application/json")
    assert (deep.status_code, deep.headers["Content-Type"]) == (400, "application/problem+json")

    browser = Client(raise_request_exception=False)
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.post("/accounts/tokens/revoke/", {"token": "\x00"})
    assert (page.status_code, "This request could not be understood" in page.content.decode()) == (400, True)
    passkey = Client(raise_request_exception=False).post("/accounts/2fa/webauthn/login/", {"credential": "[" * 200_000})
    assert passkey.status_code == 400


def test_a_defect_of_ours_is_a_problem_to_programs_and_a_page_to_people(monkeypatch) -> None:
    monkeypatch.setattr("expo.editions.queries.announced", lambda: 1 / 0)
    caller = Client(raise_request_exception=False)
    problem = caller.get("/api/v1/editions/")
    assert (problem.status_code, problem.json()["code"]) == (500, "broken")


def test_there_is_no_admin_that_passes_by_the_second_factor() -> None:
    assert Client().get("/admin/login/").status_code == 404
    assert "django.contrib.admin" not in django_settings.INSTALLED_APPS


def test_the_address_of_a_button_opened_by_itself_has_a_page_that_leads_on() -> None:
    response = client(is_signed_in=True).get(reverse("proposals:answer-claim"))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "This address belongs to a button" in response.content.decode()
