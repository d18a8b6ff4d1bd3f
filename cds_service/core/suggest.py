"""Fills the draft orders that a card suggests; refuses to know which card it is."""

import re
from collections.abc import Mapping

from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import OfferedOrder, SuggestionText
from cds_service.core.stable_uuid import stable_uuid
from cds_service.core.values import DateRange
from cds_service.core.wording import fill
from cds_service.hooks import Action, Suggestion

MOST_REASONS = 5
Drafts = Mapping[str, Mapping[str, object]]
_PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")


class OrderValues(dict[str, object]):
    """What fills a resource: the patient, the conditions, and the dates of facts, on demand.

    The dates are those of the first hip: hips that share a card agree on what it writes. `drafts`
    are the draft orders by reference, as they were sent.
    """

    def __init__(self, patient_id: str, hips: tuple[Facts, ...], drafts: Drafts) -> None:
        super().__init__(patientId=patient_id)
        references = _sources(hips, "osteonecrosis")[:MOST_REASONS]
        self["conditions"] = tuple({"reference": condition} for condition in references)
        self._hips = hips
        self._facts = hips[0]
        self._drafts = drafts

    @property
    def is_for_older_client(self) -> bool:
        """Whether the client speaks a FHIR version from before R4."""
        return self._facts["orderFormat"].value == "older"

    def targets(self, fact: str) -> Drafts:
        """Return the drafts behind a fact of any of the hips, by reference, as they were sent."""
        return {name: self._drafts.get(name, {}) for name in _sources(self._hips, fact)}

    def __missing__(self, name: str) -> object:
        value = self._facts[name].value
        text = self[name] = value.earliest.isoformat() if isinstance(value, DateRange) else ""
        return text


def _sources(hips: tuple[Facts, ...], fact: str) -> tuple[str, ...]:
    sources = (source for facts in hips for source in facts[fact].sources)
    return tuple(dict.fromkeys(sources))


def suggest(
    order: OfferedOrder,
    text: SuggestionText,
    written: Mapping[str, str | None],
    values: OrderValues,
    card_uuid: str,
) -> Suggestion:
    """Return the suggestion with one `create` action; `action.description` says all of it."""
    values["label"] = label = fill(text.label, written)
    resource = fill_resource(order.resource, values)
    action = Action("create", fill(text.description, written), resource)
    return Suggestion(label, stable_uuid(card_uuid, order.id), (action,))


def fill_resource(
    template: Mapping[str, object], values: Mapping[str, object]
) -> dict[str, object]:
    """Fill a resource template; a member that comes out empty is left out, as FHIR wants it."""
    filled = {name: _fill_node(node, values) for name, node in template.items()}
    return {name: node for name, node in filled.items() if node not in ("", (), [], {})}


def _fill_node(node: object, values: Mapping[str, object]) -> object:
    match node:
        case str():
            return _fill_text(node, values) if "{{" in node else node
        case Mapping():
            return fill_resource(node, values)
        case list():
            return [_fill_node(member, values) for member in node]
        case _:
            return node


def _fill_text(text: str, values: Mapping[str, object]) -> object:
    whole = _PLACEHOLDER.fullmatch(text)
    if whole:
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)
