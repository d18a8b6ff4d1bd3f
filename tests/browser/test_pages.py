"""The pages in a real browser, from the real server: Chromium of Debian, driven over a pipe."""

import base64
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import requests

from tests.browser.chromium import PROGRAM, Tab, lacks_chromium
from tests.conftest import CARDS, ROOT
from tests.fhir.builders import Json

if lacks_chromium():
    pytest.skip(
        f"Needs {PROGRAM} on the PATH (Debian package chromium): these tests open the pages in it.",
        allow_module_level=True,
    )

pytestmark = pytest.mark.enable_socket

LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.request.json"))
ALL = "/about/source-attributes"
CARD_IDS = sorted(path.parent.name for path in CARDS.glob("*/card.md"))
PATHS = ("/", ALL, *(f"{ALL}/{card_id}" for card_id in CARD_IDS))
PHONE, DESKTOP, PAPER = 390, 1280, 720


def troubles_told(tab: Tab) -> list[Json]:
    """Return what the browser has put on its console, and what it could not load."""
    return tab.told("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") + [
        event for event in tab.told("Network.responseReceived") if event["response"]["status"] > 399
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_window_can_be_read_and_has_its_landmarks(
    path: str, tab: Tab, address: str
) -> None:
    tab.visit(f"{address}{path}")
    for width, scheme in product((PHONE, DESKTOP), ("light", "dark")):
        tab.show_as(width, scheme)
        assert (width, scheme, tab.evaluate(LOOK)) == (width, scheme, [])
    assert troubles_told(tab) == []


SPOILED = {
    "the page scrolls sideways": '<p style="width:2000px">wide</p>',
    "out of the window: <P> wide": '<p style="width:2000px">wide</p>',
    "contrast 2.3: pale": '<p style="color:#aaa;background:#fff">pale</p>',
    "small: tiny": '<p style="font-size:8px">tiny</p>',
    "a heading is skipped before: deep": "<h4>deep</h4>",
    "2 times <h1>": "<h1>again</h1>",
    "a <nav> without a name": "<nav>menu</nav>",
    "an id stands twice": '<p id="content">again</p>',
    "a dead link: #nowhere": '<a href="#nowhere">away</a>',
    "a link without words: /": '<a href="/"></a>',
    "a label is missing": '<section aria-labelledby="nobody">text</section>',
}


@pytest.fixture
def tab_without_policy(tab: Tab) -> Iterator[Tab]:
    """A page that takes the spoiled pieces, whose styles the content policy would drop."""
    tab.call("Page.setBypassCSP", enabled=True)
    yield tab
    tab.call("Page.setBypassCSP", enabled=False)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("trouble", SPOILED)
def test_the_look_at_a_page_finds_what_is_wrong(
    trouble: str, width: int, tab_without_policy: Tab, address: str
) -> None:
    tab = tab_without_policy
    tab.show_as(width)
    tab.visit(address)
    spoiled = json.dumps(SPOILED[trouble])
    tab.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', {spoiled})")
    assert trouble in tab.evaluate(LOOK)


@pytest.fixture
def complaining_tab(tab: Tab) -> Iterator[Tab]:
    """A page that will have something to complain of, maybe late."""
    yield tab
    tab.open()


def test_the_pages_and_their_icon_break_no_rule_of_their_policy(
    complaining_tab: Tab, address: str
) -> None:
    tab = complaining_tab
    for path in (*PATHS, "/about/static/icon.svg", f"{ALL}/other", "/cds-services"):
        tab.visit(f"{address}{path}")
        entries = [event["entry"] for event in tab.told("Log.entryAdded")]
        assert [entry["text"] for entry in entries if "404" not in entry["text"]] == []


INTRUSIONS = {
    "a script": "document.head.append(Object.assign(document.createElement('script'), "
    "{textContent: 'window.broken = 1'}))",
    "a picture from elsewhere": "document.body.append(Object.assign(new Image(), "
    "{src: 'https://evil.example/'}))",
    "a frame": "document.body.append(Object.assign(document.createElement('iframe'), "
    "{src: location.href}))",
    "a request": "fetch('/cds-services').catch(() => 0)",
    "a style": "document.body.setAttribute('style', 'color: red')",
}


@pytest.mark.parametrize("intrusion", INTRUSIONS)
def test_what_was_smuggled_into_a_page_is_stopped_by_the_policy(
    intrusion: str, complaining_tab: Tab, address: str
) -> None:
    tab = complaining_tab
    tab.visit(f"{address}{ALL}")
    tab.evaluate(f"void ({INTRUSIONS[intrusion]})")
    tab.evaluate("new Promise(done => setTimeout(done, 100))")
    told = " ".join(event["entry"]["text"] for event in tab.told("Log.entryAdded"))
    assert "Content Security Policy" in told
    assert tab.evaluate("window.broken") is None


def test_what_the_browser_complains_of_is_heard(complaining_tab: Tab, address: str) -> None:
    tab = complaining_tab
    tab.visit(f"{address}{ALL}/other")
    tab.evaluate("console.error('trouble')")
    tab.evaluate("new Promise(done => setTimeout(done, 50))")
    assert len(troubles_told(tab)) >= 2


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_nothing_but_its_own_style_and_icon(path: str, tab: Tab, address: str) -> None:
    tab.call("Network.setCacheDisabled", cacheDisabled=True)
    tab.show_as(DESKTOP)
    tab.visit(f"{address}{path}")
    asked = {event["request"]["url"] for event in tab.told("Network.requestWillBeSent")}
    own = {f"{address}{path}", f"{address}/about/static/pages.css"}
    assert own <= asked <= own | {f"{address}/about/static/icon.svg"}


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_inline_script_or_style_and_no_frame_or_form(
    path: str, tab: Tab, address: str
) -> None:
    tab.show_as(DESKTOP)
    tab.visit(f"{address}{path}")
    inline = "script, style, [style], [onload], [onclick], iframe, object, form"
    assert tab.evaluate(f"document.querySelectorAll('{inline}').length") == 0


def test_the_dark_scheme_is_dark_and_the_light_one_light(tab: Tab, address: str) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        tab.show_as(DESKTOP, scheme)
        tab.visit(address)
        grounds.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(251, 251, 249)", "rgb(20, 25, 26)"]


@pytest.mark.parametrize("path", PATHS)
def test_on_paper_a_page_is_black_on_white_without_menus(path: str, tab: Tab, address: str) -> None:
    tab.show_as(PAPER, "dark", media="print")
    tab.visit(f"{address}{path}")
    assert [trouble for trouble in tab.evaluate(LOOK) if "<header>" not in trouble] == []
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown = (
        "[...document.querySelectorAll('header, nav, .formats')].some((e) => e.checkVisibility())"
    )
    assert tab.evaluate(shown) is False
    printed = base64.b64decode(tab.call("Page.printToPDF", printBackground=False)["data"])
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") in range(1, 41)


def test_on_paper_a_link_to_a_source_shows_its_address(tab: Tab, address: str) -> None:
    tab.show_as(PAPER, media="print")
    tab.visit(f"{address}{ALL}")
    after = (
        "getComputedStyle(document.querySelector('main a[href*=\"doi.org\"]'), '::after').content"
    )
    assert "https://doi.org/" in tab.evaluate(after)


def test_every_card_of_every_answer_names_a_page_that_opens_and_names_the_card(
    tab: Tab, address: str
) -> None:
    answers = [_answered(path, address) for path in GOLDEN]
    named = {card["source"]["url"]: card for cards in answers for card in cards}
    assert {card["source"]["topic"]["code"] for card in named.values()} <= set(CARD_IDS)
    assert len(named) > 1
    tab.show_as(PHONE)
    for url, card in named.items():
        tab.visit(url)
        text = tab.evaluate("document.querySelector('main').innerText")
        topic = card["source"]["topic"]
        assert [words for words in (topic["code"], topic["display"]) if words not in text] == []
        assert url.startswith(f"{address}{ALL}/")


def test_a_line_of_the_rule_leads_to_its_fact(tab: Tab, address: str) -> None:
    tab.show_as(PHONE)
    tab.visit(f"{address}{ALL}/weight-bearing")
    tab.evaluate("document.querySelector('a.line').click()")
    target = "document.querySelector(':target').getBoundingClientRect().top"
    assert 0 <= tab.evaluate(target) < 900


def _answered(path: Path, address: str) -> list[Json]:
    body = path.read_bytes()
    hook = json.loads(body)["hook"]
    answer = requests.post(f"{address}/cds-services/onfh-{hook}", data=body, timeout=5)
    cards: list[Json] = answer.json().get("cards", [])
    return cards
