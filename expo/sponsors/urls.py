"""URLs of this app."""

from django.urls import path

from .views import invitations, sponsors, team, tiers, uploads

app_name = "sponsors"
urlpatterns = [
    path("e/<slug:edition>/sponsors/", sponsors.listing, name="list"),
    path("e/<slug:edition>/sponsors/new/", sponsors.add, name="add"),
    path("e/<slug:edition>/sponsors/send-held/", invitations.send_held, name="send-held"),
    path("e/<slug:edition>/sponsors/upload/", uploads.upload, name="upload"),
    path("e/<slug:edition>/sponsors/template.csv", uploads.template, name="template"),
    path("e/<slug:edition>/sponsors/uploads/<int:upload>/", uploads.uploaded, name="uploaded"),
    path("e/<slug:edition>/sponsors/uploads/<int:upload>/rest.csv", uploads.download_rest, name="rest"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/", sponsors.edit, name="edit"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/team/", team.team, name="team"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/team/<int:member>/remove/", team.remove, name="remove-member"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/team/leave/", team.leave, name="leave-team"),
    path(
        "e/<slug:edition>/sponsors/<int:sponsor>/team/invitations/<int:invitation>/cancel/",
        invitations.cancel,
        name="cancel-invitation",
    ),
    path(
        "e/<slug:edition>/sponsors/<int:sponsor>/team/invitations/<int:invitation>/resend/",
        invitations.resend,
        name="resend-invitation",
    ),
    path("e/<slug:edition>/invitations/<int:invitation>/", invitations.invitation, name="invitation"),
    path("e/<slug:edition>/invitations/<int:invitation>/decline/", invitations.decline, name="decline-invitation"),
    path("e/<slug:edition>/tiers/", tiers.tiers, name="tiers"),
    path("e/<slug:edition>/tiers/<int:tier>/", tiers.tier, name="tier"),
    path("e/<slug:edition>/tiers/<int:tier>/remove/", tiers.remove, name="remove-tier"),
]
