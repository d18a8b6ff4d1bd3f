"""Why something could not be checked, in one word of a closed set, for metrics and log."""

from cds_service.fhir.pool.complete import EMPTY_WITHOUT_PATIENT
from cds_service.fhir.pool.pool import NOT_READABLE, NOT_SENT, NOT_WHOLE, SUBJECT_UNCLEAR
from cds_service.fhir.server.fetch import NOT_ANSWERING, TOO_BUSY
from cds_service.fhir.server.paging import FOREIGN_PAGE, MAY_GO_ON, TOO_FEW, TOO_LATE, TOO_MANY

OTHER = "other"
# How the words of a gap begin -> the cause.
_BEGINNINGS = {
    NOT_SENT: "not-sent",
    NOT_READABLE: "not-readable",
    NOT_WHOLE: "in-part",
    SUBJECT_UNCLEAR: "subject-unclear",
    NOT_ANSWERING: "server-not-answering",
    TOO_BUSY: "too-busy",
    TOO_LATE: "too-late",
    TOO_MANY: "too-many-pages",
    FOREIGN_PAGE: "foreign-page",
    TOO_FEW: "too-few-entries",
    MAY_GO_ON: "may-go-on",
    EMPTY_WITHOUT_PATIENT: "empty-without-patient",
    "was answered with HTTP status": "error-status",
    "was answered": "not-usable",
    "could not be had": "no-connection",
    "holds no date of birth": "no-birth-date",
}
CAUSES = tuple(_BEGINNINGS.values())


def cause_of(gap: str) -> str:
    """Return the cause for the words of a gap."""
    return next((cause for begin, cause in _BEGINNINGS.items() if gap.startswith(begin)), OTHER)
