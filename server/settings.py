"""The server's settings: one frozen record, read once. Nothing else reads the environment.

`ambit.toml` in the workspace, overridden by environment variables `AMBIT_*` (two underscores descend:
`AMBIT_LIMITS__QUERY_SECONDS=3`), overridden by command line options.
"""

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ..graph.errors import Invalid
from ..graph.iris import is_absolute
from ..graph.words import DEFAULT

ELSEWHERE: Final = frozenset(
    f"AMBIT_{name}"
    for name in (
        *("TOKEN", "URL", "SITE_TOKEN"),
        *(
            "AGREEMENT_LOG",
            "AGREEMENT_SEED",
            "ATTACK_TABLE",
            "BENCH",
            "CHROMIUM",
            "IMAGES",
            "KILL_LOG",
            "RACE_LOG",
            "RESULTS",
        ),
        *("SHARED_DATA", "TOKENS", "W3C_TESTS"),
    )
)
"""Variables that are no settings: those of the commands, then those of tests and benchmarks."""

LIKE: Final = 0.75
"""From which likeness on (Ratcliff and Obershelp's) a variable's name is taken for a setting's, misspelt."""


class Limits(BaseModel):
    """How much one request may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query_seconds: float = Field(default=8.0, gt=0, description="a query is killed after this many seconds")
    query_bytes: int = Field(default=1_000_000, gt=0, description="a longer query text is refused")
    result_bytes: int = Field(
        default=1_000_000_000, gt=0, description="a longer answer is refused, or broken off once it has begun"
    )
    body_bytes: int = Field(
        default=10_000_000,
        gt=0,
        le=10_000_000,
        description="a longer graph in the body of a request is refused",
    )
    body_seconds: float = Field(
        default=60.0, gt=0, description="the body of a request must have come within this many seconds"
    )
    stall_seconds: float = Field(
        default=10.0,
        gt=0,
        description="a client that takes nothing of a streamed answer for so long is cut off",
    )
    stream_seconds: float = Field(
        default=600.0,
        gt=0,
        description="a streamed answer is broken off after this many seconds, however it is read",
    )
    views: int = Field(default=16, gt=0, description="views kept alive at once; the least recently used goes")
    view_bytes: int = Field(
        default=2_000_000_000, gt=0, description="memory that all views may take together"
    )
    query_memory: int = Field(
        default=512_000_000, gt=0, description="memory that one query may take beyond its view"
    )
    write_quads: int = Field(default=200_000, gt=0, description="a write that changes more quads is refused")
    write_graphs: int = Field(
        default=1_000, gt=0, description="a write that names or changes more graphs is refused"
    )
    requests: int = Field(default=32, gt=0, description="requests carried out at once")
    requests_each: int = Field(default=6, gt=0, description="of these, requests of one subject")
    waiting_each: int = Field(
        default=64, ge=0, description="requests of one subject that may wait for a place; more are refused"
    )
    evaluations: int = Field(
        default=500, gt=0, description="evaluations that one request of the Authorization API may hold"
    )
    conclusions: int = Field(
        default=1_000_000,
        gt=0,
        description="conclusions from several premises held at once; no more are drawn",
    )


class WritePrefix(BaseModel):
    """The label of graphs made by writes whose names begin with `prefix`; the longest prefix counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: str = Field(description="what their names begin with; urn:ambit:default is the default graph")
    sensitivity: str = Field(description="the IRI of a sensitivity")
    audience: tuple[str, ...] = Field(min_length=1, description="IRIs of the anchors from which rules go on")
    jurisdictions: tuple[str, ...] = Field(
        default=(), description="IRIs of jurisdictions; none: those of the server's site"
    )

    @model_validator(mode="after")
    def _names(self) -> Self:
        for iri in (self.prefix, self.sensitivity, *self.audience, *self.jurisdictions):
            if not is_absolute(iri):
                raise ValueError(f"`{iri}` is no absolute IRI")
        if self.prefix.startswith("urn:ambit:") and self.prefix != DEFAULT:
            raise ValueError(f"`{self.prefix}` is one of Ambit's own names")
        return self


class Issuer(BaseModel):
    """Who may sign tokens, and where its public keys (a JWKS) lie: a file or an https URL."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iss: str = Field(description="the claim `iss` of its tokens")
    jwks: str = Field(description="a file in the workspace, or a URL")


class Settings(BaseSettings):
    """Everything that may be set. Paths are absolute once read."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="AMBIT_", env_nested_delimiter="__"
    )

    workspace: Path = Field(description="the folder that the user owns")
    data: Path = Field(
        Path(".ambit"), description="the folder that Ambit owns: store, logs, ledger, vectors, keys"
    )
    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=7575, ge=0, le=65535, description="the port to listen on; 0 picks a free one")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#@\s]+$",
        description="where clients reach the server, if not at host and port; names of graphs begin so",
    )
    audience: str = Field(default="ambit", description="the claim `aud` that tokens must carry")
    local_issuer: bool = Field(
        True, description="accept tokens of the local issuer, whose key lies in the data folder"
    )
    issuers: tuple[Issuer, ...] = Field(default=(), description="other issuers of tokens")
    durability: Literal["fast", "durable"] = Field(
        default="fast",
        description="fast: a power cut may take the last second; durable: nothing is acknowledged before it is on disk",
    )
    durable: bool | None = Field(
        default=None, description='the name that `durability = "durable"` had before: true, or unset'
    )
    trust_clock: bool = Field(
        default=False,
        description="believe the machine's clock where it is behind the ledger's last entry; for one start, after the clock was ahead",
    )
    open_metrics: bool = Field(
        default=False, description="serve /metrics to everybody, not to administrators alone"
    )
    rules_without_case: Literal["refuse", "warn"] = Field(
        default="refuse",
        description="refuse: a rule of the workspace that gives something needs a case that shows it; warn: it is in force without",
    )
    session_hours: float = Field(
        default=12.0,
        gt=0,
        le=24 * 366,
        description="what a user has read of what is kept apart counts for so many hours after, and for twice that at most",
    )
    site_threads: int = Field(default=2, gt=0, description="threads that a site started here computes with")
    record_sites: Path | None = Field(
        None, description="a folder where each site writes the texts it received; for tests"
    )
    locations: dict[str, Path] = Field(
        default={}, description="folders by the names that `ambit:location` may begin with: `{name}/path`"
    )
    models: Path | None = Field(
        default=None, description="where exported models lie; unset: in the installation"
    )
    writes: tuple[WritePrefix, ...] = Field(
        default=(), description="labels of graphs made by writes, by what their names begin with"
    )
    limits: Limits = Field(default=Limits(), description="how much one request may ask for")

    @model_validator(mode="after")
    def _say_one_thing(self) -> Self:
        if self.durable is False and self.durability == "durable":
            raise ValueError("`durable = false` contradicts `durability`: take the older setting out")
        return self

    @property
    def is_durable(self) -> bool:
        """Whether log and ledger are flushed before anything is acknowledged."""
        return self.durability == "durable" or bool(self.durable)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line stands above the environment, the environment above the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read(workspace: Path, **options: Any) -> Settings:
    """The settings of `workspace`; `options` are from the command line, None where not given.

    Raises `Invalid`, naming file and field.
    """
    root = workspace.resolve()
    if not root.is_dir():
        raise Invalid(
            f"no folder `{workspace}`",
            hint=f"`ambit init {workspace}` makes a workspace",
            code="no-workspace",
        )
    file = root / "ambit.toml"
    hint = f"look at `{file}` and at the variables AMBIT_*: all settings stand in a table in docs/server.md"
    _need_known(hint)
    chosen = {key: value for key, value in options.items() if value is not None}

    class Read(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        settings = Read(workspace=root, **chosen)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"`{file}` is not TOML: {error}", hint=hint, code="settings-invalid") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        said = f"setting `{field}`: {first['msg'].lower()}"
        raise Invalid(
            f"unknown setting `{field}`" if first["type"] == "extra_forbidden" else said,
            hint=hint,
            code="settings-invalid",
        ) from None
    return settings.model_copy(update={"data": (root / settings.data).resolve()})


def _need_known(hint: str) -> None:
    """Raises `Invalid` for a variable that would set nothing: whoever misspelt one believes that it does.

    What is not like any setting is somebody else's: clusters make variables of the names of services.
    """
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(os.environ):
        said = name.upper()
        first = said.removeprefix("AMBIT_").partition("__")[0]
        if not said.startswith("AMBIT_") or said in ELSEWHERE or first in known:
            continue
        if like := get_close_matches(first, known, n=1, cutoff=LIKE):
            meant = f"did you mean `AMBIT_{like[0]}`? {hint}"
            raise Invalid(f"unknown setting `{name}`", hint=meant, code="settings-invalid")
