import pytest

from expo.editions.states import Phase
from tests.scoring.house import House, open_house


@pytest.fixture
def house(db) -> House:
    """Two talk places; reviews are closed and the chairs decide."""
    return open_house(Phase.DECIDE)
