"""Keys in files and in the environment: read where they are given, written once where they are made."""

import os
import stat
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
    return os.environ.get(variable) or None


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
    """Put `text` in the place of what `file` holds, whole or not at all.

    Its owner, its group and what these may do stay; others may not read it from now on.
    """
    file = file.resolve()
    kept = file.stat()
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "w") as draft:
            draft.write(text)
            os.fchmod(draft.fileno(), stat.S_IMODE(kept.st_mode) & 0o770)
            if os.geteuid() == 0:
                os.fchown(draft.fileno(), kept.st_uid, kept.st_gid)
        os.replace(name, file)
    except OSError:
        os.unlink(name)
        raise


def write_new(file: Path, text: str) -> None:
    """Put `text` into a file that its owner alone may read; raise FileExistsError when there is one."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as new:
        new.write(text)
