"""The compose file and the Kubernetes manifests: valid by their schemas, closed, and usable."""

import copy
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from cds_service.app import make_app
from cds_service.clients.checks import Strictness
from cds_service.clients.clients import load_clients
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings, read_settings, variable_of
from tests.conftest import ROOT
from tests.fhir.builders import Json

COMPOSE = ROOT / "deploy" / "compose.yaml"
KUBERNETES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
VERSIONS = ["1.30", "1.33", "1.37"]


def compose() -> Json:
    """Return the compose file."""
    read: Json = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return read


def resources() -> list[Json]:
    """Return every Kubernetes resource of the manifests, less the list that kustomize reads."""
    found = [
        one for path in KUBERNETES for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]
    return [one for one in found if one["kind"] != "Kustomization"]


def resource(kind: str, name: str = "femoral-head-cds") -> Json:
    """Return one resource."""
    (found,) = [r for r in resources() if (r["kind"], r["metadata"]["name"]) == (kind, name)]
    return found


def check_kubernetes(one: Json, version: str) -> None:
    """Hold a resource against the schema of a version of Kubernetes."""
    from kubernetes_validate import validate  # noqa: PLC0415 (half a second, and only here)

    validate(one, version, strict=True)


def check_compose(path: Path) -> Result:
    """Hold a compose file against the schema of the Compose Specification, which pip brought."""
    from check_jsonschema import main  # noqa: PLC0415 (half a second, and only here)

    schema = ("--builtin-schema", "vendor.compose-spec")
    return CliRunner().invoke(main, [*schema, str(path)])


def test_the_compose_file_keeps_to_the_compose_specification() -> None:
    result = check_compose(COMPOSE)
    assert result.exit_code == 0, result.output


def test_a_spoiled_compose_file_is_found(tmp_path: Path) -> None:
    spoiled = compose()
    spoiled["services"]["service"]["read-only"] = True
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump(spoiled), encoding="utf-8")
    result = check_compose(tmp_path / "compose.yaml")
    assert result.exit_code == 1
    assert "read-only" in result.output


@pytest.mark.parametrize("name", ["service", "postgres", "nginx"])
def test_each_container_is_locked_down_and_watched(name: str) -> None:
    container = compose()["services"][name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in container
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "healthcheck" in container or (name == "service" and "HEALTHCHECK" in dockerfile)
    assert "user" in container or (name == "service" and "\nUSER cds\n" in dockerfile)


def test_only_nginx_can_be_reached_and_only_the_service_reaches_the_database() -> None:
    file = compose()
    assert [name for name, one in file["services"].items() if "ports" in one] == ["nginx"]
    near = {name for name, one in file["services"].items() if "store" in one["networks"]}
    assert near == {"service", "postgres"}
    assert file["networks"]["store"] == {"internal": True}
    assert file["services"]["nginx"]["networks"] == ["front"]


def test_secrets_are_files_outside_of_the_repository() -> None:
    file = compose()
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {one["file"].rsplit("/", 1)[0] for one in file["secrets"].values()} == {"./secrets"}
    assert "deploy/secrets" in ignored
    used = {secret for one in file["services"].values() for secret in one["secrets"]}
    assert used == set(file["secrets"])
    settings = {name for one in file["services"].values() for name in one.get("environment", ())}
    secret = {name for name in settings if "PASSWORD" in name or "DATABASE_URL" in name}
    assert {name for name in secret if not name.endswith("_FILE")} == set()


def test_the_parts_of_nginx_and_compose_name_each_other() -> None:
    nginx = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    file = compose()
    (host, port) = re.findall(r"server (\w+):(\d+);", nginx)[0]
    assert host in file["services"]
    assert int(port) == Settings.port
    assert {f"/run/secrets/{name}" for name in file["services"]["nginx"]["secrets"]} == set(
        re.findall(r"/run/secrets/\w+", nginx)
    )
    assert file["services"]["nginx"]["ports"] == ["443:8443"]
    assert "listen 8443 ssl" in nginx


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_keep_to_the_schemas_of_kubernetes(version: str) -> None:
    for one in resources():
        check_kubernetes(one, version)


def test_a_spoiled_manifest_is_found() -> None:
    spoiled = copy.deepcopy(resource("Deployment"))
    spoiled["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(Exception, match="readynessProbe") as found:
        check_kubernetes(spoiled, VERSIONS[-1])
    assert found.typename == "ValidationError"


def test_kustomize_lists_every_manifest() -> None:
    listed = yaml.safe_load((ROOT / "deploy/kubernetes/kustomization.yaml").read_text())
    names = {path.name for path in KUBERNETES} - {"kustomization.yaml"}
    assert set(listed["resources"]) == names


def container() -> Json:
    """Return the container of the Deployment."""
    (one,) = resource("Deployment")["spec"]["template"]["spec"]["containers"]
    found: Json = one
    return found


def test_a_pod_is_locked_down() -> None:
    pod = resource("Deployment")["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert f"--uid {pod['securityContext']['runAsUser']} " in (ROOT / "Dockerfile").read_text()
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_as_kubernetes_sends_it_is_answered_in_production(
    probe: str, knowledge: Knowledge
) -> None:
    call = container()[probe]["httpGet"]
    settings = Settings(is_production=True, public_base_url="https://cds.example.org")
    client = make_app(settings, knowledge).test_client()
    headers = {header["name"]: header["value"] for header in call["httpHeaders"]}
    assert client.get(call["path"], headers=headers).status_code == 200
    assert client.get(call["path"], headers={"Host": "10.0.0.7:8080"}).status_code == 400


def test_the_parts_of_the_manifests_name_each_other() -> None:
    labels = resource("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert resource("Service")["spec"]["selector"] == labels
    assert resource("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert resource("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    (port,) = container()["ports"]
    assert port["containerPort"] == Settings.port
    assert resource("Service")["spec"]["ports"][0]["targetPort"] == port["name"]
    assert (
        resource("Deployment")["spec"]["replicas"]
        > resource("PodDisruptionBudget")["spec"]["maxUnavailable"]
    )
    assert resources_of_kind("Secret") == []


def resources_of_kind(kind: str) -> list[Json]:
    """Return the resources of one kind."""
    return [one for one in resources() if one["kind"] == kind]


def test_the_configuration_of_the_manifests_is_one_that_starts(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    settings = read_settings(resource("ConfigMap")["data"])
    assert settings.is_production
    (name, text), *more = resource("ConfigMap", "femoral-head-cds-clients")["data"].items()
    assert (str(settings.clients_file), more) == (f"/etc/cds/{name}", [])
    (tmp_path / name).write_text(text, encoding="utf-8")
    load_clients(tmp_path / name, knowledge, Strictness(is_production=True, needs_issuers=True))


def test_every_setting_that_deployment_names_exists() -> None:
    named: set[str] = set()
    for path in (*KUBERNETES, COMPOSE, ROOT / "deploy" / "health.py", ROOT / "Dockerfile"):
        named |= set(re.findall(r"CDS_[A-Z_]+", path.read_text(encoding="utf-8")))
    known = {"CDS_ENV"} | {variable_of(member.name) for member in fields(Settings)}
    assert {name.removesuffix("_FILE") for name in named} <= known
