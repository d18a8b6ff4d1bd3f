"""schedules/*.yaml -> the review schedule, whose numbers are parameters; applies it to nobody."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from cds_service.content.files.schema import ScheduleFile
from cds_service.content.files.source import Document
from cds_service.content.numbers import check_version, read_parameters
from cds_service.content.site.numbers import with_site_numbers
from cds_service.content.site.site import Site
from cds_service.core.knowledge import Citation, Parameter, Phase, ReviewSchedule
from cds_service.core.values import Period, add_period

ANY_DAY = date(2001, 1, 1)


def load_schedule(
    document: Document, evidence: Mapping[str, Citation], site: Site | None = None
) -> tuple[ReviewSchedule, dict[str, Parameter]]:
    """Read the review schedule and the parameters that it declares, with the site's values."""
    content = document.read_as(ScheduleFile)
    if content.id != Path(document.file).stem:
        raise document.error("$.id", f"the id must be `{Path(document.file).stem}`")
    check_version(document, "$.version", content.version)
    ours = read_parameters(document, content.parameters, evidence)
    parameters = with_site_numbers(ours, site)
    schedule = ReviewSchedule(
        version=content.version,
        phases=_phases(document, content, parameters),
        window=_window(document, content, parameters),
        modalities=frozenset(content.modalities),
        site_groups=frozenset(content.site_groups),
    )
    _check_all_used(document, content, parameters)
    return schedule, parameters


def _check_all_used(
    document: Document, content: ScheduleFile, parameters: Mapping[str, Parameter]
) -> None:
    used = {name for phase in content.phases for name in (phase.interval, phase.until)}
    for name in sorted(parameters.keys() - used - {content.window}):
        raise document.error("$", f"no rule and no text uses the parameter `{name}`")


def _phases(
    document: Document, content: ScheduleFile, parameters: Mapping[str, Parameter]
) -> tuple[Phase, ...]:
    if not content.phases:
        raise document.error("$.phases", "a schedule has at least one phase")
    phases = []
    for i, phase in enumerate(content.phases):
        place = f"$.phases[{i}]"
        is_last = i == len(content.phases) - 1
        if is_last == (phase.until is not None):
            raise document.error(place, "every phase but the last one, and only those, has `until`")
        until = phase.until and _period(document, f"{place}.until", phase.until, parameters)
        interval = _period(document, f"{place}.interval", phase.interval, parameters)
        if phase.stable_only and not (is_last and i):
            raise document.error(place, "only a last phase with one before it is `stableOnly`")
        phases.append(Phase(phase.name, until or None, interval, phase.stable_only))
    _check_ascending(document, phases)
    return tuple(phases)


def _window(
    document: Document, content: ScheduleFile, parameters: Mapping[str, Parameter]
) -> Period:
    window = _period(document, "$.window", content.window, parameters)
    if window.months:
        raise document.error("$.window", "the window is a number of days")
    return window


def _period(
    document: Document, place: str, name: str, parameters: Mapping[str, Parameter]
) -> Period:
    parameter = parameters.get(name)
    if parameter is None or not isinstance(parameter.value, Period):
        raise document.error(place, f"`{name}` is not a period among this file's parameters")
    return parameter.value


def _check_ascending(document: Document, phases: Sequence[Phase]) -> None:
    ends = [phase.until for phase in phases if phase.until]
    for i, (first, second) in enumerate(pairwise(ends), start=1):
        if add_period(ANY_DAY, first) >= add_period(ANY_DAY, second):
            raise document.error(f"$.phases[{i}]", "this phase ends before the one above it")
