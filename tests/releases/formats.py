"""The published schemas that the exports are held against; their licence keeps them beside the project, not in it.

Where they are missing, the tests that need them say so and are skipped; merging (CI) does without no test.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "formats"


def path_of(name: str) -> Path:
    found = FORMATS / name
    if not found.exists() and not os.environ.get("CI"):
        pytest.skip(
            f"{found} is missing: put the schemas of schedule.json and schedule.xml there.", allow_module_level=True
        )
    assert found.exists(), f"{found} is missing, and merging needs it."
    return found


def xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path_of("voc-schedule/schedule.xml.xsd")))


def schema(name: str = "voc-schedule/schedule.schema.json") -> dict[str, Any]:
    return json.loads(path_of(name).read_text())
