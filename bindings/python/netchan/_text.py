# SPDX-License-Identifier: MIT
"""What does not belong to an object: texts of values, the library's version and features."""

from typing import Any, Union

from . import raw


def version() -> str:
    """The version of the library in use, such as "0.1.0"."""
    return raw.netchan_version()


def feature(name: str) -> bool:
    """Whether this build can do something: "tcp", "unix", "tls", "epoll"."""
    return bool(raw.netchan_feature(name))


def loads(text: Union[str, bytes]) -> Any:
    """The value that a JSON text stands for, by the strict rules of netchan(7).

    Raises InvalidValue, with line, column and reason, or OverLimit.
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    return raw.value_parse(text)


def dumps(value: Any) -> str:
    """The JSON text of a value, as it travels."""
    return raw.value_dump(value)
