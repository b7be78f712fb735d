"""The last minutes of a call: everybody at once, on the site as it runs in production."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from expo.journal.models import Entry
from expo.notify.models import Message
from expo.proposals.models import Presenter, Proposal, Revision
from expo.sponsors.models import Entitlement
from tests import factories as make
from tests.concurrency import race
from tests.live_site import Answer, Site, serving

from .conftest import CallFixture, new_call
from .pages import words

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MANY = 200


@pytest.fixture
def call(transactional_db: None) -> CallFixture:
    return new_call()


@pytest.fixture
def site(call: CallFixture, tmp_path: Path) -> Iterator[Site]:
    with serving(tmp_path) as running:
        yield running


def many_drafts(call: CallFixture) -> list[Proposal]:
    """Complete ones, each with words of its own."""
    fields = {"edition": call.edition, "sponsor": call.sponsor, "format": call.talk, "created_by": call.member}
    drafts = Proposal.objects.bulk_create(make.ProposalFactory.build_batch(MANY, **fields))
    Presenter.objects.bulk_create(make.PresenterFactory.build(proposal=each) for each in drafts)
    return drafts


def everything_kept() -> list[tuple[object, ...]]:
    """Every word that anybody typed."""
    texts = ("pk", "title", "abstract", "takeaways", "public_title", "public_text", "version")
    return list(Proposal.objects.order_by("pk").values_list(*texts, "presenters__name", "presenters__email"))


def test_of_200_who_submit_at_once_for_one_place_one_wins_and_nobody_loses_a_word(
    call: CallFixture, site: Site
) -> None:
    Entitlement.objects.update(may_submit=1)
    drafts = many_drafts(call)
    team = [call.member, *(make.TeamMemberFactory(sponsor=call.sponsor).user for _ in range(3))]
    people = [site.signed_in(user) for user in team]
    before = everything_kept()

    def submitting(at: int, draft: Proposal) -> Answer:
        return people[at % len(people)].post(call.url("submit", draft))

    answers = race(*(lambda at=at, each=each: submitting(at, each) for at, each in enumerate(drafts)))
    assert [each for each in answers if not isinstance(each, Answer)] == []
    assert Counter(each.status for each in answers) == {302: 1, 409: MANY - 1}
    won = next(draft for draft, answer in zip(drafts, answers, strict=True) if answer.status == 302)
    reason = (
        f"{call.sponsor.name} is at its limit: the Gold tier may have 1 talk submitted, and 1 is. "
        "Withdraw one to free its place, or choose another format."
    )
    for draft, answer in zip(drafts, answers, strict=True):
        if draft != won:
            assert (reason in answer.words, draft.title in answer.words) == (True, True)

    assert everything_kept() == before
    states = dict(Proposal.objects.values_list("pk", "state"))
    assert states == {each.pk: "submitted" if each == won else "draft" for each in drafts}
    assert [each.proposal for each in Revision.objects.all()] == [won]
    assert [each.proposal_id for each in Entry.objects.filter(fact="proposals.submitted")] == [won.pk]
    assert Message.objects.filter(kind="proposals/submitted").count() == len(team)


ROUNDS = 15


def test_two_who_write_one_draft_at_once_lose_no_word(call: CallFixture, site: Site) -> None:
    """Ana's page saves field by field, Bo saves his whole form; whoever is told of a newer text adds to that one."""
    draft = call.draft(needs="", takeaways="", abstract="")
    ana, bo = (site.signed_in(user) for user in (call.member, make.TeamMemberFactory(sponsor=call.sponsor).user))
    together, stale = Barrier(2), Counter[int]()

    def read() -> dict[str, Any]:
        return Proposal.objects.filter(pk=draft.pk).values("version", "needs", "takeaways", "abstract").get()

    def ana_saves(word: str, known: dict[str, Any]) -> bool:
        typed = {"needs": plus(known["needs"], word), "takeaways": plus(known["takeaways"], word)}
        sent = words(call, **{**known, **typed}, dirty=list(typed), page="hers")
        answer = json.loads(ana.post(call.url("autosave", draft), sent).text)
        assert "takeaways" in answer["saved"]  # which nobody else writes
        return "needs" in answer["saved"]

    def bo_saves(word: str, known: dict[str, Any]) -> bool:
        typed = {"needs": plus(known["needs"], word), "abstract": plus(known["abstract"], word)}
        answer = bo.post(call.url("edit", draft), words(call, **{**known, **typed}, page="his"))
        assert answer.status in (302, 422), answer.text
        assert answer.status == 302 or word in answer.words
        return answer.status == 302

    def writing(name: str, save: Callable[[str, dict[str, Any]], bool]) -> None:
        for number in range(ROUNDS):
            together.wait(timeout=60)
            known = read()
            together.wait(timeout=60)  # both know the same version
            while not save(f"{name}{number}", known):
                stale[number] += 1
                known = read()

    assert race(lambda: writing("ana", ana_saves), lambda: writing("bo", bo_saves)) == [None, None]
    assert stale == Counter(range(ROUNDS))  # in each round the slower one, once
    saved, rounds = read(), range(ROUNDS)
    hers, his = [f"ana{number}" for number in rounds], [f"bo{number}" for number in rounds]
    assert saved["takeaways"].split() == hers
    assert saved["abstract"].split() == his
    assert sorted(saved["needs"].split()) == sorted(hers + his)


def plus(text: str, word: str) -> str:
    return text if word in text.split() else f"{text} {word}".strip()
