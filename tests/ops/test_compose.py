"""docker-compose.yml and Dockerfile against the settings, the pins and the embedded servers."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from expo.celery import app
from expo.ops.servers import postgres, valkey

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "expo"}
SETTINGS_TEXT = (ROOT / "expo" / "settings.py").read_text()
READ_BY_SETTINGS = set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', SETTINGS_TEXT))
READ_BY_GUNICORN = set(
    re.findall(r'os\.environ\.get\("([A-Z_]+)"', (ROOT / "expo" / "ops" / "gunicorn.py").read_text())
)


def test_it_runs_the_whole_house_and_nothing_else() -> None:
    assert set(SERVICES) == {"migrate", "web", "worker", "worker-solver", "beat", "postgres", "valkey"}


def test_server_versions_are_those_that_tests_run_on() -> None:
    assert SERVICES["postgres"]["image"] == f"postgres:{postgres.version()}"
    assert SERVICES["valkey"]["image"] == f"valkey/valkey:{valkey.version()}"


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_somebody_reads(name: str) -> None:
    read = READ_BY_SETTINGS | (READ_BY_GUNICORN if name == "web" else set())
    assert set(OURS[name]["environment"]) - read == set()


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_has_no_default_is_given(name: str) -> None:
    required = set(re.findall(r'required\(\s*"([A-Z_]+)"', SETTINGS_TEXT))
    assert required - set(OURS[name]["environment"]) == set()
    assert {"ALLOWED_HOSTS", "SITE_URL", "CACHE_URL", "EMAIL_URL"} <= set(OURS[name]["environment"])


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        uses = re.findall(rf"\${{{name}([^}}]*)}}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)


def test_workers_together_listen_to_every_queue_that_tasks_are_sent_to() -> None:
    listened = {command[command.index("-Q") + 1] for command in _celery_commands("worker")}
    routed = {str(route["queue"]) for route in settings.CELERY_TASK_ROUTES.values()}
    assert listened == routed | {settings.CELERY_TASK_DEFAULT_QUEUE}


def test_celery_commands_name_this_application() -> None:
    commands = [*_celery_commands("worker"), *_celery_commands("beat")]
    assert {command[command.index("-A") + 1] for command in commands} == {app.main}
    assert len(_celery_commands("beat")) == 1


def test_the_data_of_postgresql_outlives_its_container() -> None:
    # From version 18 on, the image keeps its data below this folder.
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert "postgres" in COMPOSE["volumes"]


@pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
def test_everything_waits_for_migrations_and_servers(name: str) -> None:
    conditions = {on: need["condition"] for on, need in OURS[name]["depends_on"].items()}
    assert conditions == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "valkey": "service_healthy",
    }


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_everything_that_stays_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("path", re.findall(r"expo\.ops\.probe[\",\s]+(/\w+)", DOCKERFILE + str(OURS)) or ["/missing"])
def test_health_checks_ask_real_addresses(path: str) -> None:
    from django.urls import resolve

    assert resolve(path).view_name in {"ops:healthz", "ops:readyz"}


def test_the_image_holds_no_development_packages_and_checks_hashes() -> None:
    assert "requirements-dev" not in DOCKERFILE
    assert "pip install --require-hashes -r requirements.txt" in DOCKERFILE


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users == ["expo"]
    assert f"--uid 10001 {users[0]}" in DOCKERFILE


def test_the_image_serves_the_wsgi_application_of_the_settings() -> None:
    command = re.search(r"^CMD (\[.*?\])", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert command is not None
    module = settings.WSGI_APPLICATION.rsplit(".", 1)[0]
    assert ["python", "-m", "gunicorn", module] == yaml.safe_load(command[1].replace("\\\n", ""))[:4]


def test_the_image_takes_every_folder_the_site_needs() -> None:
    taken = set(re.findall(r"^!(\S+?)/?$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    packages = {app.split(".")[0] for app in settings.OWN_APPS}
    assert packages | {"templates", "docs/guide", "docs/screenshots", "manage.py", "requirements.txt"} == taken


def _celery_commands(kind: str) -> list[list[str]]:
    found = [[str(part) for part in service.get("command", [])] for service in OURS.values()]
    return [command for command in found if command[:1] == ["celery"] and kind in shlex.split(" ".join(command))]
