"""A promise about a seed: the digest is shown before the draw, nonce and seed after it, and anybody can check."""

import hashlib


def commitment(nonce: str, seed: int) -> str:
    """The SHA-256 of "nonce:seed" in hexadecimal. The nonce hides the seed, of which there may be few."""
    return hashlib.sha256(f"{nonce}:{seed}".encode()).hexdigest()
