"""A site's codes added to our value sets; refuses to change what a code of ours means.

A code that we recognise already, alone, by its beginning or under another URL, stays ours: to give
it a second meaning would take the first one away.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cds_service.content.files.schema import ConceptFile
from cds_service.content.files.source import Document, read_document
from cds_service.content.files.templates import check_plain
from cds_service.content.site.lists import Listed, read_csv, read_json, read_yaml
from cds_service.content.site.site import Site
from cds_service.content.terms.definitions import check_reviewed, publish_code
from cds_service.content.terms.value_sets import (
    SIDES_OF,
    Terms,
    check_code,
    load_systems,
    make_concept,
)
from cds_service.core.record import Concept
from cds_service.core.vocabulary import Code, Codes, Include, ValueSet, Vocabulary

READERS: Mapping[str, Callable[[Path, Path], tuple[Document, list[Listed]]]] = {
    ".yaml": read_yaml,
    ".json": read_json,
    ".csv": read_csv,
}
ATTRIBUTES = {"precision": "precision", "role": "role", "site_group": "siteGroup"}


def with_site_codes(ours: Terms, site: Site | None) -> Terms:
    """Return our vocabulary with the site's code systems and codes."""
    if site is None:
        return ours
    systems = _copied(ours.systems) | _systems(ours, site)
    value_sets, published = dict(ours.value_sets), dict(ours.published)
    added: list[_Added] = []
    for path in site.code_files:
        document, listed = READERS[path.suffix](path, site.above)
        new = [one for one in listed if _is_new(document, path.stem, one, ours)]
        concepts = [_concept(document, path.stem, one, ours, systems) for one in new]
        value_sets[path.stem] = (*value_sets[path.stem], *concepts)
        published[path.stem] = _with_includes(published[path.stem], new, systems, site)
        added += [
            _Added(document, one, concept) for one, concept in zip(new, concepts, strict=True)
        ]
    vocabulary = Vocabulary(systems.values())
    for one in added:
        if one.concept not in vocabulary.recognise(one.listed.system, one.concept.code):
            words = f"`{one.concept.code}` can never be found as it is written"
            raise one.document.error(one.listed.place, words)
    return replace(
        ours,
        vocabulary=vocabulary,
        value_sets=value_sets,
        published=published,
        systems=systems,
    )


@dataclass(frozen=True, slots=True)
class _Added:
    """A code of the site, and where it stands."""

    document: Document
    listed: Listed
    concept: Concept


def _copied(ours: Mapping[str, Codes]) -> dict[str, Codes]:
    """Copy the tables, so that a code added is found under every URL, and ours stay as they are."""
    copies = {
        url: replace(codes, exact=dict(codes.exact), prefixes=dict(codes.prefixes))
        for url, codes in ours.items()
    }
    for codes in copies.values():
        if codes.fallback:
            codes.fallback = copies[codes.fallback.system.url]
    return copies


def _systems(ours: Terms, site: Site) -> dict[str, Codes]:
    path = site.root / "value-sets" / "systems.yaml"
    if not path.exists():
        return {}
    document = read_document(path, site.above)
    systems = load_systems(document, [codes.system for codes in ours.systems.values()])
    for i, codes in enumerate(systems.values()):
        if codes.system.also_sent_under:
            words = "a site's system is sent under its own URLs only"
            raise document.error(f"$.systems[{i}].alsoSentUnder", words)
    return systems


def _is_new(document: Document, value_set: str, one: Listed, ours: Terms) -> bool:
    """Tell whether a code is not ours; one of ours may stand in a list only as what it is."""
    known = ours.vocabulary.recognise(one.system, one.item.code)
    if not known:
        return True
    same = [concept for concept in known if concept.value_set == value_set]
    if not same:
        words = f"`{one.item.code}` is a code of our `{known[0].value_set}` and stays there"
        raise document.error(one.place, words)
    given = _given(one.item)
    if all(given.items() - _said(concept).items() for concept in same):
        raise document.error(one.place, f"`{one.item.code}` is ours, and we say otherwise of it")
    return False


def _concept(
    document: Document, value_set: str, one: Listed, ours: Terms, systems: Mapping[str, Codes]
) -> Concept:
    codes = systems.get(one.system)
    if codes is None:
        words = f"`{one.system}` is not a system of ours or of the site's value-sets/systems.yaml"
        raise document.error(f"{one.place}.system", words)
    if one.item.match_prefix:
        raise document.error(one.place, "a site adds whole codes, not beginnings of codes")
    check_reviewed(document, one.place, one.item)
    check_code(document, one.place, one.item, codes.system)
    check_plain(one.item.display, partial(document.error, f"{one.place}.display"))
    _check_attributes(document, one, ours.value_sets[value_set])
    concept = make_concept(value_set, one.item, codes.system)
    if any(found.value_set == value_set for found in codes.find(concept.code)):
        raise document.error(one.place, f"code `{one.item.code}` stands here twice")
    codes.add(concept, is_prefix=False)
    return concept


def _with_includes(
    ours: ValueSet, new: Iterable[Listed], systems: Mapping[str, Codes], site: Site
) -> ValueSet:
    """Return the value set as it is published, the site's codes with the site as their source."""
    source = f"site policy of {site.name}"
    by_system: dict[str, list[Code]] = {}
    for one in new:
        by_system.setdefault(one.system, []).append(publish_code(one.item))
    includes = (
        Include(system, systems[system].system.name, source, tuple(codes), ())
        for system, codes in by_system.items()
    )
    return replace(ours, includes=(*ours.includes, *includes))


def _check_attributes(document: Document, one: Listed, members: Iterable[Concept]) -> None:
    """What every code of our set says of itself, a code of the site must say, in our words."""
    for name, spelled in ATTRIBUTES.items():
        answers = {getattr(concept, name) for concept in members}
        given, known = getattr(one.item, name), ", ".join(sorted(answers - {None}))
        if given not in answers:
            words = f"`{spelled}` must be one of those that our set uses: {known or 'none'}"
            raise document.error(f"{one.place}.{spelled}", words)


def _given(item: ConceptFile) -> dict[str, object]:
    """Return what a list says of a code, apart from its label."""
    said = {name: getattr(item, name) for name in ATTRIBUTES} | {"sides": SIDES_OF[item.laterality]}
    return {name: answer for name, answer in said.items() if answer}


def _said(concept: Concept) -> dict[str, object]:
    return {name: getattr(concept, name) for name in (*ATTRIBUTES, "sides")}
