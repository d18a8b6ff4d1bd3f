"""Name-based uuids, so that the same call gives the same cards; refuses to know what is named."""

from hashlib import sha1

HEX_DIGITS_OF_VARIANT = "89ab"


def stable_uuid(namespace: str, name: str) -> str:
    """Return the version 5 uuid of a name under a uuid (RFC 9562, section 5.5)."""
    space = bytes.fromhex(namespace.replace("-", ""))
    digits = sha1(space + name.encode(), usedforsecurity=False).hexdigest()
    variant = HEX_DIGITS_OF_VARIANT[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
