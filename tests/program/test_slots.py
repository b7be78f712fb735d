"""What presenters are notified of, what they answer until the freeze, and what the chairs reply."""

import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client

from expo.accounts.models import User
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import NotAllowed, Refused
from expo.notify.models import Message
from expo.program.forms import SlotList
from expo.program.models import Session, Slot
from expo.program.queries.slots import slot_rows
from expo.program.services import sessions, slots
from expo.proposals.services.submission import withdraw
from expo.proposals.states import ProposalState
from tests.factories import ConflictFactory, RoleFactory, SponsorFactory, TeamMemberFactory, UserFactory

from .conftest import ProgramFixture, build

pytestmark = pytest.mark.django_db


def team(proposal) -> User:
    return TeamMemberFactory(sponsor=proposal.sponsor).user


def notify(stage, **fields) -> list[Slot]:
    return slots.notify_presenters(by=stage.chair, edition=stage.edition, **fields)


def notified(stage, *emails: str, **fields) -> tuple[Session, Slot, User]:
    """A placed session of these presenters, with a team of one notified of it."""
    session = stage.placed(*emails, **fields)
    member = team(session.proposal)
    (slot,) = notify(stage, sessions={session.pk: session.version})
    return session, slot, member


def moved(stage, session, hour: int) -> Session:
    session.refresh_from_db()
    return sessions.move(
        by=stage.chair, session=session, room=session.room, starts_at=stage.at(hour), version=session.version
    )


def code(verb, **fields) -> str:
    with pytest.raises(Refused) as caught:
        verb(**fields)
    return caught.value.code


def mails(kind: str) -> list[str]:
    return list(
        Message.objects.filter(kind=f"program/{kind}").order_by("id").values_list("recipient__email", flat=True)
    )


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def plain(answer) -> str:
    text = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", answer.content.decode())
    return f"{answer.status_code} {text}"


def test_notifying_freezes_the_place_and_mails_the_team_in_the_editions_zone(stage):
    session, slot, member = notified(stage, title="Scaling laws", hour=10)
    assert (slot.room, slot.starts_at, slot.ends_at, slot.number, slot.state, slot.told_by) == (
        stage.hall,
        stage.at(10),
        stage.at(11),
        1,
        "told",
        stage.chair,
    )
    message = Message.objects.get()
    assert (message.recipient, message.subject) == (member, "Your slot: Scaling laws")
    assert "Sunday 18 July 2027, 10:00 to 11:00 (EDT, America/New_York), Hall A" in message.body
    assert f"/proposals/{session.proposal.code}/slot/" in message.body
    entry = Entry.objects.get(fact="program.slot_told")
    assert (entry.proposal_id, entry.edition_id) == (session.proposal_id, stage.edition.pk)


def test_notifying_twice_notifies_once(stage):
    notified(stage)
    assert (code(slots.notify_presenters, by=stage.chair, edition=stage.edition), len(mails("slot_told"))) == (
        "nothing-to-tell",
        1,
    )


def test_a_move_is_notified_anew_and_resets_the_answer(stage):
    session, slot, member = notified(stage, hour=9)
    slots.ask_for_change(by=member, proposal=session.proposal, number=1, note="Later, please")
    moved(stage, session, 15)
    (again,) = notify(stage)
    assert (again.pk, again.number, again.state, again.starts_at, again.note, again.answered_at) == (
        slot.pk,
        2,
        "told",
        stage.at(15),
        "",
        None,
    )
    newest = Message.objects.filter(kind="program/slot_told").latest("id")
    assert (newest.subject.startswith("New slot"), "09:00 to 10:00" in newest.body) == (True, True)


def test_presenters_with_an_account_get_the_place_without_a_link(stage):
    ada = UserFactory(email="ada@x.example")
    UserFactory(email="bob@x.example", verified=False)
    _, _, member = notified(stage, "Ada@x.example", "bob@x.example")
    assert (mails("slot_told"), mails("on_stage")) == ([member.email], [ada.email])
    assert "/slot/" not in Message.objects.get(kind="program/on_stage").body


def test_an_old_list_notifies_nobody(stage):
    session = stage.placed(hour=9)
    moved(stage, session, 15)
    refused = code(slots.notify_presenters, by=stage.chair, edition=stage.edition, sessions={session.pk: 1})
    assert (refused, Slot.objects.count(), Message.objects.count()) == ("stale", 0, 0)


def test_a_chair_with_a_conflict_notifies_nobody_of_hidden_sessions(stage):
    seen, hidden = stage.placed(hour=9), stage.placed(hour=10)
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    assert code(slots.notify_presenters, by=stage.chair, edition=stage.edition, sessions={hidden.pk: 1}) == "stale"
    assert [slot.proposal for slot in notify(stage)] == [seen.proposal]
    assert [row.proposal for row in slot_rows(stage.chair, stage.edition)] == [seen.proposal]


def test_only_whoever_runs_the_edition_notifies(stage):
    _, _, member = notified(stage)
    other = build()
    for person in (member, RoleFactory(edition=stage.edition).user, other.chair):
        with pytest.raises(NotAllowed):
            slots.notify_presenters(by=person, edition=stage.edition)
    theirs = other.placed()
    assert code(slots.notify_presenters, by=stage.chair, edition=stage.edition, sessions={theirs.pk: 1}) == "stale"


def test_the_team_accepts_once(stage):
    session, slot, member = notified(stage)
    for _ in range(2):
        slots.accept(by=member, proposal=session.proposal, number=1)
    slot.refresh_from_db()
    assert (slot.state, slot.answered_by, Entry.objects.filter(fact="program.slot_accepted").count()) == (
        "accepted",
        member,
        1,
    )


def test_an_answer_to_an_older_slot_is_refused(stage):
    session, _, member = notified(stage)
    moved(stage, session, 15)
    sessions.unplace(by=stage.chair, session=session, version=2)
    sessions.place(by=stage.chair, proposal=session.proposal, room=stage.hall, starts_at=stage.at(16))
    notify(stage)
    for verb, more in ((slots.accept, {}), (slots.ask_for_change, {"note": "No"})):
        assert code(verb, by=member, proposal=session.proposal, number=1, **more) == "stale"
    assert slots.accept(by=member, proposal=session.proposal, number=2).state == "accepted"


def test_a_change_request_reaches_the_chairs_who_may_see_it(stage):
    session, slot, member = notified(stage)
    walled, other = (RoleFactory(edition=stage.edition, kind=RoleKind.COCHAIR).user for _ in range(2))
    ConflictFactory(user=walled, sponsor=session.proposal.sponsor)
    slots.ask_for_change(by=member, proposal=session.proposal, number=1, note="  Ada lands\nat 9:40  ")
    slot.refresh_from_db()
    assert (slot.state, slot.note, mails("change_asked")) == (
        "change-asked",
        "Ada lands\nat 9:40",
        [stage.chair.email, other.email],
    )
    with pytest.raises(NotAllowed):
        slots.decline_change(by=walled, slot=slot, number=1, reply="No")


def test_declining_says_why_and_the_team_may_still_accept(stage):
    session, slot, member = notified(stage)
    proposal = session.proposal
    assert code(slots.decline_change, by=stage.chair, slot=slot, number=1, reply="No") == "wrong-state"
    slots.ask_for_change(by=member, proposal=proposal, number=1, note="Later")
    assert code(slots.decline_change, by=stage.chair, slot=slot, number=1, reply=" ") == "words-missing"
    assert code(slots.decline_change, by=stage.chair, slot=slot, number=2, reply="No") == "stale"
    slots.decline_change(by=stage.chair, slot=slot, number=1, reply="The hall is full.")
    assert mails("turned_down") == [member.email]
    assert code(slots.ask_for_change, by=member, proposal=proposal, number=1, note="But") == "wrong-state"
    assert slots.accept(by=member, proposal=proposal, number=1).state == "accepted"


@pytest.mark.parametrize(
    ("fields", "is_final"),
    [
        ({"phase": Phase.SCHEDULE}, False),
        ({"phase": Phase.PUBLISHED}, True),
        ({"phase": Phase.PUBLISHED, "slots_freeze_at": timedelta(hours=1)}, False),
        ({"phase": Phase.SCHEDULE, "slots_freeze_at": -timedelta(hours=1)}, True),
        ({"phase": Phase.ARCHIVED, "slots_freeze_at": timedelta(hours=1)}, True),
    ],
)
def test_slots_freeze(stage, fields, is_final):
    session, _, member = notified(stage)
    for name, value in fields.items():
        setattr(stage.edition, name, clock.now() + value if isinstance(value, timedelta) else value)
    stage.edition.save()
    answer = browser(member).post(address(session.proposal), {"number": 1, "note": "Later"})
    page = answer.content.decode()
    assert ("Slots are final" in page, answer.status_code) == (is_final, 422 if is_final else 302)
    assert is_final == (
        'If something has come up, write to <a href="mailto:expo@icml.example">' in " ".join(page.split())
    )


def test_what_is_withdrawn_has_no_slot_to_answer(stage):
    session, _, member = notified(stage)
    withdraw(by=member, proposal=session.proposal)
    assert code(slots.accept, by=member, proposal=session.proposal, number=1) == "nothing-told"


def address(proposal, more: str = "") -> str:
    return f"/e/{proposal.edition.slug}/proposals/{proposal.code}/slot/{more}"


@pytest.mark.slow
def test_the_team_sees_what_it_was_notified_of_and_never_the_working_place(stage):
    session = stage.placed(hour=10)
    member = team(session.proposal)
    client = browser(member)
    before = plain(client.get(address(session.proposal)))
    assert ("No room and time yet" in before, "Hall A" in before) == (True, False)
    moved(stage, session, 11)
    assert plain(client.get(address(session.proposal))) == before
    notify(stage)
    after = plain(client.get(address(session.proposal)))
    moved(stage, session, 16)
    assert plain(client.get(address(session.proposal))) == after
    sessions.unplace(by=stage.chair, session=session, version=3)
    assert plain(client.get(address(session.proposal))) == after
    assert ("Hall A" in after, "11:00" in after) == (True, True)


def test_the_viewers_clock_is_beside_the_editions(stage):
    session, _, member = notified(stage, hour=10)
    member.time_zone = "Europe/Berlin"
    member.save()
    page = browser(member).get(address(session.proposal)).content.decode()
    assert ("Sun 18 Jul 2027, 10:00" in page, "16:00" in page) == (True, True)


@pytest.mark.slow
def test_the_pages_ask_answer_and_keep_what_was_typed(stage):
    session, slot, member = notified(stage)
    client, here = browser(member), address(session.proposal)
    long = "x" * 1001
    refused = client.post(here, {"number": 1, "note": long})
    assert (refused.status_code, long in refused.content.decode()) == (422, True)
    assert client.post(here, {"number": 9, "note": "Later"}).status_code == 422
    assert client.post(here, {"number": 1, "note": "Later"}).status_code == 302
    chair, page_url = browser(stage.chair), f"/e/{stage.edition.slug}/timetable/slots/"
    assert "Later" in chair.get(f"{page_url}?state=change-asked").content.decode()
    down = f"{page_url}{slot.pk}/turn-down/"
    assert chair.post(down, {"number": 1, "reply": ""}).status_code == 422
    assert chair.post(down, {"number": 1, "reply": "No room."}).status_code == 302
    assert "No room." in client.get(here).content.decode()
    stale = client.post(address(session.proposal, "accept/"), {"number": 7})
    assert (stale.status_code, "Your slot has changed in the meantime" in stale.content.decode()) == (422, True)
    assert client.post(address(session.proposal, "accept/"), {"number": 1}).status_code == 302
    assert client.post(address(session.proposal, "accept/"), {"number": "soon"}).status_code == 422


@pytest.mark.slow
def test_the_chair_notifies_the_ticked_ones_from_the_page(stage):
    one, two = stage.placed(hour=9, title="One"), stage.placed(hour=10, title="Two")
    chair, page_url = browser(stage.chair), f"/e/{stage.edition.slug}/timetable/slots/"
    page = chair.get(page_url).content.decode()
    assert (page.count(f'name="row" value="{one.pk}-1"'), "Notify presenters of 2 sessions" in page) == (1, True)
    assert "Choose " + one.proposal.code in page
    for rows in ([], ["x", "1-", f"{one.pk}-9"]):
        assert chair.post(f"{page_url}tell/", {"row": rows}).status_code == 422
    assert chair.get(f"{page_url}tell/?state=to-tell").headers["Location"] == f"{page_url}?state=to-tell"
    assert chair.post(f"{page_url}tell/", {"row": [f"{one.pk}-1"]}).status_code == 302
    assert [slot.proposal.title for slot in Slot.objects.all()] == ["One"]
    listed = SlotList(QueryDict(), slot_rows(stage.chair, stage.edition))
    assert {key: n for key, _, n in listed.chosen["state"].options if n} == {"to-tell": 1, "told": 1}
    file = chair.get(f"{page_url}?state=told&format=csv").content.decode()
    assert ("Talk,Organisation" in file, "18 Jul, 09:00" in file, "Two" in file) == (True, True, False)
    sessions.unplace(by=stage.chair, session=one, version=1)
    sessions.unplace(by=stage.chair, session=two, version=1)
    assert "Notified, unscheduled now" in chair.get(f"{page_url}?state=lost").content.decode()


@pytest.mark.slow
def test_hidden_slots_change_nothing_for_a_chair_with_a_conflict_and_a_rival(stage: ProgramFixture):
    mine, seen = stage.placed(hour=9), stage.placed(hour=11, sponsor=SponsorFactory(edition=stage.edition))
    walled = RoleFactory(edition=stage.edition, kind=RoleKind.COCHAIR).user
    ConflictFactory(user=walled, sponsor=mine.proposal.sponsor)
    member, rival = team(mine.proposal), team(seen.proposal)
    notify(stage, sessions={seen.pk: 1})
    pages = {
        walled: [f"/e/{stage.edition.slug}/timetable/slots/{query}" for query in ("", "?state=told", "?state=to-tell")],
        rival: [address(seen.proposal), f"/e/{stage.edition.slug}/proposals/", address(mine.proposal)],
    }
    clients = {user: browser(user) for user in pages}

    def outputs() -> list[str]:
        return [plain(clients[user].get(page)) for user, some in pages.items() for page in some]

    before = outputs()
    notify(stage)
    assert outputs() == before
    slot = slots.ask_for_change(by=member, proposal=mine.proposal, number=1, note="Secret wish")
    mine.proposal.prefers = "afternoon"
    mine.proposal.save()
    assert outputs() == before
    slots.decline_change(by=stage.chair, slot=slot, number=1, reply="Secret no")
    moved(stage, mine, 15)
    assert outputs() == before
    assert clients[rival].post(address(mine.proposal, "accept/"), {"number": 1}).status_code == 404
    assert mine.proposal.state == ProposalState.ACCEPTED
