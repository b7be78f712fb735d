"""Rules and wishes between sessions: kept, refused when they contradict, invisible behind the wall."""

import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import NotAllowed, Refused
from expo.program.models import Link
from expo.program.queries.problem import snapshot
from expo.program.services import links
from expo.proposals.states import ProposalState
from reviews.insight.queries.journal import audit
from tests.factories import ConflictFactory, RoleFactory

from .conftest import ProgramFixture, build

pytestmark = pytest.mark.django_db


def add(stage: ProgramFixture, one, other, kind: str = "before", **more) -> Link:
    return links.add(**{"by": stage.chair, "edition": stage.edition, "kind": kind, "one": one, "other": other, **more})


def refusal(stage: ProgramFixture, *args, **more) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        add(stage, *args, **more)
    return caught.value.code, caught.value.message


def three(stage: ProgramFixture):
    return [stage.accepted(title=title) for title in ("One", "Two", "Three")]


def test_a_link_is_kept_reaches_the_solver_and_is_journalled_without_names(stage):
    one, two, _ = three(stage)
    link = add(stage, one, two, note="  Basics   first ")
    assert (link.kind, link.one, link.other, link.is_rule, link.note) == ("before", one, two, True, "Basics first")
    (known,) = snapshot(stage.edition).problem.links
    assert (known.kind, known.one, known.other, known.cost) == ("before", one.pk, two.pk, 0)
    entry = Entry.objects.get(fact="program.link_added")
    assert (entry.proposal_id, entry.data["other"], entry.label) == (one.pk, two.pk, f"Link {link.pk}")
    links.remove(by=stage.chair, link=link)
    links.remove(by=stage.chair, link=link)
    assert (Link.objects.count(), Entry.objects.filter(fact="program.link_removed").count()) == (0, 1)


def test_a_symmetric_link_is_stored_once(stage):
    one, two, _ = three(stage)
    add(stage, two, one, kind="apart")
    assert (Link.objects.get().one, refusal(stage, one, two, kind="apart")[0]) == (one, "link-exists")
    add(stage, one, two, kind="same-day")


def test_rules_that_contradict_are_refused_by_name(stage):
    one, two, last = three(stage)
    add(stage, one, two)
    add(stage, two, last)
    code, sentence = refusal(stage, last, one)
    assert (code, sentence.partition(". ")[0]) == (
        "contradiction",
        "It contradicts existing links: “One” before “Two”, then “Two” before “Three”",
    )
    add(stage, last, one, is_rule=False)


def test_what_cannot_be_linked(stage):
    one, two, last = three(stage)
    last.state = ProposalState.WITHDRAWN
    last.save()
    foreign = build().accepted()
    assert refusal(stage, one, one)[0] == "same-session"
    assert refusal(stage, one, last)[0] == "not-accepted"
    assert refusal(stage, one, two, kind="above")[0] == "unknown-kind"
    assert refusal(stage, one, two, note="x" * 201)[0] == "too-long"
    assert refusal(stage, one, foreign)[0] == "not-allowed"
    for person in (RoleFactory(edition=stage.edition).user, build().chair):
        with pytest.raises(NotAllowed):
            add(stage, one, two, by=person)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(pairs=some.lists(some.tuples(some.integers(0, 5), some.integers(0, 5)), max_size=12))
def test_a_path_is_found_exactly_when_there_is_one(pairs):
    after: dict[int, list[Link]] = {}
    for one, other in pairs:
        after.setdefault(one, []).append(Link(one_id=one, other_id=other))
    reach = {(one, other) for one, other in pairs} | {(key, key) for key in range(6)}
    for middle in range(6):
        reach |= {(a, d) for a, b in reach if b == middle for c, d in reach if c == middle}
    for start in range(6):
        for end in range(6):
            found = links.shortest_path(after, start, end)
            assert (found is not None) == ((start, end) in reach)
            stations = [start, *(link.other_id for link in found or [])]
            assert found is None or (stations[-1] == end and [link.one_id for link in found] == stations[:-1])


def page(user, edition, more: str = "", **sent) -> str:
    client = Client()
    client.force_login(user)
    address = f"/e/{edition.slug}/timetable/links/{more}"
    answer = client.post(address, sent) if sent or more else client.get(address)
    return f"{answer.status_code} " + re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", answer.content.decode())


@pytest.mark.slow
def test_the_page_adds_shows_what_is_broken_and_removes(stage):
    one, two = stage.placed(title="One", hour=14).proposal, stage.placed(title="Two", hour=10).proposal
    sent = {"one": one.pk, "other": two.pk, "kind": "before", "is_rule": "wish", "note": "Basics first"}
    assert page(stage.chair, stage.edition, **sent).startswith("302")
    shown = page(stage.chair, stage.edition)
    assert all(words in shown for words in ("Basics first", "ends before", "not met"))
    refused = page(stage.chair, stage.edition, **sent)
    assert ("linked in this way already" in refused, 'value="Basics first"' in refused) == (True, True)
    assert page(stage.chair, stage.edition, one="x", other=two.pk).startswith("422")
    assert page(stage.chair, stage.edition, f"{Link.objects.get().pk}/remove/").startswith("302")
    assert "No links yet" in page(stage.chair, stage.edition)


@pytest.mark.slow
def test_a_chair_with_a_conflict_sees_nothing_of_a_link_with_a_hidden_session(stage):
    one, hidden, last = three(stage)
    walled = RoleFactory(edition=stage.edition, kind=RoleKind.COCHAIR).user
    ConflictFactory(user=walled, sponsor=hidden.sponsor)

    def outputs() -> tuple[str, list[str]]:
        return page(walled, stage.edition), [entry.fact for entry in audit(stage.edition, walled)]

    before = outputs()
    link = add(stage, one, hidden)
    again = add(stage, hidden, last)
    assert outputs() == before
    assert page(walled, stage.edition, f"{link.pk}/remove/").startswith("404")
    with pytest.raises(NotAllowed):
        links.remove(by=walled, link=again)
    with pytest.raises(NotAllowed):
        add(stage, one, hidden, kind="apart", by=walled)
    assert add(stage, last, one, by=walled).pk, "a refusal would tell of the hidden session between them"
    assert refusal(stage, one, last)[0] == "contradiction"
