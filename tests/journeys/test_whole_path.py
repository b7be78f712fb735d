"""The whole path by clicking: from an empty database to a published program, with a live worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from expo.kit.runs import RunState
from expo.program.models import Run as ProgramRun
from reviews.assignments.models import Run as AssignmentRun
from tests import factories as make
from tests.live_workers import Worker, wait_until

from . import steps_call as call
from . import steps_decide as decide
from . import steps_program as program
from . import steps_review as review
from . import steps_setup as setup
from .people import PASSWORD, Person
from .steps_call import Text

pytestmark = [pytest.mark.slow, pytest.mark.journey]
Step = Callable[[Person], None]
FIRST = Text("Sparse attention at scale", "Talk", "Efficiency", "Ann Abel")
ROBOT = Text("A robot that folds laundry", "Demo", "Robotics", "Ann Abel")
WORKSHOP = Text("Causal discovery by hand", "Workshop", "Causality", "Bob Baker", "Workshops A")
TALK = Text("Tokenizers revisited", "Talk", "Language models", "Bob Baker")
TOYS = Text("What toys teach agents", "Talk", "Robotics", "Cem Celik")
LEVELS = {FIRST.title: 4, ROBOT.title: 3, WORKSHOP.title: 3, TOYS.title: 2, TALK.title: 1}
WORDS = "Show the tokenizers that failed, too."


@pytest.fixture
def somebody(new_page: Any, worker: Worker) -> Callable[..., Person]:
    """Opens a browser for a person; nobody has asked for too many mails yet."""
    cache.clear()
    return lambda email, name="": Person(new_page(), worker, email, name)


def test_whole_path(somebody: Callable[..., Person], worker: Worker, tmp_path: Path) -> None:
    """SIGKILL in the middle of both runs: another worker finishes, with what an undisturbed run finds."""

    def assign(chair: Person) -> None:
        worker.kill()
        review.start_a_run(chair, lambda: start_and_kill(worker, AssignmentRun))
        found = review.preview(chair)
        review.discard(chair)
        review.start_a_run(chair)
        assert review.preview(chair) == found
        review.publish(chair)

    def schedule(chair: Person) -> None:
        worker.kill()
        program.start_the_scheduler(chair, lambda: start_and_kill(worker, ProgramRun))
        found = program.proposed(chair)
        program.discard(chair)
        program.start_the_scheduler(chair)
        assert program.proposed(chair) == found
        program.adopt(chair)

    walk(somebody, tmp_path, assign, schedule)
    runs = [run for room in (AssignmentRun, ProgramRun) for run in room.objects.order_by("id") if run.started_by]
    assert [run.attempts for run in runs] == [2, 1, 2, 1]


def start_and_kill(worker: Worker, room: Any) -> None:
    """A fresh worker is caught in the run, for it has its solver still to load; then another one starts."""
    worker.start()
    wait_until(lambda: room.objects.filter(state=RunState.RUNNING).exists(), "the worker to claim the run", pause=0.01)
    worker.kill()
    assert room.objects.filter(state=RunState.RUNNING).exists(), "the run ended before the worker was killed"
    worker.start()


def walk(somebody: Callable[..., Person], folder: Path, assign: Step, schedule: Step) -> None:
    """Steps 1 to 7; how step 3 and step 6 are run is the caller's."""
    the_first_administrator()
    organiser = somebody("root@expo.example", "Rut Root").sign_in()
    set_up(organiser, folder)
    nora, carl, tim = sponsors_come(somebody)
    sponsors_propose(nora, carl, tim)
    a_colleague_signs_up(somebody, nora)
    setup.move_phase(organiser, "Close the call", "review")

    chair = somebody("chair@university.example", "Cleo Chair").come_in_by_invitation("You are a cochair")
    chair.goes_to(setup.EDITION)
    reviewers = reviewers_come(somebody)
    review.look_at_the_rubric(chair)
    assign(chair)
    everybody_reviews(chair, reviewers)

    setup.move_phase_as_chair(chair, "Start deciding", "decide")
    chairs_decide(chair)
    decide.sees_no_verdict(nora, FIRST)
    decide.release(chair, "First verdicts", 5)
    sponsors_answer(nora, carl, tim)

    setup.move_phase_as_chair(chair, "Start scheduling", "schedule")
    schedule(chair)
    program.move_into_a_clash(chair, FIRST.title, ROBOT.title)
    program.move(chair, FIRST.title, "17:00 to 18:00")
    program.publish(chair)
    everybody_reads_the_same(somebody("nobody@home.example"))


def the_first_administrator() -> None:
    """As `createsuperuser` makes one: nobody else could let the first person in."""
    root = make.UserFactory(email="root@expo.example", name="Rut Root", is_staff=True, is_superuser=True)
    root.set_password(PASSWORD)
    root.save()


def everybody_reads_the_same(stranger: Person) -> None:
    """Page, JSON and calendar name the same sessions at the same times; what was rejected is nowhere."""
    shown = program.by_api(stranger.page)
    assert [title for title, _ in shown] == sorted(text.public_title for text in (FIRST, ROBOT, WORKSHOP))
    assert program.by_calendar(stranger.page) == shown
    assert program.read_the_program(stranger.page) == [title for title, _ in shown]


def a_colleague_signs_up(somebody: Callable[..., Person], contact: Person) -> None:
    """Somebody has no part until a contact invites them and they accept."""
    colleague = somebody("olaf@northwind.example")
    call.sign_up(colleague)
    colleague.reads("You have no role in any edition yet")
    call.invite_to_the_team(contact, "Northwind Research", colleague.email)
    colleague.accept_the_invitation()
    call.see_what_the_tier_allows(colleague, "1 of 2 submitted, 1 left", "1 of 1 submitted, none left")
    colleague.goes_to(FIRST.title)


def set_up(organiser: Person, folder: Path) -> None:
    setup.create_the_edition(organiser)
    setup.set_the_calendar(organiser)
    setup.add_topics_and_a_tier(organiser)
    setup.upload_sponsors(organiser, folder)
    setup.add_a_sponsor(organiser, "Tailspin Toys", "tim@tailspin.example")
    setup.give_roles(organiser, folder)
    setup.move_phase(organiser, "Open the call", "call")


def sponsors_come(somebody: Callable[..., Person]) -> list[Person]:
    invited = [
        ("nora@northwind.example", "Nora North"),
        ("carl@contoso.example", "Carl Conto"),
        ("tim@tailspin.example", "Tim Tail"),
    ]
    come = [somebody(*each).join_the_team_by_invitation() for each in invited]
    for each in come:
        each.goes_to(setup.EDITION)
    return come


def sponsors_propose(nora: Person, carl: Person, tim: Person) -> None:
    call.see_what_the_tier_allows(nora, "0 of 2 submitted, 2 left", "0 of 1 submitted, 1 left")
    call.propose_clumsily(nora, FIRST)
    for sponsor, text in ((nora, ROBOT), (carl, WORKSHOP), (carl, TALK), (tim, TOYS)):
        call.propose(sponsor, text)


def reviewers_come(somebody: Callable[..., Person]) -> list[Person]:
    people = [
        ("rev1@university.example", "Rea One", "Efficiency"),
        ("rev2@institute.example", "Rolf Two", "Robotics"),
        ("rev3@lab.example", "Rita Three", "Language models"),
        ("rev4@company.example", "Ravi Four", "Causality"),
    ]
    found = []
    for email, name, topic in people:
        reviewer = somebody(email, name).come_in_by_invitation("will you review?")
        review.choose_topics(reviewer, topic)
        found.append(reviewer)
    return found


def everybody_reviews(chair: Person, reviewers: list[Person]) -> None:
    reason = "I know the authors too well."
    title = review.decline_one(reviewers[0], reason)
    review.assign_another(chair, title, reason)
    for reviewer in reviewers:
        review.accept_all(reviewer)
    assert sum(review.review_all(reviewer, LEVELS) for reviewer in reviewers) == 10


def chairs_decide(chair: Person) -> None:
    decide.look_at_the_ranking(chair, FIRST.title)
    for text in (FIRST, ROBOT, WORKSHOP):
        decide.decide(chair, text.title, "Accept")
    decide.decide(chair, TOYS.title, "Waitlist")
    decide.decide_with_words(chair, TALK.title, "Reject", "Below the line", WORDS)


def sponsors_answer(nora: Person, carl: Person, tim: Person) -> None:
    decide.sees_verdict(carl, TALK, "Not accepted", WORDS)
    decide.sees_verdict(tim, TOYS, "On the waiting list", "")
    for sponsor, text in ((nora, FIRST), (nora, ROBOT), (carl, WORKSHOP)):
        decide.confirm(sponsor, text)
