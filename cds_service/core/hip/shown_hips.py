"""What a study is for one hip: a review of it, a doubt, a study of the other hip, or nothing.

Codes of procedures, sites of series and words are its witnesses. Where one is vague (a leg, a
femur) a more exact one is believed; where two exact ones contradict each other, it is a doubt.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from msgspec import Struct

from cds_service.core.hip.once import once
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import (
    ALL_READ,
    NO_SIDE,
    SIDES,
    Concept,
    Part,
    Series,
    Side,
    Study,
    ValueSetId,
)

NOT_A_REVIEW = "not-a-review"
# An image of the pelvis shows both hips, whichever side its words name.
PELVIS = frozenset({"pelvis", "bony-pelvis"})
StudyDoubt = Literal[
    "wordsDiffer",
    "sideUnread",
    "codeUnread",
    "siteUnread",
    "kindUnread",
    "statusUnread",
    "siteUnclear",
    "inPassing",
]
Groups = frozenset[str]
Sides = frozenset[Side]
NOWHERE: Groups = frozenset()
_RANK = get_args(StudyDoubt).index
_SIDE: frozenset[Part] = frozenset({"side"})


class ShownHips(Struct, frozen=True):
    """A part of a study with a hip on it; `doubt` says why that, or which hip, is not sure.

    `is_said`: that it shows a hip, or how it was made, only its words tell.
    """

    modality: str
    sides: Sides
    doubt: StudyDoubt | None = None
    is_said: bool = False

    def may_show(self, hip: Side) -> bool:
        """Tell whether this hip is on it, if any is."""
        return not self.sides or self.sides == SIDES or hip in self.sides


_DIFFERS = ShownHips("", NO_SIDE, "wordsDiffer")


class _Told(Struct, frozen=True):
    """What the codes of a study's procedures, and what its words, say was imaged and how."""

    coded: tuple[Concept, ...]
    said: Concept | None
    roles: frozenset[str]
    groups: Groups
    sides: Sides


def shown_hips(
    study: Study, hip: Side, schedule: ReviewSchedule
) -> tuple[ShownHips | None, StudyDoubt | Literal["otherHip"] | None]:
    """Return the view that surely shows this hip, else one that may and why that is not sure.

    Where the side of the disease is not recorded, a doubt about either hip is one.
    """
    views = _views(study, schedule)
    sure = [view for view in views if not view.doubt]
    for view in sure:
        if view.may_show(hip):
            return view, None
    doubtful = [
        (view, view.doubt)
        for view in views
        if view.doubt and (hip is Side.UNRECORDED or view.may_show(hip))
    ]
    if doubtful:
        return min(doubtful, key=lambda found: _RANK(found[1]))
    others = [view for view in views if view.doubt != "inPassing"]
    return (others[0], "otherHip") if others else (None, None)


@once
def _views(study: Study, schedule: ReviewSchedule) -> tuple[ShownHips, ...]:
    """Return what of the study shows, or may show, a hip."""
    told = _told(study)
    if told.said and _is_a_review(told.said, schedule) and NOT_A_REVIEW in told.roles:
        return (_DIFFERS,)
    if told.said and told.said.role == NOT_A_REVIEW:
        is_coded = any(_is_a_review(concept, schedule) for concept in told.coded)
        return (_DIFFERS,) if is_coded else ()
    return () if NOT_A_REVIEW in told.roles else tuple(_parts(study, told, schedule))


def _told(study: Study) -> _Told:
    imaged = [c for c in study.procedures if c.value_set == ValueSetId.IMAGING_PROCEDURE]
    coded = tuple([concept for concept in imaged if not concept.is_said])
    return _Told(
        coded,
        said=next((concept for concept in imaged if concept.is_said), None),
        roles=frozenset([concept.role for concept in coded if concept.role]),
        groups=frozenset([concept.site_group for concept in coded if concept.site_group]),
        sides=NO_SIDE.union(*[concept.sides for concept in coded]),
    )


def _is_a_review(concept: Concept, schedule: ReviewSchedule) -> bool:
    return schedule.counts(concept.role, frozenset({concept.site_group or ""}))


def _parts(study: Study, told: _Told, schedule: ReviewSchedule) -> Iterator[ShownHips]:
    parts = study.series
    if told.coded or not parts:
        near = [p for p in parts if p.site_groups & schedule.hips or not p.site_groups]
        seen = NO_SIDE.union(*[part.sides for part in near])
        unread = ALL_READ.union(*[part.unread & _SIDE for part in near])
        parts = (Series(None, told.groups, told.sides or seen, unread), *parts)
    for part in parts:
        view = _view(part, study, told, schedule)
        if view:
            yield view


def _view(part: Series, study: Study, told: _Told, schedule: ReviewSchedule) -> ShownHips | None:
    """Return what a part shows of a hip, or may show; None where it surely shows none."""
    said = told.said
    kinds = {part.modality} if part.modality else told.roles
    if not kinds and said and said.role:
        kinds = {said.role}
    counted = sorted([kind for kind in kinds if kind in schedule.site_groups])
    if kinds and not counted:
        return None
    imaged = _imaged(part.site_groups or told.groups, said, counted, schedule)
    if imaged is None:
        return ShownHips(counted[0] if counted else "", NO_SIDE, "wordsDiffer")
    groups, is_said = imaged
    sides, is_side_read = _sides(part, study, told, groups)
    kind = next((kind for kind in counted if schedule.counts(kind, groups)), "")
    if kind:
        doubt = _doubt(study, is_side_read=is_side_read)
        return ShownHips(
            kind, sides, doubt, is_said or part.is_said or not (part.modality or told.roles)
        )
    if groups and not groups & (schedule.hips | schedule.vague | schedule.in_passing):
        return None
    doubt = "inPassing" if groups & schedule.in_passing else _unclear(part, study, groups)
    return ShownHips(counted[0] if counted else "", sides, doubt, is_said)


def _imaged(
    coded: Groups, said: Concept | None, kinds: Iterable[str], schedule: ReviewSchedule
) -> tuple[Groups, bool] | None:
    """Return the regions on a part, and whether words tell them; None where they contradict codes.

    A plain leg or femur is vague, and so is the pelvis, but for a film of it.
    """
    told = frozenset({said.site_group}) if said and said.site_group else NOWHERE
    is_coded = bool(coded - schedule.vague) or any(schedule.counts(k, coded) for k in kinds)
    is_told = bool(told - schedule.vague) or (said is not None and _is_a_review(said, schedule))
    if is_coded and is_told:
        is_same = bool(coded & schedule.hips) == bool(told & schedule.hips)
        return (coded | told, False) if is_same else None
    if is_coded:
        return coded, False
    return (told, True) if is_told else (coded | told, not coded)


def _sides(part: Series, study: Study, told: _Told, groups: Groups) -> tuple[Sides, bool]:
    """Return the sides of a part, and whether what was sent of them is understood and agrees."""
    coded = part.sides or (SIDES if PELVIS & part.site_groups else told.sides)
    said = NO_SIDE if PELVIS & groups else study.sides_said
    for one, other in ((part.sides, told.sides), (coded, said)):
        if one and other and not one & other:
            return NO_SIDE, False
    sides = coded & said if coded and said else coded or said
    is_part_read = bool(part.sides or told.sides or said) or "side" not in part.unread
    is_said_read = bool(sides or PELVIS & groups) or "side" not in study.unread
    return sides, is_part_read and is_said_read


def _doubt(study: Study, *, is_side_read: bool) -> StudyDoubt | None:
    """Return what keeps a part that shows a hip from counting."""
    if "status" in study.unread:
        return "statusUnread"
    if "code" in study.unread:
        return "codeUnread"
    return None if is_side_read else "sideUnread"


def _unclear(part: Series, study: Study, groups: Groups) -> StudyDoubt:
    """Return why it is not told what a part shows, or how it was made."""
    if "site" in part.unread and not groups:
        return "siteUnread"
    if "code" in study.unread:
        return "codeUnread"
    return "kindUnread" if "modality" in part.unread | study.unread else "siteUnclear"
