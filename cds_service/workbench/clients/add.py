"""`cds-service client add`: a new entry in the clients file, and the sheet for the EHR's side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import click
import yaml

from cds_service.app import read_content
from cds_service.clients.checks import Strictness
from cds_service.clients.clients import load_clients
from cds_service.clients.schema import Ehr
from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError, RegistrationError
from cds_service.hooks import Prefetch
from cds_service.settings import Settings, read_settings
from cds_service.trust.clients import Client
from cds_service.workbench.clients.sheet import write_sheet


@click.group()
def client() -> None:
    """Look after the clients file (CDS_CLIENTS)."""


@client.command()
@click.option("--name", required=True, help="What you call this EHR installation.")
@click.option("--ehr", type=click.Choice(get_args(Ehr)), default="generic", show_default=True)
@click.option("--iss", required=True, help="`iss` of its tokens, letter for letter.")
@click.option("--jku", required=True, help="The address of its public keys (JWK set).")
@click.option("--tenant", "tenants", multiple=True, help="`tenant` of its tokens; may be repeated.")
@click.option("--fhir", help="The base of its FHIR server, for what prefetch lacks.")
@click.option(
    "--prefetch", type=click.Choice(get_args(Prefetch)), help="Else CDS_PREFETCH decides."
)
@click.option("--network", "networks", multiple=True, help="Where that lies, as 10.20.0.0/16.")
@click.pass_obj
def add(environ: Mapping[str, str], /, **given: Any) -> None:  # noqa: ANN401 (as click has them)
    """Add a client to the clients file, and print what to type in on its side."""
    settings = read_settings(environ)
    if settings.clients_file is None:
        raise RegistrationError("CDS_CLIENTS must name the clients file to write to.")
    knowledge = read_content(settings)
    added = _append(settings.clients_file, _entry(**given), knowledge, settings)
    click.echo(f"Added to {settings.clients_file}. The service reads the file when it starts.\n")
    click.echo(write_sheet(added, settings.public_base_url, knowledge), nl=False)


def _entry(fhir: str | None, networks: tuple[str, ...], **members: Any) -> dict[str, object]:  # noqa: ANN401
    """Return what was said of a client as the file has it, without what is empty."""
    if bool(fhir) != bool(networks):
        raise RegistrationError(
            "--fhir and --network belong together: where the address may lead to."
        )
    servers = [{"base": fhir, "networks": list(networks)}] if fhir else []
    whole = {**members, "tenants": list(members["tenants"]), "fhirServers": servers}
    return {name: value for name, value in whole.items() if value}


def _append(
    path: Path, entry: dict[str, object], knowledge: Knowledge, settings: Settings
) -> Client:
    """Prove the file with the new entry in it; where that fails it stays as it was."""
    strictness = Strictness(settings.is_production)
    lines = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=1000).splitlines()
    trial = path.with_name(f"{path.name}.new")
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise RegistrationError(f"{path} cannot be read as text.") from error
    try:
        text = "\n".join([before.rstrip() or "clients:", *(f"  {line}" for line in lines), ""])
        trial.write_text(text, encoding="utf-8")
        clients = load_clients(trial, knowledge, strictness, settings.prefetch)
        trial.replace(path)
    except OSError as error:
        raise RegistrationError(f"{path} cannot be written: {error.strerror}.") from error
    except KnowledgeError as error:
        raise RegistrationError(f"The client was not added: {error.words}.") from error
    finally:
        trial.unlink(missing_ok=True)
    return clients.by_name[str(entry["name"])]
