"""Every rule and objective of the solver has its texts, and each text can be filled in."""

import re
from pathlib import Path
from string import Formatter

import pytest

from expo.program import objective_texts
from expo.program.objective_texts import OBJECTIVES
from expo.program.rule_texts import RULES, unnamed_sentence
from expo.program.solver import checker, objectives
from expo.program.states import LinkKind

NAMES = {
    "clause": {"other", "person", "break_name", "sponsor"},
    "unnamed": set(),
    "sentence": {"start", "minutes", "grid", "room", "track", "person", "other", "where", "sponsor"},
    "unnamed_sentence": set(),
    "delayed": {"title", "minutes", "break_name", "person", "span", "end", "other", "other_title"},
}


def test_every_code_of_the_checker_has_its_texts():
    codes = set(re.findall(r'Fault\(\s*"([\w-]+)"', Path(checker.__file__).read_text()))
    codes |= set(re.findall(r'"([\w-]+)" if \w+\(\*spans\) else "([\w-]+)"', Path(checker.__file__).read_text())[0])
    codes |= {f"not-{kind}" for kind in LinkKind}
    assert codes <= RULES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_rules_text_has_only_names_that_its_readers_fill_in(name):
    for rule in RULES.values():
        used = {key for _, key, _, _ in Formatter().parse(getattr(rule, name)) if key is not None}
        assert used <= NAMES[name]


def test_a_refusal_of_the_database_names_nobody():
    assert unnamed_sentence("room-taken").startswith("The room is taken then by another session.")
    assert unnamed_sentence("on-stage").startswith("A presenter of this session is not free")


def test_every_objective_has_its_texts():
    keys = {"left-out-0", "merit-left-out", "changes", "late-starts", objectives.BLEND}
    keys |= {*objectives.REPAIR, *objectives.POLISH}
    assert {objective_texts.text(key) for key in keys} == set(OBJECTIVES.values())
    for key in objectives.POLISH:
        assert objective_texts.text(key).worse
        assert all(objective_texts.difference(key, by) for by in (-2, -1, 1, 2))


def test_amounts_and_differences_say_one_of_one_thing():
    assert objective_texts.name("left-out-1") == "Sessions left out, merit band 2"
    assert objective_texts.amount("overflow", 1) == "1 person"
    assert objective_texts.amount("merit-left-out", 100) == "1.00 point"
    assert objective_texts.difference("overflow", 1) == "1 more person without a seat"
    assert objective_texts.difference("late-starts", -30) == "a start 30 minutes earlier in the day"
