"""The extensions of national profiles that say more of a code or of a body site."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder

from cds_service.fhir.shapes.decode import NOT_DECODED, decode_with
from cds_service.fhir.shapes.resources import NULL, Coded, Element

Beside = Literal["side", "certainty"]

# By the last part of their URL, in lower case: hosts and versions differ.
READ_EXTENSIONS: Mapping[str, Beside] = {
    # HL7 mCODE: Condition.bodySite
    "mcode-laterality-qualifier": "side",
    # Nictiz (Netherlands), FHIR R4 and STU3: Condition.bodySite, Procedure.bodySite
    "ext-anatomicallocation.laterality": "side",
    "bodysite-qualifier": "side",
    # gematik, HL7 Germany: a Coding of ICD-10-GM
    "seitenlokalisation": "side",
    "icd-10-gm-diagnosesicherheit": "certainty",
    # JP Core: Condition.code
    "jp_condition_diseaseprefixmodifier": "certainty",
    "jp_condition_diseasepostfixmodifier": "certainty",
}


class Extension(Struct, gc=False, rename="camel"):
    """An extension with a coded value, as far as it is read."""

    url: str | None = None
    value_coding: Coded = None
    value_codeable_concept: Coded = None
    value_code: Coded = None
    value_string: Coded = None


_EXTENSIONS = Decoder(list[Extension | None])


def extensions_of(elements: Iterable[Element]) -> Iterator[tuple[Beside, Coded]]:
    """Yield what each extension that is read tells, and its value; None where that is not coded."""
    for element in elements:
        if element.extension is not NULL:
            yield from _read(element.extension)


def _read(raw: Raw) -> Iterator[tuple[Beside, Coded]]:
    try:
        sent = decode_with(_EXTENSIONS, raw)
    except NOT_DECODED:
        return
    for extension in sent:
        told = extension and READ_EXTENSIONS.get(_last_part(extension.url))
        if extension and told:
            values = (
                extension.value_coding,
                extension.value_codeable_concept,
                extension.value_code,
                extension.value_string,
            )
            yield told, next((value for value in values if value is not None), None)


def _last_part(url: str | None) -> str:
    return (url or "").partition("|")[0].rpartition("/")[2].lower()
