"""Which client makes a call, and the deployment as it is shown to that client."""

from dataclasses import replace
from datetime import datetime

from flask import request

from cds_service.answer import Deployment
from cds_service.errors import CannotAuthenticate, ClientRefused
from cds_service.trust.clients import Client
from cds_service.trust.gate import Gate
from cds_service.web.exchange import current_exchange


class Authentication:
    """How callers of discovery and services prove who they are; without a gate nobody has to."""

    def __init__(self, deployment: Deployment, gate: Gate | None) -> None:
        self._deployment = deployment
        self._gate = gate
        clients = gate.clients.by_name if gate else {}
        self._of_client = {name: _for_client(deployment, one) for name, one in clients.items()}

    def deployment_for_caller(self, service_id: str | None, now: datetime) -> Deployment:
        """Return what the client of this request is shown; `service_id` None is discovery.

        Raises where the client may not call.
        """
        if self._gate is None:
            return self._deployment
        exchange = current_exchange()
        header = request.headers.get("Authorization")
        try:
            client, exchange.authentication = self._gate.admit(header, service_id, now.timestamp())
        except (ClientRefused, CannotAuthenticate) as error:
            exchange.authentication = error.cause
            raise
        exchange.client = client.name
        return self._of_client[client.name]


def _for_client(deployment: Deployment, client: Client) -> Deployment:
    """Return the deployment with the client's own FHIR servers, services, language and EHR."""
    services = deployment.knowledge.services.items()
    shown = {name: service for name, service in services if client.may_call(name)}
    return replace(
        deployment,
        knowledge=replace(deployment.knowledge, services=shown),
        servers=client.servers,
        language=client.language or deployment.language,
        ehr=client.ehr,
    )
