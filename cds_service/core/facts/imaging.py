"""The facts about imaging; `cards/facts.yaml` says what each means."""

from cds_service.core.hip.chart import Fact, HipChart, references
from cds_service.core.values import Absence, DateRange


def review_status(view: HipChart) -> Fact:
    return Fact(view.review.status, view.review.sources)


def last_review_date(view: HipChart) -> Fact:
    return Fact(view.review.last, view.review.sources)


def last_review_modality(view: HipChart) -> Fact:
    return Fact(view.review.modality, view.review.sources)


def baseline_date(view: HipChart) -> Fact:
    return Fact(view.review.baseline, references(view.diagnoses))


def review_interval(view: HipChart) -> Fact:
    return Fact(view.review.interval)


def next_review_date(view: HipChart) -> Fact:
    return Fact(view.review.due, view.review.sources)


def next_order_date(view: HipChart) -> Fact:
    """The day to put on an order: the first day the review can be due, never in the past."""
    due = view.review.due
    day = view.today if isinstance(due, Absence) else max(due.earliest, view.today)
    return Fact(DateRange.on(day))


def imaging_data_quality(view: HipChart) -> Fact:
    return Fact(view.review.quality)


def review_evidence(view: HipChart) -> Fact:
    return Fact(view.review.kind, view.review.sources)
