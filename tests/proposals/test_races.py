"""Two at once: real threads, real transactions."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from expo.editions.states import RoleKind
from expo.kit.errors import Refused
from expo.proposals.models import Proposal
from expo.proposals.services.autosave import autosave, autosave_new
from expo.proposals.services.drafts import create_draft, edit
from expo.proposals.services.submission import apply_verdict, submit
from tests import factories as make
from tests.concurrency import race

from .conftest import new_call

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes_of(*verbs: Callable[[], Any]) -> list[str]:
    """Run all at the same moment; the outcomes, sorted: `done` or a refusal's code."""
    answers = race(*verbs)
    failed = [each for each in answers if isinstance(each, Exception) and not isinstance(each, Refused)]
    assert failed == []
    return sorted(each.code if isinstance(each, Refused) else "done" for each in answers)


def test_two_who_save_different_fields_by_themselves_both_have_them_saved() -> None:
    call = new_call()
    draft, other = call.draft(), make.TeamMemberFactory(sponsor=call.sponsor).user
    outcomes = outcomes_of(
        lambda: autosave(by=call.member, proposal=draft, version=1, fields={"title": "Mine"}, page="mine"),
        lambda: autosave(by=other, proposal=draft, version=1, fields={"abstract": "Theirs"}, page="theirs"),
    )
    draft.refresh_from_db()
    assert (outcomes, draft.title, draft.abstract) == (["done", "done"], "Mine", "Theirs")


def test_a_form_that_saves_itself_twice_at_once_makes_one_draft() -> None:
    call, key = new_call(), uuid.uuid4()
    to = {"by": call.member, "sponsor": call.sponsor, "format": call.talk, "form_key": key, "page": "mine"}
    outcomes = outcomes_of(
        lambda: autosave_new(**to, fields={"title": "Mine"}),
        lambda: autosave_new(**to, fields={"abstract": "Mine too"}),
    )
    made = Proposal.objects.get()
    assert (outcomes, made.title, made.abstract) == (["done", "done"], "Mine", "Mine too")


@pytest.mark.slow
def test_the_last_place_goes_to_one_of_many() -> None:
    call = new_call()
    drafts = [call.draft() for _ in range(5)]
    outcomes = outcomes_of(*(lambda each=each: submit(by=call.member, proposal=each) for each in drafts))
    assert outcomes == ["done", "done", "no-place-left", "no-place-left", "no-place-left"]
    assert Proposal.objects.filter(state="submitted").count() == 2


def test_the_tiers_limit_of_accepted_holds_for_two_chairs_at_once() -> None:
    call = new_call()
    chairs = [make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user for _ in range(2)]
    both = [call.submitted(), call.submitted()]
    outcomes = outcomes_of(
        *(
            lambda chair=chair, each=each: apply_verdict(by=chair, proposal=each, verdict="accept")
            for chair, each in zip(chairs, both, strict=True)
        )
    )
    assert outcomes == ["done", "over-the-tiers-limit"]
    assert Proposal.objects.filter(state="accepted").count() == 1


def test_the_same_form_twice_at_once_makes_one_draft() -> None:
    call, key = new_call(), uuid.uuid4()

    def begin() -> None:
        create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, form_key=key, title="One")

    assert outcomes_of(begin, begin, begin) == ["done"] * 3
    assert Proposal.objects.get().title == "One"


def test_of_two_editors_at_once_one_is_told() -> None:
    call = new_call()
    draft = call.draft()
    outcomes = outcomes_of(
        *(lambda title=title: edit(by=call.member, proposal=draft, version=1, title=title) for title in ("A", "B"))
    )
    draft.refresh_from_db()
    assert (outcomes, draft.version, draft.title in "AB") == (["done", "stale-version"], 2, True)
