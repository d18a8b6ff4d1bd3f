"""Record and today -> the facts of each hip; refuses to know which card asks for them.

Every fact that `cards/facts.yaml` declares has exactly one function, found in `GATHERERS`. A fact
is worked out when it is first asked for: most cards ask for few.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from cds_service.core.facts import chart, imaging, orders, stage
from cds_service.core.hip.chart import Fact, Facts, HipChart
from cds_service.core.hip.diagnosis import hips_with_osteonecrosis, osteonecrosis_of
from cds_service.core.hip.review import review_of, schedule_for
from cds_service.core.hip.stages import StageEntry, read_entries, stages_of
from cds_service.core.knowledge import ReviewSchedule
from cds_service.core.record import Record, Side
from cds_service.core.text.staging import Staging

GATHERERS: Mapping[str, Callable[[HipChart], Fact]] = {
    "osteonecrosis": chart.osteonecrosis,
    "certainty": chart.certainty,
    "verification": chart.verification,
    "clinicalStatus": chart.clinical_status,
    "osteonecrosisCode": chart.osteonecrosis_code,
    "uncodedMention": chart.uncoded_mention,
    "conditionList": chart.condition_list,
    "juvenileHipDisorder": chart.juvenile_hip_disorder,
    "hipProsthesis": chart.hip_prosthesis,
    "patientAge": chart.patient_age,
    "patientDeceased": chart.patient_deceased,
    "stage": stage.stage,
    "recordedStage": stage.recorded_stage,
    "stageDate": stage.stage_date,
    "stageDataQuality": stage.stage_data_quality,
    "progression": stage.progression,
    "earlierStage": stage.earlier_stage,
    "earlierStageDate": stage.earlier_stage_date,
    "reviewStatus": imaging.review_status,
    "lastReviewDate": imaging.last_review_date,
    "lastReviewModality": imaging.last_review_modality,
    "baselineDate": imaging.baseline_date,
    "reviewInterval": imaging.review_interval,
    "nextReviewDate": imaging.next_review_date,
    "nextOrderDate": imaging.next_order_date,
    "imagingDataQuality": imaging.imaging_data_quality,
    "reviewEvidence": imaging.review_evidence,
    "hipImagingDrafted": orders.hip_imaging_drafted,
    "physiotherapyDrafted": orders.physiotherapy_drafted,
    "orderFormat": orders.order_format,
    "draftOrderList": orders.draft_order_list,
    "hipImagingOrdered": orders.hip_imaging_ordered,
    "imagingOrderTiming": orders.imaging_order_timing,
    "weightBearingOrdered": orders.weight_bearing_ordered,
    "impactExerciseOrdered": orders.impact_exercise_ordered,
    "arthroplastyOrdered": orders.arthroplasty_ordered,
    "headPreservingSurgeryOrdered": orders.head_preserving_surgery_ordered,
    "boneDrugOrdered": orders.bone_drug_ordered,
    "glucocorticoidOrdered": orders.glucocorticoid_ordered,
}


class HipFacts(Mapping[str, Fact]):
    """All facts of one hip by name, worked out on demand and then kept."""

    def __init__(self, view: HipChart) -> None:
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
) -> HipChart:
    diagnoses = osteonecrosis_of(record, hip)
    stages = stages_of(hip, entries, record.stage_texts)
    in_force = schedule_for(stages.progression, schedule)
    review = review_of(hip, diagnoses, record.studies, in_force, today)
    return HipChart(hip, record, today, diagnoses, stages, review, schedule.window)
