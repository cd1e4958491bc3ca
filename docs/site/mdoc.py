# SPDX-License-Identifier: MIT
"""The part of mdoc(7) that our manual pages use, as HTML.

Pages of section 7 and 1 are read from their files, those of section 3 as docs/mkman.py writes them, so
that the site and the manual say the same words. A macro that is not known here is an error, not left out.
"""

import re
import shlex

from links import escape
from markdown import add_sentence

CLOSING = set(".,:;)]?!")
OPENING = set("([")
CALLABLE = {"Ar", "Cm", "Dv", "Em", "Ev", "Fa", "Fl", "Nm", "No", "Ns", "Op", "Pa", "Pq", "Ql", "Sq",
            "Sx", "Va", "Xr"}
ENCLOSING = {"Op": ("[", "]"), "Pq": ("(", ")"), "Sq": ("\u2018", "\u2019"),
             "Ql": ("<code>", "</code>")}
IGNORED = {"Dd", "Dt", "Os", "Nd"}


def unescape(text):
    """roff's escapes, of which we use few."""
    for escaped, plain in (("\\&", ""), ("\\-", "-"), ("\\(dq", '"'), ("\\(aq", "'"), ("\\e", "\\")):
        text = text.replace(escaped, plain)
    return text


def split_words(line):
    """The words of a macro line; those in double quotes may hold spaces."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    return list(lexer)


class Inline:
    """One macro line: pieces of HTML, and where no space stands between two."""

    def __init__(self, manual):
        self.manual, self.out, self.glue = manual, "", True

    def put(self, piece, glue=False):
        if self.out and not (glue or self.glue):
            self.out += " "
        self.out += piece
        self.glue = False

    def word(self, word):
        if word in CLOSING or word and set(word) <= CLOSING:
            self.put(escape(word), glue=True)
        elif word in OPENING:
            self.put(escape(word))
            self.glue = True
        else:
            self.put(self.manual.text(unescape(word)))

    def line(self, words):
        """Macros and words to the end of the line."""
        words = list(words)
        while words:
            word = words.pop(0)
            if word == "Ns":
                self.glue = True
            elif word == "No":
                continue
            elif word in ENCLOSING:
                words = self.enclose(word, words)
            elif word in CALLABLE:
                words = self.macro(word, words)
            else:
                self.word(word)
        return self.out

    def enclose(self, name, words):
        """Brackets or quotes around the rest of the line, closing marks behind them."""
        rest = list(words)
        tail = []
        while rest and rest[-1] in CLOSING:
            tail.insert(0, rest.pop())
        begin, end = ENCLOSING[name]
        inner = " ".join(escape(unescape(word)) for word in rest) if name == "Ql" else \
            Inline(self.manual).line(rest)
        self.put(begin + inner + end)
        return tail

    def macro(self, name, words):
        """Takes the words up to the next macro or closing mark."""
        taken = []
        while words and words[0] not in CALLABLE and words[0] not in CLOSING:
            if name == "Xr" and len(taken) == 2:
                break
            taken.append(unescape(words.pop(0)))
        if name == "Fl" and not taken and words and words[0] == "Fl":
            words.pop(0)
            while words and words[0] not in CALLABLE and words[0] not in CLOSING:
                taken.append(unescape(words.pop(0)))
            taken = ["-" + taken[0]] + taken[1:] if taken else ["-"]
        lead = [taken.pop(0)] if taken and taken[0] in OPENING else []
        for mark in lead:
            self.word(mark)
        if name == "Ar" and not taken:
            taken = ["file", "..."]
        self.put(self.manual.dress(name, taken))
        if name not in ("Nm", "Xr") and len(words) > 1 and words[0] in CLOSING and \
                words[1] not in CALLABLE and words[1] not in CLOSING:
            self.word(words.pop(0))
            return self.macro(name, words)  # a mark between two words of one macro
        return words


class Manual:
    """One page of the manual on its way into a page of the site."""

    def __init__(self, text, page, name, skip=("NAME",)):
        self.lines, self.page, self.name, self.skipped = text.split("\n"), page, name, skip
        self.lists, self.words, self.section = [], [], ""
        self.part, self.number, self.compact, self.option = "", "", "", ""

    # ---- Words ------------------------------------------------------------------------------

    def text(self, text):
        return self.page.text(text)

    def dress(self, name, words):
        text = " ".join(words)
        links, here = self.page.site.links, self.page.name
        if name == "Xr":
            return self.reference(words)
        if name == "Nm":
            return f"<strong>{escape(text or self.name)}</strong>"
        if name == "Fl":
            return f'<code class="flag">-{escape(text)}</code>'
        if name in ("Ar", "Fa"):
            return f"<var>{escape(text)}</var>"
        if name == "Em":
            return f"<em>{escape(text)}</em>"
        if name == "Sx":
            return f'<a href="#{escape(text.lower())}">{escape(text)}</a>'
        if name == "Pa" and text.endswith(".c"):
            return links.anchor("docs/examples/" + text, here, f"<code>{escape(text)}</code>")
        if name == "Pa" and links.target(text, here):
            return links.anchor(text, here, escape(text))
        return links.code(text, here)

    def reference(self, words):
        name, section = (words + [""])[:2]
        shown = f"{name}({section})"
        term = name if section == "3" else shown
        return self.page.site.links.anchor(term, self.page.name, escape(shown))

    # ---- Blocks -----------------------------------------------------------------------------

    def read(self):
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            at += 1
            if line.startswith('.\\"') or not line.strip():
                continue
            if line.startswith(".Bd"):
                end = self.lines.index(".Ed", at)
                self.flush()
                self.page.block(unescape("\n".join(self.lines[at:end])),
                                "json" if self.lines[at].startswith("{") else "sh")
                at = end + 1
            elif line.startswith("."):
                name, _, rest = line[1:].partition(" ")
                self.control(name, rest)
            elif not self.hidden():
                self.words.append(self.text(unescape(line)))
        self.flush()
        return self

    def hidden(self):
        return self.section in self.skipped

    def control(self, name, rest):
        handle = getattr(self, "do_" + name, None)
        if name in ("Sh", "Ss"):
            handle(rest)
        elif self.hidden() or name in IGNORED:
            return
        elif handle:
            handle(rest)
        elif name in CALLABLE:
            self.words.append(Inline(self).line([name] + split_words(rest)))
        else:
            raise ValueError(f"{self.name}: macro .{name} is not known to docs/site/mdoc.py")

    def flush(self):
        """Ends a paragraph."""
        if self.words and self.section == "SYNOPSIS":
            self.synopsis()
        elif self.words:
            self.page.add(f"<p>{chr(10).join(self.words)}</p>\n")
        self.words = []

    def synopsis(self):
        """Each name of the command begins a line."""
        lines = []
        for word in self.words:
            if word.startswith("<strong>") or not lines:
                lines.append(word)
            else:
                lines[-1] += " " + word
        self.page.add('<div class="synopsis">\n', *[f"<p>{line}</p>\n" for line in lines], "</div>\n")

    def do_Sh(self, rest):
        self.flush()
        self.section, self.part = rest, ""
        if not self.hidden() and rest != "SYNOPSIS":
            self.page.heading(2, rest.capitalize())

    def do_Ss(self, rest):
        self.flush()
        self.part = rest
        if not self.hidden():
            self.page.heading(3, rest)

    def do_Pp(self, _):
        self.flush()

    def do_Dl(self, rest):
        self.flush()
        self.page.block(unescape(rest), "sh")

    def do_In(self, rest):
        self.words.append(f"<code>#include &lt;{escape(rest)}&gt;</code>")

    def do_Bl(self, rest):
        self.flush()
        kind = rest.split()[0].lstrip("-")
        # What a list of tags is made of, its first item tells.
        self.lists.append([kind, False])
        self.compact = ' class="compact"' if rest.endswith("-compact") else ""
        if kind == "bullet":
            self.page.add("<ul>\n")

    def add_rules(self, name):
        """Links to the rules of netchan(7) that speak of an option or a function."""
        numbers = self.page.site.mentions.get(name, [])
        if numbers:
            shown = ", ".join(self.text(number) for number in numbers)
            self.page.add(f'<p class="small">{"Rules" if numbers[1:] else "Rule"}: {shown}.</p>\n')

    def do_It(self, rest):
        self.end_item()
        kind, begun = self.lists[-1]
        sentence = re.match(r"\[(S\d+\.\d+)\]$", rest)
        if kind == "tag" and sentence:
            kind = self.lists[-1][0] = "sentences"
        opening = {"tag": f"<dl{self.compact}>\n", "diag": "<dl>\n",
                   "sentences": '<ul class="sentences">\n'}
        closing = {"bullet": "</li>\n", "tag": "</dd>\n", "diag": "</dd>\n", "sentences": ""}
        self.page.add(closing[kind] if begun else opening.get(kind, ""))
        self.lists[-1][1] = True
        if kind == "bullet":
            self.page.add("<li>")
        elif kind == "sentences":
            self.number = sentence.group(1)
            self.flush = self.flush_sentence
        else:
            self.term(rest, kind)

    def term(self, rest, kind):
        """What a tagged list explains: an option and a word of ours have their home here."""
        words = split_words(rest)
        links, here = self.page.site.links, self.page.name
        shown = escape(unescape(words[0])) if kind == "diag" else Inline(self).line(words)
        anchor = ""
        if self.section == "OPTIONS" and links.homes.get(words[-1]) == f"{here}#{words[-1]}":
            anchor = self.option = words[-1]
            shown = f"<code>{escape(anchor)}</code>"
            self.page.headings.append((3, anchor, anchor))
        elif self.part == "Words":
            anchor = "word-" + words[1]
        if anchor:
            self.page.take(anchor)
            self.page.add(f'<dt id="{anchor}"><a class="self" href="#{anchor}">{shown}</a></dt><dd>\n')
        else:
            self.page.add(f"<dt>{shown}</dt><dd>\n")

    def flush_sentence(self):
        """The words since the last item of a list of sentences are that sentence."""
        if self.words:
            add_sentence(self.page, self.number, "\n".join(self.words))
        self.words = []

    def end_item(self):
        self.flush()
        if self.option and self.lists[-1][0] == "tag":
            self.add_rules(self.option)
            self.option = ""

    def do_El(self, _):
        self.end_item()
        kind, begun = self.lists.pop()
        if kind == "sentences":
            del self.flush
            self.page.add("</ul>\n")
        elif kind == "bullet":
            self.page.add("</li>\n</ul>\n")
        elif begun:
            self.page.add("</dd>\n</dl>\n")
