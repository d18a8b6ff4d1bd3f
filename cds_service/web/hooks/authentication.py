"""Which client makes a call, and the content as it is shown to it; refuses to know hooks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Flask, Response, g, request

from cds_service.answer import Deployment
from cds_service.errors import CannotAuthenticate, ClientRefused
from cds_service.trust.clients import Client
from cds_service.trust.gate import Gate

RETRY_SECONDS = "5"


@dataclass(frozen=True, slots=True)
class Admission:
    """The door to discovery and services; without a gate it is open and nobody is known."""

    deployment: Deployment
    gate: Gate | None
    of_client: Mapping[str, Deployment]

    def admit(self, service_id: str | None, now: float) -> Deployment:
        """Return the content for the client of this request; `service_id` None is discovery.

        Leaves the outcome, a word of `trust.gate.OUTCOMES`, in `g.auth` and the name of the client
        in `g.client`, for the log and for metrics. `now` is in seconds since 1970.
        """
        if self.gate is None:
            return self.deployment
        header = request.headers.get("Authorization")
        try:
            client, g.auth = self.gate.admit(header, service_id, now)
        except (ClientRefused, CannotAuthenticate) as error:
            g.auth = error.cause
            raise
        g.client = client.name
        return self.of_client[client.name]


def make_admission(deployment: Deployment, gate: Gate | None) -> Admission:
    """Return the door; each client has its own FHIR servers, services, language, EHR."""
    clients = gate.clients.by_name if gate else {}
    return Admission(
        deployment, gate, {name: _for(deployment, one) for name, one in clients.items()}
    )


def register_refusals(app: Flask) -> None:
    """Answer every refusal alike: an empty 401. The cause is in our log and nowhere else."""

    @app.errorhandler(ClientRefused)
    def refuse(_: ClientRefused) -> Response:
        g.outcome = "client-refused"
        return _empty(401, "WWW-Authenticate", "Bearer")

    @app.errorhandler(CannotAuthenticate)
    def postpone(_: CannotAuthenticate) -> Response:
        g.outcome = "cannot-authenticate"
        return _empty(503, "Retry-After", RETRY_SECONDS)


def _empty(status: int, name: str, value: str) -> Response:
    response = Response(status=status, headers={name: value})
    del response.headers["Content-Type"]
    return response


def _for(deployment: Deployment, client: Client) -> Deployment:
    services = deployment.knowledge.services.items()
    shown = {name: service for name, service in services if client.may_call(name)}
    return replace(
        deployment,
        knowledge=replace(deployment.knowledge, services=shown),
        servers=client.servers,
        language=client.language or deployment.language,
        ehr=client.ehr,
    )
