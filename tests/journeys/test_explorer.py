"""A developer opens the explorer in a browser: the real page, the real gateway, a real Chromium."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.test import RequestFactory, override_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from gateway import explorer
from tests.conftest import BASE_DIR, RunningGateway
from tests.domains.kyc.test_documents import pdf
from tests.journeys.asking import asker
from tests.journeys.paying import PAY

OPERATIONS = Path(explorer.__file__).parents[1] / "explorer" / "operations"
EXAMPLES = ["Customer360", "KycQueue", "OfficersDay", "Portfolio", "Payments", "OpenTransactions"]
FIRST_OF_SEVERAL = {
    "OfficersDay": "kycTasks",
    "Payments": "transactions",
}  # operations of a tab; what answers
CHROMIUM_FLAGS = ["--disable-gpu", "--disable-quic", "--disable-sync"]
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
  (event) => console.error("policy violated:", event.violatedDirective, event.blockedURI));
"""
# GraphiQL empties the panel when it sends; Monaco draws only the lines in sight, its model holds them all.
ANSWER = """
() => __MONACO.editor.getModels().find((model) => model.uri.path.endsWith("response.json")).getValue()
"""

SET_OPERATION = """
(text) => __MONACO.editor.getModels().find((model) => model.uri.path.endsWith("operation.graphql")).setValue(text)
"""
SET_VARIABLES = """
(text) => __MONACO.editor.getModels().findLast((model) => model.uri.path.endsWith("variables.json")).setValue(text)
"""


@pytest.fixture
def token(demo_token: Callable[[str], str]) -> str:
    # Asked for before Playwright runs its event loop, beside which Django refuses to touch the database.
    return demo_token("officer")


@pytest.fixture
def chromium(token: str) -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        reason = "No Chromium on the PATH: the explorer was not tested (on Debian: apt install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """Collect what the browser complained about: console errors, exceptions, violations of the policy."""
    return []


@pytest.fixture
def page(chromium: Browser, gateway_url: str, complaints: list[str]) -> Page:
    opened = chromium.new_page(viewport={"width": 1280, "height": 900})
    opened.add_init_script(REPORT_VIOLATIONS)
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{gateway_url}/graphql")
    expect(opened.locator(".graphiql-query-editor .view-line").first).to_be_visible(timeout=30_000)
    return opened


def answer_to_step(page: Page, name: str, variables: dict[str, Any]) -> Any:
    """Run one step of the officer's day with these variables, as the button's menu offers it."""
    page.locator("[id^=graphiql-session-tab-]").nth(EXAMPLES.index("OfficersDay")).click()
    text = json.dumps(variables, indent=2)
    page.evaluate(SET_VARIABLES, text)
    page.wait_for_function("(text) => sessionStorage.getItem('graphiql:tabState')?.includes(text)",
                           arg=json.dumps(text)[1:-1], timeout=30_000)  # fmt: skip
    with page.expect_response(lambda told: _asks(told.request, name)) as told:
        choose(page, name)
    return told.value.json()


def choose(page: Page, name: str) -> None:
    """Run one of a document's operations; the button offers them once the explorer has read the document."""
    button = page.get_by_role("button", name="Execute query")
    expect(button).to_have_attribute("aria-haspopup", "menu", timeout=30_000)
    button.click()
    page.get_by_role("menuitem", name=name, exact=True).click()


def _asks(request: Any, name: str) -> bool:
    # Chromium tells no body that a file is in.
    return (
        request.url.endswith("/graphql") and request.method == "POST" and name in (request.post_data or name)
    )


def ask(gateway_url: str, token: str | None) -> dict[str, Any]:
    """Send the customer operation without a browser."""
    body = {
        "query": (OPERATIONS / "customer.graphql").read_text(),
        "variables": json.loads((OPERATIONS / "customer.variables.json").read_text()),
    }
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    request = Request(f"{gateway_url}/graphql", json.dumps(body).encode(), headers)
    try:
        with urlopen(request, timeout=30) as response:
            return json.load(response)  # type: ignore[no-any-return]
    except HTTPError as refused:
        with refused:
            return json.load(refused)  # type: ignore[no-any-return]


def apply_token(page: Page, token: str) -> None:
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".token-state")).to_have_class(re.compile("applied"))


def answer_to_run(page: Page) -> str:
    """Press Ctrl+Enter in the editor; return the whole answer, of which the panel shows what fits."""
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+Enter")
    answer = page.wait_for_function(ANSWER)
    return str(answer.json_value())


def test_the_explorer_opens_with_an_example_for_each_part_of_the_schema(
    page: Page, complaints: list[str]
) -> None:
    expect(page).to_have_title("Banking Middleware – Explorer")  # noqa: RUF001
    expect(page.locator("[id^=graphiql-session-tab-]")).to_have_text(EXAMPLES)
    expect(page.get_by_role("button", name="Show Documentation Explorer")).to_be_visible()
    expect(page.get_by_role("button", name="Show History")).to_be_visible()


def test_a_developer_asks_for_a_customer_and_sees_the_answer(
    page: Page, gateway_url: str, token: str, complaints: list[str]
) -> None:
    name = ask(gateway_url, token)["data"]["customer"]["fullName"]
    apply_token(page, token)
    page.get_by_label("Purpose").fill("service request")
    page.get_by_label("Explain").check()
    with page.expect_request(lambda sent: "Customer360" in (sent.post_data or "")) as sent:
        answer_to_run(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text(f'"fullName": "{name}"')
    assert sent.value.headers["authorization"] == f"Bearer {token}"
    assert sent.value.headers["x-purpose"] == "service request"
    assert sent.value.headers["x-explain"] == "plan, access"
    assert not complaints


def test_every_example_is_answered_without_an_error(page: Page, token: str, complaints: list[str]) -> None:
    apply_token(page, token)
    for title in EXAMPLES:
        page.get_by_role("button", name=title, exact=True).click()
        if title in FIRST_OF_SEVERAL:
            choose(page, title)
            expect(page.locator(".graphiql-response .view-lines")).to_contain_text(
                f'"{FIRST_OF_SEVERAL[title]}"', timeout=30_000
            )
            continue
        assert '"errors"' not in answer_to_run(page), title
    assert not complaints


def test_an_officer_takes_a_new_customer_in_with_a_document(
    page: Page, token: str, complaints: list[str]
) -> None:
    apply_token(page, token)
    given = json.loads((OPERATIONS / "officer.variables.json").read_text())
    given |= {"mobile": "+919820077188", "pan": "AAPPK4888M", "key": "an-officers-first-day"}
    made = answer_to_step(page, "CreateCustomer", given)["data"]["createCustomer"]
    assert made["problems"] == []
    given["customer"] = made["customer"]["id"]
    opened = answer_to_step(page, "OpenProfile", given)["data"]["createKycProfile"]
    assert opened["problems"] == []
    given["profile"] = opened["kycProfile"]["id"]
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "passport.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    attached = answer_to_step(page, "AttachDocument", given)["data"]["attachKycDocument"]
    assert attached["problems"] == []
    assert attached["document"]["contentType"] == "PDF"
    given["version"] = attached["document"]["profile"]["version"]
    handed_in = answer_to_step(page, "Submit", given)["data"]["submitKycProfile"]
    assert handed_in["kycProfile"]["status"] == "SUBMITTED"
    story = answer_to_step(page, "Story", given)["data"]["customer"]["kycProfile"]
    assert [each["toStatus"] for each in story["history"]["nodes"]] == ["DRAFT", "SUBMITTED"]
    assert not complaints


@pytest.fixture
def live_feed(running_gateway: RunningGateway) -> Iterator[None]:
    """Run a feed where the gateway's pages look for one."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "feed"],
        cwd=BASE_DIR, env=running_gateway.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Live feed at")
    yield
    process.terminate()
    process.wait(timeout=60)
    process.stdout.close()


@pytest.mark.usefixtures("live_feed")
def test_a_developer_subscribes_and_sees_a_payment_of_a_customer(
    page: Page, gateway_url: str, demo_token: Callable[[str], str], complaints: list[str]
) -> None:
    apply_token(page, demo_token("operations"))
    page.evaluate(SET_OPERATION, "subscription { transactionChanged { toStatus transaction { reference } } }")
    page.wait_for_function(
        "() => sessionStorage.getItem('graphiql:tabState')?.includes('transactionChanged')"
    )
    with page.expect_response(lambda told: told.url.endswith("/graphql/stream")) as told:
        page.locator(".graphiql-query-editor .view-lines").click()
        page.keyboard.press("Control+Enter")
    assert told.value.ok
    paid = asker(gateway_url)(
        PAY,
        bearer=demo_token("customer"),
        variables={
            "input": {"channel": "UPI", "amount": "7.00", "vpa": "shop@okbank"},
            "key": "a-subscription",
        },
    )["data"]["initiatePayment"]
    assert paid["problems"] == []
    page.wait_for_function(f"(text) => ({ANSWER})().includes(text)", arg=paid["transaction"]["reference"])
    assert not complaints


def test_without_a_file_the_explorer_says_where_to_choose_one(page: Page, token: str) -> None:
    apply_token(page, token)
    page.locator("[id^=graphiql-session-tab-]").nth(EXAMPLES.index("OfficersDay")).click()
    choose(page, "AttachDocument")
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("Choose a file", timeout=30_000)


def test_a_developer_without_a_token_reads_why_nothing_came(
    page: Page, gateway_url: str, complaints: list[str]
) -> None:
    [error] = ask(gateway_url, token=None)["errors"]
    assert json.loads(answer_to_run(page))["errors"][0]["message"] == error["message"]
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text('"message"')
    assert all(said.startswith("Failed to load resource") for said in complaints), complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_every_field_of_the_bar_can_be_read(
    chromium: Browser, gateway_url: str, scheme: Any
) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page.goto(f"{gateway_url}/graphql")
    expect(page.locator(".graphiql-query-editor .view-line").first).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for label in ("Access token", "Purpose", "File"):
        box = page.get_by_label(label, exact=True).bounding_box()
        assert box is not None
        assert box["width"] >= 120, label
        assert box["x"] + box["width"] <= 390, label


def test_the_browser_keeps_no_token(page: Page, token: str) -> None:
    apply_token(page, token)
    page.get_by_role("button", name="Headers").click()
    page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines").click()
    page.keyboard.insert_text(json.dumps({"Authorization": f"Bearer {token}"}))
    answer_to_run(page)
    page.wait_for_function("sessionStorage.getItem('graphiql:queries') !== null")
    page.wait_for_timeout(1000)  # GraphiQL writes half a second after the last change
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "Customer360" in kept
    assert token not in kept
    assert "mobile" not in page.evaluate("JSON.stringify({...localStorage})")


def test_everything_comes_from_the_gateway_itself(page: Page, gateway_url: str) -> None:
    addresses = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert any("/static/explorer/" in address for address in addresses)
    assert [address for address in addresses if not address.startswith((gateway_url, "data:"))] == []


def test_the_page_is_sent_with_a_policy_that_lets_no_foreign_or_inline_script_run(gateway_url: str) -> None:
    with urlopen(Request(f"{gateway_url}/graphql", headers={"Accept": "text/html"}), timeout=30) as response:
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "worker-src 'self'"} <= set(policy)
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"


def test_a_page_that_was_not_built_says_which_command_builds_it(tmp_path: Path) -> None:
    explorer._page.cache_clear()
    with override_settings(BASE_DIR=tmp_path):
        response = explorer.explorer_page(RequestFactory().get("/graphql"))
    assert response.status_code == 503
    assert b"make explorer" in response.content


def test_whoever_types_the_bare_address_comes_to_the_explorer(chromium: Browser, gateway_url: str) -> None:
    with chromium.new_page() as page:
        page.goto(gateway_url)
        expect(page.get_by_role("heading", name="Banking Middleware")).to_be_visible()
        assert page.url == f"{gateway_url}/graphql"
