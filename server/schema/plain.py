"""Fixed types that hold values alone; what `Eyes` gives is read by their names."""

import strawberry


@strawberry.type(description="Why the caller may do this, or what would help.")
class Explanation:
    permitted: bool
    rules: list[strawberry.ID]
    triples: list[str] = strawberry.field(description="The triples that made the rules hold, as N-Triples.")
    sentence: str
    missing: list[str]


@strawberry.type(description="One model execution inside a run.")
class Step:
    iri: strawberry.ID
    task: strawberry.ID | None
    deployment: strawberry.ID | None
    site: strawberry.ID | None
    version: strawberry.ID | None
    count: int | None
    handed: list[strawberry.ID]
    started: str | None
    ended: str | None


@strawberry.type(description="One request carried out.")
class Run:
    iri: strawberry.ID
    user: strawberry.ID | None
    agents: list[strawberry.ID]
    purpose: strawberry.ID | None
    decision: strawberry.ID | None
    rules: list[strawberry.ID]
    handed: list[strawberry.ID]
    started: str | None
    ended: str | None
    steps: list[Step]


@strawberry.type(description="A sentence as it stands in its source.")
class Citation:
    iri: strawberry.ID = strawberry.field(description="The entity that it is said of.")
    quote: str
    source: strawberry.ID = strawberry.field(description="The record that it stands in.")


@strawberry.type(description="An answer made of quoted sentences alone.")
class Answer:
    text: str
    citations: list[Citation]
    run: strawberry.ID


@strawberry.type(description="An entity with a name that begins so.")
class Suggestion:
    iri: strawberry.ID
    label: str = strawberry.field(description="The name that was begun.")
    types: list[strawberry.ID]
