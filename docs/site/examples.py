# SPDX-License-Identifier: MIT
"""Programs that pages show: only files that the tests run, with what the tests know them to print."""

import os
import re

from links import escape

# Languages in which a program has to be a file; the others are shell, data and the wire.
PROGRAMS = {"c", "java", "lua", "python", "ruby", "json"}
# The page of examples begins with the simple ones.
ORDER = ("channel.c", "value.c", "export.c", "import.c", "shell.sh", "credit.c", "drain.c", "select.c",
         "cancel.c", "errors.c", "request_reply.c", "relay.c", "event_loop.c", "tls.sh", "demo.sh")
FOLDERS = ("docs/examples", "bindings/python/examples", "bindings/ruby/examples",
           "bindings/lua/examples", "bindings/java/examples")


class Examples:
    def __init__(self, site):
        self.site = site
        self.paths = [f"{folder}/{name}" for folder in FOLDERS for name in site.files(folder)
                      if os.path.splitext(name)[1] in (".c", ".java", ".lua", ".py", ".rb", ".sh")
                      and name != "run.sh"]
        for path in self.paths:
            if path.startswith("docs/"):
                site.links.add("example", path, "examples.html", os.path.basename(path))

    def check_fence(self, language, page):
        if language in PROGRAMS:
            raise ValueError(f"{page.name}: a program in {language} that is no file; write "
                             "<!-- docs/examples/NAME --> instead")

    def text(self, path):
        """The program without its licence line; None for one that is not there."""
        if path not in self.paths:
            raise ValueError(f"{path}: a page shows it, and it is not an example")
        text = self.site.read(path)
        return re.sub(r"\A(?:#!.*\n)?(?:/\*|//|#|--) SPDX-License-Identifier: MIT(?: \*/)?\n", "",
                      text)

    def output(self, path):
        """What the tests compare the program's output with."""
        name = os.path.splitext(path)[0] + ".txt"
        return self.site.read(name) if self.site.has(name) else None

    def show(self, path, what, page):
        text = self.text(path)
        anchor = self.site.links.target(path, page.name)
        caption = f'<a href="{anchor}">{escape(path)}</a>' if anchor and page.name != \
            "examples.html" else escape(path)
        if what == "output":
            text = None
        elif what:
            text = self.part(path, text, what.split()[1])
        elif page.name != "examples.html":
            text = re.sub(r"\A/\*.*?\*/\n", "", text, flags=re.DOTALL)
        if text is not None:
            page.program(path, text, caption)
        output = self.output(path)
        if what == "output" and output is None:
            raise ValueError(f"{path}: no file says what it prints")
        if output is not None and what in (None, "output"):
            page.add('<figure class="output"><figcaption>It prints</figcaption>\n'
                     f'<pre tabindex="0"><samp>{escape(output.rstrip(chr(10)))}</samp></pre></figure>\n')

    def part(self, path, text, name):
        """One function of a program in C, or what stands in a script between "# NAME" and an empty line."""
        if path.endswith(".c"):
            comment, head = r"(?:/\*(?:(?!\*/).)*\*/\n)?", rf"[^\n/ #][^\n]*\b{name}\("
            pattern = rf"^{comment}{head}[^{{]*\)\n\{{\n.*?^\}}\n"
        else:
            pattern = rf"^# {name}\b.*?(?=\n\n|\Z)"
        found = re.search(pattern, text, re.DOTALL | re.MULTILINE)
        if not found:
            raise ValueError(f"{path}: has no part {name}")
        return found.group()

    def chapter(self, page):
        """The page of all examples of the C library, each with its opening words."""
        names = [os.path.basename(path) for path in self.paths if path.startswith("docs/")]
        for name in sorted(names, key=lambda name: (ORDER + tuple(names)).index(name)):
            page.heading(2, name, anchor=name)
            self.show("docs/examples/" + name, None, page)
