"""The sections of a long form: what stands in each, and what is still missing in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import slugify

EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True)
class Need:
    """A control that will be asked for: the name it is sent under, what people call it, and whether it is empty."""

    name: str
    label: str
    is_missing: bool


@dataclass(frozen=True)
class SectionState:
    """A section of a long form: what is missing in it, and how many of its fields are wrong."""

    title: str
    needs: tuple[Need, ...] = ()
    wrong: int = 0

    @property
    def anchor(self) -> str:
        return slugify(self.title)

    @property
    def is_complete(self) -> bool:
        return not self.wrong and not any(need.is_missing for need in self.needs)


@dataclass(frozen=True)
class Section:
    """A section of a long form: its fields by name, those joined by + side by side; `needed` will be asked for."""

    title: str
    rows: str
    needed: tuple[str, ...] = ()
    lead: str = ""

    def state(self, form: forms.BaseForm) -> SectionState:
        """How it stands with what is in the form now."""
        names = self.rows.replace("+", " ").split()
        needs = (Need(form[name].html_name, str(form[name].label), form[name].value() in EMPTY) for name in self.needed)
        wrong = sum(bool(form[name].errors) for name in names) if form.is_bound else 0
        return SectionState(self.title, tuple(needs), wrong)
