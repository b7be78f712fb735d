"""URLs of the desk, batches and questions to the scheduler."""

from django.urls import path

from . import views

app_name = "decisions"
urlpatterns = [
    path("e/<slug:edition>/decisions/", views.desk, name="desk"),
    path("e/<slug:edition>/decisions/several/", views.decide_several, name="decide-several"),
    path("e/<slug:edition>/decisions/<str:proposal>/", views.decide, name="decide"),
    path("e/<slug:edition>/decisions/<str:proposal>/take-back/", views.take_back, name="take-back"),
    path("e/<slug:edition>/decisions/<str:proposal>/accept-next/", views.accept_next, name="accept-next"),
    path("e/<slug:edition>/decisions/<str:proposal>/release-place/", views.release_place, name="release-place"),
    path("e/<slug:edition>/fits/", views.does_it_fit, name="fits"),
    path("e/<slug:edition>/fits/ask/", views.ask_fit, name="ask-fit"),
    path("e/<slug:edition>/fits/<int:fit>/", views.fit_answer, name="fit"),
    path("e/<slug:edition>/batches/new/", views.create_batch, name="create-batch"),
    path("e/<slug:edition>/batches/<int:batch>/", views.batch, name="batch"),
    path("e/<slug:edition>/batches/<int:batch>/put/", views.put, name="put"),
    path("e/<slug:edition>/batches/<int:batch>/take-out/", views.take_out, name="take-out"),
    path("e/<slug:edition>/batches/<int:batch>/release/", views.release, name="release"),
]
