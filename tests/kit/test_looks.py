"""The rules of the design system: one base, no inline code, enough contrast, a page of parts that axe finds clean."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
PARTIAL_FOLDERS = ("includes", "django", "allauth/elements")

TEXT = 4.5
EDGE = 3.0
PAIRS = [
    *((ink, behind, TEXT) for ink in ("ink", "ink-soft", "ink-faint") for behind in ("ground", "surface", "sunken")),
    *((tone, behind, TEXT) for tone in ("accent", "ok", "warn", "danger") for behind in ("ground", "surface")),
    *((tone, f"{tone}-soft", TEXT) for tone in ("accent", "ok", "warn", "danger")),
    *(("ink", f"{tone}-soft", TEXT) for tone in ("accent", "ok", "warn", "danger")),
    *((kind, behind, TEXT) for kind in ("kind-talk", "kind-demo", "kind-workshop") for behind in ("ground", "surface")),
    ("ink-soft", "accent-soft", TEXT),
    ("accent-strong", "accent-soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("on-danger", "danger", TEXT),
    *(("line-strong", behind, EDGE) for behind in ("ground", "surface", "sunken")),
    *(("focus", behind, EDGE) for behind in ("ground", "surface", "sunken", "accent-soft")),
]
FORBIDDEN = {
    "inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "inline htmx script": re.compile(r"\shx-on", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "script without src": re.compile(
        r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")", re.IGNORECASE
    ),
    "script in an address": re.compile(r"javascript:", re.IGNORECASE),
}


def is_partial(path: Path) -> bool:
    name = path.relative_to(TEMPLATES).as_posix()
    return path.name.startswith("_") or name.startswith(PARTIAL_FOLDERS)


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def test_every_template_extends_another_or_is_a_partial() -> None:
    whole = [path for path in PAGES if path.name != "base.html" and not is_partial(path)]
    assert [name_of(path) for path in whole if not path.read_text().startswith("{% extends ")] == []


def test_no_template_carries_code_or_style_inline() -> None:
    assert [
        (name_of(path), rule)
        for path in PAGES
        for rule, pattern in FORBIDDEN.items()
        if pattern.search(path.read_text())
    ] == []


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">',
        '<a onclick="x()">',
        '<b hx-on:click="x()">',
        "<style>p{}</style>",
        "<script>x()</script>",
        '<a href="javascript:x()">',
    ],
)
def test_the_rules_against_inline_code_find_what_they_forbid(markup: str) -> None:
    assert any(pattern.search(markup) for pattern in FORBIDDEN.values())


def test_every_static_file_named_in_a_template_exists() -> None:
    named = {name for path in PAGES for name in re.findall(r"{% static ['\"](expo/[^'\"]+)", path.read_text())}
    assert {name for name in named if not (ROOT / "expo" / "static" / name).exists()} == set()


def test_every_class_named_in_a_template_has_a_rule() -> None:
    sheets = "".join(path.read_text() for path in (ROOT / "expo/static/expo/css").glob("*.css"))
    known = set(re.findall(r"\.([a-z][\w-]*)", sheets))
    assert {(name_of(path), name) for path in PAGES for name in classes_of(path.read_text()) - known} == set()


def classes_of(markup: str) -> set[str]:
    """The classes written out in full; one that a template puts together cannot be checked."""
    written = " ".join(re.findall(r'class="([^"]*)"', markup))
    joined = re.sub(r"[\w-]*{{.*?}}[\w-]*", " ", written)
    return set(re.sub(r"{%.*?%}", " ", joined).split())


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html", "refused.html"])
def test_error_pages_need_nothing_to_be_drawn(name: str) -> None:
    drawn = render_to_string(name)
    assert (drawn.count("<h1>"), drawn.count('class="stop"')) == (1, 1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS, ids=lambda value: str(value))
def test_colours_meet_wcag_aa(front: str, back: str, least: float, theme: str) -> None:
    colours = tokens(theme)
    assert contrast(colours[front], colours[back]) >= least


def tokens(theme: str) -> dict[str, str]:
    css = (ROOT / "expo/static/expo/css/tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    return {name: light if theme == "light" else dark for name, light, dark in pairs}


def contrast(front: str, back: str) -> float:
    """WCAG 2.2's contrast ratio of two sRGB colours."""
    brighter, darker = sorted((luminance(front), luminance(back)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_computed_as_wcag_does() -> None:
    assert (contrast("#000000", "#ffffff"), round(contrast("#777777", "#ffffff"), 2)) == (21.0, 4.48)
