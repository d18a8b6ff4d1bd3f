"""The discovery document, made once from the services; refuses to know requests."""

from cds_service.core.knowledge import Knowledge
from cds_service.hooks import Discovery, ServiceDescription

SPECIFICATION_VERSION = "2.0.1"


def describe_services(knowledge: Knowledge) -> Discovery:
    """Return what `GET /cds-services` answers (CDS Hooks 2.0.1, "Discovery")."""
    return Discovery(
        tuple(
            ServiceDescription(
                hook=service.hook,
                title=service.title,
                description=service.description,
                id=service.id,
                prefetch=service.prefetch,
                usage_requirements=service.usage_requirements,
                version=SPECIFICATION_VERSION,
                hook_version=service.hook_version,
            )
            for service in knowledge.services.values()
        )
    )
