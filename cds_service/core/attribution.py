"""What the source attributes of the content are drawn from; refuses to know cards and facts."""

from dataclasses import dataclass
from typing import Literal

# The patient attributes whose use 45 CFR 170.315(b)(11)(iv)(A)(5) to (13) wants declared, in order.
PatientAttribute = Literal[
    "race",
    "ethnicity",
    "language",
    "sexualOrientation",
    "genderIdentity",
    "sex",
    "dateOfBirth",
    "socialDeterminants",
    "healthStatusAssessments",
]


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who develops the content and who pays for that, from `publisher.yaml`."""

    developer: str
    funding: str
