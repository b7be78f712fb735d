"""URLs of this app."""

from django.urls import path

from . import views

app_name = "editions"
urlpatterns = [
    path("", views.home, name="home"),
    path("editions/new/", views.create, name="create"),
    path("e/<slug:edition>/", views.detail, name="detail"),
    path("e/<slug:edition>/setup/", views.setup, name="setup"),
    path("e/<slug:edition>/setup/calendar/", views.calendar, name="calendar"),
    path("e/<slug:edition>/setup/as-icml/", views.icml_preset, name="set-up-as-icml"),
    path("e/<slug:edition>/setup/phase/", views.move_phase, name="move-phase"),
    *views.part_urls(),
    path("e/<slug:edition>/setup/formats/<int:format>/fields/", views.format_fields, name="format-fields"),
    path("e/<slug:edition>/setup/roles/", views.roles, name="roles"),
    path("e/<slug:edition>/setup/roles/<int:role>/revoke/", views.revoke_role, name="revoke-role"),
    path("e/<slug:edition>/setup/roles/upload/", views.upload_roles, name="upload-roles"),
    path("e/<slug:edition>/setup/roles/template.csv", views.roles_template, name="roles-template"),
    path("e/<slug:edition>/setup/roles/uploads/<int:upload>/", views.roles_upload, name="roles-uploaded"),
    path("e/<slug:edition>/setup/roles/uploads/<int:upload>/rest.csv", views.roles_errors, name="roles-rest"),
]
