"""Addresses of this room."""

from django.urls import path

from . import views

app_name = "program"
HERE = "e/<slug:edition>/timetable/"
urlpatterns = [
    path(HERE, views.timetable, name="timetable"),
    path(f"{HERE}start/", views.start, name="start"),
    path(f"{HERE}runs/<int:run>/", views.run, name="run"),
    path(f"{HERE}runs/<int:run>/adopt/", views.adopt, name="adopt"),
    path(f"{HERE}runs/<int:run>/discard/", views.discard, name="discard"),
    path(f"{HERE}sessions/<int:session>/", views.session, name="session"),
    path(f"{HERE}sessions/<int:session>/pin/", views.pin, name="pin"),
    path(f"{HERE}sessions/<int:session>/unplace/", views.unplace, name="unplace"),
    path(f"{HERE}place/<str:proposal>/", views.place, name="place"),
]
