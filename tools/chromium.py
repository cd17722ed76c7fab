"""Find the browser that the tests drive, and Playwright's driver for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

VARIABLE = "GOALPOST_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> Path | None:
    """Return Chromium: the one that GOALPOST_TEST_CHROMIUM names, else the system's, else Playwright's own.

    Raises FileNotFoundError when the variable names no file: that is a slip, not a missing browser.
    """
    if named := os.environ.get(VARIABLE):
        if not Path(named).is_file():
            raise FileNotFoundError(f"{VARIABLE} is {named}, and there is no such file")
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    if not driver_starts():
        return None
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


def driver_starts() -> bool:
    """Whether Playwright's driver runs here: it needs a library (libatomic) that a bare Debian lacks."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
