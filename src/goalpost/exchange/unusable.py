"""The one error of an import that cannot begin."""


class Unusable(Exception):
    """The file or the options cannot be used. Nothing was changed; the message says what to do."""
