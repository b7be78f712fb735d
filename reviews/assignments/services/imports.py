"""Imports of reviewers and of ready-made offers from tables."""

from collections import Counter
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Q

from expo.accounts.models import User
from expo.accounts.queries import by_email
from expo.accounts.services import checked_email
from expo.accounts.states import Sector
from expo.editions.models import Edition, Role, Topic, Upload
from expo.editions.services.roles import invite_reviewer
from expo.editions.services.uploads import Outcome, import_rows
from expo.editions.states import RoleKind, UploadKind
from expo.journal.services import record
from expo.kit import clock, csv_import
from expo.kit.errors import Invalid, Refused
from expo.kit.policy import require
from expo.kit.text import listed
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState

from ..models import Assignment
from ..queries.roster import ENDED
from ..states import LIVE, AssignmentState, InvitationAnswer
from .assignments import Dates, assign, lock_queue, notify_offered
from .profiles import MOST_LOAD, lock_profile

# Column, whether it must be filled, what it holds, an example for the template.
REVIEWER_COLUMNS = (
    ("email", True, "The reviewer's address; an unknown person is invited.", "ada@example.org"),
    ("name", False, "Used if the person has no account yet.", "Ada Example"),
    ("sector", False, f"One of {', '.join(Sector)}; empty: industry, or as it is.", "academia"),
    ("senior", False, "yes or no; empty: no, or as it is.", "yes"),
    ("topics", False, "Topics of this edition with semicolons between; empty: as they are.", "Vision; Speech"),
    ("load", False, "The most reviews they take on; empty: the edition's usual, or as it is.", "6"),
)
OFFER_COLUMNS = (
    ("code", True, "The proposal's code.", "AB12CD"),
    ("reviewer", True, "The e-mail address of one of this edition's reviewers.", "ada@example.org"),
)
YES, NO = {"yes", "y", "true", "1", "x", "senior"}, {"no", "n", "false", "0"}


def needed(columns: tuple[tuple[str, bool, str, str], ...]) -> tuple[str, ...]:
    """The columns that a table must have."""
    return tuple(name for name, must, *_ in columns if must)


def _known(columns: tuple[tuple[str, bool, str, str], ...]) -> tuple[str, ...]:
    return (*(name for name, *_ in columns), "reason")


def import_reviewers(*, by: User, edition: Edition, data: bytes, filename: str = "") -> Upload:
    """Invite reviewers and fill in what they know. An empty cell changes nothing; what they confirmed stays."""
    require(by, "editions.invite_reviewer", edition)
    must = needed(REVIEWER_COLUMNS)
    table = csv_import.read(data, needed=must, known=_known(REVIEWER_COLUMNS))
    topics = {name: topic for topic in edition.topics.all() for name in (topic.name.casefold(), topic.slug)}
    lines: dict[str, int] = {}

    def take(row: csv_import.CsvRow) -> Outcome:
        # Two rows about one person could contradict each other; the first one counts.
        before = lines.setdefault(checked_email(row.values["email"]), row.line)
        if before != row.line:
            raise Invalid("line-twice", f"Line {before} is about the same person. Keep one of them.", field="email")
        return _reviewer(by, edition, row.values, topics)

    return import_rows(
        by=by, edition=edition, kind=UploadKind.REVIEWERS, filename=filename, table=table, needed=must, take=take
    )


@transaction.atomic
def import_offers(*, by: User, edition: Edition, data: bytes, filename: str = "") -> Upload:
    """Offer each line's proposal to its reviewer, checked as by hand; one mail to each. What is there stays."""
    require(by, "assignments.run", edition)
    must = needed(OFFER_COLUMNS)
    table = csv_import.read(data, needed=must, known=_known(OFFER_COLUMNS))
    lock_queue(edition)  # before the edition's row: publishing takes them in this order too
    offered: Counter[User] = Counter()

    def take(row: csv_import.CsvRow) -> Outcome:
        reviewer, outcome = _offer_row(by, edition, row.values["reviewer"], row.values["code"])
        offered[reviewer] += outcome == "added"
        return outcome

    upload = import_rows(
        by=by, edition=edition, kind=UploadKind.OFFERS, filename=filename, table=table, needed=must, take=take
    )
    entry = record("assignments.offers_imported", by=by, target=upload, data={"offered": offered.total()})
    for reviewer, count in offered.items():
        if count:
            notify_offered(reviewer, edition, entry, count, Dates.of(edition).due_at)
    return upload


def _reviewer(by: User, edition: Edition, cells: Mapping[str, str], topics: Mapping[str, Topic]) -> Outcome:
    chosen = _topics(cells.get("topics", ""), topics)
    load = cells.get("load", "")
    if load and not (load.isascii() and load.isdigit() and len(load) < 6 and int(load) <= MOST_LOAD):
        raise Invalid("load-range", f"The load is a whole number from 0 to {MOST_LOAD}.", field="load")
    user = by_email(checked_email(cells["email"]))
    role = Role.objects.filter(edition=edition, user=user, kind=RoleKind.REVIEWER).first() if user else None
    named, senior = cells.get("sector", ""), cells.get("senior", "")
    if named and named.lower() not in list(Sector):
        choices = listed(Sector, last="or")
        raise Invalid("unknown-sector", f"“{named[:40]}” is not a sector; use {choices}.", field="sector")
    sector = Sector(named.lower() or (role.sector if role else Sector.INDUSTRY))
    if senior and senior.lower() not in YES | NO:
        raise Invalid("not-yes-or-no", f"“{senior[:40]}” is neither yes nor no.", field="senior")
    is_senior = senior.lower() in YES if senior else role is not None and role.is_senior
    made = invite_reviewer(
        by=by,
        edition=edition,
        email=cells["email"],
        name=cells.get("name", ""),
        sector=sector,
        is_senior=is_senior,
    )
    profile_changed = fill_profile(by, edition, made.user, chosen, int(load) if load else None)
    if role is None:
        return "added"
    return "changed" if profile_changed or (role.sector, role.is_senior) != (sector, is_senior) else "unchanged"


def fill_profile(by: User, edition: Edition, user: User, topics: Collection[Topic], load: int | None) -> bool:
    """Topics and load that whoever invites names, where they differ; whether anything changed. For services."""
    if not topics and load is None:
        return False
    profile = lock_profile(user, edition)  # they may be confirming at this moment
    before = {topic.pk for topic in profile.topics.all()}
    new_topics = bool(topics) and {topic.pk for topic in topics} != before
    new_load = load is not None and profile.max_load != load
    if not new_topics and not new_load:
        return False
    if profile.answer == InvitationAnswer.CONFIRMED:
        raise Invalid(
            "reviewer-chose",
            f"{user} has confirmed other {'topics' if new_topics else 'numbers'} than these. "
            "Those count: leave the cell empty, or ask them to change it.",
            field="topics" if new_topics else "load",
        )
    profile.max_load = load if new_load else profile.max_load
    profile.updated_at = clock.now()
    profile.save(update_fields=["max_load", "updated_at"])
    if new_topics:
        profile.topics.set(topics)
    data = {"topics": sorted(topic.slug for topic in topics), "max_load": load}
    record("assignments.profile_imported", by=by, target=profile, data=data)
    return True


def _topics(text: str, known: Mapping[str, Topic]) -> list[Topic]:
    """Names or slugs between semicolons or bars; commas only where no name holds one."""
    names = [" ".join(name.split()) for name in text.replace("|", ";").split(";")]
    if len(names) == 1 and names[0].casefold() not in known:
        names = [" ".join(name.split()) for name in text.split(",")]
    unknown = [name for name in names if name and name.casefold() not in known]
    if unknown:
        choices = ", ".join(sorted({topic.name for topic in known.values()})) or "none yet; add topics first"
        raise Invalid(
            "unknown-topic",
            f"There is no topic “{unknown[0][:40]}”. Topics of this edition: {choices}.",
            field="topics",
        )
    return [known[name.casefold()] for name in names if name]


def _offer_row(by: User, edition: Edition, email: str, code: str) -> tuple[User, Outcome]:
    """Live assignments stay as they are, and an import asks nobody twice: that is done by hand.

    An unknown address and one of somebody of other editions get the same refusal, and so do a hidden proposal and a
    code that does not exist.
    """
    roles = Role.objects.filter(edition=edition, kind=RoleKind.REVIEWER, user=by_email(email))
    role = roles.select_related("user").first()
    if role is None:
        raise Invalid(
            "not-a-reviewer",
            f"No reviewer of this edition has the address “{email[:80]}”. Invite them first.",
            field="reviewer",
        )
    reviewer = role.user
    awaiting = for_chairs(by, edition).filter(code__iexact=code, state=ProposalState.SUBMITTED)
    proposal = awaiting.select_related("edition").first()
    if proposal is None:
        raise Invalid(
            "unknown-code",
            f"No proposal with the code {code[:20]} awaits review, or you may not see it. Check the code.",
            field="code",
        )
    by_system = Q(state=AssignmentState.RELEASED, decline_reason="")
    earlier = Assignment.objects.filter(proposal=proposal, reviewer=reviewer).exclude(by_system)
    states = list(earlier.order_by("id").values_list("state", flat=True))
    if set(states) & set(LIVE):
        return reviewer, "unchanged"
    if states:
        raise Invalid(
            "ended-before",
            f"{reviewer} is not asked again by an import. {ENDED[AssignmentState(states[-1])]} "
            "Ask again on the proposal's page if you mean to.",
            field="reviewer",
        )
    try:
        assign(by=by, proposal=proposal, reviewer=reviewer, notify=False)
    except Refused as refusal:
        refusal.field = "reviewer"
        raise
    return reviewer, "added"
