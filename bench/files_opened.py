"""Counts the project's files whose functions run along one path, from the request to its answer: one line per path.

    EXPO_TEST_DB=test_bench python -m bench.files_opened [--list] [--json]

This is what a reader has to open to follow the path. Functions are seen by `sys.setprofile`; packages, tests,
migrations and what runs while a module is imported are left out. The data are the demo's, in a test database that
is left as it was. Addresses and task names never change, so the same file counts older states of the project too.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import tests.environment  # noqa: E402, F401 - the servers and settings of the tests

SIDES = (str(ROOT / "expo") + os.sep, str(ROOT / "reviews") + os.sep)
SUBMIT, PUBLISH, EXECUTE = "POST submit a proposal", "POST publish a release", "execute_run of the matching"


class Trace:
    """The project's files and functions that ran, and how many calls there were."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.functions: set[tuple[str, str]] = set()
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(SIDES) and code.co_name != "<module>":
            self.files.add(code.co_filename[len(str(ROOT)) + 1 :])
            self.functions.add((code.co_filename, code.co_qualname if hasattr(code, "co_qualname") else code.co_name))
            self.calls += 1

    def __or__(self, other: Trace) -> Trace:
        both = Trace()
        both.files, both.functions = self.files | other.files, self.functions | other.functions
        both.calls = self.calls + other.calls
        return both


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(description="How many files a reader opens to follow a path.")
    parser.add_argument("--list", action="store_true", help="Name the files.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    traces = measured()
    if options.json:
        print(json.dumps({name: sorted(trace.files) for name, trace in traces.items()}))
        return
    print(f"{'path':<42}{'files':>6}{'functions':>11}{'calls':>9}")
    for name, trace in traces.items():
        print(f"{name:<42}{len(trace.files):>6}{len(trace.functions):>11}{trace.calls:>9}")
        if options.list:
            print("".join(f"    {file}\n" for file in sorted(trace.files)), end="")


def measured() -> dict[str, Trace]:
    """Every path in one transaction, which is rolled back."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")
    import django

    django.setup()
    from django.db import transaction
    from django.test.utils import setup_databases, setup_test_environment

    setup_test_environment()
    setup_databases(verbosity=0, interactive=False, keepdb=True)
    with transaction.atomic():
        try:
            return dict(_paths())
        finally:
            transaction.set_rollback(True)


def _paths() -> Iterator[tuple[str, Trace]]:
    from django.core.management import call_command
    from django.urls import reverse

    from expo.editions.models import Edition
    from expo.program.models import Session
    from expo.proposals.models import Proposal
    from reviews.assignments import tasks
    from reviews.assignments.models import Run
    from reviews.demo.setup import sign_in

    call_command("demo", stage=["call", "review", "published"], quiet=True, stdout=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    call, review, published = (Edition.objects.get(slug=f"demo-{stage}") for stage in ("call", "review", "published"))

    yield "GET the public program", _trace(_visit(None, reverse("releases:program", args=[published.slug]), 200))

    contact = sign_in("sponsor")
    draft = _draft(Proposal.objects.filter(edition=call, state="submitted", sponsor__team__user__email=contact)[0])
    yield SUBMIT, _trace(_visit(contact, reverse("proposals:submit", args=[call.slug, draft.code]), 302, {}))

    chair = sign_in("cochair")
    session = Session.objects.filter(edition=published, room__isnull=False, proposal__isnull=False).order_by("pk")[0]
    unplace = reverse("program:unplace", args=[published.slug, session.pk])
    _visit(chair, unplace, 302, {"version": session.version})()
    publish = reverse("releases:publish", args=[published.slug])
    leave_out = list(Proposal.objects.filter(edition=published).values_list("pk", flat=True))
    answer = _client(chair).get(reverse("releases:list", args=[published.slug])).content.decode()
    left = [pk for pk in leave_out if f'name="leave_out" value="{pk}"' in " ".join(answer.split())]
    yield PUBLISH, _trace(_visit(chair, publish, 302, {"note": "", "leave_out": left}))

    start = _trace(_visit(chair, reverse("assignments:start", args=[review.slug]), 302, {}))
    yield "POST start a matching run", start
    run = Run.objects.filter(edition=review).latest("pk")
    execute = _trace(lambda: tasks.execute_run(run.pk))
    yield EXECUTE, execute
    preview = _trace(_visit(chair, reverse("assignments:run", args=[review.slug, run.pk]), 200))
    yield "GET the run's preview", preview
    yield "start + execute + preview together", start | execute | preview


def _client(email: str | None) -> Any:
    from django.test import Client

    from expo.accounts.models import User

    client = Client()
    if email is not None:
        client.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _visit(email: str | None, address: str, status: int, data: dict[str, Any] | None = None) -> Callable[[], None]:
    client = _client(email)

    def visit() -> None:
        answer = client.get(address) if data is None else client.post(address, data)
        assert answer.status_code == status, (address, answer.status_code, answer.content.decode()[-3000:])

    return visit


def _trace(act: Callable[[], Any]) -> Trace:
    trace = Trace()
    with _profiled(trace):
        act()
    return trace


@contextmanager
def _profiled(trace: Trace) -> Iterator[None]:
    sys.setprofile(trace)
    try:
        yield
    finally:
        sys.setprofile(None)


def _draft(proposal: Any) -> Any:
    """A submitted proposal as it was before: the demo's own drafts lack something, or the checks object."""
    type(proposal).objects.filter(pk=proposal.pk).update(state="draft", submitted_at=None)
    proposal.refresh_from_db()
    return proposal


if __name__ == "__main__":
    main(sys.argv[1:])
