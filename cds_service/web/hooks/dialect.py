"""Cards as the EHR of a client takes them."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from cds_service.hooks import Card


def _with_alphanumeric_topic(card: Card) -> Card:
    """Epic silences cards by a topic code of letters and digits alone."""
    topic = card.source.topic
    if topic is None:
        return card
    plain = replace(topic, code=topic.code.replace("-", ""))
    return replace(card, source=replace(card.source, topic=plain))


_DIALECTS: Mapping[str, Callable[[Card], Card]] = {"epic": _with_alphanumeric_topic}


def in_dialect(cards: tuple[Card, ...], ehr: str) -> tuple[Card, ...]:
    """Return the cards for a client of this EHR; for one without peculiarities, as they are."""
    change = _DIALECTS.get(ehr)
    return tuple(map(change, cards)) if change else cards
