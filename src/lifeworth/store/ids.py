"""Identifiers that sort by the moment they were made, and secrets that cannot be guessed."""

import hashlib
import secrets
import time

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's, without i, l, o and u


def new_id() -> str:
    """26 letters and digits: 48 bits of milliseconds, then 80 bits of chance (a ULID)."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    letters = []
    for _ in range(26):
        number, remainder = divmod(number, 32)
        letters.append(_LETTERS[remainder])
    return "".join(reversed(letters))


def new_secret() -> str:
    """256 bits of chance, as text that fits a URL or a header."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret that is itself random: SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
