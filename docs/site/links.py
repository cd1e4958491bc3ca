# SPDX-License-Identifier: MIT
"""What each name of netchan leads to, and text in which such names are links."""

import html
import re

MANUALS = {
    "netchan(1)": "command.html",
    "netchan(7)": "semantics.html",
    "netchan-options(7)": "options.html",
    "netchan-policy(7)": "policy.html",
}
DOCUMENTS = {
    "ABI.md": "abi.html",
    "NEWS": "news.html",
    "PERFORMANCE.md": "performance.html",
    "PROTOCOL.md": "protocol.html",
    "RELIABILITY.md": "reliability.html",
    "SECURITY.md": "security.html",
    "THREADS.md": "threads.html",
    "docs/netchan.7": "semantics.html",
    "docs/netchan-options.7": "options.html",
    "docs/netchan-policy.7": "policy.html",
    "docs/examples/": "examples.html",
    "abi/ABI.md": "abi.html",
    "abi/netchan.h": "api.html",
}
# Pages where window, wait and return are words of something else than options.
OTHER_WORDS = {"protocol.html", "performance.html", "threads.html", "python.html", "ruby.html",
               "lua.html", "java.html"}
# A name in running text. A bare S5.3 is a rule; [P17] needs its brackets, since the rows of
# RELIABILITY.md have such names too.
NAME = re.compile(
    r"netchan_[a-z0-9_]*[a-z0-9]|NETCHAN_[A-Z_]*[A-Z]|\bS\d+\.\d+\b|\[P\d+\]"
    r"|\bnetchan(?:-options|-policy)?\([17]\)"
    r"|(?:docs/)?\b(?:ABI|PERFORMANCE|PROTOCOL|RELIABILITY|SECURITY|THREADS)\.md\b")


def escape(text):
    return html.escape(text, quote=False)


def slug(text):
    """An anchor made of a heading's words."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


class Links:
    """The home of every name: the one anchor that explains it."""

    def __init__(self):
        self.homes = dict(MANUALS)
        for name, target in DOCUMENTS.items():
            self.homes[name] = target
            self.homes["docs/" + name] = target
        self.kinds = {}

    def add(self, kind, name, page, anchor=None):
        if name in self.kinds:
            raise ValueError(f"{name} has two homes: {self.homes[name]} and {page}")
        self.homes[name] = f"{page}#{anchor or name}"
        self.kinds[name] = kind

    def target(self, name, page):
        """Where a name leads from a page, or None."""
        target = self.homes.get(name)
        if target and target.startswith(page + "#"):
            return target[len(page):]
        return None if target == page else target

    def anchor(self, name, page, content, style=""):
        """The content as a link, or as it is where the name leads nowhere."""
        target = self.target(name, page)
        if target is None:
            return content
        kind = f' class="{style}"' if style else ""
        return f'<a{kind} href="{html.escape(target)}">{content}</a>'

    def text(self, text, page):
        """Plain text as HTML, in which every name that has a home is a link to it."""
        out, at = [], 0
        for found in NAME.finditer(text):
            out.append(escape(text[at:found.start()]))
            name = found.group()
            at = found.end()
            if name.startswith("netchan_") and text.startswith("(3)", at):
                at += 3
            shown = escape(text[found.start():at])
            if re.match(r"netchan_|NETCHAN_", name):
                shown = f"<code>{shown}</code>"
            style = "name" if shown.startswith("<code>") else ""
            out.append(self.anchor(name.strip("[]"), page, shown, style))
        out.append(escape(text[at:]))
        return "".join(out)

    def code(self, text, page):
        """A code span: a link when the whole of it is a name, or names stand in it."""
        whole = text.split("=")[0].rstrip("()")
        if whole in self.homes and not (page in OTHER_WORDS and whole.isalpha()):
            return self.anchor(whole, page, f"<code>{escape(text)}</code>", "name")
        out, at = [], 0
        for found in re.finditer(r"netchan_[a-z0-9_]*[a-z0-9]|NETCHAN_[A-Z_]*[A-Z]", text):
            out.append(escape(text[at:found.start()]))
            out.append(self.anchor(found.group(), page, escape(found.group())))
            at = found.end()
        out.append(escape(text[at:]))
        return "<code>" + "".join(out) + "</code>"
