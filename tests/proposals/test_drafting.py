"""Writing drafts: nothing is demanded, nothing is lost, nobody overwrites anybody."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from expo.editions.catalogue import CATALOGUE, DEFAULTS, TEXTS, limit_of
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit import clock, display
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.proposals.models import Proposal
from expo.proposals.services.drafts import create_draft, edit, set_presenters
from expo.proposals.services.submission import submit
from tests import factories as make

from .conftest import CallFixture

NOON = datetime(2027, 7, 18, 16, tzinfo=UTC)


def facts(proposal: Proposal) -> list[str]:
    return list(Entry.objects.filter(proposal_id=proposal.pk).order_by("id").values_list("fact", flat=True))


def test_a_draft_may_be_all_but_empty(call: CallFixture) -> None:
    draft = create_draft(by=call.member, sponsor=call.sponsor, format=call.talk)
    assert (draft.state, draft.title, draft.version, draft.created_by) == ("draft", "", 1, call.member)
    assert draft.name == "Untitled talk"
    assert facts(draft) == ["proposals.drafted"]


def test_a_double_submit_makes_one_draft(call: CallFixture) -> None:
    key = uuid.uuid4()
    first = create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, form_key=key, title="One")
    second = create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, form_key=key, title="One")
    assert first.pk == second.pk
    assert Proposal.objects.count() == 1


def test_a_form_sent_again_with_other_words_keeps_the_later_words(call: CallFixture) -> None:
    key = uuid.uuid4()
    create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, form_key=key, title="One")
    create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, form_key=key, title="Two")
    assert Proposal.objects.get().title == "Two"


def test_a_strangers_form_key_opens_nothing(call: CallFixture) -> None:
    key = uuid.uuid4()
    create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, form_key=key, title="Ours")
    with pytest.raises(WrongState) as refused:
        create_draft(by=call.rival_member, sponsor=call.rival, format=call.talk, form_key=key, title="Theirs")
    assert refused.value.code == "form-used"
    assert Proposal.objects.get().title == "Ours"


def test_only_the_team_may_write_for_a_sponsor(call: CallFixture, elsewhere: CallFixture) -> None:
    draft = call.draft()
    for outsider in (call.rival_member, elsewhere.member, make.UserFactory(is_superuser=True)):
        with pytest.raises(NotAllowed):
            create_draft(by=outsider, sponsor=call.sponsor, format=call.talk)
        with pytest.raises(NotAllowed):
            edit(by=outsider, proposal=draft, version=1, title="Mine now")
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_stale_version_is_refused_and_overwrites_nothing(call: CallFixture) -> None:
    draft = call.draft(title="Old")
    edit(by=call.member, proposal=draft, version=1, title="Theirs")
    with pytest.raises(WrongState) as refused:
        edit(by=call.member, proposal=draft, version=1, title="Mine")
    draft.refresh_from_db()
    assert (refused.value.code, draft.title, draft.version) == ("stale-version", "Theirs", 2)


def test_saving_the_same_words_is_no_change(call: CallFixture) -> None:
    draft = call.draft(title="Same")
    edit(by=call.member, proposal=draft, version=1, title="Same ")
    draft.refresh_from_db()
    assert (draft.version, facts(draft)) == (1, [])


def test_formats_topics_and_tracks_of_another_edition_are_refused(call: CallFixture, elsewhere: CallFixture) -> None:
    draft = call.draft()
    track, topic = (
        make.TrackFactory(edition=elsewhere.edition, formats=[elsewhere.talk]),
        make.TopicFactory(edition=elsewhere.edition),
    )
    for field, value, code in (
        ("format", elsewhere.talk, "foreign-format"),
        ("track", track, "track-does-not-fit"),
        ("topics", [topic], "foreign-topic"),
    ):
        with pytest.raises(Invalid) as refused:
            edit(by=call.member, proposal=draft, version=1, **{field: value})
        assert (refused.value.code, refused.value.field) == (code, field)


def test_a_track_that_does_not_take_the_format_is_refused(call: CallFixture) -> None:
    workshop = make.FormatFactory(edition=call.edition, slug="workshop")
    track = make.TrackFactory(edition=call.edition, formats=[workshop], name="Hall")
    with pytest.raises(Invalid) as refused:
        create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, track=track)
    assert refused.value.message == "The track Hall takes no talks. Choose a track that does, or leave it open."


def test_a_format_that_the_tier_lacks_is_refused(call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo")
    with pytest.raises(Invalid) as refused:
        create_draft(by=call.member, sponsor=call.sponsor, format=demo)
    assert refused.value.message == (
        "The Gold tier includes no demos. Choose another format, or write to expo@icml.example."
    )


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_has_a_limit_and_a_sentence(call: CallFixture, name: str) -> None:
    limit = limit_of(DEFAULTS, name)
    draft = call.draft()
    with pytest.raises(Invalid) as refused:
        edit(by=call.member, proposal=draft, version=1, **{name: "x" * (limit + 3)})
    said = f"The {CATALOGUE[name].subject} has {limit + 3:,} characters and may have {limit:,}. Shorten it by 3."
    assert (refused.value.field, refused.value.message) == (name, said)
    edit(by=call.member, proposal=draft, version=1, **{name: "x" * limit})


def test_line_ends_and_invisible_signs_do_not_count(call: CallFixture) -> None:
    draft = call.draft()
    edit(
        by=call.member, proposal=draft, version=1, abstract="a\r\nb\x00\u200b\U000e0041\ud800c ", title=" two\n words "
    )
    draft.refresh_from_db()
    assert (draft.abstract, draft.title) == ("a\nbc", "two words")


def test_presenters_keep_their_row_by_address(call: CallFixture) -> None:
    draft = create_draft(
        by=call.member,
        sponsor=call.sponsor,
        format=call.talk,
        presenters=[
            {"name": "Ada", "email": "Ada@Example.org", "away": ((NOON, NOON + timedelta(hours=1)),)},
            {"name": "Ben"},
        ],
    )
    ada, ben = draft.presenters.all()
    set_presenters(by=call.member, proposal=draft, presenters=[{"name": "Ada L.", "email": "ada@example.org"}])
    kept = draft.presenters.get()
    assert (kept.pk, kept.name, kept.away.count()) == (ada.pk, "Ada L.", 0)
    assert facts(draft) == ["proposals.drafted", "proposals.presenters_changed"]
    assert ben.name == "Ben"


@pytest.mark.parametrize(
    ("presenters", "code"),
    [
        ([{"name": "A", "email": "nonsense"}], "bad-email"),
        ([{"name": "A", "email": "a@b.example"}, {"name": "B", "email": "A@B.example"}], "presenter-twice"),
        ([{"name": "x" * 121}], "too-long"),
        ([{"name": f"P{n}"} for n in range(13)], "too-many-presenters"),
        ([{"name": "A", "away": ((NOON, NOON),)}], "span-ends-before-start"),
    ],
)
def test_wrong_presenters_are_refused_whole(call: CallFixture, presenters: list, code: str) -> None:
    draft = call.draft(title="Kept")
    with pytest.raises(Invalid) as refused:
        edit(by=call.member, proposal=draft, version=1, title="Lost", presenters=presenters)
    draft.refresh_from_db()
    assert (refused.value.code, draft.title, draft.presenters.count()) == (code, "Kept", 1)


@pytest.mark.parametrize("phase", [Phase.CALL, Phase.REVIEW])
def test_what_was_typed_when_the_deadline_passed_is_kept_as_a_draft(call: CallFixture, phase: Phase) -> None:
    call.edition.call_closes_at, call.edition.phase = clock.now() - timedelta(minutes=1), phase
    call.edition.save()
    proposal = create_draft(by=call.member, sponsor=call.sponsor, format=call.talk, title="Typed in time")
    edit(by=call.member, proposal=proposal, version=1, title="Typed after it")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.title) == ("draft", "Typed after it")
    with pytest.raises(WrongState) as refused:
        submit(by=call.member, proposal=proposal)
    closed = display.in_zone(call.edition.call_closes_at, call.edition.zone)
    assert refused.value.code == "call-closed"
    assert refused.value.message == (
        f"The call closed on {closed}. Your text is kept, and is not submitted. Write to expo@icml.example if there "
        "is something they should know."
    )


@pytest.mark.parametrize("phase", [each for each in Phase if each not in (Phase.CALL, Phase.REVIEW)])
def test_nothing_is_begun_before_the_call_or_once_decisions_have_begun(call: CallFixture, phase: Phase) -> None:
    call.edition.call_closes_at, call.edition.phase = clock.now() - timedelta(minutes=1), phase
    call.edition.save()
    with pytest.raises(WrongState) as refused:
        create_draft(by=call.member, sponsor=call.sponsor, format=call.talk)
    assert refused.value.code == ("call-not-open" if phase == Phase.SETUP else "writing-over")


def test_before_the_call_the_sentence_says_when_it_opens(call: CallFixture) -> None:
    call.edition.call_opens_at = clock.now() + timedelta(days=1)
    call.edition.save()
    with pytest.raises(WrongState) as refused:
        create_draft(by=call.member, sponsor=call.sponsor, format=call.talk)
    assert refused.value.code == "call-not-open"
    assert "It opens on" in refused.value.message


def test_a_text_with_a_verdict_does_not_change(call: CallFixture) -> None:
    proposal = call.accepted()
    with pytest.raises(WrongState) as refused:
        edit(by=call.member, proposal=proposal, version=1, title="Better")
    assert refused.value.code == "not-a-draft"
