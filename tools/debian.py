"""System packages on Debian and its kin. Standard library only: it runs before anything is installed."""

import os
import shutil
import subprocess


def install(*packages: str) -> bool:
    """Install `packages` with apt-get where this user may, asking nothing; whether they are in place now."""
    prefix = _administrator()
    if prefix is None or shutil.which("apt-get") is None:
        return False
    print(f"Installing {', '.join(packages)} with apt-get", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]
    wanted = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    # A bare machine has no package lists yet, or old ones: then the first try fails.
    return _succeeds(wanted, quiet=True) or (_succeeds([*apt, "update"]) and _succeeds(wanted))


def _administrator() -> list[str] | None:
    """Return what stands before a command that needs root, None where nothing helps."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _succeeds(["sudo", "--non-interactive", "true"], quiet=True):
        return ["sudo", "--non-interactive"]
    return None


def _succeeds(command: list[str], *, quiet: bool = False) -> bool:
    """Run `command`; on failure show the end of what it said, unless `quiet`."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0 and not quiet:
        print("\n".join((done.stdout + done.stderr).splitlines()[-10:]), flush=True)
    return done.returncode == 0
