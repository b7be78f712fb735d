"""The site's Celery application with its clocks running fast: what waits half a minute in life waits seconds here.

Beat, sweeps and leases are the real ones; only how long they let pass is another.
"""

from datetime import timedelta

import django

from expo.celery import app

SPEEDUP = 6
django.setup()

from expo.kit import runs  # noqa: E402 - it has a model

runs.LEASE, runs.BEAT_SECONDS = timedelta(seconds=8), 1.5
app.conf.beat_schedule = {
    name: {**entry, "schedule": entry["schedule"] / SPEEDUP} for name, entry in app.conf.beat_schedule.items()
}
