r"""Measures whole pages through the test client: queries, and milliseconds of the processor and on the wall.

    EXPO_TEST_DB=test_bench python -m bench.pages [--sessions 20 1000] [--proposals 20 400 1000] [--times 5] \
        [--only NAME] [--json]

It fills a test database with editions of these sizes, one after the other, and takes everything back. One edition has
a timetable (4 days, rooms as needed, one session in ten not ready to be published) and, for the public program, a
release; one is being decided (three reviews a proposal, five criteria). Asked twice before it counts, each page is
measured `--times` times; a line tells the medians. The processor's time is this process's: PostgreSQL's is not in it.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import tests.environment  # noqa: F401 - the servers and settings of the tests
from bench.editor_check import filled

if TYPE_CHECKING:
    from django.http import HttpResponse

REVIEWS, CRITERIA, LEVELS = 3, 5, 4
REVIEWER_LOAD, SPONSOR_SHARE, ACCEPTED_FROM = 8, 6, 2.9


@dataclass(frozen=True)
class MeasuredPage:
    """A page of an edition of some size; `ask` gets it, or posts to it, and raises when it is refused."""

    name: str
    size: int
    ask: Callable[[], HttpResponse]


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(description="What whole pages cost.")
    parser.add_argument("--sessions", type=int, nargs="*", default=[20, 1000])
    parser.add_argument("--proposals", type=int, nargs="*", default=[20, 400, 1000])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--only", default="", help="pages whose name begins like this")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    for line in measured(options.sessions, options.proposals, options.times, options.only):
        plain = "{page:22} {size:5}   {queries:3} queries   {cpu_ms:7.0f} ms CPU   {wall_ms:7.0f} ms   {kilobytes:5} kB"
        print(json.dumps(line) if options.json else plain.format(**line), flush=True)


def measured(sessions: list[int], proposals: list[int], times: int, only: str) -> Iterator[dict[str, Any]]:
    """A line for each page; the database is left as it was."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")
    import django

    django.setup()
    from django.db import transaction
    from django.test.utils import setup_databases, setup_test_environment

    setup_test_environment()
    setup_databases(verbosity=0, interactive=False, keepdb=True)
    editions = [(_timetable_pages, size) for size in sessions] + [(_judging_pages, size) for size in proposals]
    for make_pages, size in editions:
        with transaction.atomic():
            try:
                for page in make_pages(size):
                    if page.name.startswith(only):
                        yield _timed(page, times)
            finally:
                transaction.set_rollback(True)


def _timed(page: MeasuredPage, times: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page.ask()  # compiles templates, and notes where somebody signed in
    with CaptureQueriesContext(connection) as counted:
        answer = page.ask()
    queries = len(counted)  # the next request forgets them
    taken = [_milliseconds(page.ask) for _ in range(times)]
    return {
        "page": page.name,
        "size": page.size,
        "queries": queries,
        "cpu_ms": round(median(cpu for cpu, _ in taken), 1),
        "wall_ms": round(median(wall for _, wall in taken), 1),
        "kilobytes": round(len(answer.content) / 1000),
    }


def _milliseconds(verb: Callable[[], Any]) -> tuple[float, float]:
    cpu, wall = process_time(), perf_counter()
    verb()
    return 1000 * (process_time() - cpu), 1000 * (perf_counter() - wall)


def _getter(person: Any) -> Callable[[str], Callable[[], HttpResponse]]:
    """What asks for an address as this person, or as nobody; an answer other than the page is an error."""
    from django.test import Client

    client = Client()
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def getter(address: str) -> Callable[[], HttpResponse]:
        def ask() -> HttpResponse:
            answer = client.get(address)
            assert answer.status_code == 200, f"{address}: {answer.status_code}"
            return answer

        return ask

    return getter


def _timetable_pages(size: int) -> Iterator[MeasuredPage]:
    """The chairs' pages of a timetable, publishing it, and the public's pages of what was published."""
    from django.db import transaction
    from django.test import Client
    from django.urls import reverse

    from expo.proposals.models import Proposal

    stage, made, _ = filled(size)
    slug, chair = stage.edition.slug, stage.chair
    keys = [row.pk for row in made]
    Proposal.objects.filter(pk__in=keys[size // 10 :]).update(state="confirmed")
    texts = {"public_title": "A session", "public_text": "Words. " * 60, "public_text_approved_at": datetime.now(UTC)}
    Proposal.objects.filter(pk__in=keys).update(**texts)
    _analyse()
    get = _getter(chair)

    def page(name: str, view: str, query: str = "") -> MeasuredPage:
        return MeasuredPage(name, size, get(reverse(view, args=[slug]) + query))

    yield page("timetable", "program:timetable")
    yield page("timetable, all days", "program:timetable", "?day=all")
    yield page("slots", "program:slots")
    yield page("links", "program:links")
    yield page("releases", "releases:list")
    client = Client()
    client.force_login(chair, backend="django.contrib.auth.backends.ModelBackend")
    sent = {"note": "", "leave_out": keys[: size // 10]}

    def publish() -> HttpResponse:
        answer = client.post(reverse("releases:publish", args=[slug]), sent)
        assert answer.status_code == 302, "not published"
        return answer

    def publish_and_take_back() -> HttpResponse:
        with transaction.atomic():
            answer = publish()
            transaction.set_rollback(True)
        return answer

    yield MeasuredPage("publish", size, publish_and_take_back)
    publish()
    Proposal.objects.filter(pk__in=keys[: size // 20]).update(state="confirmed")
    yield page("releases, the second", "releases:list")
    yield MeasuredPage("release", size, get(reverse("releases:detail", args=[slug, 1])))
    yield MeasuredPage("program", size, _getter(None)(reverse("releases:program", args=[slug])))
    yield page("on the day", "onsite:day")


def _judging_pages(size: int) -> Iterator[MeasuredPage]:
    """The chairs' pages of an edition whose reviews are in, and whose ranking is stored."""
    from django.urls import reverse

    from expo.proposals.models import Proposal
    from reviews.scoring.services import rankings

    edition, chair = _reviewed(size)
    _analyse()
    get = _getter(chair)
    rankings.keep_up(edition)
    code = Proposal.objects.filter(edition=edition).order_by("-id").values_list("code", flat=True)[0]
    views = {
        "decisions": "decisions:desk",
        "ranking": "scoring:standings",
        "assignments": "assignments:board",
        "overview": "insight:desk",
    }
    for name, view in views.items():
        yield MeasuredPage(name, size, get(reverse(view, args=[edition.slug])))
    for name, view in {"decide": "decisions:decide", "dossier": "scoring:dossier"}.items():
        yield MeasuredPage(name, size, get(reverse(view, args=[edition.slug, code])))
    yield MeasuredPage("home", size, get("/"))


def _analyse() -> None:
    """Without figures of the tables PostgreSQL plans for empty ones."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _reviewed(size: int) -> tuple[Any, Any]:
    """An edition with so many talks, each with its reviews, and two thirds of them decided."""
    from expo.editions.states import Phase
    from expo.proposals.models import Presenter, Proposal
    from reviews.assignments.models import Assignment
    from reviews.decisions.models import Decision
    from reviews.scoring.models import Review, Score
    from tests.factories import (
        CriterionFactory,
        DayFactory,
        EditionFactory,
        EntitlementFactory,
        FormatFactory,
        ReviewerProfileFactory,
        RoleFactory,
        RubricFactory,
        SponsorFactory,
        TierFactory,
        TopicFactory,
        TrackFactory,
    )

    dice, now = Random(3), datetime.now(UTC)
    edition = EditionFactory(phase=Phase.DECIDE)
    talk = FormatFactory(edition=edition)
    TrackFactory(edition=edition, formats=[talk])
    DayFactory(edition=edition, opens_at=time(9), closes_at=time(18))
    EntitlementFactory(tier=TierFactory(edition=edition), format=talk, may_submit=SPONSOR_SHARE, may_be_accepted=2)
    rubric = RubricFactory(edition=edition, frozen_at=now)
    levels = [list(CriterionFactory(rubric=rubric).levels.all()) for _ in range(CRITERIA)]
    chair = RoleFactory(edition=edition, kind="cochair").user
    topics = [TopicFactory(edition=edition) for _ in range(20)]
    reviewers = [RoleFactory(edition=edition).user for _ in range(max(REVIEWS, size * REVIEWS // REVIEWER_LOAD))]
    for reviewer in reviewers:
        ReviewerProfileFactory(edition=edition, user=reviewer).topics.set(dice.sample(topics, 3))
    sponsors = [SponsorFactory(edition=edition) for _ in range(-(-size // SPONSOR_SHARE))]
    made = Proposal.objects.bulk_create(
        Proposal(
            edition=edition,
            sponsor=sponsors[number % len(sponsors)],
            format=talk,
            state="submitted",
            title=f"Proposal {number} on forecasts that hold",
            abstract="Words. " * 300,
            created_by=chair,
            submitted_at=now - timedelta(days=30),
        )
        for number in range(size)
    )
    through = Proposal.topics.through
    through.objects.bulk_create(
        through(proposal_id=row.pk, topic_id=topic.pk) for row in made for topic in dice.sample(topics, 2)
    )
    Presenter.objects.bulk_create(
        Presenter(proposal=row, name=f"Person {number}", email=address, person=address)
        for number, row in enumerate(made)
        for address in [f"person{number}@x.example"]
    )
    assignments = Assignment.objects.bulk_create(
        Assignment(edition=edition, proposal=row, reviewer=reviewer, state="submitted", due_at=now, answered_at=now)
        for row in made
        for reviewer in dice.sample(reviewers, REVIEWS)
    )
    reviews = Review.objects.bulk_create(
        Review(assignment=row, state="submitted", for_chairs="Sound.", for_sponsor="Say more.", submitted_at=now)
        for row in assignments
    )
    merits = {row.pk: dice.uniform(0, LEVELS - 1) for row in made}
    Score.objects.bulk_create(
        Score(review=review, criterion=among[0].criterion, level=among[_level(merits[row.proposal_id], dice)])
        for row, review in zip(assignments, reviews, strict=True)
        for among in levels
    )
    Decision.objects.bulk_create(
        Decision(proposal=row, verdict=verdict, reason=f"{where}_the_line", decided_by=chair)
        for row in made[: 2 * size // 3]
        for verdict, where in [("accept", "above") if merits[row.pk] > ACCEPTED_FROM else ("reject", "below")]
    )
    return edition, chair


def _level(merit: float, dice: Random) -> int:
    return min(LEVELS - 1, max(0, round(merit + dice.gauss(0, 0.7))))


if __name__ == "__main__":
    main(sys.argv[1:])
