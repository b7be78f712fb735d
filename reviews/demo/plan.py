"""What the demo edition is made of, and when things happened in it. Pure: the same size gives the same plan.

Titles, kinds, sponsors and presenters are facts, carried over from public programs with their source
(`sessions.csv`). Whatever is not on record (a sponsor, a person, a text, a score) is invented and says "demo".
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

SESSIONS = Path(__file__).with_name("sessions.csv")
SIZES = {"s": (24, 12), "m": (86, 30), "l": (2000, 400)}
DEMO_SPONSORS = 17
TOPICS: dict[str, tuple[str, ...]] = {
    "Language models": ("llm", "language model", "small language", "post-training", "llama", "attention"),
    "Agents": ("agent", "multi-agent", "autogen", "sidekick", "assistant"),
    "Evaluation": ("eval", "benchmark", "verification", "reasoning", "interpretab"),
    "Vision and media": ("vision", "video", "image", "diffusion", "multimodal", "media", "generation"),
    "Finance and forecasting": ("financ", "trading", "quantitative", "time-series", "forecast"),
    "Systems and hardware": (
        "hardware",
        "infrastructure",
        "inference",
        "trainium",
        "optimi",
        "smartphone",
        "scale",
        "on-device",
    ),
    "Robotics and driving": ("robot", "driving", "autonomy", "cruise", "tesla"),
    "Data": ("data", "label", "corpus", "retriev"),
    "Health and science": ("health", "cancer", "patient", "science", "bio", "drug"),
    "Graphs and recommendation": ("graph", "personali", "recommend", "mining"),
    "Safety and trust": ("safe", "harm", "trust", "privacy", "federated", "responsible"),
}
OTHER_TOPIC = "Machine learning in practice"


@dataclass(frozen=True)
class PlannedProposal:
    """A proposal-to-be; `quality` is what an ideal reviewer would see, in standard deviations."""

    sponsor: str
    format: str
    title: str
    presenters: tuple[str, ...]
    topics: tuple[str, ...]
    source: str
    quality: float
    is_recruiting: bool


@dataclass(frozen=True)
class PlannedSponsor:
    name: str
    tier: str
    is_demo: bool


@dataclass(frozen=True)
class PlannedReviewer:
    """`employer` is a sponsor's name for some, so that conflicts exist; `severity` in standard deviations."""

    name: str
    sector: str
    is_senior: bool
    employer: str | None
    topics: tuple[str, ...]
    severity: float

    @property
    def publications(self) -> list[str]:
        """Invented titles, so that what a reviewer wrote says something about what they know."""
        words = {topic: TOPICS.get(topic, ("practice",)) for topic in self.topics}
        return [f"{word} in {topic.lower()} (invented)" for topic, some in words.items() for word in some[:4]]


@dataclass(frozen=True)
class Plan:
    sponsors: tuple[PlannedSponsor, ...]
    proposals: tuple[PlannedProposal, ...]
    reviewers: tuple[PlannedReviewer, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        return (*TOPICS, OTHER_TOPIC)


def plan(size: str) -> Plan:
    """The plan of a size: `s` 24 proposals and 12 reviewers, `m` every session on record and 30, `l` 2,000 and 400."""
    n_proposals, n_reviewers = SIZES[size]
    dice = Random(f"expo demo {size}")  # noqa: S311 - a demo, no secret
    proposals = tuple(_proposals(n_proposals, dice))
    sponsors = []
    for name, count in sorted(Counter(proposal.sponsor for proposal in proposals).items()):
        tier = "Diamond" if count > 3 else "Platinum" if count > 1 else "Gold"
        sponsors.append(PlannedSponsor(name, tier, name.startswith("Demo Sponsor")))
    return Plan(tuple(sponsors), proposals, tuple(_reviewers(n_reviewers, sponsors, dice)))


def _proposals(n: int, dice: Random) -> Iterator[PlannedProposal]:
    with SESSIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if n < len(rows):
        # A small edition takes sessions with a sponsor on record first, and every kind.
        by_type: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (not row["sponsor"], row["title"])):
            by_type[_format(row)].append(row)
        counts = {"talk": n // 2, "demo": n // 4, "workshop": n - n // 2 - n // 4}
        rows = [row for kind, count in counts.items() for row in by_type[kind][:count]]
    for index in range(n):
        again, at = divmod(index, len(rows))
        row = rows[at]
        number = index // 3 if again else index % DEMO_SPONSORS
        title = row["title"][:1].upper() + row["title"][1:]
        named = [name.strip() for name in row["presenters"].split(";") if name.strip() and "other" not in name]
        known = [topic for topic, keys in TOPICS.items() if any(key in title.lower() for key in keys)]
        yield PlannedProposal(
            sponsor=("" if again else row["sponsor"]) or f"Demo Sponsor {number + 1:03d}",
            format=_format(row),
            title=" ".join((f"{title} (demo copy {again})" if again else title).split())[:160],
            presenters=tuple(named[:3]) or (f"Demo Presenter {index + 1}",),
            topics=tuple(known[:3]) or (OTHER_TOPIC,),
            source=f"{row['conference']} {row['year']}, {row['source']}",
            quality=dice.gauss(0, 1),
            is_recruiting=dice.random() < 0.08,
        )


def _format(row: dict[str, str]) -> str:
    return row["type"] if row["type"] in ("talk", "demo", "workshop") else "talk"


def _reviewers(n: int, sponsors: list[PlannedSponsor], dice: Random) -> Iterator[PlannedReviewer]:
    topics = [*TOPICS, OTHER_TOPIC]
    for index in range(n):
        is_academic = index % 2 == 0
        employer = sponsors[index % len(sponsors)].name if index % 3 == 1 else None
        yield PlannedReviewer(
            name=f"Demo Reviewer {index + 1:03d}",
            sector="academia" if is_academic and employer is None else "industry",
            is_senior=index % 4 == 0,
            employer=employer,
            topics=tuple(dice.sample(topics, 5)),
            severity=dice.gauss(0, 0.5),
        )


def level(proposal: PlannedProposal, reviewer: PlannedReviewer, dice: Random) -> int:
    """The level from 1 to 4 that this reviewer gives: quality less severity plus noise, on a scale centred at 2.6."""
    observed = 2.6 + 0.7 * proposal.quality - 0.5 * reviewer.severity + dice.gauss(0, 0.5)
    return max(1, min(4, round(observed)))


STAGES = ("call", "review", "decide", "schedule", "published")


@dataclass(frozen=True)
class Timeline:
    """Moments of the edition's life, for the stage that it has reached today."""

    set_up: datetime
    opens: datetime
    closes: datetime
    assigned: datetime
    reviews_due: datetime
    verdicts: datetime
    planned: datetime
    released: datetime
    slots_freeze: datetime
    expo_day: date


#: How many days ago (or ahead, if negative) the call closed, per stage.
CLOSED_AGO = {"call": -12, "review": 9, "decide": 26, "schedule": 40, "published": 55}


def timeline(stage: str, now: datetime) -> Timeline:
    """The timeline of a stage; the call closes at the end of a day, three weeks before reviews are due."""
    closes = now.replace(hour=23, minute=59, second=0, microsecond=0) - timedelta(days=CLOSED_AGO[stage])
    earliest = (closes + timedelta(days=84)).date()

    def after(days: float) -> datetime:
        return min(closes + timedelta(days=days), now)

    return Timeline(
        set_up=closes - timedelta(days=40),
        opens=closes - timedelta(days=35),
        closes=closes,
        assigned=after(1),
        reviews_due=closes + timedelta(days=21),
        verdicts=closes + timedelta(days=32),
        planned=after(40),
        released=after(50),
        slots_freeze=closes + timedelta(days=70),
        expo_day=earliest + timedelta(days=6 - earliest.weekday()),  # a Sunday
    )
