"""The codes that definitions give, against a list of the value sets -> what to tell and to write.

A term of the server gets into no file: terms are licensed, so they are for the reviewer's eyes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cds_service.content.terms.value_sets import UNREVIEWED
from cds_service.core.vocabulary.systems import normal_code
from cds_service.core.vocabulary.value_sets import ATTRIBUTES, Code, Include, ValueSet
from cds_service.core.vocabulary.vocabulary import Vocabulary
from cds_service.workbench.value_sets.expansion import FoundCode

PROPOSED = "# unreviewed"
INACTIVE = "# inactive on the terminology server"


@dataclass(frozen=True, slots=True)
class Findings:
    """What expansions say of one list of codes.

    `elsewhere` has those of other value sets with their names, `unexpanded` what no definition
    gives.
    """

    new: Sequence[FoundCode]
    elsewhere: Mapping[FoundCode, str]
    listed_inactive: Sequence[Code]
    unexpanded: Sequence[Code]

    def told(self) -> Iterator[str]:
        """Yield a line on each code that is not plainly as it should be."""
        for item in self.new:
            marked = " (inactive)" if item.is_inactive else ""
            yield f"    new        {item.code}{marked}  {item.term}"
        for item, value_sets in self.elsewhere.items():
            yield f"    elsewhere  {item.code}  {item.term}  (in {value_sets}; not proposed)"
        yield from (f"    inactive   {item.code}  (listed)" for item in self.listed_inactive)
        if self.unexpanded:
            codes = ", ".join(item.code for item in self.unexpanded)
            yield f"    listed, and in no expansion: {codes}"


def compare(
    value_set: ValueSet, include: Include, found: Sequence[FoundCode], vocabulary: Vocabulary
) -> Findings:
    """Sort codes by what the value sets know of them; a code known in another set is not new."""
    system = vocabulary.systems[include.system]
    expanded = {normal_code(item.code, system): item for item in found}
    listed = {normal_code(item.code, system): item for item in include.concept}
    sets = {c: {one.value_set for one in vocabulary.recognise(system.url, c)} for c in expanded}
    return Findings(
        new=[item for code, item in expanded.items() if not sets[code]],
        elsewhere={
            item: ", ".join(sorted(sets[code]))
            for code, item in expanded.items()
            if sets[code] and value_set.id not in sets[code]
        },
        listed_inactive=[
            listed[code] for code, item in expanded.items() if item.is_inactive and code in listed
        ],
        unexpanded=[
            item for code, item in listed.items() if code not in expanded and not item.match_prefix
        ],
    )


def propose(new: Sequence[FoundCode], value_set: ValueSet) -> list[str]:
    """Return a line for each new code, with a `?` for each word that a reviewer must settle.

    Asked for is what the value set's other codes say: a label always, a side where any has one.
    """
    said = {name for _, code in value_set.members for name in code.attributes}
    names = ["display", *(name for name in ATTRIBUTES if name in said)]
    asked = ", ".join(f'{name}: "{UNREVIEWED}"' for name in names)
    return [
        f'- {{code: "{item.code}", {asked}}}  {PROPOSED}'
        + (f"; {INACTIVE.removeprefix('# ')}" if item.is_inactive else "")
        for item in sorted(new, key=lambda item: item.code)
    ]
