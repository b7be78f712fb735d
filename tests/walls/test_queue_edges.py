"""Side doors of the queue: posted ids, the journal, the outbox and mails tell nothing of what is hidden."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.editions.states import Phase, RoleKind
from expo.kit.errors import NotAllowed
from expo.kit.runs import RunState
from expo.notify.models import Message
from reviews.assignments.models import PairRule, Run
from reviews.assignments.queries import run_pages
from reviews.assignments.services import assignments, imports, pair_rules, runs
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> dict[str, Any]:
    """A chair with conflicts with Alpha and Beta, another without, three reviewers, a proposal of each sponsor."""
    edition = make.EditionFactory(phase=Phase.REVIEW, reviews_per_proposal=1, max_load=3)
    talk = make.FormatFactory(edition=edition)
    sponsors = [make.SponsorFactory(edition=edition) for _ in range(3)]
    chair, other = (make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user for _ in range(2))
    for reader in (chair, other):  # of the outbox
        make.RoleFactory(edition=edition, user=reader, kind=RoleKind.ORGANISER)
    for sponsor in sponsors[:2]:
        make.ConflictFactory(user=chair, sponsor=sponsor)
    people = [make.RoleFactory(edition=edition).user for _ in range(4)]
    alpha, beta, gamma = (make.SubmittedFactory(edition=edition, sponsor=each, format=talk) for each in sponsors)
    return locals()


def came_apart(scene: dict[str, Any], *names: str) -> None:
    for name in names:
        make.AssignmentFactory(
            edition=scene["edition"], proposal=scene[name], reviewer=scene["people"][0], state="declined"
        )


def repaired(scene: dict[str, Any]) -> Run:
    """The queue's own repair, as it waits for a cochair."""
    run = runs.start_repair(by=None, edition=scene["edition"])
    runs.execute(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.PREVIEW
    return run


def as_seen_by(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(scene: dict[str, Any], name: str, *args: Any) -> str:
    return reverse(name, args=[scene["edition"].slug, *args])


# --- Posted ids -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_run_that_one_may_not_know_of_is_neither_discarded_nor_published_by_its_number(scene: dict[str, Any]) -> None:
    came_apart(scene, "alpha")
    run = repaired(scene)
    answer = as_seen_by(scene["chair"]).post(address(scene, "assignments:start"), {"instead": run.pk})
    assert answer.status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.PREVIEW
    for verb in (runs.discard, runs.publish):
        with pytest.raises(NotAllowed):
            verb(by=scene["chair"], run=run)
    runs.publish(by=scene["other"], run=run)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["forbid", "pin"])
def test_nobody_elses_name_is_told_by_their_number(scene: dict[str, Any], kind: str) -> None:
    stranger = make.RoleFactory(user__name="Zoe Elsewhere").user  # reviews in another edition
    client = as_seen_by(scene["other"])
    for name, data in (("assignments:pair", {"kind": kind}), ("assignments:assign", {})):
        url = address(scene, name, scene["gamma"].code)
        pages = [
            client.post(url, {**data, "reviewer": pk}, follow=True).content.decode() for pk in (stranger.pk, 987654321)
        ]
        assert ["Choose a reviewer from the list." in page for page in pages] == [True, True]
        assert "Zoe" not in pages[0]
    assert not PairRule.objects.exists()


def test_nobody_is_ruled_out_who_does_not_review_here_but_an_old_word_can_be_cleared(scene: dict[str, Any]) -> None:
    stranger = make.RoleFactory().user
    with pytest.raises(Exception) as refusal:
        pair_rules.set_pair(by=scene["other"], proposal=scene["gamma"], reviewer=stranger, kind="forbid")
    assert refusal.value.code == "not-a-reviewer"
    PairRule.objects.create(proposal=scene["gamma"], reviewer=stranger, kind="forbid", made_by=scene["other"])
    data = {"kind": "clear", "reviewer": stranger.pk}
    as_seen_by(scene["other"]).post(address(scene, "assignments:pair", scene["gamma"].code), data)
    assert not PairRule.objects.exists()


# --- The journal and the outbox ----------------------------------------------------------------------


@pytest.mark.slow
def test_the_journal_is_silent_on_a_repair_over_two_hidden_sponsors(scene: dict[str, Any]) -> None:
    client, url = as_seen_by(scene["chair"]), address(scene, "insight:audit")
    before = client.get(url).content.decode().count("Assignment run ")
    came_apart(scene, "alpha", "beta")
    run = repaired(scene)
    runs.publish(by=scene["other"], run=run)
    assert client.get(url).content.decode().count("Assignment run ") == before
    assert as_seen_by(scene["other"]).get(url).content.decode().count("Assignment run published") > 1


@pytest.mark.slow
def test_the_outbox_does_not_tell_who_was_asked_about_what_is_hidden(scene: dict[str, Any]) -> None:
    """A mail about several proposals at once would tell by its recipient who reviews the hidden ones."""
    came_apart(scene, "alpha", "gamma")
    runs.publish(by=scene["other"], run=repaired(scene))
    url = address(scene, "insight:outbox")
    assert "to review" not in as_seen_by(scene["chair"]).get(url).content.decode()
    assert "1 proposal to review" in as_seen_by(scene["other"]).get(url).content.decode()


def test_a_table_of_offers_tells_a_walled_reader_of_the_outbox_nothing(scene: dict[str, Any]) -> None:
    table = f"code,reviewer\n{scene['alpha'].code},{scene['people'][1].email}".encode()
    imports.import_offers(by=scene["other"], edition=scene["edition"], data=table)
    url = address(scene, "insight:outbox")
    assert "to review" not in as_seen_by(scene["chair"]).get(url).content.decode()
    assert "1 proposal to review" in as_seen_by(scene["other"]).get(url).content.decode()


def test_what_one_may_see_of_one_proposal_alone_stays_in_the_outbox(scene: dict[str, Any]) -> None:
    assignments.assign(by=scene["other"], proposal=scene["gamma"], reviewer=scene["people"][1])
    assert "1 proposal to review" in as_seen_by(scene["chair"]).get(address(scene, "insight:outbox")).content.decode()


# --- What a repair has seen -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_repair_is_about_what_had_come_apart_when_it_read_not_when_it_was_started(scene: dict[str, Any]) -> None:
    came_apart(scene, "alpha")
    run = runs.start_repair(by=None, edition=scene["edition"])
    came_apart(scene, "gamma")
    runs.execute(run.pk)
    run.refresh_from_db()
    assert run.parameters["concerns"] == run.result["proposals"] == [scene["alpha"].pk, scene["gamma"].pk]
    url = address(scene, "assignments:run", run.pk)
    assert [as_seen_by(scene[name]).get(url).status_code for name in ("chair", "other")] == [200, 200]


@pytest.mark.slow
def test_what_others_would_have_cost_is_not_told_where_loads_elsewhere_are_hidden(scene: dict[str, Any]) -> None:
    came_apart(scene, "gamma")
    run = repaired(scene)
    assert [run_pages.preview_of(run, scene[name]).proof.whole for name in ("chair", "other")] == [False, True]
    runs.publish(by=scene["other"], run=run)
    url = address(scene, "assignments:proposal", scene["gamma"].code)
    shows_cost = ["Alternatives:" in as_seen_by(scene[name]).get(url).content.decode() for name in ("chair", "other")]
    assert shows_cost == [False, True]


@pytest.mark.slow
def test_no_mail_tells_by_its_moment_that_something_hidden_came_apart(scene: dict[str, Any]) -> None:
    def mails() -> list[tuple[int, str]]:
        sent = Message.objects.filter(kind="assignments/repair_ready").order_by("id")
        names = {scene[name].pk: name for name in ("chair", "other")}
        return [(names[mail.recipient_id], re.search(r"finds reviewers for \d", mail.body)[0]) for mail in sent]

    came_apart(scene, "gamma")
    repaired(scene)
    assert mails() == [("chair", "finds reviewers for 1"), ("other", "finds reviewers for 1")]
    came_apart(scene, "alpha")
    repaired(scene)
    assert mails()[2:] == [("other", "finds reviewers for 2")]
