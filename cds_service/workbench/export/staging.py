"""The staging systems and their words -> lines of a Library; refuses to read any stage."""

from collections.abc import Iterator

from cds_service.core.text.staging import StageLevel, Staging, StagingSystem, Wording


def staging_lines(staging: Staging) -> Iterator[str]:
    """Yield a line for each system, each stage and each list of words."""
    for system in staging.systems.values():
        yield from _system(system)
    yield from _wording(staging.wording)


def _system(system: StagingSystem) -> Iterator[str]:
    yield f"{system.name} ({system.id}), compared within: {system.family}"
    yield f"{system.name}, named as: {', '.join(system.names)}"
    yield from (f"{system.name} {_stage(level)}" for level in system.levels.values())
    if system.types:
        yield f"{system.name}, types that are no stages: {', '.join(system.types)}"
    if system.needs_stage_word:
        yield f"{system.name}: a number counts only with a word for stage"
    if system.letters_say_nothing:
        yield f"{system.name}: the letters say nothing"
    yield f"{system.name}, evidence: {', '.join(system.evidence)}"


def _stage(level: StageLevel) -> str:
    letters = ", ".join(f"{letter}: {group}" for letter, group in level.letters.items())
    order = ", each worse than the one before" if level.letters_in_order else ""
    return f"{level.name}: {level.group}" + (f" ({letters}{order})" if letters else "")


def _wording(wording: Wording) -> Iterator[str]:
    for number, spellings in enumerate(wording.numerals):
        yield f"number {number}: {', '.join(spellings)}"
    for side, words in wording.sides.items():
        yield f"side, {side}: {', '.join(words)}"
    lists = {
        "word for stage": wording.stage_words,
        "after a number": wording.suffixes,
        "word for type": wording.type_words,
        "between name and number": wording.between,
        "between number and name": wording.links,
        "makes two stages of two numbers": wording.joins,
        "makes an amount of a number": wording.units,
        "makes a sentence doubtful": wording.doubts,
        "ends no sentence with its full stop": wording.abbreviations,
        "names a hip": wording.hip_words,
        "names another site": wording.other_sites,
    }
    yield from (f"{name}: {', '.join(words)}" for name, words in lists.items())
