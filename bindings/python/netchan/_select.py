# SPDX-License-Identifier: MIT
"""Waiting for the first of several sends and receives."""

from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

from . import _raw, raw
from ._channel import Cancel, Channel, _handle, _ms, _token


class Choice(NamedTuple):
    """What a select has done: the case's number, its channel, the value that was received, and, when
    the channel has ended instead, how: "closed", "lost" or the name of another error."""

    number: int
    channel: Channel
    value: Any = None
    ended: Optional[str] = None


class Select:
    """Made once and used many times, by one thread at a time. Fair: ready cases take turns.

    select = Select()
    numbers, words = select.recv(one), select.recv(two)
    choice = select.wait(timeout=5)
    """

    __slots__ = ("_handle", "_channels")

    def __init__(self) -> None:
        self._handle = raw.select_new().this
        self._channels: Dict[int, Channel] = {}

    def recv(self, channel: Channel) -> int:
        """Add a receive, and return its number."""
        number = _raw.Select_add_recv(self._handle, _handle(channel))
        self._channels[number] = channel
        return number

    def send(self, channel: Channel, *value: Any) -> int:
        """Add a send, and return its number. Without a value it is off until set gives it one."""
        if len(value) > 1:
            raise TypeError("a send has one value")
        if value:
            number = _raw.Select_add_send(self._handle, _handle(channel), value[0])
        else:
            number = _raw.Select_add_send_off(self._handle, _handle(channel))
        self._channels[number] = channel
        return number

    def set(self, number: int, value: Any) -> None:
        """Give a send its next value. A send that was chosen is off until then."""
        _raw.Select_set(self._handle, number, value)

    def off(self, number: int) -> None:
        """Turn a send off until set gives it a value."""
        _raw.Select_set_off(self._handle, number)

    def enable(self, number: int, on: bool = True) -> None:
        """Turn a receive on or off."""
        _raw.Select_enable(self._handle, number, 1 if on else 0)

    def remove(self, number: int) -> None:
        """Drop a case."""
        _raw.Select_remove(self._handle, number)
        self._channels.pop(number, None)

    def wait(self, timeout: Optional[float] = None, cancel: Optional[Cancel] = None) -> Choice:
        """Wait until a case can go ahead, do it, and say which. Raises Timeout or Interrupted."""
        number, status, value = _raw.Select_wait(self._handle, _ms(timeout), _token(cancel))
        ended = raw.netchan_error_name(status) if status < 0 else None
        return Choice(number, self._channels[number], value, ended)


def select(
    *cases: Union[Channel, Tuple[Channel, Any]],
    timeout: Optional[float] = None,
    cancel: Optional[Cancel] = None,
) -> Choice:
    """One wait for the first of several cases: a Channel to receive from, a pair (Channel, value) to
    send to. The choice's number counts the cases from 0."""
    waiting = Select()
    for case in cases:
        if isinstance(case, tuple):
            waiting.send(*case)
        else:
            waiting.recv(case)
    return waiting.wait(timeout, cancel)
