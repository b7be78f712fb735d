"""What a text keeps of what was typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.proposals.texts import tidy

INVISIBLE = {0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def is_kept(sign: str) -> bool:
    """The rule, in the words of Unicode."""
    point = ord(sign)
    is_tag = 0xE0000 <= point <= 0xE007F
    is_no_character = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    is_control = unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t"
    return not (is_tag or is_no_character or is_control or point in INVISIBLE)


@pytest.mark.slow
def test_of_all_characters_those_are_kept_that_can_be_seen_and_sent():
    for first in range(0, 0x110000, 0x10000):
        # Composed signs are other signs, and white space at the edges goes.
        signs = [sign for sign in map(chr, range(first, first + 0x10000)) if unicodedata.is_normalized("NFC", sign)]
        apart = [sign for sign in signs if sign != "\r" and not unicodedata.combining(sign)]
        assert tidy(f"<{'|'.join(apart)}>") == f"<{'|'.join(sign if is_kept(sign) else '' for sign in apart)}>"


@given(st.text(st.one_of(st.characters(), st.sampled_from("\r\n\t \u00e9e\u0301\u200b\u2066\x00"))))
def test_a_text_is_composed_then_rid_of_what_is_not_kept(typed):
    composed = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(filter(is_kept, composed))
    assert tidy(typed) == kept.strip()
    assert tidy(typed, one_line=True) == " ".join(kept.split())
