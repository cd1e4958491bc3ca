# SPDX-License-Identifier: MIT
"""Colours for programs, put in when the site is made: comments, texts, numbers, words."""

import re

from links import escape

C_WORDS = ("break case char const continue default do double else enum extern for goto if int long "
           "return short signed size_t int64_t sizeof static struct switch typedef unsigned void "
           "while NULL")
SLASHES = r"/\*.*?\*/|//[^\n]*"
HASHES = r"(?:(?<=\s)|^)\#[^\n]*"
DOUBLE = r'"(?:[^"\\\n]|\\.)*"'
SINGLE = r"'(?:[^'\\\n]|\\.)*'"

# For each language its comments, its texts, and its words.
LANGUAGES = {
    "c": (SLASHES, rf"{DOUBLE}|{SINGLE}|(?<=include )<[^>\n]*>", C_WORDS),
    "java": (SLASHES, f"{DOUBLE}|{SINGLE}",
             "boolean byte catch class else extends final finally for if implements import int "
             "interface long new null package private public return static super switch this "
             "throw throws try var void while true false"),
    "json": (r"(?!)", DOUBLE, "true false null"),
    "lua": (r"--[^\n]*", f"{DOUBLE}|{SINGLE}",
            "and break do else elseif end false for function if in local nil not or repeat return "
            "then true until while close"),
    "python": (HASHES, rf'"""(?:.|\n)*?"""|{DOUBLE}|{SINGLE}',
               "and as async await class def elif else except False finally for from if import in "
               "is lambda None not or pass raise return True try while with yield"),
    "ruby": (HASHES, f"{DOUBLE}|{SINGLE}",
             "begin class def do each else elsif end ensure false if module nil raise require "
             "rescue return self true unless while yield"),
    "sh": (HASHES, f"{DOUBLE}|{SINGLE}",
           "case do done echo elif else esac exit fi for if in set then trap until wait while"),
}
ENDINGS = {".c": "c", ".h": "c", ".java": "java", ".json": "json", ".lua": "lua", ".py": "python",
           ".rb": "ruby", ".sh": "sh"}
NUMBER = r"\b0x[0-9a-fA-F]+\b|\b\d[\d_]*(?:\.\d+)?\b"
NAME = r"\b[A-Za-z_]\w*"


def pattern(language):
    comment, text, _ = LANGUAGES[language]
    return re.compile(f"(?P<comment>{comment})|(?P<text>{text})|(?P<name>{NAME})"
                      f"|(?P<number>{NUMBER})", re.DOTALL | re.MULTILINE)


PATTERNS = {language: pattern(language) for language in LANGUAGES}
WORDS = {language: set(row[2].split()) for language, row in LANGUAGES.items()}
STYLES = {"comment": "c", "text": "s", "number": "n"}


def highlight(text, language, links, page):
    """HTML of a program; names of the library are links to the reference."""
    if language not in PATTERNS:
        return escape(text)
    out, at = [], 0
    for found in PATTERNS[language].finditer(text):
        out.append(escape(text[at:found.start()]))
        at, shown = found.end(), escape(found.group())
        if found.lastgroup != "name":
            shown = f'<span class="{STYLES[found.lastgroup]}">{shown}</span>'
        elif found.group() in WORDS[language]:
            shown = f'<span class="k">{shown}</span>'
        elif language == "c" and found.group() in links.homes:
            shown = links.anchor(found.group(), page, shown)
        out.append(shown)
    out.append(escape(text[at:]))
    return "".join(out)
