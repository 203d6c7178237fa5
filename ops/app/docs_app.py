"""The docs app's smoke tests, over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ops.app.probe import SERVER_ERROR, ProbeResult, excerpt
from ops.app.web import NoResponse, WebResponse, get

if TYPE_CHECKING:
    from collections.abc import Callable


def login_page(url: str, timeout: float) -> ProbeResult:
    """Ask for `/login`, which is 200.

    Raises:
        OpsError: as `get`.
    """
    return _web(f"{url}/login", timeout, _is_login_page)


def front_page(url: str, timeout: float) -> ProbeResult:
    """Ask for `/`, which is 302 to `/login`.

    Raises:
        OpsError: as `get`.
    """
    return _web(f"{url}/", timeout, partial(_leads_to_login, url))


def _web(url: str, timeout: float, judge: Callable[[WebResponse], str | None]) -> ProbeResult:
    try:
        response = get(url, timeout)
    except NoResponse as error:
        return ProbeResult(str(error), fault=str(error), again=True)
    location = f", Location {response.location}" if response.location is not None else ""
    return ProbeResult(
        f"{response.status}{location}", excerpt(response.body), judge(response), again=response.status >= SERVER_ERROR
    )


def _is_login_page(response: WebResponse) -> str | None:
    return None if response.status == 200 else f"{response.status}, not 200"  # noqa: PLR2004


def _leads_to_login(url: str, response: WebResponse) -> str | None:
    if response.status != 302:  # noqa: PLR2004
        return f"{response.status}, not 302"
    target, own = urlsplit(urljoin(f"{url}/", response.location or "")), urlsplit(url)
    if (target.netloc, target.path) != (own.netloc, "/login"):
        return f"302 to {response.location or 'nowhere'}, not to /login"
    return None
