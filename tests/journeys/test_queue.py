"""The queue by clicking: invited reviewers answer, a chair runs, pins, publishes and repairs, with a live worker."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from expo.editions.services import roles
from expo.editions.states import Phase, RoleKind
from expo.kit import clock
from reviews.assignments.models import Assignment
from reviews.assignments.states import AssignmentState
from tests import factories as make
from tests.live_workers import Worker

from .people import PASSWORD, Person

PATIENCE = 120_000
TEXTS = {
    "Sparse attention at scale": ("Efficiency", "We prune attention heads and measure latency of sparse attention."),
    "A robot that folds laundry": ("Robotics", "Grasp planning for cloth with a tactile robot hand."),
    "Grasping what bends": ("Robotics", "Deformable objects and tactile grasp planning on a robot."),
}
WROTE = "Tactile grasp planning for cloth\nRobot hands that feel deformable objects\n"


@pytest.fixture
def hall(transactional_db: None) -> SimpleNamespace:
    """An edition in review: three proposals of three sponsors, and two topics."""
    edition = make.EditionFactory(
        name="Expo of robots", phase=Phase.REVIEW, reviews_per_proposal=2, max_load=3,
        reviews_due_at=clock.now() + timedelta(days=20),
    )  # fmt: skip
    topics = {name: make.TopicFactory(edition=edition, name=name) for name in ("Efficiency", "Robotics")}
    tier = make.TierFactory(edition=edition)
    for title, (topic, abstract) in TEXTS.items():
        sponsor = make.SponsorFactory(edition=edition, tier=tier)
        made = make.SubmittedFactory(
            edition=edition, sponsor=sponsor, format=make.FormatFactory(edition=edition), title=title, abstract=abstract
        )
        made.topics.set([topics[topic]])
    return SimpleNamespace(edition=edition, topics=topics)


@pytest.fixture
def somebody(new_page: Any, worker: Worker) -> Callable[..., Person]:
    return lambda email, name="": Person(new_page(), worker, email, name)


def chair_of(hall: SimpleNamespace) -> str:
    user = make.UserFactory(email="chair@university.example", name="Cleo Chair")
    user.set_password(PASSWORD)
    user.save()
    make.RoleFactory(edition=hall.edition, user=user, kind=RoleKind.COCHAIR)
    return user.email


def invite(hall: SimpleNamespace, email: str, name: str) -> None:
    roles.grant_role(by=None, edition=hall.edition, email=email, name=name, kind=RoleKind.REVIEWER)


def test_a_chair_and_three_reviewers_fill_the_queue(hall: SimpleNamespace, somebody: Callable[..., Person]) -> None:
    chair = somebody(chair_of(hall), "Cleo Chair").sign_in()
    rea, rolf = come(hall, somebody, "Rea One", "Robotics"), come(hall, somebody, "Rolf Two", "Efficiency")
    come(hall, somebody, "Rita Three", "Efficiency")
    start(chair)
    pin_the_next_best(chair)
    publish(chair)
    accept_all(rea)
    title = decline_one(rolf)
    repair(chair, title)


def come(hall: SimpleNamespace, somebody: Callable[..., Person], name: str, topic: str) -> Person:
    """Invited by mail; one page takes expertise, load and days away, shows conflicts, and is confirmed."""
    email = f"{name.split()[0].lower()}@university.example"
    invite(hall, email, name)
    reviewer = somebody(email, name).come_in_by_invitation("will you review?")
    reviewer.reads("Where you work now")
    reviewer.page.locator('[name="employer1-organisation"]').fill("Free University")
    reviewer.press("Save without confirming")
    reviewer.reads("nor your e-mail addresses match a sponsor here")
    reviewer.tick(topic)
    if topic == "Robotics":
        reviewer.fill({"Publications to add": WROTE})
    reviewer.fill({"Maximum number of reviews": "3"})
    reviewer.press("Confirm invitation")
    reviewer.reads("Thank you")
    return reviewer


def start(chair: Person) -> None:
    chair.page.goto("/")
    chair.goes_to("Expo of robots")
    chair.opens("Assignments")
    chair.goes_to("Assign reviewers")
    chair.press("Start run")
    chair.page.get_by_role("button", name="Publish and notify reviewers").wait_for(timeout=PATIENCE)


def table(chair: Person) -> Any:
    return chair.page.get_by_role("table", name=re.compile("Proposed assignments"))


def pin_the_next_best(chair: Person) -> None:
    """A proposed pair opens to why and to who else; the chair pins somebody else and runs again."""
    robots = table(chair).get_by_role("row").filter(has_text="A robot that folds laundry")
    robots.locator("summary").filter(has_text="Rea One").click()
    expect(robots.get_by_text(re.compile("strongest terms?"))).to_be_visible()
    other = robots.locator("summary").filter(has_not_text="Rea One").first
    other.click()
    pin = robots.get_by_role("button", name=re.compile(r"^Pin (Rolf Two|Rita Three) to ")).locator("visible=true").last
    name = re.search(r"Pin (\w+ \w+) to", pin.inner_text().replace("\n", " "))
    assert name is not None
    pin.click()
    chair.reads(f"Pinned: {name[1]}")
    chair.press("Run again")
    chair.page.get_by_role("button", name="Publish and notify reviewers").wait_for(timeout=PATIENCE)
    expect(robots.locator("summary").filter(has_text=name[1])).to_contain_text("Pinned")


def publish(chair: Person) -> None:
    chair.goes_to("Fairness and proof")
    chair.reads("proved best")
    chair.press("Publish and notify reviewers")
    chair.reads("Published: 6 reviews offered")


def accept_all(reviewer: Person) -> None:
    reviewer.follow(reviewer.mail("to review"))
    offers = reviewer.page.get_by_role("button", name="Accept", exact=True)
    assert offers.count() > 0
    for left in range(offers.count() - 1, -1, -1):
        offers.first.click()
        expect(offers).to_have_count(left)


def decline_one(reviewer: Person) -> str:
    reviewer.follow(reviewer.mail("to review"))
    offer = reviewer.page.get_by_role("article").filter(has=reviewer.page.get_by_role("button", name="Accept")).first
    title: str = offer.get_by_role("heading").inner_text()
    offer.get_by_text(f"Decline {title}").click()
    reviewer.fill({"Reason": "I am ill."}, offer)
    reviewer.press("Decline", offer)
    reviewer.reads("Declined. The cochairs will find somebody else.")
    return title


def repair(chair: Person, title: str) -> None:
    """The queue prepares it by itself, says so by mail, shows only the difference; the chair publishes."""
    before = live()
    chair.follow(chair.mail("a repair of the review queue awaits your decision"))
    chair.goes_to("Open the preview")
    rows = table(chair).locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(title)
    chair.press("Publish and notify reviewers")
    chair.reads("Published: 1 review offered")
    after = live()
    assert before < after
    assert [Assignment.objects.get(pk=pk).proposal.title for pk in after - before] == [title]


def live() -> set[int]:
    open_ = [AssignmentState.OFFERED, AssignmentState.ACCEPTED]
    return set(Assignment.objects.filter(state__in=open_).values_list("pk", flat=True))
