"""Logs go to standard error: in colour on a terminal, as JSON lines elsewhere."""

import logging
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import structlog


def _on_terminal() -> "structlog.types.Processor":
    """What writes for people: tracebacks as the interpreter does, neither with values nor drawn for a minute."""
    import structlog

    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def to_stderr(level: int = logging.INFO) -> None:
    """Sets up logging for a process that serves."""
    import structlog  # the commands that only ask need not wait for it

    # without the values of variables: a log holds no data and no tokens
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=30)
    )
    warnings.filterwarnings(
        "ignore", message="EdDSA is deprecated"
    )  # tokens may use it; the log need not say so
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.set_exc_info if terminal else tracebacks,
            _on_terminal() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what is unexpected is logged by us, once
