"""Code systems, and the spellings of their names and codes."""

import re
from typing import Literal

from cds_service.core.declaration import Declaration
from cds_service.core.vocabulary.check_digits import CHECKS

ANY = "*"
_ICD_FORM = str.maketrans("", "", ". +*!\u2020")
_NAME_FORM = str.maketrans("", "", " -_")


class AlsoSentUnder(Declaration, frozen=True):
    """Another system's URL under which codes of this one arrive, from this length on."""

    url: str
    from_characters: int


class CodeSystem(Declaration, frozen=True):
    """A code system, and how its URL and its codes are read.

    An alias may hold one `*` for the part that differs (a year, an edition). `code_pattern` is what
    a code looks like in the form in which codes are compared. `post_coordination` lists what joins
    the parts of a code; `refined_by` the attributes of a SNOMED CT expression whose values count.
    """

    url: str
    name: str
    copyright: str
    aliases: tuple[str, ...] = ()
    source: str = ""
    code_form: Literal["icd"] | None = None
    code_pattern: str = ""
    check_digit: Literal["verhoeff", "mod10"] | None = None
    post_coordination: str = ""
    refined_by: tuple[str, ...] = ()
    also_sent_under: AlsoSentUnder | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.url, *self.aliases)

    def may_hold(self, code: str) -> bool:
        """Tell whether a code has the form of this system's codes, as far as that is known."""
        if self.check_digit:
            return CHECKS[self.check_digit](code)
        return (
            re.fullmatch(self.code_pattern or ".+", normal_code(code, self), re.ASCII) is not None
        )


def normal_code(code: str, system: CodeSystem) -> str:
    """Return the form in which codes of a system are compared."""
    return code.translate(_ICD_FORM).upper() if system.code_form == "icd" else code


def normal_url(url: str) -> str:
    """Return the form in which the URLs and bare names of code systems are compared.

    >>> normal_url("https://loinc.org/|2.78"), normal_url("urn:oid:2.16"), normal_url("ICD-10-CM")
    ('http://loinc.org', '2.16', 'icd10cm')
    """
    url = url.partition("|")[0].strip().rstrip("/").lower().replace("https://", "http://", 1)
    url = url.removeprefix("urn:oid:")
    return url if ":" in url else url.translate(_NAME_FORM)
