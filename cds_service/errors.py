"""Every error that this service raises on purpose."""

from dataclasses import dataclass


class CdsServiceError(Exception):
    """The root of all errors raised on purpose. Its text says what is wrong and what to do."""


class SettingsError(CdsServiceError):
    """A configuration value is missing or not usable; the service must not start."""


class KnowledgeError(CdsServiceError):
    """Clinical content that is not understood or not proved; it stops the start."""

    def __init__(self, file: str, line: int, words: str) -> None:
        super().__init__(f"{file}:{line}: {words}")
        self.file = file
        self.line = line
        self.words = words


class ExportError(CdsServiceError):
    """Content that the service can use and FHIR cannot hold, such as an id with an underscore."""


class TerminologyError(CdsServiceError):
    """A terminology server that gave no usable expansion, or may not be asked at all."""


class ClientRefused(CdsServiceError):
    """A call that no registered client can have made; `cause` is one word, for our log only."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the token was refused: {cause}")
        self.cause = cause


class CannotAuthenticate(CdsServiceError):
    """A call that can be neither admitted nor refused just now, by a fault of ours or the keys'."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the token cannot be checked now: {cause}")
        self.cause = cause


class KeySetError(CdsServiceError):
    """A JWK set that could not be read; its text says why and holds none of it."""


class FetchError(CdsServiceError):
    """A query to a FHIR server without a usable answer; `words` hold no data of the patient.

    One that is refused may be asked again in a simpler way.
    """

    def __init__(
        self, words: str, *, is_server_down: bool = False, is_refused: bool = False
    ) -> None:
        super().__init__(words)
        self.words = words
        self.is_server_down = is_server_down
        self.is_refused = is_refused


class StoreError(CdsServiceError):
    """The store did not answer in time, or not at all."""


class RegistrationError(CdsServiceError):
    """A client that cannot be added to the clients file; nothing was written."""


class UnreadableRequest(CdsServiceError):
    """A captured request, or a folder of them, that cannot be put to any service."""


class ApprovalError(CdsServiceError):
    """A sign-off that cannot be recorded; nothing was written."""


@dataclass(frozen=True)
class Problem:
    """One issue of an OperationOutcome: FHIR issue-type code, plain words, no patient data."""

    code: str
    words: str


class RequestError(CdsServiceError):
    """A request that cannot be answered; `status` is the HTTP status that says so.

    `outcome` is the word for log and audit; `retry_after` is in seconds.
    """

    status = 400
    outcome = "refused"
    retry_after: int | None = None

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.words for problem in problems))
        self.problems = problems


class MalformedRequest(RequestError):
    """The body is not the JSON that CDS Hooks 2.0 asks for."""

    outcome = "malformed"


class UnknownService(RequestError):
    """No service has this id."""

    status = 404
    outcome = "unknown-service"


class PreconditionFailed(RequestError):
    """Data that the decision needs was not there or not readable (CDS Hooks 2.0: 412)."""

    status = 412
    outcome = "could-not-check"


class ForeignPatient(PreconditionFailed):
    """A resource of another patient than `context.patientId`: no card may be given."""

    outcome = "foreign-patient"


class Overloaded(RequestError):
    """As much work as this process takes at once is under way."""

    status = 503
    outcome = "overloaded"
    retry_after = 1


class TooManyRequests(RequestError):
    """One client sends more than its share."""

    status = 429
    outcome = "too-many-requests"
    retry_after = 1
