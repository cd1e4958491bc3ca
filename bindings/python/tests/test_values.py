# SPDX-License-Identifier: MIT
"""The shared vectors and the contract."""

import itertools
import math
import unittest

import netchan
from netchan import raw
from support import PLENTY, Pair, shared, stream

CONTRACT = shared("contract.json")
VECTORS = shared("vectors.json")


def text_of(row):
    if "hex" in row:
        return bytes.fromhex(row["hex"])
    if "repeat" in row:
        part = row["repeat"]
        return (part["open"] * part["count"] + part["middle"] + part["close"] * part["count"]).encode()
    return row["text"].encode("utf-8", "surrogatepass")


def tagged(value):
    """A value in the spelled-out form of the vectors."""
    if value is None or value is True or value is False:
        return value
    if type(value) is int:
        return {"integer": str(value)}
    if type(value) is float:
        return {"real": value.hex()}
    if type(value) is str:
        return {"string": value}
    if type(value) is list:
        return {"array": [tagged(element) for element in value]}
    assert type(value) is dict, type(value)
    return {"object": [[name, tagged(member)] for name, member in value.items()]}


def native(word):
    """What the vectors' native entries name."""
    cycle = []
    cycle.append(cycle)
    return {
        "nan": math.nan,
        "infinity": math.inf,
        "-infinity": -math.inf,
        "2^70": 2**70,
        "-2^63-1": -(2**63) - 1,
        "broken string": "a\ud800",
        "broken name": {"\ud800": 1},
        "other name": {1: 2},
        "other object": object(),
        "cycle": cycle,
    }[word]


class Vectors(unittest.TestCase):
    def test_texts_are_accepted_and_refused_as_the_vectors_say(self):
        for row in VECTORS["values"]:
            with self.subTest(row["name"]):
                if row["verdict"] == "ok":
                    value = netchan.loads(text_of(row))
                    if "is" in row:
                        self.assertEqual(tagged(value), row["is"])
                else:
                    with self.assertRaises(netchan.Error) as raised:
                        netchan.loads(text_of(row))
                    self.assertEqual(raised.exception.name, row["code"])

    def test_native_values_go_through_a_channel_unchanged(self):
        channel = netchan.Channel(1)
        for row in VECTORS["values"]:
            if row["verdict"] == "ok":
                with self.subTest(row["name"]):
                    value = netchan.loads(text_of(row))
                    channel.put(value, 0)
                    got = channel.take(0)
                    self.assertEqual(netchan.dumps(got), netchan.dumps(value))
                    if "is" in row:
                        self.assertEqual(tagged(got), row["is"])
                        self.assertEqual(netchan.loads(netchan.dumps(got)), value)

    def test_what_is_no_value_is_refused_by_the_put(self):
        channel = netchan.Channel(1)
        for row in VECTORS["native"]:
            with self.subTest(row["name"]):
                with self.assertRaises(netchan.Error) as raised:
                    channel.put(native(row["native"]), 0)
                self.assertEqual(raised.exception.name, row["code"])
                self.assertEqual(len(channel), 0)

    def test_kinds_of_python_that_are_values_too(self):
        class Name(str):
            pass

        class Number(int):
            pass

        channel = netchan.Channel(1)
        for given, expected in [
            ((1, (2,)), [1, [2]]),
            (Name("a"), "a"),
            (Number(3), 3),
            ({Name("a"): Number(1)}, {"a": 1}),
        ]:
            channel.put(given, 0)
            self.assertEqual(channel.take(0), expected)

    def test_many_values_at_once(self):
        channel = netchan.Channel(3)
        self.assertEqual(channel.put_many([1, "two", None, 4], 0), 3)
        self.assertRaises(netchan.Timeout, channel.put_many, [5], 0)
        self.assertEqual(channel.take_many(10, 0), [1, "two", None])
        self.assertRaises(netchan.Timeout, channel.take_many, 10, 0)
        self.assertEqual(channel.put_many([], 0), 0)
        self.assertEqual(channel.put_many(iter([1, 2]), 0), 2)
        self.assertRaises(netchan.InvalidValue, channel.put_many, [1, math.nan], 0)
        self.assertRaises(netchan.Misuse, channel.take_many, 0, 0)
        self.assertEqual(channel.take_many(1, 0), [1])


class Contract(unittest.TestCase):
    def test_each_code_has_its_class_and_name(self):
        for row in CONTRACT["errors"]:
            cls = getattr(netchan, row["class"])
            self.assertTrue(issubclass(cls, netchan.Error))
            self.assertEqual((cls.code, cls.name), (row["code"], row["name"]))
            self.assertEqual(raw.netchan_error_name(row["code"]), row["name"])
        codes = [
            getattr(raw, name)
            for name in dir(raw)
            if name.startswith("NETCHAN_") and type(getattr(raw, name)) is int
        ]
        self.assertEqual(min(codes), min(row["code"] for row in CONTRACT["errors"]))

    def test_each_option_is_taken_where_it_belongs_and_refused_elsewhere(self):
        options = CONTRACT["options"]
        word = lambda key: key.replace(".", "_").replace("-", "_") + (
            "_" if key in ("return", "async") else ""
        )
        samples = {key: {word(key): value} for key, value in options["samples"].items()}
        numbers = itertools.count()
        with Pair("tcp") as pair:
            importer = pair.meet()

            def exporter(**words):
                netchan.Exporter(**words).wait_closed(PLENTY)

            def connect(**words):
                netchan.Importer(pair.exporter.address, timeout=PLENTY, **words).wait_closed(PLENTY)

            def export(**words):
                pair.exporter.export("a", "send", **words)
                pair.exporter.hangup("a")

            def import_(**words):
                name = "b%d" % next(numbers)
                pair.exporter.export(name, "send")
                importer.import_(name, "recv", timeout=PLENTY, **words)

            calls = dict(exporter=exporter, importer=connect, export=export)
            calls["import"] = import_
            for key, sample in samples.items():
                for scope, call in calls.items():
                    with self.subTest(key=key, scope=scope):
                        if key in options[scope]:
                            call(**sample)
                        else:
                            self.assertRaises(netchan.InvalidOption, call, **sample)
            for key in [] if netchan.feature("tls") else options["notsup"]:
                call = connect if key == "tls.name" else exporter
                self.assertRaises(netchan.NotSupported, call, **{word(key): "x"})
        self.assertRaises(netchan.InvalidOption, netchan.Exporter, no_such_key="1")

    def test_a_policy_explains_itself(self):
        policy = '{"rules":[{"who":"cn:a","channel":"x","allow":"send","close":true}]}'
        answer = netchan.explain_policy(["cn:a"], "x", "send", policy_text=policy)
        self.assertEqual((answer["allowed"], answer["close"], answer["rule"]), (True, True, 1))
        answer = netchan.explain_policy([], "x", "send", policy_text=policy)
        self.assertEqual((answer["allowed"], answer["rule"]), (False, 0))
        for words in ({}, {"policy_text": "{}"}, {"policy_txt": policy}):
            self.assertRaises(netchan.InvalidOption, netchan.explain_policy, [], "x", "send", **words)
        self.assertRaises(
            netchan.InvalidValue, netchan.explain_policy, [], "x", "read", policy_text=policy
        )

    def test_stats_and_errors_have_the_members_of_the_contract(self):
        stats = CONTRACT["stats"]
        with Pair("tcp") as pair:
            importer = pair.meet()
            sent = pair.exporter.export("a", "send", capacity=1)
            importer.import_("a", "recv", size=1, timeout=PLENTY)
            sent.put(1, PLENTY)
            for owner, role in ((pair.exporter, "exporter"), (importer, "importer")):
                figures = owner.stats()
                self.assertEqual(figures["role"], role)
                self.assertLessEqual(set(stats[role]), set(figures))
                self.assertEqual(set(figures["channels"][0]), set(stats["channel"]))
                self.assertEqual(set(figures["streams"][0]), set(stats["stream"]))
            self.assertEqual(set(importer.list()[0]), set(stats["listing"]))
            importer.import_("none", "recv", async_=True)
            entry = importer.errors.take(PLENTY)
            self.assertLessEqual(set(entry), set(stats["error"]))
            self.assertEqual(entry["code"], "nochannel")

    def test_limits_are_those_of_the_contract(self):
        limits = CONTRACT["limits"]
        netchan.Channel(limits["capacity"])
        self.assertRaises(netchan.OverLimit, netchan.Channel, limits["capacity"] + 1)
        self.assertRaises(netchan.OverLimit, netchan.Channel, -1)
        least, greatest = limits["integer"]
        channel = netchan.Channel(1)
        for number in (least, greatest):
            channel.put(number, 0)
            self.assertEqual(channel.take(0), number)
        for number in (least - 1, greatest + 1):
            self.assertRaises(netchan.InvalidValue, channel.put, number, 0)
        with Pair("pair") as pair:
            pair.exporter.export("n" * limits["name_bytes"], "send")
            for name in ("", "n" * (limits["name_bytes"] + 1), "a\0b", "\ud800"):
                self.assertRaises(netchan.InvalidValue, pair.exporter.export, name, "send")
            pair.exporter.export("name", "send")
            importer = pair.meet()
            importer.import_("name", "recv", timeout=PLENTY)
            self.assertEqual(stream(importer, "name")["size"], limits["size_default"])
