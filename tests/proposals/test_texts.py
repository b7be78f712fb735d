"""What a text keeps of what was typed, and what its writer reads about the rest."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.proposals.checks.characters import astray, is_invisible
from expo.proposals.texts import taken_out, tidy

#: Format characters that show: signs of numbers, years, verses and abbreviations.
SHOWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
#: Unseen although their category does not say so: fillers, variation selectors, vowels that are not written.
UNSEEN = {
    *range(0x13430, 0x13440),
    0x34F,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    0x2800,
    0x3164,
    0xFFA0,
    0xFFFC,
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10),
}


def is_suspect(sign: str) -> bool:
    """The rule, in the words of Unicode."""
    point = ord(sign)
    is_no_character = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    is_control = unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t"
    is_format = unicodedata.category(sign) == "Cf" and point not in SHOWN
    is_reserved = 0xE0000 <= point <= 0xE0FFF or point == 0x2065 or 0xFFF0 <= point <= 0xFFF8
    return is_no_character or is_control or is_format or is_reserved or point in UNSEEN


@pytest.mark.slow
def test_of_all_characters_those_are_suspect_that_cannot_be_seen_or_sent():
    signs = map(chr, range(sys.maxunicode + 1))
    assert [sign for sign in signs if is_invisible(sign) != is_suspect(sign)] == []


@pytest.mark.slow
def test_none_of_them_is_kept_among_latin_letters():
    suspects = "".join(filter(is_suspect, map(chr, range(sys.maxunicode + 1)))).replace("\r", "")
    assert tidy("|".join(f"x{sign}y" for sign in suspects)) == "|".join(["xy"] * len(suspects))


BELONGS = (
    "👨‍👩‍👧‍👦", "👩🏽‍🚀", "❤️‍🔥", "🏴‍☠️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "☎️", "☎︎", "🏳️‍🌈", "👁️‍🗨️", "🧑🏿‍🦽‍➡️",  # emoji of every make
    "می‌خواهم", "کتاب‌ها", "क्‍ष", "ශ්‍රී", "ക്‍", "বাংলা",  # joiners of Persian, Hindi, Sinhala, Malayalam
    "葛󠄀城", "שלום עולם", "مرحبا بالعالم", "\u200fשלום!\u200f", "∩︀",
)  # fmt: skip


@pytest.mark.parametrize("text", BELONGS)
def test_what_a_script_or_an_emoji_needs_stays(text: str) -> None:
    kept = unicodedata.normalize("NFC", text)
    assert (tidy(f"See {text} here"), taken_out(text)) == (f"See {kept} here", "")


ASTRAY = {
    "zero\u200bwidth": "zero width space (U+200B)",
    "soft\u00adhyphen": "soft hyphen (U+00AD)",
    "for\u202egnik": "right-to-left override (U+202E)",
    "iso\u2066late\u2069": "left-to-right isolate (U+2066), pop directional isolate (U+2069)",
    "la\u200dtin": "zero width joiner (U+200D)",
    "la\u200ctin": "zero width non-joiner (U+200C)",
    "la\ufe0ftin": "variation selector-16 (U+FE0F)",
    "la\U000e0101tin": "variation selector-18 (U+E0101)",
    "hid\U000e0068\U000e0069den": "tag latin small letter h (U+E0068), tag latin small letter i (U+E0069)",
    "\U0001f3f4\U000e0068\U000e0069\U000e007f": (
        "tag latin small letter h (U+E0068), tag latin small letter i (U+E0069), cancel tag (U+E007F)"
    ),
    "invisible\u2062times": "invisible times (U+2062)",
    "fill\u3164er": "hangul filler (U+3164)",
    "left\u200eright": "left-to-right mark (U+200E)",
    "blank\u2800braille": "braille pattern blank (U+2800)",
    "no\ufdd0thing": "character without a meaning (U+FDD0)",
    "null\x00\x00": "2 × control character (U+0000)",
    "half\ud800": "half of a character (U+D800)",
}


@pytest.mark.parametrize(("text", "signs"), ASTRAY.items())
def test_what_is_astray_is_taken_out_and_said(text: str, signs: str) -> None:
    gone = {sign for sign in text if is_suspect(sign)}
    assert (tidy(text), taken_out(text)) == ("".join(sign for sign in text if sign not in gone), signs)


@pytest.mark.parametrize("sign", "\u00ad\u200c\u200e\u2800\u3164\u115f\uffa0\u034f\ufe0f\u061c\u200d")
def test_a_title_of_nothing_visible_is_empty(sign: str) -> None:
    assert tidy(sign * 3, one_line=True) == ""


typed = st.text(st.one_of(st.characters(), st.sampled_from("\r\n\t \u00e9e\u0301\u200b\u200d\ufe0f\u2066\x00👩אक्می")))


@given(typed)
def test_what_is_kept_has_nothing_astray_and_stays_as_it_is(text: str) -> None:
    kept = tidy(text)
    assert (astray(kept), tidy(kept)) == ([], kept)


@given(typed)
def test_whatever_is_taken_out_is_said(text: str) -> None:
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    assert (taken_out(text) == "") == (astray(plain) == [])
