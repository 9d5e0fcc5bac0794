"""How the comment is shown: Gitea's own HTML, in a plain style.

The Gitea of the tests is built from its Go module, which comes without the style sheets that its makers build by Node.
"""

from __future__ import annotations

from typing import Final

STYLE: Final = """
body { margin: 0; background: #fff; }
.markup { box-sizing: border-box; width: 940px; padding: 20px 26px; border: 1px solid #d0d7de; border-radius: 6px;
  color: #1f2328; background: #fff; font: 14px/1.55 "Noto Sans CJK SC", sans-serif; overflow-wrap: break-word; }
.markup h3 { margin: 0 0 14px; font-size: 19px; }
.markup p, .markup ul { margin: 0 0 12px; }
.markup ul { padding-left: 24px; }
.markup code, .markup pre { font-family: "DejaVu Sans Mono", monospace; font-size: 12px; background: #f6f8fa; }
.markup code { padding: 2px 5px; border-radius: 4px; }
.markup pre { margin: 0 0 12px; padding: 10px 12px; border-radius: 6px; line-height: 1.5; white-space: pre-wrap; }
.markup pre code { padding: 0; }
.markup details { margin: 0 0 12px; }
.markup summary { margin-bottom: 8px; }
.gi { color: #1a7f37; } .gd { color: #cf222e; } .gu { color: #6639ba; font-weight: bold; }
"""
