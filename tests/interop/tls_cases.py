# SPDX-License-Identifier: MIT
"""The client of the document and openssl's own, over TLS, against the library."""

import subprocess

import netchan_client
import netchan_wire
from harness import COMMAND, PATIENCE
from support import LINES, TEXTS, Case


class Secure(Case):
    def setUp(self):
        super().setUp()
        version = subprocess.run([COMMAND, "--version"], capture_output=True, check=True)
        if b"with TLS" not in version.stdout:
            self.skipTest("this build has no TLS")
        self.keys = self.path("keys")
        status, _, errors = self.run_command("keygen", self.keys)
        self.assertEqual((status, errors), (0, ""))

    def side(self, name):
        return ("--cert", "%s/%s.pem" % (self.keys, name), "--key", "%s/%s.key" % (self.keys, name),
                "--ca", self.keys + "/ca.pem")

    def secure(self, sock, name, host=None):
        sock.settimeout(PATIENCE)
        return netchan_wire.secure(sock, self.keys, name, host)

    def importer(self, url):
        sock = netchan_wire.dial("tcp" + url[3:])
        link = netchan_client.Importer(self.secure(sock, "client", "localhost"))
        self.addCleanup(self.cut, link)
        return link

    def test_an_exporter_that_sends(self):
        process = self.start("export", "tls://127.0.0.1:0", "send", "x", *self.side("server"),
                             stdin=LINES)
        link = self.importer(process.address())
        stream = link.recv("x", size=7)
        got = []
        with self.assertRaises(netchan_wire.Closed):
            while True:
                got.append(stream.take_text().decode())
        self.assertEqual(got, TEXTS)
        link.end()
        self.assert_ended(process)

    def test_an_exporter_that_receives(self):
        process = self.start("export", "tls://127.0.0.1:0", "recv", "x", *self.side("server"))
        link = self.importer(process.address())
        stream = link.send("x")
        for text in TEXTS:
            stream.send_text(text.encode())
        stream.close()
        stream.wait_over()
        link.end()
        self.assert_ended(process)
        self.assertEqual(process.output(), LINES)

    def test_an_importer(self):
        listener = netchan_wire.listen("tcp://127.0.0.1:0")
        with listener:
            address = "tls://127.0.0.1:%d" % listener.getsockname()[1]
            process = self.start("import", address, "recv", "out", *self.side("client"))
            listener.settimeout(PATIENCE)
            sock = self.secure(listener.accept()[0], "server")
            link = netchan_client.Exporter(sock, {"out": "send"})
        self.addCleanup(self.cut, link)
        stream = link.accept()
        for text in TEXTS:
            stream.send_text(text.encode())
        stream.close()
        stream.wait_over()
        with self.assertRaises(netchan_wire.Closed):
            link.wait(lambda: False)
        self.assert_ended(process)
        self.assertEqual(process.output(), LINES)

    def test_openssl_s_client(self):
        """openssl s_client greets an exporter"""
        process = self.start("export", "tls://127.0.0.1:0", "send", "x", *self.side("server"),
                             stdin=b"1")
        url = process.address()
        hello = netchan_wire.dumps({"netchan": [1, 1], "role": "importer",
                                    "limits": netchan_wire.LIMITS})
        words = ["openssl", "s_client", "-connect", url[6:], "-alpn", "netchan/1", "-quiet",
                 "-verify_return_error", "-CAfile", self.keys + "/ca.pem",
                 "-cert", self.keys + "/client.pem", "-key", self.keys + "/client.key"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as client:
            client.stdin.write(b'["hello",%d]\n%s\n' % (len(hello), hello))
            client.stdin.flush()
            self.assertTrue(client.stdout.readline().startswith(b'["hello",'))
            self.assertIn(b'"role":"exporter"', client.stdout.readline())
            client.stdin.write(b'["bye",0]\n\n')
            client.stdin.flush()
            self.assertTrue(client.stdout.readline().startswith(b'["bye",'))
            client.kill()
        status, out, errors = self.run_command("import", url, "recv", "x", *self.side("client"))
        self.assertEqual((status, out, errors), (0, b"1\n", ""))
        self.assert_ended(process)
