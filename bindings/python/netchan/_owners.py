# SPDX-License-Identifier: MIT
"""Exporters and importers."""

from typing import Any, Dict, List, Optional, Union

from . import _raw, raw
from ._errors import InvalidOption
from ._channel import Cancel, Channel, _handle, _ms, _token

_DIRECTIONS = {"send": raw.NETCHAN_SEND, "recv": raw.NETCHAN_RECV}
_LEVELS = {"received": raw.NETCHAN_RECEIVED, "taken": raw.NETCHAN_TAKEN}
_GROUPS = ("io", "limit", "link", "policy", "tls", "unix")


def _key(word: str) -> str:
    """A keyword such as link_ack_delay or return_ as the library's key: link.ack-delay, return."""
    group, _, rest = word.rstrip("_").partition("_")
    if group in _GROUPS and rest:
        return group + "." + rest.replace("_", "-")
    return word.rstrip("_").replace("_", "-")


def _options(words: Dict[str, Any]) -> Any:
    if not words:
        return None
    options = raw.options_new()
    for word, value in words.items():
        if value is True or value is False:
            value = "yes" if value else "no"
        options.set(_key(word), str(value))
    return options.this


def _choose(table: Dict[str, int], word: str, what: str) -> int:
    try:
        return table[word]
    except (KeyError, TypeError):
        raise ValueError("%s is one of %s, not %r" % (what, ", ".join(table), word)) from None


def explain_policy(
    identity: List[str], channel: str, direction: str, **options: Any
) -> Dict[str, Any]:
    """What a policy says to a peer with these names, such as "dns:host.example", that wants to "send" to
    or "recv" from a channel: a dict with "allowed", "close", "rule" and "text".

    options has policy, a file, or policy_text, as an exporter takes them; see netchan-policy(7).
    """
    question = {"identity": identity, "channel": channel, "direction": direction}
    if not options:
        raise InvalidOption("a policy is needed: policy or policy_text")
    made = raw.options_new()
    for word, value in options.items():
        made.set(_key(word), str(value))
    return made.explain(question)


class _Owner:
    """What exporters and importers have in common."""

    __slots__ = ("_handle", "_errors", "__weakref__")
    _raw_name = ""

    def _call(self, what: str, *arguments: Any) -> Any:
        return getattr(_raw, self._raw_name + what)(self._handle, *arguments)

    def hangup(self, name: str) -> None:
        """Forget a name, end its streams, close its channel. Never waits."""
        self._call("hangup", name)

    def drain(
        self,
        level: str = "received",
        timeout: Optional[float] = None,
        cancel: Optional[Cancel] = None,
    ) -> None:
        """Wait until everything that was sent is acknowledged, as "received" or as "taken".

        Raises Lost when something cannot be acknowledged any more; Timeout, Interrupted, Closed.
        """
        self._call("drain", _choose(_LEVELS, level, "a level"), _ms(timeout), _token(cancel))

    def sync(
        self,
        level: str = "received",
        timeout: Optional[float] = None,
        cancel: Optional[Cancel] = None,
    ) -> None:
        """Wait until what had been sent when the call began is acknowledged."""
        self._call("sync", _choose(_LEVELS, level, "a level"), _ms(timeout), _token(cancel))

    @property
    def errors(self) -> Channel:
        """The channel of what went wrong in the background: dicts with code, text and more."""
        if self._errors is None:
            self._errors = Channel._of(self._call("errors"))
        return self._errors

    def stats(self) -> Dict[str, Any]:
        """Figures of the moment; netchan_exporter_stats(3) says which."""
        return self._call("stats")

    def close(self) -> None:
        """End everything. Never waits; wait_closed does."""
        self._call("close")

    def wait_closed(
        self, timeout: Optional[float] = None, cancel: Optional[Cancel] = None
    ) -> None:
        """Close, and wait until every link has ended in order."""
        self._call("wait_closed", _ms(timeout), _token(cancel))

    def __exit__(self, *exception: object) -> None:
        self.wait_closed()


class Exporter(_Owner):
    """Publishes channels by name on one or more addresses.

    url, if given, is listened on. Options are those of scope exporter in netchan-options(7), as
    keywords: limit_value=1000, link_heartbeat=500. The end of a with block closes it and waits for its
    links; it does not wait for values, which drain does.
    """

    __slots__ = ()
    _raw_name = "Exporter_"

    def __init__(self, url: Optional[str] = None, **options: Any) -> None:
        self._errors: Optional[Channel] = None
        self._handle = raw.exporter_new(_options(options)).this
        if url is not None:
            self.listen(url)

    def __enter__(self) -> "Exporter":
        return self

    def listen(
        self, url: str, timeout: Optional[float] = None, cancel: Optional[Cancel] = None
    ) -> str:
        """Accept importers on an address: tcp://HOST:PORT, unix:/PATH or fd:N. May be repeated.

        Returns the address with the port that was picked.
        """
        self._call("listen", url, _ms(timeout), _token(cancel))
        return self.addresses[-1]

    @property
    def addresses(self) -> List[str]:
        """The addresses that importers can connect to."""
        found: List[str] = []
        while True:
            address = self._call("address", len(found))
            if address is None:
                return found
            found.append(address)

    @property
    def address(self) -> Optional[str]:
        """The first of them."""
        return self._call("address", 0)

    def serve(self, socket: Union[int, Any]) -> None:
        """Serve one importer over a connected stream socket or descriptor.

        On success it belongs to the library: a socket object is detached.
        """
        if isinstance(socket, int):
            self._call("serve_fd", socket)
        else:
            self._call("serve_fd", socket.fileno())
            socket.detach()

    def export(
        self,
        name: str,
        direction: str,
        channel: Optional[Channel] = None,
        *,
        capacity: int = 0,
        **options: Any,
    ) -> Channel:
        """Publish a channel under a name, and return it; without one it is made, with capacity.

        direction is the program's own: "send" when it sends and importers receive. Options are those
        of scope export: keep_open=True, return_=False.
        """
        if channel is None:
            channel = Channel(capacity)
        way = _choose(_DIRECTIONS, direction, "a direction")
        self._call("publish", name, _handle(channel), way, _options(options))
        return channel


class Importer(_Owner):
    """Binds channels of one exporter.

    source is an address (tcp://HOST:PORT, unix:/PATH, fd:N) or a connected stream socket, which is
    detached on success. Options are those of scope importer in netchan-options(7), as keywords.
    """

    __slots__ = ()
    _raw_name = "Importer_"

    def __init__(
        self,
        source: Union[str, int, Any],
        *,
        timeout: Optional[float] = None,
        cancel: Optional[Cancel] = None,
        **options: Any,
    ) -> None:
        self._errors: Optional[Channel] = None
        limits = (_options(options), _ms(timeout), _token(cancel))
        if isinstance(source, str):
            self._handle = raw.importer_connect(source, *limits).this
        elif isinstance(source, int):
            self._handle = raw.importer_from_fd(source, *limits).this
        else:
            self._handle = raw.importer_from_fd(source.fileno(), *limits).this
            source.detach()

    def __enter__(self) -> "Importer":
        return self

    def import_(
        self,
        name: str,
        direction: str,
        channel: Optional[Channel] = None,
        *,
        size: int = 0,
        count: int = -1,
        capacity: int = 0,
        timeout: Optional[float] = None,
        cancel: Optional[Cancel] = None,
        **options: Any,
    ) -> Channel:
        """Bind a channel to an exported one, and return it; without one it is made, with capacity.

        direction is the program's own. size is how many values the receiving side will hold (0: the
        default), count how many the import is for (-1: no limit). Options are those of scope import:
        wait=1000, async_=True, window=65536, keep_open=True, return_=False.
        """
        if channel is None:
            channel = Channel(capacity)
        way = _choose(_DIRECTIONS, direction, "a direction")
        self._call(
            "bind",
            name,
            _handle(channel),
            way,
            size,
            count,
            _options(options),
            _ms(timeout),
            _token(cancel),
        )
        return channel

    def list(
        self,
        filter: str = "",
        timeout: Optional[float] = None,
        cancel: Optional[Cancel] = None,
    ) -> List[Dict[str, Any]]:
        """The names that the exporter shows, with direction and figures; those that contain filter."""
        return self._call("list", filter, _ms(timeout), _token(cancel))
