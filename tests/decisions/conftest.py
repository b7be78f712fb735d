import pytest

from expo.editions.states import Phase
from tests.scoring.fixtures import ScoringFixture, open_review


@pytest.fixture
def panel(db) -> ScoringFixture:
    """Two talk places; reviews are closed and the chairs decide."""
    return open_review(Phase.DECIDE)
