"""Completes a pool from the FHIR server: only what prefetch lacked."""

from collections.abc import Iterable, Mapping

from cds_service.fhir.pool.pool import NOT_SENT, NOT_WHOLE, Pool
from cds_service.fhir.pool.prefetch import add_sent
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.fetch import Fetcher
from cds_service.fhir.server.paging import FOREIGN_PAGE, Ask, Fetched
from cds_service.fhir.server.urls import next_page
from cds_service.fhir.shapes.resources import Resource

IMAGING = "ImagingStudy"
EMPTY_WITHOUT_PATIENT = "was empty on a server that does not give the patient"


def complete_pool(
    pool: Pool,
    wanted: Iterable[str],
    stand_ins: Iterable[str],
    access: Access | str,
    fetcher: Fetcher,
) -> None:
    """Fetch the wanted types that were not sent, and the further pages of those sent in part.

    Where imaging studies still cannot be read, what stands in for them is fetched as well.

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
    _fetch(pool, lacking, access, fetcher)
    if pool.gap(IMAGING) and not pool.count(IMAGING):
        _fetch(pool, [name for name in stand_ins if pool.gap(name) == NOT_SENT], access, fetcher)


def _fetch(pool: Pool, lacking: list[str], access: Access, fetcher: Fetcher) -> None:
    asks = {name: ask for name in lacking if (ask := _ask(pool, name, access))}
    answers = fetcher.fetch(asks, access)
    for name, fetched in answers.items():
        _add_fetched(pool, name, fetched)
    if "Patient" in answers and answers["Patient"].gap:
        _doubt_empty_lists(pool, answers)


def _doubt_empty_lists(pool: Pool, answers: Mapping[str, Fetched]) -> None:
    """A server that does not give the patient may say "none" to a search for no good reason."""
    for name in answers:
        if not pool.count(name):
            pool.gaps.setdefault(name, EMPTY_WITHOUT_PATIENT)


def _ask(pool: Pool, resource_type: str, access: Access) -> Ask | None:
    if pool.gap(resource_type) == NOT_SENT:
        return Ask(access.server.query_url(resource_type, pool.identity.patient_id))
    link = pool.next_links.get(resource_type)
    base = access.server.base
    following = next_page(link, f"{base.text}/", base) if link else None
    if link and following is None:
        pool.gaps[resource_type] = FOREIGN_PAGE
    return Ask(following, held=pool.count(resource_type)) if following else None


def _add_fetched(pool: Pool, resource_type: str, fetched: Fetched) -> None:
    pool.expected.add(resource_type)
    if fetched.pages or fetched.gap:
        pool.gaps.pop(resource_type, None)
    for page in fetched.pages:
        add_sent(pool, _without_further_pages(page), resource_type, ("fhirServer", resource_type))
    if fetched.gap:
        pool.gaps[resource_type] = fetched.gap


def _without_further_pages(page: Resource) -> Resource:
    """Drop the marks of a partial list: the pages they speak of have been read as well."""
    page.link, page.total = None, None
    return page
