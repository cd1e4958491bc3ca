# SPDX-License-Identifier: MIT
"""Keys, certificates, rights, and the doctor."""

import os
import subprocess

from harness import COMMAND, Case


def has_tls():
    version = subprocess.run([COMMAND, "--version"], capture_output=True, check=True)
    return b"with TLS" in version.stdout


class Tools(Case):
    def keys(self, *more):
        folder = self.path("keys")
        status, _, errors = self.run_command("keygen", folder, *more)
        self.assertEqual((status, errors), (0, ""))
        return folder

    def side(self, folder, name):
        return ("--cert", folder + "/" + name + ".pem", "--key", folder + "/" + name + ".key",
                "--ca", folder + "/ca.pem")

    def setUp(self):
        super().setUp()
        if not has_tls():
            self.skipTest("this build has no TLS")

    def test_three_lines(self):
        """keygen, export and import are all that values over TLS take"""
        folder = self.keys()
        for name in ("ca", "server", "client"):
            mode = os.stat(folder + "/" + name + ".key").st_mode & 0o777
            self.assertEqual(mode, 0o600)
        exporter = self.start("export", "tls://127.0.0.1:0", "send", "n", "-w", "30",
                              *self.side(folder, "server"), stdin=b"1 2 3")
        url = exporter.address()
        status, out, errors = self.run_command("import", url, "recv", "n",
                                               *self.side(folder, "client"))
        self.assertEqual((status, out, errors), (0, b"1\n2\n3\n", ""))
        self.assert_ended(exporter)

    def test_keys_stay(self):
        """keygen writes over nothing"""
        folder = self.keys()
        before = open(folder + "/ca.key", "rb").read()
        status, _, errors = self.run_command("keygen", folder)
        self.assertEqual(status, 1)
        self.assertIn("ca.key: File exists", errors)
        self.assertEqual(open(folder + "/ca.key", "rb").read(), before)

    def test_names(self):
        """--name adds names of the server, and chooses the one to expect"""
        folder = self.keys("--name", "box.example", "--name", "192.0.2.9")
        exporter = self.start("export", "tls://127.0.0.1:0", "send", "n", "-w", "30",
                              *self.side(folder, "server"), stdin=b"1")
        url = exporter.address()
        client = self.side(folder, "client")
        for name in ("box.example", "192.0.2.9", "localhost"):
            status, out, errors = self.run_command("list", url, "--name", name, *client)
            self.assertEqual((status, errors), (0, ""))
        status, out, errors = self.run_command("list", url, "--name", "other.example", *client)
        self.assertEqual(status, 1)
        self.assertIn("expected was dns:other.example", errors)
        status, out, errors = self.run_command("keygen", self.path("more"), "--name", "a,IP:1.2.3.4")
        self.assertEqual(status, 1)
        self.assertIn("neither a host name nor an address", errors)
        status, out, errors = self.run_command("import", url, "recv", "n", *client)
        self.assertEqual((status, out), (0, b"1\n"))
        self.assert_ended(exporter)

    def test_identity(self):
        """list -v says whom the exporter proved to be; without --ca the system's authorities count"""
        folder = self.keys()
        exporter = self.start("export", "tls://127.0.0.1:0", "send", "n", "-w", "30",
                              "--cert", folder + "/server.pem", "--key", folder + "/server.key",
                              stdin=b"1")
        url = exporter.address()
        status, out, errors = self.run_command("list", url, "-v", "--ca", folder + "/ca.pem")
        self.assertEqual(status, 0)
        self.assertIn("cn:server", errors)
        self.assertIn("dns:localhost", errors)
        self.assertIn("sha256:", errors)
        status, out, errors = self.run_command("list", url)
        self.assertEqual(status, 1)
        self.assertIn("tls.ca system", errors)
        ours = dict(os.environ, SSL_CERT_FILE=folder + "/ca.pem")
        status, out, errors = self.run_command("import", url, "recv", "n", env=ours)
        self.assertEqual((status, out, errors), (0, b"1\n", ""))
        self.assert_ended(exporter)

    def test_doctor(self):
        """doctor walks the steps, and says which one fails"""
        folder = self.keys()
        exporter = self.start("export", "tls://127.0.0.1:0", "send", "n", "-w", "30",
                              *self.side(folder, "server"), stdin=b"1")
        url = exporter.address()
        client = self.side(folder, "client")
        status, out, errors = self.run_command("doctor", url, *client)
        self.assertEqual((status, errors), (0, ""))
        steps = [line.split()[:2] for line in out.decode().splitlines()]
        self.assertEqual(steps, [["ok", step] for step in
                                 ("resolve", "connect", "handshake", "certificate", "dates", "trust",
                                  "names", "agreement", "hello", "list")])

        def failing(*words):
            status, out, _ = self.run_command("doctor", *words)
            self.assertEqual(status, 1)
            return [line.split()[1] for line in out.decode().splitlines() if line[:4] == "FAIL"], out

        self.assertEqual(failing(url, "--name", "elsewhere", *client)[0], ["names", "hello"])
        self.assertEqual(failing(url, "--ca", folder + "/ca.pem")[0], ["hello"])
        steps, out = failing(url, "--cert", folder + "/client.pem", "--key", folder + "/client.key")
        self.assertEqual(set(steps), {"trust", "hello"})
        self.assertIn(b"not among those trusted", out)
        self.assertEqual(failing("tcp" + url[3:])[0], ["hello"])
        self.assertEqual(failing("tls://no-such-host.invalid:1", *client)[0], ["resolve", "hello"])
        self.assertEqual(failing(self.unix())[0], ["hello"])
        status, out, errors = self.run_command("import", url, "recv", "n", *client)
        self.assertEqual((status, out), (0, b"1\n"))
        self.assert_ended(exporter)

    def test_doctor_plain(self):
        """doctor looks at plain addresses too, and a plain port is no TLS"""
        exporter = self.start("export", "tcp://127.0.0.1:0", "send", "n", "-w", "30", stdin=b"1")
        url = exporter.address()
        status, out, errors = self.run_command("doctor", url)
        self.assertEqual((status, errors), (0, ""))
        status, out, errors = self.run_command("doctor", "tls" + url[3:])
        self.assertEqual(status, 1)
        self.assertIn(b"FAIL  handshake", out)
        status, out, errors = self.run_command("import", url, "recv", "n")
        self.assertEqual((status, out), (0, b"1\n"))
        self.assert_ended(exporter)


class Rights(Case):
    POLICY = """{"rules": [
        {"who": "cn:the meter", "channel": "readings", "allow": "send", "close": true},
        {"who": "*", "channel": "public", "allow": "recv"}]}"""

    def policy(self, text=POLICY, name="policy.json"):
        name = self.path(name)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def test_check(self):
        """check-policy says what an exporter would answer, and which rule decides"""
        name = self.policy()
        status, out, errors = self.run_command("check-policy", name, "readings", "send",
                                               "--identity", "cn:the meter")
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(out, b"allowed: rule 1 of the policy allows it, and its end may end the "
                              b"channel\n")
        status, out, errors = self.run_command("check-policy", name, "readings", "recv",
                                               "--identity", "cn:the meter")
        self.assertEqual((status, out, errors), (1, b"denied: no rule of the policy allows it\n", ""))
        status, out, errors = self.run_command("check-policy", name, "public", "recv")
        self.assertEqual((status, out), (0, b"allowed: rule 2 of the policy allows it\n"))
        status, out, errors = self.run_command("check-policy", self.path("none"), "x", "recv")
        self.assertEqual((status, out), (1, b""))
        self.assertIn("none: No such file", errors)
        status, out, errors = self.run_command("check-policy", self.policy('{"rules":[{"who":"me"}]}', "bad"),
                                               "x", "recv")
        self.assertEqual(status, 1)
        self.assertIn("rule 1", errors)
        status, out, errors = self.run_command("check-policy", name, "x", "recv", "--identity", "me")
        self.assertEqual(status, 1)
        self.assertIn("KIND:VALUE", errors)

    def test_export(self):
        """an export with a policy answers denied, and says so with -v"""
        exporter = self.start("export", self.unix(), "send", "public", "-v", "--policy", self.policy(),
                              stdin=b"1")
        exporter.said("listening")
        status, out, errors = self.run_command("import", self.unix(), "recv", "readings")
        self.assertEqual((status, out), (1, b""))
        self.assertIn('no right to receive from channel "readings"', errors)
        status, out, errors = self.run_command("import", self.unix(), "recv", "public")
        self.assertEqual((status, out, errors), (0, b"1\n", ""))
        self.assertEqual(exporter.status(), 0)
        self.assertIn("no rule of the policy allows it", exporter.errors())
