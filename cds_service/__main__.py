"""`python -m cds_service` is the command `cds-service`."""

from cds_service.cli import run

run()
