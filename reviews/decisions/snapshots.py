"""What a decision rested on, as plain data with a digest, so that it can be shown years later and trusted. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest(snapshot: Mapping[str, Any]) -> str:
    """SHA-256 of the snapshot in one canonical writing: sorted keys, no spaces, UTF-8."""
    text = json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
