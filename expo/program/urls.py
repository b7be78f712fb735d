"""Addresses of this room."""

from django.urls import path

from .views import board, runs, sessions

app_name = "program"
HERE = "e/<slug:edition>/timetable/"
RUN = f"{HERE}runs/<int:run>/"
SESSION = f"{HERE}sessions/<int:session>/"
urlpatterns = [
    path(HERE, board.timetable, name="timetable"),
    path(f"{HERE}start/", runs.start, name="start"),
    path(RUN, runs.run, name="run"),
    path(f"{RUN}adopt/", runs.adopt, name="adopt"),
    path(f"{RUN}discard/", runs.discard, name="discard"),
    path(SESSION, sessions.session, name="session"),
    path(f"{SESSION}pin/", sessions.pin, name="pin"),
    path(f"{SESSION}unplace/", sessions.unplace, name="unplace"),
    path(f"{HERE}place/<str:proposal>/", sessions.place, name="place"),
]
