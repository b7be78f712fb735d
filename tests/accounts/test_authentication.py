"""What a token opens, and what it does not."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from expo.accounts import services
from expo.accounts.models import ApiToken
from expo.kit import clock
from tests.factories import EditionFactory, UserFactory

pytestmark = pytest.mark.django_db


class Echo(APIView):
    policy = "editions.signed_in"

    def get(self, request, **kwargs):
        return Response({"user": request.user.pk})

    post = get


urlpatterns = [path("any/", Echo.as_view()), path("e/<slug:edition>/", Echo.as_view())]
urls = override_settings(ROOT_URLCONF=__name__)


def using(**fields):
    token, plain = services.create_token(by=UserFactory(), label="script", **fields)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {plain}")
    return token, client


@urls
@pytest.mark.parametrize(
    ("fields", "method", "url", "outcome"),
    [
        ({}, "get", "/any/", 200),
        ({}, "options", "/any/", 200),
        ({}, "post", "/any/", "token-reads-only"),
        ({}, "delete", "/any/", "token-reads-only"),
        ({"scope": "write"}, "post", "/any/", 200),
        ({"edition_slug": "icml"}, "get", "/e/icml/", 200),
        ({"edition_slug": "icml"}, "get", "/e/kdd/", "token-other-edition"),
        ({"edition_slug": "icml"}, "get", "/any/", "token-other-edition"),
        ({"edition_slug": "icml"}, "post", "/e/icml/", "token-reads-only"),
        ({"edition_slug": "icml", "scope": "write"}, "post", "/e/icml/", 200),
    ],
)
def test_a_token_reaches_as_far_as_it_says(fields, method, url, outcome):
    _, client = using(**fields)
    response = getattr(client, method)(url)
    if isinstance(outcome, int):
        assert response.status_code == outcome
    else:
        assert (response.status_code, response.json()["code"]) == (403, outcome)


@urls
def test_an_expired_or_revoked_or_invented_token_opens_nothing():
    for spoil in (
        lambda token: ApiToken.objects.update(expiry=clock.now() - timedelta(seconds=1)),
        lambda token: services.revoke_token(by=token.user, token=token),
    ):
        token, client = using()
        assert client.get("/any/").status_code == 200
        spoil(token)
        assert client.get("/any/").status_code == 401
    client.credentials(HTTP_AUTHORIZATION="Token " + "0" * 64)
    assert client.get("/any/").status_code == 401


@urls
def test_a_token_of_somebody_who_left_opens_nothing():
    token, client = using()
    token.user.is_active = False
    token.user.save()
    assert client.get("/any/").status_code == 401


@urls
def test_last_use_is_noted_at_most_once_a_minute():
    _, client = using()
    client.get("/any/")
    first = ApiToken.objects.get().last_used_at
    client.get("/any/")
    assert ApiToken.objects.get().last_used_at == first
    with clock.at(first + timedelta(minutes=1)):
        client.get("/any/")
    assert ApiToken.objects.get().last_used_at == first + timedelta(minutes=1)


def test_the_site_itself_signs_scripts_in_by_token():
    edition = EditionFactory()
    _, client = using(edition_slug=edition.slug)
    assert client.get(f"/api/v1/editions/{edition.slug}/").status_code == 200
    assert client.get(f"/api/v1/editions/{EditionFactory().slug}/").status_code == 403
