"""The doctor names what is wrong and what to do; a well deployment leaves it silent."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from expo.ops import services
from expo.ops.management.commands import doctor
from expo.ops.management.commands.doctor import CheckResult

pytestmark = pytest.mark.slow


def test_a_finding_is_well_exactly_when_it_needs_no_advice() -> None:
    assert CheckResult("mail", "fine").well is True
    assert CheckResult("mail", "broken", "Mend it.").well is False


@pytest.mark.django_db
def test_it_looks_at_the_whole_deployment() -> None:
    names = [finding.name for finding in doctor.examine()]
    assert names == [
        "mode", "secrets", "hosts", "database", "extensions", "migrations", "broker", "workers", "beat", "cache",
        "mail", "storage",
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_test_database_is_well() -> None:
    assert [doctor.database().well, doctor.extensions().well, doctor.migrations().well] == [True, True, True]
    assert doctor.broker() == CheckResult("broker", "answers")


@pytest.mark.django_db
def test_waiting_migrations_are_counted_and_named() -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="ops", name="0002_drop_admin_log").delete()
    assert doctor.migrations() == CheckResult(
        "migrations", "1 wait, the first is ops.0002_drop_admin_log", "Run `manage.py migrate`."
    )


@pytest.mark.django_db
def test_queues_without_a_worker_are_named() -> None:
    found = doctor.workers()
    assert found.seen == "nobody listens to: default, solver"
    assert "celery -A expo worker -Q default" in found.advice


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "well"), [(0, True), (170, True), (190, False)])
def test_beat_is_well_while_its_last_beat_is_fresh(time_machine, seconds: int, well: bool) -> None:
    start = datetime(2026, 7, 1, 9, tzinfo=UTC)
    time_machine.move_to(start, tick=False)
    services.beat()
    time_machine.move_to(start + timedelta(seconds=seconds), tick=False)
    assert (doctor.beat().seen, doctor.beat().well) == (f"seen {seconds} seconds ago", well)


@pytest.mark.django_db
def test_a_beat_that_was_never_seen_is_missed() -> None:
    assert (doctor.beat().seen, doctor.beat().well) == ("never seen", False)


@pytest.mark.parametrize("key", ["short", "insecure-key-for-development-only-but-now-made-long-enough", "x" * 60])
def test_weak_secrets_are_refused_in_production(settings, key: str) -> None:
    settings.DEBUG = False
    settings.SECRET_KEY = key
    assert doctor.secrets().seen == "SECRET_KEY is short or well known"


@pytest.mark.parametrize(
    ("hosts", "site", "well"),
    [
        (["expo.example.org"], "https://expo.example.org", True),
        (["*"], "https://expo.example.org", False),
        ([], "https://expo.example.org", False),
        (["expo.example.org"], "http://expo.example.org", False),
    ],
)
def test_hosts_must_be_named_and_secure(settings, hosts: list[str], site: str, well: bool) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.SITE_URL = False, hosts, site
    assert doctor.hosts().well is well


def test_mail_that_only_prints_is_not_enough_in_production(settings) -> None:
    settings.DEBUG = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert doctor.mail() == CheckResult(
        "mail", "goes to: console", "Set EMAIL_URL (smtp+tls://user:password@host:587), else nobody gets mail."
    )


def test_a_mail_server_that_does_not_answer_is_named(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    found = doctor.mail()
    assert found.seen.startswith("the server refuses:")
    assert found.advice == "Correct EMAIL_URL, or the mail server."


def test_missing_static_files_are_noticed_in_production(settings, tmp_path) -> None:
    settings.STATIC_FROM_SOURCES, settings.STATIC_ROOT = False, tmp_path
    assert doctor.storage().advice == "Run `manage.py collectstatic --no-input`."
    (tmp_path / "staticfiles.json").write_text("{}")
    assert doctor.storage().well is True


@pytest.mark.django_db
def test_for_machines_it_speaks_json_and_fails_when_anything_does(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert ended.value.code == 1
    assert findings["database"]["well"] is True
    assert findings["beat"] == {
        "name": "beat", "seen": "never seen", "well": False, "advice": findings["beat"]["advice"],
    }  # fmt: skip
