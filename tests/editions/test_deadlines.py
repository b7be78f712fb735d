"""Deadlines Anywhere on Earth: typed, shown, mailed and told by the API in one zone; grace."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.template import Context, Template

from expo.editions.forms import CalendarForm
from expo.editions.models import DEADLINES, Edition
from expo.editions.services import lifecycle
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid
from tests.factories import EditionFactory, RoleFactory

#: 3 May 2027, 23:59 Anywhere on Earth, which is 4 May, 07:59 in New York.
CLOSES = datetime(2027, 5, 4, 11, 59, tzinfo=UTC)


def anywhere(**fields: object) -> Edition:
    return EditionFactory(
        call_opens_at=None, call_closes_at=CLOSES, reviews_due_at=None, deadlines_anywhere=True, **fields
    )


def calendar(edition: Edition, **changes: object) -> CalendarForm:
    values = {
        name: value
        for name, value in CalendarForm.initial_of(edition).items()
        if value is not None and value is not False
    }
    return CalendarForm({**values, **changes})


@pytest.mark.django_db
def test_the_text_stays_as_typed_when_the_box_changes() -> None:
    edition = EditionFactory(
        call_opens_at=datetime(2027, 4, 1, 13, tzinfo=UTC), call_closes_at=datetime(2027, 5, 4, 3, 59, tzinfo=UTC),
        reviews_due_at=None,
    )  # fmt: skip
    typed = CalendarForm.initial_of(edition)["call_closes_at"]
    assert typed.isoformat() == "2027-05-03T23:59:00"
    form = calendar(edition, deadlines_anywhere="on")
    assert form.is_valid(), form.errors
    organiser = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    saved = lifecycle.save_calendar(by=organiser, edition=edition, **form.cleaned_data)
    assert saved.call_closes_at == CLOSES
    assert saved.call_opens_at == datetime(2027, 4, 1, 13, tzinfo=UTC)
    assert CalendarForm.initial_of(saved)["call_closes_at"] == typed


@pytest.mark.django_db
def test_a_deadline_is_shown_and_mailed_anywhere_on_earth_with_the_viewers_clock_beside() -> None:
    edition = anywhere()
    user = RoleFactory.build(user__time_zone="Europe/Berlin").user
    page = Template("{% load ui %}{% when edition.call_closes_at zone=edition.deadline_time_zone %}")
    shown = re.sub(r"<[^>]*>", "", page.render(Context({"edition": edition, "user": user})))
    assert shown == "Mon 3 May 2027, 23:59 Anywhere on Earth (AoE) (4 May, 13:59 your time)"
    mail = Template("{% load ui %}{{ edition.call_closes_at|in_mail:edition.deadline_time_zone }}")
    assert mail.render(Context({"edition": edition})) == "Monday 3 May 2027, 23:59 (Anywhere on Earth (AoE))"
    assert mail.render(Context({"edition": EditionFactory(call_closes_at=CLOSES)})) == (
        "Tuesday 4 May 2027, 07:59 (America/New_York)"
    )


@pytest.mark.django_db
def test_the_api_gives_deadlines_with_their_offset(client) -> None:
    edition = anywhere(phase=Phase.CALL)
    answer = client.get(f"/api/v1/editions/{edition.slug}/").json()
    assert (answer["deadlines_anywhere"], answer["call_closes_at"]) == (True, "2027-05-03T23:59:00-12:00")


def test_no_template_shows_a_deadline_in_another_zone() -> None:
    """Each place that draws one of them names the zone of deadlines."""
    dates = re.compile(
        rf"\{{[{{%][^}}]*\b({'|'.join(DEADLINES)}|due_at|confirm_by|freezes_at|waits_until)\b[^}}]*[}}%]\}}"
    )
    draws = re.compile(r"^\{% when |\|(timezone|date|in_mail)\b")
    wrong = [
        f"{path.name}: {found[0]}"
        for path in (settings.BASE_DIR / "templates").rglob("*.*")
        for found in dates.finditer(path.read_text())
        if draws.search(found[0]) and "deadline_time_zone" not in found[0] and "zone=zone" not in found[0]
    ]
    assert wrong == []


@pytest.mark.django_db
def test_grace_is_saved_with_its_old_value_and_ends_before_the_reviews_are_due() -> None:
    edition = EditionFactory(call_grace_minutes=15)
    organiser = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    lifecycle.save_calendar(by=organiser, edition=edition, call_grace_minutes=90)
    entry = Entry.objects.get(fact="editions.calendar_saved")
    assert entry.data == {"changed": {"call_grace_minutes": 90}, "was": {"call_grace_minutes": 15}, "phase": "call"}
    for minutes in (-1, 7 * 24 * 60 + 1):
        with pytest.raises(Invalid):
            lifecycle.save_calendar(by=organiser, edition=edition, call_grace_minutes=minutes)
    with pytest.raises(Invalid, match="grace is over"):
        lifecycle.save_calendar(
            by=organiser, edition=edition, call_grace_minutes=7 * 24 * 60,
            reviews_due_at=edition.call_closes_at.replace(microsecond=0) + (CLOSES - CLOSES.replace(hour=0)),
        )  # fmt: skip
