"""Reading a file: JSON or XML, told by its first character."""

from pathlib import Path

from domains.statements.documents import BYTES_MAX, Node, Unreadable
from domains.statements.reading.json_text import read_json
from domains.statements.reading.xml_text import read_xml
from domains.statements.report import FileReport


def read_documents(file: Path, *, report: FileReport) -> list[Node]:
    """Return the documents in a file; raise Unreadable when nothing can be made of it."""
    content = _content(file)
    if content.lstrip()[:1] == b"<":
        return read_xml(content, report=report)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable("This is not text in UTF-8.", line=line, right="UTF-8") from None
    return read_json(text, report=report)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise Unreadable(f"The file can't be opened: {error.strerror or type(error).__name__}.") from None
    if len(content) > BYTES_MAX:
        raise Unreadable(
            f"The file is larger than {BYTES_MAX // 1024**2} MiB.", right="one file for each account"
        )
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise Unreadable("The file is empty.")
    return content
