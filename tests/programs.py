"""Programs of the system that some tests run: nginx, Prometheus, a browser."""

import os
import shutil

import pytest


def program(*names: str, package: str) -> str:
    """Return the path of the first of these programs that is there; without any, skip (fail where CI is set)."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    found = next((found for name in names if (found := shutil.which(name, path=path))), None)
    if found is None:
        reason = f"{names[0]} is not there, so this was not tested (on Debian: apt install {package})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
