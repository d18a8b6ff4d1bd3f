"""The commands of `cds-service` about clients; refuses to hold logic of its own."""

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click

from cds_service.app import make_gate
from cds_service.clients.clients import Strictness
from cds_service.content.knowledge import cards_directory, load_knowledge
from cds_service.core.knowledge import Knowledge
from cds_service.errors import RegistrationError
from cds_service.settings import Settings, read_settings
from cds_service.trust.replay import Remembered
from cds_service.workbench.clients.entry import add_client, fhir_server, make_entry
from cds_service.workbench.clients.explain_token import explain_token, service_named
from cds_service.workbench.clients.sheet import write_sheet

Environ = Mapping[str, str]
EHRS = ("epic", "oracle", "generic")


@click.group()
def jwt() -> None:
    """Look at the tokens that clients sign."""


@jwt.command(name="check-token")
@click.argument("token", metavar="[FILE]", type=click.File("r", errors="replace"), default="-")
@click.pass_obj
def check_token(environ: Environ, token: TextIO) -> None:
    """Explain a token to an administrator: each check, and what to do.

    Reads a file, or standard input, so that no token stays in the history of a shell. Which
    service it is for is taken from its `aud`. It is not used up.
    """
    settings = read_settings(environ)
    knowledge = _knowledge(settings)
    gate = make_gate(settings, knowledge, Remembered())
    text = token.read()
    service_id = service_named(text, tuple(knowledge.services))
    lines = explain_token(text, gate, service_id, datetime.now(settings.time_zone).timestamp())
    click.echo(f"Taken as a token for {service_id or 'discovery'}.")
    click.echo("\n".join(map(str, lines)))
    sys.exit(not all(line.is_passed for line in lines))


@click.group()
def client() -> None:
    """Look after the clients file (CDS_CLIENTS)."""


@client.command()
@click.option("--name", required=True, help="What you call this EHR installation.")
@click.option("--ehr", type=click.Choice(EHRS), default="generic", show_default=True)
@click.option("--iss", required=True, help="`iss` of its tokens, letter for letter.")
@click.option("--jku", required=True, help="The address of its public keys (JWK set).")
@click.option("--tenant", multiple=True, help="`tenant` of its tokens; may be given again.")
@click.option("--fhir", help="The base of its FHIR server, for what prefetch lacks.")
@click.option("--network", multiple=True, help="Where that lies, as 10.20.0.0/16.")
@click.pass_obj
def add(environ: Environ, /, **said: Any) -> None:  # noqa: ANN401 (as click has them)
    """Add a client to the clients file, and print what to type in on its side."""
    settings = read_settings(environ)
    path = _clients_file(settings)
    knowledge = _knowledge(settings)
    servers = fhir_server(said.pop("fhir"), said.pop("network"))
    tenants = list(said.pop("tenant"))
    entry = make_entry({**said, "tenants": tenants, "fhirServers": servers})
    add_client(path, entry, knowledge, Strictness(settings.is_production, needs_issuers=False))
    click.echo(f"Added to {path}. The service reads the file when it starts.\n")
    sheet = write_sheet(str(said["ehr"]), str(said["name"]), settings.public_base_url, knowledge)
    click.echo(sheet, nl=False)


def _knowledge(settings: Settings) -> Knowledge:
    """Return the content for its services and languages; nothing of it is shown here."""
    root = cards_directory(settings.cards_dir)
    return load_knowledge(root, settings.site_dir, prove_resources=False)


def _clients_file(settings: Settings) -> Path:
    if settings.clients_file is None:
        raise RegistrationError("CDS_CLIENTS must name the clients file to write to.")
    return settings.clients_file
