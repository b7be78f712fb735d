"""One's own view of a list: the page opens with it, only for its owner, and only what the list knows is kept."""

import pytest
from django.urls import reverse

from expo.accounts import services
from expo.accounts.models import SavedView
from expo.editions.states import Phase, RoleKind
from expo.kit.errors import Invalid
from tests.factories import EditionFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory(phase=Phase.REVIEW)


@pytest.fixture
def page(edition):
    return reverse("scoring:standings", args=[edition.slug])


@pytest.fixture
def chair(client, edition):
    user = RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    client.force_login(user)
    return user


def save(client, page, query):
    return client.post(reverse("accounts:save-view"), {"page": page, "query": query})


def test_a_page_opens_as_it_was_saved_and_whole_when_asked_or_forgotten(client, chair, page):
    assert save(client, page, "sort=-merit&q=edge&nonsense=1&page=3").url == f"{page}?sort=-merit&q=edge"
    assert client.get(page).url == f"{page}?sort=-merit&q=edge"
    assert client.get(f"{page}?all=1").status_code == client.get(f"{page}?q=").status_code == 200

    assert save(client, page, "q=cloud").url == f"{page}?q=cloud"
    assert client.get(page).url == f"{page}?q=cloud"

    gone = client.post(reverse("accounts:forget-view"), {"page": page, "query": "q=cloud"})
    assert (gone.url, client.get(page).status_code) == (f"{page}?q=cloud", 200)


def test_only_its_owner_has_it(client, chair, edition, page):
    services.save_view(by=chair, page=page, query="q=edge")
    client.force_login(RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user)
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    "where", ["/", "//evil.example/", "https://evil.example/", "/accounts/profile/", "", "/e/../x"]
)
def test_only_lists_are_saved_and_led_to(client, chair, where):
    assert save(client, where, "q=x").url == "/"
    assert client.post(reverse("accounts:forget-view"), {"page": where, "query": "q=x"}).url == "/"
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("query", ["", "nonsense=1", "page=2", f"q={'x' * 600}"])
def test_a_view_without_filters_is_refused(chair, page, query):
    with pytest.raises(Invalid):
        services.save_view(by=chair, page=page, query=query)


def test_there_is_an_end_to_saving(chair, page, monkeypatch):
    monkeypatch.setattr(services, "MOST_VIEWS", 1)
    services.save_view(by=chair, page=page, query="q=a")
    services.save_view(by=chair, page=page, query="q=b")
    with pytest.raises(Invalid):
        services.save_view(by=chair, page=page.replace("/e/", "/e/other-"), query="q=a")


def test_strangers_save_nothing(client, page):
    assert "/accounts/login/" in save(client, page, "q=x").url
    assert not SavedView.objects.exists()
    assert UserFactory().saved_views.count() == 0
