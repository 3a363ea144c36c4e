"""The table of moves: whole, without dead ends, and told to the same effect by the policy and the drawing."""

from django.conf import settings

from domains.kyc.diagram import drawn_into, mermaid
from domains.kyc.machine import BEFORE_HOLD, MOVES, Party, move_for, parties_to, states_for
from domains.kyc.models import Action, KYCStatus
from schema.policy import POLICY

MUTATIONS = {
    "createKycProfile": Action.OPEN,
    "updateKycProfile": Action.UPDATE,
    "attachKycDocument": Action.ATTACH,
    "submitKycProfile": Action.SUBMIT,
    "verifyKycProfile": Action.BEGIN,
    "recordKycEvidence": Action.RECORD,
    "proposeKycDecision": Action.PROPOSE,
    "confirmKycDecision": Action.APPROVE,
    "returnKycDecision": Action.RETURN,
    "holdKycProfile": Action.HOLD,
    "resumeKycProfile": Action.RESUME,
    "renewKycProfile": Action.RENEW,
}
ROLES = {
    Party.OWNER: "customer",
    Party.MANAGER: "relationship_manager",
    Party.OFFICER: "kyc_officer",
    Party.OPERATIONS: "operations",
}


def test_every_action_has_a_move_and_every_state_can_be_reached_and_left() -> None:
    assert {move.action for move in MOVES} == set(Action)
    reached = {move.target for move in MOVES} - {None, BEFORE_HOLD}
    assert reached == set(KYCStatus)
    left = {state for move in MOVES if move.target is not None for state in move.sources}
    assert left == set(KYCStatus)


def test_only_officers_decide_and_nobody_approves_from_elsewhere() -> None:
    for action in (Action.RECORD, Action.PROPOSE, Action.APPROVE, Action.REJECT, Action.RETURN):
        assert parties_to(action) == {Party.OFFICER}
    assert states_for(Action.APPROVE, set(Party)) == [KYCStatus.IN_VERIFICATION]
    assert [move.action for move in MOVES if move.target == KYCStatus.VERIFIED] == [Action.APPROVE]


def test_at_most_one_move_answers() -> None:
    for action in Action:
        for state in KYCStatus:
            for party in Party:
                found = [m for m in MOVES if m.action is action and state in m.sources and party in m.parties]
                assert len(found) <= 1
                assert move_for(action, state, {party}) is (found[0] if found else None)


def test_the_policy_lets_run_what_the_table_permits() -> None:
    for mutation, action in MUTATIONS.items():
        roles = {ROLES[party] for party in parties_to(action) if party in ROLES}
        assert POLICY.mutations[mutation] == roles, mutation


def test_a_drawing_shows_every_change_of_state() -> None:
    drawn = mermaid().splitlines()
    assert "    [*] --> DRAFT: open" in drawn
    assert "    ON_HOLD --> VERIFIED: resume" in drawn
    assert "    ON_HOLD --> REJECTED: resume" not in drawn
    assert len(drawn) == len(set(drawn))


def test_the_documentation_shows_the_drawing() -> None:
    text = (settings.BASE_DIR / "docs" / "kyc.md").read_text()
    assert drawn_into(text) == text
    assert mermaid() in text
