"""The set-up of ICML's Expo, as a start."""

from datetime import date, datetime, time, timedelta

from django.db import transaction

from expo.accounts.models import User
from expo.kit import clock, zones

from ..catalogue import DEFAULTS
from ..models import Edition
from ..states import FieldUse
from . import parts
from .days import save_break, save_day
from .format_fields import save_format_fields
from .parts import save_format, save_room, save_track

_OPTIONAL, _REQUIRED = FieldUse.OPTIONAL, FieldUse.REQUIRED
FORMATS = (("Talk", 60), ("Demo", 60), ("Workshop", 240))
TRACKS = (("Talks and demos", ("Talk", "Demo")), ("Workshops A", ("Workshop",)), ("Workshops B", ("Workshop",)))
ROOMS = (("Hall A", 400), ("Hall B", 200), ("Hall C", 200))
#: What their forms ask for beside the catalogue's defaults.
_ALL = {
    "level": _REQUIRED,
    "audience": _OPTIONAL,
    "evidence": _REQUIRED,
    "wishes": _OPTIONAL,
    "biography": _OPTIONAL,
    "presenter_link": _OPTIONAL,
    "picture": _OPTIONAL,
    "links": _OPTIONAL,
}
FIELDS = {
    "Talk": {**_ALL, "outline": _OPTIONAL, "prerequisites": _OPTIONAL},
    "Demo": {**_ALL, "hands_on": _REQUIRED, "needs": _REQUIRED},
    "Workshop": {
        **_ALL,
        "outline": _REQUIRED,
        "prerequisites": _OPTIONAL,
        "hands_on": _REQUIRED,
        "needs": _OPTIONAL,
        "rooms": _OPTIONAL,
    },
}
PUBLISHES_OUTLINE = frozenset({"Workshop"})
AHEAD = timedelta(days=180)


@transaction.atomic
def set_up_as_icml(*, by: User | None, edition: Edition, on: date | None = None) -> Edition:
    """Add what is missing of ICML's shape: hour-long talks and demos, workshops of four, three tracks and rooms, a day.

    What is there already stays, so that pressing twice changes nothing. Without `on` the day is half a year ahead.
    """
    parts.require_set_up(by, edition)
    edition = parts.locked(edition)
    if not edition.formats.exists():
        for name, minutes in FORMATS:
            format = save_format(by=by, edition=edition, name=name, minutes=minutes)
            rules = {field: DEFAULTS[field]._replace(use=use) for field, use in FIELDS[name].items()}
            publishes = name in PUBLISHES_OUTLINE
            save_format_fields(by=by, edition=edition, format=format, fields=rules, publishes_outline=publishes)
    if not edition.rooms.exists():
        for name, capacity in ROOMS:
            save_room(by=by, edition=edition, name=name, capacity=capacity)
    if not edition.tracks.exists():
        formats, rooms = {one.name: one for one in edition.formats.all()}, list(edition.rooms.all())
        for (name, takes), room in zip(TRACKS, [*rooms, None, None, None], strict=False):
            known = [formats[one] for one in takes if one in formats]
            if known:
                save_track(by=by, edition=edition, name=name, formats=known, room=room)
    if not edition.days.exists():
        day = on or (clock.now() + AHEAD).date()
        save_day(by=by, edition=edition, date=day, opens_at=time(9), closes_at=time(18))
        since, until = (zones.moment(datetime.combine(day, at), edition.time_zone) for at in (time(13), time(14)))
        save_break(by=by, edition=edition, name="Lunch", starts_at=since, ends_at=until)
    return edition
