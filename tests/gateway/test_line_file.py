"""The log's file: six processes write and rotate it at once, and every line is there, whole, once."""

import json
import logging
import multiprocessing
import os
from collections import Counter
from pathlib import Path

import pytest

from gateway import line_file
from gateway.line_file import LineFile
from gateway.logs import JsonLines

WRITERS, LINES = 6, 2_000


def write_many(filename: str, writer: int) -> None:
    line_file.CHECKED_EVERY_S = 0.0  # rotate as often as it can be done
    handler = LineFile(filename, bytes_max=50_000, kept=1_000)
    handler.setFormatter(JsonLines())
    for number in range(0, LINES, 2):
        message = f"{writer}:{number} {'x' * (number % 90)}"
        handler.emit(logging.LogRecord("test", logging.INFO, "", 0, message, None, None))
        handler.append(json.dumps({"message": f"{writer}:{number + 1}"}) + "\n")


def test_no_line_is_lost_when_six_processes_write_and_rotate(tmp_path: Path) -> None:
    filename = str(tmp_path / "banking_middleware.log")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=[filename, writer]) for writer in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    files = [file for file in tmp_path.iterdir() if file.suffix != ".lock"]
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    found = Counter(line["message"].split()[0] for line in lines)
    assert found == Counter(f"{writer}:{number}" for writer in range(WRITERS) for number in range(LINES))
    assert len(files) > 10, "it was rotated"


def test_as_many_files_stay_as_are_to_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_file, "CHECKED_EVERY_S", 0.0)
    handler = LineFile(str(tmp_path / "log"), bytes_max=10, kept=3)
    for number in range(10):
        handler.append(f"line number {number}\n")
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["log", "log.1", "log.2", "log.3", "log.lock"]
    assert (tmp_path / "log").read_text() == "line number 9\n"
    assert (tmp_path / "log.3").read_text() == "line number 6\n"


def test_a_file_that_another_program_renamed_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_file, "CHECKED_EVERY_S", 0.0)
    handler = LineFile(str(tmp_path / "log"), bytes_max=10_000, kept=3)
    handler.append("before\n")
    os.rename(tmp_path / "log", tmp_path / "moved")
    handler.append("after\n")
    assert (tmp_path / "moved").read_text() == "before\n"
    assert (tmp_path / "log").read_text() == "after\n"
