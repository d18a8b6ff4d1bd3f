"""What to type in on the EHR's side; `docs/connect-*.md` says what its vendor does otherwise."""

from cds_service.clients.clients import own_queries
from cds_service.content.services import type_asked
from cds_service.core.knowledge import Knowledge

_SHEET = """\
Registration sheet for {name}

Discovery   {base}/cds-services
{services}

Prefetch, the same for every service; the keys may have any name
{prefetch}

Scopes, so that what prefetch lacks can be read
  {scopes}

Tokens   ES384 or RS384, `typ` JWT, `kid`, `jti` new each time, `exp` within 5 minutes
Keys     this service reads the client's public keys; it has no key of its own to give
"""
_WITH_A_PAGE = ("epic", "oracle")


def write_sheet(ehr: str, name: str, base_url: str, knowledge: Knowledge) -> str:
    """Return the registration sheet of a client."""
    queries = own_queries(knowledge)
    types = dict.fromkeys(type_asked(query) for query in queries.values())
    services = (
        f"Service     {base_url}/cds-services/{service.id}\n"
        f"            hook {service.hook}; `aud` of its tokens is this address"
        for service in knowledge.services.values()
    )
    prefetch = (f"  {key}: {queries[name]}" for key, name in knowledge.prefetch_types.items())
    page = f"Read     docs/connect-{ehr}.md: what is otherwise with this EHR\n"
    sheet = _SHEET.format(
        name=name,
        base=base_url,
        services="\n".join(services),
        prefetch="\n".join(prefetch),
        scopes=" ".join(f"patient/{name}.read" for name in types),
    )
    return sheet + page * (ehr in _WITH_A_PAGE)
