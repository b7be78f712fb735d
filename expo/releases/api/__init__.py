"""The room's part of the API: the published program, open to anybody, and the API about itself."""

from django.urls import path

from .about import Root, Schema, docs
from .feeds import FeedView
from .program import ProgramView, ReleaseDetail, ReleaseList, SessionView

routes = [
    path("", Root.as_view(), name="root"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("editions/<slug:edition>/program/", ProgramView.as_view(), name="program"),
    path("editions/<slug:edition>/program/<str:proposal>/", SessionView.as_view(), name="session"),
    path("editions/<slug:edition>/releases/", ReleaseList.as_view(), name="releases"),
    path("editions/<slug:edition>/releases/<int:release>/", ReleaseDetail.as_view(), name="release"),
    path("editions/<slug:edition>/<file:artefact>", FeedView.as_view(), name="feed"),
]
