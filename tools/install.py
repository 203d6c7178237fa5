"""`python -m tools.install FILE [--no-deps]`: install hashed requirements into the environment of this Python.

uv installs, as it takes a fraction of pip's time. uv does not read pip's configuration, so it is told where pip would
look; pip itself brings uv, and installs the rest where uv cannot. Needs the standard library and pip alone.
"""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parent.parent
PIP: Final = (sys.executable, "-m", "pip")
UV: Final = Path(sys.executable).parent / "uv"
UV_REQUIREMENTS: Final = "requirements-uv.txt"
_QUIETLY: Final = ("--disable-pip-version-check", "--no-input")

_FLAGS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "index-url": ("--default-index", ("UV_DEFAULT_INDEX", "UV_INDEX_URL")),
    "extra-index-url": ("--index", ("UV_INDEX", "UV_EXTRA_INDEX_URL")),
    "find-links": ("--find-links", ("UV_FIND_LINKS",)),
    "trusted-host": ("--allow-insecure-host", ("UV_INSECURE_HOST",)),
    "cert": ("--cert", ("SSL_CERT_FILE",)),
}
"""For a setting of pip, uv's option, and uv's own variables: where one of those is set, it stands.

Not here: pip's constraints, as every version is pinned and hashed anyway, and uv refuses them beside hashes.
"""

_VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTPS_PROXY", "HTTP_PROXY"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
}
"""For a setting of pip, the variables that uv reads it from."""

_MANY: Final = frozenset({"extra-index-url", "find-links", "trusted-host"})
"""The settings of pip that hold several values, apart by whitespace."""


def pip_settings(listing: str) -> dict[str, str]:
    """Read what `pip config list` prints, as `pip install` reads it: a variable, then [install], then [global]."""
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for line in listing.splitlines():
            match = re.fullmatch(rf"{section}\.([\w-]+)=('.*'|\".*\")", line)
            if match:
                found[match[1]] = str(ast.literal_eval(match[2]))
    return found


def uv_options(settings: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
    """Give uv's options for pip's settings."""
    options = ["--system-certs"]  # as pip trusts
    for name, (option, own) in _FLAGS.items():
        value = settings.get(name)
        if value is None or any(variable in environment for variable in own):
            continue
        for one in value.split() if name in _MANY else (value,):
            options += [option, one]
    if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        options.append("--no-index")
    if "extra-index-url" in settings:  # pip looks in all of them; the hashes tell the right file from another
        options += ["--index-strategy", "unsafe-best-match"]
    return options


def uv_environment(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Give the environment for uv: the one there is, and what pip's settings add to it."""
    added = {variable: settings[name] for name, own in _VARIABLES.items() if name in settings for variable in own}
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # which pip reads too
        if environment.get(variable) and "cert" not in settings:
            added.setdefault("SSL_CERT_FILE", environment[variable])
    set_already = {name.upper() for name in environment}  # a proxy's variable may be in lower case
    return {**{name: value for name, value in added.items() if name not in set_already}, **environment}


def pinned_uv(requirements: str) -> str | None:
    """Read the version of uv that is pinned."""
    match = re.search(r"^uv==(\S+)", requirements, re.MULTILINE)
    return match[1] if match else None


def _bring_uv() -> bool:
    """Install the uv that is pinned, unless it is here; tell whether it is."""
    pinned = pinned_uv((ROOT / UV_REQUIREMENTS).read_text(encoding="utf-8"))
    if UV.exists() and pinned == _installed_uv():
        return True
    _say("  first uv, which installs the rest (18 MB) ...")
    command = (*PIP, "install", "-qq", *_QUIETLY, "--require-hashes", "--requirement", UV_REQUIREMENTS)
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0  # noqa: S603  (this environment's pip)


def _installed_uv() -> str | None:
    try:
        return importlib.metadata.version("uv")
    except importlib.metadata.PackageNotFoundError:
        return None


def _install_with_uv(arguments: list[str]) -> bool:
    listed = subprocess.run((*PIP, "config", "list"), stdout=subprocess.PIPE, check=False, text=True)  # noqa: S603
    settings = pip_settings(listed.stdout)
    command = [str(UV), "pip", "install", "--python", sys.executable, *uv_options(settings, os.environ), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, env=uv_environment(settings, os.environ)).returncode == 0  # noqa: S603


def _install_with_pip(arguments: list[str]) -> bool:
    command = (*PIP, "install", *_QUIETLY, *arguments)
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0  # noqa: S603


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Install a file of requirements."""
    file, *more = arguments
    requirements = ["--require-hashes", "--requirement", file, *more]
    if _bring_uv() and _install_with_uv(requirements):
        return 0
    _say(f"  uv cannot install {file} here; pip tries, which takes longer ...")
    if _install_with_pip(requirements):
        return 0
    _say(f"{file} cannot be installed, see above; docs/setup.md tells how to name a proxy, a mirror or a CA")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
