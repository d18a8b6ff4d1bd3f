"""The base of what content declares just as its files write it."""

from msgspec import Struct


class Declaration(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Files say the same in camelCase; a word that is not known is an error, never skipped."""
