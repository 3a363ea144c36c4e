"""`manage.py reconcile` says in a sentence why a file can't be read."""

from pathlib import Path

import pytest
from django.core.management import call_command


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "settlements.csv can't be read: No such file or directory."),
        (b"reference\xff", "settlements.csv is no text in UTF-8 (byte 10 can't be read)."),
    ],
)
def test_a_file_that_can_t_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, told: str
) -> None:
    file = tmp_path / "settlements.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", "sandbox-upi", str(file))
    assert ended.value.code == 2
    assert capsys.readouterr().err.strip().endswith(told)
