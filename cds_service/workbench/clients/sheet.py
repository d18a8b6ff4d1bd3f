"""What to type in on the EHR's side, as far as its vendor publishes it."""

from collections.abc import Mapping

from cds_service.clients.clients import own_queries
from cds_service.core.knowledge import Knowledge

_KNOWN: Mapping[str, tuple[str, ...]] = {
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


EHRS = tuple(_KNOWN)
_SHEET = """\
Registration sheet for {name}

Discovery   {base}/cds-services
{services}

Prefetch, the same for every service
{prefetch}

Scopes, so that what prefetch lacks can be read
  {scopes}

Tokens   ES384 or RS384, `typ` JWT, `kid`, `jti` new each time, `exp` within 5 minutes
Keys     this service reads the client's public keys; it has no key of its own to give

What to know
{known}
"""


def write_sheet(ehr: str, name: str, base_url: str, knowledge: Knowledge) -> str:
    """Return the registration sheet of a client."""
    queries = own_queries(knowledge)
    services = (
        f"Service     {base_url}/cds-services/{service.id}\n"
        f"            hook {service.hook}; `aud` of its tokens is this address"
        for service in knowledge.services.values()
    )
    prefetch = (f"  {key}: {queries[name]}" for key, name in knowledge.prefetch_types.items())
    return _SHEET.format(
        name=name,
        base=base_url,
        services="\n".join(services),
        prefetch="\n".join(prefetch),
        scopes=" ".join(f"patient/{name}.read" for name in queries),
        known="\n".join(f"  - {line}" for line in _KNOWN[ehr]),
    )
