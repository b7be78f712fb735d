"""Outline and links after the verdict: changed with the public text, approved only where they can be printed."""

from typing import Any

import pytest

from expo.editions.states import FieldUse, Phase
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, Refused
from expo.notify.models import Message
from expo.proposals.models import Proposal
from expo.proposals.queries.status import history_for_sponsor, next_steps, status_of
from expo.proposals.queries.waiting import for_teams
from expo.proposals.services.presenters import change_presenters
from expo.proposals.services.public_text import approve_public_text, change_public_text
from expo.proposals.services.submission import apply_verdict
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser
from .test_fields import ask

OFF = [{"minutes": 20, "title": "Why"}, {"minutes": 20, "title": "How"}]
RIGHT = [{"minutes": 20, "title": "Why"}, {"minutes": 40, "title": "How"}]
LINKS = [{"label": "Paper", "url": "https://example.org/paper"}]
REFUSED = "The outline's parts take 40 minutes and the talk has 60. Add 20 minutes or change a part."


def save(call: CallFixture, proposal: Proposal, **fields: Any) -> Proposal:
    fresh = Proposal.objects.get(pk=proposal.pk)
    texts = {"public_title": fresh.public_title, "public_text": fresh.public_text}
    return change_public_text(by=call.member, proposal=fresh, version=fresh.version, **{**texts, **fields})


def printed(call: CallFixture, **fields: Any) -> Proposal:
    """Accepted in a format that prints links and outline."""
    ask(call.talk, True, outline=FieldUse.OPTIONAL, links=FieldUse.OPTIONAL)
    return call.accepted(**fields)


def steps(proposal: Proposal) -> list[str]:
    return [each.text for each in next_steps(status_of(Proposal.objects.get(pk=proposal.pk), clock.now()))
            if each.kind == "outline"]  # fmt: skip


def test_a_printed_outline_is_approved_once_it_adds_up(call: CallFixture) -> None:
    proposal = printed(call)
    with pytest.raises(Invalid) as refused:
        save(call, proposal, outline=OFF, links=LINKS, approve=True)
    assert (refused.value.code, refused.value.field, refused.value.message) == ("not-printable", "outline", REFUSED)
    kept = save(call, proposal, outline=OFF, links=LINKS)
    assert ([part["minutes"] for part in kept.outline], kept.links, kept.public_text_approved_at) == (
        [20, 20],
        LINKS,
        None,
    )
    with pytest.raises(Invalid, match="Add 20 minutes"):
        approve_public_text(by=call.member, proposal=kept)
    done = save(call, proposal, outline=RIGHT, approve=True)
    assert (done.links, done.public_text_approved_by) == (LINKS, call.member)


def test_an_outline_for_reviewers_alone_is_changed_and_stays_approved(call: CallFixture) -> None:
    ask(call.talk, outline=FieldUse.OPTIONAL)
    proposal = call.accepted()
    done = save(call, proposal, outline=OFF, approve=True)
    assert done.public_text_approved_at == proposal.public_text_approved_at
    assert [each.what for each in history_for_sponsor(done)] == ["Outline changed"]


def test_a_change_of_links_after_publication_is_mailed_and_one_of_a_reviewers_outline_is_not(
    call: CallFixture,
) -> None:
    ask(call.talk, outline=FieldUse.OPTIONAL, links=FieldUse.OPTIONAL)
    make.RoleFactory(edition=call.edition, kind="organiser")
    proposal = call.accepted()
    call.edition.phase = Phase.PUBLISHED
    call.edition.save()
    save(call, proposal, outline=RIGHT, approve=True)
    assert not Message.objects.filter(kind="proposals/text_mended").exists()
    with pytest.raises(Invalid, match="Approve the new text in the same step"):
        save(call, proposal, links=LINKS)
    save(call, proposal, links=LINKS, approve=True)
    assert Message.objects.filter(kind="proposals/text_mended").count() == 1


def test_an_outline_that_does_not_add_up_is_a_next_step_until_it_does(call: CallFixture) -> None:
    proposal = printed(call, state="confirmed", outline=OFF)
    said = "Its outline adds up to 40 minutes, and a talk has 60. Change a part, so that it fits."
    assert steps(proposal) == [said]
    assert [(each.key, each.count) for each in for_teams(call.member, [call.edition])] == [("outline", 1)]
    save(call, proposal, outline=RIGHT, approve=True)
    assert (steps(proposal), list(for_teams(call.member, [call.edition]))) == ([], [])


def test_what_the_format_does_not_ask_for_is_no_step(call: CallFixture) -> None:
    assert steps(call.accepted(outline=OFF)) == []


def test_a_verdict_in_another_format_takes_an_approval_back_that_no_longer_fits(call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, name="Demo", slug="demo", minutes=30)
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=2, may_be_accepted=2)
    for format in (call.talk, demo):
        ask(format, True, outline=FieldUse.OPTIONAL)
    now = clock.now()
    fits, does_not = (call.submitted(outline=rows, public_text_approved_at=now) for rows in ([], RIGHT))
    for proposal in (fits, does_not):
        apply_verdict(by=None, proposal=proposal, verdict="accept", format=demo)
        proposal.refresh_from_db()
    assert (fits.public_text_approved_at, does_not.public_text_approved_at) == (now, None)


def test_presenters_after_the_verdict_keep_to_the_formats_limit(call: CallFixture) -> None:
    ask(call.talk, presenters=(FieldUse.REQUIRED, 2))
    people = [{"name": f"P{n}", "email": f"p{n}@example.org"} for n in range(3)]
    proposal = call.accepted()
    with pytest.raises(Refused, match=r"A talk may name 2 presenters; this one has 3\."):
        change_presenters(by=call.member, proposal=proposal, presenters=people)
    assert change_presenters(by=call.member, proposal=proposal, presenters=people[:2]).presenters.count() == 2


ROWS = {
    "outline-TOTAL_FORMS": "2",
    "outline-INITIAL_FORMS": "0",
    "outline-0-minutes": "20",
    "outline-0-title": "Why",
    "outline-1-minutes": "40",
    "outline-1-title": "How",
    "links-TOTAL_FORMS": "1",
    "links-INITIAL_FORMS": "0",
    "links-0-url": "https://example.org/paper",
    "links-0-label": "Paper",
}


def test_the_page_saves_rows_refuses_with_every_word_and_moves_without_saving(call: CallFixture) -> None:
    proposal = printed(call)
    typed = {"public_title": "T", "public_text": "Text", "version": "1", "approve": "on", **ROWS}
    client, address = browser(call.member), call.url("public-text", proposal)
    refused = client.post(address, {**typed, "outline-1-minutes": "20", "links-0-url": "javascript:1"})
    page = body(refused)
    assert refused.status_code == 422
    assert "Link 1, Address" in page
    assert 'value="javascript:1"' in page
    refused = body(client.post(address, {**typed, "outline-1-minutes": "20"}))
    assert REFUSED.replace("'", "&#x27;") in refused
    assert 'value="How"' in refused
    moved = body(client.post(address, {**typed, "move": "outline up 1"}))
    assert moved.index('value="How"') < moved.index('value="Why"')
    assert not Entry.objects.filter(fact__startswith="proposals.").exists()
    assert client.post(address, typed).status_code == 302
    proposal.refresh_from_db()
    assert ([part["title"] for part in proposal.outline], proposal.links) == (["Why", "How"], LINKS)
    again = body(client.get(address))
    for value in ("Why", "How", "40", "https://example.org/paper", "Paper"):
        assert f'value="{value}"' in again


def test_the_page_leaves_rows_alone_that_the_format_does_not_ask_for(call: CallFixture) -> None:
    proposal = call.accepted(outline=RIGHT, links=LINKS)
    page = body(browser(call.member).get(call.url("public-text", proposal)))
    assert ("Links" in page, "Part 1" in page) == (False, False)
    browser(call.member).post(
        call.url("public-text", proposal),
        {"public_title": "T", "public_text": "Text", "version": "1", **ROWS, "outline-0-title": "Foreign"},
    )
    proposal.refresh_from_db()
    assert (proposal.public_title, proposal.outline, proposal.links) == ("T", RIGHT, LINKS)
