# SPDX-License-Identifier: MIT
"""Channels that work across processes, hosts and languages.

A program exports named channels on an address; other programs import them and send or receive values
made of None, bool, int, float, str, list and dict. One side:

    import netchan

    with netchan.Exporter("tcp://127.0.0.1:7000") as exporter:
        numbers = exporter.export("numbers", "send")
        for number in range(10):
            numbers.put({"number": number})
        numbers.close()
        exporter.drain("taken")

The other side:

    with netchan.Importer("tcp://127.0.0.1:7000") as importer:
        for value in importer.import_("numbers", "recv"):
            print(value)

Every call that can wait takes a timeout in seconds (None: for ever, 0: do not wait) and a Cancel.
A wait gives the interpreter's lock away and ends for Ctrl-C; what ends so has taken nothing out.
Errors are exceptions, all of them derived from Error. The rules stand in the manual, netchan(7).
"""

from ._channel import Cancel, Channel
from ._errors import (
    Busy,
    Closed,
    Denied,
    Error,
    Exists,
    Forked,
    Interrupted,
    InvalidOption,
    InvalidURL,
    InvalidValue,
    Lost,
    Misuse,
    NoChannel,
    NoDescriptor,
    NoMemory,
    NotSupported,
    OverLimit,
    ProtocolBroken,
    Refused,
    SystemFailure,
    TLSFailure,
    Timeout,
    WrongDirection,
    WrongType,
)
from ._owners import Exporter, Importer, explain_policy
from ._select import Choice, Select, select
from ._text import dumps, feature, loads, version

__version__ = version()
__all__ = [
    "Busy",
    "Cancel",
    "Channel",
    "Choice",
    "Closed",
    "Denied",
    "Error",
    "Exists",
    "Exporter",
    "Forked",
    "Importer",
    "Interrupted",
    "InvalidOption",
    "InvalidURL",
    "InvalidValue",
    "Lost",
    "Misuse",
    "NoChannel",
    "NoDescriptor",
    "NoMemory",
    "NotSupported",
    "OverLimit",
    "ProtocolBroken",
    "Refused",
    "Select",
    "SystemFailure",
    "TLSFailure",
    "Timeout",
    "WrongDirection",
    "WrongType",
    "dumps",
    "explain_policy",
    "feature",
    "loads",
    "select",
    "version",
]
