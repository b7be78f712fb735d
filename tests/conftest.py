"""What every test may use. The environment is prepared earlier, in tests/environment.py."""

import pytest
from hypothesis import settings

# A busy machine is no reason for a property to fail.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first, for two workers: each begins with one half of the list, and the idle take from the end."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    fast = [item for item in items if not item.get_closest_marker("slow")]
    half = len(fast) // 2
    items[:] = [*slow[0::2], *fast[:half], *slow[1::2], *fast[half:]]
