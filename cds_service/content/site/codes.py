"""A site's codes added to our value sets: none of ours changes its meaning.

A code that we recognise already, alone, by its beginning or under another URL, stays ours: to give
it a second meaning would take the first one away. Only what a beginning says vaguely, such as M87
with national digits, a hospital may tell more exactly.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from cds_service.content.files.templates import wrong_marks
from cds_service.content.files.words import each, raise_all, wrong
from cds_service.content.site.fhir_value_set import read_json
from cds_service.content.site.lists import Listed, read_csv, read_yaml_list
from cds_service.content.site.site import Site
from cds_service.content.terms.value_sets import SYSTEMS, Systems, read_systems, wrong_codes
from cds_service.core.record import Concept
from cds_service.core.vocabulary.value_sets import SIDES_OF, Code, Compose, Include, ValueSet
from cds_service.core.vocabulary.vocabulary import Vocabulary
from cds_service.errors import KnowledgeError

READERS: Mapping[str, Callable[[Path, Path], list[Listed]]] = {
    ".yaml": read_yaml_list,
    ".json": read_json,
    ".csv": read_csv,
}
VAGUE = "broader"
SAID_BY_ALL = ("precision", "role", "siteGroup")
Member = tuple[str, Code]
"""A code with the URL of its system."""


def with_site_codes(ours: Vocabulary, site: Site | None) -> Vocabulary:
    """Return our vocabulary with the site's code systems and codes."""
    if site is None:
        return ours
    systems = {**ours.systems, **_systems(ours, site)}
    published, added = dict(ours.published), list[tuple[str, Member]]()
    for path in site.code_files:
        name = path.stem
        listed = READERS[path.suffix](path, site.above)
        members = [(one.system, code) for one in listed for code in one.concept]
        raise_all(error for member in members for error in _in_our_words(ours, name, member))
        new = [(url, code) for url, code in members if not _known(ours, (url, code))]
        each(partial(_check, ours.published[name], systems), new)
        published[name] = _with_members(published[name], new, f"site policy of {site.name}")
        raise_all(wrong_codes(published[name].members, systems))
        added += ((name, member) for member in new)
    vocabulary = Vocabulary(systems.values(), published.values())
    raise_all(
        wrong(code, f"`{code.code}` can never be found as it is written")
        for name, (url, code) in added
        if name not in {found.value_set for found in vocabulary.recognise(url, code.code)}
    )
    return vocabulary


def _systems(ours: Vocabulary, site: Site) -> Systems:
    path = site.root / "value-sets" / SYSTEMS
    systems = read_systems(path, site.above, ours.systems.values()) if path.exists() else {}
    raise_all(
        wrong(system.also_sent_under, "a site's system is sent under its own URLs only")
        for system in systems.values()
        if system.also_sent_under
    )
    return systems


def _in_our_words(ours: Vocabulary, value_set: str, member: Member) -> Iterator[KnowledgeError]:
    """Yield an error at one of our codes that a list has as anything else than what it is."""
    code, known = member[1], _known(ours, member)
    same = [concept for concept in known if concept.value_set == value_set]
    if known and not same:
        yield wrong(code, f"`{code.code}` is a code of our `{known[0].value_set}` and stays there")
    if same and not any(_agrees(code, concept) for concept in same):
        yield wrong(code, f"`{code.code}` is ours, and we say otherwise of it")


def _known(ours: Vocabulary, member: Member) -> list[Concept]:
    url, code = member
    return [
        concept
        for concept in ours.recognise(url, code.code)
        if concept.precision != VAGUE or not _is_longer(code.code, concept.code)
    ]


def _is_longer(code: str, ours: str) -> bool:
    return len(code.replace(".", "")) > len(ours.replace(".", ""))


def _agrees(code: Code, ours: Concept) -> bool:
    """Tell whether all that a list says of a code is what we say; its label is its own."""
    given = (SIDES_OF.get(code.laterality), code.precision, code.role, code.site_group)
    said = (ours.sides, ours.precision, ours.role, ours.site_group)
    return all(not one or one == other for one, other in zip(given, said, strict=True))


def _check(ours: ValueSet, systems: Systems, member: Member) -> None:
    """What every code of our set says of itself, a code of the site must say, in our words."""
    url, code = member
    if url not in systems:
        words = f"`{url}` is not a system of ours or of the site's value-sets/systems.yaml"
        raise wrong(url, words)
    if code.match_prefix:
        raise wrong(code, "a site adds whole codes, not beginnings of codes")
    raise_all(wrong_marks(code.display))
    for name in SAID_BY_ALL:
        answers = {one.attributes.get(name) for _, one in ours.members}
        given, known = code.attributes.get(name), ", ".join(sorted(filter(None, answers)))
        if given not in answers:
            words = f"`{name}` must be one of those that our set uses: {known or 'none'}"
            raise wrong((given, code), words)


def _with_members(ours: ValueSet, new: list[Member], source: str) -> ValueSet:
    added = (
        Include(url, source, tuple(code for its, code in new if its == url))
        for url in dict.fromkeys(url for url, _ in new)
    )
    return replace(ours, compose=Compose((*ours.compose.include, *added)))
