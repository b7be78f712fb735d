"""The lists of cochairs and reviewers: what each can be narrowed, sorted and written to a file by."""

from collections.abc import Iterable
from typing import Any

from expo.kit.lists import Choice, Pick, WorkList

from .queries import coverage
from .queries.coverage import LiveAssignment, ReviewerRow
from .queries.reviewer_queue import BidRow
from .states import BidValue

SHOWS = {
    "gaps": ("Reviewers missing", lambda row: row.missing),
    "late": ("Late", lambda row: row.late),
    "unanswered": ("Offers unanswered", lambda row: row.offered),
    "expiring": ("Offers that expire soon", lambda row: row.expiring),
    "pinned": ("Pinned or forbidden", lambda row: row.is_ruled),
    "declined": ("Declined", lambda row: row.declined),
    "complete": ("All reviews in", lambda row: row.submitted_reviews >= row.needed),
}


def _named(live: Iterable[LiveAssignment]) -> str:
    return "; ".join(each.words for each in live)


class BoardList(WorkList[Any]):
    """Proposals in review with their counts; the most reviewers missing first."""

    page = "assignments:board"
    noun = "proposals"
    picks = (
        Pick(
            "show",
            "Any state",
            lambda row: [(code, "") for code, (_, holds) in SHOWS.items() if holds(row)],
            choices=[(code, words) for code, (words, _) in SHOWS.items()],
        ),
        Pick("format", "Any format", lambda row: [(row.format.slug, row.format.name)]),
    )
    sorts = {
        "code": lambda row: row.code,
        "title": lambda row: row.title.casefold(),
        "sponsor": lambda row: row.sponsor.name.casefold(),
        "missing": lambda row: row.missing,
        "in": lambda row: row.submitted_reviews,
        "late": lambda row: row.late,
    }
    columns = (
        ("Code", lambda row: row.proposal.code),
        ("Title", lambda row: row.proposal.title),
        ("Format", lambda row: row.proposal.format.name),
        ("Sponsor", lambda row: row.proposal.sponsor.name),
        ("Reviews wanted", lambda row: row.proposal.needed),
        ("Reviews in", lambda row: row.proposal.submitted_reviews),
        ("Missing", lambda row: row.proposal.missing),
        ("Late", lambda row: row.proposal.late),
        ("Reviewers", lambda row: _named(row.live)),
    )

    @staticmethod
    def search(row: Any) -> str:
        return f"{row.code} {row.title} {row.sponsor.name}"

    def file_rows(self) -> Iterable[Any]:
        """With the reviewers, who are looked up for the page's rows only."""
        return coverage.rows(list(self.rows))


def _states_of(row: ReviewerRow) -> Iterable[Choice]:
    if row.late:
        yield "late", "Late"
    if row.load > row.person.most:
        yield "over", "Above their limit"
    if row.load < row.person.most and not row.person.is_paused:
        yield "free", "With room for more"
    if row.person.is_paused:
        yield "paused", "Paused"
    if row.is_away:
        yield "away", "Away"
    if not row.person.has_answered:
        yield "unconfirmed", "Not confirmed"


class ReviewerList(WorkList[ReviewerRow]):
    """Reviewers with their load; the highest load first."""

    noun = "reviewers"
    extra = ("view",)
    whole = "view=reviewers"
    picks = (Pick("state", "Any state", _states_of),)
    sorts = {
        "name": lambda row: str(row.person.user).casefold(),
        "load": lambda row: row.load,
        "in": lambda row: row.submitted,
        "late": lambda row: row.late,
        "declined": lambda row: row.declined,
    }
    columns = (
        ("Reviewer", lambda row: str(row.person.user)),
        ("Sector", lambda row: row.person.sector),
        ("Senior", lambda row: row.person.is_senior),
        ("Load", lambda row: row.load),
        ("Limit", lambda row: row.person.most),
        ("Reviews in", lambda row: row.submitted),
        ("Late", lambda row: row.late),
        ("Declined", lambda row: row.declined),
        ("Invited by", lambda row: row.invited_by),
        ("State", lambda row: "; ".join(words for _, words in _states_of(row))),
    )

    @staticmethod
    def search(row: ReviewerRow) -> str:
        return str(row.person.user)


#: A reviewer's wish, in the words of its buttons.
BIDS = ((BidValue.WANT, "Want"), (BidValue.CAN, "Can"), (BidValue.NO, "Rather not"))


class BidList(WorkList[BidRow]):
    """What one may bid on, in one's own shuffled order."""

    noun = "proposals"
    size = 20
    picks = (
        Pick(
            "show",
            "Any answer",
            lambda row: [(row.value or "open", "")],
            choices=(("open", "Without my answer"), *((str(value), words) for value, words in BIDS)),
        ),
        Pick("topic", "Any topic", lambda row: row.topics),
    )

    @staticmethod
    def search(row: BidRow) -> str:
        return f"{row.code} {row.title}"
