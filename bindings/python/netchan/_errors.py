# SPDX-License-Identifier: MIT
"""The exceptions: one class for each result code of the library."""

from . import raw


class Error(Exception):
    """What went wrong, in the library's words. code is the library's number for it, name its name."""

    code = 0
    name = "error"


class Timeout(Error, TimeoutError):
    """The time given has passed; nothing was done."""


class Closed(Error, EOFError):
    """Ended by the other side's will; nothing is missing."""


class Lost(Error, ConnectionError):
    """Ended by a failure; something may be missing."""


class Interrupted(Error, InterruptedError):
    """The Cancel ended the wait; nothing was done."""


class Denied(Error, PermissionError):
    """The peer's rights do not allow it."""


class NoChannel(Error, LookupError):
    """There is no channel of that name."""


class WrongDirection(Error, ValueError):
    """The channel goes the other way."""


class Exists(Error, FileExistsError):
    """The name, or the file, is taken."""


class Busy(Error, BlockingIOError):
    """Too much at once; try again later."""


class OverLimit(Error, OverflowError):
    """Larger than a limit allows."""


class InvalidValue(Error, ValueError):
    """Not a legal value."""


class WrongType(Error, TypeError):
    """No value can be made of an object of this class."""


class InvalidOption(Error, ValueError):
    """An unknown option, or a bad value for one."""


class InvalidURL(Error, ValueError):
    """An address that cannot be understood."""


class Refused(Error, ConnectionRefusedError):
    """Nobody listens there."""


class ProtocolBroken(Error, ConnectionError):
    """The peer broke the protocol."""


class NotSupported(Error):
    """Not in this build or version."""


class NoMemory(Error, MemoryError):
    """Out of memory."""


class NoDescriptor(Error, OSError):
    """Out of file descriptors."""


class Forked(Error):
    """The object belongs to the parent process."""


class Misuse(Error):
    """The call makes no sense; a bug in the calling program."""


class SystemFailure(Error, OSError):
    """The system refused an operation."""


class TLSFailure(Error, ConnectionError):
    """A certificate or handshake was not acceptable."""


_CLASSES = {
    raw.NETCHAN_TIMEOUT: Timeout,
    raw.NETCHAN_CLOSED: Closed,
    raw.NETCHAN_LOST: Lost,
    raw.NETCHAN_INTERRUPTED: Interrupted,
    raw.NETCHAN_DENIED: Denied,
    raw.NETCHAN_NOCHANNEL: NoChannel,
    raw.NETCHAN_DIRECTION: WrongDirection,
    raw.NETCHAN_EXISTS: Exists,
    raw.NETCHAN_BUSY: Busy,
    raw.NETCHAN_LIMIT: OverLimit,
    raw.NETCHAN_VALUE: InvalidValue,
    raw.NETCHAN_TYPE: WrongType,
    raw.NETCHAN_OPTION: InvalidOption,
    raw.NETCHAN_URL: InvalidURL,
    raw.NETCHAN_REFUSED: Refused,
    raw.NETCHAN_PROTOCOL: ProtocolBroken,
    raw.NETCHAN_NOTSUP: NotSupported,
    raw.NETCHAN_NOMEM: NoMemory,
    raw.NETCHAN_NODESCRIPTOR: NoDescriptor,
    raw.NETCHAN_FORK: Forked,
    raw.NETCHAN_USAGE: Misuse,
    raw.NETCHAN_IO: SystemFailure,
    raw.NETCHAN_TLS: TLSFailure,
}
for _code, _class in _CLASSES.items():
    _class.code = _code
    _class.name = raw.netchan_error_name(_code)
raw.set_errors(_CLASSES)
