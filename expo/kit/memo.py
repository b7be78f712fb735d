"""Answers remembered for one request, so that policies asked per row cost one query per page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember answers inside the block; nested blocks start afresh."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def forget() -> None:
    """Drop what was remembered: a verb just changed the facts."""
    answers = _answers.get()
    if answers is not None:
        answers.clear()


def once_per_request(ask: Callable[P, R]) -> Callable[P, R]:
    """Ask the database once per request and argument list; outside a request, ask every time."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        answers = _answers.get()
        if answers is None:
            return ask(*args, **kwargs)
        key = _key(ask, args, kwargs)
        if key not in answers:
            answers[key] = ask(*args, **kwargs)
        answer: R = answers[key]
        return answer

    return asked


def is_known(ask: Callable[..., Any], *args: Any) -> bool:
    """Whether this question was asked already, so that its answer costs nothing."""
    answers = _answers.get()
    return answers is not None and _key(ask, args, {}) in answers


def know(ask: Callable[..., R], answer: R, *args: Any) -> None:
    """Remember an answer that was found otherwise, such as with several others in one query."""
    answers = _answers.get()
    if answers is not None:
        answers[_key(ask, args, {})] = answer


def _key(ask: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return (getattr(ask, "__wrapped__", ask), args, tuple(sorted(kwargs.items())))
