"""URLs of this app."""

from django.urls import path

from . import views

app_name = "sponsors"

_team = "e/<slug:edition>/sponsors/<int:sponsor>/team"
_profile = "e/<slug:edition>/sponsors/<int:sponsor>/profile"

urlpatterns = [
    path("pictures/<slug:picture>", views.picture, name="picture"),
    path("e/<slug:edition>/sponsors/", views.listing, name="list"),
    path("e/<slug:edition>/sponsors/new/", views.add, name="add"),
    path("e/<slug:edition>/sponsors/send-held/", views.send_held, name="send-held"),
    path("e/<slug:edition>/sponsors/upload/", views.upload, name="upload"),
    path("e/<slug:edition>/sponsors/template.csv", views.template, name="template"),
    path("e/<slug:edition>/sponsors/uploads/<int:upload>/", views.uploaded, name="uploaded"),
    path("e/<slug:edition>/sponsors/uploads/<int:upload>/rest.csv", views.download_rest, name="rest"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/", views.edit, name="edit"),
    path(f"{_profile}/", views.profile, name="profile"),
    path(f"{_profile}/approve/", views.approve_profile, name="approve-profile"),
    path(f"{_profile}/unapprove/", views.unapprove_profile, name="unapprove-profile"),
    path(f"{_team}/", views.team, name="team"),
    path(f"{_team}/<int:member>/remove/", views.remove_member, name="remove-member"),
    path(f"{_team}/<int:member>/role/", views.change_role, name="change-role"),
    path(f"{_team}/<int:member>/primary/", views.make_primary, name="make-primary"),
    path(f"{_team}/leave/", views.leave, name="leave-team"),
    path(f"{_team}/invitations/<int:invitation>/cancel/", views.cancel, name="cancel-invitation"),
    path(f"{_team}/invitations/<int:invitation>/resend/", views.resend, name="resend-invitation"),
    path("e/<slug:edition>/invitations/<int:invitation>/", views.invitation, name="invitation"),
    path("e/<slug:edition>/invitations/<int:invitation>/decline/", views.decline, name="decline-invitation"),
    path("e/<slug:edition>/tiers/", views.tiers, name="tiers"),
    path("e/<slug:edition>/tiers/<int:tier>/", views.tier, name="tier"),
    path("e/<slug:edition>/tiers/<int:tier>/remove/", views.remove_tier, name="remove-tier"),
]
