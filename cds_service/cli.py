"""The commands of `cds-service`."""

import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from cds_hooks_quirks.command import quirks
from cds_service.answer import Deployment
from cds_service.app import (
    collect_seldom,
    make_deployment,
    not_shown,
    prove_stores,
    read_content,
)
from cds_service.content.complete import check_complete
from cds_service.content.knowledge import cards_directory, load_knowledge
from cds_service.content.signatures import say_signatures
from cds_service.content.site.site import say_site
from cds_service.errors import ApprovalError, CdsServiceError
from cds_service.settings import Settings, read_settings
from cds_service.workbench.approve import (
    Folders,
    Signer,
    prepare_signing,
    sign,
    standing_signatures,
    withdraw,
)
from cds_service.workbench.clients.add import client
from cds_service.workbench.clients.explain_token import jwt
from cds_service.workbench.diff import compare_deployments, read_requests
from cds_service.workbench.doctor.report import examine_request
from cds_service.workbench.proof.whole import load_proved
from cds_service.workbench.review_pages.pages import generated_pages
from cds_service.workbench.try_request import explain_request
from cds_service.workbench.value_sets.run import refresh
from cds_service.workbench.value_sets.terminology_server import make_server

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
UNREADABLE = 2
SITE = click.option(
    "--site",
    "site_dir",
    type=FOLDER,
    help="The hospital's own folder; without it, that of CDS_SITE_DIR.",
)
YES = click.option("--yes", "is_sure", is_flag=True, help="Do not ask: for scripts.")
TODAY = click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to decide for.")
REQUEST = click.argument("request_file", metavar="REQUEST.json", type=click.File("rb"))


def _with_folders(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the folders that its options or the environment name."""

    @click.option("--cards", type=FOLDER, help="The content; without it, that of CDS_CARDS_DIR.")
    @SITE
    @wraps(command)
    def with_folders(cards: Path | None, site_dir: Path | None, **said: object) -> None:
        settings = read_settings(os.environ)
        folders = Folders(cards or settings.cards_dir, site_dir or settings.site_dir)
        command(folders=folders, **said)

    return with_folders


@click.group()
@click.version_option(package_name="femoral-head-cds")
def main() -> None:
    """CDS Hooks service for osteonecrosis of the femoral head."""


@main.command()
def serve() -> None:
    """Check the content, then serve it (configuration: the CDS_* variables, see README)."""
    collect_seldom()
    settings, deployment = _configured(say_not_shown=True)
    prove_stores(settings)
    base = settings.public_base_url
    click.echo(f"Femoral-head CDS at {base}  (discovery: {base}/cds-services)")
    if not settings.is_production:
        way = settings.client_authentication
        click.echo(f"Development defaults: client authentication {way}; drafts are labelled.")
    elif settings.audit_log is None:
        click.echo("No audit trail is kept: CDS_AUDIT_LOG is not set.")
    from cds_service.server import run_server  # noqa: PLC0415 (only this command needs granian)

    run_server(settings, deployment.knowledge)


@main.command()
@click.argument("cards", type=FOLDER, required=False)
@SITE
@click.option(
    "--write-docs",
    metavar="DIR",
    type=FOLDER,
    help="Also write cards.md and traceability.md, for review, into this folder.",
)
def check(cards: Path | None, site_dir: Path | None, write_docs: Path | None) -> None:
    """Prove the clinical content: every file, text, number, code, rule and case."""
    settings = read_settings(os.environ)
    root = cards or cards_directory(settings.cards_dir)
    knowledge, counts = load_proved(root, site_dir or settings.site_dir)
    check_complete(knowledge)
    if write_docs:
        for name, text in generated_pages(knowledge, root).items():
            (write_docs / name).write_text(text, encoding="utf-8")
    click.echo(f"{root}: {counts}. All proved. Content digest {knowledge.digest[:12]}.")
    for line in (*say_site(knowledge), *say_signatures(knowledge)):
        click.echo(line)


@main.command()
@click.argument("card")
@click.option("--as", "name", required=True, metavar="NAME", help="Who signs.")
@click.option("--role", required=True, help="As what: for example, orthopaedic surgeon.")
@_with_folders
@YES
def approve(card: str, name: str, role: str, folders: Folders, is_sure: bool) -> None:
    """Sign a card: prove all content, show what is signed, record who signed it, and when."""
    signer = Signer(name, role, _day(None, read_settings(os.environ)))
    signing = prepare_signing(card, signer, folders)
    click.echo(signing.words)
    _confirm(f"Sign {card} {signing.card.version} as {signing.entry}?", is_sure)
    sign(signing, folders)
    click.echo(f"{card} {signing.card.version} is active, signed by {signing.entry}.")


@main.command(name="withdraw")
@click.argument("card")
@click.option("--as", "name", metavar="NAME", help="Only the sign-offs of this name.")
@_with_folders
@YES
def withdraw_(card: str, name: str | None, folders: Folders, is_sure: bool) -> None:
    """Take the sign-offs of a card back: without any that holds it is a draft."""
    signatures = standing_signatures(card, name, folders)
    listed = ", ".join(f"{one} of {one.date}" for one in signatures)
    _confirm(f"Withdraw the sign-off of {card} by {listed}?", is_sure)
    withdraw(signatures, folders)
    click.echo(f"Withdrawn: {card}, signed by {listed}.")


@main.command(name="try")
@REQUEST
@TODAY
def try_(request_file: BinaryIO, today: datetime | None) -> None:
    """Answer a hook request from a file and say why: facts with sources, lines with answers."""
    settings, deployment = _configured()
    day = _day(today, settings)
    _report(*explain_request(request_file.read(), deployment, settings, day))


@main.command()
@REQUEST
@TODAY
def doctor(request_file: BinaryIO, today: datetime | None) -> None:
    """Explain a captured hook request to hospital IT: what was read, what was not, and why."""
    settings, deployment = _configured()
    day = _day(today, settings)
    report = examine_request(request_file.read(), deployment, settings, day)
    _report(str(report), report.is_answered)


@main.command()
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="Instead of here.")
def export(out: TextIO) -> None:
    """Write the whole content as one FHIR R4B Bundle, for review: documentation, not software."""
    from cds_service.workbench.export.bundle import (  # noqa: PLC0415 (fhir.resources is slow to load)
        make_bundle,
        write_bundle,
    )

    settings = read_settings(os.environ)
    root = cards_directory(settings.cards_dir)
    out.write(write_bundle(make_bundle(read_content(settings), root, settings.site_dir)))


@main.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option("--requests", required=True, type=FOLDER, help="Captured requests, *.json.")
@SITE
@TODAY
def diff(
    old: Path, new: Path, requests: Path, site_dir: Path | None, today: datetime | None
) -> None:
    """Tell which captured requests the content folders OLD and NEW answer differently.

    The hospital's own folder is read with both. Calls no FHIR server. Ends with 0 where nothing
    differs, 1 where something does, 2 where a folder or a request cannot be read. Prints what
    cards say, and cards hold dates of the patient: treat the output like the requests.
    """
    settings = read_settings(os.environ)
    site = site_dir or settings.site_dir
    try:
        deployments = _deployment_of(old, site, settings), _deployment_of(new, site, settings)
        words, differs = compare_deployments(
            read_requests(requests), deployments, _day(today, settings)
        )
    except CdsServiceError as error:
        click.echo(f"cds-service: {error}", err=True)
        sys.exit(UNREADABLE)
    _report(words, not differs)


@main.group(name="value-sets")
def value_sets() -> None:
    """Look after the lists of codes."""


@value_sets.command(name="refresh")
@click.argument("cards", type=FOLDER, required=False)
@click.option("--terminology", required=True, metavar="URL", help="FHIR base; https, or loopback.")
@click.option("--write", is_flag=True, help="Write what is proposed; else it is only shown.")
def refresh_(cards: Path | None, terminology: str, write: bool) -> None:
    """Propose the new codes of a terminology server as a diff of the value sets.

    Expands every `expandFrom` with $expand. A person settles each ? of a proposal before `check`
    passes again.
    """
    root = cards or cards_directory(read_settings(os.environ).cards_dir)
    refreshed = refresh(root, make_server(terminology))
    click.echo(refreshed.report)
    for path, text in refreshed.texts.items() if write else ():
        path.write_bytes(text.encode())
        click.echo(f"Written: {path}")


main.add_command(quirks)
main.add_command(client)
main.add_command(jwt)


def run() -> None:
    """Run a command; an error raised on purpose ends it with its own words."""
    try:
        main(standalone_mode=True, obj=os.environ)
    except CdsServiceError as error:
        click.echo(f"cds-service: {error}", err=True)
        sys.exit(1)


def _configured(*, say_not_shown: bool = False) -> tuple[Settings, Deployment]:
    """Return the settings of the environment, and the proved content as they show it."""
    settings = read_settings(os.environ)
    knowledge = read_content(settings)
    check_complete(knowledge)
    deployment = make_deployment(settings, knowledge)
    for line in not_shown(settings, knowledge) if say_not_shown else ():
        click.echo(line)
    return settings, deployment


def _deployment_of(folder: Path, site: Path | None, settings: Settings) -> Deployment:
    """Return the content of a folder with the site's; an error names the folder too."""
    try:
        return make_deployment(settings, load_knowledge(folder, site))
    except CdsServiceError as error:
        raise CdsServiceError(f"{folder}: {error}") from error


def _confirm(question: str, is_sure: bool) -> None:
    """Ask; raise `ApprovalError` where nobody is there to answer."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise ApprovalError("Nothing was changed: nobody is here to be asked. --yes does not ask.")
    click.confirm(question, abort=True)


def _day(today: datetime | None, settings: Settings) -> date:
    return today.date() if today else datetime.now(settings.time_zone).date()


def _report(words: str, is_answered: bool) -> None:
    click.echo(words)
    sys.exit(0 if is_answered else 1)
