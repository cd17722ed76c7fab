"""The three ways an action or a query says no. The skins turn them into pages, JSON and exit codes."""


class InvalidInput(ValueError):
    """What was given cannot be used. `field` names the culprit, empty when it is the whole."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(Exception):
    """The actor may see the thing but lacks the right to do this to it."""


class NotFound(Exception):
    """There is no such thing for this actor: absent, another company's, or hidden."""
