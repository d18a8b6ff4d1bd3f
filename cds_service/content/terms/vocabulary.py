"""Value sets and code systems -> one index from (system, code) as sent to what it means.

Refuses to know how a code is used. The index is inverted once, so a lookup costs the same however
many value sets there are.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cds_service.content.files.check_digits import CHECKS
from cds_service.content.files.schema import ConceptFile, SystemFile, SystemsFile, ValueSetFile
from cds_service.content.files.source import Document, read_document
from cds_service.content.terms.definitions import check_reviewed, publish
from cds_service.core.record import NO_SIDE, SIDES, Concept, Recognise, Side
from cds_service.core.terminology import ValueSet

REMEMBERED_CODES = 16_384
LONGEST_CODE = 256
NO_SYSTEM_READ_AS = ("urn:x-dicom:body-part-examined", "urn:x-dicom:laterality")
SIDES_OF = {
    "right": frozenset({Side.RIGHT}),
    "left": frozenset({Side.LEFT}),
    "bilateral": SIDES,
    None: NO_SIDE,
}
_ICD_FORM = str.maketrans("", "", ". ")


@dataclass(slots=True)
class Codes:
    """The codes of one system: exact ones, and prefixes with their lengths, longest first."""

    file: SystemFile
    exact: dict[str, tuple[Concept, ...]] = field(default_factory=dict)
    prefixes: dict[str, tuple[Concept, ...]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    fallback: "Codes | None" = None
    fallback_from: int = 0

    def add(self, concept: Concept, *, is_prefix: bool) -> None:
        table = self.prefixes if is_prefix else self.exact
        key = normal_code(concept.code, self.file)
        table[key] = (*table.get(key, ()), concept)
        if is_prefix:
            self.lengths = tuple(sorted({*self.lengths, len(key)}, reverse=True))

    def find(self, code: str) -> tuple[Concept, ...]:
        key = normal_code(code, self.file)
        found = self.exact.get(key)
        if found:
            return found
        for length in self.lengths:
            if key[:length] in self.prefixes:
                return self.prefixes[key[:length]]
        if self.fallback and len(key) >= self.fallback_from:
            return self.fallback.find(code)
        return ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All value sets, and the lookup of a code as a chart carries it."""

    recognise: Recognise
    knows_system: Callable[[str | None], bool]
    value_sets: Mapping[str, tuple[Concept, ...]]
    files: tuple[ValueSetFile, ...]
    published: Mapping[str, ValueSet]
    systems: Mapping[str, Codes]


def load_vocabulary(directory: Path, root: Path) -> Vocabulary:
    """Read `systems.yaml` and every value set; check digits are verified."""
    systems = load_systems(read_document(directory / "systems.yaml", root))
    value_sets: dict[str, tuple[Concept, ...]] = {}
    names = {url: codes.file.name for url, codes in systems.items()}
    files, published = [], {}
    for path in sorted(directory.glob("*.yaml")):
        if path.name != "systems.yaml":
            document = read_document(path, root)
            content = document.read_as(ValueSetFile)
            if content.id != path.stem:
                raise document.error("$.id", f"the id must be the file's name, `{path.stem}`")
            value_sets[content.id] = tuple(_load_value_set(document, content, systems))
            published[content.id] = publish(document, content, names)
            files.append(content)
    return Vocabulary(
        recognise=lookup(systems),
        knows_system=_known(_by_sent_url(systems)),
        value_sets=value_sets,
        files=tuple(files),
        published=published,
        systems=systems,
    )


def normal_code(code: str, system: SystemFile) -> str:
    """Return the form in which codes of a system are compared."""
    return code.translate(_ICD_FORM).upper() if system.code_form == "icd" else code


def load_systems(document: Document, known: Collection[SystemFile] = ()) -> dict[str, Codes]:
    """Read code systems; no URL may be one of another system, here or among those known."""
    systems: dict[str, Codes] = {}
    urls = {normal_url(url) for system in known for url in (system.url, *system.aliases)}
    for i, system in enumerate(document.read_as(SystemsFile).systems):
        for url in (system.url, *system.aliases):
            if normal_url(url) in urls:
                raise document.error(f"$.systems[{i}].url", f"system `{url}` stands here twice")
            urls.add(normal_url(url))
        systems[system.url] = Codes(system)
    for i, codes in enumerate(systems.values()):
        also = codes.file.also_sent_under
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
            check_reviewed(document, at, item)
            check_code(document, at, item, codes.file)
            spelled = (include.system, normal_code(item.code, codes.file))
            if spelled in seen:
                raise document.error(at, f"code `{item.code}` stands here twice")
            seen.add(spelled)
            concept = make_concept(content.id, item, codes.file)
            codes.add(concept, is_prefix=item.match_prefix)
            loaded.append(concept)
    return loaded


def check_code(document: Document, place: str, item: ConceptFile, system: SystemFile) -> None:
    """Raise where the check digit of a code is wrong."""
    if system.check_digit and not CHECKS[system.check_digit](item.code):
        raise document.error(
            place, f"`{item.code}` is not a {system.name} code: its check digit is wrong"
        )


def make_concept(value_set: str, item: ConceptFile, system: SystemFile) -> Concept:
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


def _by_sent_url(systems: Mapping[str, Codes]) -> dict[str, tuple[Codes, ...]]:
    by_url: dict[str, tuple[Codes, ...]] = {}
    for codes in systems.values():
        for url in (codes.file.url, *codes.file.aliases):
            by_url[normal_url(url)] = (codes,)
    by_url[""] = tuple(systems[url] for url in NO_SYSTEM_READ_AS if url in systems)
    return by_url


def lookup(systems: Mapping[str, Codes]) -> Recognise:
    """Return what finds a code under any URL that its system is sent under."""
    by_url = _by_sent_url(systems)

    @lru_cache(maxsize=REMEMBERED_CODES)
    def find(system: str | None, code: str) -> tuple[Concept, ...]:
        tables = by_url.get(normal_url(system or ""), ())
        return tuple(concept for codes in tables for concept in _find_parts(codes, code.strip()))

    def recognise(system: str | None, code: str) -> tuple[Concept, ...]:
        is_long = len(code) > LONGEST_CODE or len(system or "") > LONGEST_CODE
        return () if is_long else find(system, code)

    return recognise


def _known(by_url: Mapping[str, object]) -> Callable[[str | None], bool]:
    """Return what tells whether a code system, as sent, is one of ours; no system is none."""

    @lru_cache(maxsize=REMEMBERED_CODES)
    def knows(system: str | None) -> bool:
        return bool(system) and normal_url(system or "") in by_url

    return knows


def _find_parts(codes: Codes, code: str) -> tuple[Concept, ...]:
    """Find a code; a post-coordinated one (ICD-11) means all of its parts."""
    joints = codes.file.post_coordination
    if not any(joint in code for joint in joints):
        return codes.find(code)
    for joint in joints[1:]:
        code = code.replace(joint, joints[0])
    return tuple(concept for part in code.split(joints[0]) for concept in codes.find(part))


def normal_url(url: str) -> str:
    """Return the form in which the URLs of code systems are compared."""
    return url.strip().rstrip("/").lower().replace("https://", "http://", 1)
