# SPDX-License-Identifier: MIT
"""Channels that work across processes, hosts and languages."""

from . import raw
from .raw import netchan_version as version

__all__ = ["version"]
