"""A picture that somebody sends, made anew: only pixels come out of what came in. Pure; knows Pillow and no Django.

What is sent is hostile: sizes are read before pixels are, only decoders of known formats are tried, and the result is
drawn and written again, so that no metadata, script or appended file survives.
"""

import io
import logging
from dataclasses import dataclass

from PIL import Image, ImageOps

from expo.kit.errors import Invalid

from .states import PictureKind

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
#: The box that a picture is shrunk into, in pixels; nothing is enlarged.
BOXES = {PictureKind.PORTRAIT: (480, 480), PictureKind.LOGO: (640, 320)}
Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # Pillow's own limit, for frames too: it warns above, and refuses twice as many
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncodedPicture:
    """A picture as it is kept and served; sizes in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


def encoded(data: bytes, kind: PictureKind) -> EncodedPicture:
    """A portrait as JPEG on white, or a logo as PNG with its transparency; refuses what is no picture or too large."""
    check_size(len(data))
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        _check_pixels(picture)
        picture.draft("", (max(BOXES[kind]), max(BOXES[kind])))  # decodes a JPEG no larger than needed, any way up
        picture.load()
        _check_pixels(picture)  # a frame may be larger than its file says
        drawn = _drawn(picture)
    except Invalid:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except Exception as error:  # whatever a decoder makes of a hostile file
        log.info("picture not read", extra={"error": repr(error)})
        raise Invalid(
            "not-a-picture",
            "This file is not a picture that can be read, or it is damaged. Send a JPEG, PNG, WebP or GIF file.",
            field="picture",
        ) from None
    drawn.thumbnail(BOXES[kind], Image.Resampling.LANCZOS)
    return _written(drawn, kind)


def check_size(size: int) -> None:
    """Refuse a file of so many bytes."""
    if size > MOST_BYTES:
        has, most = f"{size / 1024**2:.1f} MB", MOST_BYTES // 1024**2
        sentence = f"The file has {has}, and a picture may have {most}. Send a smaller one."
        raise Invalid("picture-too-large", sentence, field="picture")
    if size == 0:
        raise Invalid("picture-empty", "The file is empty. Choose another one.", field="picture")


def _check_pixels(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> Invalid:
    return Invalid(
        "picture-too-many-pixels",
        f"The picture has more than {MOST_PIXELS // 10**6} million pixels. Shrink it, then send it again.",
        field="picture",
    )


def _drawn(picture: Image.Image) -> Image.Image:
    """The first frame, upright, in eight bits of red, green, blue and opacity."""
    if picture.mode.startswith("I"):  # 16 bits of grey
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    return ImageOps.exif_transpose(picture).convert("RGBA")


def _written(drawn: Image.Image, kind: PictureKind) -> EncodedPicture:
    """A new canvas that knows nothing but pixels, written as a file."""
    out = io.BytesIO()
    if kind == PictureKind.LOGO:
        canvas = Image.new("RGBA", drawn.size)
        canvas.paste(drawn)
        canvas.save(out, "PNG", optimize=True)
        return EncodedPicture(out.getvalue(), "image/png", *canvas.size)
    canvas = Image.new("RGB", drawn.size, "white")
    canvas.paste(drawn, mask=drawn.getchannel("A"))
    canvas.save(out, "JPEG", quality=88, optimize=True, progressive=True)
    return EncodedPicture(out.getvalue(), "image/jpeg", *canvas.size)
