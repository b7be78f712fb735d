import pytest

from expo.kit.names import plain, plain_address


@pytest.mark.parametrize(
    "name", ["José García-Márquez", "jose garcia marquez", "García-Márquez, José", "JOSE  GARCIA MARQUEZ.", "José, "]
)
def test_one_person_has_one_plain_name(name: str) -> None:
    assert plain(name) in ("jose garcia marquez", "jose")


def test_other_names_stay_apart() -> None:
    assert len({plain(name) for name in ("Li Wei", "Wei Li", "L. Wei", "李伟", "")}) == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0141ukasz Example", "Lukasz Example"),
        ("S\u00f8ren Example", "Soren Example"),
        ("\u0110\u1ed7 Example", "Do Example"),
        ("Y\u0131lmaz Example", "Yilmaz Example"),
        ("\u00c6sa Example", "Aesa Example"),
        ("Kim\u200b Exam\u00adple", "Kim Example"),
    ],
)
def test_letters_that_sources_spell_out_are_one_name(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"), [("\u0930\u0940\u092e\u093e", "\u0930\u093e\u092e\u0940"), ("\u304b\u304d", "\u304c\u304e")]
)
def test_signs_that_make_another_vowel_or_consonant_make_another_name(one: str, other: str) -> None:
    assert plain(one) != plain(other)


@pytest.mark.parametrize(
    "written", ["Kim@Lab.example", "kim+talk@lab.example", "kim@lab.example\u200b", " kim@lab.example"]
)
def test_one_mailbox_has_one_plain_address(written: str) -> None:
    assert plain_address(written) == "kim@lab.example"


def test_other_mailboxes_stay_apart() -> None:
    assert len({plain_address(one) for one in ("kim@lab.example", "kim@home.example", "+@lab.example", "")}) == 4
