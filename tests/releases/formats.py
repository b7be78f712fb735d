"""The published schemas that the exports are held against; they stand beside the project, not in it."""

import json
from pathlib import Path
from typing import Any

from lxml import etree

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "formats"


def path_of(name: str) -> Path:
    found = FORMATS / name
    assert found.exists(), (
        f"{found} is missing: the schemas of schedule.json and schedule.xml belong beside the project."
    )
    return found


def xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path_of("voc-schedule/schedule.xml.xsd")))


def schema(name: str = "voc-schedule/schedule.schema.json") -> dict[str, Any]:
    return json.loads(path_of(name).read_text())
