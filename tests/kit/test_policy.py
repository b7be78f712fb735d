"""Policies: deny by default; absent and forbidden look the same."""

import pytest
import rules
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from rest_framework.exceptions import (
    MethodNotAllowed,
    NotAuthenticated,
    ParseError,
    PermissionDenied,
    Throttled,
    ValidationError,
)

from expo.editions.states import RoleKind
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.memo import forget, once_per_request, remembering
from expo.kit.policy import PolicyPermission, allowed, page, policy_of, require
from expo.kit.problems import handler
from tests.factories import EditionFactory, RoleFactory, UserFactory


@pytest.fixture
def policy():
    """A policy that says yes to "open" only."""
    rules.add_perm("tests.enter", rules.predicate(lambda user, door=None: door == "open"))
    yield "tests.enter"
    rules.remove_perm("tests.enter")


def ask(view, user, **kwargs):
    request = RequestFactory().get("/door/?n=1")
    request.user = user
    return view(request, **kwargs)


def doors(user, *, door):
    if door == "missing":
        raise ObjectDoesNotExist
    if door == "gone":
        raise Http404
    return door


@pytest.mark.parametrize("door", ["shut", "missing", "gone"])
@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("signed_in", [True, False])
def test_absent_and_forbidden_look_the_same(policy, door, public, signed_in):
    view = page(policy, load=doors, public=public)(lambda request, door: HttpResponse("in"))
    user = UserFactory.build() if signed_in else AnonymousUser()
    if signed_in or public:
        with pytest.raises(Http404):
            ask(view, user, door=door)
    else:
        assert ask(view, user, door=door).headers["Location"] == "/accounts/login/?next=/door/%3Fn%3D1"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/form/?page=2", "/form/%3Fpage%3D2"),
        ("https://elsewhere.example/form/", "/"),
        ("", "/"),
    ],
)
def test_who_sends_a_form_signed_out_returns_to_the_page_with_the_form(policy, referer, back):
    view = page(policy, load=doors)(lambda request, door: HttpResponse("in"))
    request = RequestFactory().post("/door/", headers={"referer": referer})
    request.user = AnonymousUser()
    assert view(request, door="shut").headers["Location"] == f"/accounts/login/?next={back}"


def test_a_page_gets_the_thing_its_policy_was_asked_about(policy):
    view = page(policy, load=doors)(lambda request, door: HttpResponse(f"in by the {door} door"))
    assert ask(view, AnonymousUser(), door="open").content == b"in by the open door"
    assert view.policy == policy


def test_an_unknown_policy_lets_nobody_in():
    assert allowed(UserFactory.build(is_superuser=True), "tests.unknown") is False


@pytest.mark.django_db
def test_superusers_have_no_short_cut():
    edition = EditionFactory()
    assert allowed(UserFactory(is_superuser=True, is_staff=True), "editions.set_up", edition) is False


@pytest.mark.django_db
def test_a_role_counts_only_in_its_edition_and_only_while_active():
    role = RoleFactory(kind=RoleKind.ORGANISER)
    other = EditionFactory()
    assert [allowed(role.user, "editions.set_up", one) for one in (role.edition, other)] == [True, False]
    role.user.is_active = False
    assert allowed(role.user, "editions.set_up", role.edition) is False


def test_require_refuses_with_a_sentence(policy):
    require(AnonymousUser(), policy, "open")
    with pytest.raises(NotAllowed, match="Your role in this edition does not allow this"):
        require(AnonymousUser(), policy, "shut")
    with pytest.raises(NotAllowed, match="Not through here"):
        require(AnonymousUser(), policy, "shut", message="Not through here.")


def api_view(**fields):
    return type("View", (), fields)()


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, None),
        ({"policy": "a"}, "a"),
        ({"policies": {"list": "b"}, "action": "list"}, "b"),
        ({"policies": {"list": "b"}, "action": "create"}, None),
        ({"policies": {"list": "b"}, "action": "create", "policy": "a"}, "a"),
    ],
)
def test_an_api_view_names_its_policy_or_nobody_gets_in(fields, found):
    view = api_view(**fields)
    assert policy_of(view) == found
    request = type("Request", (), {"user": AnonymousUser()})()
    assert PolicyPermission().has_permission(request, view) is False


def test_an_api_policy_is_asked_about_its_subject(policy):
    request = type("Request", (), {"user": AnonymousUser()})()
    answers = [
        PolicyPermission().has_permission(request, api_view(policy=policy, policy_subject=lambda self, door=door: door))
        for door in ("open", "shut")
    ]
    assert answers == [True, False]


# --- Memory of a request ---------------------------------------------------------------------------


def test_answers_are_remembered_per_request_and_arguments():
    asked = []

    @once_per_request
    def double(n, *, plus=0):
        asked.append((n, plus))
        return 2 * n + plus

    assert [double(1), double(1)] == [2, 2]
    with remembering():
        assert [double(1), double(1), double(2), double(1, plus=1)] == [2, 2, 4, 3]
        with remembering():
            double(1)
        double(1)
        forget()
        double(1)
    forget()
    assert asked == [(1, 0), (1, 0), (1, 0), (2, 0), (1, 1), (1, 0), (1, 0)]


# --- Refusals in the API ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (NotAllowed("not-allowed", "Not you."), 403, "not-allowed", "Not you."),
        (WrongState("wrong-state", "Too late."), 409, "wrong-state", "Too late."),
        (Invalid("too-long", "Too long."), 422, "too-long", "Too long."),
        (Http404(), 404, "not-found", "There is nothing here, or nothing you may see."),
        (PermissionDenied(), 403, "permission-denied", "You do not have permission to perform this action."),
        (NotAuthenticated(), 401, "not-authenticated", "Authentication credentials were not provided."),
        (MethodNotAllowed("PUT"), 405, "method-not-allowed", 'Method "PUT" not allowed.'),
        (ParseError(), 400, "parse-error", "Malformed request."),
    ],
)
def test_every_refusal_has_one_shape(error, status, code, detail):
    response = handler(error, {})
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.data == {
        "type": f"about:blank#{code}",
        "title": code.replace("-", " "),
        "status": status,
        "detail": detail,
        "code": code,
    }


def test_a_throttled_client_learns_when_to_come_back():
    assert handler(Throttled(wait=12), {}).headers["Retry-After"] == "12"


def test_wrong_fields_are_named():
    response = handler(ValidationError({"name": ["Too long."]}), {})
    assert (response.status_code, response.data["errors"]) == (400, {"name": ["Too long."]})


def test_our_own_mistakes_are_no_refusals():
    assert handler(ZeroDivisionError(), {}) is None


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/?q=%00", "/e/a%00b/", "/e/x/proposals/AB%00CDE/"])
def test_zero_bytes_are_bad_requests_and_not_crashes(client, url):
    assert client.get(url).status_code in (400, 404)
