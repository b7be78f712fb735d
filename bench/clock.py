"""Measures how long something takes."""

from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import monotonic


class Clock:
    """Seconds on the wall and of the processor since it was made."""

    def __init__(self) -> None:
        self.began, self.used = monotonic(), self._user()

    def _user(self) -> float:
        return getrusage(RUSAGE_SELF).ru_utime + getrusage(RUSAGE_CHILDREN).ru_utime

    def seconds(self) -> dict[str, float]:
        return {"seconds": round(monotonic() - self.began, 3), "user_seconds": round(self._user() - self.used, 3)}
