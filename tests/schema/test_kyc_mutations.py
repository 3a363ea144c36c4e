"""KYC through the graph: from nothing to verified by two officers, and what every role is told."""

from uuid import UUID

import pytest

from domains.customers.operations import create_customer, link_login
from domains.identity.models import User
from domains.kernel.actor import Actor
from domains.kyc.models import KYCProfile, KYCReviewCase
from domains.providers.operations import register_provider
from tests.asking import Answered, ask, signed_in
from tests.domains.kyc.conftest import hand_over, prove
from tests.people import make_user

PAYLOAD = "{ kycProfile { id status version } problems { code path message changedBy changedAt } }"
CREATE = f"""
mutation ($input: CreateKYCProfileInput!) {{
  createKycProfile(input: $input, idempotencyKey: "opened-1") {PAYLOAD}
}}
"""
HISTORY = """
{ kycProfiles { nodes { status history { nodes {
  action fromStatus toStatus makerName checkerName reason } } } } }
"""
GIVEN = {
    "pan": "AAPPR8261K",
    "aadhaarLastFour": "2346",
    "aadhaarReference": "234620190308114407437",
    "dateOfBirth": "1985-07-24",
    "address": "12, MG Road, Pune 411001",
}


@pytest.fixture
def customer_id(db: None) -> UUID:
    return create_customer(actor=Actor.system("test"), full_name="Asha Rao", mobile="+919820012345")


@pytest.fixture
def login(customer_id: UUID) -> User:
    user = make_user("asha", "customer")
    link_login(actor=Actor.system("test"), customer_id=customer_id, user_id=user.id)
    return user


@pytest.fixture
def bureau(db: None) -> None:
    """Register a bureau; what it would answer matters to nobody here."""
    register_provider(
        actor=Actor.system("test"),
        code="bureau",
        name="Bureau",
        capability="KYC_BUREAU",
        adapter="sandbox_bureau",
        base_url="http://127.0.0.1:9/",
        credentials={"api_key": "x"},
    )


def officer(name: str) -> str:
    user = make_user(name, "kyc_officer")
    user.display_name = name.title()
    user.save()
    return signed_in(user)


def run(mutation: str, token: str, *, kind: str = "KYCProfileVersionInput", **input: object) -> Answered:
    key = ', idempotencyKey: "verified-1"' if mutation == "verifyKycProfile" else ""
    document = f"mutation ($input: {kind}!) {{ {mutation}(input: $input{key}) {PAYLOAD} }}"
    return ask(document, {"input": input}, token=token)


def test_a_customer_goes_from_nothing_to_verified(customer_id: UUID, login: User, bureau: None) -> None:
    mine, meera, arjun = signed_in(login), officer("meera"), officer("arjun")
    customer = f"Customer:{customer_id}"
    made = ask(CREATE, {"input": {"customer": customer, **GIVEN}}, token=mine).data["createKycProfile"]
    assert made["problems"] == []
    key = made["kycProfile"]["id"]
    assert run("submitKycProfile", mine, id=key, version=1).data["submitKycProfile"]["problems"] == []
    assert run("verifyKycProfile", meera, id=key, version=2).data["verifyKycProfile"]["problems"] == []
    verdict = {"id": key, "version": 3, "verdict": "APPROVE", "reason": "All checks agree"}
    kind = "ProposeKYCDecisionInput"
    missing = run("proposeKycDecision", meera, kind=kind, **verdict).data["proposeKycDecision"]
    assert {problem["code"] for problem in missing["problems"]} == {
        "KYC_EVIDENCE_MISSING",
        "KYC_DOCUMENT_MISSING",
    }
    prove(UUID(key.partition(":")[2]))
    assert run("proposeKycDecision", meera, kind=kind, **verdict).data["proposeKycDecision"]["problems"] == []
    same = run("confirmKycDecision", meera, id=key, version=4).data["confirmKycDecision"]
    assert same["problems"][0]["code"] == "KYC_SAME_PERSON"
    done = run("confirmKycDecision", arjun, id=key, version=4).data["confirmKycDecision"]
    assert done == {"kycProfile": {"id": key, "status": "VERIFIED", "version": 5}, "problems": []}
    (profile,) = ask(HISTORY, token=arjun).data["kycProfiles"]["nodes"]
    told = [
        (each["action"], each["toStatus"], each["makerName"], each["checkerName"])
        for each in profile["history"]["nodes"]
    ]
    assert told == [
        ("OPEN", "DRAFT", "asha", ""),
        ("SUBMIT", "SUBMITTED", "asha", ""),
        ("BEGIN", "IN_VERIFICATION", "Meera", ""),
        ("APPROVE", "VERIFIED", "Meera", "Arjun"),
    ]
    seen = ask(HISTORY, token=mine)
    assert [each["makerName"] for each in seen.data["kycProfiles"]["nodes"][0]["history"]["nodes"]] == [
        None
    ] * 4
    assert "Meera" not in seen.text


def test_two_officers_at_once_the_second_is_told_who_and_when(
    customer_id: UUID, login: User, bureau: None
) -> None:
    mine, meera, arjun = signed_in(login), officer("meera"), officer("arjun")
    made = ask(CREATE, {"input": {"customer": f"Customer:{customer_id}", **GIVEN}}, token=mine)
    key = made.data["createKycProfile"]["kycProfile"]["id"]
    run("submitKycProfile", mine, id=key, version=1)
    run("verifyKycProfile", meera, id=key, version=2)
    (problem,) = run("verifyKycProfile", arjun, id=key, version=2).data["verifyKycProfile"]["problems"]
    assert (problem["code"], problem["path"], problem["changedBy"]) == ("STALE_VERSION", ["version"], "Meera")
    assert problem["changedAt"] is not None


def test_a_pan_of_another_customer_is_not_told_but_opens_a_case_for_officers(
    customer_id: UUID, login: User
) -> None:
    meera, auditor = officer("meera"), signed_in(make_user("farhan", "auditor"))
    ask(CREATE, {"input": {"customer": f"Customer:{customer_id}", **GIVEN}}, token=signed_in(login))
    other = create_customer(actor=Actor.system("test"), full_name="Vikram Shah", mobile="+919820054321")
    user = make_user("vikram", "customer")
    link_login(actor=Actor.system("test"), customer_id=other, user_id=user.id)
    theirs = signed_in(user)
    made = ask(CREATE, {"input": {"customer": f"Customer:{other}", "pan": GIVEN["pan"]}}, token=theirs)
    assert made.data["createKycProfile"]["problems"] == []
    cases = "{ kycReviewCases { nodes { id claimant { customer { fullName } } holder { pan } } totalCount } }"
    assert ask(cases, token=meera).data["kycReviewCases"]["nodes"] == [
        {
            "id": f"KYCReviewCase:{KYCReviewCase.objects.get().id}",
            "claimant": {"customer": {"fullName": "Vikram Shah"}},
            "holder": {"pan": GIVEN["pan"]},
        }
    ]
    for token in (theirs, signed_in(login), auditor):
        answered = ask(cases, token=token, headers={"X-Purpose": "audit"})
        assert answered.data["kycReviewCases"] == {"nodes": [], "totalCount": 0}


def test_what_is_wrong_is_told_by_its_place(customer_id: UUID, login: User) -> None:
    wrong = {"customer": f"Customer:{customer_id}", "pan": "x", "bankIfsc": "y"}
    payload = ask(CREATE, {"input": wrong}, token=signed_in(login)).data["createKycProfile"]
    assert payload["kycProfile"] is None
    assert [(each["code"], each["path"]) for each in payload["problems"]] == [
        ("INVALID_PAN", ["pan"]), ("INVALID_IFSC", ["bankIfsc"])
    ]  # fmt: skip
    nobody = {"customer": "Customer:01900000-0000-7000-8000-000000000000"}
    again = ask(CREATE.replace("opened-1", "opened-2"), {"input": nobody}, token=signed_in(login))
    (problem,) = again.data["createKycProfile"]["problems"]
    assert (problem["code"], problem["path"]) == ("CUSTOMER_NOT_FOUND", ["customer"])


@pytest.mark.parametrize("role", ["auditor", "administrator", "service"])
def test_other_roles_do_nothing_to_profiles(db: None, role: str) -> None:
    token = signed_in(make_user("someone", role))
    for mutation in ("submitKycProfile", "verifyKycProfile", "confirmKycDecision", "renewKycProfile"):
        assert run(mutation, token, id="KYCProfile:x", version=1).codes == ["NOT_ALLOWED"]


def test_what_a_customer_may_do_on_any_date_is_told_with_the_rule(customer_id: UUID, login: User) -> None:
    """The argument may be left out, a literal or a variable; parts and aliases are as they were selected."""
    document = """
    query ($day: Date) { customers { nodes {
      now: canDo(action: RECEIVE) { allowed }
      then: canDo(action: PAY, asOf: "2020-01-01") { rule __typename }
      asked: canDo(action: PAY, asOf: $day) { why: reason }
    } } }
    """
    (seen,) = ask(document, {"day": "2030-02-28"}, token=signed_in(login)).data["customers"]["nodes"]
    assert seen == {
        "now": {"allowed": False},
        "then": {"rule": "RBI-KYC-2016-38", "__typename": "KYCPermission"},
        "asked": {"why": "There is no KYC profile."},
    }
    wrong = ask("{ customers { nodes { canDo(action: FLY) { allowed } } } }", token=signed_in(login))
    assert wrong.codes == ["GRAPHQL_VALIDATION_FAILED"]


def test_without_a_bureau_nothing_is_begun_and_it_says_when_to_come_back(
    customer_id: UUID, login: User
) -> None:
    mine, meera = signed_in(login), officer("meera")
    made = ask(CREATE, {"input": {"customer": f"Customer:{customer_id}", **GIVEN}}, token=mine)
    key = made.data["createKycProfile"]["kycProfile"]["id"]
    run("submitKycProfile", mine, id=key, version=1)
    (problem,) = run("verifyKycProfile", meera, id=key, version=2).data["verifyKycProfile"]["problems"]
    assert (problem["code"], problem["path"]) == ("KYC_NO_BUREAU", [])
    assert KYCProfile.objects.get().status == "SUBMITTED"


def test_what_bureaus_still_have_to_answer_is_shown_to_staff(
    customer_id: UUID, login: User, bureau: None
) -> None:
    mine, meera = signed_in(login), officer("meera")
    made = ask(CREATE, {"input": {"customer": f"Customer:{customer_id}", **GIVEN}}, token=mine)
    key = made.data["createKycProfile"]["kycProfile"]["id"]
    run("submitKycProfile", mine, id=key, version=1)
    run("verifyKycProfile", meera, id=key, version=2)
    document = "{ kycProfiles { nodes { checksMissing checksUnderWay { check state n: tries } } } }"
    (seen,) = ask(document, token=meera).data["kycProfiles"]["nodes"]
    assert seen["checksMissing"] == ["PAN", "AADHAAR_OFFLINE", "NAME_MATCH", "SCREENING"]
    assert seen["checksUnderWay"] == [
        {"check": check, "state": "WAITING", "n": 0} for check in ("PAN", "AADHAAR_OFFLINE", "SCREENING")
    ]
    (hidden,) = ask(document, token=mine).data["kycProfiles"]["nodes"]
    assert hidden == {"checksMissing": None, "checksUnderWay": None}


def test_which_documents_approval_needs_is_told_to_staff_by_risk(
    customer_id: UUID, login: User, bureau: None
) -> None:
    mine, meera = signed_in(login), officer("meera")
    made = ask(CREATE, {"input": {"customer": f"Customer:{customer_id}", **GIVEN}}, token=mine)
    hand_over(UUID(made.data["createKycProfile"]["kycProfile"]["id"].partition(":")[2]), "PASSPORT")
    document = """{ kycProfiles { nodes {
        documentsMissing { purpose anyOf }  atHigh: documentsMissing(riskCategory: HIGH) { purpose }
    } } }"""
    (seen,) = ask(document, token=meera).data["kycProfiles"]["nodes"]
    assert seen["documentsMissing"] == [{"purpose": "LIKENESS", "anyOf": ["PHOTOGRAPH"]}]
    assert [each["purpose"] for each in seen["atHigh"]] == ["LIKENESS", "FUNDS"]
    (hidden,) = ask(document, token=mine).data["kycProfiles"]["nodes"]
    assert hidden == {"documentsMissing": None, "atHigh": None}


def test_an_officer_records_evidence_by_hand_and_another_one_reads_whose_it_is(
    customer_id: UUID, login: User, bureau: None
) -> None:
    mine, meera, arjun = signed_in(login), officer("meera"), officer("arjun")
    made = ask(CREATE, {"input": {"customer": f"Customer:{customer_id}", **GIVEN}}, token=mine)
    key = made.data["createKycProfile"]["kycProfile"]["id"]
    run("submitKycProfile", mine, id=key, version=1)
    run("verifyKycProfile", meera, id=key, version=2)
    seen = {"check": "PAN", "finding": "PASSED", "reference": "Branch file 7", "note": "Seen in the branch"}
    kind = "RecordKYCEvidenceInput"
    refused = run("recordKycEvidence", meera, kind=kind, id=key, version=3, **{**seen, "reference": ""})
    (problem,) = refused.data["recordKycEvidence"]["problems"]
    assert (problem["code"], problem["path"]) == ("INVALID_REFERENCE", ["reference"])
    done = run("recordKycEvidence", meera, kind=kind, id=key, version=3, **seen).data["recordKycEvidence"]
    assert (done["problems"], done["kycProfile"]["version"]) == ([], 4)
    document = "{ kycProfiles { nodes { evidence { nodes { check recordedByName reference note } } } } }"
    (profile,) = ask(document, token=arjun).data["kycProfiles"]["nodes"]
    assert profile["evidence"]["nodes"] == [
        {
            "check": "PAN",
            "recordedByName": "Meera",
            "reference": "Branch file 7",
            "note": "Seen in the branch",
        }
    ]
    denied = run("recordKycEvidence", mine, kind=kind, id=key, version=4, **seen)
    assert denied.codes == ["NOT_ALLOWED"]
    (own,) = ask(document, token=mine).data["kycProfiles"]["nodes"]
    assert own["evidence"]["nodes"] == []
