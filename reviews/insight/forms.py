"""The mail and the journal of an edition as lists: what they are searched, narrowed and sorted by."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, QuerySet
from django.http import QueryDict

from expo.journal.models import Entry
from expo.kit.lists import Chip, Pick, QueryList
from expo.notify.models import Message
from expo.notify.states import MessageState

# --- The journal ----------------------------------------------------------------------------------------

#: What an app's one-word facts are about; facts of several words name it themselves.
_NOUNS = {
    "assignments": "Assignment",
    "decisions": "Verdict",
    "editions": "Edition",
    "proposals": "Proposal",
    "releases": "Release",
    "rubrics": "Rubric",
    "sponsors": "Sponsor",
}
_EVENTS = {
    "decisions.decided": "Verdict given",
    "decisions.feedback_read": "Feedback read",
    "decisions.waitlist_moved": "Moved on the waiting list",
    "decisions.fit_asked": "Asked whether it can be scheduled",
    "decisions.fit_answered": "Answered whether it can be scheduled",
    "decisions.put_in_batch": "Verdict put in a batch",
    "decisions.taken_out_of_batch": "Verdict taken out of its batch",
    "decisions.scenario_kept": "What-if kept",
    "decisions.scenario_deleted": "What-if deleted",
    "decisions.skipped": "Verdict left out of a release",
    "program.why_not_asked": "Asked why not",
    "program.why_not_answered": "Answered why not",
    "releases.left_out": "Session left out of a release",
    "rubrics.set_up": "Rubric set up",
    "rubrics.version_started": "New version of the rubric started",
    "rubrics.version_adopted": "New version of the rubric adopted",
    "rubrics.version_discarded": "New version of the rubric discarded",
    "rubrics.own_dropped": "Format's own rubric dropped",
    "rubrics.practice_saved": "Practice proposal saved",
    "rubrics.practice_removed": "Practice proposal removed",
    "rubrics.practised": "Practice proposal answered",
}


def event(fact: str) -> str:
    """A fact of the journal in words."""
    if fact in _EVENTS:
        return _EVENTS[fact]
    app, _, rest = fact.partition(".")
    words = rest.replace("_", " ")
    if rest.startswith("run_"):
        return f"{'Assignment' if app == 'assignments' else 'Timetable'} {words}"
    if " " not in words or words in ("put back", "taken back"):
        return f"{_NOUNS.get(app, app.capitalize())} {words}"
    return words.capitalize()


class Journal(QueryList):
    """Who did what, newest first."""

    page, noun = "insight:audit", "events"
    search_in = ("label__icontains", "actor__name__icontains", "actor__email__icontains")
    picks = (Pick("fact", "Any event", lookup="fact"),)
    columns = (
        ("At", lambda entry: entry.at),
        ("Event", lambda entry: event(entry.fact)),
        ("About", lambda entry: entry.label),
        ("Person", lambda entry: entry.actor or "Expo"),
        ("Key", lambda entry: entry.fact),
    )

    def options_of(self, pick: Pick) -> list[tuple[str, str, int | None]]:
        """The facts that occur, in words, with their numbers."""
        rows = self.queryset.order_by().values_list("fact").annotate(number=Count("pk"))
        return sorted(((fact, event(fact), number) for fact, number in rows), key=lambda each: each[1])

    @property
    def events(self) -> Iterable[tuple[Entry, str]]:
        """The page's entries with their words."""
        return [(entry, event(entry.fact)) for entry in self.page_obj]


# --- The mail -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MailGroup:
    """The messages of one subject."""

    newest: Message
    count: int
    failed: int
    waiting: int

    @property
    def others(self) -> int:
        return self.count - 1


class Mails(QueryList):
    """Messages, newest first; as long as nothing is asked for, those of one subject are one row."""

    page, noun = "insight:outbox", "messages"
    search_in = ("subject__icontains", "recipient__name__icontains", "recipient__email__icontains")
    picks = (Pick("state", "Any state", choices=MessageState.choices(), lookup="state"),)
    orders = {"subject": "subject", "to": "recipient__name", "state": "state", "sent": "created_at"}
    columns = (
        ("Subject", lambda message: message.subject),
        ("To", lambda message: message.recipient.email),
        ("State", lambda message: message.get_state_display()),
        ("Made", lambda message: message.created_at),
        ("Sent", lambda message: message.sent_at),
    )
    extra = ("subject",)

    def __init__(self, params: QueryDict, rows: QuerySet[Message]) -> None:
        self.everything = rows
        self.subject = params.get("subject", "").replace("\x00", "")
        super().__init__(params, rows.filter(subject=self.subject) if self.subject else rows)

    def options_of(self, pick: Pick) -> list[tuple[str, str, int | None]]:
        """The states, each with its number of messages."""
        numbers = dict(self.everything.order_by().values_list("state").annotate(number=Count("pk")))
        return [(value, words, numbers.get(value, 0)) for value, words, _ in super().options_of(pick)]

    @cached_property
    def total(self) -> int:
        return self.everything.count()

    @property
    def is_filtered(self) -> bool:
        return bool(self.subject) or super().is_filtered

    @property
    def chips(self) -> list[Chip]:
        """The subject is a filter too."""
        return [*([Chip(self.subject, self.address(subject=None))] if self.subject else []), *super().chips]

    @property
    def is_grouped(self) -> bool:
        return not (self.is_filtered or self.sort)

    @cached_property
    def groups(self) -> Page[Any]:
        """A page of subjects, that of the newest message first: the page's groups are `MailGroup`s."""
        undelivered = Q(state__in=[MessageState.FAILED, MessageState.UNCERTAIN])
        waiting = Q(state__in=[MessageState.QUEUED, MessageState.SENDING])
        rows = self.queryset.order_by().values("subject")
        rows = rows.annotate(newest=Max("pk"), count=Count("pk"), failed=Count("pk", filter=undelivered))
        rows = rows.annotate(waiting=Count("pk", filter=waiting)).order_by("-newest")
        page = Paginator(rows, self.size).get_page(self.params.get("page"))
        newest = self.queryset.in_bulk([row["newest"] for row in page])
        page.object_list = [
            MailGroup(newest[row["newest"]], row["count"], row["failed"], row["waiting"]) for row in page
        ]
        return page

    @cached_property
    def opened(self) -> Message | None:
        """The message that the address opens."""
        asked = self.params.get("message", "")
        return self.everything.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
