"""Addresses of this room."""

from django.urls import path

from .views import board, reviewer, runs

app_name = "assignments"
urlpatterns = [
    path("e/<slug:edition>/review/", reviewer.queue, name="queue"),
    path("e/<slug:edition>/review/profile/", reviewer.profile, name="profile"),
    path("e/<slug:edition>/review/<int:assignment>/accept/", reviewer.accept, name="accept"),
    path("e/<slug:edition>/review/<int:assignment>/decline/", reviewer.decline, name="decline"),
    path("e/<slug:edition>/queue/", board.board, name="board"),
    path("e/<slug:edition>/queue/start/", runs.start, name="start"),
    path("e/<slug:edition>/queue/runs/<int:run>/", runs.run, name="run"),
    path("e/<slug:edition>/queue/runs/<int:run>/publish/", runs.publish, name="publish"),
    path("e/<slug:edition>/queue/runs/<int:run>/discard/", runs.discard, name="discard"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/", board.proposal, name="proposal"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/assign/", board.assign, name="assign"),
    path("e/<slug:edition>/queue/assignments/<int:assignment>/release/", board.release, name="release"),
]
