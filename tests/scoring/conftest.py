import pytest

from .house import House, open_house


@pytest.fixture
def house(db) -> House:
    return open_house()
