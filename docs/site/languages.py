# SPDX-License-Identifier: MIT
"""A page for each other language: its own documentation, read out of its sources, and its examples."""

import ast
import re

from links import escape
from markdown import inline

# For each page the language's name, with which its paragraph in README.md begins, its folder, what holds its
# opening words, the files of its reference in the order of their importance, the examples.
LANGUAGES = {
    "python.html": ("Python", "bindings/python", "netchan/__init__.py",
                    ("netchan/_owners.py", "netchan/_channel.py", "netchan/_select.py",
                     "netchan/_text.py"), ("export.py", "import.py", "asyncio_import.py")),
    "ruby.html": ("Ruby", "bindings/ruby", "lib/netchan.rb",
                  ("lib/netchan/exporter.rb", "lib/netchan/importer.rb", "lib/netchan/owner.rb",
                   "lib/netchan/channel.rb", "lib/netchan/select.rb", "lib/netchan.rb"),
                  ("export.rb", "import.rb")),
    "lua.html": ("Lua", "bindings/lua", "netchan.lua",
                 ("netchan.lua", "netchan/owners.lua", "netchan/channel.lua", "netchan/select.lua"),
                 ("export.lua", "import.lua")),
    "java.html": ("Java", "bindings/java", "org/netchan/package-info.java",
                  tuple(f"org/netchan/{name}.java" for name in (
                      "Owner", "Exporter", "Importer", "Import", "Channel", "Select", "Choice",
                      "Options", "Netchan", "NetchanException")), ("Export.java", "Import.java")),
}
TAG = re.compile(r"^@(param|tparam|treturn|return|raise|throws|yield|yieldparam|yieldreturn)\b"
                 r"(?:\[[^\]]*\])?\s*(.*)")


class Entry:
    """A class, or a function with the class it belongs to, and what its documentation says."""

    def __init__(self, owner, declaration, text, constructor=None):
        self.owner, self.declaration, self.constructor = owner, declaration, constructor
        self.paragraphs, self.tags = split_text(text)


def split_text(text):
    """Paragraphs, and what stands behind @param and the like. Programs are shown as examples, so
    indented lines are left out, and with them what leads to them."""
    paragraphs, tags = [], []
    text = re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines, tagged = [], False
        if all(re.match(r" {2,}\S|\t", line) for line in block.split("\n")):
            if paragraphs and paragraphs[-1].endswith(":"):
                cut = re.sub(r"\s*\b(?:One|The other) side:$", "", paragraphs.pop())
                paragraphs += [re.sub(r":$", ".", cut)] if cut else []
            continue
        for line in block.split("\n"):
            found = TAG.match(line.strip())
            if found:
                tags.append([found.group(1), found.group(2)])
                tagged = True
            elif tagged and line.strip():
                tags[-1][1] += " " + line.strip()
            elif line.strip() and not line.strip().startswith("@"):
                lines.append(line.strip())
        if lines:
            paragraphs.append(" ".join(lines))
    return paragraphs, tags


def read_python(text, public):
    """Public classes, methods and functions with their docstrings."""
    lines = text.split("\n")

    def declaration(node):
        body = node.body[0].lineno - 1
        words = " ".join(line.strip() for line in lines[node.lineno - 1:body])
        words = re.sub(r"\(\s+", "(", re.sub(r",?\s+\)", ")", words))
        return re.sub(r"^def |:$|\bself(?:, )?", "", words.strip())

    def constructor(node):
        made = [item for item in node.body if getattr(item, "name", "") == "__init__"]
        return re.sub(r"__init__| -> None", "", node.name + declaration(made[0])) if made else None

    def walk(body, owner):
        for node in body:
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                continue
            text = ast.get_docstring(node)
            name = node.name
            if isinstance(node, ast.ClassDef) and text and (name in public or name == "_Owner"):
                name = "Exporter and Importer" if name == "_Owner" else name
                yield Entry(name, None, text, constructor(node))
                yield from walk(node.body, name)
            elif isinstance(node, ast.FunctionDef) and text and (
                    owner or name in public) and not name.startswith("_"):
                yield Entry(owner or "Functions", declaration(node), text)

    return list(walk(ast.parse(text).body, None))


def comment_blocks(text, begin, line):
    """(comment, the line behind it) for each block of comment lines."""
    for found in re.finditer(rf"(?m)^([ \t]*){begin}([^\n]*)\n((?:[ \t]*{line}[^\n]*\n)*)([^\n]*)", text):
        rest = [re.sub(rf"^[ \t]*{line} ?", "", row) for row in found.group(3).splitlines()]
        yield "\n".join([re.sub("^ ", "", found.group(2))] + rest), found.group(4).strip()


def read_ruby(text):
    entries, owner = [], "Netchan"
    text = text.replace("# SPDX-License-Identifier: MIT\n", "").replace(
        "# frozen_string_literal: true\n", "")
    text = re.split(r"^\s*private\s*$", text, flags=re.MULTILINE)[0]
    for comment, behind in comment_blocks(text, "#", "#"):
        found = re.match(r"class (\w+)", behind)
        if "@api private" in comment or "@private" in comment:
            continue
        if found:
            owner = found.group(1)
            entries.append(Entry(owner, None, comment))
        elif re.match(r"def |attr_reader ", behind):
            words = re.sub(r"^(def |attr_reader :)", "", behind).replace(
                "initialize", owner + ".new")
            entries.append(Entry(owner, re.sub(r"^self\.", owner + ".", words) if owner == "Netchan"
                                 else words.replace("self.", owner + "."), comment))
    return entries


def read_lua(text):
    entries, owner = [], "Functions"
    for comment, behind in comment_blocks(text, "---", "--"):
        kind = re.search(r"@classmod (\w+)|@type (\w+)", comment)
        named = re.search(r"@function (\S+)", comment)
        comment = re.sub(r"^@(usage|section|classmod|type|function|see|field)\b.*(?:\n(?!@).*)*", "",
                         comment, flags=re.MULTILINE)
        if "@module" in comment or "@local" in comment:
            continue
        if kind:
            owner = kind.group(1) or kind.group(2)
            entries.append(Entry(owner, None, comment))
        elif behind.startswith("function ") or named:
            words = behind[len("function "):] if behind.startswith("function ") else named.group(1)
            entries.append(Entry(owner, words, comment))
    return entries


def read_java(text):
    entries, owner = [], ""
    for found in re.finditer(r"/\*\*(.*?)\*/\s*((?:@\w+\s+)*)([^;{]*)[;{]", text, re.DOTALL):
        comment = re.sub(r"^\s*\* ?", "", found.group(1).strip(), flags=re.MULTILINE)
        comment = re.sub(r"\{@(?:link|code) ([^}]+)\}", lambda at: "`" + at.group(1).replace("#", ".")
                         .lstrip(".") + "`", comment)
        comment = re.sub(r"</?b>", "**", comment).replace("<p>", "\n")
        words = " ".join(found.group(3).split())
        kind = re.match(r"public (?:(?:static|final|abstract|sealed) )*(?:class|enum|interface|record) "
                        r"(\w+)", words)
        if kind:
            owner = kind.group(1) if not owner or kind.group(1) not in text.split("{")[0] else owner
            entries.append(Entry(owner, None, comment))
        elif words.startswith("public "):
            entries.append(Entry(owner, words[len("public "):].split(" throws ")[0], comment))
    return entries


def opening(site, name, folder, file):
    """The words that a language's own documentation begins with."""
    text = site.read(f"{folder}/{file}")
    if name == "Python":
        return split_text(ast.get_docstring(ast.parse(text)))[0]
    if name == "Ruby":
        blocks = [row[0] for row in comment_blocks(text.replace("# SPDX-License-Identifier: MIT", ""),
                                                   "#", "#")]
        return split_text(next(block for block in blocks if block.startswith("Channels")))[0]
    if name == "Lua":
        block = next(row[0] for row in comment_blocks(text, "---", "--"))
        return split_text(block)[0]
    comment = re.search(r"/\*\*(.*?)\*/", text, re.DOTALL).group(1)
    return read_java(f"/**{comment}*/ public class package {{")[0].paragraphs


def tidy(text, name):
    if name == "Lua":
        text = re.sub(r"@\{([^}]+)\}", lambda at: "`" + at.group(1) + "`", text)
    return text


def readme_words(site, name):
    """The language's paragraph in README.md, which leads to a program there."""
    found = re.search(rf"^{name} \d[^\n]*(?:\n[^\n]+)*", site.read("README.md"), re.MULTILINE)
    words = " ".join(found.group().split())
    return re.sub(r"\.? This one .*$|:$", ".", words)


def read_entries(site, name, folder, files):
    readers = {"Ruby": read_ruby, "Lua": read_lua, "Java": read_java}
    public = re.findall(r'^    "(\w+)",$', site.read(f"{folder}/netchan/__init__.py"), re.MULTILINE) \
        if name == "Python" else []
    entries = []
    for file in files:
        text = site.read(f"{folder}/{file}")
        found = read_python(text, public) if name == "Python" else readers[name](text)
        # Classes of errors stand in the table of errors.
        entries += [entry for entry in found if "Exception" not in file or "Exception" in entry.owner]
    return sorted(entries, key=lambda entry: entry.owner in ("Functions", "Netchan"))


def add_language(page):
    name, folder, intro, files, examples = LANGUAGES[page.name]
    site = page.site
    page.summary = opening(site, name, folder, intro)[0]
    page.add(f"<p>{inline(readme_words(site, name), page)}</p>\n")
    for paragraph in opening(site, name, folder, intro)[1:]:
        page.add(f"<p>{inline(tidy(paragraph, name), page)}</p>\n")
    page.heading(2, "Examples")
    for example in examples:
        site.examples.show(f"{folder}/examples/{example}", None, page)
    page.heading(2, "Errors")
    root = "NetchanException</code>, which holds the others," if name == "Java" else "Error</code>"
    page.add(f"<p>Each kind of error has a class of its own; <code>{root} stands for all.</p>\n")
    rows = [(f"<code>{row['class']}</code>", page.code(code_of(site, row["name"])),
             page.text(meaning(site, row["name"]))) for row in site.header.classes.values()]
    page.table(("Class", "Code", "Means"), rows, "names three")
    add_entries(page, name, read_entries(site, name, folder, files))


def code_of(site, word):
    return "NETCHAN_" + word.upper()


def meaning(site, word):
    return site.header.codes[code_of(site, word)]


def add_entries(page, name, entries):
    """The reference: a heading for each class, and what its functions say of themselves."""
    owner = None
    for entry in entries:
        if entry.owner != owner:
            if owner is not None:
                page.add("</dl>\n")
            owner = entry.owner
            page.heading(2, owner)
            if entry.declaration is None:
                if entry.constructor:
                    page.block(entry.constructor, name.lower())
                add_paragraphs(page, name, entry)
            page.add('<dl class="methods">\n')
            if entry.declaration is None:
                continue
        if entry.declaration is None:
            continue
        shown = escape(entry.declaration).replace("-&gt;", "<span>-&gt;</span>")
        page.add(f"<dt><code>{shown}</code></dt><dd>\n")
        add_paragraphs(page, name, entry)
        page.add("</dd>\n")
    if owner is not None:
        page.add("</dl>\n")


def add_paragraphs(page, name, entry):
    for paragraph in entry.paragraphs:
        page.add(f"<p>{inline(tidy(paragraph, name), page)}</p>\n")
    if entry.tags:
        words = {"tparam": "param", "treturn": "return", "throws": "raise"}
        page.add('<ul class="tags">\n', *[
            f"<li><span>{words.get(tag, tag)}</span> {inline(tidy(text, name), page)}</li>\n"
            for tag, text in entry.tags], "</ul>\n")
