"""The load bench starts a site, asks it, and finds that nothing was lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SMALL = "--rates 8 --seconds 3 --sponsors 8 --reviewers 4 --sessions 4 --alone 1 --json"


def test_a_small_load_is_answered_without_an_error_or_a_loss():
    environment = {**os.environ, "EXPO_TEST_DB": f"{os.environ['EXPO_TEST_DB']}_load"}
    command = [sys.executable, "-m", "bench.load", *SMALL.split()]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, done.stderr[-3000:]
    *steps, end = map(json.loads, done.stdout.splitlines())
    names = ["alone: read", "alone: mine", "alone: write", "alone: review", "8/s", "all at once"]
    assert [step["asked"] for step in steps] == names
    assert [step["errors"] for step in steps] == [0] * len(steps)
    assert end["faults"] == 0
    assert min(end["saves"], end["reviews changed"], end["submitted"]) > 0
