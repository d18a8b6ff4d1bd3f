"""The facts about the recorded stage; `cards/facts.yaml` says what each means."""

from cds_service.core.hip.chart import Fact, HipChart


def stage(view: HipChart) -> Fact:
    return Fact(view.stages.stage, view.stages.sources)


def recorded_stage(view: HipChart) -> Fact:
    return Fact(view.stages.recorded, view.stages.sources)


def stage_date(view: HipChart) -> Fact:
    return Fact(view.stages.on, view.stages.sources)


def stage_data_quality(view: HipChart) -> Fact:
    return Fact(view.stages.quality, view.stages.sources)


def progression(view: HipChart) -> Fact:
    return Fact(view.stages.progression, view.stages.earlier_sources)


def earlier_stage(view: HipChart) -> Fact:
    return Fact(view.stages.earlier, view.stages.earlier_sources)


def earlier_stage_date(view: HipChart) -> Fact:
    return Fact(view.stages.earlier_on, view.stages.earlier_sources)
