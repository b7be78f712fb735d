"""Tasks of decisions: ids in, one call."""

from celery import shared_task

from .services import fits, records


@shared_task(name="decisions.execute_fit")
def execute_fit(fit_id: int) -> bool:
    return fits.execute_fit(fit_id)


@shared_task(name="decisions.sweep")
def sweep() -> int:
    return fits.sweep_fits()


@shared_task(name="decisions.seal")
def seal() -> int:
    return records.seal_all()
