"""What to type in on the EHR's side; `docs/connect-*.md` says what its vendor does otherwise."""

from cds_service.clients.clients import own_queries
from cds_service.content.services import type_asked
from cds_service.core.knowledge import Knowledge
from cds_service.trust.clients import Client

_SHEET = """\
Registration sheet for {name}

Discovery   {base}/cds-services
{services}

Prefetch ({way}), the same for every service; the keys may have any name
{prefetch}

Scopes, so that what prefetch lacks can be read {when}
  {scopes}

Tokens   ES384 or RS384, `typ` JWT, `kid`, `jti` new each time, `exp` within 5 minutes
Keys     this service reads the client's public keys; it has no key of its own to give
"""
_WITH_A_PAGE = ("epic", "oracle")


def write_sheet(client: Client, base_url: str, knowledge: Knowledge) -> str:
    """Return the registration sheet of a client."""
    queries = {key: q for one in knowledge.services.values() for key, q in one.prefetch.items()}
    types = dict.fromkeys(type_asked(query) for query in own_queries(knowledge).values())
    is_lean, lean = client.servers.is_lean, knowledge.lean_prefetch.types
    services = (
        f"Service     {base_url}/cds-services/{service.id}\n"
        f"            hook {service.hook}; `aud` of its tokens is this address"
        for service in knowledge.services.values()
    )
    prefetch = (
        f"  {key}: {queries[key]}"
        for key, name in knowledge.prefetch_types.items()
        if name in lean or not is_lean
    )
    page = f"Read     docs/connect-{client.ehr}.md: what is otherwise with this EHR\n"
    sheet = _SHEET.format(
        name=client.name,
        base=base_url,
        services="\n".join(services),
        way="lean" if is_lean else "full",
        prefetch="\n".join(prefetch),
        when="where the Conditions ask for it" if is_lean else "by this service",
        scopes=" ".join(f"patient/{name}.read" for name in types),
    )
    return sheet + page * (client.ehr in _WITH_A_PAGE)
