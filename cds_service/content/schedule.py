"""schedules/*.yaml -> the review schedule, whose numbers are parameters; applies it to nobody."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from cds_service.content.files.schema import File, Version
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import each, raise_all, unknown, wrong
from cds_service.content.numbers import ParameterFile, read_parameters
from cds_service.content.site.numbers import with_site_numbers
from cds_service.content.site.site import Site
from cds_service.core.knowledge import Citation, Parameter, Phase, ReviewSchedule
from cds_service.core.values import Period, add_period
from cds_service.errors import KnowledgeError

ANY_DAY = date(2001, 1, 1)


class PhaseFile(File, frozen=True):
    """A phase of the schedule; `until` and `interval` name parameters."""

    name: str
    interval: str
    until: str | None = None
    stable_only: bool = False


class ScheduleFile(File, frozen=True):
    """schedules/*.yaml."""

    id: str
    version: Version
    status: Literal["draft", "active"]
    site_groups: Mapping[Literal["film", "mri", "ct", "nuclear"], frozenset[str]]
    vague: frozenset[str]
    in_passing: frozenset[str]
    phases: Annotated[tuple[PhaseFile, ...], Meta(min_length=1)]
    window: str
    stable_after: str
    pregnancy_lasts: str
    fracture_is_acute: str
    parameters: tuple[ParameterFile, ...]

    @property
    def limits(self) -> tuple[str, ...]:
        """The names of the parameters that belong to no phase."""
        return (self.window, self.stable_after, self.pregnancy_lasts, self.fracture_is_acute)


def load_schedule(
    path: Path, root: Path, evidence: Mapping[str, Citation], site: Site | None = None
) -> tuple[ReviewSchedule, dict[str, Parameter]]:
    """Read the review schedule and the parameters that it declares, with the site's values."""
    content = read_yaml(path, root, ScheduleFile)
    parameters = with_site_numbers(read_parameters(content.parameters, evidence), site)
    raise_all(_wrong(content, path.stem))
    window = _period(parameters, content.window)
    if window.months:
        raise wrong(content.window, "the window is a number of days")
    phases = each(partial(_phase, parameters), content.phases)
    raise_all(chain(_unused(content), _descending(phases)))
    schedule = ReviewSchedule(
        content.version,
        tuple(phases),
        window,
        _period(parameters, content.stable_after),
        _period(parameters, content.pregnancy_lasts),
        _period(parameters, content.fracture_is_acute),
        {str(kind): groups for kind, groups in content.site_groups.items()},
        content.vague,
        content.in_passing,
    )
    return schedule, parameters


def _wrong(content: ScheduleFile, stem: str) -> Iterator[KnowledgeError]:
    if content.id != stem:
        yield wrong(content.id, f"the id must be `{stem}`")
    for phase in content.phases:
        is_last = phase is content.phases[-1]
        if is_last == (phase.until is not None):
            words = "every phase but the last one, and only those, has `until`"
            yield wrong(phase.name, words)
        if phase.stable_only and not (is_last and len(content.phases) > 1):
            yield wrong(phase.name, "only a last phase with one before it is `stableOnly`")


def _phase(parameters: Mapping[str, Parameter], phase: PhaseFile) -> Phase:
    until = _period(parameters, phase.until) if phase.until else None
    return Phase(phase.name, until, _period(parameters, phase.interval), phase.stable_only)


def _period(parameters: Mapping[str, Parameter], name: str) -> Period:
    parameter = parameters.get(name)
    if parameter is None or not isinstance(parameter.value, Period):
        raise wrong(name, f"`{name}` is not a period among this file's parameters")
    return parameter.value


def _unused(content: ScheduleFile) -> Iterator[KnowledgeError]:
    used = {name for phase in content.phases for name in (phase.interval, phase.until)}
    names = (item.name for item in content.parameters)
    words = "no rule and no text uses the parameter `{}`"
    return unknown(names, used | {*content.limits}, words)


def _descending(phases: Iterable[Phase]) -> Iterator[KnowledgeError]:
    for above, phase in pairwise(phases):
        ends = [add_period(ANY_DAY, until) for until in (above.until, phase.until) if until]
        if sorted(ends) != ends or len(set(ends)) < len(ends):
            yield wrong(phase.name, "this phase ends before the one above it")
