#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the reference site out of the header, the manual, the documents and the examples.

usage: mksite.py TREE FOLDER

Everything is read below TREE, nothing from elsewhere, and the same sources give the same bytes. What
cannot be made as it should, such as a page that shows an example which is not there, ends it with status
1 and a line that names it; a half-made site is not left behind.
"""

import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
sys.dont_write_bytecode = True

import languages  # noqa: E402
import reference  # noqa: E402
import search  # noqa: E402
from examples import Examples  # noqa: E402
from links import Links  # noqa: E402
from markdown import Reader  # noqa: E402
from mdoc import Manual  # noqa: E402
from page import NAMES, Page  # noqa: E402

# What each page is about, in a sentence; the names of pages stand in page.py.
SUMMARIES = {
    "index.html": "Go-like channels between processes, hosts and languages, without a broker.",
    "guide.html": "The main ideas one after the other, each with a program that runs.",
    "examples.html": "Complete programs. The tests compile them, run them, and compare what they print.",
    "api.html": "Every public function, type and constant of abi/netchan.h.",
    "api-value.html": "JSON texts: made from text or piece by piece, and read in place.",
    "api-channel.html": "Bounded queues of values. They work without any network.",
    "api-select.html": "Wait for the first of several sends and receives.",
    "api-exporter.html": "Publish channels by name on one or more addresses.",
    "api-importer.html": "Connect to an exporter and bind its channels.",
    "api-options.html": "Settings by key and text, and what a policy says.",
    "api-other.html": "Version, features, texts of errors; tokens that end waits.",
    "errors.html": "Every result code: what it means, and which calls answer it.",
    "options.html": "Every key that an exporter, an importer, an export or an import takes.",
    "policy.html": "Who may bind which channel of an exporter.",
    "command.html": "Send and receive the values of channels from a shell.",
    "semantics.html": "The contract: words, numbered rules and promises. Each rule has a test.",
    "protocol.html": "The bytes on the wire, enough to write a peer in another language.",
    "performance.html": "What a value costs, and why.",
    "reliability.html": "Faults and attacks: what is promised then, and what shows it.",
    "security.html": "How to report a weakness, what counts as one, and what is defended against.",
    "abi.html": "What of the interface stays from release to release, and how that is checked.",
    "threads.html": "For whoever changes the library: which thread owns what, and the order of locks.",
    "news.html": "What each release brought.",
    "index-all.html": "Functions, codes, options, words and headings, from A to Z.",
}
TITLES = {"index.html": "Channels that work across processes", "command.html": "The command netchan",
          "index-all.html": "Index"}
MANUALS = {"command.html": ("netchan.1", "netchan"), "options.html": ("netchan-options.7", "netchan-options"),
           "policy.html": ("netchan-policy.7", "netchan-policy"), "semantics.html": ("netchan.7", "netchan")}
DOCUMENTS = {"protocol.html": "docs/PROTOCOL.md", "performance.html": "docs/PERFORMANCE.md",
             "reliability.html": "docs/RELIABILITY.md", "threads.html": "docs/THREADS.md",
             "security.html": "SECURITY.md", "abi.html": "abi/ABI.md", "guide.html": "docs/site/guide.md",
             "index.html": "docs/site/start.md"}


class Site:
    """The sources, and the names that they explain."""

    def __init__(self, tree):
        self.tree = tree
        self.header = reference.Header(self.read("abi/netchan.h"), self.read("bindings/contract.json"))
        self.version = re.search(r'^#define NETCHAN_VERSION +"(.*)"', self.header.text,
                                 re.MULTILINE).group(1)
        self.links = Links()
        self.header.claim(self.links)
        for key in re.findall(r"^\.It Cm ([a-z][a-z.-]*)$", self.read("docs/netchan-options.7"),
                              re.MULTILINE):
            self.links.add("option", key, "options.html")
        rules = self.read("docs/netchan.7")
        for number in re.findall(r"^\.It \[(S[\d.]+)\]$", rules, re.MULTILINE):
            self.links.add("rule", number, "semantics.html")
        self.mentions = find_mentions(rules)
        for number in re.findall(r"^- \[(P\d+)\]", self.read("docs/PROTOCOL.md"), re.MULTILINE):
            self.links.add("rule", number, "protocol.html")
        words = rules[rules.index(".Ss Words"):rules.index(".Ss Promises")]
        for word in re.findall(r"^\.It Em (\w+)", words, re.MULTILINE):
            self.links.add("word", "word:" + word, "semantics.html", "word-" + word)
        self.examples = Examples(self)

    def path(self, name):
        return os.path.join(self.tree, name)

    def has(self, name):
        return os.path.isfile(self.path(name))

    def files(self, folder):
        return sorted(os.listdir(self.path(folder)))

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            raise ValueError(f"{name}: a page needs it, and it is not there") from None

    def diagram(self, name):
        return re.sub(r"\A<!--.*?-->\n", "", self.read(f"docs/site/{name}.svg"), flags=re.DOTALL)


def find_mentions(text):
    """{option or function: the numbers of the rules that speak of it}"""
    mentions = {}
    for number, sentence in re.findall(r"^\.It \[(S[\d.]+)\]\n(.*?)(?=^\.It|^\.El)", text,
                                       re.DOTALL | re.MULTILINE):
        for option, function in re.findall(r"^\.(?:Cm ([a-z.-]+)|Xr (netchan_\w+) 3)", sentence,
                                           re.MULTILINE):
            mentions.setdefault(option or function, []).append(number)
    return mentions


def news(text):
    """NEWS as Markdown: a release is a heading."""
    return re.sub(r"^(.+)\n-{3,}$", r"## \1", text, flags=re.MULTILINE)


def make_page(site, name):
    page = Page(site, name, TITLES.get(name, NAMES[name]), SUMMARIES.get(name, ""))
    if name in MANUALS:
        file, command = MANUALS[name]
        Manual(site.read("docs/" + file), page, command).read()
    elif name in DOCUMENTS:
        Reader(site.read(DOCUMENTS[name]), page, site.examples).read()
    elif name == "news.html":
        Reader(news(site.read("NEWS")), page, site.examples).read()
    elif name == "examples.html":
        site.examples.chapter(page)
    elif name == "api.html":
        reference.add_overview(page, site.header)
    elif name == "errors.html":
        reference.add_errors(page, site.header)
    elif name.startswith("api-"):
        reference.add_group(page, site.header)
    else:
        languages.add_language(page)
    return page


def make(tree):
    """{file name: text} of the whole site."""
    site = Site(tree)
    pages = {name: make_page(site, name) for name in NAMES if name != "index-all.html"}
    found = search.entries(site, {name: page.render() for name, page in pages.items()})
    pages["index-all.html"] = Page(site, "index-all.html", "Index", SUMMARIES["index-all.html"])
    search.add_index(pages["index-all.html"], found)
    files = {name: page.render() for name, page in pages.items()}
    files["search-index.js"] = search.script(found)
    for name in ("style.css", "search.js"):
        files[name] = site.read("docs/site/" + name)
    return files


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    tree, folder = sys.argv[1:]
    try:
        files = make(tree)
    except ValueError as fault:
        print(f"mksite: {fault}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
