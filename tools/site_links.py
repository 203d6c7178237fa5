"""A MkDocs hook for links that leave docs/, such as `../CONTRIBUTING.md`: on the site they lead to the repository.

So a page is written once, with links that work where GitHub shows it.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = "https://github.com/DataTalksClub/dataops"
_ROOT: Final = Path(__file__).parent.parent
_LINK: Final = re.compile(r"(?<=\]\()(?P<path>\.\./[^)#\s]+)(?P<fragment>#[^)\s]*)?(?=\))")
_LOG: Final = logging.getLogger("mkdocs.hooks.site_links")  # MkDocs counts the warnings of loggers below its own


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:
    """Turn a page's links to what is outside docs/ into links to the repository; MkDocs calls this by its name.

    Args:
        markdown: The page as it is written.
        page: MkDocs' `Page`; where it is in docs/ is all that is asked of it.
    """
    source: str = page.file.src_uri

    def led(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(source), link["path"]))
        if target.startswith("docs/"):
            return link[0]
        if not (_ROOT / target).exists():
            _LOG.warning("Doc file '%s' contains a link '%s', but there is no %s.", source, link["path"], target)
        kind = "tree" if (_ROOT / target).is_dir() else "blob"
        return f"{REPOSITORY}/{kind}/main/{target}{link['fragment'] or ''}"

    return _LINK.sub(led, markdown)
