"""Fixed types that hold values alone; what `Eyes` gives is read by their names."""

import strawberry


@strawberry.type(description="A nearest change that would open a thing, decided over and not made.")
class NearestChange:
    adds: list[str] = strawberry.field(description="Triples that governance would gain, as N-Triples.")
    removes: list[str] = strawberry.field(description="Triples that governance would lose, as N-Triples.")
    missing: strawberry.ID | None = strawberry.field(
        description="A purpose to ask for instead, or ambit:Approval."
    )


@strawberry.type(description="Why the caller may do this, or what would help.")
class Explanation:
    permitted: bool
    rules: list[strawberry.ID]
    triples: list[str] = strawberry.field(description="The triples that made the rules hold, as N-Quads.")
    sentence: str
    missing: list[str]
    before: bool | None = strawberry.field(description="The verdict without what was supposed.")
    absent: list[str] = strawberry.field(
        description="What deciding rules want absent, and is; for administrators."
    )
    closed: list[str] = strawberry.field(description="What keeps it closed; for administrators.")
    changes: list[NearestChange] = strawberry.field(
        description="The nearest changes that would open it; for administrators."
    )


@strawberry.type(description="Users who may do something with a thing.")
class Holders:
    users: list[strawberry.ID] = strawberry.field(description="With some of what is said of it.")
    whole: list[strawberry.ID] = strawberry.field(description="With all of it.")


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
