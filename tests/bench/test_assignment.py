"""The bench tells exact totals; how long it takes is not for a test to say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.instances import generated, scale_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "assignment"
#: Everything the figures of one instance are asked to hold.
ASKED = {"instance", "coverage", "total", "bound", "minimum", "seconds", "baseline_seconds", "peak_mb", "ratio"}


def bench(*words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "bench/assignment.py", *words, "--json", "--repeat=1"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_real_set_reaches_its_published_optimum() -> None:
    [line] = bench(str(SHARED / "preflib1.npz"), "--floors=")
    assert set(line) >= ASKED
    assert (line["instance"], line["coverage"], line["minimum"]) == ("preflib1", 1.0, 0.75)
    assert line["total"] == line["bound"] == line["baseline_total"] == 124.25
    assert (line["repair_touched"], line["repair_placed"]) == (0, 1)
    assert line["cap_share"] >= 0.97


def test_any_file_of_the_format_can_be_measured(tmp_path: Path) -> None:
    affinities = np.array([[1.5, -0.5, 0.25], [2.0, -1.0, -0.75]], dtype=np.float32)
    np.savez(tmp_path / "odd.npz", S=affinities, M=np.array([[0, 0, 1], [0, 0, 0]]), k=1, load_ub=1, load_lb=[0, 1, 0])
    [line] = bench(str(tmp_path / "odd.npz"), "--floors=0.05")
    assert (line["coverage"], line["total"], line["bound"], line["minimum"]) == (1.0, 1.5, 1.5, -0.5)
    assert [each["share"] for each in line["floors"]] == [0.05]


def test_generated_instances_are_solved_to_the_bound_and_short_ones_say_so() -> None:
    full, short = bench("--generate", "60x30x10:1.1", "60x30x10:0.5", "--floors=")
    assert (full["coverage"], full["total"]) == (1.0, full["bound"])
    assert full["total"] == full["baseline_total"]
    assert (short["coverage"], short["total"]) == (0.5, short["bound"])


def test_the_same_name_gives_the_same_instance() -> None:
    one, other = (generated("40x20x5:1.2")[0] for _ in range(2))
    assert (one.units == other.units).all()
    assert (one.reviewer == other.reviewer).all()
    assert one.capacity.sum() == 144


@pytest.mark.parametrize(("largest", "scale"), [(1.0, 1e6), (1e-7, 1e13), (40.0, 1e6), (1e11, 1e3), (0.0, 1e6)])
def test_affinities_of_any_size_become_whole_numbers_that_fit(largest: float, scale: float) -> None:
    assert scale_of(np.array([largest, -largest / 2]), nodes=1000) == scale


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_measured(tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"nothing of the kind")
    done = subprocess.run(
        [sys.executable, "bench/assignment.py", tmp_path / "broken.npz", SHARED / "preflib1.npz", "--floors="],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 1)
    assert "broken.npz: could not be measured" in done.stderr
