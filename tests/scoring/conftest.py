import pytest

from .fixtures import ScoringFixture, open_review


@pytest.fixture
def panel(db) -> ScoringFixture:
    return open_review()
