"""Keep a picture that somebody sent, drawn anew; the same picture twice is one row."""

from __future__ import annotations

import hashlib

from django.core.files import File

from ..models import Picture
from ..picture_files import check_size, encoded
from ..states import PictureKind


def save_picture(data: bytes, *, kind: PictureKind = PictureKind.PORTRAIT) -> Picture:
    """Re-encode and keep it, within a verb that has asked its policy; refuses what is no picture (`Invalid`)."""
    made = encoded(data, kind)
    fields = {"data": made.data, "content_type": made.content_type, "width": made.width, "height": made.height}
    digest = hashlib.sha256(made.data).hexdigest()
    return Picture.objects.get_or_create(digest=digest, defaults=fields)[0]


def read_upload(file: File[bytes]) -> bytes:
    """What was uploaded, if it is not too large to be looked at."""
    check_size(file.size or 0)
    return bytes(file.read())
