"""What every test may use. The environment is prepared earlier, in tests/environment.py."""

import pytest
from hypothesis import settings

# A busy machine is no reason for a property to fail.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests go first, so that no worker is left alone with one in the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
