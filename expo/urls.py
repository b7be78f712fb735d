"""All URLs: each app brings its own; only this file and the settings name apps of both sides of the project."""

from importlib import import_module

from django.urls import include, path

from expo.kit.design import design
from expo.kit.guides import help_page

APPS = (
    "expo.ops",
    "expo.accounts",
    "expo.notify",
    "expo.editions",
    "expo.sponsors",
    "expo.proposals",
    "expo.program",
    "expo.releases",
    "expo.onsite",
    "reviews.rubrics",
    "reviews.assignments",
    "reviews.scoring",
    "reviews.decisions",
    "reviews.insight",
)

API_APPS = ("expo.editions", "expo.proposals", "expo.releases", "reviews.assignments")
api_routes = [route for app in API_APPS for route in import_module(f"{app}.api").routes]

handler400 = "expo.kit.problems.bad_request"
handler404 = "expo.kit.problems.not_found"
handler500 = "expo.kit.problems.server_error_page"

urlpatterns = [
    path("api/v1/", include((api_routes, "api"))),
    *(path("", include(f"{app}.urls")) for app in APPS),
    path("accounts/", include("allauth.urls")),
    path("design/", design, name="design"),
    path("help/", help_page, name="help"),
    path("help/<slug:guide>/", help_page, name="guide"),
]
