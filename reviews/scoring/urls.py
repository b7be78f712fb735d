"""URLs of reviews, the ranking and dossiers."""

from django.urls import path

from . import views

app_name = "scoring"
urlpatterns = [
    path("e/<slug:edition>/review/<int:assignment>/", views.review, name="review"),
    path("e/<slug:edition>/review/<int:assignment>/exclude/", views.exclude, name="exclude"),
    path("e/<slug:edition>/review/<int:assignment>/include/", views.include, name="include"),
    path("e/<slug:edition>/proposals/<str:proposal>/as-reviewers/", views.preview, name="preview"),
    path("e/<slug:edition>/standings/", views.ranking, name="standings"),
    path("e/<slug:edition>/standings/<str:proposal>/", views.dossier, name="dossier"),
]
