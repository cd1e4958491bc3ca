# SPDX-License-Identifier: MIT
"""Channels, and the tokens that end waits."""

import math
import threading
from contextlib import contextmanager
from functools import partial
from typing import Any, Iterator, List, Optional, Sequence, Union

from . import _raw, raw

raw.set_handlers_thread(threading.main_thread().ident)

_put = _raw.Channel_put
_take = _raw.Channel_take
_next = _raw.channel_next
_NEVER = object()  # what no value is equal to

_STATES = {raw.NETCHAN_OK: "open", raw.NETCHAN_CLOSED: "closed", raw.NETCHAN_LOST: "lost"}


def _ms(timeout: Optional[float]) -> int:
    """Seconds, or None for ever, in the library's milliseconds."""
    if timeout is None:
        return -1
    if timeout <= 0:
        return 0
    return min(math.ceil(timeout * 1000), 2**62) if timeout < 1e15 else -1


class Cancel:
    """Ends waits from another thread, or from a signal handler.

    Given to any number of calls as cancel=. Once fired it ends every wait that has it, now and later,
    with Interrupted, until it is reset. A value or room that is there still wins.
    """

    __slots__ = ("_handle",)

    def __init__(self) -> None:
        self._handle = raw.cancel_new().this

    def fire(self) -> None:
        """End every wait that was or will be given this token."""
        _raw.Cancel_fire(self._handle)

    def reset(self) -> None:
        """Make a fired token usable again."""
        _raw.Cancel_reset(self._handle)

    @property
    def fired(self) -> bool:
        """Whether it was fired and not reset."""
        return bool(_raw.Cancel_fired(self._handle))


def _token(cancel: Optional[Cancel]) -> Any:
    return None if cancel is None else cancel._handle


class Channel:
    """A bounded queue of values, with any number of senders and receivers.

    It works without any network; Exporter.export and Importer.import_ connect it to other programs.
    With capacity 0 a put returns when a receiver has the value. Iterating takes values until the
    channel is closed; with ends by closing it:

        with Channel(10) as channel:
            channel.put({"a": 1})
        assert list(channel) == [{"a": 1}]
    """

    __slots__ = ("_handle", "__weakref__")

    def __init__(self, capacity: int = 0) -> None:
        self._handle = raw.channel_new(capacity).this

    @classmethod
    def _of(cls, made: Any) -> "Channel":
        channel = cls.__new__(cls)
        channel._handle = made.this
        return channel

    def put(
        self, value: Any, timeout: Optional[float] = None, cancel: Optional[Cancel] = None
    ) -> None:
        """Put a value in, waiting for room.

        Raises Closed or Lost when the channel has ended, Timeout, Interrupted, InvalidValue, WrongType
        or OverLimit.
        """
        _put(
            self._handle,
            value,
            -1 if timeout is None else _ms(timeout),
            None if cancel is None else cancel._handle,
        )

    def take(self, timeout: Optional[float] = None, cancel: Optional[Cancel] = None) -> Any:
        """Take a value out, waiting for one.

        Raises Closed or Lost when the channel has ended and is empty, Timeout or Interrupted.
        """
        return _take(
            self._handle,
            -1 if timeout is None else _ms(timeout),
            None if cancel is None else cancel._handle,
        )

    def put_many(
        self,
        values: Sequence[Any],
        timeout: Optional[float] = None,
        cancel: Optional[Cancel] = None,
    ) -> int:
        """Put in the first value, waiting for room, and as many more as there is room for.

        Returns how many were put in.
        """
        if not isinstance(values, (list, tuple)):
            values = list(values)
        return _raw.Channel_put_many(self._handle, values, _ms(timeout), _token(cancel))

    def take_many(
        self, count: int, timeout: Optional[float] = None, cancel: Optional[Cancel] = None
    ) -> List[Any]:
        """Take a value out, waiting for it, and as many more as are there, up to count."""
        return _raw.Channel_take_many(self._handle, count, _ms(timeout), _token(cancel))

    def __iter__(self) -> Iterator[Any]:
        """Values until the channel is closed; Lost is raised.

        A signal's handler that raises, such as Ctrl-C's, finds a value either in the channel or in the
        loop's variable. (With take, as with every function, it may come before the assignment.)
        """
        return iter(partial(_next, self._handle), _NEVER)

    def close(self) -> None:
        """No more values will be sent. Those in the channel stay readable. Never waits."""
        _raw.Channel_close(self._handle)

    def __enter__(self) -> "Channel":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def held(self) -> Iterator["Channel"]:
        """Within this block the channel does not end when its streams end.

        For a program that merges several imports: it binds them all in the block.
        """
        _raw.Channel_hold(self._handle)
        try:
            yield self
        finally:
            _raw.Channel_release(self._handle)

    def __len__(self) -> int:
        return _raw.Channel_length(self._handle)

    def __bool__(self) -> bool:
        return True

    @property
    def capacity(self) -> int:
        """The capacity given when it was made."""
        return _raw.Channel_capacity(self._handle)

    @property
    def state(self) -> str:
        """ "open", "closed" or "lost", or the name of the error that ended it.

        Values may still be readable.
        """
        code = _raw.Channel_state(self._handle)
        return _STATES.get(code) or raw.netchan_error_name(code)

    @property
    def cause(self) -> str:
        """Why it has ended; "" while it has not."""
        return _raw.Channel_cause(self._handle)

    def fileno(self) -> int:
        """A descriptor that is readable while a take would not wait, for select and asyncio.

        Never read or close it. Another thread may be faster, so take with timeout 0.
        """
        return _raw.Channel_fd(self._handle, raw.NETCHAN_RECV)

    def send_fileno(self) -> int:
        """A descriptor that is *readable* while a put would not wait."""
        return _raw.Channel_fd(self._handle, raw.NETCHAN_SEND)

    def __repr__(self) -> str:
        return "<netchan.Channel capacity %d, %d in it, %s>" % (
            self.capacity,
            len(self),
            self.state,
        )


def _handle(channel: Union[Channel, Any]) -> Any:
    if not isinstance(channel, Channel):
        raise TypeError("not a netchan.Channel: %r" % (channel,))
    return channel._handle
