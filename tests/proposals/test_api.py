"""The API: a sponsor's own proposals, the same verbs, nothing of the judging side."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from expo.accounts.models import User
from expo.editions.states import RoleKind
from expo.proposals.models import Proposal
from tests import factories as make

from .conftest import CallFixture

SHOWN = {
    "accepted_instead_of",
    "criteria_feedback",
    "withdrawn_as",
    *("code", "guid", "edition", "sponsor", "state", "version", "revision", "format", "track", "title", "abstract"),
    *("takeaways", "topics", "expected_audience", "needs", "presenters", "public_title", "public_text", "feedback"),
    *("outline", "level", "audience", "prerequisites", "evidence", "hands_on", "wishes", "links"),
    *("preferred_rooms", "excluded_rooms"),
    *("public_text_approved_at", "verdict_at", "created_at", "changed_at", "submitted_at", "withdrawn_at"),
}
NO_SPAN = {"name": "A", "email": "a@b.example", "away": [{"starts_at": "2027-07-18", "ends_at": "no"}]}


def client(user: User | None) -> APIClient:
    made = APIClient()
    if user:
        made.force_login(user)
    return made


def url(call: CallFixture, *rest: str) -> str:
    return "/".join(["/api/v1/editions", call.edition.slug, "proposals", *rest]) + "/"


def test_the_list_holds_own_proposals_and_nothing_else(call: CallFixture, elsewhere: CallFixture) -> None:
    mine = call.draft()
    call.submitted(sponsor=call.rival)
    elsewhere.draft()
    data = client(call.member).get(url(call)).json()
    assert [each["code"] for each in data["results"]] == [mine.code]


def test_nothing_of_the_judging_side_is_shown(call: CallFixture) -> None:
    proposal = call.submitted(merit=4.25, feedback="")
    make.AssignmentFactory(edition=call.edition, proposal=proposal)
    data = client(call.member).get(url(call, proposal.code)).json()
    assert set(data) == SHOWN
    assert "4.25" not in str(data)


@pytest.mark.slow
def test_absent_and_forbidden_are_the_same(call: CallFixture, elsewhere: CallFixture) -> None:
    proposal = call.draft()
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    answers = [
        getattr(client(person), method)(url(place, code, *rest))
        for person in (call.rival_member, elsewhere.member, chair, make.UserFactory(is_superuser=True))
        for place, code in ((call, proposal.code), (call, "NOPE22"), (elsewhere, proposal.code))
        for method, rest in (("get", ()), ("post", ("submit",)), ("post", ("withdraw",)))
    ]
    assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
    proposal.refresh_from_db()
    assert proposal.state == "draft"


def test_the_anonymous_are_asked_who_they_are(call: CallFixture) -> None:
    for path in (url(call), url(call, call.draft().code)):
        answer = client(None).get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")


def begin(call: CallFixture, **data: Any) -> Any:
    return client(call.member).post(url(call), {"format": "talk", **data}, format="json")


@pytest.mark.slow
def test_a_draft_is_begun_and_submitted(call: CallFixture) -> None:
    topic = make.TopicFactory(edition=call.edition)
    words = dict.fromkeys(("title", "abstract", "takeaways", "public_title", "public_text"), "Words")
    away = [{"starts_at": "2027-07-18T09:00:00-04:00", "ends_at": "2027-07-18T10:00:00-04:00"}]
    people = [{"name": "Ada", "email": "ada@example.org", "away": away}]
    made = begin(call, **words, topics=[topic.slug], presenters=people)
    assert (made.status_code, made.json()["state"], made.json()["presenters"][0]["email"]) == (
        201,
        "draft",
        "ada@example.org",
    )
    done = client(call.member).post(url(call, made.json()["code"], "submit"))
    assert (done.status_code, done.json()["state"], done.json()["revision"]) == (200, "submitted", 1)
    back = client(call.member).post(url(call, made.json()["code"], "withdraw"), {"reason": "Ill"}, format="json")
    assert (back.status_code, back.json()["state"]) == (200, "withdrawn")


def test_the_same_key_makes_one_draft(call: CallFixture) -> None:
    key = "7b0f6a40-90a5-4b0e-bb0a-0d8f6c2b5a11"
    assert begin(call, form_key=key).json()["code"] == begin(call, form_key=key).json()["code"]
    assert Proposal.objects.count() == 1


def test_refusals_are_problems_with_a_stable_code(call: CallFixture) -> None:
    draft = client(call.member).post(url(call, begin(call).json()["code"], "submit"))
    assert (draft.status_code, draft.headers["Content-Type"], draft.json()["code"]) == (
        422,
        "application/problem+json",
        "incomplete",
    )
    again = client(call.member).post(url(call, call.submitted().code, "submit"))
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")


@pytest.mark.parametrize(
    "data",
    [
        {"format": "nothing"},
        {"format": None},
        {"format": ["talk"]},
        {"format": "talk", "topics": ["x"]},
        {"format": "talk", "track": {"a": 1}},
        {"format": "talk", "presenters": [{"name": "A", "email": "nonsense"}]},
        {"format": "talk", "presenters": "Ada"},
        {"format": "talk", "expected_audience": 10**30},
        {"format": "talk", "form_key": "x"},
        {"format": "talk", "title": "x" * 161},
        {"format": "talk", "title": "\ud800"},
        {"format": "talk", "presenters": [NO_SPAN]},
        [],
    ],
)  # fmt: skip
def test_bad_input_is_a_problem_and_never_a_crash(call: CallFixture, data: Any) -> None:
    answer = client(call.member).post(url(call), json.dumps(data), content_type="application/json")
    assert (answer.status_code in (400, 422), answer.headers["Content-Type"]) == (True, "application/problem+json")
    assert Proposal.objects.count() == 0


def test_a_foreign_sponsor_or_format_is_not_there(call: CallFixture, elsewhere: CallFixture) -> None:
    for data in ({"sponsor": call.rival.pk}, {"sponsor": elsewhere.sponsor.pk}):
        assert begin(call, **data).status_code == 400
    demo = make.FormatFactory(edition=elsewhere.edition, slug="demo")
    assert begin(call, format=demo.slug).status_code == 400


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1.5", "9" * 40, "true", "[]"])
def test_a_number_that_is_no_sponsors_is_a_wrong_field(call: CallFixture, number: str) -> None:
    body = f'{{"format": "{call.talk.slug}", "sponsor": {number}}}'
    answer = client(call.member).post(url(call), body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["sponsor"])


def test_whoever_acts_for_several_sponsors_says_for_which(call: CallFixture) -> None:
    make.TeamMemberFactory(sponsor=call.rival, user=call.member)
    assert begin(call).json()["code"] == "which-sponsor"
    assert begin(call, sponsor=call.rival.pk).json()["sponsor"] == call.rival.name


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow(call: CallFixture) -> None:
    def queries(n: int) -> int:
        Proposal.objects.all().delete()
        for _ in range(n):
            made = call.draft()
            made.topics.set([make.TopicFactory(edition=call.edition)])
            make.PresenterFactory(proposal=made)
        with CaptureQueriesContext(connection) as captured:
            assert len(client_.get(url(call)).json()["results"]) == n
        return len(captured)

    client_ = client(call.member)
    assert queries(2) == queries(20)


def test_every_field_of_the_form_is_written_and_read(call: CallFixture) -> None:
    hall, cellar = (make.RoomFactory(edition=call.edition, name=name) for name in ("Hall", "Cellar"))
    typed = {
        "title": "Ours",
        "level": "advanced",
        **{name: f"About {name}" for name in ("audience", "prerequisites", "evidence", "hands_on", "wishes")},
        "outline": [{"minutes": 60, "title": "All", "text": "", "presenters": ["ada@example.org"]}],
        "links": [{"label": "Paper", "url": "https://example.org/paper"}],
        "preferred_rooms": [hall.name],
        "excluded_rooms": [cellar.name],
    }
    answer = begin(call, **typed)
    assert answer.status_code == 201, answer.content
    assert {name: answer.json()[name] for name in typed} == typed


@pytest.mark.parametrize(
    "wrong",
    [
        *({"level": "expert"}, {"outline": "x"}, {"outline": [{"minutes": "x"}]}, {"outline": [{"minutes": 10**30}]}),
        *({"outline": [{"presenters": "x"}]}, {"outline": [{"title": "x" * 200}]}, {"outline": [[]]}),
        *({"links": [{"url": "javascript:alert(1)"}]}, {"links": [{"url": "https://a:b@example.org"}]}),
        *({"links": {}}, {"preferred_rooms": ["Nowhere"]}, {"preferred_rooms": [7]}, {"excluded_rooms": "Hall"}),
        *({"outline": [{"minutes": 5}] * 10_000}, {"links": [{"url": "https://a.example"}] * 2}),
    ],
)
def test_what_cannot_be_kept_is_a_problem_and_never_an_error_of_ours(call: CallFixture, wrong: dict) -> None:
    answer = begin(call, **wrong)
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not call.sponsor.proposals.exists()
