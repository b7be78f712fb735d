"""URLs of this app."""

from django.urls import path

from . import views

app_name = "onsite"
HERE = "e/<slug:edition>/onsite/"
ATTENDANCE = f"{HERE}sessions/<int:session>/presenters/<int:presenter>/"
urlpatterns = [
    path(HERE, views.day, name="day"),
    path(f"{HERE}rooms/<int:room>/", views.room, name="room"),
    path(f"{HERE}doors/", views.doors, name="doors"),
    path(f"{HERE}sessions/<int:session>/late/", views.late, name="late"),
    path(f"{ATTENDANCE}check-in/", views.check_in, name="check-in"),
    path(f"{ATTENDANCE}undo/", views.undo_check_in, name="undo-check-in"),
]
