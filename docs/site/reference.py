# SPDX-License-Identifier: MIT
"""The reference of functions, made of the header by the parser of the manual's section 3."""

import json
import re

import mkman
from links import escape
from mdoc import Manual

# The header's sections, and the page that each goes to.
GROUPS = {
    "Values": "api-value.html", "Channels": "api-channel.html", "Select": "api-select.html",
    "Exporter": "api-exporter.html", "Importer": "api-importer.html",
    "Options": "api-options.html", "Library": "api-other.html", "Cancel tokens": "api-other.html",
}
FACTS = {"RETURN VALUES": "Result", "OWNERSHIP": "Ownership", "ERRORS": "Errors",
         "THREADS AND WAITING": "Threads and waiting", "SEE ALSO": "See also"}
DEFINE = re.compile(r"^#define (NETCHAN_[A-Z_]+)[ ]+(\(-\d+\)|0x\d+|\d+|\"[^\"]+\")"
                    r"(?:[ \t]*/\* (.*?) \*/)?$", re.MULTILINE)
TYPE = re.compile(r"^typedef struct (netchan_\w+) \1;\s*/\* (.*?) \*/$", re.MULTILINE)


class Function(Manual):
    """A page of section 3 as one entry of a group's page."""

    def do_Sh(self, rest):
        self.flush()
        if self.section in FACTS:
            self.page.add("</dd>\n")
        self.section = rest
        if rest in FACTS:
            self.page.add(f"<dt>{FACTS[rest]}</dt><dd>\n")

    def control(self, name, rest):
        if self.section == "SYNOPSIS" and name != "Sh":
            return
        if self.section == "DESCRIPTION" and name == "Sh" and rest != "DESCRIPTION":
            self.flush()
            self.page.add('<dl class="facts">\n')
        super().control(name, rest)

    def read(self):
        super().read()
        self.add_rules(self.name)
        self.page.add("</dd>\n</dl>\n")


def signature(page, links, here):
    """The declaration; one argument a line where it is long. Our types are links."""
    head = f"{page.type} ".replace("* ", "*") + page.name + "("
    one = head + ", ".join(page.arguments) + ");"
    if len(one) > 76:
        one = head + (",\n    ").join(["\n    " + page.arguments[0]] + page.arguments[1:]) + ");"
    shown = escape(one)
    for kind in sorted(set(re.findall(r"netchan_\w+", one)) - {page.name}):
        shown = re.sub(rf"\b{kind}\b", links.anchor(kind, here, kind), shown)
    return shown.replace(page.name + "(", f"<strong>{page.name}</strong>(")


class Header:
    """The public header, taken apart."""

    def __init__(self, text, contract):
        faults = []
        self.text, self.codes = text, dict(mkman.CODE.findall(text))
        self.pages = mkman.read_pages(text, "abi/netchan.h", faults)
        if faults:
            raise ValueError("\n".join(faults))
        self.classes = {row["name"]: row for row in json.loads(contract)["errors"]}
        self.groups = self.find_groups()

    def find_groups(self):
        """(title, names of its functions), in the header's order."""
        pieces = re.split(r"/\* ---- (.+?) -+ \*/\n", self.text)
        groups = []
        for title, body in zip(pieces[1::2], pieces[2::2]):
            if title not in GROUPS:
                raise ValueError(f"abi/netchan.h: docs/site/reference.py has no page for {title}")
            groups.append((title, [row[0] for row in mkman.FUNCTION.findall(body)]))
        return groups

    def claim(self, links):
        """Tells every name's home."""
        for title, names in self.groups:
            for name in names:
                links.add("function", name, GROUPS[title])
        for name, value, _ in DEFINE.findall(self.text):
            code = value.startswith("(") or name == "NETCHAN_OK"
            links.add("error" if code else "constant", name, "errors.html" if code else "api.html")
        for name, _ in TYPE.findall(self.text):
            links.add("type", name, "api.html")


def add_group(page, header):
    """One page of functions: first their list, then one after the other."""
    links = page.site.links
    groups = [group for group in header.groups if GROUPS[group[0]] == page.name]
    for title, names in groups:
        if len(groups) > 1:
            page.heading(2, title)
        add_list(page, header, names)
    for _, names in groups:
        for name in names:
            function = header.pages[name]
            page.add('<section class="function">\n')
            page.heading(2, name, anchor=name)
            page.add(f'<p class="summary">{page.text(sentence(function.summary))}</p>\n'
                     f'<pre class="signature" tabindex="0"><code>'
                     f"{signature(function, links, page.name)}</code></pre>\n")
            source = mkman.render(function, header.pages, header.codes, "")
            known = sentence(function.summary) + "."
            Function(source, page, name, skip=("NAME", "DESCRIPTION") if
                     mkman.describe(function) == [known] else ("NAME",)).read()
            page.add("</section>\n")


def sentence(text):
    return text[:1].upper() + text[1:]


def add_list(page, header, names):
    page.table(("", ""), [(page.code(name), page.text(header.pages[name].summary))
                          for name in names], "names")


def add_overview(page, header):
    """All functions by group, the rules that hold for all, types and constants."""
    opening = re.search(r"Rules that hold for every function:\n(.*?)\n \*/", header.text, re.DOTALL)
    rules = re.split(r"^\s*\*\s+- ", opening.group(1), flags=re.MULTILINE)[1:]
    page.heading(2, "Rules that hold for every function")
    page.add("<ul>\n", *[f"<li>{page.text(' '.join(re.sub(r'[ ]?[*] +', ' ', rule).split()))}</li>\n"
                         for rule in rules], "</ul>\n")
    for title, names in header.groups:
        page.heading(2, title)
        add_list(page, header, names)
    page.heading(2, "Types")
    page.table(("Type", "Is"), [(f'<code id="{page.take(name)}">{name}</code>', page.text(words))
                                for name, words in TYPE.findall(header.text)], "names")
    page.heading(2, "Constants")
    rows = [(f'<code id="{page.take(name)}">{name}</code>', f"<code>{escape(value)}</code>",
             page.text(words)) for name, value, words in DEFINE.findall(header.text)
            if page.site.links.kinds[name] == "constant"]
    page.table(("Constant", "Value", "Means"), rows, "names three")
    page.add(f"<p>Result codes have {page.site.links.anchor('NETCHAN_OK', page.name, 'a page')} of "
             "their own.</p>\n")


def add_errors(page, header):
    """Every result code: what it means, its word, and which functions answer it."""
    returned = {}
    for name, function in header.pages.items():
        for code, remark in mkman.list_errors(function, header.pages, header.codes):
            returned.setdefault(code, []).append((name, remark))
    names = {row["code"]: row for row in header.classes.values()}
    codes = [(name, int(value.strip("()"))) for name, value, _ in DEFINE.findall(header.text)
             if page.site.links.kinds[name] == "error"]
    page.table(("Code", "Number", "Means"), [
        (page.code(name), f"<code>{number}</code>", page.text(sentence(header.codes[name])))
        for name, number in codes if number], "names three")
    for name, number in codes:
        word = names[number]["name"] if number else "ok"
        page.add('<section class="code">\n')
        page.heading(2, name, anchor=name)
        meaning = header.codes.get(name, "the call did what it was asked")
        page.add(f'<p class="summary">{page.text(sentence(meaning))}.</p>\n')
        page.add(f'<p class="small">Number <code>{number}</code>, word <code>{word}</code>'
                 + (f", exception <code>{names[number]['class']}</code> in other languages" if number
                    else "") + ".</p>\n")
        add_returned(page, returned.get(name, []))
        page.add("</section>\n")


def add_returned(page, functions):
    if not functions:
        return
    count = f"{len(functions)} functions" if len(functions) > 1 else "one function"
    opened = " open" if len(functions) < 6 else ""
    page.add(f"<details{opened}><summary>Answered by {count}</summary>\n<ul>\n")
    for name, remark in functions:
        more = f": {page.text(remark)}" if remark else ""
        page.add(f"<li>{page.code(name)}{more}</li>\n")
    page.add("</ul></details>\n")
