"""A site's numbers in place of ours, and the line on a card that says so."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from cds_service.content.files.words import raise_all, unknown, wrong
from cds_service.content.languages import SITE_VALUE
from cds_service.content.numbers import read_amount
from cds_service.content.site.site import Site, SiteNumber
from cds_service.core.knowledge import CardDefinition, CardText, Citation, Parameter, Words
from cds_service.core.wording import fill, write_amount


def with_site_numbers(ours: Mapping[str, Parameter], site: Site | None) -> dict[str, Parameter]:
    """Return our parameters with the site's values; its policy is then their evidence."""
    numbers = site.numbers if site else {}
    return {
        name: _replaced(parameter, numbers[name]) if name in numbers else parameter
        for name, parameter in ours.items()
    }


def check_all_known(names: Collection[str], site: Site | None) -> None:
    """Raise where the site sets a number that we do not have."""
    set_by_site = (number.name for number in site.numbers.values()) if site else ()
    raise_all(unknown(set_by_site, names, "we have no parameter `{}`"))


def site_evidence(site: Site | None) -> dict[str, Citation]:
    """Return the site's policy as the evidence of each number that it sets."""
    return {
        _evidence_id(name): Citation(
            id=_evidence_id(name),
            kind="site-policy",
            citation=f"Site policy of {site.name} (responsible: {site.responsible})",
            says=number.reason,
            url=None,
        )
        for name, number in (site.numbers.items() if site else ())
        if site
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
    if not changed:
        return card
    texts = {
        language: _with_lines(text, _lines(changed, words[language], owners))
        for language, text in card.texts.items()
    }
    return replace(card, texts=texts)


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


def _lines(changed: list[Parameter], words: Words, owners: tuple[str, str]) -> str:
    phrase = words.phrases[SITE_VALUE]
    lines = (
        fill(
            phrase,
            {
                "site": owners[number.evidence == _evidence_id(number.name)],
                "number": write_amount(number.value, words),
                "ours": write_amount(number.replaces.value, words),
            },
        )
        for number in changed
        if number.replaces
    )
    return "\n".join(f"- {line}" for line in lines)


def _with_lines(text: CardText, lines: str) -> CardText:
    detail = {variant: (*parts, f"\n\n{lines}") for variant, parts in text.detail.items()}
    return replace(text, detail=detail, rationale=(*text.rationale, f"\n\n{lines}"))
