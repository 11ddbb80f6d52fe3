"""Every error that Ambit raises on purpose.

    AmbitError                 has a stable `code`, a message, a hint, and details that a caller may see
    ├── Refused                the request is not one we carry out
    │   ├── QueryRefused       the gate refuses a query text
    │   ├── TooLarge           more bytes, tokens or depth than the limits allow
    │   ├── Unauthenticated    there is a token, and it proves nothing
    │   └── PurposeRefused     a purpose that the token does not carry
    ├── Invalid                input from outside that does not parse or does not fit
    │   ├── SourceInvalid      a file, row or mapping; names the file and the line or field
    │   └── RuleInvalid        a rule file that is refused at load
    ├── NotFound               not there, or not allowed: the two read the same
    ├── Timeout                a deadline passed
    ├── Busy                   no place free; try again later
    └── Unavailable            a part that is needed does not answer: a failure denies

Messages are lower case, without a full stop, the user's input in backticks; what to do stands in `hint`.
"""

from collections.abc import Mapping


class AmbitError(Exception):
    """The root: `code` is stable and has a page in `docs/errors/`."""

    code = "internal"

    def __init__(
        self, message: str, *, hint: str = "", code: str = "", details: Mapping[str, object] | None = None
    ):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code
        self.details = dict(details or {})


class Refused(AmbitError):
    """The request is not one we carry out."""

    code = "refused"


class QueryRefused(Refused):
    """The gate refuses a query text."""

    code = "query-refused"


class TooLarge(Refused):
    """More bytes, tokens or depth than the limits allow."""

    code = "too-large"


class Unauthenticated(Refused):
    """There is a token, and it proves nothing."""

    code = "unauthenticated"


class PurposeRefused(Refused):
    """The purpose is none that this token may name."""

    code = "purpose-refused"


class Invalid(AmbitError):
    """Input from outside does not parse or does not fit."""

    code = "invalid"


class SourceInvalid(Invalid):
    """A file, row or mapping is not what it should be; `details` name file and line or field."""

    code = "source-invalid"


class RuleInvalid(Invalid):
    """A rule file is refused at load; `details` name file and line."""

    code = "rule-invalid"


class NotFound(AmbitError):
    """Not there, or not allowed: the two read the same."""

    code = "not-found"


class Timeout(AmbitError):
    """A deadline passed; what ran was killed."""

    code = "timeout"


class Busy(AmbitError):
    """No place is free; try again later."""

    code = "busy"


class Unavailable(AmbitError):
    """A part that is needed does not answer."""

    code = "unavailable"
