"""value-sets/*.yaml -> the value sets, and the vocabulary that finds their codes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.files.check_digits import CHECKS
from cds_service.content.files.decode import decode
from cds_service.content.files.schema import ConceptFile, SystemsFile, ValueSetFile
from cds_service.content.files.source import Document, read_document
from cds_service.content.files.words import wrong
from cds_service.content.terms.definitions import check_reviewed, publish
from cds_service.core.record import NO_SIDE, SIDES, Concept, Side
from cds_service.core.vocabulary import (
    Codes,
    CodeSystem,
    ValueSet,
    Vocabulary,
    normal_code,
    normal_url,
)

SIDES_OF = {
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
    "bilateral": SIDES,
    None: NO_SIDE,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """All value sets, as their files say them and turned round to look codes up."""

    vocabulary: Vocabulary
    value_sets: Mapping[str, tuple[Concept, ...]]
    files: tuple[ValueSetFile, ...]
    published: Mapping[str, ValueSet]
    systems: Mapping[str, Codes]


def load_terms(directory: Path, root: Path) -> Terms:
    """Read `systems.yaml` and every value set; check digits are verified."""
    systems = load_systems(read_document(directory / "systems.yaml", root))
    value_sets: dict[str, tuple[Concept, ...]] = {}
    names = {url: codes.system.name for url, codes in systems.items()}
    files, published = [], {}
    for path in sorted(directory.glob("*.yaml")):
        if path.name != "systems.yaml":
            document = read_document(path, root)
            content = decode(document.content, ValueSetFile)
            if content.id != path.stem:
                raise document.error("$.id", f"the id must be the file's name, `{path.stem}`")
            value_sets[content.id] = tuple(_load_value_set(document, content, systems))
            published[content.id] = publish(document, content, names)
            files.append(content)
    return Terms(
        vocabulary=Vocabulary(systems.values()),
        value_sets=value_sets,
        files=tuple(files),
        published=published,
        systems=systems,
    )


def load_systems(document: Document, known: Collection[CodeSystem] = ()) -> dict[str, Codes]:
    """Read code systems; no URL may be one of another system, here or among those known."""
    systems: dict[str, Codes] = {}
    urls = {normal_url(url) for system in known for url in system.urls}
    for i, system in enumerate(decode(document.content, SystemsFile).systems):
        for url in system.urls:
            if normal_url(url) in urls:
                raise document.error(f"$.systems[{i}].url", f"system `{url}` stands here twice")
            urls.add(normal_url(url))
        systems[system.url] = Codes(system)
    for i, codes in enumerate(systems.values()):
        also = codes.system.also_sent_under
        if also and also.url not in systems:
            place = f"$.systems[{i}].alsoSentUnder.url"
            raise document.error(place, f"`{also.url}` is not a system of this file")
        if also:
            systems[also.url].fallback = codes
            systems[also.url].fallback_from = also.from_characters
    return systems


def _load_value_set(
    document: Document, content: ValueSetFile, systems: Mapping[str, Codes]
) -> list[Concept]:
    loaded: list[Concept] = []
    seen: set[tuple[str, str]] = set()
    for i, include in enumerate(content.compose.include):
        place = f"$.compose.include[{i}]"
        codes = systems.get(include.system)
        if codes is None:
            raise document.error(
                f"{place}.system", f"`{include.system}` is not a system of systems.yaml"
            )
        for j, item in enumerate(include.concept):
            at = f"{place}.concept[{j}]"
            check_reviewed(item)
            check_code(item, codes.system)
            spelled = (include.system, normal_code(item.code, codes.system))
            if spelled in seen:
                raise document.error(at, f"code `{item.code}` stands here twice")
            seen.add(spelled)
            concept = make_concept(content.id, item, codes.system)
            codes.add(concept, is_prefix=item.match_prefix)
            loaded.append(concept)
    return loaded


def check_code(item: ConceptFile, system: CodeSystem) -> None:
    """Raise where the check digit of a code is wrong."""
    if system.check_digit and not CHECKS[system.check_digit](item.code):
        raise wrong(item, f"`{item.code}` is not a {system.name} code: its check digit is wrong")


def make_concept(value_set: str, item: ConceptFile, system: CodeSystem) -> Concept:
    """Return a code of a value set in our words."""
    return Concept(
        value_set=value_set,
        system_name=system.name,
        code=item.code,
        label=item.display,
        sides=SIDES_OF[item.laterality],
        precision=item.precision,
        role=item.role,
        site_group=item.site_group,
    )
