"""The command `cds-hooks-quirks`, which is `cds-service quirks` too."""

import sys
from pathlib import Path

import click

from cds_hooks_quirks.cases import SHIPPED, BrokenCase, load_quirks
from cds_hooks_quirks.run import Result, run_quirks, totals


@click.command()
@click.option("--base", required=True, metavar="URL", help="The address before /cds-services.")
@click.option(
    "--cases",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SHIPPED,
    help="Another folder of cases.",
)
def quirks(base: str, cases: Path) -> None:
    """Send a CDS Hooks service, any, what EHRs really send, and tell how it answers."""
    results: list[Result] = []
    try:
        for result in run_quirks(base, load_quirks(cases)):
            click.echo(str(result))
            results.append(result)
    except BrokenCase as error:
        raise click.ClickException(str(error)) from error
    click.echo(totals(results))
    sys.exit(any(result.outcome == "failed" for result in results))
