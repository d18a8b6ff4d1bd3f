"""Knowledge -> one FHIR R4B Bundle, proved by fhir.resources.

R4B, because the draft orders are proved as R4B too, and because its PlanDefinition,
ActivityDefinition, Library and ValueSet are those of R4, which hospital tools read; few read R5.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from fhir.resources.R4B.bundle import Bundle

from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.core.knowledge import Knowledge
from cds_service.errors import ExportError
from cds_service.workbench.export.codes import value_set
from cds_service.workbench.export.elements import URN
from cds_service.workbench.export.libraries import libraries
from cds_service.workbench.export.plans import activity_definitions, plan_definition

_EMPTY: tuple[object, ...] = (None, "", [], {})


def make_bundle(knowledge: Knowledge, root: Path, site: Path | None = None) -> Bundle:
    """Return the whole content, as loaded from `root` and a hospital's folder.

    Raise `ExportError` where it would not be valid FHIR.

    Nothing in it depends on the day or the machine: the same content gives the same Bundle.
    """
    resources = [
        *(plan_definition(card, knowledge) for card in knowledge.cards.values()),
        *activity_definitions(knowledge),
        *libraries(knowledge, root, site),
        *(value_set(content, knowledge) for content in knowledge.published.values()),
    ]
    content = {
        "resourceType": "Bundle",
        "id": "femoral-head-cds",
        "language": SOURCE_LANGUAGE,
        "identifier": {"system": f"{URN}:content-digest", "value": knowledge.digest},
        "type": "collection",
        "entry": [{"fullUrl": r["url"], "resource": r} for r in resources],
    }
    try:
        return Bundle.model_validate(_filled(content))
    except ValueError as error:
        first = " ".join(str(error).splitlines()[1:3])
        raise ExportError(f"the content does not make a valid FHIR Bundle: {first}") from error


def _filled(node: object) -> object:
    """Leave out what is empty, and what holds nothing but that."""
    match node:
        case Mapping():
            members = {name: _filled(member) for name, member in node.items()}
            return {name: member for name, member in members.items() if member not in _EMPTY}
        case list() | tuple():
            return [_filled(item) for item in node]
        case _:
            return node


def write_bundle(bundle: Bundle) -> str:
    """Return the Bundle as JSON text."""
    return json.dumps(bundle.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
