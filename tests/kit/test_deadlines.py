"""A deadline includes its minute, in Python and in PostgreSQL alike."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.editions.models import Edition
from expo.kit.deadlines import has_passed, minute_of
from tests.factories import EditionFactory

MIDNIGHT = datetime(2027, 5, 4, tzinfo=UTC)
SECONDS = st.integers(-180, 180).map(lambda each: MIDNIGHT + timedelta(seconds=each))
MOMENTS = st.builds(lambda at, more: at + timedelta(microseconds=more), SECONDS, st.integers(0, 999_999))


@given(minutes=st.integers(-3, 3), now=MOMENTS)
def test_a_deadline_counts_until_its_minute_is_over(minutes: int, now: datetime) -> None:
    deadline = MIDNIGHT + timedelta(minutes=minutes)
    assert has_passed(deadline, now) == (now >= deadline + timedelta(minutes=1))


@given(deadline=MOMENTS, now=MOMENTS)
def test_seconds_of_a_deadline_change_nothing(deadline: datetime, now: datetime) -> None:
    assert has_passed(deadline, now) == has_passed(minute_of(deadline), now)


@pytest.mark.parametrize(
    ("hour", "minute", "second", "passed"),
    [(23, 58, 0, False), (23, 59, 0, False), (23, 59, 59, False), (0, 0, 0, True)],
)
def test_23_59_counts_until_24_00(hour: int, minute: int, second: int, passed: bool) -> None:
    day = MIDNIGHT if hour == 0 else MIDNIGHT - timedelta(days=1)
    deadline = MIDNIGHT - timedelta(minutes=1)
    assert has_passed(deadline, day.replace(hour=hour, minute=minute, second=second)) is passed


@pytest.mark.django_db
def test_postgresql_says_the_same() -> None:
    edition = EditionFactory(call_opens_at=None)
    deadlines = [MIDNIGHT + timedelta(seconds=each) for each in (-61, -60, -59, -1, 0, 1, 59, 60)]
    moments = [MIDNIGHT + timedelta(microseconds=each) for each in (-60_000_001, -1, 0, 1, 59_999_999, 60_000_000)]
    for deadline in deadlines:
        Edition.objects.filter(pk=edition.pk).update(call_closes_at=deadline)
        for now in moments:
            found = Edition.objects.filter(call_closes_at__lt=minute_of(now)).exists()
            assert found == has_passed(deadline, now), (deadline, now)
