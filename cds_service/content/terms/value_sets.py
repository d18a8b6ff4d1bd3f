"""value-sets/*.yaml -> the vocabulary: value sets and code systems, proved code by code.

Nothing is expanded, but an expression that names a concept with a wrong check digit never reaches a
terminology server.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

from cds_service.content.files.strict_yaml import read_list, read_yaml
from cds_service.content.files.words import each, raise_all, twice, unknown, wrong
from cds_service.core.vocabulary.check_digits import CHECKS, has_verhoeff_digit
from cds_service.core.vocabulary.systems import CodeSystem, normal_code, normal_url
from cds_service.core.vocabulary.value_sets import Code, Definition, ValueSet
from cds_service.core.vocabulary.vocabulary import Vocabulary
from cds_service.errors import KnowledgeError

FOLDER = "value-sets"
SYSTEMS = "systems.yaml"
SNOMED_CT = "http://snomed.info/sct"
UNREVIEWED = "?"
_CONCEPT_ID = re.compile(r"[0-9]{6,18}")

Systems = Mapping[str, CodeSystem]
"""Code systems by URL."""


def load_vocabulary(root: Path) -> Vocabulary:
    """Read every code system and value set of a folder; texts keep their places."""
    systems = read_systems(root / FOLDER / SYSTEMS, root)
    also = (s.also_sent_under.url for s in systems.values() if s.also_sent_under)
    raise_all(unknown(also, systems, "`{}` is not a system of this file"))
    paths = (path for path in sorted((root / FOLDER).glob("*.yaml")) if path.name != SYSTEMS)
    return Vocabulary(systems.values(), each(partial(_read, root, systems), paths))


def read_systems(path: Path, root: Path, known: Iterable[CodeSystem] = ()) -> Systems:
    """Read code systems; no URL may be one of another system, here or among those known."""
    systems = read_list(path, root, CodeSystem)
    urls = (url for system in chain(known, systems) for url in system.urls)
    patterns = (system.code_pattern for system in systems)
    raise_all(chain(twice(urls, "system ", normal_url), _wrong_patterns(patterns)))
    return {system.url: system for system in systems}


def wrong_codes(members: Iterable[tuple[str, Code]], systems: Systems) -> Iterator[KnowledgeError]:
    """Yield each code that stands twice in a value set, or that cannot be used as it is."""
    by_system: dict[str, list[Code]] = {}
    for url, code in members:
        by_system.setdefault(url, []).append(code)
    for url, codes in by_system.items():
        spelled = partial(normal_code, system=systems[url])
        yield from twice((code.code for code in codes), "code ", spelled)
        yield from (error for code in codes for error in _wrong_code(code, systems[url]))


def _wrong_patterns(patterns: Iterable[str]) -> Iterator[KnowledgeError]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield wrong(pattern, f"`{pattern}` is no regular expression: {error}")


def _read(root: Path, systems: Systems, path: Path) -> ValueSet:
    content = read_yaml(path, root, ValueSet)
    if content.id != path.stem:
        raise wrong(content.id, f"the id must be the file's name, `{path.stem}`")
    named = (include.system for include in content.compose.include)
    raise_all(unknown(named, systems, f"`{{}}` is not a system of {SYSTEMS}"))
    defined = ((i.system, one) for i in content.compose.include for one in i.expand_from)
    wrong_definitions = (error for one in defined for error in _wrong_definition(*one))
    raise_all(chain(wrong_codes(content.members, systems), wrong_definitions))
    return content


def _wrong_code(code: Code, system: CodeSystem) -> Iterator[KnowledgeError]:
    if system.check_digit and not CHECKS[system.check_digit](code.code):
        yield wrong(code, f"`{code.code}` is not a {system.name} code: its check digit is wrong")
    said = code.attributes | {"display": code.display}
    waiting = [name for name, value in said.items() if value == UNREVIEWED]
    if waiting:
        yield wrong(
            code,
            f"`{code.code}` was proposed by a terminology server and waits for review: replace "
            f"each ? ({', '.join(waiting)}) or take that word out, or take out the whole line",
        )


def _wrong_definition(system: str, definition: Definition) -> Iterator[KnowledgeError]:
    ecl = definition.ecl
    if (ecl is None) == (definition.filter is None):
        yield wrong(definition, "a definition has either `ecl` or `filter`")
    elif ecl is not None and system != SNOMED_CT:
        yield wrong(ecl, f"`ecl` is for {SNOMED_CT}; other systems take a `filter`")
    else:
        for name in _CONCEPT_ID.findall(ecl or ""):
            if not has_verhoeff_digit(name):
                yield wrong(ecl, f"`{name}` is not a SNOMED CT code: its check digit is wrong")
