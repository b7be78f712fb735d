"""URLs of this app."""

from django.urls import path

from .views import links, runs, sessions, slots, timetable

app_name = "program"
HERE = "e/<slug:edition>/timetable/"
RUN = f"{HERE}runs/<int:run>/"
SESSION = f"{HERE}sessions/<int:session>/"
SLOTS = f"{HERE}slots/"
LINKS = f"{HERE}links/"
OWN = "e/<slug:edition>/proposals/<str:proposal>/"
urlpatterns = [
    path(HERE, timetable.timetable, name="timetable"),
    path(f"{HERE}place/<str:proposal>/check/", timetable.check, name="check"),
    path(f"{HERE}changes/", timetable.changes, name="changes"),
    path(f"{HERE}undo/", timetable.undo, name="undo"),
    path(f"{HERE}redo/", timetable.redo, name="redo"),
    path(f"{HERE}close/", timetable.break_list, name="close"),
    path(f"{HERE}close/<int:break_>/open/", timetable.remove_break, name="reopen"),
    path(f"{HERE}start/", runs.start, name="start"),
    path(f"{HERE}drafts/", runs.drafts, name="drafts"),
    path(f"{HERE}repair/", runs.repair, name="repair"),
    path(f"{HERE}what-if/", runs.what_if, name="what-if"),
    path(RUN, runs.run, name="run"),
    path(f"{RUN}stop/", runs.stop, name="stop"),
    path(f"{RUN}name/", runs.name, name="name"),
    path(f"{RUN}adopt/", runs.adopt, name="adopt"),
    path(f"{RUN}discard/", runs.discard, name="discard"),
    path(SESSION, sessions.session, name="session"),
    path(f"{SESSION}pin/", sessions.pin, name="pin"),
    path(f"{SESSION}unplace/", sessions.unplace, name="unplace"),
    path(f"{SESSION}swap/", sessions.swap, name="swap"),
    path(f"{SESSION}resize/", sessions.resize, name="resize"),
    path(f"{SESSION}could-swap/", sessions.could_swap, name="could-swap"),
    path(f"{HERE}place/<str:proposal>/", sessions.place, name="place"),
    path(f"{HERE}place/<str:proposal>/why-not/", sessions.why_not, name="why-not"),
    path(SLOTS, slots.slot_list, name="slots"),
    path(f"{SLOTS}tell/", slots.notify, name="tell"),
    path(f"{SLOTS}<int:slot>/turn-down/", slots.decline, name="turn-down"),
    path(f"{OWN}slot/", slots.slot, name="slot"),
    path(f"{OWN}slot/accept/", slots.accept, name="accept-slot"),
    path(f"{OWN}constraints/", slots.constraints, name="constraints"),
    path(LINKS, links.link_list, name="links"),
    path(f"{LINKS}<int:link>/remove/", links.remove, name="remove-link"),
]
