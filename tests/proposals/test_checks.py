"""The checks over texts: what is found, what is not, and how it is said."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.proposals.checks.engine import check
from expo.proposals.checks.findings import CheckedText, Code, EarlierText, Finding, Problem, Writer
from tests.proposals.check_sentences import FINE, INSTRUCTIONS, RECRUITING, SELLING


def review_text(text: str, field: str = "abstract") -> CheckedText:
    return CheckedText(field, "title" if field == "title" else "review text", text, is_blinded=True)


def public_text(text: str) -> CheckedText:
    return CheckedText("public_text", "public text", text, is_public=True)


def codes(text: str, **about: object) -> set[Code]:
    return {each.code for each in check(Problem((review_text(text),), **about))}


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


@pytest.mark.parametrize("sentence", SELLING)
def test_words_of_selling_are_found(sentence: str) -> None:
    assert Code.SELLING in codes(f"We show how caches work. {sentence} Code is open.")


@pytest.mark.parametrize("sentence", RECRUITING)
def test_words_of_recruiting_are_found(sentence: str) -> None:
    assert Code.RECRUITING in codes(f"We show how caches work. {sentence} Code is open.")


@pytest.mark.parametrize("sentence", INSTRUCTIONS)
def test_instructions_to_who_judges_are_found(sentence: str) -> None:
    assert Code.INSTRUCTION in codes(f"We show how caches work. {sentence}\nCode is open.")


@pytest.mark.parametrize("sentence", FINE)
def test_words_of_research_are_fine(sentence: str) -> None:
    assert check(Problem((review_text(f"We show how caches work. {sentence} Code is open."),))) == []
