"""A new client -> its entry at the end of the clients file; refuses to write what does not load."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from cds_service.clients.clients import Strictness, load_clients
from cds_service.core.knowledge import Knowledge
from cds_service.errors import CdsServiceError, KnowledgeError, RegistrationError

Entry = Mapping[str, object]


def add_client(path: Path, entry: Entry, knowledge: Knowledge, strictness: Strictness) -> None:
    """Append a client and prove the whole file; where that fails the file stays as it was."""
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise RegistrationError(f"{path} cannot be read as text.") from error
    text = before if before.strip() else "clients:\n"
    text = f"{text.rstrip()}\n{_written(entry)}"
    trial = path.with_name(f"{path.name}.new")
    try:
        trial.write_text(text, encoding="utf-8")
        load_clients(trial, knowledge, strictness)
        trial.replace(path)
    except OSError as error:
        raise RegistrationError(f"{path} cannot be written: {error.strerror}.") from error
    except KnowledgeError as error:
        raise RegistrationError(f"The client was not added: {error.words}.") from error
    finally:
        trial.unlink(missing_ok=True)


def make_entry(said: Mapping[str, object]) -> Entry:
    """Return the members that were said, without the empty ones."""
    return {name: value for name, value in said.items() if value}


def fhir_server(base: str | None, networks: tuple[str, ...]) -> list[Entry]:
    """Return the list of FHIR servers: one or none."""
    if bool(base) != bool(networks):
        raise CdsServiceError(
            "--fhir and --network belong together: where the address may lead to."
        )
    return [{"base": base, "networks": list(networks)}] if base else []


def _written(entry: Entry) -> str:
    lines = yaml.safe_dump([dict(entry)], sort_keys=False, allow_unicode=True, width=1000)
    return "".join(f"  {line}\n" for line in lines.splitlines())
