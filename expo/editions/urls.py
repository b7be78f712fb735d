"""URLs of this app."""

from django.urls import path

from . import views
from .views import parts, roles, setup

app_name = "editions"
urlpatterns = [
    path("", views.home, name="home"),
    path("editions/new/", views.create, name="create"),
    path("e/<slug:edition>/", views.detail, name="detail"),
    path("e/<slug:edition>/setup/", setup.desk, name="setup"),
    path("e/<slug:edition>/setup/calendar/", setup.calendar, name="calendar"),
    path("e/<slug:edition>/setup/as-icml/", setup.set_up_as_icml, name="set-up-as-icml"),
    path("e/<slug:edition>/setup/phase/", setup.move_phase, name="move-phase"),
    *parts.addresses(),
    path("e/<slug:edition>/setup/roles/", roles.roles, name="roles"),
    path("e/<slug:edition>/setup/roles/<int:role>/revoke/", roles.revoke, name="revoke-role"),
    path("e/<slug:edition>/setup/roles/upload/", roles.upload, name="upload-roles"),
    path("e/<slug:edition>/setup/roles/template.csv", roles.template, name="roles-template"),
    path("e/<slug:edition>/setup/roles/uploads/<int:upload>/", roles.uploaded, name="roles-uploaded"),
    path("e/<slug:edition>/setup/roles/uploads/<int:upload>/rest.csv", roles.download_rest, name="roles-rest"),
]
