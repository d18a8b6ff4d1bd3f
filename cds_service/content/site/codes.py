"""A site's codes added to our value sets: none of ours changes its meaning.

A code that we recognise already, alone, by its beginning or under another URL, stays ours: to give
it a second meaning would take the first one away.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from cds_service.content.files.schema import ConceptFile
from cds_service.content.files.source import read_document
from cds_service.content.files.templates import check_plain
from cds_service.content.files.words import each, raise_all, wrong
from cds_service.content.site.fhir_value_set import read_json
from cds_service.content.site.lists import SiteCode, read_csv, read_yaml_list
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

READERS: Mapping[str, Callable[[Path, Path], list[SiteCode]]] = {
    ".yaml": read_yaml_list,
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
    added: list[tuple[SiteCode, Concept]] = []
    for path in site.code_files:
        name, listed = path.stem, READERS[path.suffix](path, site.above)
        newness = each(partial(_is_new, ours, name), listed)
        new = [code for code, is_new in zip(listed, newness, strict=True) if is_new]
        concepts = each(partial(_concept, name, ours.value_sets[name], systems), new)
        value_sets[name] = (*value_sets[name], *concepts)
        published[name] = _with_includes(published[name], new, systems, site)
        added += zip(new, concepts, strict=True)
    vocabulary = Vocabulary(systems.values())
    raise_all(
        wrong(code, f"`{code.code}` can never be found as it is written")
        for code, concept in added
        if concept not in vocabulary.recognise(code.system, concept.code)
    )
    return replace(
        ours,
        vocabulary=vocabulary,
        value_sets=value_sets,
        published=published,
        systems=systems,
    )


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
    known = [codes.system for codes in ours.systems.values()]
    systems = load_systems(read_document(path, site.above), known)
    raise_all(
        wrong(codes.system.also_sent_under, "a site's system is sent under its own URLs only")
        for codes in systems.values()
        if codes.system.also_sent_under
    )
    return systems


def _is_new(ours: Terms, value_set: str, code: SiteCode) -> bool:
    """Tell whether a code is not ours; one of ours may stand in a list only as what it is."""
    known = ours.vocabulary.recognise(code.system, code.code)
    same = [concept for concept in known if concept.value_set == value_set]
    if known and not same:
        words = f"`{code.code}` is a code of our `{known[0].value_set}` and stays there"
        raise wrong(code, words)
    given = _given(code)
    if same and all(given.items() - _said(concept).items() for concept in same):
        raise wrong(code, f"`{code.code}` is ours, and we say otherwise of it")
    return not known


def _concept(
    value_set: str, ours: Iterable[Concept], systems: Mapping[str, Codes], code: SiteCode
) -> Concept:
    codes = systems.get(code.system)
    if codes is None:
        words = f"`{code.system}` is not a system of ours or of the site's value-sets/systems.yaml"
        raise wrong(code.system, words)
    if code.match_prefix:
        raise wrong(code, "a site adds whole codes, not beginnings of codes")
    check_reviewed(code)
    check_code(code, codes.system)
    check_plain(code.display, partial(wrong, code.display))
    _check_attributes(code, ours)
    concept = make_concept(value_set, code, codes.system)
    if any(found.value_set == value_set for found in codes.find(concept.code)):
        raise wrong(code, f"code `{code.code}` stands here twice")
    codes.add(concept, is_prefix=False)
    return concept


def _with_includes(
    ours: ValueSet, new: Iterable[SiteCode], systems: Mapping[str, Codes], site: Site
) -> ValueSet:
    """Return the value set as it is published, the site's codes with the site as their source."""
    source = f"site policy of {site.name}"
    by_system: dict[str, list[Code]] = {}
    for code in new:
        by_system.setdefault(code.system, []).append(publish_code(code))
    includes = (
        Include(system, systems[system].system.name, source, tuple(codes), ())
        for system, codes in by_system.items()
    )
    return replace(ours, includes=(*ours.includes, *includes))


def _check_attributes(code: SiteCode, ours: Iterable[Concept]) -> None:
    """What every code of our set says of itself, a code of the site must say, in our words."""
    for name, spelled in ATTRIBUTES.items():
        answers = {getattr(concept, name) for concept in ours}
        given, known = getattr(code, name), ", ".join(sorted(answers - {None}))
        if given not in answers:
            words = f"`{spelled}` must be one of those that our set uses: {known or 'none'}"
            raise wrong((given, code), words)


def _given(item: ConceptFile) -> dict[str, object]:
    """Return what a list says of a code, apart from its label."""
    said = {name: getattr(item, name) for name in ATTRIBUTES} | {"sides": SIDES_OF[item.laterality]}
    return {name: answer for name, answer in said.items() if answer}


def _said(concept: Concept) -> dict[str, object]:
    return {name: getattr(concept, name) for name in (*ATTRIBUTES, "sides")}
