"""Signing up and in: with a name, with plain words, and back to the page one came from."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from expo.accounts.forms.entrance import DIFFERENT, RULES
from expo.accounts.models import User
from expo.editions.states import RoleKind
from expo.notify.services import deliver_due
from tests import factories as make
from tests.pages import squeezed

pytestmark = pytest.mark.django_db
PASSWORD = "a long and winding road 7"
SIGN_UP, SIGN_IN = "/accounts/signup/", "/accounts/login/"


@pytest.fixture(autouse=True)
def nobody_counts_requests() -> None:
    cache.clear()


def typed(**changes: str) -> dict[str, str]:
    fields = {"name": "Nora Newman", "email": "nora@newco.example", "password1": PASSWORD, "password2": PASSWORD}
    return {**fields, **changes}


def mailed_link() -> str:
    deliver_due()
    address = urlsplit(re.search(r"http://testserver(/accounts/\S+)", mail.outbox[-1].body)[0])
    return f"{address.path}?{address.query}" if address.query else address.path


def person(**fields: str) -> User:
    user = make.UserFactory(**fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def test_signing_up_asks_for_a_name_and_keeps_it_on_one_line() -> None:
    Client().post(SIGN_UP, typed(name="  Nora \t Newman "))
    assert User.objects.get(email="nora@newco.example").name == "Nora Newman"


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200e", "x" * 121])
def test_nobody_signs_up_without_a_name(name: str) -> None:
    answer = Client().post(SIGN_UP, typed(name=name))
    assert (answer.status_code, User.objects.count()) == (200, 0)
    assert "nora@newco.example" in squeezed(answer)


def test_the_form_says_e_mail_and_the_rules_of_a_password() -> None:
    page = squeezed(Client().get(SIGN_UP))
    assert RULES in page
    for address in (SIGN_UP, SIGN_IN, "/accounts/password/reset/"):
        labels = re.findall(r"<label[^>]*>(.*?)</label>", squeezed(Client().get(address)))
        assert any("E-mail address" in label for label in labels)
        assert not any(re.search(r"\bEmail\b", label) for label in labels)


@pytest.mark.parametrize("password", ["short 7", "8462951730", "password123", "nora@newco"])
def test_what_the_rules_exclude_is_refused(password: str) -> None:
    answer = Client().post(SIGN_UP, typed(password1=password, password2=password))
    assert (answer.status_code, User.objects.count()) == (200, 0)


def test_a_bad_password_typed_twice_differently_names_both_mistakes() -> None:
    answer = Client().post(SIGN_UP, typed(password1="12345", password2="54321"))
    page = squeezed(answer)
    assert DIFFERENT in page
    assert "too short" in page


def test_who_signs_up_from_a_page_is_back_there_once_the_address_is_confirmed() -> None:
    page = reverse("editions:detail", args=[make.EditionFactory().slug])
    browser = Client()
    link = re.search(r'href="(/accounts/login/[^"]*)"', squeezed(browser.get(page)))[1]
    offered = re.search(r'href="(/accounts/signup/[^"]*)"', squeezed(browser.get(link)))[1]
    form = squeezed(browser.get(offered))
    sent = re.search(r'name="next" value="([^"]*)"', form)[1]
    browser.post(SIGN_UP, {**typed(), "next": sent})
    confirmed = browser.post(mailed_link())
    assert confirmed.headers["Location"] == page
    assert browser.get(page).context["user"].email == "nora@newco.example"


def test_in_another_browser_the_confirmed_address_leads_to_signing_in_and_back() -> None:
    page = reverse("editions:detail", args=[make.EditionFactory().slug])
    Client().post(SIGN_UP, {**typed(), "next": page})
    phone = Client()
    link = mailed_link()
    question = squeezed(phone.get(link))
    sent = re.search(r'name="next" value="([^"]*)"', question)[1]
    answer = phone.post(link, {"next": sent})
    assert answer.headers["Location"] == page
    back = re.search(r'href="(/accounts/login/[^"]*)"', squeezed(phone.get(page)))[1]
    done = phone.post(back, {"login": "nora@newco.example", "password": PASSWORD, "next": page})
    assert done.headers["Location"] == page


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_sent_to_another_site(page: str) -> None:
    known = person()
    answer = Client().post(SIGN_IN, {"login": known.email, "password": PASSWORD, "next": page})
    assert answer.headers["Location"] == "/"
    Client().post(SIGN_UP, {**typed(), "next": page})
    assert "evil.example" not in mailed_link()
    assert "alert" not in mail.outbox[-1].body


def test_every_page_offers_to_sign_in_and_come_back_to_it() -> None:
    edition = make.EditionFactory()
    page = reverse("editions:detail", args=[edition.slug])
    back = f"{SIGN_IN}?next=%2Fe%2F{edition.slug}%2F"
    assert squeezed(Client().get(page)).count(f'href="{back}"') == 2  # in the bar, and for who wants to propose
    assert f'href="{back}%3Fday%3D2"' in squeezed(Client().get(f"{page}?day=2"))
    assert f'href="{SIGN_IN}"' in squeezed(Client().get("/"))


def test_somebody_invited_reads_who_invited_them_and_says_their_name_before_the_password() -> None:
    from expo.sponsors.services.invitations import invite_to_team, mail_invitations

    contact = make.TeamMemberFactory(user__name="Carla Contact")
    sponsor = contact.sponsor
    invited = invite_to_team(by=contact.user, sponsor=sponsor, email="ada@labs.example", role="contact")
    mail_invitations(sponsor.edition)
    browser = Client()
    page = browser.get(mailed_link(), follow=True)
    assert f"<b>Carla Contact</b>({contact.user.email}) invites you to the team of<b>{sponsor}</b>" in squeezed(page)
    assert f"sponsor of {sponsor.edition.name}" in squeezed(page)
    sent = re.search(r'name="next" value="([^"]*)"', squeezed(page))[1]
    form = {"name": "Ada", "password1": PASSWORD, "password2": PASSWORD, "next": sent}
    answer = browser.post(page.redirect_chain[-1][0].partition("?")[0], form)
    assert answer.headers["Location"] == reverse("sponsors:invitation", args=[sponsor.edition.slug, invited.pk])
    assert User.objects.get(email="ada@labs.example").name == "Ada"
    assert not sponsor.team.filter(user__email="ada@labs.example").exists()


def test_a_known_name_is_not_asked_for_again_nor_changed_by_the_link() -> None:
    known = person(name="Ada Known")
    make.RoleFactory(user=known, kind=RoleKind.REVIEWER)
    Client().post("/accounts/password/reset/", {"email": known.email})
    browser = Client()
    page = browser.get(mailed_link(), follow=True)
    assert 'name="name"' not in squeezed(page)
    assert "Welcome: choose a password" not in squeezed(page)
    browser.post(page.redirect_chain[-1][0], {"name": "Eve", "password1": PASSWORD, "password2": PASSWORD})
    known.refresh_from_db()
    assert known.name == "Ada Known"


def test_who_has_no_part_reads_whom_to_ask() -> None:
    make.EditionFactory(contact_email="expo@icml.example")
    stranger = make.UserFactory(email="nora@newco.example")
    browser = Client()
    browser.force_login(stranger)
    page = squeezed(browser.get("/"))
    assert "to invite nora@newco.example" in page
    assert 'href="mailto:expo@icml.example"' in page
    assert "Nobody joins by the domain of an address alone." in page
