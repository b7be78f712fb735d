"""Publishing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.notify.models import Message
from expo.notify.services import deliver_due
from expo.proposals.services.presenter_answers import confirm_presenter
from expo.proposals.states import ProposalState
from expo.releases import queries, services
from expo.releases.models import Artefact, Release
from expo.releases.render import EXPORTS
from tests import factories as make
from tests.concurrency import race
from tests.releases.fixtures import NINE, stage

pytestmark = pytest.mark.django_db


def refusal(call: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(**kwargs)
    return caught.value


def change(proposal: Any, **fields: Any) -> None:
    type(proposal).objects.filter(pk=proposal.pk).update(**fields)


def titles(release: Release) -> list[str]:
    return [session.title for session in queries.program_of(release).sessions]


def test_publishing_freezes_the_program_renders_the_exports_and_opens_the_edition() -> None:
    set_up = stage(2)
    release = set_up.publish(note="  Here\nit is ")
    proposal = set_up.sessions[0].proposal
    assert (release.number, release.note, release.changes) == (1, "Here it is", [])
    assert titles(release) == [session.proposal.public_title for session in set_up.sessions]
    assert set(release.artefacts.values_list("name", flat=True)) == {export.name for export in EXPORTS}
    first = queries.program_of(release).sessions[0]
    assert (first.id, first.code, first.guid) == (proposal.pk, proposal.code, str(proposal.guid))
    set_up.edition.refresh_from_db()
    assert set_up.edition.phase == Phase.PUBLISHED


def test_publishing_is_a_fact() -> None:
    set_up = stage(1)
    release = set_up.publish(note="Hello")
    entry = Entry.objects.get(fact="releases.published")
    assert (entry.actor, entry.edition_id, entry.target_id, entry.data) == (
        set_up.chair, set_up.edition.pk, release.pk, {"number": 1, "note": "Hello"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"state": ProposalState.ACCEPTED}, "not confirmed by its sponsor"),
        ({"public_text_approved_at": None}, "public text not approved"),
        ({"public_title": " "}, "no public title"),
    ],
)
def test_a_session_that_is_not_ready_stands_in_the_way_by_name(broken: dict[str, Any], reason: str) -> None:
    set_up = stage(2)
    proposal = set_up.sessions[1].proposal
    change(proposal, **broken)
    refused = refusal(set_up.publish)
    assert refused.code == "not-ready"
    assert refused.message == (
        f"One session is not ready: {proposal.code} ({reason}). Ask its sponsor, or tick it to publish without it."
    )
    assert not Release.objects.exists()


def test_leaving_it_out_is_an_explicit_choice_and_a_fact() -> None:
    set_up = stage(2)
    proposal = set_up.sessions[1].proposal
    change(proposal, state=ProposalState.ACCEPTED)
    release = set_up.publish(leave_out=[proposal.pk])
    assert titles(release) == [set_up.sessions[0].proposal.public_title]
    entry = Entry.objects.get(fact="releases.left_out")
    assert (entry.proposal_id, entry.data) == (proposal.pk, {"number": 1})


def test_what_a_sponsor_took_back_is_not_in_the_way() -> None:
    set_up = stage(2)
    change(set_up.sessions[1].proposal, state=ProposalState.WITHDRAWN)
    assert titles(set_up.publish()) == [set_up.sessions[0].proposal.public_title]


def test_an_empty_program_is_refused() -> None:
    assert refusal(stage(0).publish).code == "nothing-to-publish"


def test_an_unchanged_program_is_refused() -> None:
    set_up = stage(1)
    set_up.publish()
    assert refusal(set_up.publish).code == "nothing-changed"
    assert Release.objects.count() == 1


@pytest.mark.parametrize("phase", [Phase.SETUP, Phase.CALL, Phase.REVIEW, Phase.DECIDE, Phase.ARCHIVED])
def test_other_phases_refuse(phase: Phase) -> None:
    refused = refusal(stage(1, phase=phase).publish)
    assert isinstance(refused, WrongState)
    assert refused.code == "wrong-phase"


def test_a_note_that_is_too_long_is_refused_at_its_field() -> None:
    refused = refusal(stage(1).publish, note="x" * 201)
    assert isinstance(refused, Invalid)
    assert refused.field == "note"


@pytest.mark.parametrize("who", ["stranger", "reviewer", "team", "foreign chair"])
def test_only_who_runs_the_edition_publishes(who: str) -> None:
    set_up = stage(1)
    user = {
        "stranger": lambda: make.UserFactory(),
        "reviewer": lambda: make.RoleFactory(edition=set_up.edition).user,
        "team": lambda: make.TeamMemberFactory(sponsor=set_up.sessions[0].proposal.sponsor).user,
        "foreign chair": lambda: make.RoleFactory(kind=RoleKind.COCHAIR).user,
    }[who]()
    with pytest.raises(NotAllowed):
        set_up.publish(by=user)


def test_the_next_release_says_what_changed_and_keeps_ids_codes_and_guids() -> None:
    set_up = stage(3)
    first = queries.program_of(set_up.publish())
    moved, kept, gone = set_up.sessions
    moved.move_to(moved.room_id, NINE + timedelta(hours=5), 60, 0)
    moved.save()
    gone.delete()
    added = set_up.add()
    second = set_up.publish()
    program = queries.program_of(second)
    assert second.number == 2
    assert [(each["kind"], each["code"]) for each in second.changes] == [
        ("cancelled", gone.proposal.code),
        ("new", added.proposal.code),
        ("moved", moved.proposal.code),
    ]
    assert {(e.id, e.code, e.guid) for e in first.sessions} == {
        (e.id, e.code, e.guid) for e in (*program.sessions, *program.cancelled) if e.code != added.proposal.code
    }
    assert program.by_code[kept.proposal.code].sequence == 0
    assert program.by_code[moved.proposal.code].sequence == 1
    assert [(each.code, each.sequence) for each in program.cancelled] == [(gone.proposal.code, 1)]


def test_a_release_and_its_bytes_never_change() -> None:
    set_up = stage(1)
    release = set_up.publish()
    before = {each.name: bytes(each.body) for each in release.artefacts.all()}
    change(set_up.sessions[0].proposal, public_title="Something else")
    set_up.publish()
    assert {each.name: bytes(each.body) for each in release.artefacts.all()} == before
    for rows, fields in (
        (Release.objects.filter(pk=release.pk), {"note": "x"}),
        (release.artefacts.all(), {"body": b"x"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**fields)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete(rows.db)


def test_codes_and_guids_of_a_published_session_are_never_used_again() -> None:
    set_up = stage(1)
    set_up.publish()
    with pytest.raises(Exception, match="protected"):
        set_up.sessions[0].proposal.delete()


SECRETS = {
    "abstract": "CANARY-abstract",
    "takeaways": "CANARY-takeaways",
    "needs": "CANARY-needs",
    "feedback": "CANARY-feedback",
    "title": "CANARY-review-title",
}


def test_nothing_but_public_words_reaches_a_release() -> None:
    set_up = stage(0)
    session = set_up.add(**SECRETS, public_title="Public title", public_text="Public text")
    make.PresenterFactory(proposal=session.proposal, name="Grace", email="canary-mail@stage.example", confirmed=True)
    member = make.TeamMemberFactory(sponsor=session.proposal.sponsor).user
    release = set_up.publish()
    texts = [str(release.snapshot), *(bytes(each.body).decode() for each in Artefact.objects.all())]
    for text in texts:
        assert "Public title" in text
        assert "canary" not in text.lower()
        assert member.email not in text
        assert set_up.chair.email not in text


def test_every_team_hears_of_its_own_places_once() -> None:
    set_up = stage(2)
    own, other = (session.proposal for session in set_up.sessions)
    member = make.TeamMemberFactory(sponsor=own.sponsor).user
    make.TeamMemberFactory(sponsor=other.sponsor)
    both = make.TeamMemberFactory(sponsor=own.sponsor).user
    make.TeamMemberFactory(sponsor=other.sponsor, user=both)
    release = set_up.publish()
    services._notify_teams(release, Entry.objects.get(fact="releases.published"))
    assert Message.objects.count() == 3
    body = Message.objects.get(recipient=member).body
    assert own.public_title in body
    assert other.public_title not in body
    assert "Sunday 18 July 2027, 09:00 to 10:00 (America/New_York)" in body
    assert f"http://testserver/e/{set_up.edition.slug}/program/{own.code}/" in body
    assert {own.public_title, other.public_title} <= set(
        map(str.strip, Message.objects.get(recipient=both).body.splitlines())
    )
    deliver_due()
    assert len(mail.outbox) == 3


def test_later_releases_write_only_to_teams_whose_sessions_changed() -> None:
    set_up = stage(2)
    touched, kept = (session.proposal for session in set_up.sessions)
    writer, _ = make.TeamMemberFactory(sponsor=touched.sponsor).user, make.TeamMemberFactory(sponsor=kept.sponsor)
    set_up.publish()
    Message.objects.all().delete()
    set_up.sessions[0].delete()
    set_up.publish()
    message = Message.objects.get()
    assert message.recipient == writer
    assert f"No longer in the program: {touched.public_title}" in message.body


@pytest.mark.slow
def test_publishing_twice_at_once_gives_each_number_once(transactional_db: None) -> None:
    set_up = stage(2)
    proposal = set_up.sessions[1].proposal
    make.TeamMemberFactory(sponsor=proposal.sponsor)
    answers = race(*(lambda ids=ids: set_up.publish(leave_out=ids).number for ids in ([], [], [proposal.pk])))
    outcomes = [each.code if isinstance(each, Refused) else each for each in answers]
    numbers = sorted(each for each in outcomes if isinstance(each, int))
    assert numbers == list(range(1, len(numbers) + 1)) == sorted(Release.objects.values_list("number", flat=True))
    assert set(outcomes) - set(numbers) <= {"nothing-changed"}
    assert len(numbers) >= 2


def test_the_time_of_a_release_is_the_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = timezone.now() + timedelta(days=3)
    monkeypatch.setattr("expo.kit.clock.now", lambda: noon)
    release = stage(1).publish()
    session = queries.program_of(release).sessions[0]
    assert release.published_at == noon
    assert replace(session, changed_at=None).sequence == 0
    assert session.changed_at == noon


def test_a_presenter_who_may_hold_a_role_is_not_printed_before_a_yes_or_a_chairs_word() -> None:
    made = stage(1)
    proposal = made.sessions[0].proposal
    (first,) = proposal.presenters.all()
    reviewer = make.RoleFactory(edition=made.edition).user
    typed = make.PresenterFactory(proposal=proposal, name="Kim Example", email=reviewer.email)
    (unnamed,) = queries.preview(made.edition, made.chair).unnamed
    assert unnamed.unnamed == ("Kim Example",)
    assert [each["name"] for each in made.publish().snapshot["sessions"][0]["presenters"]] == [first.name]
    confirm_presenter(by=made.chair, presenter=typed, reason="Known.")
    assert queries.preview(made.edition, made.chair).unnamed == ()
    assert [each["name"] for each in made.publish().snapshot["sessions"][0]["presenters"]] == [
        first.name,
        "Kim Example",
    ]
