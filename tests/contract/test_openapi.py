"""The API's description is committed, so that no change of it goes unnoticed.

After a change that is meant: `EXPO_WRITE_OPENAPI=1 make test ARGS=tests/contract/test_openapi.py`; then read the diff.
"""

import difflib
import os
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.urls import reverse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

COMMITTED = Path(__file__).with_name("openapi.v1.yaml")


def described() -> str:
    return (
        OpenApiYamlRenderer()
        .render(SchemaGenerator().get_schema(request=None, public=True), renderer_context={})
        .decode()
    )


def test_the_description_is_the_committed_one() -> None:
    now = described()
    if os.environ.get("EXPO_WRITE_OPENAPI"):
        COMMITTED.write_text(now)
    diff = difflib.unified_diff(COMMITTED.read_text().splitlines(), now.splitlines(), "committed", "now", lineterm="")
    assert list(diff) == []


@pytest.mark.slow
def test_the_description_is_valid_openapi_3_1() -> None:
    schema = yaml.safe_load(described())
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")


def test_nothing_had_to_be_guessed() -> None:
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        described()
    assert sorted({*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache}) == []


@pytest.mark.slow
def test_every_operation_has_a_name_of_its_own_and_a_summary() -> None:
    paths = yaml.safe_load(described())["paths"]
    operations = [
        (path, one) for path, methods in paths.items() for name, one in methods.items() if name != "parameters"
    ]
    names = [one["operationId"] for _, one in operations]
    assert len(names) == len(set(names))
    assert [path for path, one in operations if not one.get("description")] == []


@pytest.mark.slow
@pytest.mark.django_db
def test_everybody_gets_the_same_description() -> None:
    response = Client().get(reverse("api:schema"))
    assert response.status_code == 200
    assert yaml.safe_load(response.content) == yaml.safe_load(described())


@pytest.mark.django_db
def test_the_page_that_shows_it_keeps_the_strict_policy() -> None:
    response = Client().get(reverse("api:docs"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
    assert reverse("api:schema") in page
    assert "//cdn" not in page
