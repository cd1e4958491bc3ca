# SPDX-License-Identifier: MIT
"""The examples, and the pollable descriptor in an event loop."""

import asyncio
import os
import select
import subprocess
import sys
import unittest

import netchan
from support import BINDINGS, HERE, PLENTY, Background, Pair

EXAMPLES = os.path.join(HERE, os.pardir, "examples")
LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(netchan.__file__)))
with open(os.path.join(EXAMPLES, "import.txt"), encoding="utf-8") as printed:
    NUMBERS = printed.read()


def start(folder, name, *arguments):
    environment = dict(
        os.environ,
        PYTHONPATH=LIBRARY,
        NETCHAN_VECTORS=os.path.join(BINDINGS, "vectors.json"),
        PYTHONUNBUFFERED="1",
    )
    return subprocess.Popen(
        [sys.executable, os.path.join(folder, name), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


class Programs(unittest.TestCase):
    def finish(self, child):
        out, _ = child.communicate(timeout=PLENTY)
        self.assertEqual(child.returncode, 0)
        return out

    def test_the_examples_pass_values_to_each_other(self):
        for name in ("import.py", "asyncio_import.py"):
            with self.subTest(name):
                exporter = start(EXAMPLES, "export.py", "tcp://127.0.0.1:0")
                url = exporter.stdout.readline().strip()
                importer = start(EXAMPLES, name, url)
                self.assertEqual(self.finish(importer), NUMBERS)
                self.finish(exporter)

    def test_a_peer_program_meets_itself(self):
        exporter = start(HERE, "peer.py", "export", "tcp://127.0.0.1:0")
        url = exporter.stdout.readline().strip()
        self.finish(start(HERE, "peer.py", "import", url))
        self.finish(exporter)

    def test_the_descriptor_is_ready_when_a_value_is_there(self):
        channel = netchan.Channel(1)
        ready = lambda what: bool(select.select([what], [], [], 0)[0])
        self.assertEqual((ready(channel), ready(channel.send_fileno())), (False, True))
        channel.put(1)
        self.assertEqual((ready(channel), ready(channel.send_fileno())), (True, False))
        channel.take()
        self.assertFalse(ready(channel))
        channel.close()
        self.assertTrue(ready(channel))

    def test_an_event_loop_waits_for_a_channel(self):
        with Pair("tcp") as pair:
            sent = pair.exporter.export("a", "send")
            got = pair.meet().import_("a", "recv", timeout=PLENTY)

            async def receive():
                loop, values = asyncio.get_running_loop(), []
                ended = loop.create_future()

                def ready():
                    try:
                        while True:
                            values.append(got.take(0))
                    except netchan.Timeout:
                        pass
                    except netchan.Closed:
                        loop.remove_reader(got)
                        ended.set_result(None)

                loop.add_reader(got, ready)
                await asyncio.wait_for(ended, PLENTY)
                return values

            def send():
                for number in range(200):
                    sent.put(number, PLENTY)
                sent.close()

            sending = Background(send)
            self.assertEqual(asyncio.run(receive()), list(range(200)))
            sending.result()
