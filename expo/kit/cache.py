"""Servers that Expo can do without for a while: after a failure they are not called for some seconds."""

import logging
import time
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

log = logging.getLogger(__name__)
OPEN_SECONDS = 10.0


class CircuitBreaker:
    """Open for some seconds after a failure, so that a server that hangs delays one request, not every one."""

    def __init__(self) -> None:
        self._open_until = 0.0

    def open(self) -> None:
        self._open_until = time.monotonic() + OPEN_SECONDS

    def is_open(self) -> bool:
        return time.monotonic() < self._open_until


class ForgivingCache(RedisCache):
    """Counts requests for the rate limits of sign-in and API, and keeps public pages for a minute.

    Without its server nobody is limited, and each page is rendered.
    """

    breaker = CircuitBreaker()  # one for all threads of this process

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("add", True, args, kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._call("get", default, (key, default, version), {})

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("set", None, args, kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("touch", False, args, kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("delete", False, args, kwargs)

    def check(self) -> None:
        """Call the server itself; raises what its client raises."""
        super().get("ops:probe")

    def _call(self, verb: str, without: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.breaker.is_open():
            return without
        try:
            return getattr(super(), verb)(*args, **kwargs)
        except (RedisError, OSError) as error:
            self.breaker.open()
            log.warning("cache out of reach, nothing is limited meanwhile", extra={"error": str(error)})
            return without
