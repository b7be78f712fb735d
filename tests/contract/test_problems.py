"""Every refusal of the API is problem+json with a stable code and a sentence, wherever it comes from."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

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
