"""Record and today -> the facts of each hip; refuses to know which card asks for them.

Every fact that `cards/facts.yaml` declares has exactly one function, found in `GATHERERS`. A fact
is worked out when it is first asked for: most cards ask for few.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from cds_service.core import chart_facts, order_facts, review_facts, stage_facts
from cds_service.core.diagnosis import hips_with_osteonecrosis, osteonecrosis_of
from cds_service.core.hip import Fact, Facts, HipView
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import Record, Side
from cds_service.core.review import review_of, schedule_for
from cds_service.core.stages import StageEntry, read_entries, stages_of
from cds_service.core.staging import Staging

GATHERERS: Mapping[str, Callable[[HipView], Fact]] = {
    "osteonecrosis": chart_facts.osteonecrosis,
    "certainty": chart_facts.certainty,
    "verification": chart_facts.verification,
    "clinicalStatus": chart_facts.clinical_status,
    "osteonecrosisCode": chart_facts.osteonecrosis_code,
    "uncodedMention": chart_facts.uncoded_mention,
    "conditionList": chart_facts.condition_list,
    "juvenileHipDisorder": chart_facts.juvenile_hip_disorder,
    "hipProsthesis": chart_facts.hip_prosthesis,
    "patientAge": chart_facts.patient_age,
    "patientDeceased": chart_facts.patient_deceased,
    "stage": stage_facts.stage,
    "recordedStage": stage_facts.recorded_stage,
    "stageDate": stage_facts.stage_date,
    "stageDataQuality": stage_facts.stage_data_quality,
    "progression": stage_facts.progression,
    "earlierStage": stage_facts.earlier_stage,
    "earlierStageDate": stage_facts.earlier_stage_date,
    "reviewStatus": review_facts.review_status,
    "lastReviewDate": review_facts.last_review_date,
    "lastReviewModality": review_facts.last_review_modality,
    "baselineDate": review_facts.baseline_date,
    "reviewInterval": review_facts.review_interval,
    "nextReviewDate": review_facts.next_review_date,
    "nextOrderDate": review_facts.next_order_date,
    "imagingDataQuality": review_facts.imaging_data_quality,
    "reviewEvidence": review_facts.review_evidence,
    "hipImagingDrafted": order_facts.hip_imaging_drafted,
    "physiotherapyDrafted": order_facts.physiotherapy_drafted,
    "orderFormat": order_facts.order_format,
    "draftOrderList": order_facts.draft_order_list,
    "hipImagingOrdered": order_facts.hip_imaging_ordered,
    "imagingOrderTiming": order_facts.imaging_order_timing,
    "weightBearingOrdered": order_facts.weight_bearing_ordered,
    "impactExerciseOrdered": order_facts.impact_exercise_ordered,
    "arthroplastyOrdered": order_facts.arthroplasty_ordered,
    "headPreservingSurgeryOrdered": order_facts.head_preserving_surgery_ordered,
    "boneDrugOrdered": order_facts.bone_drug_ordered,
    "glucocorticoidOrdered": order_facts.glucocorticoid_ordered,
}


class HipFacts(Mapping[str, Fact]):
    """All facts of one hip by name, worked out on demand and then kept."""

    def __init__(self, view: HipView) -> None:
        self._view = view
        self._known: dict[str, Fact] = {}

    def __getitem__(self, name: str) -> Fact:
        """Return a fact; raise `KeyError` for a name that `GATHERERS` does not hold."""
        fact = self._known.get(name)
        if fact is None:
            fact = self._known[name] = GATHERERS[name](self._view)
        return fact

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all facts, asked for or not."""
        return iter(GATHERERS)

    def __len__(self) -> int:
        """Return how many facts there are."""
        return len(GATHERERS)


def gather_facts(
    record: Record, schedule: ReviewSchedule, today: date, staging: Staging
) -> dict[Side, Facts]:
    """Return the facts of each hip that has, or might have, osteonecrosis."""
    hips = hips_with_osteonecrosis(record)
    entries = read_entries(record, staging, today) if hips else ()
    return {
        hip: HipFacts(view)
        for hip in hips
        for view in [_view(hip, record, schedule, today, entries)]
    }


def _view(
    hip: Side,
    record: Record,
    schedule: ReviewSchedule,
    today: date,
    entries: tuple[StageEntry, ...],
) -> HipView:
    diagnoses = osteonecrosis_of(record, hip)
    stages = stages_of(hip, entries, record.stage_texts)
    in_force = schedule_for(stages.progression, schedule)
    review = review_of(hip, diagnoses, record.studies, in_force, today)
    return HipView(hip, record, today, diagnoses, stages, review, schedule.window)
