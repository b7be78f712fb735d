"""URLs of this app."""

from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("accounts/profile/", views.profile, name="profile"),
    path("accounts/affiliations/add/", views.add_affiliation, name="add-affiliation"),
    path("accounts/affiliations/<int:affiliation>/end/", views.end_affiliation, name="end-affiliation"),
    path("accounts/views/save/", views.save_view, name="save-view"),
    path("accounts/views/forget/", views.forget_view, name="forget-view"),
    path("accounts/tokens/", views.tokens, name="tokens"),
    path("accounts/tokens/revoke/", views.revoke_token, name="revoke-token"),
]
