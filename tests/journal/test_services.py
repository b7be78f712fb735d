"""The journal: append-only, and every reaction done once."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db import DatabaseError, transaction

from expo import reactions
from expo.editions.models import Topic
from expo.journal import queries, services
from expo.journal.models import Entry, Reaction
from expo.journal.tasks import reaction
from expo.kit import clock
from tests.concurrency import race
from tests.factories import EditionFactory, TopicFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def fact(monkeypatch):
    """A fact that two tasks react to."""
    monkeypatch.setitem(reactions.REACTIONS, "tests.told", ("tests.first", "tests.second"))
    return "tests.told"


def test_a_fact_keeps_who_did_what_to_which_thing():
    user, topic = UserFactory(), TopicFactory(name="Systems")
    entry = services.record("tests.named", by=user, target=topic, data={"was": "System"})
    entry.refresh_from_db()
    assert (entry.actor, entry.fact, entry.target_type, entry.target_id, entry.label, entry.edition_id, entry.data) == (
        user, "tests.named", "editions.topic", topic.pk, "Systems", topic.edition_id, {"was": "System"},
    )  # fmt: skip


def test_an_entry_outlives_its_target():
    topic = TopicFactory(name="Systems")
    services.record("tests.named", by=None, target=topic)
    Topic.objects.all().delete()
    assert Entry.objects.get().label == "Systems"


@pytest.mark.parametrize(
    "tamper",
    [
        lambda entry: Entry.objects.filter(pk=entry.pk).update(fact="tests.forged"),
        lambda entry: Entry.objects.filter(pk=entry.pk).delete(),
        lambda entry: entry.delete(),
        lambda entry: entry.save(),
    ],
)
def test_postgresql_refuses_to_change_or_delete_an_entry(tamper):
    entry = services.record("tests.told_before", by=None)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        tamper(entry)
    assert Entry.objects.get().fact == "tests.told_before"


def test_a_fact_nobody_reacts_to_is_only_written_down():
    services.record("tests.unheard_of", by=None)
    assert (Entry.objects.count(), Reaction.objects.count()) == (1, 0)


def test_a_fact_that_is_rolled_back_never_was(fact):
    with transaction.atomic():
        services.record(fact, by=None)
        transaction.set_rollback(True)
    assert (Entry.objects.count(), Reaction.objects.count()) == (0, 0)


def test_every_task_of_a_fact_has_its_own_tick(fact):
    entry = services.record(fact, by=None)
    first, second = entry.reactions.order_by("id")
    seen = []
    assert services.perform(first.pk, lambda entry: seen.append(entry.fact)) is True
    assert services.perform(first.pk, lambda entry: seen.append(entry.fact)) is False
    second.refresh_from_db()
    assert (seen, second.done_at) == ([fact], None)


def test_an_unknown_reaction_is_nothing_to_do():
    assert services.perform(0, lambda entry: pytest.fail("nobody asked")) is False


def test_a_reaction_that_fails_leaves_no_half_work_and_says_why(fact):
    entry = services.record(fact, by=None)
    found = entry.reactions.first()

    def half(entry):
        TopicFactory()
        raise RuntimeError("the lights went out")

    reaction("tests.first")(half)
    from celery import current_app

    with pytest.raises(RuntimeError):
        current_app.tasks["tests.first"].run(found.pk)
    found.refresh_from_db()
    assert (found.done_at, found.attempts, found.last_error) == (None, 1, "RuntimeError('the lights went out')")
    assert not Topic.objects.exists()
    assert services.perform(found.pk, lambda entry: None) is True
    assert Reaction.objects.get(pk=found.pk).attempts == 2


def test_the_sweep_dispatches_again_only_for_what_is_late_and_open(fact, monkeypatch):
    sent = []
    monkeypatch.setattr(services, "send", lambda task, pk: sent.append((task, pk)))
    entry = services.record(fact, by=None)
    first, second = entry.reactions.order_by("id")
    services.perform(second.pk, lambda entry: None)
    sent.clear()
    assert services.sweep() == 0
    with clock.at(clock.now() + services.SWEEP_AFTER + timedelta(seconds=1)):
        assert services.sweep() == 1
    assert sent == [("tests.first", first.pk)]


@pytest.mark.django_db(transaction=True)
def test_workers_racing_for_one_reaction_do_it_once(monkeypatch):
    monkeypatch.setitem(reactions.REACTIONS, "tests.told", ("tests.first",))
    edition = EditionFactory()
    found = services.record("tests.told", by=None).reactions.get()

    def react(entry):
        TopicFactory(edition=edition)

    outcomes = race(*[lambda: services.perform(found.pk, react)] * 4)
    assert sorted(outcomes) == [False, False, False, True]
    assert Topic.objects.count() == 1


def test_postgresql_keeps_one_reaction_per_fact_and_task(fact):
    entry = services.record(fact, by=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Reaction.objects.create(entry=entry, task="tests.first")


def test_every_reaction_is_a_task_that_a_worker_knows():
    current_app.loader.import_default_modules()
    named = {task for tasks in reactions.REACTIONS.values() for task in tasks}
    assert named - set(current_app.tasks) == set()


def test_readers_see_their_edition_without_what_their_wall_hides():
    mine, other = EditionFactory(), EditionFactory()
    shown = services.record("tests.shown", by=None, edition_id=mine.pk)
    services.record("tests.hidden", by=None, edition_id=mine.pk, proposal_id=7)
    services.record("tests.elsewhere", by=None, edition_id=other.pk)
    assert list(queries.entries(mine.pk, hidden_proposals=[7])) == [shown]
    assert queries.entries(mine.pk).count() == 2


def test_a_things_history_is_told_from_the_beginning():
    topic = TopicFactory()
    fact = [services.record(f"tests.{n}", by=None, target=topic) for n in ("first", "second")]
    services.record("tests.other", by=None, target=TopicFactory())
    assert list(queries.history("editions.topic", topic.pk)) == fact


def test_every_fact_names_its_reactions_by_whole_task_names() -> None:
    assert [fact for fact, tasks in reactions.REACTIONS.items() if not all("." in task for task in tasks)] == []
