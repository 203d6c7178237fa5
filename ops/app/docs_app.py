"""The docs app's smoke tests, over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ops.app.reply import SERVER_ERROR, Reply, excerpt
from ops.app.web import NoAnswer, WebAnswer, get

if TYPE_CHECKING:
    from collections.abc import Callable


def login_page(url: str, timeout: float) -> Reply:
    """Asks for `/login`, which is 200.

    Raises:
        OpsError: as `get`.
    """
    return _web(f"{url}/login", timeout, _is_login_page)


def front_page(url: str, timeout: float) -> Reply:
    """Asks for `/`, which is 302 to `/login`.

    Raises:
        OpsError: as `get`.
    """
    return _web(f"{url}/", timeout, partial(_leads_to_login, url))


def _web(url: str, timeout: float, judge: Callable[[WebAnswer], str | None]) -> Reply:
    try:
        answer = get(url, timeout)
    except NoAnswer as error:
        return Reply(str(error), fault=str(error), again=True)
    location = f", Location {answer.location}" if answer.location is not None else ""
    return Reply(f"{answer.status}{location}", excerpt(answer.body), judge(answer), again=answer.status >= SERVER_ERROR)


def _is_login_page(answer: WebAnswer) -> str | None:
    return None if answer.status == 200 else f"{answer.status}, not 200"  # noqa: PLR2004


def _leads_to_login(url: str, answer: WebAnswer) -> str | None:
    if answer.status != 302:  # noqa: PLR2004
        return f"{answer.status}, not 302"
    target, own = urlsplit(urljoin(f"{url}/", answer.location or "")), urlsplit(url)
    if (target.netloc, target.path) != (own.netloc, "/login"):
        return f"302 to {answer.location or 'nowhere'}, not to /login"
    return None
