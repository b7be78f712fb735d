"""Changing what is submitted: it stands, for everybody, until the changes are submitted too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from expo.accounts.models import User
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, WrongState
from expo.proposals.models import Proposal, WorkingCopy
from expo.proposals.queries.allowance import allowances
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.content import content_of
from expo.proposals.services.drafts import discard_changes, edit
from expo.proposals.services.public_text import approve_public_text
from expo.proposals.services.submission import Incomplete, apply_verdict, revive, submit, withdraw
from tests import factories as make
from tests.pages import squeezed

from .conftest import CallFixture
from .pages import WORDS, body, browser, kept, words

NOON = datetime(2027, 7, 18, 16, tzinfo=UTC)


def submitted(call: CallFixture, **fields: Any) -> Proposal:
    """Through the verb, so that there is a revision."""
    draft = call.draft(title="As submitted", **fields)
    submit(by=call.member, proposal=draft)
    draft.refresh_from_db()
    return draft


def close(call: CallFixture) -> None:
    call.edition.phase, call.edition.call_closes_at = Phase.REVIEW, call.edition.call_opens_at + timedelta(days=1)
    call.edition.save()


def facts(proposal: Proposal) -> list[str]:
    rows = Entry.objects.filter(proposal_id=proposal.pk).order_by("id").values_list("fact", flat=True)
    return [fact.removeprefix("proposals.") for fact in rows]


def test_what_was_submitted_stands_while_it_is_changed(call: CallFixture) -> None:
    proposal = submitted(call)
    before = content_of(proposal)
    topic = make.TopicFactory(edition=call.edition)
    ada = {"name": "Ada", "email": "ada@stage.example", "away": ((NOON, NOON + timedelta(hours=1)),)}
    edit(by=call.member, proposal=proposal, version=1, title="Better", topics=[topic], presenters=[ada], approve=True)
    proposal = Proposal.objects.get()
    assert (proposal.state, content_of(proposal), proposal.public_text_approved_at) == ("submitted", before, None)
    assert [each.submitted for each in allowances(call.sponsor)] == [1]
    copy = proposal.working_copy
    assert (copy.title, copy.version, copy.changed_by) == ("Better", 2, call.member)
    assert facts(proposal) == ["submitted", "changes_saved"]
    submit(by=call.member, proposal=proposal)
    proposal = Proposal.objects.get()
    presenter = proposal.presenters.get()
    assert (proposal.title, list(proposal.topics.all()), proposal.version) == ("Better", [topic], 2)
    assert (presenter.email, presenter.away.get().starts_at, proposal.public_text_approved_by) == (
        "ada@stage.example",
        NOON,
        call.member,
    )
    assert [each.content for each in proposal.revisions.all()] == [before, content_of(proposal)]
    assert facts(proposal)[2:] == ["presenters_changed", "public_text_approved", "submitted"]
    assert not WorkingCopy.objects.exists()


def test_the_deadline_leaves_what_was_submitted_and_keeps_the_changes_to_read(call: CallFixture) -> None:
    proposal = submitted(call)
    edit(by=call.member, proposal=proposal, version=1, abstract="Too late, but not lost")
    close(call)
    edit(by=call.member, proposal=proposal, version=2, title="Later")
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=proposal)
    assert refused.value.code == "call-closed"
    assert "What you submitted before counts. You can ask for the change" in refused.value.message
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.revisions.count(), proposal.title) == ("submitted", 1, "As submitted")
    client = browser(call.member)
    page = " ".join(body(client.get(call.url("detail", proposal))).split())
    assert "What you submitted counts. What you change now is kept and is not submitted" in page
    assert call.url("ask-for-change", proposal) in page
    assert "<dt>Review text</dt><dd>Too late, but not lost</dd>" in squeezed(page)
    assert 'Write to <a href="mailto:expo@icml.example">' in page
    assert call.url("submit", proposal) not in page
    assert "The version you submitted counts, and the call is closed" in " ".join(
        body(client.get(call.url("mine"))).split()
    )


def test_a_draft_that_missed_the_deadline_says_so(call: CallFixture) -> None:
    draft = call.draft()
    client = browser(call.member)
    assert "Not submitted before the deadline" not in body(client.get(call.url("detail", draft)))
    close(call)
    for path in (call.url("detail", draft), call.url("mine")):
        page = " ".join(body(client.get(path)).split())
        assert (
            kept(page, "Not submitted before the deadline", "so it is not considered", "mailto:expo@icml.example") == []
        )


def test_changes_are_complete_before_they_are_submitted(call: CallFixture) -> None:
    proposal = submitted(call)
    edit(by=call.member, proposal=proposal, version=1, title="", presenters=[{"name": "Ada"}])
    with pytest.raises(Incomplete) as refused:
        submit(by=call.member, proposal=proposal)
    assert [part.field for part in refused.value.parts] == ["title", "presenters"]
    assert Proposal.objects.get().title == "As submitted"


def test_another_format_asks_for_its_own_place_and_keeps_the_old_one_until_then(call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo", minutes=30)
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=1)
    taken, proposal = call.submitted(format=demo), submitted(call, minutes=90)
    edit(by=call.member, proposal=proposal, version=1, format=demo)
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=proposal)
    assert (refused.value.code, [each.submitted for each in allowances(call.sponsor)]) == (
        "no-place-left",
        [1, 1],
    )
    withdraw(by=call.member, proposal=taken)
    done = submit(by=call.member, proposal=proposal)
    assert (done.format, done.length, [each.submitted for each in allowances(call.sponsor)]) == (
        demo,
        30,
        [0, 1],
    )


def test_a_full_tier_takes_changes_of_what_counts_already(call: CallFixture) -> None:
    both = [submitted(call), submitted(call)]
    edit(by=call.member, proposal=both[0], version=1, title="Better")
    page = body(browser(call.member).get(call.url("submit", both[0])))
    assert ("No place left" in page, "What you changed since you submitted it" in page) == (False, True)
    assert submit(by=call.member, proposal=both[0]).title == "Better"


def test_a_track_that_no_longer_takes_the_format_is_refused_with_a_sentence(call: CallFixture) -> None:
    track = make.TrackFactory(edition=call.edition, formats=[call.talk])
    proposal = submitted(call)
    edit(by=call.member, proposal=proposal, version=1, track=track)
    track.formats.clear()
    with pytest.raises(Invalid) as refused:
        submit(by=call.member, proposal=proposal)
    assert refused.value.code == "track-does-not-fit"


def test_saving_what_was_submitted_is_no_change(call: CallFixture) -> None:
    proposal = submitted(call)
    edit(by=call.member, proposal=proposal, version=1, title="As submitted")
    proposal.refresh_from_db()
    assert (WorkingCopy.objects.exists(), proposal.version) == (False, 1)
    edit(by=call.member, proposal=proposal, version=1, title="Other")
    edit(by=call.member, proposal=proposal, version=2, title="As submitted")
    assert not WorkingCopy.objects.exists()
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=proposal)
    assert refused.value.code == "wrong-state"


def test_of_two_editors_of_the_changes_the_second_is_told(call: CallFixture) -> None:
    proposal = submitted(call)
    client = browser(call.member)
    assert 'name="version" value="1"' in body(client.get(call.url("edit", proposal)))
    edit(by=call.member, proposal=proposal, version=1, title="Theirs instead")
    answer = client.post(call.url("edit", proposal), words(call, version="1", title="Mine instead"))
    page = body(answer)
    assert answer.status_code == 422
    assert all(f'<div class="changed-text">{title}</div>' in page for title in ("Theirs instead", "Mine instead"))
    assert WorkingCopy.objects.get().title == "Theirs instead"
    assert client.post(call.url("edit", proposal), words(call, version="2", title="Mine instead")).status_code == 302
    assert WorkingCopy.objects.get().title == "Mine instead"


def test_discarding_needs_the_version_that_was_read_and_makes_open_forms_stale(call: CallFixture) -> None:
    proposal = submitted(call)
    for version in (1, 2):
        edit(by=call.member, proposal=proposal, version=version, title=f"Change {version}")
    client = browser(call.member)
    page = body(client.post(call.url("discard-changes", proposal), {"version": "2"}, follow=True))
    assert ("Somebody saved more changes" in page, WorkingCopy.objects.count()) == (True, 1)
    page = body(client.post(call.url("discard-changes", proposal), {"version": "3"}, follow=True))
    assert ("The version you submitted counts." in page, WorkingCopy.objects.count()) == (True, 0)
    for version in (1, 2, 3):
        with pytest.raises(WrongState) as refused:
            edit(by=call.member, proposal=proposal, version=version, title="From an old form")
        assert refused.value.code == "stale-version"
    with pytest.raises(WrongState) as refused:
        discard_changes(by=call.member, proposal=proposal)
    assert (refused.value.code, facts(proposal)[-1]) == ("no-changes", "changes_discarded")


def test_approving_the_submitted_text_holds_for_changes_that_leave_it_alone(call: CallFixture) -> None:
    proposal = submitted(call)
    edit(by=call.member, proposal=proposal, version=1, title="Better")
    approve_public_text(by=call.member, proposal=proposal)
    assert submit(by=call.member, proposal=proposal).public_text_approved_by == call.member


def test_a_withdrawn_proposal_is_taken_up_again_with_its_changes(call: CallFixture) -> None:
    proposal = submitted(call)
    edit(by=call.member, proposal=proposal, version=1, title="Better")
    withdraw(by=call.member, proposal=proposal)
    assert "Submit your changes" not in body(browser(call.member).get(call.url("detail", proposal)))
    revived = revive(by=call.member, proposal=proposal)
    assert (revived.state, revived.title, WorkingCopy.objects.count()) == ("draft", "Better", 0)


def test_a_verdict_is_about_what_was_submitted(call: CallFixture) -> None:
    proposal = submitted(call)
    edit(by=call.member, proposal=proposal, version=1, title="Better")
    apply_verdict(by=None, proposal=proposal, verdict="accept")
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=proposal)
    assert refused.value.code == "wrong-state"
    page = " ".join(body(browser(call.member).get(call.url("detail", proposal))).split())
    assert "Your changes are not submitted" in page
    assert Proposal.objects.get().title == "As submitted"


@pytest.mark.slow
def test_the_form_shows_and_keeps_the_working_copy(call: CallFixture) -> None:
    proposal, client = submitted(call), browser(call.member)
    sent = words(call, version="1")
    page = body(client.post(call.url("edit", proposal), sent, follow=True))
    assert "Changes saved. The version you submitted still counts until you submit them." in page
    form = body(client.get(call.url("edit", proposal)))
    assert kept(form, WORDS["title"], "Two plugs", 'value="80"', "ada@example.org", 'name="version" value="2"') == []


@pytest.mark.slow
def test_nobody_but_the_team_sees_unsubmitted_changes(call: CallFixture) -> None:
    """Reviewers and chairs read what was submitted; a presenter who is only in the changes has no conflict."""
    proposal = submitted(call)
    assignment = make.AssignmentFactory(edition=call.edition, proposal=proposal)
    reviewer = assignment.reviewer
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    secret = "Unsubmitted secret"
    edit(
        by=call.member,
        proposal=proposal,
        version=1,
        **dict.fromkeys(("title", "abstract", "takeaways", "public_title", "public_text"), secret),
        presenters=[{"name": secret, "email": chair.email}],
    )
    slug = call.edition.slug
    pages: list[tuple[User, str]] = [
        (reviewer, f"/e/{slug}/review/{assignment.pk}/"),
        (reviewer, f"/e/{slug}/review/"),
        (chair, f"/e/{slug}/decisions/"),
        (chair, f"/e/{slug}/standings/{proposal.code}/"),
    ]
    for user, path in pages:
        answer = browser(user).get(path)
        found = (path, answer.status_code, "As submitted" in body(answer), secret in body(answer))
        assert found == (path, 200, True, False)
    assert not wall(chair, call.edition).hides(proposal)
