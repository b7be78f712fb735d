"""How values are displayed: tone and icon of a state, initials, dates, progress along a path. No Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from . import zones
from .deadlines import has_passed
from .text import counted

# State: tone and icon. The icon tells states apart for readers who do not see the tone.
STATES: dict[str, tuple[str, str]] = {
    "draft": ("neutral", "pen"),
    "setup": ("neutral", "pen"),
    "call": ("accent", "dot"),
    "open": ("accent", "dot"),
    "submitted": ("accent", "check"),
    "review": ("accent", "half"),
    "decide": ("accent", "half"),
    "schedule": ("accent", "half"),
    "accepted": ("ok", "check"),
    "accept": ("ok", "check"),
    "confirmed": ("ok", "check"),
    "approved": ("ok", "check"),
    "published": ("ok", "check"),
    "adopted": ("ok", "check"),
    "sent": ("ok", "check"),
    "done": ("ok", "check"),
    "ready": ("ok", "check"),
    "waitlist": ("warn", "pause"),
    "waitlisted": ("warn", "pause"),
    "offered": ("accent", "dot"),
    "queued": ("neutral", "clock"),
    "running": ("accent", "half"),
    "reject": ("danger", "x"),
    "rejected": ("danger", "x"),
    "failed": ("danger", "alert"),
    "declined": ("warn", "x"),
    "withdrawn": ("neutral", "x"),
    "released": ("neutral", "x"),
    "cancelled": ("neutral", "x"),
    "expired": ("warn", "clock"),
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
class PathStep:
    """One step of a path; `note` is the date it runs up to, `place` is done, current, todo or stopped."""

    label: str
    place: str
    note: str = ""


def tone_of(state: str) -> str:
    """The tone a state is shown in; an unknown state stays neutral."""
    return STATES.get(state, ("neutral", "dot"))[0]


def mark_of(state: str) -> str:
    """The icon beside a state's name."""
    return STATES.get(state, ("neutral", "dot"))[1]


def readable(name: str) -> str:
    """`time_zone` as a person reads it: `Time zone`."""
    return name.replace("_", " ").capitalize()


def initials(name: str) -> str:
    """Up to two letters that stand for a person or a company."""
    parts = name.split("@")[0].replace(".", " ").split()
    chosen = parts[:1] + parts[-1:] if len(parts) > 1 else parts
    return "".join(part[0] for part in chosen).upper() or "?"


def steps(
    path: Iterable[tuple[Any, ...]], current: str, stopped: str = "", *, zone: tzinfo = UTC, now: datetime | None = None
) -> list[PathStep]:
    """The path with the place of each step; `stopped` is the label of the end that was reached instead of the rest.

    Steps are (key, label), or (key, label, date): a date without a year unless it is another one than `now`.
    """
    rows = [(*step, None)[:3] for step in path]
    keys = [key for key, *_ in rows]
    at = keys.index(current) if current in keys else len(keys)
    notes = [_short(each, zone, now) if each and now else "" for *_, each in rows]
    if stopped:
        return [*(PathStep(rows[k][1], "done", notes[k]) for k in range(at + 1)), PathStep(stopped, "stopped")]
    places = ["done" if index < at else "current" if index == at else "todo" for index in range(len(rows))]
    return [PathStep(label, place, note) for (_, label, _), place, note in zip(rows, places, notes, strict=True)]


def _short(value: date | datetime, zone: tzinfo, now: datetime) -> str:
    there = value.astimezone(zone) if isinstance(value, datetime) else value
    return f"{there.day} {there:%b}" + ("" if there.year == now.astimezone(zone).year else f" {there.year}")


def formatted(value: date | datetime, form: str) -> str:
    """A date or time as all pages write it; `form` is a key of WHEN_FORMS."""
    pattern = WHEN_FORMS["day" if not isinstance(value, datetime) else form]
    return value.strftime(pattern.replace("{day}", str(value.day)))


def distance(there: datetime, now: datetime) -> str:
    """How long ago a moment of the past was, or how far off one to come is; a date beyond a week."""
    ahead = there > now
    minutes = int(abs(now - there).total_seconds() // 60)
    days = abs((there.date() - now.astimezone(there.tzinfo).date()).days)
    if days > 7:
        return there.strftime(f"{there.day} %b" + ("" if there.year == now.year else " %Y"))
    if minutes < 1:
        return "now"
    if minutes < 60:
        span = counted(minutes, "minute")
    elif minutes < 60 * 24:
        span = counted(minutes // 60, "hour")
    else:
        span = counted(max(days, 1), "day")
    return f"in {span}" if ahead else f"{span} ago"


def due(there: datetime, now: datetime) -> str:
    """A date to keep, with its distance where it is near: `in 12 days · Sat 12 Dec`."""
    day = there.strftime(f"%a {there.day} %b" + ("" if there.year == now.year else " %Y"))
    days = (there.date() - now.astimezone(there.tzinfo).date()).days
    if days == 0:
        return f"{'earlier today' if has_passed(there, now) else 'today'} at {there:%H:%M}{_anywhere(there)}"
    if days == 1:
        return f"tomorrow · {day}"
    if days == -1:
        return f"yesterday · {day}"
    if abs(days) > 60:
        return day
    return f"in {days} days · {day}" if days > 0 else f"{-days} days ago · {day}"


def _anywhere(there: datetime) -> str:
    """Nobody lives there, so that a time without its zone would be read wrong."""
    return f" {there.tzname()}" if there.tzinfo == zones.named(zones.ANYWHERE) else ""


def zone_name(value: datetime) -> str:
    """`PDT`, or `UTC+03` where the zone has no letters."""
    name = value.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" and name else name


def in_zone(value: datetime, zone: tzinfo) -> str:
    """A moment in a sentence: `Fri 17 Jul 2026, 18:00 PDT`."""
    there = value.astimezone(zone)
    return f"{formatted(there, 'full')} {zone_name(there)}"


def in_mail(value: datetime, zone: tzinfo) -> str:
    """The same in a mail, in full words: `Friday 17 July 2026, 18:00 (America/New_York)`."""
    there = value.astimezone(zone)
    return f"{there:%A} {there.day} {there:%B %Y, %H:%M} ({getattr(zone, 'key', None) or there.tzname()})"


def viewer_time(there: datetime, zone: str) -> str:
    """The same moment on the viewer's clock, or nothing where both clocks agree."""
    here = there.astimezone(ZoneInfo(zone))
    if here.utcoffset() == there.utcoffset():
        return ""
    return formatted(here, "clock" if here.date() == there.date() else "short")


#: What tells browsers and systems apart; the first that is there counts, for many also name their ancestors.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """What somebody signed in with, as they would call it: `Firefox on Windows`; else what it says of itself, cut."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if browser and system else user_agent[:60] or "Unknown"
