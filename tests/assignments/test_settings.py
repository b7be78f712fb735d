"""Assignment settings: who may change them, what is refused, and what the journal keeps."""

import pytest

from expo.accounts.states import Sector
from expo.editions.models import Role
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed
from reviews.assignments.models import QueueSettings
from reviews.assignments.queries import lookups
from reviews.assignments.services import settings
from reviews.assignments.states import RepairMode

pytestmark = pytest.mark.django_db


def save(world, **values):
    return settings.save_settings(by=world.chair, edition=world.edition, **values)


def test_without_a_row_the_defaults_hold(world):
    found = lookups.settings_of(world.edition)
    assert (found.answer_days, found.repairs, found.chance_cap) == (7, RepairMode.ASK, 1.0)
    assert not QueueSettings.objects.exists()


def test_what_is_named_changes_what_is_not_stays_and_the_journal_says_what(world):
    save(world, answer_days=5, floor_share=0.05)
    save(world, floor_share=0.05, wants_senior=True)
    row = lookups.settings_of(world.edition)
    assert (row.answer_days, row.floor_share, row.wants_senior, row.remind_days) == (5, 0.05, True, 3)
    facts = Entry.objects.filter(fact="assignments.settings_saved").order_by("id")
    assert [(each.data, each.edition_id, each.actor) for each in facts] == [
        ({"answer_days": 5, "floor_share": 0.05}, world.edition.pk, world.chair),
        ({"wants_senior": True}, world.edition.pk, world.chair),
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("answer_days", 0, "out-of-range"),
        ("answer_days", "soon", "out-of-range"),
        ("floor_share", 0.5, "out-of-range"),
        ("chance_cap", float("nan"), "out-of-range"),
        ("repairs", "always", "unknown-choice"),
        ("wanted_at", None, "unknown-setting"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(world, name, value, code):
    with pytest.raises(Invalid) as refused:
        save(world, **{name: value})
    assert refused.value.code == code
    assert getattr(lookups.settings_of(world.edition), name) == getattr(QueueSettings(), name)


def test_only_a_cochair_of_the_edition_says_how_the_queue_works(world):
    with pytest.raises(NotAllowed):
        settings.save_settings(by=world.reviewer(), edition=world.edition, answer_days=5)
    assert not QueueSettings.objects.exists()


def test_roles_that_overlap_and_a_draw_exclude_each_other(world):
    for sector, is_senior in ((Sector.ACADEMIA, True), (Sector.INDUSTRY, True), (Sector.INDUSTRY, False)):
        world.reviewer()
        Role.objects.filter(pk=Role.objects.latest("id").pk).update(sector=sector, is_senior=is_senior)
    save(world, wants_sectors=True, chance_cap=0.9)  # two that share nobody: still a flow
    world.reviewer()
    Role.objects.filter(pk=Role.objects.latest("id").pk).update(sector=Sector.ACADEMIA, is_senior=False)
    with pytest.raises(Invalid) as refused:
        save(world, wants_senior=True)
    assert (refused.value.code, lookups.settings_of(world.edition).wants_senior) == ("roles-and-chance", False)
    save(world, wants_senior=True, chance_cap=1)


def test_a_change_that_lets_the_queue_do_more_wakes_it(world):
    save(world, answer_days=5)
    assert lookups.settings_of(world.edition).wanted_at is None
    save(world, is_rolling=True)
    assert lookups.settings_of(world.edition).wanted_at is not None
