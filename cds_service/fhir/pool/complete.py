"""Completes a pool from the FHIR server: only what prefetch lacked, and first what decides."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from cds_service.fhir.pool.pool import NOT_SENT, NOT_WHOLE, Pool
from cds_service.fhir.pool.prefetch import add_prefetch, add_sent
from cds_service.fhir.server.access import Access
from cds_service.fhir.server.fetch import Fetcher, UnderWay, abandon, came_by
from cds_service.fhir.server.paging import FOREIGN_PAGE, Ask, Fetched
from cds_service.fhir.server.urls import next_page
from cds_service.fhir.shapes.resources import Resource, Sent

PATIENT, CONDITION, IMAGING = "Patient", "Condition", "ImagingStudy"
EMPTY_WITHOUT_PATIENT = "was empty on a server that does not give the patient"
SHARE_OF_CONDITIONS = 0.4
"""The part of the time that the conditions have to themselves."""


@dataclass(slots=True)
class Completion:
    """Leave to ask the FHIR server for the wanted types in one call; `access` may say why not.

    What the client looked up and could not read (an OperationOutcome, junk) is not asked again.
    """

    wanted: Collection[str]
    stand_ins: Collection[str]
    access: Access | str
    fetcher: Fetcher
    _under_way: dict[str, UnderWay] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def conditions(self, pool: Pool, others: Mapping[str, Sent]) -> Mapping[str, Sent]:
        """Fetch the conditions, unless they were sent: they tell whether more will be read.

        Where they are slow, `others`, which were sent beside them, are read meanwhile and what
        lacks is asked for, so that the rest has time as well. Returns what is still to be read.
        Where there are none the patient is asked for too: a server that does not give the patient
        may say "none" for no good reason.
        """
        self._begin(pool, [CONDITION])
        if isinstance(self.access, Access) and not came_by(self._under_way, _share(self.access)):
            add_prefetch(pool, others)
            others = {}
            self._begin(pool, self.wanted)
        self._take(pool, [CONDITION])
        if CONDITION in self._asked and not pool.count(CONDITION):
            self._complete(pool, [PATIENT])
        return others

    def rest(self, pool: Pool) -> None:
        """Fetch the wanted types that were not sent, and the further pages of those sent in part.

        Where imaging studies still cannot be read, what stands in for them is fetched as well.
        """
        self._complete(pool, self.wanted)
        if IMAGING in self._asked and pool.gap(IMAGING) and not pool.count(IMAGING):
            self._complete(pool, [n for n in self.stand_ins if pool.gap(n) == NOT_SENT])

    def close(self) -> None:
        """Cut off what is still under way, where the conditions or a refusal make it needless."""
        abandon(self._under_way)

    def _complete(self, pool: Pool, types: Collection[str]) -> None:
        self._begin(pool, types)
        self._take(pool, types)

    def _begin(self, pool: Pool, types: Iterable[str]) -> None:
        """Ask for what lacks of some types; where no server may be asked, the gap says why."""
        lacking = [
            name
            for name in types
            if name not in self._asked and pool.gap(name) in (NOT_SENT, NOT_WHOLE)
        ]
        if isinstance(self.access, str):
            for name in lacking:
                pool.gaps[name] = f"{pool.gap(name)}, {self.access}"
            return
        asks = {name: ask for name in lacking if (ask := _ask(pool, name, self.access))}
        self._asked |= asks.keys()
        self._under_way |= self.fetcher.begin(asks, self.access) if asks else {}

    def _take(self, pool: Pool, types: Iterable[str]) -> None:
        """Add what comes of the queries for some types by the deadline."""
        if isinstance(self.access, str):
            return
        taken = {name: self._under_way.pop(name) for name in types if name in self._under_way}
        for name, fetched in self.fetcher.collect(taken, self.access).items():
            _add_fetched(pool, name, fetched)
        came = self._asked - self._under_way.keys()
        if PATIENT in came and pool.gap(PATIENT):
            for name in came:
                if not pool.count(name):
                    pool.gaps.setdefault(name, EMPTY_WITHOUT_PATIENT)


def _share(access: Access) -> float:
    """Return the moment until which the conditions have the time to themselves."""
    now = time.monotonic()
    return now + SHARE_OF_CONDITIONS * (access.deadline - now)


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
