"""The demo's pictures, drawn by code: initials on a tint. Nobody's face and nobody's logo."""

import io
from zlib import crc32

from PIL import Image, ImageDraw, ImageFont

#: Dark enough for white letters.
TINTS = ("#7a3b69", "#2f5d62", "#8a4b2a", "#3d4f8a", "#4f6b2f", "#5b4a8a", "#9a3b3b", "#33627a")
PORTRAIT, LOGO = (240, 240), (320, 160)


def initials_of(name: str) -> str:
    """Of the first and the last word; two letters of a single one."""
    words = ["".join(letter for letter in word if letter.isalnum()) for word in name.split()]
    words = [word for word in words if word]
    letters = words[0][0] + words[-1][0] if len(words) > 1 else "".join(words)[:2]
    return letters.upper()


def drawn(name: str, size: tuple[int, int]) -> bytes:
    """A PNG of this size in pixels; the same name gives the same bytes."""
    picture = Image.new("RGB", size, TINTS[crc32(name.encode()) % len(TINTS)])
    font = ImageFont.load_default(size=size[1] * 0.42)
    middle = (size[0] / 2, size[1] / 2)
    ImageDraw.Draw(picture).text(middle, initials_of(name), "white", font, anchor="mm")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
