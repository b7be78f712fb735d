"""Measures the check while a chair drags: one JSON line with queries and milliseconds.

    EXPO_TEST_DB=test_bench python -m bench.editor_check [--sessions 1000] [--checks 200] [--json]

It fills a test database with an edition of so many sessions (4 days, rooms as needed, two presenters each, topics,
absences), asks about places all over it, and takes everything back. `check` is the read and its judgement;
`request` is the whole answer to the page's script: session, person, role, conflict wall, check.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import tests.environment  # noqa: F401 - the servers and settings of the tests

DAYS, STARTS, TOPICS = 4, 18, 40
HALVES = timedelta(minutes=30)


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(description="How long the check of a place takes, and how many queries.")
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--checks", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    line = measured(options.sessions, options.checks)
    print(json.dumps(line) if options.json else _plain(line))


def _plain(line: dict[str, Any]) -> str:
    return "  ".join(f"{key} {value}" for key, value in line.items())


def measured(sessions: int, checks: int) -> dict[str, Any]:
    """Everything, in a database that is left as it was."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")
    import django

    django.setup()
    from django.db import transaction
    from django.test.utils import setup_databases, setup_test_environment

    setup_test_environment()
    setup_databases(verbosity=0, interactive=False, keepdb=True)
    with transaction.atomic():
        try:
            return _timed(sessions, checks)
        finally:
            transaction.set_rollback(True)


def _timed(sessions: int, checks: int) -> dict[str, Any]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from expo.program.queries.conflicts import broken_rules, check_placements
    from expo.program.queries.problem import minute
    from expo.program.queries.surroundings import WantedPlacement, surroundings
    from expo.program.solver.problem import Place

    stage, made, starts = filled(sessions)
    dice = Random(1)
    rooms = list(stage.edition.rooms.all())
    asked = [(dice.choice(made), dice.choice(rooms), dice.choice(starts)) for _ in range(checks)]
    wants = [WantedPlacement(row.pk, Place(room.pk, minute(at)), row.length) for row, room, at in asked]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as counted:
        broken_rules(surroundings(stage.edition, [wants[0]]), wants[0].proposal, None)
    queries_alone = len(counted)
    alone = [
        _ms(lambda want=want: broken_rules(surroundings(stage.edition, [want]), want.proposal, None)) for want in wants
    ]
    whole = [_ms(lambda want=want: check_placements(stage.edition, stage.chair, want)) for want in wants]
    client = Client()
    client.force_login(stage.chair, backend="django.contrib.auth.backends.ModelBackend")
    addresses = [
        (reverse("program:check", args=[stage.edition.slug, row.code]), {"room": room.pk, "starts_at": _clock_text(at)})
        for row, room, at in asked
    ]
    with CaptureQueriesContext(connection) as all_counted:
        assert client.get(*addresses[0]).status_code == 200
    queries_all = len(all_counted)
    requests = [_ms(lambda each=each: client.get(*each)) for each in addresses]
    return {
        "sessions": sessions,
        "rooms": len(rooms),
        "queries": queries_alone,
        "median_ms": round(median(alone), 1),
        "p95_ms": round(quantiles(alone, n=20)[-1], 1),
        "with_wall_and_effects_median_ms": round(median(whole), 1),
        "request_queries": queries_all,
        "request_median_ms": round(median(requests), 1),
        "request_p95_ms": round(quantiles(requests, n=20)[-1], 1),
    }


def _ms(verb: Any) -> float:
    began = perf_counter()
    verb()
    return 1000 * (perf_counter() - began)


def _clock_text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"


def filled(sessions: int) -> tuple[Any, list[Any], list[datetime]]:
    """An edition with so many placed sessions of an hour, every room taken from nine to six."""
    from expo.editions.models import Day, Room
    from expo.program.models import Session
    from expo.proposals.models import Availability, Presenter, Proposal
    from tests.factories import EXPO_DAY, SponsorFactory, TopicFactory
    from tests.program.conftest import build

    stage = build()
    edition = stage.edition
    edition.rest_minutes, edition.walk_minutes = 5, 10
    edition.save()
    stage.talks.room = None
    stage.talks.save()
    days = [EXPO_DAY + timedelta(days=number) for number in range(DAYS)]
    Day.objects.bulk_create(Day(edition=edition, date=day, opens_at=time(9), closes_at=time(18)) for day in days[1:])
    rooms = Room.objects.bulk_create(
        Room(edition=edition, name=f"Hall {number}", capacity=100, area=f"area {number % 4}", position=number)
        for number in range(-(-sessions // (DAYS * STARTS // 2)))
    )
    sponsors = [SponsorFactory(edition=edition) for _ in range(60)]
    topics = [TopicFactory(edition=edition) for _ in range(TOPICS)]
    author, now, dice = stage.chair, datetime.now(UTC), Random(2)
    made = Proposal.objects.bulk_create(
        Proposal(
            edition=edition,
            sponsor=dice.choice(sponsors),
            format=stage.talk,
            state="accepted",
            title=f"Session {number}",
            abstract="Words. " * 300,
            expected_audience=dice.randrange(40, 160),
            created_by=author,
            submitted_at=now,
        )
        for number in range(sessions)
    )
    through = Proposal.topics.through
    through.objects.bulk_create(
        through(proposal_id=row.pk, topic_id=topic.pk) for row in made for topic in dice.sample(topics, 2)
    )
    people = Presenter.objects.bulk_create(
        Presenter(proposal=row, name=f"Person {key}", email=address, person=address, position=place)
        for row in made
        for place, key in enumerate(dice.sample(range(sessions), 2))
        for address in [f"person{key}@x.example"]
    )
    nine = [datetime.combine(day, time(9), edition.zone).astimezone(UTC) for day in days]
    Availability.objects.bulk_create(
        Availability(presenter=person, starts_at=nine[0], ends_at=nine[0] + timedelta(hours=2))
        for person in people[::5]
    )
    hours = [begin + timedelta(hours=number) for begin in nine for number in range(STARTS // 2)]
    places = [(room, at) for room in rooms for at in hours]
    placed = []
    for row, (room, at) in zip(made, places, strict=False):
        session = Session(edition=edition, proposal=row, track=stage.talks)
        session.move_to(room.pk, at, 60, 0)
        placed.append(session)
    Session.objects.bulk_create(placed)
    return stage, made, [at + half for at in hours for half in (timedelta(0), HALVES)]


if __name__ == "__main__":
    main(sys.argv[1:])
