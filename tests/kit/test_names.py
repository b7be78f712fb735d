import pytest

from expo.kit.names import plain


@pytest.mark.parametrize(
    "name", ["José García-Márquez", "jose garcia marquez", "García-Márquez, José", "JOSE  GARCIA MARQUEZ.", "José, "]
)
def test_one_person_has_one_plain_name(name: str) -> None:
    assert plain(name) in ("jose garcia marquez", "jose")


def test_other_names_stay_apart() -> None:
    assert len({plain(name) for name in ("Li Wei", "Wei Li", "L. Wei", "李伟", "")}) == 5
