"""How facts look on screen: the tone and mark of a state, initials, positions in a row of steps. No Django."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

# tone, mark: the mark keeps states apart for whoever does not see the tone
STATES: dict[str, tuple[str, str]] = {
    "draft": ("neutral", "pen"),
    "setup": ("neutral", "pen"),
    "call": ("accent", "dot"),
    "open": ("accent", "dot"),
    "submitted": ("accent", "check"),
    "review": ("accent", "half"),
    "in_review": ("accent", "half"),
    "under_review": ("accent", "half"),
    "decide": ("accent", "half"),
    "schedule": ("accent", "half"),
    "accepted": ("ok", "check"),
    "accept": ("ok", "check"),
    "confirmed": ("ok", "check"),
    "approved": ("ok", "check"),
    "scheduled": ("ok", "clock"),
    "published": ("ok", "check"),
    "adopted": ("ok", "check"),
    "sent": ("ok", "check"),
    "delivered": ("ok", "check"),
    "done": ("ok", "check"),
    "succeeded": ("ok", "check"),
    "ready": ("ok", "check"),
    "waitlist": ("warn", "pause"),
    "waitlisted": ("warn", "pause"),
    "offered": ("accent", "dot"),
    "queued": ("neutral", "clock"),
    "pending": ("neutral", "clock"),
    "running": ("accent", "half"),
    "solving": ("accent", "half"),
    "reject": ("danger", "x"),
    "rejected": ("danger", "x"),
    "failed": ("danger", "alert"),
    "declined": ("warn", "x"),
    "withdrawn": ("neutral", "x"),
    "released": ("neutral", "x"),
    "cancelled": ("neutral", "x"),
    "expired": ("warn", "clock"),
    "superseded": ("neutral", "x"),
    "closed": ("neutral", "lock"),
    "archived": ("neutral", "lock"),
    "conflict": ("neutral", "eye-off"),
    "told": ("accent", "mail"),
    "change-asked": ("warn", "alert"),
    "turned-down": ("neutral", "x"),
}
MESSAGE_TONES = {"success": "ok", "warning": "warn", "error": "danger"}
TONE_MARKS = {"info": "info", "ok": "check", "warn": "alert", "danger": "alert"}
WHEN_FORMS = {
    "full": "%a {day} %b %Y, %H:%M",
    "short": "{day} %b, %H:%M",
    "day": "%A {day} %B %Y",
    "clock": "%H:%M",
}


@dataclass(frozen=True)
class Step:
    """One station of a path; `place` is done, current, todo or stopped."""

    label: str
    place: str
    note: str = ""


def tone_of(state: str) -> str:
    """The tone a state is shown in; an unknown state stays neutral."""
    return STATES.get(state, ("neutral", "dot"))[0]


def mark_of(state: str) -> str:
    """The icon beside a state's name."""
    return STATES.get(state, ("neutral", "dot"))[1]


def words(state: str) -> str:
    """`under_review` as a person reads it."""
    return state.replace("_", " ").capitalize()


def initials(name: str) -> str:
    """Up to two letters that stand for a person or a company."""
    parts = name.split("@")[0].replace(".", " ").split()
    chosen = parts[:1] + parts[-1:] if len(parts) > 1 else parts
    return "".join(part[0] for part in chosen).upper() or "?"


def steps(path: Iterable[tuple[str, str]], current: str, stopped: str = "") -> list[Step]:
    """The path with each station's place; `stopped` names the end that was reached instead of the rest."""
    pairs = list(path)
    keys = [key for key, _ in pairs]
    at = keys.index(current) if current in keys else len(keys)
    found = [Step(label, _place(index, at)) for index, (_, label) in enumerate(pairs)]
    return [*_done_only(found[: at + 1]), Step(stopped, "stopped")] if stopped else found


def _place(index: int, at: int) -> str:
    if index == at:
        return "current"
    return "done" if index < at else "todo"


def _done_only(found: Sequence[Step]) -> list[Step]:
    return [Step(step.label, "done", step.note) for step in found]


def told(value: date | datetime, form: str) -> str:
    """A date or time in the house's one way of writing it."""
    pattern = WHEN_FORMS["day" if not isinstance(value, datetime) else form]
    return value.strftime(pattern.replace("{day}", str(value.day)))


def zone_name(value: datetime) -> str:
    """`PDT`, or `UTC+03` where the zone has no letters."""
    name = value.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" and name else name


def in_zone(value: datetime, zone: tzinfo) -> str:
    """A moment in a sentence: `Fri 17 Jul 2026, 18:00 PDT`."""
    there = value.astimezone(zone)
    return f"{told(there, 'full')} {zone_name(there)}"


def beside(there: datetime, zone: str) -> str:
    """The same moment on the viewer's clock, or nothing where both clocks agree."""
    here = there.astimezone(ZoneInfo(zone))
    if here.utcoffset() == there.utcoffset():
        return ""
    return told(here, "clock" if here.date() == there.date() else "short")
