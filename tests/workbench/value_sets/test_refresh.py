"""New codes come in as proposals only, from a whole expansion only, and files stay as they were."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.content.knowledge import load_knowledge
from cds_service.content.terms.value_sets import load_vocabulary
from cds_service.core.vocabulary.check_digits import has_verhoeff_digit
from cds_service.core.vocabulary.value_sets import Definition, Filter
from cds_service.errors import KnowledgeError, TerminologyError
from cds_service.workbench.value_sets.expansion import PAGE, expand
from cds_service.workbench.value_sets.run import Refreshed, refresh
from cds_service.workbench.value_sets.terminology_server import MOST_BYTES, make_server
from tests.conftest import CARDS
from tests.workbench.value_sets.server import (
    SNOMED,
    Answer,
    Exchange,
    Json,
    Terminology,
    drip,
    flood,
    hang,
    item,
    outcome,
    running,
)

pytestmark = pytest.mark.enable_socket

FILE = "value-sets/osteonecrosis-femoral-head.yaml"
HEAD = "<< 203476003"
BY_SITE = "<< 397758007 : 363698007 = << 2812003"
FEMUR = r"http://hl7.org/fhir/sid/icd-10-cm code regex M87\.[0-9]5[1-9]"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
LISTED = "203476003"
POSSIBLE = "397758007"
SYSTEMS = load_vocabulary(CARDS).systems


def invented(number: int) -> str:
    """Return an invented SNOMED CT identifier with a right check digit."""
    start = f"999{number:05d}00"
    return next(f"{start}{digit}" for digit in range(10) if has_verhoeff_digit(f"{start}{digit}"))


NEW, OLD = invented(1), invented(2)
MANY = [item(invented(number)) for number in range(1, 1 + 2 * PAGE + 7)]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the shipped content."""
    return Path(shutil.copytree(CARDS, tmp_path / "cards"))


def refreshed(root: Path, rules: dict[str, list[Json]], answer: Answer | None = None) -> Refreshed:
    """Refresh a folder against a server that knows these rules."""
    terminology = Terminology(rules)
    with running(terminology, **({"answer": answer} if answer else {})) as server:
        return refresh(root, make_server(server.base))


def written(root: Path, outcome: Refreshed) -> str:
    """Write what is proposed and return the file."""
    for path, text in outcome.texts.items():
        path.write_bytes(text.encode())
    return (root / FILE).read_text(encoding="utf-8")


def expanded(
    answer: Answer, terminology: Terminology | None = None, seconds: float = 5
) -> list[str]:
    """Expand one expression against a server."""
    definition = Definition(ecl=HEAD, source="invented")
    with running(terminology or Terminology(), answer) as server:
        found = expand(make_server(server.base, seconds), definition, SYSTEMS[SNOMED])
    return [one.code for one in found.codes]


def contains(*items: Json, **more: object) -> Answer:
    """Answer with these codes."""
    expansion = {"contains": list(items), **more}
    return lambda exchange: exchange.reply({"resourceType": "ValueSet", "expansion": expansion})


def test_a_new_code_becomes_one_line_with_questions_and_nothing_else_changes(
    content: Path,
) -> None:
    before = (content / FILE).read_text(encoding="utf-8").splitlines()
    outcome = refreshed(content, {HEAD: [item(LISTED), item(NEW)]})
    after = written(content, outcome).splitlines()
    line = (
        f'        - {{code: "{NEW}", display: "?", laterality: "?", precision: "?"}}  # unreviewed'
    )
    assert line in after
    after.remove(line)
    assert after == before
    assert list(outcome.texts) == [content / FILE]


def test_a_value_set_that_names_no_sides_asks_for_none(content: Path) -> None:
    path = content / "value-sets/bisphosphonate-order.yaml"
    line = f"    - system: {SNOMED}\n"
    definition = f'      expandFrom: [{{ecl: "{BY_SITE}", source: "an invented one"}}]\n'
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(line, line + definition), encoding="utf-8")
    proposed = refreshed(content, {BY_SITE: [item(NEW)]}).texts[path]
    assert f'        - {{code: "{NEW}", display: "?"}}  # unreviewed\n' in proposed


def test_the_content_is_refused_until_the_proposal_is_reviewed(content: Path) -> None:
    text = written(content, refreshed(content, {HEAD: [item(NEW)]}))
    with pytest.raises(KnowledgeError, match=f"`{NEW}` was proposed .* waits for review"):
        load_knowledge(content)
    reviewed = text.replace('display: "?"', 'display: "our own label"')
    reviewed = reviewed.replace(', laterality: "?", precision: "?"', ", precision: head")
    (content / FILE).write_text(reviewed, encoding="utf-8")
    assert load_knowledge(content).recognise(SNOMED, NEW)[0].label == "our own label"


def test_no_term_of_the_server_gets_into_a_file(content: Path) -> None:
    outcome = refreshed(content, {HEAD: [item(NEW)]})
    assert f"new        {NEW}  Licensed term {NEW}" in outcome.report
    assert "Licensed" not in written(content, outcome)


def test_a_code_of_another_value_set_is_told_and_not_proposed(content: Path) -> None:
    outcome = refreshed(content, {HEAD: [item(POSSIBLE)]})
    assert f"elsewhere  {POSSIBLE}" in outcome.report
    assert "osteonecrosis-possible; not proposed" in outcome.report
    assert outcome.texts == {}


def test_an_inactive_code_is_marked_whether_new_or_listed(content: Path) -> None:
    rules = {HEAD: [item(LISTED, inactive=True), item(OLD, inactive=True)]}
    lines = written(content, refreshed(content, rules)).splitlines()
    (old,) = [line for line in lines if OLD in line]
    assert old.endswith("# unreviewed; inactive on the terminology server")
    (listed,) = [line for line in lines if f'"{LISTED}"' in line]
    assert listed.endswith("}  # inactive on the terminology server")


def test_a_mark_is_set_once(content: Path) -> None:
    rules = {HEAD: [item(LISTED, inactive=True)]}
    written(content, refreshed(content, rules))
    assert refreshed(content, rules).texts == {}


def test_codes_of_icd_are_compared_without_dot_and_case(content: Path) -> None:
    rules = {FEMUR: [item("m87051", ICD_10_CM), item("M87.951", ICD_10_CM)]}
    outcome = refreshed(content, rules)
    assert "M87.951" in outcome.report
    assert "new        m87051" not in outcome.report


def test_a_listed_code_that_no_definition_gives_is_told(content: Path) -> None:
    outcome = refreshed(content, {HEAD: [item(LISTED)]})
    (line,) = [
        line
        for line in outcome.report.splitlines()
        if "listed, and in no" in line and "715657008" in line
    ]
    assert LISTED not in line
    assert "No new codes." in outcome.report


def test_the_report_names_the_version_that_was_read(content: Path) -> None:
    outcome = refreshed(content, {HEAD: [item(NEW)]})
    assert f"{HEAD}: 1 codes of http://example.org/version|2026" in outcome.report


def test_the_expression_and_the_filter_arrive_as_they_are_written(content: Path) -> None:
    terminology = Terminology()
    with running(terminology) as server:
        refresh(content, make_server(server.base))
    rules = {asked.rule for asked in terminology.asked}
    assert rules == {FEMUR, HEAD, "<< 29281007", "<< 444849002", BY_SITE}
    assert {asked.path for asked in terminology.asked} == {"/fhir/ValueSet/$expand"}


def test_line_ends_of_a_file_stay(content: Path) -> None:
    path = content / FILE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    outcome = refreshed(content, {HEAD: [item(NEW)]})
    assert "\n" not in outcome.texts[path].replace("\r\n", "")


def test_a_list_written_on_one_line_is_not_edited(content: Path) -> None:
    path = content / FILE
    text = path.read_text(encoding="utf-8")
    start, end = (
        text.index("      concept:\n", text.index(SNOMED)),
        text.index("    - system: http://medis.or.jp"),
    )
    short = f'      concept: [{{code: "{LISTED}", display: "a label"}}]\n'
    path.write_text(text[:start] + short + text[end:], encoding="utf-8")
    with pytest.raises(KnowledgeError, match="one code a line"):
        refreshed(content, {HEAD: [item(NEW)]})


def test_content_without_definitions_says_so(content: Path) -> None:
    path = content / FILE
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(_without_definitions(lines)), encoding="utf-8")
    assert "has a definition" in refreshed(content, {}).report


def test_a_failure_names_the_file_the_line_and_the_definition(content: Path) -> None:
    refuse = lambda exchange: exchange.reply(outcome("too-costly", "too many"), 422)  # noqa: E731
    with pytest.raises(TerminologyError) as refused:
        refreshed(content, {}, refuse)
    line = (
        (content / FILE)
        .read_text(encoding="utf-8")
        .splitlines()
        .index('        - filter: {property: code, op: regex, value: "M87\\\\.[0-9]5[1-9]"}')
    )
    assert str(refused.value).startswith(f"{FILE}:{line + 1}: `code regex")
    assert "too costly: narrow the definition; it says: too many" in str(refused.value)


@pytest.mark.parametrize("counts", [True, False], ids=["with a total", "without a total"])
@pytest.mark.parametrize("page", [100, PAGE, 10_000])
def test_every_page_is_read(page: int, counts: bool) -> None:
    terminology = Terminology({HEAD: MANY}, page, counts)
    with running(terminology) as server:
        found = expand(make_server(server.base), Definition(ecl=HEAD, source=""), SYSTEMS[SNOMED])
    assert {one.code for one in found.codes} == {one["code"] for one in MANY}
    offsets = [asked.offset for asked in terminology.asked]
    assert offsets == sorted(set(offsets))


def test_a_server_that_does_not_page_is_asked_once() -> None:
    assert len(expanded(contains(*MANY))) == len(MANY)


def test_nested_codes_are_read_and_headings_are_left_out() -> None:
    heading = {"display": "A heading", "contains": [item(NEW, contains=[item(OLD)])]}
    abstract = item(LISTED, abstract=True)
    assert expanded(contains(heading, abstract, total=4)) == sorted([NEW, OLD])


def test_a_filter_is_sent_as_a_value_set_of_its_system() -> None:
    rule = Filter("concept", "is-a", "M87")
    terminology = Terminology({f"{ICD_10_CM} concept is-a M87": [item("M87.951", ICD_10_CM)]})
    with running(terminology) as server:
        found = expand(
            make_server(server.base), Definition(filter=rule, source=""), SYSTEMS[ICD_10_CM]
        )
    assert [one.code for one in found.codes] == ["M87.951"]


UNCLOSED = {
    "url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed",
    "valueBoolean": True,
}
WRONG_DIGIT = f"{NEW[:-1]}{(int(NEW[-1]) + 1) % 10}"
SILENT: list[Json] = []


def bytes_of(content: bytes, status: int = 200) -> Answer:
    """Answer with these bytes."""
    return lambda exchange: exchange.reply(content, status)


def refusal(code: str, words: str, status: int) -> Answer:
    """Answer with an OperationOutcome."""
    return lambda exchange: exchange.reply(outcome(code, words), status)


BAD_DAYS: dict[str, tuple[Answer, str]] = {
    "the list is not whole": (contains(item(NEW), extension=[UNCLOSED]), "not whole"),
    "the total is never reached": (contains(total=3), "sends 0 codes and says that there are 3"),
    "the same page comes again": (contains(*MANY[:PAGE]), "the same page again"),
    "there are too many": (contains(*(item(invented(n)) for n in range(2_001))), "more than 2000"),
    "a check digit is wrong": (contains(item(WRONG_DIGIT)), "wrong check digit"),
    "a code is of another system": (contains(item("A00", ICD_10_CM)), "another code system"),
    "a code has no system": (contains({"code": NEW}), "another code system"),
    "a code would break the file": (contains(item('1"}\n- {')), "is not a code"),
    "nothing but html": (bytes_of(b"<html>hello</html>"), "not a FHIR ValueSet in JSON"),
    "nothing at all": (bytes_of(b""), "not a FHIR ValueSet in JSON"),
    "half an answer": (bytes_of(b'{"resourceType": "ValueS'), "not a FHIR ValueSet in JSON"),
    "not UTF-8": (bytes_of(b'{"resourceType": "\xff"}'), "not a FHIR ValueSet in JSON"),
    "numbers for codes": (
        bytes_of(b'{"resourceType":"ValueSet","expansion":{"contains":[{"code":1}]}}'),
        "not a FHIR",
    ),
    "nested without end": (bytes_of(b'{"resourceType":' * 100_000), "not a FHIR ValueSet in JSON"),
    "a value set that is not expanded": (
        bytes_of(b'{"resourceType":"ValueSet"}'),
        "with an expansion",
    ),
    "another resource": (bytes_of(b'{"resourceType":"Bundle"}'), "with an expansion"),
    "a refusal under status 200": (refusal("too-costly", "", 200), "too costly"),
    "an expansion that is too costly": (
        refusal("too-costly", "42 codes", 422),
        "it says: 42 codes",
    ),
    "an unknown value set": (refusal("not-found", "?", 404), "does not know the code system"),
    "an unknown problem": (
        refusal("exception", "a\x1b[31mb\n", 500),
        "refuses: exception; it says: a [31mb",
    ),
    "an outcome without an issue": (
        bytes_of(b'{"resourceType":"OperationOutcome"}', 500),
        "refuses: error",
    ),
    "credentials are asked for": (bytes_of(b"", 401), "asks for credentials"),
    "no leave": (bytes_of(b"no", 403), "without leave"),
    "no such path": (bytes_of(b"<html>", 404), "no ValueSet/$expand"),
    "asked too often": (bytes_of(b"", 429), "too often"),
    "a broken server": (bytes_of(b"", 500), "HTTP status 500"),
    "a value set under status 500": (
        bytes_of(b'{"resourceType":"ValueSet"}', 500),
        "HTTP status 500",
    ),
    "a redirect": (bytes_of(b"", 302), "HTTP status 302"),
    "too much": (flood, f"larger than {MOST_BYTES}"),
}


@pytest.mark.parametrize(("answer", "words"), BAD_DAYS.values(), ids=BAD_DAYS.keys())
def test_a_bad_answer_is_refused_in_words(answer: Answer, words: str) -> None:
    with pytest.raises(TerminologyError) as refused:
        expanded(answer)
    assert words in str(refused.value)


@pytest.mark.parametrize("answer", [drip, hang], ids=["drips", "hangs"])
def test_a_server_that_takes_for_ever_is_cut_off(answer: Answer) -> None:
    with pytest.raises(TerminologyError, match=r"no whole answer came within 0\.3 s"):
        expanded(answer, seconds=0.3)


def test_a_server_that_fails_on_its_second_page_gives_no_codes() -> None:
    with pytest.raises(TerminologyError, match="HTTP status 503"):
        expanded(_fails_later, Terminology({HEAD: MANY}))


def test_nobody_listening_is_said() -> None:
    with running(Terminology()) as server:
        base = server.base
    with pytest.raises(TerminologyError, match="no connection stood"):
        expand(make_server(base), Definition(ecl=HEAD, source=""), SYSTEMS[SNOMED])


@pytest.mark.parametrize(
    "url",
    ["http://terminology.example.org/fhir", "http://10.0.0.1/fhir", "http://[2001:db8::1]/r4"],
)
def test_another_machine_needs_https(url: str) -> None:
    with pytest.raises(TerminologyError, match="needs https"):
        make_server(url)


@pytest.mark.parametrize(
    "url", ["", "ftp://host/fhir", "https://user@host/fhir", "https://host/?a=b"]
)
def test_an_address_that_is_no_fhir_base_is_refused(url: str) -> None:
    with pytest.raises(TerminologyError, match="FHIR base URL"):
        make_server(url)


def test_https_on_another_machine_is_accepted() -> None:
    server = make_server("https://terminology.example.org/fhir")
    assert not server.base.is_loopback
    assert not any(network.is_loopback for network in server.networks)


def command(root: Path, *options: str) -> str:
    """Run the command against a server with one new code; return what it printed."""
    with running(Terminology({HEAD: [item(NEW)]})) as server:
        arguments = ["value-sets", "refresh", str(root), "--terminology", server.base, *options]
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    return result.output


def test_the_command_shows_a_diff_that_patch_could_apply_and_writes_nothing(content: Path) -> None:
    before = (content / FILE).read_bytes()
    words = command(content)
    assert f"--- a/{FILE}\n+++ b/{FILE}\n@@ " in words
    assert f'\n+        - {{code: "{NEW}"' in words
    assert "fails until a person has replaced" in words
    assert (content / FILE).read_bytes() == before


def test_the_command_writes_what_it_shows_when_told_to(content: Path) -> None:
    before = (content / FILE).read_text(encoding="utf-8").splitlines()
    words = command(content, "--write")
    after = (content / FILE).read_text(encoding="utf-8").splitlines()
    added = [line[1:] for line in words.splitlines() if line.startswith("+ ")]
    assert [line for line in after if line not in before] == added
    assert f"Written: {content / FILE}" in words


def _fails_later(exchange: Exchange) -> None:
    if exchange.asked.offset:
        exchange.reply(b"", 503)
    else:
        exchange.reply(exchange.server.terminology.expansion(exchange.asked))


def _without_definitions(lines: list[str]) -> Iterator[str]:
    is_inside = False
    for line in lines:
        is_inside = line.startswith("      expandFrom:") or (
            is_inside and line.startswith("        ")
        )
        if not is_inside:
            yield line
