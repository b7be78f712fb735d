"""The embedded servers, started for real in a folder with a space in its path."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from expo.ops.servers import embedded
from expo.ops.servers.account import ServerProblem

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
# Another process that wants the same servers: it says where they are, then holds them until its input ends.
USER = "import sys; from pathlib import Path; from expo.ops.servers import embedded; \
print(embedded.ensure(Path(sys.argv[1]), durable=False).database_url, flush=True); sys.stdin.read()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for all tests: each begins with `ensure`, whatever the one before left behind."""
    place = tmp_path_factory.mktemp("a folder with spaces")
    yield place
    embedded.stop(place)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    embedded.stop(tmp_path)


def ensure(folder: Path) -> embedded.Servers:
    return embedded.ensure(folder, durable=False)


def ask(found: embedded.Servers, query: str) -> object:
    with psycopg.connect(found.database_url) as connection:
        row = connection.execute(query).fetchone()
    return row and row[0]


def keep(found: embedded.Servers, number: int) -> None:
    with psycopg.connect(found.database_url) as connection:
        connection.execute("SET synchronous_commit = on")
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute(f"CREATE TABLE kept AS SELECT {number} AS number")


def broker(found: embedded.Servers) -> Redis:
    return Redis.from_url(found.cache_url)


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_both_answer_from_a_path_with_a_space(folder: Path) -> None:
    found = ensure(folder)
    assert ask(found, "SELECT current_database()") == "expo"
    assert broker(found).ping() is True


def test_a_second_call_finds_them_running_and_keeps_the_data(folder: Path) -> None:
    first = ensure(folder)
    keep(first, 7)
    pid = postmaster(folder)
    second = ensure(folder)
    assert (second, postmaster(folder)) == (first, pid)
    assert ask(second, "SELECT number FROM kept") == 7


def test_data_survives_a_stop(folder: Path) -> None:
    keep(ensure(folder), 7)
    embedded.stop(folder)
    assert ask(ensure(folder), "SELECT number FROM kept") == 7


def test_a_killed_postgresql_is_started_again(folder: Path) -> None:
    keep(ensure(folder), 7)
    kill(postmaster(folder))
    assert ask(ensure(folder), "SELECT number FROM kept") == 7


def test_a_killed_valkey_is_started_again(folder: Path) -> None:
    found = ensure(folder)
    kill(broker(found).info()["process_id"])
    assert broker(ensure(folder)).ping() is True


def test_a_stale_pid_that_another_program_carries_by_now_does_no_harm(folder: Path) -> None:
    ensure(folder)
    embedded.stop(folder)
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert ask(ensure(folder), "SELECT 1") == 1


def test_a_half_finished_first_run_begins_anew(fresh: Path) -> None:
    for name in ("postgres.new", "postgres"):
        (fresh / name).mkdir()
        (fresh / name / "postgresql.conf").write_text("half a file")
    assert ask(ensure(fresh), "SELECT 1") == 1
    assert not (fresh / "postgres.new").exists()


def test_data_of_another_version_is_left_alone_and_explained(folder: Path) -> None:
    ensure(folder)
    embedded.stop(folder)
    noted = folder / "postgres" / "PG_VERSION"
    true_version = noted.read_text()
    noted.write_text("12\n")
    with pytest.raises(ServerProblem, match="made by PostgreSQL 12, this is PostgreSQL"):
        ensure(folder)
    noted.write_text(true_version)
    assert ask(ensure(folder), "SELECT 1") == 1


def test_many_at_once_agree_on_one_server(folder: Path) -> None:
    def start(_: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", USER, folder], cwd=ROOT, input="", capture_output=True, text=True, check=True
        )
        return done.stdout

    with ThreadPoolExecutor(4) as pool:
        addresses = set(pool.map(start, range(4)))
    assert addresses == {ensure(folder).database_url + "\n"}


def test_they_are_left_running_for_whoever_still_uses_them(folder: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", USER, folder], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    other.stdout.readline()
    found = ensure(folder)
    assert embedded.stop_unless_used(folder) is False
    assert ask(found, "SELECT 1") == 1
    other.communicate("")
    assert embedded.stop_unless_used(folder) is True
    with pytest.raises(psycopg.OperationalError):
        ask(found, "SELECT 1")


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ServerProblem, match="set DATABASE_URL and BROKER_URL"):
        ensure(file / "below")
