"""The errors whose message may be shown to a client; no HTTP in here."""

from __future__ import annotations

from dataclasses import dataclass

#: What a client is told that may not do something, in the words that clients know.
NO_RIGHT = (
    "You do not have permissions to access this resource or perform this operation."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one parameter was refused."""

    parameter: str
    message: str

    def __str__(self) -> str:
        return f"Parameter '{self.parameter}': {self.message}"


class GPError(Exception):
    """An error whose message may be shown to whoever sent the request."""


class InvalidValue(GPError):
    """A raw value does not fit its data type; the message says what was expected."""


class InvalidParameters(GPError):
    """One or more parameters were refused; nothing was run.

    ``problems`` holds one entry for each refused parameter, in request order.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in problems))


class ToolFailed(GPError):
    """A tool could not do its work, for a reason that the user can change."""


class SecretsLost(ToolFailed):
    """What was encrypted for a job cannot be decrypted any more."""


class NotFound(GPError):
    """The resource is not there, or not there for this client."""


class InvalidURL(NotFound):
    """A service has nothing at this address: no such task, job, result or item."""


class ServiceStopped(GPError):
    """The service exists but an administrator has stopped it."""


class TokenRequired(GPError):
    """The resource is secured and the request carries no token."""


class InvalidToken(GPError):
    """The request carries a token that is unknown, expired or bound elsewhere."""


class LoginFailed(GPError):
    """There is no such user, or the password is another one."""


class NotAllowed(GPError):
    """The client is known but has no right to do this."""


class Cancelled(GPError):
    """The run was cancelled by its owner or an administrator."""


class LimitExceeded(GPError):
    """A limit of the service was reached: size, time or memory."""


class TimedOut(LimitExceeded):
    """The run took longer than the service allows."""


class Crashed(GPError):
    """The process that ran the tool ended without an answer."""


class NotStored(Crashed):
    """The store that all hosts share did not take or give a file; it may later."""


class Busy(GPError):
    """No slot was free in time; the same request may succeed later."""

    retry_after_seconds = 10


class TooManyJobs(Busy):
    """The jobs of one person wait already in the greatest number allowed."""


class TooManyRequests(Busy):
    """Somebody asks or guesses too often; ``retry_after_seconds`` says how long."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = seconds


class DiskFull(Busy):
    """There is no room for the files that this would need."""

    retry_after_seconds = 60
