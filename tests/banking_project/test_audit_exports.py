"""What auditors take away: entries with proofs that hold without anything of ours, and fail when altered."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from domains.audit import exports
from domains.audit.models import AuditLog
from domains.kernel.actor import Actor
from gateway.pipeline import Gateway
from gateway.viewer import Viewer
from schema.policy import POLICY
from schema.root import schema
from tests.banking_project.test_demo_commands import run
from tests.conftest import BASE_DIR
from tests.domains.audit.conftest import seal_all, write_entries
from tests.gateway.asking import ask

VERIFIER = BASE_DIR / "examples" / "verify_audit_proof.py"
AUDITOR = Viewer(kind="SYSTEM", roles=frozenset({"auditor"}))
Verify = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def trail(own_database: str) -> list[UUID]:
    written = write_entries(300)
    seal_all()
    written += write_entries(30)
    seal_all()
    return written


@pytest.fixture
def verify(trail: list[UUID]) -> Verify:
    """Return what runs the stand-alone verifier in a Python that sees no installed package."""
    keys = [f"--public-key={line}" for line in run("audit_heads", public_keys=True)[1].splitlines()]

    def verifying(file: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-I", "-S", str(VERIFIER), str(file), *keys, *arguments]
        return subprocess.run(line, capture_output=True, text=True, check=False, cwd="/")

    return verifying


def test_the_verifier_is_short_and_stands_alone() -> None:
    lines = VERIFIER.read_text().splitlines()
    assert len(lines) < 150
    imports = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imports <= set(sys.stdlib_module_names)


def test_an_export_holds_and_an_altered_one_does_not(
    trail: list[UUID], verify: Verify, tmp_path: Path
) -> None:
    file = tmp_path / "export.jsonl"
    _, told, _ = run("export_audit", file, purpose="yearly audit")
    assert told == f"330 entries under head 330 in {file}."
    assert file.stat().st_mode & 0o077 == 0
    done = verify(file)
    assert (done.returncode, done.stdout) == (0, f"{file}: every proof holds (330 entries)\n")

    text = file.read_text()
    for number, altered in enumerate(
        [
            text.replace('\\"Read7\\"', '\\"Read8\\"'),  # an entry
            text.replace('"leaf": 9,', '"leaf": 8,'),
            text.replace('"size": 330', '"size": 331'),  # the head
            "\n".join(text.splitlines()[1:]),  # without a head
        ]
    ):
        assert altered != text
        forged = tmp_path / f"forged{number}.jsonl"
        forged.write_text(altered)
        assert verify(forged).returncode == 1
    key_id = json.loads(text.splitlines()[0])["head"]["key_id"]
    line = [sys.executable, "-I", "-S", str(VERIFIER), str(file), f"--public-key={key_id}={'11' * 32}"]
    other = subprocess.run(line, capture_output=True, check=False)
    assert other.returncode == 1
    line[-1] = f"--public-key=0badc0de={'11' * 32}"
    unknown = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (unknown.returncode, unknown.stderr) == (1, f"signed by the key {key_id}: give its --public-key\n")


def test_a_table_holds_too_and_has_its_head_beside_it(
    trail: list[UUID], verify: Verify, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    run("export_audit", file, purpose="yearly audit", event="READ")
    assert verify(file, "--head", f"{file}.head.json").returncode == 0
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["id"] for row in rows] == [str(key) for key in trail]
    assert rows[3]["purpose"] == "a “test”, quoted"
    file.write_text(file.read_text().replace("Read5", "Read6"))
    assert verify(file, "--head", f"{file}.head.json").returncode == 1


def test_no_cell_is_a_formula() -> None:
    assert exports._cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert exports._cell(["a", "b"]) == "a b"


def test_an_export_is_an_event_and_takes_what_was_selected(trail: list[UUID], tmp_path: Path) -> None:
    subject = AuditLog.objects.get(id=trail[11]).subjects[0]
    run("export_audit", tmp_path / "one.jsonl", purpose="a complaint", subject=subject)
    entry = AuditLog.objects.get(event="EXPORT")
    assert entry.disclosed == {"entries": [str(trail[11])]}
    assert (entry.row_count, entry.purpose.startswith("a complaint (export, run by ")) == (1, True)
    assert {change["field"]: change["after"]["value"] for change in entry.changes}["subject"] == str(subject)
    with pytest.raises(CommandError, match=r"one\.jsonl"):
        call_command("export_audit", tmp_path / "one.jsonl", purpose="again")
    with pytest.raises(exports.TooManyEntries):
        exports.export(actor=Actor.system("all"), selection=exports.Selection(), limit=10)


def test_two_heads_are_proved_to_be_one_trail(trail: list[UUID], verify: Verify, tmp_path: Path) -> None:
    file = tmp_path / "consistency.jsonl"
    file.write_text(run("audit_heads", consistency=[300, 330])[1] + "\n")
    assert verify(file).returncode == 0
    proof = json.loads(file.read_text())
    proof["path"][0] = "00" * 32
    file.write_text(json.dumps(proof))
    assert verify(file).returncode == 1


def asked(text: str, viewer: Viewer = AUDITOR, **variables: Any) -> Any:
    gateway = Gateway(schema(), POLICY, customer_of=lambda _: None)
    return ask(gateway, viewer, text, variables, correlation_id="proof")


PROOF = "query ($id: ID!) { auditProof(id: $id) { leaf path entry text head { size root keyId } } }"


def test_auditors_ask_for_proofs_and_their_asking_is_recorded(
    trail: list[UUID], verify: Verify, tmp_path: Path
) -> None:
    proof = asked(PROOF, id=f"AuditLog:{trail[17]}").data["auditProof"]
    assert (proof["leaf"], proof["head"]["size"]) == (17, 330)
    file = tmp_path / "proof.jsonl"
    file.write_text(proof["text"])
    assert verify(file).stdout.endswith("every proof holds (1 entries)\n")
    entry = AuditLog.objects.get(correlation_id="proof")
    assert (entry.operation_name, entry.disclosed) == ("auditProof", {"auditProof": [str(trail[17])]})

    text = "{ auditConsistency(old: 300) { text new { size } } auditTreeHeads { size } }"
    found = asked(text).data
    file.write_text(found["auditConsistency"]["text"])
    assert verify(file).returncode == 0
    assert found["auditTreeHeads"] == [{"size": 300}, {"size": 330}]
    assert asked("{ auditTreeHeads(sinceSize: null) { size } }").data == {
        "auditTreeHeads": found["auditTreeHeads"]
    }


def test_nobody_else_gets_proofs_and_what_has_none_is_told(trail: list[UUID]) -> None:
    other = Viewer(kind="SYSTEM", roles=frozenset({"operations", "administrator"}))
    assert asked(PROOF, other, id=f"AuditLog:{trail[0]}").codes == ["NOT_ALLOWED"]
    assert asked(PROOF, id=f"Customer:{trail[0]}").codes == ["INVALID_ID"]
    (late,) = write_entries(1)
    assert asked(PROOF, id=f"AuditLog:{late}").codes == ["NOT_SEALED_YET"]
    assert asked("{ auditConsistency(old: 7) { text } }").codes == ["NO_SUCH_HEAD"]


EXPORT = """mutation ($input: ExportAuditInput!) {
    exportAudit(input: $input) { entries content head { size } problems { code path } } }"""


def test_auditors_export_through_the_graph(trail: list[UUID], verify: Verify, tmp_path: Path) -> None:
    wanted = {"format": "JSON_LINES", "event": "READ", "until": "2100-01-01T00:00:00Z"}
    payload = asked(EXPORT, input=wanted).data["exportAudit"]
    assert (payload["entries"], payload["problems"]) == (330, [])
    file = tmp_path / "graph.jsonl"
    file.write_text(payload["content"])
    assert verify(file).returncode == 0
    wrong = asked(EXPORT, input={"format": "CSV", "subject": "nobody"}).data["exportAudit"]
    assert wrong["problems"] == [{"code": "INVALID_ID", "path": ["input", "subject"]}]
    officer = Viewer(kind="SYSTEM", roles=frozenset({"kyc_officer"}))
    assert asked(EXPORT, officer, input=wanted).codes == ["NOT_ALLOWED"]
