"""IRI references made absolute: RFC 3986 §5.2, as SPARQL 1.1 §4.1.1.1 asks for."""

import re

_PARTS = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_LEGAL = re.compile(r"[^<>\"{}|^`\\\x00-\x20]*")


def is_absolute(reference: str) -> bool:
    """Has it a scheme, and only characters that IRIREF allows?"""
    return _SCHEME.match(reference) is not None and _LEGAL.fullmatch(reference) is not None


def has_scheme(reference: str) -> bool:
    """Is it resolved without a base?"""
    return _SCHEME.match(reference) is not None


def resolve(reference: str, base: str | None) -> str | None:
    """The absolute IRI, or None where there is none: no base, or a colon in a first segment (§4.2).

    What has a scheme stays as it is, dot segments too: an IRI is compared by its characters, and
    Oxigraph keeps them. Everything else follows §5.2.2.
    """
    if has_scheme(reference):
        return reference
    if base is None or ":" in re.split("[/?#]", reference, maxsplit=1)[0]:
        return None
    scheme, authority, path, query, _ = _split(base)
    _, own, own_path, own_query, fragment = _split(reference)
    if own is not None:
        authority, path, query = own, _without_dots(own_path), own_query
    elif not own_path:
        query = own_query if own_query is not None else query
    else:
        if not own_path.startswith("/"):
            folder = path[: path.rfind("/") + 1]
            own_path = ("/" if authority is not None and not path else folder) + own_path
        path, query = _without_dots(own_path), own_query
    return _join(scheme, authority, path, query, fragment)


def _split(iri: str) -> tuple[str | None, str | None, str, str | None, str | None]:
    match = _PARTS.fullmatch(iri)
    if match is None:  # every string matches: all parts are optional
        raise ValueError(iri)
    return match[1], match[2], match[3], match[4], match[5]


def _join(
    scheme: str | None, authority: str | None, path: str, query: str | None, fragment: str | None
) -> str:
    """RFC 3986 §5.3."""
    return "".join(
        (
            f"{scheme}:" if scheme is not None else "",
            f"//{authority}" if authority is not None else "",
            path,
            f"?{query}" if query is not None else "",
            f"#{fragment}" if fragment is not None else "",
        )
    )


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4, segment by segment."""
    out: list[str] = []
    segments = path.split("/")
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "..":
            if len(out) > 1 or (out and out[0]):
                out.pop()
            if last:
                out.append("")
        elif segment == ".":
            if last:
                out.append("")
        else:
            out.append(segment)
    return "/".join(out)
