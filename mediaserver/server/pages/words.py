"""People's own words: Markdown in, HTML out that is safe to show. Nothing else turns a person's text into markup."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "h3", "h4"}
_SCHEMES = {"http", "https", "mailto"}


def to_html(words: str) -> Markup:
    """Return Markdown as sanitised HTML; headings stand below the page's own, links say that they lead elsewhere."""
    html = _MARKDOWN.render(words)
    for level, below in (("h2", "h4"), ("h1", "h3")):
        html = html.replace(f"<{level}>", f"<{below}>").replace(f"</{level}>", f"</{below}>")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - nh3 has just made it safe


def to_line(words: str, longest: int = 160) -> str:
    """Return the first words as plain text, for descriptions of a page; at most `longest` characters."""
    text = " ".join(nh3.clean(_MARKDOWN.render(words), tags=set()).split())
    return text if len(text) <= longest else text[: longest - 1].rsplit(" ", 1)[0] + "…"
