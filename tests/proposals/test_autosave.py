"""What is typed is saved by itself, beside others who write the same proposal; nothing is overwritten unseen."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.models import Proposal, WorkingCopy
from expo.proposals.services.autosave import Autosave, autosave, autosave_new
from expo.proposals.services.drafts import discard_changes, edit
from expo.proposals.services.submission import submit
from tests import factories as make
from tests.proposals.conftest import CallFixture

MINE, THEIRS = "my page", "their page"


@pytest.fixture
def ana(call: CallFixture) -> User:
    """Somebody else in the same team."""
    user = make.TeamMemberFactory(sponsor=call.sponsor).user
    user.name = "Ana Silva"
    user.save()
    return user


@pytest.fixture
def draft(call: CallFixture) -> Proposal:
    return call.draft(title="Before", abstract="As it was.")


def outcome(result: Autosave) -> dict[str, Any]:
    """What became of it, in short."""
    return {
        "saved": result.saved,
        "held": [(each.name, each.by.name) for each in result.held],
        "theirs": [(each.name, each.by.name) for each in result.theirs],
        "refused": list(result.refused),
    }


def test_only_the_fields_that_were_sent_are_saved(call: CallFixture, draft: Proposal) -> None:
    result = autosave(by=call.member, proposal=draft, version=1, fields={"title": "After"}, page=MINE)
    draft.refresh_from_db()
    assert (draft.title, draft.abstract, draft.version) == ("After", "As it was.", 2)
    assert result.source.version == 2
    assert outcome(result) == {"saved": ["title"], "held": [], "theirs": [], "refused": []}


def test_of_two_people_on_different_fields_both_are_saved_and_each_learns_of_the_other(
    call: CallFixture, draft: Proposal, ana: User
) -> None:
    autosave(by=ana, proposal=draft, version=1, fields={"title": "Hers"}, page=THEIRS)
    result = autosave(by=call.member, proposal=draft, version=1, fields={"abstract": "Mine."}, page=MINE)
    draft.refresh_from_db()
    assert (draft.title, draft.abstract, draft.version) == ("Hers", "Mine.", 3)
    assert outcome(result) == {"saved": ["abstract"], "held": [], "theirs": [("title", "Ana Silva")], "refused": []}


def test_of_two_people_on_one_field_the_second_overwrites_nothing(
    call: CallFixture, draft: Proposal, ana: User
) -> None:
    autosave(by=ana, proposal=draft, version=1, fields={"title": "Hers"}, page=THEIRS)
    fields = {"title": "Mine", "abstract": "Mine."}
    result = autosave(by=call.member, proposal=draft, version=1, fields=fields, page=MINE)
    draft.refresh_from_db()
    assert (draft.title, draft.abstract) == ("Hers", "Mine.")
    assert outcome(result) == {"saved": ["abstract"], "held": [("title", "Ana Silva")], "theirs": [], "refused": []}
    kept = autosave(by=call.member, proposal=draft, version=result.source.version, fields={"title": "Mine"}, page=MINE)
    draft.refresh_from_db()
    assert (draft.title, outcome(kept)["saved"]) == ("Mine", ["title"])


def test_the_same_words_from_two_people_are_no_conflict(call: CallFixture, draft: Proposal, ana: User) -> None:
    topic = make.TopicFactory(edition=call.edition)
    fields = {"title": "Same", "topics": [topic], "presenters": [{"name": "Bo"}]}
    autosave(by=ana, proposal=draft, version=1, fields=fields, page=THEIRS)
    result = autosave(by=call.member, proposal=draft, version=1, fields=fields, page=MINE)
    assert (result.held, result.source.version) == ([], 2)


def test_topics_and_presenters_are_held_as_wholes(call: CallFixture, draft: Proposal, ana: User) -> None:
    one, two = (make.TopicFactory(edition=call.edition) for _ in range(2))
    hers = {"topics": [one], "presenters": [{"name": "Bo"}]}
    autosave(by=ana, proposal=draft, version=1, fields=hers, page=THEIRS)
    mine = {"topics": [two], "presenters": [{"name": "Cleo"}]}
    result = autosave(by=call.member, proposal=draft, version=1, fields=mine, page=MINE)
    assert sorted(each.name for each in result.held) == ["presenters", "topics"]
    assert list(draft.topics.all()) == [one]


def test_an_answer_that_was_lost_is_no_conflict_with_oneself(call: CallFixture, draft: Proposal) -> None:
    autosave(by=call.member, proposal=draft, version=1, fields={"title": "Half a"}, page=MINE)
    again = autosave(by=call.member, proposal=draft, version=1, fields={"title": "Half a title"}, page=MINE)
    assert (outcome(again)["saved"], again.source.title) == (["title"], "Half a title")


def test_another_window_of_the_same_person_is_somebody_else(call: CallFixture, draft: Proposal) -> None:
    autosave(by=call.member, proposal=draft, version=1, fields={"title": "In one window"}, page=MINE)
    result = autosave(by=call.member, proposal=draft, version=1, fields={"title": "In another"}, page=THEIRS)
    assert ([each.name for each in result.held], result.saved) == (["title"], [])


def test_without_fields_it_only_says_what_others_changed(call: CallFixture, ana: User) -> None:
    proposal = call.submitted(title="Submitted")
    edit(by=ana, proposal=proposal, version=1, title="Hers")
    WorkingCopy.objects.get()
    result = autosave(by=call.member, proposal=proposal, version=1, fields={}, page=MINE)
    assert (outcome(result)["theirs"], result.source.version) == ([("title", "Ana Silva")], 2)


def test_looking_begins_no_working_copy(call: CallFixture) -> None:
    proposal = call.submitted()
    autosave(by=call.member, proposal=proposal, version=1, fields={}, page=MINE)
    assert not WorkingCopy.objects.exists()


def test_a_field_that_cannot_be_kept_does_not_hold_up_the_others(call: CallFixture, draft: Proposal) -> None:
    fields = {"title": "After", "abstract": "x" * 30_000, "expected_audience": 0}
    result = autosave(by=call.member, proposal=draft, version=1, fields=fields, page=MINE)
    draft.refresh_from_db()
    assert (draft.title, draft.abstract, draft.version) == ("After", "As it was.", 2)
    assert outcome(result) == {
        "saved": ["title"],
        "held": [],
        "theirs": [],
        "refused": ["abstract", "expected_audience"],
    }
    assert "Shorten it by" in result.refused["abstract"]


def test_a_refused_approval_leaves_the_text_saved(call: CallFixture, draft: Proposal) -> None:
    fields = {"public_text": "", "public_title": "Ours", "approve": True}
    result = autosave(by=call.member, proposal=draft, version=1, fields=fields, page=MINE)
    assert (result.saved, list(result.refused)) == (["public_text", "public_title"], ["approve"])


def test_a_submitted_proposal_is_changed_in_its_working_copy(call: CallFixture, ana: User) -> None:
    proposal = call.submitted(title="Submitted")
    first = autosave(by=call.member, proposal=proposal, version=1, fields={"title": "Changed"}, page=MINE)
    proposal.refresh_from_db()
    assert (proposal.title, WorkingCopy.objects.get().title, first.source.version) == ("Submitted", "Changed", 2)
    back = autosave(by=call.member, proposal=proposal, version=2, fields={"title": "Submitted"}, page=MINE)
    assert not WorkingCopy.objects.exists()
    seen = autosave(by=ana, proposal=proposal, version=2, fields={"title": "Hers"}, page=THEIRS)
    assert ([each.name for each in seen.held], seen.source.version) == (["title"], back.source.version)


def test_discarded_changes_are_others_changes_for_whoever_has_them_open(call: CallFixture, ana: User) -> None:
    proposal = call.submitted(title="Submitted")
    autosave(by=call.member, proposal=proposal, version=1, fields={"title": "Changed"}, page=MINE)
    discard_changes(by=ana, proposal=proposal, version=2)
    result = autosave(by=call.member, proposal=proposal, version=2, fields={"title": "Changed more"}, page=MINE)
    assert outcome(result)["held"] == [("title", "Ana Silva")]


def test_what_was_changed_before_a_submission_is_known_after_it(call: CallFixture, draft: Proposal, ana: User) -> None:
    submit(by=ana, proposal=draft)
    draft.refresh_from_db()
    autosave(by=ana, proposal=draft, version=draft.version, fields={"title": "Hers"}, page=THEIRS)
    submit(by=ana, proposal=draft)
    result = autosave(by=call.member, proposal=draft, version=1, fields={"title": "Mine"}, page=MINE)
    assert outcome(result)["held"] == [("title", "Ana Silva")]


class TestNew:
    def test_the_first_time_makes_the_draft_and_the_second_writes_into_it(self, call: CallFixture) -> None:
        key, to = uuid.uuid4(), {"by": call.member, "sponsor": call.sponsor, "format": call.talk}
        first = autosave_new(**to, form_key=key, fields={"title": "First"}, page=MINE)
        again = autosave_new(**to, form_key=key, fields={"title": "First words"}, page=MINE)
        proposal = Proposal.objects.get()
        assert (proposal.title, first.proposal, again.held) == ("First words", proposal, [])

    def test_an_old_page_of_the_same_form_overwrites_nothing(self, call: CallFixture) -> None:
        key, to = uuid.uuid4(), {"by": call.member, "sponsor": call.sponsor, "format": call.talk}
        autosave_new(**to, form_key=key, fields={"title": "Newer words"}, page=MINE)
        result = autosave_new(**to, form_key=key, fields={"title": "Old"}, page=THEIRS)
        assert ([each.name for each in result.held], Proposal.objects.get().title) == (["title"], "Newer words")

    def test_somebody_elses_form_is_not_theirs_to_write_into(self, call: CallFixture, ana: User) -> None:
        key, to = uuid.uuid4(), {"sponsor": call.sponsor, "format": call.talk}
        autosave_new(by=call.member, **to, form_key=key, fields={"title": "Mine"}, page=MINE)
        with pytest.raises(WrongState) as refused:
            autosave_new(by=ana, **to, form_key=key, fields={"title": "Hers"}, page=THEIRS)
        assert (refused.value.code, Proposal.objects.get().title) == ("form-used", "Mine")


def test_nobody_outside_the_team_saves(call: CallFixture, draft: Proposal) -> None:
    for user in (call.rival_member, make.UserFactory()):
        with pytest.raises(NotAllowed):
            autosave(by=user, proposal=draft, version=1, fields={"title": "Theirs"}, page=THEIRS)
    with pytest.raises(NotAllowed):
        autosave_new(
            by=call.rival_member, sponsor=call.sponsor, format=call.talk, form_key=uuid.uuid4(), fields={}, page=MINE
        )


def test_the_journal_has_one_fact_in_ten_minutes_and_loses_no_field(
    call: CallFixture, draft: Proposal, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def facts() -> list[tuple[User, list[str]]]:
        rows = Entry.objects.filter(fact="proposals.edited").order_by("id")
        return [(row.actor, row.data["fields"]) for row in rows]

    now = clock.now()
    for minute, name in enumerate(["title", "abstract", "takeaways"]):
        monkeypatch.setattr(clock, "now", lambda minute=minute: now + timedelta(minutes=minute))
        result = autosave(by=call.member, proposal=draft, version=9, fields={name: f"New {name}"}, page=MINE)
    assert facts() == [(call.member, ["title"])]
    autosave(by=ana, proposal=draft, version=9, fields={"needs": "Power"}, page=THEIRS)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=11))
    autosave(by=call.member, proposal=draft, version=9, fields={"public_title": "New"}, page=MINE)
    assert facts() == [
        (call.member, ["title"]),
        (ana, ["needs"]),
        (call.member, ["abstract", "public_title", "takeaways"]),
    ]
    assert result.source.edits["title"]["by"] == call.member.pk
    assert not Message.objects.exists()


@dataclass
class OpenPage:
    """What an open page knows and says; it does what the page's script does."""

    name: str
    by: User
    version: int = 1
    typed: dict[str, str] = field(default_factory=lambda: {"title": "", "abstract": ""})
    known: dict[str, str] = field(default_factory=lambda: {"title": "", "abstract": ""})
    held: set[str] = field(default_factory=set)
    #: Every text of a field that this person has had before their eyes, or wrote.
    seen: dict[str, set[str]] = field(default_factory=lambda: {"title": {""}, "abstract": {""}})

    def type(self, name: str, text: str) -> None:
        self.typed[name] = text
        self.seen[name].add(text)

    def save(self, draft: Proposal, *, loses_the_answer: bool) -> None:
        """Send what differs; of what it overwrites, nothing may be new to this person."""
        sent = {name: text for name, text in self.typed.items() if text != self.known[name] and name not in self.held}
        before = Proposal.objects.get(pk=draft.pk)
        result = autosave(by=self.by, proposal=draft, version=self.version, fields=sent, page=self.name)
        after = Proposal.objects.get(pk=draft.pk)
        for name in self.typed:
            assert getattr(after, name) == getattr(before, name) or getattr(before, name) in self.seen[name]
        if loses_the_answer:
            return
        self.known |= {name: sent[name] for name in result.saved}
        self.held |= {each.name for each in result.held}
        for each in result.held:
            self.seen[each.name].add(getattr(after, each.name))
        for each in result.theirs:
            if each.name in self.held:  # it changed again: ask again
                self.held.discard(each.name)
            elif self.typed[each.name] == self.known[each.name]:
                self.known[each.name] = self.typed[each.name] = getattr(after, each.name)
                self.seen[each.name].add(getattr(after, each.name))
                continue
            return  # the version stays, so that the next answer says it again
        self.version = result.source.version

    def keep_mine(self) -> None:
        self.held.clear()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.sampled_from(["type", "type", "save", "save", "lose", "keep"]),
        st.sampled_from(["title", "abstract"]),
    ),
    min_size=4,
    max_size=24,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_nobody_overwrites_what_they_have_not_seen_whatever_two_people_do(
    call: CallFixture, ana: User, steps: list[tuple[int, str, str]]
) -> None:
    draft = make.ProposalFactory(edition=call.edition, sponsor=call.sponsor, format=call.talk, title="", abstract="")
    pages = [OpenPage(MINE, call.member), OpenPage(THEIRS, ana)]
    for number, (who, step, name) in enumerate(steps):
        page = pages[who]
        if step == "type":
            page.type(name, f"Text {number}")
        elif step == "keep":
            page.keep_mine()
        else:
            page.save(draft, loses_the_answer=step == "lose")
    for _ in range(3):
        for page in pages:
            page.keep_mine()
            page.save(draft, loses_the_answer=False)
    draft.refresh_from_db()
    for page in pages:
        page.save(draft, loses_the_answer=False)
    assert {page.typed["title"] for page in pages if not page.held} <= {Proposal.objects.get(pk=draft.pk).title}
