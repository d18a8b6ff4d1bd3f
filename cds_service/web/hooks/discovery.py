"""The discovery document, made from the services of a deployment."""

from msgspec import convert

from cds_service.core.knowledge import Knowledge
from cds_service.hooks import Discovery


def describe_services(knowledge: Knowledge) -> Discovery:
    """Return what `GET /cds-services` answers (CDS Hooks 2.0.1, "Discovery")."""
    services = {"services": tuple(knowledge.services.values())}
    return convert(services, Discovery, from_attributes=True)
