"""Gets a checkout ready: virtual environment, locked packages, Pactdesk itself, and programs that tests need.

    python3 tools/setup.py run | dev [chromium-headless-shell] [gettext] [dovecot-imapd]

Uses the standard library only. Quick when nothing has changed: a stamp in the virtual environment says what it holds.
The syntax stays that of Python 3.6, so that an old Python gets as far as saying that it is too old.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STILL_GOOD = f"import sys; sys.exit(sys.version_info[:2] < {OLDEST})"
PROGRAMS = {
    "chromium-headless-shell": ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
    "gettext": ("xgettext",),
    "dovecot-imapd": ("/usr/lib/dovecot/imap", "/usr/libexec/dovecot/imap"),
}
# Packages that would start a server on this machine, which nobody asked for. Its tests start one of their own.
SERVERS = {"dovecot-imapd": "dovecot"}
POLICY = "/usr/sbin/policy-rc.d"


def main(words):
    """Do what the words name, in this order; answers the exit status."""
    require_python()
    kind, programs = words[0], words[1:]
    for package in programs:
        if not any(map(shutil.which, PROGRAMS[package])):
            install_debian_package(package, f"The tests and checks need the program {PROGRAMS[package][0]}.")
    if not is_ready(kind):
        make_environment()
        install(kind)
    return 0


def require_python():
    """Go on with a newer Python of this machine where this one is too old, or say so."""
    if sys.version_info[:2] >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and not subprocess.call([newer, "-c", STILL_GOOD], stderr=subprocess.DEVNULL):
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same words, another interpreter
    ours = "{}.{}".format(*sys.version_info)
    raise SystemExit(f"Pactdesk needs Python 3.11 or later; this is {ours}. Name another one with PYTHON=…")


def is_ready(kind):
    """Whether the environment holds what is wanted; that for development holds all that running takes."""
    kinds = ("run", "dev") if kind == "run" else ("dev",)
    return os.path.exists(VENV_PYTHON) and any(read(stamp_path(k)) == stamp(k) for k in kinds)


def stamp(kind):
    """What an environment is made from; it does not survive being moved, so its place counts."""
    seen = hashlib.sha256(f"{ROOT} {kind}".encode())
    for name in (lock_path(kind), os.path.join(ROOT, "pyproject.toml")):
        with open(name, "rb") as file:
            seen.update(file.read())
    return seen.hexdigest()


def stamp_path(kind):
    return os.path.join(VENV, "pactdesk-" + kind)


def lock_path(kind):
    return os.path.join(ROOT, "requirements", kind + ".txt")


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def make_environment():
    """Make the virtual environment, unless there is one that works."""
    if os.path.exists(VENV_PYTHON) and not subprocess.call([VENV_PYTHON, "-c", STILL_GOOD]):
        return
    if not has("ensurepip") and not has("pip"):
        package = f"python3.{sys.version_info[1]}-venv"
        install_debian_package(package, "This Python cannot make virtual environments with pip in them.")
    with step("Making the virtual environment"):
        bare = [] if has("ensurepip") else ["--without-pip"]
        run([sys.executable, "-m", "venv", "--clear", *bare, VENV])


def has(module):
    importlib.invalidate_caches()
    return importlib.util.find_spec(module) is not None


def install(kind):
    """Install the locked packages, each checked against its hash, and this checkout in place."""
    if subprocess.call(
        [VENV_PYTHON, "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ):
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            VENV_PYTHON,
        ]  # made without: the pip of the machine does it
    else:
        pip = [VENV_PYTHON, "-m", "pip"]
    pip += ["--disable-pip-version-check", "--no-input", "install", "--quiet"]
    with step("Installing the locked packages"):
        # Most of what tests and checks bring along is never imported; compiling all of it takes a third of the time.
        kept_small = ["--no-compile"] if kind == "dev" else []
        run([*pip, *kept_small, "--require-hashes", "-r", lock_path(kind)])
    with step("Installing Pactdesk"):
        run([*pip, "--no-deps", "--no-index", "--no-build-isolation", "-e", ROOT])
    with open(stamp_path(kind), "w") as file:
        file.write(stamp(kind))


def install_debian_package(package, why):
    """Install it where we may, else say what to install."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(f"{why} Please install it; on Debian and Ubuntu: sudo apt-get install {package}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    with step(f"Installing the package {package}"):
        run(["apt-get", "-qq", "update"], env=environment)
        install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", package]
        if package in SERVERS:
            install_without_starting(install, environment, SERVERS[package])
        else:
            run(install, env=environment)


def install_without_starting(command, environment, server):
    """Run an installation that starts no server, neither now nor when the machine is started again."""
    ours = not os.path.exists(POLICY)
    if ours:
        with open(POLICY, "w") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(POLICY, 0o755)  # noqa: S103 - others run it
    try:
        run(command, env=environment)
    finally:
        if ours:
            os.remove(POLICY)
    if shutil.which("systemctl"):
        subprocess.call(
            ["systemctl", "disable", "--quiet", server], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def run(command, **options):
    """Run a command quietly; show what it said, and end, where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode:
        sys.stdout.write("\n" + done.stdout.decode(errors="replace"))
        raise SystemExit("This failed: " + " ".join(command))


class step:  # noqa: N801 - reads as a statement
    """Say what is being done, and then how long it took."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        sys.stdout.write(f"  {self.name:<40}")
        sys.stdout.flush()
        self.started = time.time()

    def __exit__(self, *error):
        sys.stdout.write("\n" if error[0] else f"{time.time() - self.started:6.1f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PermissionError as error:
        sys.exit(
            f"{error.filename} cannot be written: somebody else, perhaps root, has set this checkout up. "
            "Go on as that user, or use a clone of your own."
        )
    except KeyboardInterrupt:
        sys.exit(130)
