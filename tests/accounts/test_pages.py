"""Pages about oneself, and the way in for invited people."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expo.accounts import services
from expo.accounts.models import Affiliation, ApiToken
from expo.editions.services.roles import grant_role
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.notify.models import Message
from expo.notify.services import deliver_due
from tests.factories import AffiliationFactory, EditionFactory, RoleFactory, TeamMemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.mark.parametrize("url", ["/accounts/profile/", "/accounts/tokens/"])
def test_strangers_are_asked_to_sign_in(client, url):
    assert client.get(url).headers["Location"] == f"/accounts/login/?next={url}"


def test_a_profile_is_saved(client, user):
    client.post("/accounts/profile/", {"name": " Ada  Lovelace ", "time_zone": "Europe/London"})
    user.refresh_from_db()
    assert (user.name, user.time_zone) == ("Ada Lovelace", "Europe/London")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "This field is required."),
        ({"name": "   ", "time_zone": "UTC"}, "This field is required."),
        ({"name": "x" * 121, "time_zone": "UTC"}, "at most 120 characters"),
        ({"name": "Ada", "time_zone": "Nowhere/Land"}, "is not one of the available choices"),
        ({"name": "Ada\x00", "time_zone": "UTC"}, "Null characters are not allowed."),
    ],
)
def test_a_bad_profile_gets_a_sentence(client, user, typed, sentence):
    name = user.name
    assert sentence in text(client.post("/accounts/profile/", typed))
    user.refresh_from_db()
    assert user.name == name


def test_an_affiliation_is_added_and_ended_by_form(client, user):
    client.post("/accounts/affiliations/add/", {"organisation": "Example Labs", "relation": "employee"})
    made = Affiliation.objects.get(user=user)
    page = f"/accounts/affiliations/{made.pk}/end/"
    assert "you said that you still worked there" in text(client.post(page, {"ended_on": "2024-06-30"}))
    today = clock.now().date()
    client.post(page, {"ended_on": today.isoformat()})
    made.refresh_from_db()
    assert made.ended_on == today


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "This field is required."),
        ({"organisation": "x" * 161, "relation": "employee"}, "at most 160 characters"),
        ({"organisation": "Labs", "relation": "spy"}, "spy is not one of the available choices."),
        ({"organisation": "Labs", "relation": "employee", "started_on": "yesterday"}, "Enter a valid date."),
        (
            {"organisation": "Labs", "relation": "employee", "started_on": "2024-02-02", "ended_on": "2024-01-01"},
            "It ends before it starts.",
        ),
    ],
)
def test_a_bad_affiliation_gets_a_sentence_and_keeps_what_was_typed(client, user, typed, sentence):
    seen = text(client.post("/accounts/affiliations/add/", typed))
    assert sentence in seen
    assert not typed or f'value="{typed["organisation"]}"' in seen
    assert not Affiliation.objects.exists()


def test_a_stay_of_somebody_else_is_absent(client, user):
    foreign = AffiliationFactory()
    assert client.post(f"/accounts/affiliations/{foreign.pk}/end/", {"ended_on": "2024-01-01"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.ended_on is None


def test_a_token_is_shown_once_and_never_again(client, user):
    response = client.post("/accounts/tokens/", {"label": "website", "scope": "read", "edition": "", "days": "30"})
    plain = re.search(r'<code class="mono">(\w+)</code>', response.content.decode()).group(1)
    assert "no-store" in response.headers["Cache-Control"]
    assert plain not in client.get("/accounts/tokens/").content.decode()
    repeated = client.post("/accounts/tokens/", {"label": "website", "scope": "read", "edition": "", "days": "30"})
    assert "You already have a token called “website”." in text(repeated)
    assert ApiToken.objects.count() == 1


def test_a_token_can_be_limited_to_editions_one_has_a_part_in(client, user):
    mine, team, foreign = EditionFactory(), EditionFactory(), EditionFactory()
    RoleFactory(edition=mine, user=user)
    TeamMemberFactory(sponsor__edition=team, user=user)
    seen = text(client.get("/accounts/tokens/"))
    assert [f'value="{one.slug}"' in seen for one in (mine, team, foreign)] == [True, True, False]
    typed = {"label": "website", "scope": "read", "edition": foreign.slug, "days": "30"}
    assert "is not one of the available choices" in text(client.post("/accounts/tokens/", typed))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"label": ""}, "This field is required."),
        ({"label": "x" * 81}, "at most 80 characters"),
        ({"scope": "root"}, "root is not one of the available choices."),
        ({"days": "9999"}, "9999 is not one of the available choices."),
        ({"days": "soon"}, "soon is not one of the available choices."),
    ],
)
def test_a_bad_token_gets_a_sentence(client, user, changes, sentence):
    typed = {"label": "website", "scope": "read", "edition": "", "days": "30", **changes}
    assert sentence in text(client.post("/accounts/tokens/", typed))
    assert not ApiToken.objects.exists()


def test_revoking_twice_or_somebody_elses_token_is_calm(client, user):
    mine, _ = services.create_token(by=user, label="website")
    foreign, _ = services.create_token(by=UserFactory(), label="website")
    for key in (mine.token_key, mine.token_key, foreign.token_key, "", "nonsense"):
        assert client.post("/accounts/tokens/revoke/", {"token": key}).headers["Location"] == "/accounts/tokens/"
    assert list(ApiToken.objects.all()) == [foreign]


@pytest.mark.slow
@pytest.mark.parametrize("url", ["/accounts/profile/", "/accounts/tokens/"])
def test_pages_ask_a_constant_number_of_queries(client, user, url):
    counts = []
    for batch in (2, 16):
        for n in range(batch):
            AffiliationFactory(user=user)
            services.create_token(by=user, label=f"script {batch} {n}")
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- The way in ------------------------------------------------------------------------------------

PASSWORD = "a long and winding road 7"


def invite(email="ada@example.org"):
    edition = EditionFactory()
    organiser = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    return grant_role(by=organiser, edition=edition, email=email, kind=RoleKind.COCHAIR).user


def link_in(body):
    return re.search(r"http://testserver(/accounts/\S+)", body).group(1)


@pytest.mark.slow
def test_an_invited_person_sets_a_password_by_the_mailed_link_and_is_verified_and_can_sign_in(client):
    invite()
    deliver_due()
    page = client.get(link_in(mail.outbox[-1].body), follow=True)
    client.post(page.redirect_chain[-1][0], {"name": "Ada", "password1": PASSWORD, "password2": PASSWORD})
    assert EmailAddress.objects.get(email="ada@example.org").verified
    response = client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD})
    assert response.headers["Location"] == "/"


def test_the_mailed_link_works_once(client):
    invite()
    deliver_due()
    link = link_in(mail.outbox[-1].body)
    page = client.get(link, follow=True)
    client.post(page.redirect_chain[-1][0], {"name": "Ada", "password1": PASSWORD, "password2": PASSWORD})
    client.logout()
    again = client.get(link, follow=True)
    assert 'name="password1"' not in text(again)


def test_who_lost_the_invitation_asks_for_a_new_link(client):
    invite()
    client.post("/accounts/password/reset/", {"email": "ada@example.org"})
    deliver_due()
    page = client.get(link_in(mail.outbox[-1].body), follow=True)
    client.post(page.redirect_chain[-1][0], {"name": "Ada", "password1": PASSWORD, "password2": PASSWORD})
    assert EmailAddress.objects.get(email="ada@example.org").verified


def test_the_outbox_never_holds_the_personal_link():
    invite()
    body = Message.objects.get().body
    assert "[personal link]" in body
    assert "/reset/key/" not in body
    deliver_due()
    assert "/reset/key/" not in Message.objects.get().body
    assert "/reset/key/" in mail.outbox[-1].body


def test_who_has_a_password_already_gets_the_sign_in_page():
    known = UserFactory(email="known@example.org")
    known.set_password(PASSWORD)
    known.save()
    invite("known@example.org")
    deliver_due()
    assert link_in(mail.outbox[-1].body) == "/accounts/login/"


def test_a_reset_proves_only_the_primary_address():
    user = UserFactory(verified=False)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    EmailAddress.objects.create(user=user, email="second@example.org", verified=False)
    services.prove_address(user)
    assert list(EmailAddress.objects.order_by("id").values_list("verified", flat=True)) == [True, False]
