"""Probes and metrics."""

import pytest
from django.test import Client
from django.urls import reverse


def test_healthz_answers_without_a_database(client: Client) -> None:
    # No django_db mark: touching the database here would fail the test.
    response = client.get(reverse("ops:healthz"))
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_names_each_part(client: Client) -> None:
    response = client.get(reverse("ops:readyz"))
    assert (response.status_code, response.json()) == (
        200,
        {"ready": True, "parts": {"database": True, "broker": True}},
    )


@pytest.mark.django_db
def test_readyz_is_unavailable_while_migrations_wait(client: Client) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="ops").delete()
    response = client.get(reverse("ops:readyz"))
    assert (response.status_code, response.json()["parts"]) == (503, {"database": False, "broker": True})


def test_metrics_are_for_this_machine_when_there_is_no_token(client: Client) -> None:
    assert client.get(reverse("ops:metrics")).status_code == 200
    assert client.get(reverse("ops:metrics"), REMOTE_ADDR="203.0.113.9").status_code == 404


def test_metrics_refuse_a_visitor_behind_a_proxy_on_this_machine(client: Client) -> None:
    response = client.get(reverse("ops:metrics"), headers={"x-forwarded-for": "203.0.113.9"})
    assert response.status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "status"), [("Bearer right", 200), ("Bearer wrong", 404), ("right", 404), ("Bearer ä", 404), ("", 404)]
)
def test_metrics_ask_for_the_token(client: Client, settings, header: str, status: int) -> None:
    settings.METRICS_TOKEN = "right"
    assert client.get(reverse("ops:metrics"), headers={"authorization": header}).status_code == status
