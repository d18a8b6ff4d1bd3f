"""A value-set file -> the value set as it is published; refuses to look codes up.

The intensional definitions (`expandFrom`) are checked here: nothing is expanded, but an expression
that names a concept with a wrong check digit never reaches a terminology server.
"""

import re
from collections.abc import Iterator, Mapping

from cds_service.content.files.check_digits import has_verhoeff_digit
from cds_service.content.files.schema import (
    UNREVIEWED,
    ConceptFile,
    ExpandFromFile,
    IncludeFile,
    ValueSetFile,
)
from cds_service.content.files.source import Document
from cds_service.content.files.words import wrong
from cds_service.core.vocabulary import Code, Definition, Filter, Include, ValueSet

SNOMED_CT = "http://snomed.info/sct"
PREFIX_WORDS = "stands for every code that begins with it"
_CONCEPT_ID = re.compile(r"[0-9]{6,18}")


def publish(document: Document, content: ValueSetFile, system_names: Mapping[str, str]) -> ValueSet:
    """Return the value set; its systems are known to be declared."""
    return ValueSet(
        id=content.id,
        version=content.version,
        status=content.status,
        title=content.title,
        description=content.description,
        copyright=content.copyright,
        includes=tuple(
            Include(
                system=include.system,
                system_name=system_names[include.system],
                source=include.source,
                codes=tuple(publish_code(item) for item in include.concept),
                definitions=tuple(_definitions(document, i, include)),
            )
            for i, include in enumerate(content.compose.include)
        ),
    )


def check_reviewed(item: ConceptFile) -> None:
    """Raise where a proposal of `value-sets refresh` waits for a person."""
    waiting = [name for name, value in properties_of(item) if value == UNREVIEWED]
    waiting += ["display"] if item.display == UNREVIEWED else []
    if waiting:
        raise wrong(
            item,
            f"`{item.code}` was proposed by a terminology server and waits for review: replace "
            f"each ? ({', '.join(waiting)}) or take that word out, or take out the whole line",
        )


def properties_of(item: ConceptFile) -> Iterator[tuple[str, str]]:
    """Yield what a code says beside its label, by the names of the files."""
    named = {
        "laterality": item.laterality,
        "precision": item.precision,
        "role": item.role,
        "siteGroup": item.site_group,
        "matchPrefix": PREFIX_WORDS if item.match_prefix else None,
        "note": item.note,
    }
    yield from ((name, value) for name, value in named.items() if value)


def publish_code(item: ConceptFile) -> Code:
    """Return a code with what the value set says of it."""
    return Code(item.code, item.display, tuple(properties_of(item)))


def _definitions(document: Document, i: int, include: IncludeFile) -> Iterator[Definition]:
    for j, item in enumerate(include.expand_from):
        place = f"$.compose.include[{i}].expandFrom[{j}]"
        if (item.ecl is None) == (item.filter is None):
            raise document.error(place, "a definition has either `ecl` or `filter`")
        yield Definition(_rule(document, place, include.system, item), item.source)


def _rule(document: Document, place: str, system: str, item: ExpandFromFile) -> str | Filter:
    if item.filter is not None:
        return Filter(item.filter.property, item.filter.op, item.filter.value)
    if system != SNOMED_CT:
        raise document.error(place, f"`ecl` is for {SNOMED_CT}; other systems take a `filter`")
    ecl = item.ecl or ""
    for concept_id in _CONCEPT_ID.findall(ecl):
        if not has_verhoeff_digit(concept_id):
            raise document.error(
                place, f"`{concept_id}` is not a SNOMED CT code: its check digit is wrong"
            )
    return ecl
