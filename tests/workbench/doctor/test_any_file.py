"""Any file gets a report; no report tells who the patient is."""

import json
import random
from pathlib import Path

import pytest

from tests.commands import run
from tests.workbench.doctor.bedside import (
    BORN,
    CITY,
    GOLDEN,
    NAME,
    Examine,
    condition,
    patient,
    request,
)

TITLES = ("FILE", "PREFETCH", "MISSING", "VALIDITY", "READING", "CODES", "ANSWER")
ODD = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"[" * 5000,
    b'{"prefetch":' + b'{"a":' * 900 + b"1" + b"}" * 901,
    b'{"hook":"\\ud800"}',
    b'{"prefetch":{"\\u001b[31m":null}}',
    b'{"a":1e999}',
    b'{"a":' + b"9" * 5000 + b"}",
    b'{"prefetch":{"resourceType":"Bundle"}}',
    b'{"hook":["patient-view"],"prefetch":[1],"context":"p1"}',
)


@pytest.mark.parametrize("body", ODD, ids=lambda body: repr(body[:24]))
def test_an_odd_file_gets_a_report_and_no_answer(body: bytes, examine: Examine) -> None:
    text, is_answered = examine(body)
    assert not is_answered
    assert all(f"\n{title}" in f"\n{text}" for title in TITLES)
    assert "please report" not in text
    assert text.isascii()
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{\n "hook": x}', "Line 2, column 10: Expecting value."),
        (b'{"hook": NaN}', "Line 1, byte 10: NaN"),
        (b'{"hook": "\xe4"}', "Line 1, byte 11: not UTF-8"),
        (b"\x1f\x8b\x08", "compressed (gzip)"),
        (b"\xff\xfe{\x00", "UTF-16"),
        (b"POST /cds-services/x HTTP/1.1\r\n\r\n{}", "HTTP headers"),
        (b"<Bundle/>", "XML"),
        (b'{"cards": []}', "not a hook request"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(body: bytes, words: str, examine: Examine) -> None:
    assert words in examine(body)[0]


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.request.json")), ids=lambda p: p.stem)
def test_a_golden_request_is_answered_and_explained_without_its_patient(
    file: Path, examine: Examine
) -> None:
    text, is_answered = examine(file.read_bytes())
    sent = json.loads(file.read_bytes())["prefetch"]["patient"]
    assert is_answered
    assert "please report" not in text
    assert sent["birthDate"] not in text
    for name in sent["name"]:
        family = name["family"] if isinstance(name["family"], str) else name["family"][0]
        assert family not in text


def test_no_name_address_or_birth_date_is_printed_however_broken_the_request(
    examine: Examine,
) -> None:
    odd = condition("c1", ("http://snomed.info/sct", NAME), ("urn:x", BORN), onsetDateTime=[NAME])
    broken = {**patient(), "birthDate": [BORN], "gender": {"text": CITY}, "maritalStatus": NAME}
    text, _ = examine(request(odd, patient=broken, more=NAME))
    assert [word for word in (NAME, CITY, BORN) if word in text] == []


@pytest.mark.parametrize("seed", range(30))
def test_a_spoiled_request_never_makes_the_doctor_fail(seed: int, examine: Examine) -> None:
    chance = random.Random(seed)
    files = sorted(GOLDEN.glob("library-*.request.json"))
    sent = json.loads(chance.choice(files).read_bytes())
    junk: list[object] = [None, True, 10**30, "{{x", [], {}, [None], {"resourceType": 5}]
    for _ in range(8):
        node, key = chance.choice(_spots(sent))
        node[key] = chance.choice(junk)
    text, _ = examine(sent)
    assert "please report" not in text


def _spots(root: object) -> list[tuple[dict[object, object], object]]:
    found: list[tuple[dict[object, object], object]] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        members = node.items() if isinstance(node, dict) else []
        found += [(node, key) for key, _ in members] if isinstance(node, dict) else []
        waiting += node if isinstance(node, list) else [value for _, value in members]
    return found


@pytest.mark.parametrize(
    ("content", "code"),
    [((GOLDEN / "synthea-04-both-hips.request.json").read_bytes(), 0), (b"{", 1)],
    ids=["answered", "malformed"],
)
def test_the_command_exits_with_whether_there_is_an_answer(
    content: bytes, code: int, tmp_path: Path
) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(content)
    result = run("doctor", str(file))
    assert (result.returncode, result.stderr) == (code, "")
    assert result.stdout.startswith("FILE\n")
