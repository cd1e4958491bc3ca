# SPDX-License-Identifier: MIT
"""One page: its parts as they are made, and the frame around them."""

import html
import os

from highlight import ENDINGS, highlight
from links import escape, slug

# The side bar: areas, and the pages in each. The order is also that of the links at a page's end.
AREAS = (
    ("Begin", (("index.html", "Start"), ("guide.html", "Guide"), ("examples.html", "Examples"))),
    ("Reference", (
        ("api.html", "All functions"), ("api-value.html", "Values"),
        ("api-channel.html", "Channels"), ("api-select.html", "Select"),
        ("api-exporter.html", "Exporter"), ("api-importer.html", "Importer"),
        ("api-options.html", "Option sets"), ("api-other.html", "Library and cancel"),
        ("errors.html", "Error codes"), ("options.html", "Options"),
        ("policy.html", "Policies"), ("command.html", "The command"))),
    ("Contract", (("semantics.html", "Words and rules"), ("protocol.html", "Protocol"))),
    ("Languages", (("python.html", "Python"), ("ruby.html", "Ruby"), ("lua.html", "Lua"),
                   ("java.html", "Java"))),
    ("Behaviour", (("performance.html", "Performance"), ("reliability.html", "Reliability"),
                   ("security.html", "Security"), ("abi.html", "Stability"),
                   ("threads.html", "Threads inside"))),
    ("Project", (("news.html", "News"), ("index-all.html", "Index"))),
)
ORDER = [entry for _, entries in AREAS for entry in entries]
NAMES = dict(ORDER)


class Page:
    """A page under way: what is added to it comes out in that order."""

    def __init__(self, site, name, title, summary):
        self.site, self.name, self.title, self.summary = site, name, title, summary
        self.parts, self.headings, self.ids = [], [], {"main", "menu", "contents"}

    def add(self, *parts):
        self.parts += parts

    def text(self, text):
        return self.site.links.text(text, self.name)

    def code(self, text):
        return self.site.links.code(text, self.name)

    def take(self, anchor):
        """Claims an anchor; a heading's words may come twice, names may not."""
        if anchor in self.ids:
            raise ValueError(f"{self.name}: anchor {anchor} is used twice")
        self.ids.add(anchor)
        return anchor

    def free(self, words):
        anchor, number = slug(words), 2
        while anchor in self.ids:
            anchor = f"{slug(words)}-{number}"
            number += 1
        return anchor

    def heading(self, level, words, anchor=None, shown=None):
        """A heading, which is its own permanent link."""
        anchor = self.take(anchor or self.free(words))
        self.headings.append((level, anchor, words))
        self.add(f'<h{level} id="{anchor}"><a class="self" href="#{anchor}">'
                 f"{shown or escape(words)}</a></h{level}>\n")

    def program(self, path, text, caption=None):
        """A program, with the name of its file."""
        language = ENDINGS.get(os.path.splitext(path)[1], "")
        shown = highlight(text.rstrip("\n"), language, self.site.links, self.name)
        self.add(f'<figure class="program"><figcaption>{caption or escape(path)}</figcaption>\n'
                 f'<pre tabindex="0"><code>{shown}</code></pre></figure>\n')

    def block(self, text, language=""):
        shown = highlight(text.rstrip("\n"), language, self.site.links, self.name)
        self.add(f'<pre tabindex="0"><code>{shown}</code></pre>\n')

    def table(self, head, rows, style=""):
        """A table that scrolls by itself where the screen is narrow. Cells are HTML."""
        style = style or ("wide" if len(head) > 3 else "")
        kind = f' class="{style}"' if style else ""
        out = ['<div class="scroll" tabindex="0" role="region" '
               f'aria-label="Table"><table{kind}>\n']
        if any(head):
            cells = "".join(f'<th scope="col">{cell}</th>' if cell else "<td></td>"
                            for cell in head)
            out.append(f"<thead><tr>{cells}</tr></thead>\n")
        out.append("<tbody>\n")
        out += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows]
        self.add(*out, "</tbody></table></div>\n")

    def render(self):
        lead = f'<p class="lead">{self.text(self.summary)}</p>\n' if self.summary else ""
        return FRAME.format(
            title=escape(self.title if self.name != "index.html" else "channels across processes"),
            description=html.escape(self.summary), version=self.site.version,
            menu=menu(self.name), contents=contents(self.headings),
            heading=escape(self.title), lead=lead, body="".join(self.parts), steps=steps(self.name))


def menu(name):
    out = []
    for area, entries in AREAS:
        out.append(f'<p class="area">{area}</p>\n<ul>\n')
        for page, title in entries:
            here = ' aria-current="page"' if page == name else ""
            out.append(f'<li><a href="{page}"{here}>{escape(title)}</a></li>\n')
        out.append("</ul>\n")
    return "".join(out)


def contents(headings):
    """The page's own table of contents, two levels deep; none for a page with few headings."""
    shown = [entry for entry in headings if entry[0] in (2, 3)]
    if len(shown) < 3:
        return ""
    out, deep = [], False
    for number, (level, anchor, words) in enumerate(shown):
        if level == 3 and not deep and number:
            out[-1] = out[-1].replace("</li>\n", "\n<ul>\n")
            deep = True
        elif level == 2 and deep:
            out.append("</ul></li>\n")
            deep = False
        out.append(f'<li><a href="#{anchor}">{escape(words)}</a></li>\n')
    return ('<details class="contents" open><summary id="contents">On this page</summary>\n'
            '<nav aria-labelledby="contents"><ul>\n' + "".join(out) +
            ("</ul></li>\n" if deep else "") + "</ul></nav></details>\n")


def steps(name):
    """Links to the pages before and after."""
    place = [page for page, _ in ORDER].index(name)
    out = []
    if place > 0:
        page, title = ORDER[place - 1]
        out.append(f'<a rel="prev" href="{page}"><span>Before</span> {escape(title)}</a>')
    if place + 1 < len(ORDER):
        page, title = ORDER[place + 1]
        out.append(f'<a rel="next" href="{page}"><span>Next</span> {escape(title)}</a>')
    return "\n".join(out)


FRAME = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{description}">
<title>{title} - netchan</title>
<link rel="stylesheet" href="style.css">
<script src="search-index.js" defer></script>
<script src="search.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="top">
<a class="brand" href="index.html">netchan</a> <span class="version">{version}</span>
<a class="to-index" href="index-all.html">Index</a>
<form class="search" role="search" hidden>
<input type="search" placeholder="Search (press /)" aria-label="Search" autocomplete="off" \
spellcheck="false">
</form>
</header>
<div class="columns">
<details class="menu" open><summary>Menu</summary>
<nav id="menu" aria-label="All pages">
{menu}</nav></details>
<main id="main">
<h1>{heading}</h1>
{lead}{contents}<script>if (matchMedia("(max-width: 50rem)").matches) \
document.querySelectorAll("details.menu, details.contents").forEach(function (it) {{ it.open = false; }});</script>
<article>
{body}</article>
<nav class="steps" aria-label="Next pages">{steps}</nav>
</main>
</div>
<footer><p>netchan {version}. MIT licence. Made from the header, the manual and the documents of
the source tree.</p></footer>
</body>
</html>
"""
