"""Addresses of this room."""

from django.urls import path

from .views import answers, board, drafts, runs, sessions, slots

app_name = "program"
HERE = "e/<slug:edition>/timetable/"
RUN = f"{HERE}runs/<int:run>/"
SESSION = f"{HERE}sessions/<int:session>/"
SLOTS = f"{HERE}slots/"
OWN = "e/<slug:edition>/proposals/<str:proposal>/"
urlpatterns = [
    path(HERE, board.timetable, name="timetable"),
    path(f"{HERE}start/", runs.start, name="start"),
    path(f"{HERE}drafts/", drafts.drafts, name="drafts"),
    path(f"{HERE}repair/", drafts.repair, name="repair"),
    path(RUN, runs.run, name="run"),
    path(f"{RUN}stop/", runs.stop, name="stop"),
    path(f"{RUN}name/", runs.name, name="name"),
    path(f"{RUN}adopt/", runs.adopt, name="adopt"),
    path(f"{RUN}discard/", runs.discard, name="discard"),
    path(SESSION, sessions.session, name="session"),
    path(f"{SESSION}pin/", sessions.pin, name="pin"),
    path(f"{SESSION}unplace/", sessions.unplace, name="unplace"),
    path(f"{HERE}place/<str:proposal>/", sessions.place, name="place"),
    path(SLOTS, slots.slots, name="slots"),
    path(f"{SLOTS}tell/", slots.tell, name="tell"),
    path(f"{SLOTS}<int:slot>/turn-down/", slots.turn_down, name="turn-down"),
    path(f"{OWN}constraints/", answers.constraints, name="constraints"),
    path(f"{OWN}slot/", answers.slot, name="slot"),
    path(f"{OWN}slot/accept/", answers.accept, name="accept-slot"),
]
