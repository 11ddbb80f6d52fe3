"""The way to an application that is asked very often: past routes and handlers of errors, which it does not need."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


class Doorway:
    """Hands requests with one method for some paths to the applications for these; all else goes on.

    It stands behind what guards every route. Such an application answers whatever goes wrong itself.
    """

    def __init__(self, app: ASGIApp, *, method: str, doors: Mapping[str, ASGIApp]):
        self._app, self._method, self._doors = app, method, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        app = self._app
        if scope["type"] == "http" and scope["method"] == self._method:
            app = self._doors.get(scope["path"], app)
        await app(scope, receive, send)
