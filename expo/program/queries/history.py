"""The timetable's changes as the journal tells them: a chair's own steps, and what others have changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall, wall
from expo.proposals.queries.listing import accepted

from ..models import Run, Session

#: How far back one can go.
MOST_ENTRIES = 300
SESSION_FACT = "program.session_"
RUN_FACTS = ("program.run_adopted", "program.adoption_undone", "program.adoption_redone")
BREAK_FACTS = ("program.room_blocked", "program.room_unblocked")
FACTS = (
    *(f"{SESSION_FACT}{verb}" for verb in ("placed", "unplaced", "moved", "resized", "pinned", "unpinned")),
    *RUN_FACTS,
    *BREAK_FACTS,
)


@dataclass(frozen=True)
class PlacementChange:
    """What a step made of one session; None: it was, or is, unscheduled."""

    proposal: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class TimetableStep:
    """One act of a chair: `label` says it ("moving “Title” to Hall A, 10:00"), `id` is its first journal entry.

    `break_change`: a break before and after the step, where the step is about one.
    """

    id: int
    fact: str
    target: int | None
    changes: tuple[PlacementChange, ...]
    break_change: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None] | None
    label: str = ""

    @property
    def name(self) -> str:
        """The label as a button says it: "Move “Title” to Hall A, 10:00"."""
        verb, _, rest = self.label.partition(" ")
        return f"{_VERBS.get(verb, verb)} {rest}"


_VERBS = {
    "adding": "Add",
    "removing": "Remove",
    "adopting": "Adopt",
    "swapping": "Swap",
    "unscheduling": "Unschedule",
    "placing": "Place",
    "moving": "Move",
    "giving": "Give",
    "pinning": "Pin",
    "unpinning": "Unpin",
}


@dataclass(frozen=True)
class UndoRedo:
    """What Undo and Redo would do now."""

    undo: TimetableStep | None
    redo: TimetableStep | None


def undo_redo(edition: Edition, viewer: User) -> UndoRedo:
    """The viewer's last step that still counts, and the last one they undid. What their wall hides is left alone."""
    hidden = behind_the_wall(viewer, edition)
    rows = Entry.objects.filter(edition_id=edition.pk, actor=viewer, fact__in=FACTS).order_by("-id")[:MOST_ENTRIES]
    last: list[TimetableStep | None] = []
    for stack in _stacks(rows):
        visible = [step for step in stack if not any(change.proposal in hidden for change in step.changes)]
        last.append(next((step for step in reversed(visible) if step.changes or step.break_change), None))
    keys = {change.proposal for step in last if step and len(step.changes) <= 2 for change in step.changes}
    titles = dict(Proposal.objects.filter(pk__in=keys).values_list("pk", "title"))
    return UndoRedo(*(step and replace(step, label=_step_label(step, titles, edition)) for step in last))


def _stacks(latest_first: Iterable[Entry]) -> tuple[list[TimetableStep], list[TimetableStep]]:
    """Steps done and undone; a step of several sessions writes several entries and is moved over once."""
    done: dict[int, TimetableStep] = {}
    undone: dict[int, TimetableStep] = {}
    first: dict[str, int] = {}
    for row in reversed(list(latest_first)):
        if (key := row.data.get("undoes")) is not None:
            if key in done:
                undone[key] = done.pop(key)
        elif (key := row.data.get("redoes")) is not None:
            if key in undone:
                done[key] = undone.pop(key)
        else:
            key = first.setdefault(row.data.get("step", str(row.pk)), row.pk)
            done[key] = _step_with(done.get(key), row)
            undone.clear()
    return list(done.values()), list(undone.values())


def _step_with(step: TimetableStep | None, row: Entry) -> TimetableStep:
    """The step with what one more entry says of it."""
    data = row.data
    if row.fact in BREAK_FACTS:
        return TimetableStep(row.pk, row.fact, row.target_id, (), (data.get("from"), data.get("to")))
    changes = data.get("changes", []) if row.fact in RUN_FACTS else [{**data, "proposal": row.proposal_id}]
    more = tuple(PlacementChange(change["proposal"], change.get("from"), change.get("to")) for change in changes)
    if step is None:
        return TimetableStep(row.pk, row.fact, row.target_id, more, None)
    return replace(step, changes=step.changes + more)


def _step_label(step: TimetableStep, titles: Mapping[int, str], edition: Edition) -> str:
    if step.break_change is not None:
        before, after = step.break_change
        row = before or after or {}
        where = row.get("room_name") or "all rooms"
        return f"{'adding' if after else 'removing'} the break “{row.get('name', '')}” in {where}"
    if step.fact in RUN_FACTS:
        run = Run.objects.filter(pk=step.target or 0).first()
        return f"adopting {run.title if run else 'a run'}"
    named = [f"“{titles.get(change.proposal, '')}”" for change in step.changes]
    if len(named) == 2:
        return f"swapping {named[0]} and {named[1]}"
    return _change_label(step.changes[0], named[0], edition)


def _change_label(change: PlacementChange, name: str, edition: Edition) -> str:
    """One change as something that somebody did: "moving “Title” to Hall A, 10:00"."""
    before, after = change.before, change.after
    if after is None:
        return f"unscheduling {name}"
    where = f"{after['room_name']}, {datetime.fromisoformat(after['starts_at']).astimezone(edition.zone):%H:%M}"
    if before is None:
        return f"placing {name} in {where}"
    if (before["room"], before["starts_at"]) != (after["room"], after["starts_at"]):
        return f"moving {name} to {where}"
    if before.get("minutes") != after.get("minutes"):
        return f"giving {name} {after['minutes']} minutes"
    return f"{'pinning' if after.get('pinned') else 'unpinning'} {name}"


def changed_since(edition: Edition, proposal: Proposal, entry: int, viewer: User) -> str:
    """Who did what to a session after this entry, as far as the journal says it of the session alone."""
    rows = Entry.objects.filter(
        edition_id=edition.pk, proposal_id=proposal.pk, pk__gt=entry, fact__startswith=SESSION_FACT
    )
    row = rows.select_related("actor").order_by("-id").first()
    if row is None:
        return "the timetable was changed as a whole since"
    who = "you" if row.actor == viewer else str(row.actor or "a withdrawal")
    return f"{who} changed it since by {_change_label(_step_with(None, row).changes[0], 'it', edition)}"


@dataclass(frozen=True)
class News:
    """`digest` differs when the viewer's timetable does; `entry` is the last in the journal, `change` describes it."""

    digest: str
    entry: int
    change: str


def digest(edition: Edition, viewer: User) -> str:
    """The same for the same timetable as this person sees it; hidden sessions count with room and time alone."""
    hidden = wall(viewer, edition)
    rows = Session.objects.filter(edition=edition).order_by("starts_at", "room_id", "id")
    scheduled = [
        (room, starts_at, ends_at)
        if sponsor in hidden.sponsors or proposal in hidden.proposals
        else (key, version, room, starts_at, ends_at, text_version)
        for proposal, sponsor, key, version, room, starts_at, ends_at, text_version in rows.values_list(
            *("proposal_id", "proposal__sponsor_id", "pk", "version", "room_id", "starts_at", "ends_at"),
            "proposal__version",
        )
    ]
    waiting = accepted(edition).filter(session=None)
    waiting = waiting.exclude(Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals))
    unscheduled = list(waiting.order_by("pk").values_list("pk", "version", "minutes"))
    breaks = list(edition.breaks.order_by("pk").values_list("pk", "name", "room", "starts_at", "ends_at"))
    return sha256(repr((scheduled, unscheduled, breaks)).encode()).hexdigest()[:20]


def news(edition: Edition, viewer: User, since: int | None = None) -> News:
    """Whether the timetable is still what somebody has on their screen, and who changed it after the entry `since`."""
    hidden = Q(proposal_id__isnull=False, proposal_id__in=behind_the_wall(viewer, edition))
    rows = Entry.objects.filter(edition_id=edition.pk, fact__in=FACTS, pk__gt=since or 0).exclude(hidden)
    last = rows.select_related("actor").order_by("-id").first()
    if last is None or since is None:
        return News(digest(edition, viewer), last.pk if last else since or 0, "")
    title = Proposal.objects.filter(pk=last.proposal_id or 0).values_list("title", flat=True).first() or ""
    who = "you, elsewhere" if last.actor == viewer else str(last.actor)
    step = _step_with(None, last)
    label = _step_label(step, {change.proposal: title for change in step.changes}, edition)
    return News(digest(edition, viewer), last.pk, f"Changed by {who}: {label}.")
