"""Two at once: real threads, real transactions."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from expo.editions.states import RoleKind
from expo.kit.errors import Refused
from expo.proposals import services
from expo.proposals.models import Proposal
from tests import factories as make

from .conftest import new_call

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """Run all at the same moment; the outcomes, sorted: `done` or a refusal's code."""
    start, outcomes = threading.Barrier(len(calls)), []

    def run(verb: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            verb()
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[verb]) for verb in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(outcomes)


@pytest.mark.slow
def test_the_last_place_goes_to_one_of_many() -> None:
    call = new_call()
    drafts = [call.draft() for _ in range(5)]
    outcomes = at_once(*(lambda each=each: services.submit(by=call.member, proposal=each) for each in drafts))
    assert outcomes == ["done", "done", "no-place-left", "no-place-left", "no-place-left"]
    assert Proposal.objects.filter(state="submitted").count() == 2


def test_the_tiers_limit_of_accepted_holds_for_two_chairs_at_once() -> None:
    call = new_call()
    chairs = [make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user for _ in range(2)]
    both = [call.submitted(), call.submitted()]
    outcomes = at_once(
        *(
            lambda chair=chair, each=each: services.apply_verdict(by=chair, proposal=each, verdict="accept")
            for chair, each in zip(chairs, both, strict=True)
        )
    )
    assert outcomes == ["done", "over-the-tiers-limit"]
    assert Proposal.objects.filter(state="accepted").count() == 1


def test_the_same_form_twice_at_once_makes_one_draft() -> None:
    call, key = new_call(), uuid.uuid4()

    def begin() -> None:
        services.create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, form_key=key, title="One")

    assert at_once(begin, begin, begin) == ["done"] * 3
    assert Proposal.objects.get().title == "One"


def test_of_two_editors_at_once_one_is_told() -> None:
    call = new_call()
    draft = call.draft()
    outcomes = at_once(
        *(
            lambda title=title: services.edit(by=call.member, proposal=draft, version=1, title=title)
            for title in ("A", "B")
        )
    )
    draft.refresh_from_db()
    assert (outcomes, draft.version, draft.title in "AB") == (["done", "stale-version"], 2, True)
