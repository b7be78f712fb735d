"""Asking people to review, one or several at a time."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from expo.accounts.models import User
from expo.accounts.queries import by_email
from expo.accounts.services import checked_email
from expo.accounts.states import Sector
from expo.editions.models import Edition, Role, Topic
from expo.editions.services.roles import invite_reviewer
from expo.editions.states import RoleKind
from expo.kit.errors import Invalid, Refused
from expo.kit.policy import require

from .imports import fill_profile

MOST_AT_ONCE = 50
_ADDRESS = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+")


@dataclass(frozen=True)
class Invited:
    """Who was asked, and who reviews in the edition already: they got no mail, and nothing about them changed."""

    new: tuple[User, ...]
    known: tuple[User, ...]


@transaction.atomic
def invite(
    *,
    by: User,
    edition: Edition,
    people: str,
    topics: Iterable[Topic] = (),
    sector: str = Sector.INDUSTRY,
    is_senior: bool = False,
) -> Invited:
    """Invite everybody in `people` (see `read_people`) as reviewers who know these topics; all or nobody."""
    require(by, "editions.invite_reviewer", edition)
    chosen = list(topics)
    if any(topic.edition_id != edition.pk for topic in chosen):
        raise Invalid("foreign-topic", "One of these topics belongs to another edition.", field="topics")
    new, known = [], []
    for name, email in read_people(people):
        there = Role.objects.filter(edition=edition, kind=RoleKind.REVIEWER, user=by_email(email))
        if (role := there.select_related("user").first()) is not None:
            known.append(role.user)
            continue
        try:
            made = invite_reviewer(by=by, edition=edition, email=email, name=name, sector=sector, is_senior=is_senior)
        except Refused as refusal:
            refusal.field = "people"
            raise
        fill_profile(by, edition, made.user, chosen, None)
        new.append(made.user)
    return Invited(tuple(new), tuple(known))


def read_people(text: str) -> list[tuple[str, str]]:
    """Names and addresses, one person in a line or between semicolons, in any order; each address once.

    `Ada Example <ada@example.org>`, `ada@example.org, Ada Example` and an address alone say the same. Refuses, with the
    line, what holds no address or several.
    """
    people: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for part in filter(None, map(str.strip, line.split(";"))):
            found = _ADDRESS.findall(part)
            if len(found) != 1:
                problem = "has no e-mail address" if not found else "has more than one e-mail address"
                raise Invalid(
                    "bad-line",
                    f"Line {number} {problem}: “{part[:80]}”. Write each person in a line of their own.",
                    field="people",
                )
            email = checked_email(found[0], "people")
            people.setdefault(email, " ".join(_ADDRESS.sub(" ", part).strip(' \t<>(),:"').split()))
    if not people:
        raise Invalid("nobody", "Enter at least one e-mail address.", field="people")
    if len(people) > MOST_AT_ONCE:
        raise Invalid(
            "too-many-at-once",
            f"These are {len(people)} people; {MOST_AT_ONCE} at once is the most. Import a table for more.",
            field="people",
        )
    return [(name, email) for email, name in people.items()]
