"""Markdown pages: front matter, title, text, links. A page is one item; these are its references."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote, unquote

from ...graph.terms import NamedNode
from ..jsonpath import Found
from ..paths import path_iri
from .items import ItemRow
from .text import decode
from .yaml import read_text

_FRONT: Final = re.compile(
    r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_FENCE: Final = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+([^\n]+)", re.MULTILINE)
_LINK: Final = re.compile(  # possessive: a page cannot make it slow
    r"(!?)\[([^\[\]\n]{0,1000}+)\]\(\s*+<?([^()\s<>]{1,2000}+(?:\([^()\s<>]{0,200}+\))?+)>?[^()\n]{0,500}+\)"
)
_DEFINED: Final = re.compile(
    r"^ {0,3}\[[^\]\n]{1,300}+\]:[ \t]*+<?([^\s>]{1,2000}+)>?[^\n]{0,500}+$", re.MULTILINE
)
_BARE: Final = re.compile(r"<(https?://[^\s<>]{1,2000}+)>")
_HIDDEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>\n]{0,1000}+>")
_MARKS: Final = re.compile(
    r"^[ \t]{0,12}(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\d{1,9}[.)][ \t]+)", re.MULTILINE
)
_RULES: Final = re.compile(r"^[ \t|:*_=-]{3,}+$", re.MULTILINE)
_EMPHASIS: Final = re.compile(r"\*\*|__|~~|`+|(?<!\w)[*_](?=\w)|(?<=[\w.,:;!?)])[*_](?!\w)")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_NO_IRI: Final = re.compile(r"""["<>\\^`{|}\[\]\x00-\x20\ufff0-\uffff\ue000-\uf8ff]""")
_NO_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BLANKS: Final = re.compile(r"\n{3,}")

PAGE: Final = (".md",)
"""What a page's file name ends with; links between pages leave it out or not."""


def read(
    data: bytes,
    name: str,
    relative: str,
    source: str,
    entity_of: Callable[[str], str | None] = lambda _: None,
) -> ItemRow:
    """A page. `relative` is its path in the folder; `entity_of` knows the IRI of a page that has an `id`.

    References: the keys of the front matter (nested ones as paths), and `iri`, `title`, `text` (without
    markup), `markdown`, `path`, `links` (IRIs of pages and of web pages). Raises `SourceInvalid`.
    """
    text = _CONTROL.sub("", decode(data, name))
    front, body = split(text, name)
    visible = _HIDDEN.sub("", body)
    prose = _without_code(visible)
    page: dict[str, Any] = dict(front)
    page["iri"] = entity(front, relative, source)
    page["title"] = _title(front, prose, relative)
    page["text"] = plain(visible)
    page["markdown"] = body
    page["path"] = relative
    page["links"] = list(dict.fromkeys(_links(prose, relative, source, entity_of)))
    return ItemRow(name, Found(page))


def split(text: str, name: str) -> tuple[dict[str, Any], str]:
    """Front matter and body; a rule at the top that is none of either belongs to the body."""
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    front = read_text(match[1], name, first_line=2)
    if front is None:
        return {}, text[match.end() :]
    return (front, text[match.end() :]) if isinstance(front, dict) else ({}, text)


def entity(front: dict[str, Any], relative: str, source: str) -> str:
    """A page's IRI: its `id`, absolute or below the source's, else its path without the ending."""
    given = front.get("id")
    if isinstance(given, str | int) and not isinstance(given, bool) and str(given).strip():
        text = str(given).strip()
        return text if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S", text) else path_iri(source, text)
    return path_iri(source, stem(relative))


def stem(relative: str) -> str:
    """A page's path without the ending."""
    for ending in PAGE:
        if relative.lower().endswith(ending):
            return relative[: -len(ending)]
    return relative


def _title(front: dict[str, Any], prose: str, relative: str) -> str:
    given = front.get("title")
    if isinstance(given, str | int | float) and str(given).strip():
        return str(given).strip()
    heading = _HEADING.search(prose)
    found = plain(heading[1].rstrip(" \t\r#")) if heading else ""
    return found or stem(relative).rpartition("/")[2]


def _without_code(body: str) -> str:
    """The body without fenced blocks: what looks like a heading or link there is none."""
    kept, fence = [], ""
    for line in body.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
            continue
        if mark:
            fence = mark[1]
            continue
        kept.append(line)
    return "".join(kept)


def plain(body: str) -> str:
    """The words without the markup, paragraph by paragraph."""
    text = _LINK.sub(lambda m: "" if m[1] else m[2], body)
    text = _DEFINED.sub("", text)
    text = _RULES.sub("", _MARKS.sub("", _TAG.sub("", text)))
    text = _EMPHASIS.sub("", text)
    lines = (line.strip().strip("|").replace(" | ", "  ").strip() for line in text.splitlines())
    return _BLANKS.sub("\n\n", "\n".join(line for line in lines if not _FENCE.match(line))).strip()


def _links(prose: str, relative: str, source: str, entity_of: Callable[[str], str | None]) -> Iterator[str]:
    targets = [(m.start(), m[3]) for m in _LINK.finditer(prose) if not m[1]]
    targets += [(m.start(), m[1]) for m in _DEFINED.finditer(prose)]
    targets += [(m.start(), m[1]) for m in _BARE.finditer(prose)]
    for _, target in sorted(targets):
        if target.startswith(("http://", "https://")):
            yield from _web(target)
            continue
        page = target_page(target, relative)
        if page is not None:
            yield entity_of(page) or path_iri(source, stem(page))


def _web(target: str) -> Iterator[str]:
    """A link as people write it, made an IRI; nothing for what cannot be one."""
    iri = _NO_ESCAPE.sub("%25", _NO_IRI.sub(lambda m: quote(m[0]), target))
    try:
        yield NamedNode(iri).value
    except ValueError:
        return


def target_page(target: str, relative: str) -> str | None:
    """The path in the folder that a relative link means; None for what is no page of it."""
    path = unquote(target.split("#", 1)[0].split("?", 1)[0])
    if not path or ":" in path.split("/", 1)[0] or path.startswith("//"):
        return None
    if path.endswith(("/", "/..", "/.")) or path in ("..", "."):
        path += "/index" + PAGE[0]
    parts = [] if path.startswith("/") else relative.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None  # it leaves the folder
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    last = parts[-1] if parts else ""
    if not last or ("." in last and not last.lower().endswith(PAGE)):
        return None
    found = "/".join(parts)
    return found if found.lower().endswith(PAGE) else found + PAGE[0]
