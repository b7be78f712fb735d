"""Forms of the set-up."""

from .edition import CalendarForm, CreateForm
from .parts import BreakForm, DayForm, FormatForm, RoomForm, TopicForm, TrackForm
from .roles import RoleForm, UploadForm

__all__ = [
    "BreakForm",
    "CalendarForm",
    "CreateForm",
    "DayForm",
    "FormatForm",
    "RoleForm",
    "RoomForm",
    "TopicForm",
    "TrackForm",
    "UploadForm",
]
