"""The sandbox's own HTML: plain, and it says what it is."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

STYLE = """
:root{color-scheme:light dark;--ink:#211d19;--paper:#faf6ee;--line:#d8cfbf;--mark:#b4472c;
--soft:#6d645a}
@media(prefers-color-scheme:dark){:root{--ink:#f1eadf;--paper:#1d1a17;--line:#453e36;--mark:#e58a6b;--soft:#b3a898}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif}main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 4rem}
.bar{background:var(--ink);color:var(--paper);padding:.5rem 1rem;font-size:.875rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0 1rem}a{color:var(--mark)}
table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.5rem .5rem .5rem 0;
border-bottom:1px solid var(--line);vertical-align:top}small,.soft{color:var(--soft)}
label.choice{display:flex;gap:.75rem;padding:.75rem;border:1px solid var(--line);
border-radius:.5rem;margin:.5rem 0;cursor:pointer;min-height:44px}
button{font:inherit;min-height:44px;padding:.5rem 1.25rem;border-radius:.5rem;cursor:pointer;
border:1px solid var(--mark);background:var(--mark);color:#fff;margin:.5rem .5rem 0 0}
button.plain{background:transparent;color:inherit;border-color:var(--line)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);padding:1rem;
border-radius:.5rem}
"""


def page(title: str, body: str, *, host: str, status: int = 200) -> HTMLResponse:
    """A whole page; ``body`` is HTML that its maker has escaped."""
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} – sandbox</title><style>{STYLE}</style></head><body>"
        f'<div class="bar">Sandbox: stands in for {escape(host)}. Nothing here is real.</div>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status_code=status)


def hidden(**fields: str) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def choices(name: str, options: list[tuple[str, str]]) -> str:
    """Radio buttons; the first is chosen."""
    return "".join(
        f'<label class="choice"><input type="radio" name="{escape(name)}" value="{escape(value)}"'
        f"{' checked' if not index else ''}><span><b>{escape(value)}</b><br>"
        f"<small>{escape(text)}</small></span></label>"
        for index, (value, text) in enumerate(options)
    )
