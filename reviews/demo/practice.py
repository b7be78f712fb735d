"""The pair of practice proposals of the demo edition under review, and what its reviewers answered."""

from random import Random

from expo.accounts.models import User
from expo.kit import clock
from reviews.rubrics.services.practice import answer_practice, save_practice

from .setup import Demo, person

STRONG = (
    "When does distillation of a ranking model stop paying off?",
    """We distilled a ranking model of 6 billion parameters into students of 30 to 900 million and measured each on two
public data sets and on our own traffic of one week.

Below 90 million parameters accuracy falls faster than the cost of serving. We show where that point lies, that it moves
with the share of rare queries, and the case in which our rule was wrong. The scripts of all figures are public.

Participants apply the rule to a model of their own in a notebook that we bring.""",
    {
        "research-substance": 4,
        "information": 4,
        "topic-fit": 3,
        "evidence": 4,
        "commercial-distance": 3,
        "presenters": 3,
    },
    """A **4** on evidence: baselines, conditions, a failure and public scripts. A **3** on commercial distance, because
the system is theirs though the rule holds without it. A **3** on topic fit: an hour is short for the notebook.""",
)
WEAK = (
    "The platform for everything that learns",
    """Our platform trains, serves and watches models in one place. It is up to ten times faster than others. Customers
in twelve countries use it every day.

We show the new version, its dashboard and the road map, and everybody gets three months for free.""",
    {
        "research-substance": 1,
        "information": 2,
        "topic-fit": 2,
        "evidence": 1,
        "commercial-distance": 1,
        "presenters": 1,
    },
    """“Ten times faster” with no word on what was measured is a **1** on evidence. It asks no question, so a **1** on
substance. The new version is of use to those who work with the product: a **2** on information, no more.""",
)


def practise(demo: Demo) -> str:
    """The cochair writes both, and every other reviewer has answered."""
    dice = Random(1312)  # noqa: S311 - a demo, the same each time
    with clock.at(demo.time.assigned):
        written = [
            save_practice(
                by=person("cochair"), edition=demo.edition, title=title, text=text, levels=levels, explanation=why
            )
            for title, text, levels, why in (STRONG, WEAK)
        ]
        for user in User.objects.filter(pk__in=demo.reviewers).order_by("email")[::2]:
            leans = dice.choice([-1, 0, 0, 1])
            for practice in written:
                levels = {
                    slug: min(4, max(1, value + dice.choice([0, 0, leans]))) for slug, value in practice.levels.items()
                }
                answer_practice(by=user, practice=practice, levels=levels)
    return "Practice proposals written"
