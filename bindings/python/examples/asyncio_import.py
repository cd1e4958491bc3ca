# SPDX-License-Identifier: MIT
"""A channel in an event loop: its descriptor is readable while a take would not wait."""
import asyncio
import sys
import netchan


async def values(channel):
    """The values of a channel until it is closed."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    while True:
        try:
            yield channel.take(timeout=0)
        except netchan.Closed:
            return
        except netchan.Timeout:
            ready.clear()
            loop.add_reader(channel, ready.set)
            try:
                await ready.wait()
            finally:
                loop.remove_reader(channel)


async def main(url):
    with netchan.Importer(url, timeout=5) as importer:
        async for value in values(importer.import_("numbers", "recv", timeout=5)):
            print(value)


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:7000"))
