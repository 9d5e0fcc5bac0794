"""Pages of the plans of pull requests, for what a comment has no room for."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Final

from markdown_it import MarkdownIt
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from orchestrator.ports import Records, Vault
from orchestrator.workflows.plan_pages import page_token

PAGE_ROUTE: Final = "/plans/{forge}/{number:int}/{token}"
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
"""The page runs and loads nothing, and tells nobody its address, which lets in whoever knows it."""
PAGE: Final = """\
<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tenure {forge} #{number}</title>
<style>
body {{ max-width: 76em; margin: 2em auto; padding: 0 1em; color: #1c1c1c; line-height: 1.5;
  font: 15px "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Helvetica Neue", Arial, sans-serif; }}
code, pre {{ background: #f6f4f1; font: 13px "DejaVu Sans Mono", Consolas, monospace; overflow-wrap: anywhere; }}
pre {{ padding: .6em .8em; overflow-x: auto; }}
details {{ margin: .6em 0; padding: .4em .8em; border: 1px solid #c9c9c9; border-radius: 4px; }}
summary {{ cursor: pointer; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


class PlanDoor:
    """Answers who knows the secret of a page's address; everybody else finds nothing there.

    Args:
        records: Where the pages are.
        vault: Derives the secrets.
    """

    def __init__(self, records: Records, vault: Vault) -> None:
        self._records = records
        self._vault = vault
        self._markdown = MarkdownIt("commonmark")

    def answer(self, forge: str, number: int, token: str) -> Response:
        """Give the page.

        Raises HTTPException (404) when the secret is another one, or there is no page; the comparison takes the same
        time for any.
        """
        if not hmac.compare_digest(token.encode(), page_token(self._vault, forge, number).encode()):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        with self._records.read() as tx:
            page = tx.pulls.page(forge, number)
        if page is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        body = self._markdown.render(page.text)
        return HTMLResponse(PAGE.format(forge=page.forge, number=page.pull, body=body), headers=HEADERS)
