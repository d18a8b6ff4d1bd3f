"""Codes made of parts: SNOMED CT expressions, clusters of ICD-11, procedures with modifiers."""

import re

from cds_service.core.vocabulary.systems import CodeSystem

_TERM = re.compile(r"\|[^|]*\|")
_PLAIN = re.compile(r"[0-9\s:=+,(){}]+")
_MARK = re.compile(r"[0-9]+|[=(){},]")


def parts_of(code: str, system: CodeSystem) -> list[str]:
    """Return the codes whose meanings make up the meaning of a code as sent."""
    if system.refined_by and not code.isdecimal():
        return _concepts_meant(code, system.refined_by) or [code]
    joints = system.post_coordination
    if not any(joint in code for joint in joints):
        return [code]
    for joint in joints[1:]:
        code = code.replace(joint, joints[0])
    return [part for part in code.split(joints[0]) if part]


def _concepts_meant(expression: str, refined_by: tuple[str, ...]) -> list[str]:
    """Return the focus of a SNOMED CT expression, and the values of the attributes that count.

    A refined focus is always a kind of that focus, so that another attribute changes nothing. A
    value in parentheses counts with its own refinements, where its attribute does.

    >>> _concepts_meant("100 |Pain of foot| : 272741003 = 200 |Left|", ("272741003",))
    ['100', '200']
    """
    plain = _TERM.sub(" ", expression).lstrip("=< ")
    marks = _MARK.findall(plain) if _PLAIN.fullmatch(plain) else []
    meant: list[str] = []
    counts, outer = True, list[bool]()
    for mark, following in zip(marks, [*marks[1:], ""], strict=False):
        if following == "=":
            counts = mark in refined_by and all(outer)
        elif mark == "(":
            outer.append(counts)
        elif mark == ")" and outer:
            outer.pop()
        elif mark[0].isdecimal() and counts and all(outer):
            meant.append(mark)
    return meant
