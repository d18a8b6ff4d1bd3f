"""Tokens as the YAML tables beside this file describe them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.trust.signing import (
    ES_KID,
    ISS,
    MOMENT,
    OTHER_ISS,
    SHARED_KID,
    SIGNERS,
    Json,
    ec_jwk,
    ec_key,
    es384,
    good_claims,
    good_header,
    packed,
)

MANY_ISS = "https://many.example.org"
OLD_BASE = "https://old.example.org"
MANY: tuple[Json, ...] = tuple(
    {"name": name, "iss": MANY_ISS, "keys": [ec_jwk(ES_KID, ec_key("own"))], "tenants": [name]}
    for name in ("one", "two")
)
ALL_SIGNERS = SIGNERS | {"shared": lambda content: es384(content, "shared")}
MEMBERS = {
    "id",
    "cause",
    "header",
    "claims",
    "raw",
    "rawHeader",
    "text",
    "sign",
    "authorization",
    "quirk",
}
KEY_NAMES = {(ISS, SHARED_KID): "shared", (OTHER_ISS, SHARED_KID): "other"}


def tokens(name: str) -> dict[str, Json]:
    """Return the cases of a table by id."""
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    cases = yaml.safe_load(text)
    assert all(set(case) <= MEMBERS for case in cases)
    assert len({case["id"] for case in cases}) == len(cases)
    return {case["id"]: case for case in cases}


def forged(case: Mapping[str, Any]) -> str:
    """Return the token of a case."""
    header = _changed(good_header(), case.get("header", {}))
    claims = _changed(good_claims(), case.get("claims", {}))
    parts = (
        _edited(json.dumps(header), case.get("rawHeader")),
        _edited(json.dumps(claims), case.get("raw")),
    )
    signer = ALL_SIGNERS[case.get("sign", "own")]
    made = packed(*(part.encode("utf-8", "surrogatepass") for part in parts), signer=signer)
    return _edited(made, case.get("text"))


def authorization(case: Mapping[str, Any]) -> str:
    """Return the value of the header that carries the token of a case."""
    return str(case.get("authorization", "Bearer {token}")).replace("{token}", forged(case))


def _changed(members: Json, changes: Mapping[str, Any]) -> Json:
    changed = {**members, **{name: _filled(value) for name, value in changes.items()}}
    return {name: value for name, value in changed.items() if value is not None}


def _filled(value: Any) -> Any:
    match value:
        case {"repeat": int(times), "of": str(text)}:
            return text * times
        case "stranger":
            return ec_jwk("stranger", ec_key("stranger"))
        case str() if re.fullmatch(r"now(?:[+-][0-9]+)?", value):
            return MOMENT + int(value[3:] or 0)
        case _:
            return value


def _edited(text: str, edit: list[str] | None) -> str:
    """Replace by a pattern; `{repeat:x:3}` in what is put in stands for three times x."""
    if edit is None:
        return text
    pattern, put = edit
    put = re.sub(r"\{repeat:(.):([0-9]+)\}", lambda found: found[1] * int(found[2]), put)
    found = re.search(pattern, text, re.DOTALL)
    assert found
    whole = found.expand(put) if re.search(r"\\[0-9]", put) else put
    return text[: found.start()] + whole + text[found.end() :]
