"""Phrases are found on whole words; their context silences what it reaches and nothing else."""

import pytest

from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.context import Context, Trigger
from cds_service.core.words.lexicon import MOST_FINDINGS, Lexicon
from cds_service.core.words.sides.said import SidesSaid, together
from cds_service.core.words.sides.whole import Sides
from cds_service.core.words.text import Text
from cds_service.core.words.tokens import LONGEST_SENTENCE, LONGEST_TEXT, Writing
from cds_service.core.words.topics import TextPattern, TextRule, is_named, is_ruled_out, named

LEXICON = Lexicon(
    {
        "context": {
            "no": ["no", "non", "not only", "不"],
            "ends": ["but"],
            "nothing": ["no shoes"],
            "back": ["?", "forbidden"],
            "near": ["perhaps"],
            "verb": ["never", "未"],
            "without": ["without"],
            "so": ["so"],
            "part": ["is over"],
        },
        "side": {"right": ["right", "R"], "left": ["left"], "both": ["both"], "none": ["L spine"]},
        "site": {"hip": ["hip"]},
        "sport": {
            "says 0": ["running", "non-stop run", "跑步"],
            "says 1": ["walking"],
            "with 1": ["track"],
            "says 2": ["pain"],
            "except": ["nose"],
        },
    },
    {
        "no": Trigger("negated"),
        "ends": Trigger("ends", "both"),
        "nothing": Trigger("nothing"),
        "back": Trigger("doubted", "backward"),
        "near": Trigger("doubted", "both", within=2),
        "verb": Trigger("negated", in_clause=True),
        "without": Trigger("negated", closes=False),
        "so": Trigger("ends", only=frozenset({"negated"})),
        "part": Trigger("past", "backward", in_clause=True),
    },
    Writing(frozenset({"approx"})),
)
SPORT = TextPattern(
    "sport",
    "service",
    reads_notes=False,
    rules=(
        TextRule("says 0"),
        TextRule("says 1", "with 1"),
        TextRule("says 2", at=frozenset({"hip"})),
    ),
    silenced_by=frozenset({"negated", "doubted"}),
)
RIGHT, LEFT = frozenset({Side.RIGHT}), frozenset({Side.LEFT})


def read(text: str) -> Text:
    return LEXICON.read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Running", True),
        ("RUNNING, daily", True),
        ("ｒｕｎｎｉｎｇ", True),
        ("forerunning", False),
        ("running2", False),
        ("running跑", True),
        ("每天跑步机", True),
        ("non‑stop   run", True),
        ("non stop walking", False),
        ("no running", False),
        ("不跑步", False),
        ("running?", False),
        ("noon running", True),
        ("Running. No other sport.", True),
        ("No sport. Running.", True),
        ("No sport approx. Running", False),
        ("No sport. running", True),
        ("No e.g. running", False),
        ("No gym. running", False),
        ("No gym. Running", True),
        ("No sport!\nRunning", True),
        ("No\nrunning", False),
        ("No\n\nrunning", True),
        ("No\n- running", True),
        ("No sport; running", True),
        ("No: sport; running", False),
        ("No: sport. Running", True),
        ("no e.g. running", False),
        ("不游泳。跑步", True),
        ("不游泳，跑步", True),
        ("no sport, running", False),
        ("no sport but running", True),
        ("running but forbidden", True),
        ("running is forbidden", False),
        ("no shoes, running", True),
        ("perhaps running", False),
        ("perhaps on the track running", True),
        ("running on the track, perhaps", True),
        ("walking", False),
        ("Walking on the track", True),
        ("Walking. On the track", False),
        ("Pain", False),
        ("Pain in the hip", True),
        ("Pain. Hip", False),
        ("", False),
    ],
)
def test_a_topic_is_named_by_whole_words_that_no_context_silences(
    text: str, expected: bool
) -> None:
    assert is_named(SPORT, [read(text)]) is expected


@pytest.mark.parametrize(
    ("text", "contexts"),
    [
        ("never a mile, running", set()),
        ("never a mile or running", {"negated"}),
        ("running is over now", {"past"}),
        ("running, walking is over", set()),
        ("running: never", {"negated"}),
        ("running (never) a mile", {"negated"}),
        ("running, never", {"negated"}),
        ("running; never", set()),
        ("running, walking, never", set()),
        ("Running. Never.", set()),
        ("Never. Running", set()),
        ("never, running", set()),
        ("walking, never, running", set()),
        ("running on each day of all those many years: never", set()),
        ("running never?", {"doubted"}),
        ("running without", set()),
        ("跑步：未", {"negated"}),
        ("跑步 走路：未", set()),
        ("跑步，未", {"negated"}),
        ("no walking so running", set()),
        ("no walking? so running", set()),
        ("perhaps so running", {"doubted"}),
        ("no shoes on while running", set()),
    ],
)
def test_a_comma_ends_what_is_said_in_a_clause_and_its_last_word_speaks_of_what_is_before(
    text: str, contexts: set[Context]
) -> None:
    assert [*named(read(text), SPORT)][-1].context == contexts


def test_one_text_of_several_is_enough() -> None:
    assert is_named(SPORT, [read("no running"), read("running")])


def test_an_exception_anywhere_rules_the_topic_out() -> None:
    assert is_ruled_out(SPORT, [read("running"), read("a Nose")])
    assert not is_ruled_out(SPORT, [read("noses")])


@pytest.mark.parametrize(
    ("text", "contexts"),
    [
        ("no running?", {"negated", "doubted"}),
        ("running, no running", {"negated"}),
        ("running", set()),
    ],
)
def test_contexts_are_told_of_each_finding(text: str, contexts: set[Context]) -> None:
    assert [*named(read(text), SPORT)][-1].context == contexts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("running", SidesSaid()),
        ("right running", SidesSaid(RIGHT)),
        ("R: running", SidesSaid(RIGHT)),
        ("both sides running", SidesSaid(SIDES)),
        ("L spine, running", SidesSaid()),
        ("left walking, right running", SidesSaid(RIGHT)),
        ("right, running, left", SidesSaid(NO_SIDE, is_open=True)),
        ("Left walking. Right, with running", SidesSaid(RIGHT)),
        ("no left running", SidesSaid(LEFT)),
        ("no left, right running", SidesSaid(RIGHT)),
        ("perhaps right running", SidesSaid(RIGHT)),
        ("No left walking. Right running", SidesSaid(RIGHT)),
    ],
)
def test_a_finding_has_the_side_of_its_text_or_of_its_clause_or_sentence(
    text: str, expected: SidesSaid
) -> None:
    [found] = named(read(text), SPORT)
    assert found.said == expected


def test_triggers_are_found_with_what_they_say() -> None:
    found = read("No shoes, not only running; but not running?").of("context")
    assert [(span.label, span.clause) for span in found] == [
        ("nothing", 0),
        ("negated", 1),
        ("ends", 2),
        ("doubted", 2),
    ]


def test_texts_that_contradict_each_other_leave_the_side_open() -> None:
    def said(*texts: str) -> SidesSaid:
        return together(Sides(read(text)).said for text in texts)

    assert said("right", "left") == SidesSaid(NO_SIDE, is_open=True)
    assert said("right", "running", "R") == SidesSaid(RIGHT)
    assert said("left, right") == SidesSaid(NO_SIDE, is_open=True)
    assert said() == SidesSaid()


def test_a_text_that_is_too_long_is_not_read() -> None:
    for longest, longer in (
        ("running ".ljust(LONGEST_TEXT), "running ".ljust(LONGEST_TEXT + 1)),
        ("running" + " track" * (LONGEST_SENTENCE - 1), "running" + " track" * LONGEST_SENTENCE),
    ):
        assert read(longest).is_whole
        assert is_named(SPORT, [read(longest)])
        assert not read(longer).is_whole
        assert not is_named(SPORT, [read(longer)])


def test_a_text_with_more_findings_than_anybody_writes_is_not_read() -> None:
    lexicon = Lexicon({"sport": {"": ["running"]}, "site": {"": ["hip"]}}, {}, counted=["sport"])
    assert lexicon.read("hip " * (MOST_FINDINGS + 1) + "running " * MOST_FINDINGS).is_whole
    assert not lexicon.read("running " * (MOST_FINDINGS + 1)).is_whole


def test_of_phrases_that_overlap_the_first_and_longest_counts() -> None:
    tables = {"site": {"head": ["femoral head", "fem"], "other": ["head", "femoral", "fem"]}}
    lexicon = Lexicon(tables, {})
    [span] = lexicon.read("Femoral-head").of("site")
    assert (span.label, span.start, span.end) == ("head", 0, 3)
    assert [span.label for span in lexicon.read("fem").of("site")] == ["head", "other"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NECROSIS, right", True),
        ("osteonecrosis", False),
        ("Avascular disease", False),
        ("Kienbock's disease", False),
        ("disease of Kienbock", True),
        ("'necrosis'", True),
        ("ＡＶＮ", True),
        ("Nekrose – Hüfte", False),
        ("股骨头坏死", True),
        ("人工髋 hip", True),
        ("坏的死", False),
        ("", False),
    ],
)
def test_what_surely_names_nothing_is_told_quickly(text: str, expected: bool) -> None:
    anchors = ["necrosis", "Kienbock disease", "AVN", "股骨头 坏死", "坏死", "人工髋 hip"]
    assert Lexicon({}, {}, anchors=anchors).anchors.may_stand_in(text) is expected
