"""Tasks of this room: ids in, one call."""

from celery import shared_task

from . import services


@shared_task(name="decisions.execute_fit")
def execute_fit(fit_id: int) -> bool:
    return services.execute_fit(fit_id)


@shared_task(name="decisions.sweep")
def sweep() -> int:
    return services.sweep_fits()
