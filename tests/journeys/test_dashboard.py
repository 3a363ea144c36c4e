"""Operations watch the system in a browser: the real page, the real gateway, a real Chromium."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import RunningGateway
from tests.journeys.asking import asker
from tests.journeys.test_explorer import CHROMIUM_FLAGS, REPORT_VIOLATIONS
from tests.programs import program

SCROLLED_ASIDE = """
() => [...document.querySelectorAll("main *")].filter((each) => each.scrollWidth > each.clientWidth + 1 &&
  ["auto", "scroll"].includes(getComputedStyle(each).overflowX)).map((each) => each.className)
"""
FOCUSED = """
() => ({name: document.activeElement.innerText, outline: getComputedStyle(document.activeElement).outlineStyle,
  width: parseFloat(getComputedStyle(document.activeElement).outlineWidth)})
"""
OPERATION = 'query Watched { customer(mobile: "+919876543210") { fullName } }'


def figures(url: str, token: str | None, query: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urlopen(Request(f"{url}/metrics_dashboard.json{query}", headers=headers), timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


@pytest.fixture
def watched(running_gateway: RunningGateway, demo_token: Callable[[str], str]) -> str:
    """Ask an operation until the figures tell of it; return the gateway's address."""
    ask, token = asker(running_gateway.url), demo_token("operations")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ask(OPERATION, bearer=demo_token("officer"))
        _, told = figures(running_gateway.url, token)
        if told["now"] and "Watched" in {each["name"] for each in told["now"]["operations"]}:
            return running_gateway.url
        time.sleep(0.5)
    raise AssertionError("the figures did not tell of it within a minute")


@pytest.fixture
def chromium(watched: str, demo_token: Callable[[str], str]) -> Iterator[Browser]:
    found = program("chromium", "chromium-browser", "google-chrome", package="chromium")
    demo_token("operations"), demo_token("officer")  # before Playwright runs its event loop
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def opened(browser: Browser, url: str, token: str, complaints: list[str], **options: Any) -> Page:
    page = browser.new_page(**options)
    page.add_init_script(REPORT_VIOLATIONS)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{url}/metrics_dashboard.html")
    page.get_by_label("Access token").fill(token)
    page.keyboard.press("Enter")
    return page


def test_the_figures_are_for_operations_and_administrators(
    watched: str, demo_token: Callable[[str], str]
) -> None:
    for username, status in (("operations", 200), ("admin", 200), ("officer", 403), ("customer", 403)):
        assert figures(watched, demo_token(username))[0] == status, username
    assert figures(watched, None)[0] == 401
    assert figures(watched, "nonsense")[0] == 401
    assert figures(watched, demo_token("officer"), "?operation=Watched")[0] == 403


def test_an_operation_is_told_with_its_plan_cost_and_last_requests(
    watched: str, demo_token: Callable[[str], str]
) -> None:
    deadline = time.monotonic() + 30
    status, told = figures(watched, demo_token("operations"), "?operation=Watched")
    while status == 404 and time.monotonic() < deadline:  # workers write what they know every two seconds
        asker(watched)(OPERATION, bearer=demo_token("officer"))
        time.sleep(0.3)
        status, told = figures(watched, demo_token("operations"), "?operation=Watched")
    assert status == 200
    assert told["operation"]["cost"] > 0
    (statement,) = told["operation"]["statements"]
    assert any("customers_customer" in line for line in statement["plan"])
    assert {"traceId", "ms", "code", "steps"} <= told["requests"][0].keys()
    assert "9876543210" not in json.dumps(told)
    assert figures(watched, demo_token("operations"), "?operation=Never")[0] == 404


def test_operations_see_the_system_live_and_look_into_an_operation(
    chromium: Browser, watched: str, demo_token: Callable[[str], str]
) -> None:
    complaints: list[str] = []
    page = opened(
        chromium, watched, demo_token("operations"), complaints, viewport={"width": 1440, "height": 900}
    )
    for title in ("Throughput", "Latency", "Slowest operations", "Providers", "Transactions", "Processes"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert page.locator(".plot canvas").count() == 4
    live = page.locator(".live")
    expect(live).to_contain_text("Live")
    before = live.inner_text()
    page.wait_for_function(
        "before => document.querySelector('.live').innerText !== before", arg=before, timeout=15_000
    )
    page.get_by_role("button", name="Watched", exact=True).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Estimated cost")).to_be_visible()
    expect(dialog.locator("pre").first).to_contain_text("cost=")
    expect(dialog.locator(".requests li").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert demo_token("operations") not in kept
    addresses = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [address for address in addresses if not address.startswith((watched, "data:"))] == []
    assert not complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_by_keyboard_alone_an_operation_is_opened_read_and_left(
    chromium: Browser, watched: str, demo_token: Callable[[str], str], scheme: Any
) -> None:
    page = opened(chromium, watched, demo_token("operations"), [], color_scheme=scheme)
    expect(page.get_by_role("button", name="Watched", exact=True)).to_be_visible(timeout=30_000)
    for key, name in (("Tab", "Watched"), ("Shift+Tab", "Forget token"), ("Tab", "Watched")):
        stops: list[Any] = []
        while not stops or stops[-1]["name"] != name:
            assert len(stops) < 60, f"{name} is never reached: {stops}"
            page.keyboard.press(key)
            stops.append(page.evaluate(FOCUSED))
        assert stops[-1]["outline"] == "solid"
        assert stops[-1]["width"] >= 2
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Watched")
    expect(dialog.get_by_text("Estimated cost")).to_be_visible(timeout=30_000)
    names: list[str] = []
    while "The statement" not in names:
        assert len(names) < 20, names
        page.keyboard.press("Tab")
        names.append(page.evaluate(FOCUSED)["name"])
    page.keyboard.press("Enter")
    expect(dialog.locator("details pre").first).to_contain_text("SELECT")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate(FOCUSED)["name"] == "Watched"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    chromium: Browser, watched: str, demo_token: Callable[[str], str], scheme: Any
) -> None:
    options = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme}
    page = opened(chromium, watched, demo_token("operations"), [], **options)
    expect(page.get_by_role("heading", name="Throughput")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="Watched", exact=True))
    expect(row.get_by_role("cell")).to_have_count(5)
    for figure in [row.get_by_role("rowheader"), *row.get_by_role("cell").all()]:
        box = figure.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390, "to be read without scrolling aside"
    assert page.evaluate(SCROLLED_ASIDE) == []
    assert page.locator(".top").evaluate("top => top.getBoundingClientRect().height") < 60, "one line"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(241, 244, 250)", "dark": "rgb(11, 16, 28)"}[scheme]


def test_who_may_not_look_is_told_so_and_sees_nothing(
    chromium: Browser, watched: str, demo_token: Callable[[str], str]
) -> None:
    page = opened(chromium, watched, demo_token("officer"), [])
    expect(page.get_by_role("alert")).to_contain_text("for operations and administrators")
    assert page.locator(".plot").count() == 0


def test_the_page_is_sent_with_a_policy_that_lets_no_inline_style_or_script_run(watched: str) -> None:
    with urlopen(f"{watched}/metrics_dashboard.html", timeout=30) as response:
        policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'; style-src 'self'; " in policy
    assert "unsafe" not in policy
