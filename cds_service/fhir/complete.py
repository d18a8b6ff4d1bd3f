"""Completes a pool from the FHIR server: only what prefetch lacked; reads no resource itself."""

from collections.abc import Iterable

from cds_service.fhir.fetch import Access, Ask, Fetched, Fetcher, query_url
from cds_service.fhir.pages import FOREIGN_PAGE
from cds_service.fhir.pool import NOT_SENT, NOT_WHOLE, Pool, add_sent
from cds_service.fhir.resources import Resource
from cds_service.fhir.urls import next_page


def complete_pool(
    pool: Pool, wanted: Iterable[str], access: Access | str, fetcher: Fetcher
) -> None:
    """Fetch the wanted types that were not sent, and the further pages of those sent in part.

    What the client looked up and could not read (an OperationOutcome, junk) is not asked again.
    Where no server may be asked, the gap says why.
    """
    lacking = [name for name in wanted if pool.gap(name) in (NOT_SENT, NOT_WHOLE)]
    if not lacking:
        return
    if isinstance(access, str):
        for name in lacking:
            pool.gaps[name] = f"{pool.gap(name)}, {access}"
        return
    asks = {name: ask for name in lacking if (ask := _ask(pool, name, access))}
    for name, fetched in fetcher.fetch(asks, access).items():
        _add_fetched(pool, name, fetched)


def _ask(pool: Pool, resource_type: str, access: Access) -> Ask | None:
    if pool.gap(resource_type) == NOT_SENT:
        return Ask(query_url(resource_type, pool.patient_id, access.server))
    link = pool.next_links.get(resource_type)
    base = access.server.base
    following = next_page(link, f"{base.text}/", base) if link else None
    if link and following is None:
        pool.gaps[resource_type] = FOREIGN_PAGE
    return Ask(following, held=len(pool.of(resource_type))) if following else None


def _add_fetched(pool: Pool, resource_type: str, fetched: Fetched) -> None:
    pool.expected.add(resource_type)
    if fetched.pages or fetched.gap:
        pool.gaps.pop(resource_type, None)
    for page in fetched.pages:
        add_sent(pool, _without_further_pages(page), resource_type)
    if fetched.gap:
        pool.gaps[resource_type] = fetched.gap


def _without_further_pages(page: Resource) -> Resource:
    """Drop the marks of a partial list: the pages they speak of have been read as well."""
    page.link, page.total = None, None
    return page
