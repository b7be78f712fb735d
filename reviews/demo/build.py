"""Builds the demo edition up to a stage, through the services that people's pages use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction

from expo.editions.models import Edition
from expo.journal import services as journal
from expo.journal.models import Reaction
from expo.kit import clock, codes
from expo.notify.services import deliver_due

from . import sponsor_steps, steps
from .plan import STAGES, plan, timeline
from .practice import practise
from .setup import Demo, set_up, submit_all

Say = Callable[[str], None]
Step = Callable[[Demo], str]


def slug_of(stage: str, size: str) -> str:
    """One edition per stage and size, so that they can stand side by side."""
    return f"demo-{stage}" if size == "s" else f"demo-{stage}-{size}"


def build(stage: str, size: str, say: Say = lambda line: None) -> Edition:
    """The demo edition of a stage and size; the existing one, if there is one. All or nothing."""
    slug = slug_of(stage, size)
    with _quietly(), codes.seeded(slug), transaction.atomic():
        if edition := Edition.objects.filter(slug=slug).first():
            return edition
        reached = STAGES.index(stage)
        name = f"ICML Expo, demo: {stage}" + ("" if size == "s" else f" ({size})")
        demo = set_up(slug, name, plan(size), timeline(stage, clock.now()))
        say(f"{name}: set up, {len(demo.plan.sponsors)} sponsors invited")
        submit_all(demo, some_stay_drafts=reached == 0)
        say(f"{len(demo.proposals)} proposals written")
        _settle()
        for step in _steps(reached):
            say(step(demo))
            _settle()
        demo.edition.refresh_from_db()
        return demo.edition


def _steps(reached: int) -> list[Step]:
    """What happens after the call, up to the stage; the last stage's own work is left half done."""
    reviewed: list[Step] = [steps.assign, steps.review_all]
    answered: list[Step] = [*reviewed, steps.decide_all, steps.release, steps.confirm, steps.link_two]
    answered += [sponsor_steps.presenters_answer, sponsor_steps.answer_office, sponsor_steps.write_profiles]
    planned: list[Step] = [*answered, steps.take_offer, steps.plan_program, steps.notify]
    by_stage: tuple[list[Step], ...] = (
        [sponsor_steps.write_on, sponsor_steps.withdraw_one, sponsor_steps.act_for_others],
        [
            sponsor_steps.leave_draft,
            practise,
            steps.assign,
            steps.review_half,
            sponsor_steps.after_deadline,
            sponsor_steps.act_for_others,
        ],
        [*reviewed, steps.decide_half],
        [*answered, sponsor_steps.act_for_others],
        [*planned, steps.publish, steps.replace_two, sponsor_steps.act_for_others],
    )
    return by_stage[reached]


@contextmanager
def _quietly() -> Iterator[None]:
    """While building, no tasks are dispatched, and mail counts as sent without leaving: its people do not exist."""
    dispatches, backend = settings.EXPO_DISPATCH_TASKS, settings.EMAIL_BACKEND
    settings.EXPO_DISPATCH_TASKS, settings.EMAIL_BACKEND = False, "django.core.mail.backends.dummy.EmailBackend"
    try:
        yield
    finally:
        settings.EXPO_DISPATCH_TASKS, settings.EMAIL_BACKEND = dispatches, backend


def _settle() -> None:
    """Do at once what workers would do soon: react to facts and deliver the outbox."""
    from celery import current_app

    current_app.loader.import_default_modules()

    for pk, task in Reaction.objects.filter(done_at=None).order_by("id").values_list("pk", "task"):
        current_app.tasks[task].run(pk)
    journal.sweep()
    while deliver_due():
        pass
