"""A site's numbers in place of ours, and the line on a card that says so."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from cds_service.content.files.words import raise_all, unknown, wrong
from cds_service.content.languages import SITE_VALUE
from cds_service.content.numbers import EvidenceItem, read_amount
from cds_service.content.site.site import Site, SiteNumber
from cds_service.core.knowledge import CardDefinition, Parameter, Words
from cds_service.core.texts import CardText
from cds_service.core.wording import fill, write_amount


def with_site_numbers(ours: Mapping[str, Parameter], site: Site | None) -> dict[str, Parameter]:
    """Return our parameters with the site's values; its policy is then their evidence."""
    numbers = site.numbers if site else {}
    changed = {n: _replaced(ours[n], number) for n, number in numbers.items() if n in ours}
    return {**ours, **changed}


def check_all_known(names: Collection[str], site: Site | None) -> None:
    """Raise where the site sets a number that we do not have."""
    set_by_site = (number.name for number in site.numbers.values()) if site else ()
    raise_all(unknown(set_by_site, names, "we have no parameter `{}`"))


def site_evidence(site: Site | None) -> dict[str, EvidenceItem]:
    """Return the site's policy as the evidence of each number that it sets."""
    if site is None:
        return {}
    citation = f"Site policy of {site.name} (responsible: {site.responsible})"
    ids = {_evidence_id(name): number.reason for name, number in site.numbers.items()}
    return {
        name: EvidenceItem(id=name, kind="site-policy", citation=citation, says=reason)
        for name, reason in ids.items()
    }


def say_site_numbers(
    card: CardDefinition,
    used: Collection[Parameter],
    words: Mapping[str, Words],
    owners: tuple[str, str],
) -> CardDefinition:
    """Add to the card what is in force by policy, ours or the site's, and in place of what.

    `owners` are who develops the content, and the site.
    """
    changed = [number for number in used if number.replaces]
    texts = {
        language: _with_lines(text, [_line(number, words[language], owners) for number in changed])
        for language, text in card.texts.items()
    }
    return replace(card, texts=texts) if changed else card


def _replaced(ours: Parameter, number: SiteNumber) -> Parameter:
    value = read_amount(number.value)
    if value is None or type(value) is not type(ours.value):
        words = f"`{number.value}` is not a value such as ours of `{ours.name}`"
        raise wrong(number.value, words)
    if value == ours.value:
        raise wrong(number.value, f"`{number.value}` is our value of `{ours.name}` already")
    return Parameter(ours.name, value, ours.meaning, _evidence_id(ours.name), replaces=ours)


def _evidence_id(name: str) -> str:
    return f"site-policy-{name}"


def _line(number: Parameter, words: Words, owners: tuple[str, str]) -> str:
    developer, site = owners
    said = {
        "site": site if number.evidence == _evidence_id(number.name) else developer,
        "number": write_amount(number.value, words),
        "ours": write_amount((number.replaces or number).value, words),
    }
    return f"- {fill(words.phrases[SITE_VALUE], said)}"


def _with_lines(text: CardText, lines: Iterable[str]) -> CardText:
    listed = "\n".join(lines)
    detail = {variant: (*parts, f"\n{listed}") for variant, parts in text.detail.items()}
    return replace(text, detail=detail, rationale=(*text.rationale, f"\n\n{listed}"))
