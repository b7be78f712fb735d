"""URLs of this app."""

from django.urls import path

from . import views

app_name = "rubrics"
urlpatterns = [
    path("e/<slug:edition>/rubric/", views.read, name="read"),
    path("e/<slug:edition>/rubric/edit/", views.edit, name="edit"),
    path("e/<slug:edition>/rubric/start/", views.start, name="start"),
    path("e/<slug:edition>/rubric/discard/", views.discard, name="discard"),
    path("e/<slug:edition>/rubric/set-up/", views.set_up, name="set-up"),
    path("e/<slug:edition>/rubric/criteria/new/", views.add, name="add"),
    path("e/<slug:edition>/rubric/criteria/<int:criterion>/", views.change, name="change"),
    path("e/<slug:edition>/rubric/criteria/<int:criterion>/remove/", views.remove, name="remove"),
]
