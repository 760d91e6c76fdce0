"""People's own words: Markdown in, HTML out that is safe to show. Nothing else turns a person's text into markup."""

from __future__ import annotations

import html
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "h3", "h4"}
_SCHEMES = {"http", "https", "mailto"}


def to_html(words: str) -> Markup:
    """Return Markdown as sanitised HTML; headings stand below the page's own, links say that they lead elsewhere."""
    tokens = _MARKDOWN.parse(words)
    _lower_headings(tokens)
    clean = nh3.clean(
        _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - nh3 has just made it safe


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Make h3 and h4 of them, so that none is deeper than the one before by two: the pages' own are h1 and h2."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = headings[0].tag if headings else ""
    for heading in headings:
        heading.tag = "h3" if heading.tag <= highest else "h4"


def to_line(words: str, longest: int = 160) -> str:
    """Return the first words as plain text, at most `longest` characters. It is no markup: templates must escape it."""
    text = " ".join(html.unescape(nh3.clean(_MARKDOWN.render(words), tags=set())).split())
    return text if len(text) <= longest else text[: longest - 1].rsplit(" ", 1)[0] + "…"
