"""URLs of this app."""

from django.urls import path

from . import views

app_name = "releases"
urlpatterns = [
    path("e/<slug:edition>/program/", views.program, name="program"),
    path("e/<slug:edition>/program/plan.ics", views.plan, name="plan"),
    path("e/<slug:edition>/program/<file:artefact>", views.artefact, name="artefact"),
    path("e/<slug:edition>/program/<str:proposal>/", views.session, name="session"),
    path("e/<slug:edition>/program/<str:proposal>/session.ics", views.calendar, name="calendar"),
    path("e/<slug:edition>/proposals/<str:proposal>/as-attendees/", views.preview, name="preview"),
    path("e/<slug:edition>/releases/", views.index, name="list"),
    path("e/<slug:edition>/releases/publish/", views.publish, name="publish"),
    path("e/<slug:edition>/releases/<int:release>/", views.detail, name="detail"),
]
