"""Keys in files and in the environment: read where they are given, written once where they are made."""

import os
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_given(variable: str) -> str | None:
    """Return the text that `<variable>_FILE` (a path) or `<variable>` gives, or None."""
    if file := os.environ.get(f"{variable}_FILE"):
        try:
            return Path(file).read_text()
        except OSError:
            raise ImproperlyConfigured(f"The file that {variable}_FILE names can't be read.") from None
    return os.environ.get(variable)


def write_once(file: Path, text: str) -> None:
    """Put `text` into `file`, whole or not at all, unless another process was first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "w") as draft:
            draft.write(text)
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)


def replace(file: Path, text: str) -> None:
    """Put `text` in the place of what `file` holds, whole or not at all; only its owner may read it."""
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "w") as draft:
            draft.write(text)
        os.replace(name, file)
    except OSError:
        os.unlink(name)
        raise
