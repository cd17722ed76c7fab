"""Make the virtual environment, on a machine that may lack Debian's `python3-venv`. Standard library only."""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tools import debian

LOWEST = (3, 11)


def main(folder: Path) -> int:
    """Make `folder` afresh, with pip in it; exit code 1 with what to do about it where that cannot be had."""
    if sys.version_info < LOWEST:
        print(
            f"Goalpost needs Python 3.11 or later, and {sys.executable} is {sys.version.split()[0]}.\n"
            "Install one, or name one: make install PYTHON=/path/to/python3.11"
        )
        return 1
    print(f"Making {folder} with Python {sys.version.split()[0]}", flush=True)
    package = f"python3.{sys.version_info.minor}-venv"
    if find_spec("ensurepip") is not None or debian.install(package):
        return _venv(folder)
    if _venv(folder, "--without-pip") == 0 and _pip_from_debian_package(folder):
        return 0
    print(
        f"This Python lacks ensurepip, and it could not be installed.\n"
        f"Ask for the system package {package} (apt-get install {package}), then run make again."
    )
    return 1


def _venv(folder: Path, *options: str) -> int:
    return subprocess.run([sys.executable, "-m", "venv", "--clear", *options, folder], check=False).returncode


def _pip_from_debian_package(folder: Path) -> bool:
    """Take pip out of Debian's own package of it, which anyone may download, and install it in `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            subprocess.run(
                ["apt-get", "--quiet", "download", "python3-pip-whl"],
                cwd=scratch, check=True, capture_output=True,
            )  # fmt: skip
            (archive,) = Path(scratch).glob("*.deb")
            subprocess.run(["dpkg-deb", "--extract", archive, scratch], check=True, capture_output=True)
            (wheel,) = Path(scratch).glob("usr/share/python-wheels/pip-*.whl")
        except (OSError, ValueError, subprocess.CalledProcessError):
            return False
        command: list[str | Path] = [
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-index",
            wheel,
        ]
        environment = {**os.environ, "PYTHONPATH": str(wheel)}
        return subprocess.run(command, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
