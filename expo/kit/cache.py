"""Servers that Expo can do without for a while: when one fails it is left alone, and what needs it goes on."""

import logging
import time
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

log = logging.getLogger(__name__)
PAUSE_SECONDS = 10.0


class Pause:
    """After a failure nobody asks for a while, so that a server that hangs holds up one request, not every one."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        self._until = time.monotonic() + PAUSE_SECONDS

    def is_on(self) -> bool:
        return time.monotonic() < self._until


class ForgivingCache(RedisCache):
    """Counts requests for the limits of sign-in and API. Without it nobody is limited, and everybody gets in."""

    pause = Pause()  # one for all threads of this process

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", True, args, kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", default, (key, default, version), {})

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", None, args, kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", False, args, kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", False, args, kwargs)

    def check(self) -> None:
        """Ask the server itself; raises what its client raises."""
        super().get("ops:probe")

    def _ask(self, verb: str, without: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.pause.is_on():
            return without
        try:
            return getattr(super(), verb)(*args, **kwargs)
        except (RedisError, OSError) as error:
            self.pause.begin()
            log.warning("cache out of reach, nothing is limited meanwhile", extra={"error": str(error)})
            return without
