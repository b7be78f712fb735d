"""What the checks find in a proposal: before it is submitted, kept with a reason, read by chairs and by nobody else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.models import Proposal
from expo.proposals.queries.checks import findings, near_copies
from expo.proposals.services.checks import UnsettledFindings, keep_finding
from expo.proposals.services.drafts import edit
from expo.proposals.services.public_text import approve_public_text, change_public_text
from expo.proposals.services.submission import submit
from tests import factories as make

from .conftest import CallFixture
from .hostile_texts import HOSTILE

SELLING = "Contact sales for a quote of it. "


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def selling(call: CallFixture, **fields: Any) -> Proposal:
    return call.draft(abstract=f"{SELLING}{make.prose(7)}", **fields)


def keep(call: CallFixture, proposal: Proposal, reason: str = "Sales are what we study.") -> str:
    key = findings(proposal)[0].key
    keep_finding(by=call.member, proposal=proposal, key=key, reason=reason)
    proposal.refresh_from_db()
    return key


def test_what_asks_is_kept_with_a_reason_before_it_is_submitted(call: CallFixture) -> None:
    draft = selling(call)
    with pytest.raises(UnsettledFindings) as refused:
        submit(by=call.member, proposal=draft)
    assert (refused.value.code, refused.value.field, "“Contact sales”" in refused.value.message) == (
        "findings",
        "abstract",
        True,
    )
    keep(call, draft)
    done = submit(by=call.member, proposal=draft)
    assert [(flag["code"], flag["field"], flag["reason"]) for flag in done.flags] == [
        ("selling", "abstract", "Sales are what we study.")
    ]
    assert Entry.objects.filter(fact="proposals.finding_kept").get().data == {"code": "selling", "field": "abstract"}


def test_a_kept_finding_is_asked_anew_when_the_text_changes_there(call: CallFixture) -> None:
    draft = selling(call)
    keep(call, draft)
    edit(by=call.member, proposal=draft, version=draft.version, title="Another title for it")
    draft.refresh_from_db()
    assert [each.is_settled for each in findings(draft)] == [True]
    edit(by=call.member, proposal=draft, version=draft.version, abstract=f"Please contact sales now. {make.prose(7)}")
    draft.refresh_from_db()
    assert [each.is_settled for each in findings(draft)] == [False]


def test_what_stops_cannot_be_kept(call: CallFixture) -> None:
    draft = call.draft(public_text="Confidential until launch.")
    with pytest.raises(Invalid) as refused:
        keep(call, draft)
    assert refused.value.code == "must-be-mended"


@pytest.mark.parametrize(("reason", "code"), [("", "no-reason"), (" \u200b ", "no-reason"), ("x" * 301, "too-long")])
def test_keeping_asks_for_a_reason(call: CallFixture, reason: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        keep(call, selling(call), reason)
    assert refused.value.code == code


def test_what_is_no_longer_found_is_not_kept(call: CallFixture) -> None:
    with pytest.raises(Invalid) as refused:
        keep_finding(by=call.member, proposal=call.draft(), key="0123456789abcdef", reason="Because")
    assert refused.value.code == "finding-gone"


def test_only_its_team_keeps_and_only_while_it_matters(call: CallFixture) -> None:
    draft, rejected = selling(call), call.submitted(state="rejected", abstract=SELLING)
    with pytest.raises(NotAllowed):
        keep_finding(by=call.rival_member, proposal=draft, key=findings(draft)[0].key, reason="Because")
    with pytest.raises(WrongState) as refused:
        keep(call, rejected)
    assert refused.value.code == "nothing-to-keep"


def test_changes_of_what_is_submitted_keep_their_reasons(call: CallFixture) -> None:
    draft = selling(call)
    keep(call, draft)
    submitted = submit(by=call.member, proposal=draft)
    edit(by=call.member, proposal=submitted, version=submitted.version, title="Another title for it")
    again = submit(by=call.member, proposal=Proposal.objects.get(pk=submitted.pk))
    assert (again.title, [flag["reason"] for flag in again.flags]) == (
        "Another title for it",
        ["Sales are what we study."],
    )


def test_a_draft_is_compared_with_the_sponsors_own_and_never_with_others(call: CallFixture) -> None:
    text = make.prose(11, words=80)
    theirs = call.submitted(sponsor=call.rival, abstract=text)
    assert findings(call.draft(abstract=text)) == []
    call.submitted(abstract=text, title="Of our own")
    draft = call.draft(abstract=text)
    said = " ".join(each.sentence for each in findings(draft))
    assert ("“Of our own”" in said, theirs.code in said, theirs.title in said) == (True, False, False)


def test_what_its_organisation_submitted_before_is_compared_and_drafts_are_not(call: CallFixture) -> None:
    text = make.prose(12, words=80)
    before = make.EditionFactory(created_at=clock.now() - timedelta(days=365), phase=Phase.ARCHIVED)
    sponsor = make.SponsorFactory(edition=before, organisation=call.sponsor.organisation)
    make.ProposalFactory(edition=before, sponsor=sponsor, abstract=text)
    assert findings(call.draft(abstract=text)) == []
    make.SubmittedFactory(edition=before, sponsor=sponsor, abstract=text, title="Last year's")
    found = findings(Proposal.objects.filter(abstract=text, edition=call.edition).get())
    assert [f"“Last year's”, proposed for {before}" in each.sentence for each in found] == [True]


def test_chairs_see_near_copies_across_sponsors_behind_their_wall(call: CallFixture) -> None:
    text = make.prose(13, words=80)
    ours, theirs = call.submitted(abstract=text), call.submitted(sponsor=call.rival, abstract=text)
    call.submitted(sponsor=call.rival)
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    assert [(each.proposal, each.share) for each in near_copies(chair, ours)] == [(theirs, 1.0)]
    assert near_copies(call.member, ours) == []
    make.ConflictFactory(user=chair, sponsor=call.rival)
    assert near_copies(User.objects.get(pk=chair.pk), ours) == []


def test_presenters_and_sponsor_are_found_by_their_own_names(call: CallFixture) -> None:
    call.sponsor.name, call.sponsor.website = "Biomind", "https://www.biomind-lab.example/en"
    call.sponsor.save()
    draft = call.draft(title="Biomind folds", abstract=f"See biomind-lab.example. {make.prose(9)}")
    draft.presenters.update(name="Ada Obermueller", email="ada@folding.example")
    draft.takeaways = "Ada Obermueller answers at folding.example."
    draft.save()
    found = [(each.field, each.phrase) for each in findings(Proposal.objects.get(pk=draft.pk))]
    assert found == [
        ("title", "Biomind"),
        ("abstract", "biomind-lab.example"),
        ("takeaways", "Ada Obermueller"),
        ("takeaways", "folding.example"),
    ]


def test_names_are_no_matter_where_reviewers_know_the_sponsor(call: CallFixture) -> None:
    call.edition.hide_sponsor_until_scored = False
    call.edition.save()
    draft = call.draft(title=f"{call.sponsor.name} folds")
    assert findings(Proposal.objects.get(pk=draft.pk)) == []


def test_the_checks_cost_the_same_whatever_the_number_of_proposals(call: CallFixture) -> None:
    def cost() -> int:
        proposal = Proposal.objects.select_related("edition", "sponsor__organisation", "format").get(pk=draft.pk)
        with CaptureQueriesContext(connection) as captured:
            findings(proposal)
        return len(captured)

    draft = call.draft()
    before = cost()
    for _ in range(8):
        call.draft()
    make.PresenterFactory.create_batch(6, proposal=draft)
    assert cost() == before


def test_approved_public_text_that_asks_is_flagged_to_chairs(call: CallFixture) -> None:
    proposal = call.accepted(public_text_approved_at=None)
    change_public_text(
        by=call.member, proposal=proposal, version=1, public_title="New", public_text="We are hiring.", approve=True
    )
    proposal.refresh_from_db()
    assert [(flag["code"], flag["field"], flag["reason"]) for flag in proposal.flags] == [
        ("recruiting", "public_text", "")
    ]


# --- Pages ----------------------------------------------------------------------------------------------


def test_the_page_keeps_with_a_reason_and_goes_back(call: CallFixture) -> None:
    draft, client = selling(call), browser(call.member)
    url, key = call.url("checks", draft), findings(draft)[0].key
    page = client.get(url).content.decode()
    assert ("says “Contact sales”" in page, "Keep it with a reason" in page) == (True, True)
    refused = client.post(url, {"key": key, "reason": "", "next": "submit"})
    assert (refused.status_code, "Say in a sentence why it stays" in refused.content.decode()) == (422, True)
    answer = client.post(url, {"key": key, "reason": "We study sales.", "next": "submit"})
    assert (answer.status_code, answer.headers["Location"]) == (302, call.url("submit", draft))
    assert "We study sales." in client.get(call.url("submit", draft)).content.decode()


def test_checking_a_form_saves_nothing_and_says_what_is_wrong(call: CallFixture) -> None:
    typed = {"format": call.talk.pk, "asked": call.talk.pk, "abstract": "Apply now!", "check": "1"}
    typed |= {"presenter-TOTAL_FORMS": "1", "presenter-INITIAL_FORMS": "0", "sponsor": call.sponsor.pk}
    answer = browser(call.member).post(call.url("new"), typed)
    page = answer.content.decode()
    assert (answer.status_code, "says “Apply now”" in page, Proposal.objects.count()) == (200, True, 0)


def test_public_text_is_checked_in_place_before_it_is_saved(call: CallFixture) -> None:
    proposal = call.accepted()
    typed = {"public_title": "New", "public_text": "We are hiring.", "version": 1, "check": "1"}
    page = browser(call.member).post(call.url("public-text", proposal), typed).content.decode()
    proposal.refresh_from_db()
    assert ("says “We are hiring”" in page, proposal.public_text == "We are hiring.") == (True, False)


def test_chairs_read_the_flags_and_reviewers_read_the_same_with_and_without(call: CallFixture) -> None:
    proposal = call.submitted()
    reviewer = make.RoleFactory(edition=call.edition, kind=RoleKind.REVIEWER).user
    make.ReviewerProfileFactory(edition=call.edition, user=reviewer)
    given = make.AssignmentFactory(edition=call.edition, proposal=proposal, reviewer=reviewer)
    pages = [
        reverse("scoring:review", args=[call.edition.slug, given.pk]),
        reverse("assignments:queue", args=[call.edition.slug]),
    ]
    client = browser(reviewer)

    def read() -> list[str]:
        answers = [client.get(page) for page in pages]
        assert [answer.status_code for answer in answers] == [200, 200]
        return [re.sub(r"(value|nonce)=\"[\w-]{20,}\"", "", answer.content.decode()) for answer in answers]

    without = read()
    proposal.flags = [
        {"code": "selling", "field": "abstract", "excerpt": "…", "sentence": "…", "reason": "Sales are what we study"}
    ]
    proposal.save()
    assert read() == without
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    make.RubricFactory(edition=call.edition)
    page = browser(chair).get(reverse("decisions:decide", args=[call.edition.slug, proposal.code])).content.decode()
    assert "Its sponsor was told: …" in page
    assert "Sales are what we study" in page


# --- Hostile texts --------------------------------------------------------------------------------------


MARKUP = ("<script>alert", "<img src=x", "<svg/onload", "<iframe", 'href="javascript:')


def refusal_of(verb: Callable[..., Any], **about: Any) -> str:
    """The code of a verb's refusal, or nothing."""
    try:
        verb(**about)
    except Invalid as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_stays_text_from_draft_to_mail(call: CallFixture, name: str) -> None:
    text, draft = HOSTILE[name], call.draft()
    fields = {"title": text[:160], "abstract": f"{text}\n\n{make.prose(21)}", "takeaways": f"Learn: {text}"[:1900]}
    public = {"public_title": text[:150] + " x", "public_text": f"{text}\n\n{make.prose(22)}"}
    edit(by=call.member, proposal=draft, version=1, **fields, **public)
    draft.refresh_from_db()
    client = browser(call.member)
    for page in ("detail", "edit", "checks", "submit", "public-text"):
        answer = client.get(call.url(page, draft))
        shown = answer.content.decode()
        assert answer.status_code == 200
        assert [bad for bad in MARKUP if bad in shown] == []
    for each in findings(draft):
        if not each.stops:
            keep_finding(by=call.member, proposal=draft, key=each.key, reason=text[:250].strip() or "Because.")
    assert refusal_of(submit, by=call.member, proposal=draft) in ("", "findings", "incomplete")
    approved = refusal_of(approve_public_text, by=call.member, proposal=draft)
    assert approved in ("", "not-publishable", "no-public-text")
    for message in Message.objects.all():
        assert ("\n" in message.subject, "\r" in message.subject) == (False, False)
    saved = Proposal.objects.get(pk=draft.pk)
    assert make.prose(21) in saved.abstract
    assert findings(saved) == findings(saved)
