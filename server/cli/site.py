"""`ambit site`: a place of computing, a process of its own."""

from pathlib import Path
from typing import Annotated

import typer

from ...graph.errors import Invalid
from .logging import to_stderr
from .printing import as_json as print_json
from .printing import err


def command(
    iri: Annotated[str, typer.Argument(help="IRI of the site, as governance names it")],
    deployment: Annotated[
        list[str], typer.Option(help="IRI=CONTENT_HASH of a deployment to load; repeatable")
    ],
    secret: Annotated[
        str, typer.Option(envvar="AMBIT_SITE_TOKEN", help="what callers must show; set the variable")
    ] = "",
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on, 0 for any free one")] = 0,
    threads: Annotated[int, typer.Option(min=0, help="cores to use, 0 for all")] = 0,
    engine: Annotated[str, typer.Option(help="openvino or torch")] = "openvino",
    device: Annotated[str, typer.Option(help="CPU, or cuda for torch")] = "CPU",
    models: Annotated[Path | None, typer.Option(help="folder of exported models")] = None,
    json: Annotated[bool, typer.Option("--json", help="print one line of JSON when it listens")] = False,
) -> None:
    """Run a site by hand. A server starts its own sites."""
    from ...inference.site import SiteOptions, serve_site  # imports that the other commands need not wait for

    to_stderr()
    if len(secret) < 16:
        raise Invalid("no secret for this site", hint="set AMBIT_SITE_TOKEN to at least 16 characters")
    described = []
    for one in deployment:
        name, found, content = one.rpartition("=")
        if not found:
            raise Invalid(f"`{one}` names no content hash", hint="write IRI=CONTENT_HASH")
        described.append({"iri": name, "content_hash": content, "engine": engine, "device": device})
    options = SiteOptions(
        iri, secret, tuple(described), host, port, threads, None, str(models.resolve()) if models else None
    )

    def announce(chosen: int) -> None:
        if json:
            print_json({"site": iri, "host": host, "port": chosen})
        else:
            err.print(f"site {iri} listens on {host}:{chosen}", markup=False)

    serve_site(options, announce)
