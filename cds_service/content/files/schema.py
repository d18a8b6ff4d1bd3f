"""What the shapes of the files under `cards/` have in common."""

from typing import Annotated

from msgspec import Meta

from cds_service.core.declaration import Declaration


class File(Declaration, frozen=True):
    """The base of all shapes that are not what the service uses."""


Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$(?#a version such as 1.2.0)")]
Filled = Annotated[tuple[str, ...], Meta(min_length=1)]
