"""What went wrong with an embedded server, in a sentence that says what to do."""


class ServerProblem(Exception):
    """Shown to the person as it is, without a traceback."""
