r"""The hour before the deadline: sponsors save and submit, reviewers review, readers open the program, all at once.

    EXPO_TEST_DB=test_load python -m bench.load [--rates 20 30 40 60 80 100] [--seconds 20] [--sponsors 300] \
        [--reviewers 100] [--sessions 86] [--workers 2] [--threads 4] [--alone 0] [--json]

It makes a test database with three editions (a call, a review, a published program), starts gunicorn and one Celery
worker on it, and asks them at each of the rates (requests a second, at random moments, however long the answers take).
Of the requests 55 % are readers' (program page and schedule.json, half of them asked before), 5 % "My proposals", 25 %
somebody who opens the form of a draft, saves it and looks at it (one in eight then submits, with a double click), 15 %
the same with a review. Then thirty sponsors submit all they have at once, more than they may.

A line per rate tells what was asked and answered, milliseconds, errors (any answer that a page would not have given),
the processor's share of one core and its milliseconds a request; `--alone` asks each kind so many times with nobody
else there. In the end all texts are looked up: nothing acknowledged may be lost, doubled or beyond a limit, or the
exit code is 1. Everything started is stopped and the database deleted. On a machine that others use, only ratios of
runs that alternate mean something. The test servers do not wait for the disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import tests.environment  # noqa: E402, F401 - the servers and settings of the tests
from bench.load_edition import Draft, FormReader, World, Writer, build, faults  # noqa: E402

HOST, PATIENCE = "127.0.0.1", 30.0
#: Share of all requests, and how many requests one visit makes.
MIX = {"read": (0.55, 1), "mine": (0.05, 1), "write": (0.25, 3), "review": (0.15, 3)}
SUBMITS, DOUBLE_CLICKS, CRAMMERS = 0.125, 0.5, 30
CSRF = "b" * 32
VERSION = re.compile(r'name="version"\s+value="(\d+)"')


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    head: str
    body: str
    seconds: float

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}: *(.+?)\r?$", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else ""


@dataclass
class Samples:
    """What was asked during one step."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> list[float]:
        return [each for kind in self.taken.values() for each in kind]


class Crowd:
    """Everybody who visits, one visit at a time each."""

    def __init__(self, world: World, port: int) -> None:
        self.world, self.port, self.dice, self.saves = world, port, Random(7), 0
        self.writers, self.reviewers = list(world.writers), list(world.reviewers)
        self.samples, self.kept = Samples(), dict[str, str]()
        self.forms: dict[str, dict[str, list[str]]] = {}

    async def ask(
        self, kind: str, address: str, key: str = "", fields: dict[str, list[str]] | None = None, **headers: str
    ) -> Answer:
        began, raw = monotonic(), b""
        cookies = f"csrftoken={CSRF}" + (f"; sessionid={key}" if key else "")
        lines = {"Host": f"{HOST}:{self.port}", "Cookie": cookies, "Connection": "close", **headers}
        body = urlencode({**fields, "csrfmiddlewaretoken": CSRF}, doseq=True).encode() if fields is not None else b""
        if fields is not None:
            lines |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection(HOST, self.port)
                writer.write(f"{'GET' if fields is None else 'POST'} {address} HTTP/1.1\r\n{head}\r\n".encode() + body)
                raw = await reader.read()
                writer.close()
        except OSError:
            pass
        seconds = monotonic() - began
        self.samples.taken[kind].append(seconds)
        top, _, rest = raw.decode(errors="replace").partition("\r\n\r\n")
        return Answer(int(top[9:12] or 0) if top.startswith("HTTP/1.1 ") else 0, top, rest, seconds)

    def expect(self, answer: Answer, kind: str, *statuses: int) -> bool:
        if answer.status in statuses:
            return True
        self.samples.errors[f"{kind}: {answer.status or 'no answer'}"] += 1
        return False

    async def read(self) -> None:
        address, kind = (
            (self.world.program, "program") if self.dice.random() < 0.33 else (self.world.schedule, "schedule.json")
        )
        seen = self.kept.get(address, "") if self.dice.random() < 0.5 else ""
        answer = await self.ask(kind, address, **({"If-None-Match": seen} if seen else {}))
        if self.expect(answer, kind, 200, 304):
            self.kept[address] = answer.header("ETag")

    async def mine(self) -> None:
        writer = self.dice.choice(self.world.writers)
        self.expect(await self.ask("my proposals", self.world.mine, writer.key), "my proposals", 200)

    async def write(self) -> None:
        writer = self._free(self.writers, lambda each: bool(each.open_drafts))
        if writer is None:
            return
        draft = self.dice.choice(writer.open_drafts)
        saved = await self._change(draft, f"{draft.address}edit/", writer.key, "draft", "abstract")
        if saved and self.dice.random() < SUBMITS:
            self.expect(await self.ask("check", f"{draft.address}submit/", writer.key), "check", 200)
            await self._submit(writer, draft, 2 if self.dice.random() < DOUBLE_CLICKS else 1)
        self.writers.append(writer)

    async def _submit(self, writer: Writer, draft: Draft, clicks: int) -> None:
        asked = (self.ask("submit", f"{draft.address}submit/", writer.key, {}) for _ in range(clicks))
        for answer in await asyncio.gather(*asked):
            draft.submitted += answer.status == 302
            draft.is_sure &= self.expect(answer, "submit", 302, 409)

    async def review(self) -> None:
        reviewer = self._free(self.reviewers, lambda each: True)
        if reviewer is None:
            return
        form = self.dice.choice(reviewer.forms)
        do = self.dice.choice(["save", "submit"])
        await self._change(form, form.address, reviewer.key, "review", "for_chairs", do)
        self.reviewers.append(reviewer)

    async def _change(self, draft: Draft, address: str, key: str, what: str, name: str, do: str = "") -> bool:
        """Open, save, look; says whether it was saved."""
        page = await self.ask(f"{what} form", address, key)
        if not self.expect(page, f"{what} form", 200):
            return False
        if not draft.fields:
            draft.fields = FormReader(page.body, name).fields
        self.saves += 1
        text = f"Save {self.saves}."
        version = VERSION.search(page.body)
        sent = {**draft.fields, "version": [version[1] if version else "0"]}
        sent[name] = ["\n".join([text, *draft.fields[name][0].split("\n")[1:]]) if name == "abstract" else text]
        if do:
            sent |= {"do": [do]} | self._levels(page.body)
        answer = await self.ask(f"{what} saved", address, key, sent)
        draft.is_sure = self.expect(answer, f"{what} saved", 302)
        if not draft.is_sure:
            return False
        draft.text = text
        self.expect(await self.ask(f"{what} seen", answer.header("Location"), key), f"{what} seen", 200)
        return True

    def _levels(self, page: str) -> dict[str, list[str]]:
        names = set(re.findall(r'name="(criterion_\d+)"', page))
        return {name: [str(self.dice.randint(1, 4))] for name in sorted(names)} | {"confidence": ["2"]}

    def _free(self, people: list[Any], fits: Callable[[Any], bool]) -> Any:
        """Whoever waited longest; taken out of the list until the visit is over."""
        at = next((at for at, each in enumerate(people) if fits(each)), None)
        return None if at is None else people.pop(at)

    async def visit(self, rate: float, seconds: float) -> int:
        """People arrive at random moments; says how many requests were answered while they still arrived."""
        arrivals = {kind: share / requests for kind, (share, requests) in MIX.items()}
        verbs: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {kind: getattr(self, kind) for kind in MIX}
        began, at, tasks = monotonic(), 0.0, set[asyncio.Task[None]]()
        while at < seconds:
            at += self.dice.expovariate(rate * sum(arrivals.values()))
            await asyncio.sleep(max(0.0, began + at - monotonic()))
            kind = self.dice.choices(list(arrivals), list(arrivals.values()))[0]
            tasks.add(asyncio.create_task(verbs[kind]()))
        answered = len(self.samples.all)
        await asyncio.gather(*tasks)
        return answered

    async def cram(self) -> None:
        """Thirty sponsors submit everything at the same moment."""
        people = [writer for writer in self.world.writers if len(writer.open_drafts) > 1][:CRAMMERS]
        await asyncio.gather(
            *(
                self._submit(writer, draft, 1 + at % 2)
                for writer in people
                for at, draft in enumerate(writer.open_drafts)
            )
        )


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(description="What the site bears in the hour before the deadline.")
    parser.add_argument("--rates", type=float, nargs="*", default=[20, 30, 40, 60, 80, 100])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--sponsors", type=int, default=300)
    parser.add_argument("--reviewers", type=int, default=100)
    parser.add_argument("--sessions", type=int, default=86)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--alone", type=int, default=0, help="ask each kind so many times, one after the other")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    wrong = 0
    for line in measured(options):
        wrong += line.get("faults", 0)
        print(
            json.dumps(line) if options.json else "  ".join(f"{name} {value}" for name, value in line.items()),
            flush=True,
        )
    return 1 if wrong else 0


def measured(options: Namespace) -> Iterator[dict[str, Any]]:
    """A line per rate, then what the search for faults found."""
    with ExitStack() as stack:
        name = stack.enter_context(_database())
        world = build(options.sponsors, options.reviewers, options.sessions)
        site = stack.enter_context(_site(name, options.workers, options.threads))
        crowd = Crowd(world, site.port)
        asyncio.run(_warm_up(crowd, options.workers * options.threads))
        if options.alone:
            yield from _alone(crowd, site, options.alone)
        for rate in options.rates:
            crowd.samples, clock = Samples(), site.clock()
            answered = asyncio.run(crowd.visit(rate, options.seconds))
            yield _line(f"{rate:g}/s", crowd.samples, clock(), answered / options.seconds)
        crowd.samples, clock = Samples(), site.clock()
        asyncio.run(crowd.cram())
        yield _line("all at once", crowd.samples, clock())
        found = faults(world)
        for fault in found:
            print(fault, file=sys.stderr)
        drafts = [draft for writer in world.writers for draft in writer.drafts]
        yield {
            "saves": crowd.saves,
            "drafts changed": sum(bool(draft.text) for draft in drafts),
            "reviews changed": sum(bool(form.text) for each in world.reviewers for form in each.forms),
            "submitted": sum(draft.submitted > 0 for draft in drafts),
            "faults": len(found),
        }


async def _warm_up(crowd: Crowd, threads: int) -> None:
    """Each thread of each process once: templates compile, connections open."""
    await asyncio.gather(*(verb() for _ in range(2 * threads) for verb in (crowd.read, crowd.mine)))
    for verb in (crowd.write, crowd.review):
        await asyncio.gather(*(verb() for _ in range(threads)))


def _alone(crowd: Crowd, site: Site, times: int) -> Iterator[dict[str, Any]]:
    """Each kind of visit with nobody else there."""
    for kind in MIX:
        crowd.samples, clock = Samples(), site.clock()
        for _ in range(times):
            asyncio.run(getattr(crowd, kind)())
        yield _line(f"alone: {kind}", crowd.samples, clock()) | {
            name: round(1000 * median(taken), 1) for name, taken in sorted(crowd.samples.taken.items())
        }


def _line(name: str, samples: Samples, used: dict[str, float], got: float | None = None) -> dict[str, Any]:
    taken = samples.all
    cuts = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else [0.0] * 99
    return {
        "asked": name,
        **({"got": round(got, 1)} if got is not None else {}),
        "requests": len(taken),
        **{f"p{at}": round(1000 * cuts[at - 1]) for at in (50, 95, 99)},
        "errors": sum(samples.errors.values()),
        **{f"{part} %": round(100 * used[part] / used["seconds"]) for part in ("web", "database", "machine")},
        **{f"{part} ms": round(1000 * used[part] / max(1, len(taken)), 1) for part in ("web", "database")},
        **dict(samples.errors),
    }


@contextmanager
def _database() -> Iterator[str]:
    """An empty test database, deleted in the end; its name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    from tests.database import leave_nobody_inside, use_template

    setup_test_environment()
    use_template()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield str(connection.settings_dict["NAME"])
    finally:
        leave_nobody_inside()
        teardown_databases(made, verbosity=0)


class Site:
    """Gunicorn and a worker, running."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self.process = port, process

    def clock(self) -> Callable[[], dict[str, float]]:
        """Starts now; what it gives when called are seconds, on the wall and of the processor."""
        began, before = monotonic(), self._used()

        def seconds() -> dict[str, float]:
            after = self._used()
            return {"seconds": monotonic() - began, **{part: after[part] - before.get(part, 0.0) for part in after}}

        return seconds

    def _used(self) -> dict[str, float]:
        from django.db import connection

        tick = os.sysconf("SC_CLK_TCK")
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            backends = [str(pid) for (pid,) in cursor.fetchall()]
        machine = [int(figure) for figure in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return {
            "web": sum(map(_ticks, children)) / tick,
            "database": sum(map(_ticks, backends)) / tick,
            "machine": (sum(machine) - machine[3] - machine[4]) / tick,
        }


def _ticks(pid: str) -> int:
    """Of the processor, by one process; 0 when it is on another host or gone."""
    try:
        figures = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0
    return int(figures[11]) + int(figures[12])


@contextmanager
def _site(database: str, workers: int, threads: int) -> Iterator[Site]:
    from django.conf import settings

    from expo.ops.servers.embedded import ensure
    from tests.live_workers import Worker, running

    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))
    embedded = ROOT / ".data" / "test"
    cache = ensure(embedded, durable=False).cache_url if embedded.is_dir() else ""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "EXPO_TESTING": "off",
            "EXPO_DISPATCH_TASKS": "on",
            "STATIC_FROM_SOURCES": "on",
            "DATABASE_URL": url,
            "CACHE_URL": cache,
            "SITE_URL": f"http://{HOST}:{port}",
            "SECRET_KEY": settings.SECRET_KEY,
            "LOG_LEVEL": "ERROR",
            "PROMETHEUS_MULTIPROC_DIR": folder,
        }
        environment.pop("DATABASE_POOL", None)
        command = [sys.executable, "-m", "gunicorn", "expo.wsgi", "-c", "python:expo.ops.gunicorn"]
        command += ["--bind", f"{HOST}:{port}", "--workers", str(workers), "--threads", str(threads)]
        process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT, env=environment)
        try:
            with running(Worker(Path(folder), f"http://{HOST}:{port}", beat=False)):
                _wait_for(f"http://{HOST}:{port}/healthz", process)
                yield Site(port, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + PATIENCE
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            if process.poll() is not None or monotonic() > deadline:
                raise
        sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
