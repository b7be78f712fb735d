"""Pictures: what comes in is drawn anew, or refused with a sentence; nothing else of a file ever leaves again."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, PngImagePlugin

from expo.editions.states import RoleKind
from expo.kit.errors import Invalid
from expo.sponsors.models import Picture
from expo.sponsors.picture_files import MOST_BYTES, encoded
from expo.sponsors.services.pictures import save_picture
from expo.sponsors.states import PictureKind
from tests import factories as make

RED, BLUE = (200, 30, 30), (30, 30, 200)


def drawn(mode: str = "RGB", size: tuple[int, int] = (60, 40), colour: Any = RED) -> Image.Image:
    return Image.new(mode, size, colour)


def as_file(picture: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def opened(data: bytes, kind: PictureKind = PictureKind.PORTRAIT) -> Image.Image:
    """What is kept of a file, read back; its whole decoding proves that it is a sound picture."""
    made = encoded(data, kind)
    picture = Image.open(io.BytesIO(made.data))
    picture.load()
    assert picture.size == (made.width, made.height)
    return picture


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) <= 12 for one, other in zip(pixel[:3], colour, strict=True))


def halves(mode: str = "RGB", size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Red at the left, blue at the right."""
    picture = drawn(mode, size)
    picture.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return picture


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size(width: int, height: int, rows: bytes = b"", depth: int = 8, colour: int = 2) -> bytes:
    """A PNG that says so many pixels and brings these compressed rows."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def gif_with_a_huge_frame() -> bytes:
    """A GIF of one pixel whose only frame says 60,000 by 60,000."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    return head + b"," + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02D\x01\x00;"


def webp_of_size(width: int, height: int) -> bytes:
    extended = struct.pack("<I", 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", len(extended)) + extended
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose frame header says another size than its scan holds."""
    data = bytearray(as_file(drawn(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


SCRIPT = b"<script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'

REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("picture-empty", lambda: b""),
    "an HTML page": ("not-a-picture", lambda: b"<!doctype html><html><body>" + SCRIPT),
    "an SVG": ("not-a-picture", lambda: SVG),
    "an SVG with an XML bomb": (
        "not-a-picture",
        lambda: b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + SVG,
    ),
    "a PDF": ("not-a-picture", lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"),
    "a PostScript file": ("not-a-picture", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage"),
    "a zip": ("not-a-picture", zipped),
    "a program": ("not-a-picture", lambda: b"\x7fELF" + bytes(200)),
    "random bytes": ("not-a-picture", lambda: bytes(range(256)) * 40),
    "a BMP": ("not-a-picture", lambda: as_file(drawn(), "BMP")),
    "a TIFF": ("not-a-picture", lambda: as_file(drawn(), "TIFF")),
    "an icon": ("not-a-picture", lambda: as_file(drawn(), "ICO")),
    "the first bytes of a PNG": ("not-a-picture", lambda: b"\x89PNG\r\n\x1a\n"),
    "a truncated PNG": ("not-a-picture", lambda: as_file(halves(size=(400, 300)))[:-120]),
    "a truncated JPEG": ("not-a-picture", lambda: as_file(halves(size=(400, 300)), "JPEG")[:500]),
    "a truncated WebP": ("not-a-picture", lambda: as_file(halves(size=(400, 300)), "WEBP")[:-40]),
    "a truncated GIF": ("not-a-picture", lambda: as_file(drawn("L", colour=3), "GIF")[:20]),
    "a PNG with a wrong checksum": (
        "not-a-picture",
        lambda: as_file(drawn()).replace(b"IHDR" + struct.pack(">I", 60), b"IHDR" + struct.pack(">I", 61)),
    ),
    "a PNG without pixels": ("not-a-picture", lambda: png_of_size(0, 0)),
    "a PNG whose pixels are no pixels": ("not-a-picture", lambda: png_of_size(50, 50, b"not compressed")),
    "a PNG of too many pixels": ("picture-too-many-pixels", lambda: png_of_size(50_000, 50_000)),
    "a PNG of too many pixels in few bytes": (
        "picture-too-many-pixels",
        lambda: png_of_size(30_000, 30_000, zlib.compress(bytes(4_000_000)), depth=1, colour=0),
    ),
    "a PNG just above the limit": ("picture-too-many-pixels", lambda: png_of_size(8_000, 5_001)),
    "a PNG one pixel high": ("picture-too-many-pixels", lambda: png_of_size(2_000_000_000, 1)),
    "a PNG with a bomb in its text": (
        "not-a-picture",
        lambda: (
            as_file(drawn()).replace(b"IDAT", b"IDAT", 1)[:33]
            + png_chunk(b"zTXt", b"note\x00\x00" + zlib.compress(bytes(90_000_000), 9))
            + as_file(drawn())[33:]
        ),
    ),
    "a JPEG of too many pixels": ("picture-too-many-pixels", lambda: jpeg_of_size(65_000, 65_000)),
    "a WebP of too many pixels": ("picture-too-many-pixels", lambda: webp_of_size(16_000, 16_000)),
    "a GIF of a pixel with a huge frame": ("picture-too-many-pixels", gif_with_a_huge_frame),
    "a file of nine megabytes": ("picture-too-large", lambda: as_file(drawn()) + bytes(MOST_BYTES)),
}


def exif(orientation: int) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = "taken at home"
    made[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}
    return made


def with_text() -> bytes:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", SCRIPT.decode())
    note.add_itxt("XML:com.adobe.xmp", "<x>written by J. Doe of Acme</x>")
    return as_file(drawn(), pnginfo=note)


def animated(format: str) -> bytes:
    return as_file(drawn(), format, save_all=True, append_images=[drawn(colour=BLUE)] * 3)


def palette_with_transparency() -> bytes:
    picture = halves().quantize(4)
    return as_file(picture, transparency=picture.getpixel((0, 0)))


TAKEN: dict[str, Callable[[], bytes]] = {
    "a JPEG": lambda: as_file(drawn(), "JPEG", quality=95),
    "a WebP": lambda: as_file(drawn(), "WEBP", lossless=True),
    "a JPEG in CMYK": lambda: as_file(drawn("RGB").convert("CMYK"), "JPEG", quality=95),
    "an animated GIF": lambda: animated("GIF"),
    "an animated WebP": lambda: animated("WEBP"),
    "an animated PNG": lambda: animated("PNG"),
    "a PNG with text": with_text,
    "a PNG with a web page behind it": lambda: as_file(drawn()) + SCRIPT,
    "a JPEG that is a zip too": lambda: as_file(drawn(), "JPEG", quality=95) + zipped(),
    "a JPEG with a comment": lambda: as_file(drawn(), "JPEG", quality=95, comment=SCRIPT),
    "a GIF with a comment": lambda: as_file(drawn().quantize(2), "GIF", comment=SCRIPT),
    "a JPEG with a broken colour profile": lambda: as_file(drawn(), "JPEG", quality=95, icc_profile=b"\xff" * 300),
    "a JPEG with its place": lambda: as_file(drawn(), "JPEG", quality=95, exif=exif(1)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_with_a_sentence(name: str) -> None:
    code, make_file = REFUSED[name]
    for kind in PictureKind:
        with pytest.raises(Invalid) as refusal:
            encoded(make_file(), kind)
        assert refusal.value.code == code
        assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("name", TAKEN)
def test_a_picture_keeps_its_pixels_and_nothing_else(name: str) -> None:
    for kind, format in ((PictureKind.PORTRAIT, "JPEG"), (PictureKind.LOGO, "PNG")):
        picture = opened(TAKEN[name](), kind)
        assert (picture.format, picture.size) == (format, (60, 40))
        assert near(picture.convert("RGB").getpixel((5, 5)), RED)
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert getattr(picture, "n_frames", 1) == 1
        made = encoded(TAKEN[name](), kind).data
        assert not any(word in made for word in (b"script", b"PK\x03\x04", b"Acme", b"home"))


@pytest.mark.parametrize(
    ("orientation", "size", "first"), [(1, (80, 40), RED), (3, (80, 40), BLUE), (6, (40, 80), RED)]
)
def test_a_photo_stands_upright(orientation: int, size: tuple[int, int], first: tuple[int, int, int]) -> None:
    picture = opened(as_file(halves(), "JPEG", quality=95, exif=exif(orientation)))
    assert picture.size == size
    assert near(picture.getpixel((4, 4)), first)


def test_sixteen_bits_of_grey_become_eight() -> None:
    picture = opened(as_file(drawn("I;16", colour=32_768)))
    assert near(picture.convert("RGB").getpixel((5, 5)), (128, 128, 128))


def test_a_logo_keeps_its_transparency_and_a_portrait_stands_on_white() -> None:
    logo = opened(palette_with_transparency(), PictureKind.LOGO)
    assert logo.mode == "RGBA"
    assert (logo.getpixel((2, 2))[3], logo.getpixel((78, 2))[3]) == (0, 255)
    portrait = opened(palette_with_transparency())
    assert near(portrait.getpixel((4, 4)), (255, 255, 255))
    assert near(portrait.getpixel((76, 4)), BLUE)


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        (PictureKind.PORTRAIT, (2000, 1000), (480, 240)),
        (PictureKind.PORTRAIT, (20, 30), (20, 30)),
        (PictureKind.LOGO, (2000, 2000), (320, 320)),
        (PictureKind.LOGO, (3000, 300), (640, 64)),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_picture_is_shrunk_into_its_box(
    kind: PictureKind, sent: tuple[int, int], kept: tuple[int, int], format: str
) -> None:
    assert opened(as_file(drawn(size=sent), format), kind).size == kept


# --- Kept and served ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_picture_is_one_row() -> None:
    one, again = save_picture(as_file(drawn())), save_picture(as_file(drawn()) + SCRIPT)
    assert one == again
    assert save_picture(as_file(drawn(colour=BLUE))) != one
    assert Picture.objects.count() == 2


def served(picture: Picture, user: Any = None) -> Any:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get(reverse("sponsors:picture", args=[picture.digest]))


@pytest.mark.django_db
def test_a_picture_is_served_as_nothing_but_a_picture() -> None:
    picture = save_picture(as_file(drawn()))
    presenter = make.PresenterFactory(proposal=make.SubmittedFactory(), picture=picture)
    answer = served(picture, make.TeamMemberFactory(sponsor=presenter.proposal.sponsor).user)
    assert (answer.status_code, answer.content) == (200, bytes(picture.data))
    headers = {name: answer[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")}
    assert headers == {
        "Content-Type": "image/jpeg",
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    assert answer["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.django_db
def test_a_portrait_is_seen_by_its_team_and_by_chairs_without_a_conflict() -> None:
    proposal = make.SubmittedFactory()
    picture = make.PictureFactory()
    make.PresenterFactory(proposal=proposal, picture=picture)
    may = [make.TeamMemberFactory(sponsor=proposal.sponsor).user]
    may += [
        make.RoleFactory(edition=proposal.edition, kind=kind).user for kind in (RoleKind.COCHAIR, RoleKind.ORGANISER)
    ]
    may_not = [
        None,
        make.UserFactory(),
        make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=proposal.edition)).user,
    ]
    may_not += [make.RoleFactory(edition=proposal.edition, kind=RoleKind.REVIEWER).user]
    may_not += [make.RoleFactory(kind=RoleKind.COCHAIR).user]
    walled = make.RoleFactory(edition=proposal.edition, kind=RoleKind.COCHAIR).user
    make.ConflictFactory(user=walled, sponsor=proposal.sponsor)
    assert [served(picture, user).status_code for user in may] == [200, 200, 200]
    assert [served(picture, user).status_code for user in [*may_not, walled]] == [404] * 6


@pytest.mark.django_db
def test_a_logo_is_seen_by_its_team_and_who_runs_the_edition() -> None:
    sponsor = make.SponsorFactory(logo=make.PictureFactory())
    may = [
        make.TeamMemberFactory(sponsor=sponsor).user,
        make.RoleFactory(edition=sponsor.edition, kind=RoleKind.ORGANISER).user,
    ]
    may_not = [
        None,
        make.RoleFactory(edition=sponsor.edition, kind=RoleKind.REVIEWER).user,
        make.TeamMemberFactory().user,
    ]
    assert [served(sponsor.logo, user).status_code for user in may] == [200, 200]
    assert [served(sponsor.logo, user).status_code for user in may_not] == [404, 404, 404]


@pytest.mark.django_db
def test_what_a_release_shows_is_everybodys(settings: Any) -> None:
    picture = make.PictureFactory()
    settings.PICTURES_PUBLIC_IN = f"{__name__}.EVERY_PICTURE"
    answer = served(picture)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert served(Picture(digest="absent")).status_code == 404


EVERY_PICTURE = (f"{__name__}.yes",)


def yes(picture: Picture) -> bool:
    return True
