"""The people of the load bench and what they have: drafts of sponsors, assignments of reviewers, a published day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from html.parser import HTMLParser
from random import Random
from typing import Any

DRAFTS, MAY_SUBMIT = 3, 2
REVIEWS, CRITERIA = 3, 5
SYLLABLES = [first + second for first in "bdfklmnprstv" for second in ("a", "e", "i", "o", "u", "an", "or", "el")]
PARAGRAPH = "We show how forecasts scale with data – and where they fail. Code, data and all failures are open. "


@dataclass
class Draft:
    """A proposal's form as its writer last saw it; `text` is what the site last said it had kept."""

    address: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    text: str = ""
    is_sure: bool = True  # not when an answer to a save was lost
    submitted: int = 0


@dataclass
class Writer:
    """Somebody in a sponsor's team."""

    key: str
    drafts: list[Draft]

    @property
    def open_drafts(self) -> list[Draft]:
        return [draft for draft in self.drafts if not draft.submitted]


@dataclass
class Reviewer:
    """Somebody with assignments; each is a form like a draft's."""

    key: str
    forms: list[Draft]


@dataclass
class World:
    """Who asks for what."""

    mine: str
    writers: list[Writer]
    reviewers: list[Reviewer]
    program: str
    schedule: str


class FormReader(HTMLParser):
    """What a browser would send of the form that holds `marker`, without its buttons."""

    def __init__(self, page: str, marker: str) -> None:
        super().__init__()
        self.marker, self.fields = marker, dict[str, list[str]]()
        self._now, self._open = dict[str, list[str]](), ""
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._now = {}
        elif tag == "input" and name:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._now.setdefault(name, []).append(given.get("value") or "")
        elif tag == "textarea":
            self._open = name
            self._now[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._now.setdefault(self._select, []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._open = ""
        elif tag == "form" and self.marker in self._now:
            self.fields = self._now

    def handle_data(self, data: str) -> None:
        if self._open:
            self._now[self._open][0] += data


def build(sponsors: int, reviewers: int, sessions: int) -> World:
    """Fill an empty database."""
    from django.db import connection

    mine, writers = _call(sponsors)
    world = World(mine, writers, _review(reviewers), *_published(sessions))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return world


def _invented(dice: Random, words: int) -> str:
    """A text that no other is a near-copy of."""
    return " ".join("".join(dice.choices(SYLLABLES, k=3)) for _ in range(words)).capitalize()


def _call(sponsors: int) -> tuple[str, list[Writer]]:
    from django.urls import reverse

    from expo.proposals.models import Presenter, Proposal
    from tests import factories as make

    dice = Random(1)
    edition = make.EditionFactory()
    formats = [make.FormatFactory(edition=edition, slug=slug) for slug in ("talk", "demo", "workshop")]
    tracks = [make.TrackFactory(edition=edition, formats=formats) for _ in range(3)]
    tier = make.TierFactory(edition=edition)
    for each in formats:
        make.EntitlementFactory(tier=tier, format=each, may_submit=MAY_SUBMIT)
    make.DayFactory(edition=edition)
    topics = [make.TopicFactory(edition=edition) for _ in range(20)]
    members = [make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=edition, tier=tier)) for _ in range(sponsors)]
    texts = {"public_text": PARAGRAPH * 5, "public_text_approved_at": datetime.now(UTC)}
    made = Proposal.objects.bulk_create(
        Proposal(
            edition=edition,
            sponsor=member.sponsor,
            format=formats[0],
            track=tracks[number],
            title=_invented(dice, 5),
            public_title=f"Forecasts that hold, {number}",
            abstract=_invented(dice, 350),
            takeaways=_invented(dice, 10),
            created_by=member.user,
            public_text_approved_by=member.user,
            **texts,
        )
        for member in members
        for number in range(DRAFTS)
    )
    through = Proposal.topics.through
    through.objects.bulk_create(
        through(proposal_id=row.pk, topic_id=topic.pk) for row in made for topic in dice.sample(topics, 3)
    )
    Presenter.objects.bulk_create(
        Presenter(proposal=row, name=f"Person {number} {row.pk}", email=address, person=address, position=number)
        for row in made
        for number in range(2)
        for address in [f"person{number}of{row.pk}@x.example"]
    )
    own: dict[int, list[Draft]] = {}
    for row in made:
        own.setdefault(row.sponsor_id, []).append(Draft(reverse("proposals:detail", args=[edition.slug, row.code])))
    writers = [Writer(_session_key(member.user), own[member.sponsor_id]) for member in members]
    return reverse("proposals:mine", args=[edition.slug]), writers


def _review(reviewers: int) -> list[Reviewer]:
    from django.urls import reverse

    from expo.editions.states import Phase
    from tests import factories as make

    dice = Random(2)
    edition = make.EditionFactory(phase=Phase.REVIEW)
    talk = make.FormatFactory(edition=edition)
    make.TrackFactory(edition=edition, formats=[talk])
    make.DayFactory(edition=edition, opens_at=time(9), closes_at=time(18))
    make.EntitlementFactory(tier=make.TierFactory(edition=edition), format=talk)
    rubric = make.RubricFactory(edition=edition)
    for _ in range(CRITERIA):
        make.CriterionFactory(rubric=rubric)
    proposals = [
        make.SubmittedFactory(edition=edition, format=talk, abstract=PARAGRAPH * 25) for _ in range(max(REVIEWS, 40))
    ]
    found = []
    for _ in range(reviewers):
        user = make.UserFactory()
        rows = [
            make.AssignmentFactory(edition=edition, proposal=row, reviewer=user)
            for row in dice.sample(proposals, REVIEWS)
        ]
        forms = [Draft(reverse("scoring:review", args=[edition.slug, row.pk])) for row in rows]
        found.append(Reviewer(_session_key(user), forms))
    return found


def _published(sessions: int) -> tuple[str, str]:
    from django.urls import reverse

    from bench.editor_check import filled
    from expo.proposals.models import Proposal
    from expo.releases.services import publish

    stage, made, _ = filled(sessions)
    texts = {"public_title": "A session", "public_text": PARAGRAPH * 5, "public_text_approved_at": datetime.now(UTC)}
    Proposal.objects.filter(pk__in=[row.pk for row in made]).update(state="confirmed", **texts)
    publish(by=stage.chair, edition=stage.edition)
    slug = stage.edition.slug
    return reverse("releases:program", args=[slug]), reverse("releases:artefact", args=[slug, "schedule.json"])


def _session_key(user: Any) -> str:
    """The cookie of somebody who signed in a while ago."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def faults(world: World) -> list[str]:
    """What was lost, doubled or let through against a limit; all texts of drafts and reviews are looked up."""
    from django.db.models import Count

    from expo.journal.models import Entry
    from expo.proposals.models import Proposal
    from expo.proposals.states import ProposalState
    from reviews.scoring.models import Review

    found: list[str] = []
    drafts = [draft for writer in world.writers for draft in writer.drafts]
    rows = {
        row.code: row for row in Proposal.objects.select_related("working_copy").filter(code__in=map(_last, drafts))
    }
    reviews = {str(row.assignment_id): row for row in Review.objects.all()}
    forms = [form for reviewer in world.reviewers for form in reviewer.forms]

    def compare(kind: str, given: list[Draft], text_of: Callable[[str], str | None]) -> None:
        found.extend(
            f"{kind} {_last(each)}: the last acknowledged text is lost"
            for each in given
            if each.text and each.is_sure and text_of(_last(each)) != each.text
        )

    compare("proposal", drafts, lambda code: rows[code].abstract.split("\n")[0])
    compare("review", forms, lambda key: reviews[key].for_chairs if key in reviews else None)
    for draft in drafts:
        is_submitted = rows[_last(draft)].state == ProposalState.SUBMITTED
        if draft.is_sure and is_submitted != (draft.submitted > 0):
            found.append(
                f"proposal {_last(draft)}: acknowledged {draft.submitted} times, but {rows[_last(draft)].state}"
            )
    found += [
        f"sponsor {row['sponsor']}: {row['n']} submitted, {MAY_SUBMIT} allowed"
        for row in Proposal.objects.filter(pk__in=[row.pk for row in rows.values()], state=ProposalState.SUBMITTED)
        .values("sponsor", "format")
        .annotate(n=Count("pk"))
        if row["n"] > MAY_SUBMIT
    ]
    for fact in ("proposals.submitted", "scoring.review_submitted"):
        entries = Entry.objects.filter(fact=fact).values("target_type", "target_id").annotate(n=Count("pk"))
        found += [f"{fact} of {row['target_id']}: {row['n']} times" for row in entries if row["n"] > 1]
    revisions = Proposal.objects.annotate(n=Count("revisions")).filter(n__gt=1)
    found += [f"proposal {row.code}: {row.n} revisions" for row in revisions]
    return found


def _last(draft: Draft) -> str:
    return draft.address.rstrip("/").rpartition("/")[2]
