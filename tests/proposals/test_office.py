"""What the conference office collects: the edition's fields, a sponsor's answers, and everybody's in a table."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.proposals.models import OfficeAnswer, OfficeField, Proposal
from expo.proposals.queries.office import lacking, office_table
from expo.proposals.queries.status import next_steps, status_of
from expo.proposals.services.office import answer, move_field, remove_field, save_field
from expo.proposals.states import OfficeFieldKind
from tests import factories as make

from .conftest import CallFixture


@pytest.fixture
def organiser(call: CallFixture) -> User:
    return make.RoleFactory(edition=call.edition, kind=RoleKind.ORGANISER).user


def asked(call: CallFixture, organiser: User, **about: Any) -> OfficeField:
    fields = {"label": "Arrival", "kind": "line", "is_required": True, **about}
    return save_field(by=organiser, edition=call.edition, **fields)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def steps(proposal: Proposal) -> list[str]:
    proposal.refresh_from_db()
    return [step.title for step in next_steps(status_of(proposal, clock.now()))]


def test_organisers_make_the_list_in_their_order(call: CallFixture, organiser: User) -> None:
    one, two = asked(call, organiser), asked(call, organiser, label="Size", kind="choice", options=["S", "L", "S"])
    move_field(by=organiser, edition=call.edition, field=two, up=True)
    assert list(OfficeField.objects.values_list("label", "options")) == [("Size", ["S", "L"]), ("Arrival", [])]
    remove_field(by=organiser, edition=call.edition, field=one)
    assert [field.label for field in OfficeField.objects.all()] == ["Size"]
    facts = ["office_field_saved", "office_field_saved", "office_field_moved", "office_field_removed"]
    assert list(Entry.objects.order_by("id").values_list("fact", flat=True)) == [f"proposals.{fact}" for fact in facts]


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"label": " \u200b"}, "no-label"),
        ({"label": "ARRIVAL"}, "label-taken"),
        ({"label": "x" * 121}, "too-long"),
        ({"label": "Size", "kind": "choice", "options": ["S"]}, "options"),
        ({"label": "Size", "kind": "colour"}, "unknown-kind"),
    ],
)
def test_a_field_that_cannot_be_asked_is_refused(
    call: CallFixture, organiser: User, about: dict[str, Any], code: str
) -> None:
    asked(call, organiser)
    with pytest.raises(Invalid) as refused:
        asked(call, organiser, **about)
    assert (refused.value.code, OfficeField.objects.count()) == (code, 1)


def test_what_was_answered_stays_readable(call: CallFixture, organiser: User) -> None:
    size = asked(call, organiser, label="Size", kind="choice", options=["S", "L"])
    answer(by=call.member, proposal=call.accepted(), answers={size.pk: "S"})
    for about, code in (({"kind": "line"}, "answered"), ({"kind": "choice", "options": ["M", "L"]}, "option-chosen")):
        with pytest.raises(Invalid) as refused:
            save_field(by=organiser, edition=call.edition, field=size, label="Size", **about)
        assert refused.value.code == code


def test_only_organisers_of_this_edition_make_the_list(call: CallFixture, elsewhere: CallFixture) -> None:
    cochair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    foreign = make.RoleFactory(edition=elsewhere.edition, kind=RoleKind.ORGANISER).user
    for user in (cochair, foreign, call.member):
        with pytest.raises(NotAllowed):
            asked(call, user)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("line", " By\u200b van \n at nine ", "By van at nine"),
        ("text", "One\r\ntwo", "One\ntwo"),
        ("number", "007", "7"),
        ("yes_no", "yes", "yes"),
        ("choice", "L", "L"),
    ],
)
def test_an_answer_is_kept_as_its_kind_asks(
    call: CallFixture, organiser: User, kind: str, typed: str, kept: str
) -> None:
    field = asked(call, organiser, kind=kind, options=["S", "L"])
    answer(by=call.member, proposal=call.accepted(), answers={field.pk: typed})
    assert OfficeAnswer.objects.get().value == kept


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("line", "x" * 201, "too-long"),
        ("text", "x" * 2001, "too-long"),
        ("number", "-1", "not-a-number"),
        ("number", "1e3", "not-a-number"),
        ("number", "٣", "not-a-number"),
        ("number", "9" * 400, "not-a-number"),
        ("yes_no", "maybe", "unknown-option"),
        ("choice", "XL", "unknown-option"),
    ],
)
def test_an_answer_of_another_kind_is_refused_at_its_field(
    call: CallFixture, organiser: User, kind: str, typed: str, code: str
) -> None:
    field = asked(call, organiser, kind=kind, options=["S", "L"])
    with pytest.raises(Invalid) as refused:
        answer(by=call.member, proposal=call.accepted(), answers={field.pk: typed})
    assert (refused.value.code, refused.value.field) == (code, f"field-{field.pk}")


def test_a_needed_answer_is_a_next_step_until_it_is_given(call: CallFixture, organiser: User) -> None:
    accepted, draft = call.accepted(state="confirmed"), call.draft()
    needed, optional = asked(call, organiser), asked(call, organiser, label="Else", is_required=False)
    assert ("Answer the office" in steps(accepted), "Answer the office" in steps(draft)) == (True, False)
    answer(by=call.member, proposal=accepted, answers={needed.pk: "Van", optional.pk: ""})
    assert (steps(accepted), lacking(call.edition)) == ([], frozenset())
    answer(by=call.member, proposal=accepted, answers={needed.pk: ""})
    assert steps(accepted) == ["Answer the office"]


def test_the_office_asks_about_accepted_sessions_until_the_archive(call: CallFixture, organiser: User) -> None:
    field, accepted = asked(call, organiser), call.accepted()
    with pytest.raises(WrongState) as refused:
        answer(by=call.member, proposal=call.submitted(), answers={field.pk: "Van"})
    assert refused.value.code == "not-accepted"
    with pytest.raises(NotAllowed):
        answer(by=call.rival_member, proposal=accepted, answers={field.pk: "Van"})
    call.edition.phase = Phase.ARCHIVED
    call.edition.save()
    with pytest.raises(WrongState) as refused:
        answer(by=call.member, proposal=accepted, answers={field.pk: "Van"})
    assert refused.value.code == "edition-archived"


def test_a_field_of_another_edition_is_not_answered(call: CallFixture, elsewhere: CallFixture) -> None:
    foreign = make.OfficeFieldFactory(edition=elsewhere.edition)
    with pytest.raises(Invalid) as refused:
        answer(by=call.member, proposal=call.accepted(), answers={foreign.pk: "Van"})
    assert (refused.value.code, OfficeAnswer.objects.count()) == ("field-gone", 0)


def test_the_table_shows_what_is_missing_and_hides_conflicts(call: CallFixture, organiser: User) -> None:
    field = asked(call, organiser)
    ours, theirs = call.accepted(), call.accepted(sponsor=call.rival)
    answer(by=call.member, proposal=ours, answers={field.pk: "=cmd()"})
    rows = {row.proposal: (row.cells, row.missing) for row in office_table(organiser, call.edition, [field])}
    assert rows == {ours: (("=cmd()",), ()), theirs: (("",), ("Arrival",))}
    file = (
        browser(organiser).get(reverse("proposals:office", args=[call.edition.slug]) + "?format=csv").content.decode()
    )
    assert (
        ours.code in file,
        "\n=cmd" in file or ",=cmd" in file,
        file.splitlines()[0].endswith("Missing,Arrival"),
    ) == (
        True,
        False,
        True,
    )
    make.ConflictFactory(user=organiser, sponsor=call.rival)
    assert [row.proposal for row in office_table(organiser, call.edition, [field])] == [ours]


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(call: CallFixture, organiser: User) -> None:
    number, accepted = asked(call, organiser, kind=OfficeFieldKind.NUMBER), call.accepted()
    url = call.url("office-answers", accepted)
    answered = browser(call.member).post(url, {f"field-{number.pk}": "about ten"})
    page = answered.content.decode()
    assert (answered.status_code, 'value="about ten"' in page, "whole number from 0" in page) == (422, True, True)
    assert browser(call.member).post(url, {f"field-{number.pk}": "10"}).status_code == 302
    assert OfficeAnswer.objects.get().value == "10"
