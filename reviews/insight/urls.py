"""Addresses of the overview, slices, journal and outbox."""

from django.urls import path

from . import views

app_name = "insight"
urlpatterns = [
    path("e/<slug:edition>/chair/", views.desk, name="desk"),
    path("e/<slug:edition>/insight/", views.slices, name="slices"),
    path("e/<slug:edition>/audit/", views.audit, name="audit"),
    path("e/<slug:edition>/outbox/", views.outbox, name="outbox"),
    path("e/<slug:edition>/outbox/resend/", views.resend, name="resend"),
]
