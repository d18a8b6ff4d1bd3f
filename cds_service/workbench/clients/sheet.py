"""What to type in on the EHR's side, as one text; refuses to know more than vendors publish."""

from collections.abc import Iterator, Mapping

from cds_service.clients.clients import own_queries
from cds_service.core.knowledge import Knowledge

_CARDS: Mapping[str, tuple[str, ...]] = {
    "epic": (
        "Epic reads no discovery: type in each service, its hook and its prefetch by hand.",
        "Epic calls patient-view for most of its triggers; the trigger itself is in an extension.",
        "Draft orders come only with OAuth scopes for the (Unsigned Order) APIs.",
        "The reader sees the description of an action, not the label of a suggestion or link.",
        "Links must stand on the allow-list of the health system.",
        "`aud` is typed in by hand for each site: exactly the address of the service.",
        "Tokens are signed with RS384.",
    ),
    "oracle": (
        "The public description is a draft of 2021 and may be out of date: confirm it with Oracle.",
        "The hook patient-view is described there; others are not.",
        "A link that is not on the list of the site is removed.",
        "All sites have one `iss`: name the `tenants` of this one.",
    ),
    "generic": (
        "Prefetch keys may have any name: resources are found by their type.",
        "Cards carry summary, detail in Markdown, links to read more and suggested orders.",
    ),
}


def write_sheet(ehr: str, name: str, base_url: str, knowledge: Knowledge) -> str:
    """Return the registration sheet of a client."""
    return "\n".join(_lines(ehr, name, base_url, knowledge)) + "\n"


def _lines(ehr: str, name: str, base_url: str, knowledge: Knowledge) -> Iterator[str]:
    yield f"Registration sheet for {name}"
    yield ""
    yield f"Discovery   {base_url}/cds-services"
    for service in knowledge.services.values():
        yield f"Service     {base_url}/cds-services/{service.id}"
        yield f"            hook {service.hook}; `aud` of its tokens is this address"
    yield ""
    yield "Prefetch, the same for every service"
    for key, resource_type in knowledge.prefetch_types.items():
        yield f"  {key}: {own_queries(knowledge)[resource_type]}"
    yield ""
    yield "Scopes, so that what prefetch lacks can be read"
    yield "  " + " ".join(f"patient/{name}.read" for name in own_queries(knowledge))
    yield ""
    yield "Tokens   ES384 or RS384, `typ` JWT, `kid`, `jti` new each time, `exp` within 5 minutes"
    yield "Keys     this service reads the client's public keys; it has no key of its own to give"
    yield ""
    yield "What to know"
    yield from (f"  - {line}" for line in _CARDS[ehr])
