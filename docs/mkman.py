#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes section 3 of the manual out of the public header.

usage: mkman.py HEADER FOLDER

Every comment of the header that begins "netchan_x - summary", and stands before the declaration of
that function, becomes the page FOLDER/netchan_x.3. The header stays the one source: this script
only arranges. What it cannot arrange it names on standard error, and then ends with status 1, so
that no page is quietly left out or incomplete; what only reads badly it names and goes on.
"""

import os
import re
import sys
import textwrap

FUNCTION = re.compile(
    r"/\* (netchan_\w+) - (.*?)\*/\s*(?:NETCHAN_API\s+([^;]*);)?", re.DOTALL)
DECLARATION = re.compile(r"^NETCHAN_API\s+[^;]*?(netchan_\w+)\(", re.MULTILINE)
CODE = re.compile(r"^#define (NETCHAN_\w+)\s+\(-\d+\)(?:[ \t]*/\* (.*?) \*/)?", re.MULTILINE)
SPECIAL = re.compile(r"netchan_[a-z0-9_]*[a-z0-9]|NETCHAN_[A-Z_]+|netchan-options\(7\)|\*[a-z]+\*")

# The page to begin with, for each family of functions; and what a family says for all its members.
FAMILIES = {
    "builder": "netchan_builder_new",
    "cancel": "netchan_cancel_new",
    "channel": "netchan_channel_new",
    "exporter": "netchan_exporter_new",
    "importer": "netchan_importer_connect",
    "options": "netchan_options_new",
    "select": "netchan_select_new",
    "value": "netchan_value_new",
}
ONE_THREAD = {
    "builder": "One thread at a time may use a builder.",
    "options": "One thread at a time may change a set of options; any number may read it.",
    "select": "One thread at a time may use a select.",
}


class Page:
    """One function: its comment, taken apart, and its declaration."""

    def __init__(self, name, comment, declaration):
        self.name = name
        lines = [re.sub(r"^ \* ?", "", line).rstrip() for line in comment.split("\n")]
        self.summary = lines[0].strip()
        self.paragraphs, self.errors_text = [], ""
        for block in re.split(r"\n\s*\n", "\n".join(lines[1:]).strip()):
            block = " ".join(block.split())
            if block.startswith("Errors: "):
                self.errors_text = block[len("Errors: "):]
            elif block:
                self.paragraphs.append(block)
        declaration = " ".join(declaration.split())
        parts = re.match(r"(.*?)(netchan_\w+)\((.*)\)$", declaration)
        if not parts or parts.group(2) != name:
            raise ValueError(f"{name}: its comment does not stand before its declaration")
        self.type = parts.group(1).strip()
        self.arguments = [word.strip() for word in parts.group(3).split(",")]
        self.names = [argument.split()[-1].lstrip("*") for argument in self.arguments]
        self.family = name.split("_")[1]

    def sentences(self, text):
        """A sentence begins with a capital, a number, or the name of an argument."""
        names = "|".join(map(re.escape, self.names))
        return re.split(rf"(?<=[.!?])\s+(?=[A-Z(0-9]|(?:{names})\b)", text)

    def result(self):
        """The sentences about what comes back ("Returns when ..." tells when, not what)."""
        return [sentence for paragraph in self.paragraphs for sentence in self.sentences(paragraph)
                if sentence.startswith("Returns ") and not sentence.startswith("Returns when ")]

    def says_nothing(self):
        """A number comes back, and the comment says neither which nor that it is an error."""
        return self.type in ("int", "int64_t") and not self.errors_text and not self.result()

    def can_wait(self):
        return "int64_t ms" in self.arguments


def split_errors(text):
    """The items of an error list: at commas and "and", but not those inside parentheses."""
    items, depth, item = [], 0, ""
    for letter in text.rstrip("."):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            items.append(item)
            item = ""
        else:
            item += letter
    return [re.sub(r"^and ", "", item.strip()) for item in items + [item]]


def list_errors(page, pages, codes, seen=()):
    """The (code, remark) pairs that a page can return, those it takes from other pages last."""
    if page.name in seen:
        raise ValueError(f"{page.name}(3): its errors refer to themselves")
    found, others = [], []
    for item in split_errors(page.errors_text) if page.errors_text else []:
        single = re.match(r"(NETCHAN_\w+)(?: \((.*)\))?$", item)
        if single and single.group(1) in codes:
            found.append((single.group(1), single.group(2) or ""))
        elif re.match(r"as netchan_\w+$", item):
            others.append(item[len("as "):])
        elif item == "those of both":
            others += re.findall(r"netchan_\w+", page.paragraphs[0])[:2]
        elif item == "the first error of the calls before":
            others.append(page.name.replace("_finish", "_null"))
        else:
            raise ValueError(f"{page.name}(3): cannot read the error \"{item}\"")
    have = {code for code, _ in found}
    for other in others:
        if other not in pages:
            raise ValueError(f"{page.name}(3): refers to the errors of {other}, which has no page")
        for code, remark in list_errors(pages[other], pages, codes, seen + (page.name,)):
            if code not in have:
                found.append((code, remark))
                have.add(code)
    return found


def plain_lines(words):
    """Wrapped text lines without macros, safe from being read as control lines."""
    text = re.sub(r"(?<![^ (])-(?=\d)", r"\\-", " ".join(words).replace("\\", "\\e"))
    return ["\\&" + line if line[0] in ".'" else line
            for line in textwrap.wrap(text, 78, break_on_hyphens=False)]


def dress_word(word, pages, names, arguments):
    """A macro line for a word that stands out, or None."""
    found = SPECIAL.search(word)
    thing = found.group() if found else word.rstrip(".,:;)")
    before, _, after = word.partition(thing) if thing else ("", "", word)
    if before.strip("(") or after.strip(".,:;)?!"):
        return None
    if thing in pages:
        macro = [".Xr", thing, "3"]
    elif thing.startswith("NETCHAN_"):
        macro = [".Dv", thing]
    elif re.fullmatch(r"\*[a-z]+\*", thing):
        macro = [".Em", thing.strip("*")]
    elif thing == "netchan-options(7)":
        macro = [".Xr", "netchan-options", "7"]
    elif thing in arguments or thing[:1] == "*" and thing[1:] in names:
        macro = [".Fa", thing]
    else:
        return None
    return " ".join(macro[:1] + list(before) + macro[1:] + list(after))


def dress(text, page, pages):
    """Running text as mdoc: a new line for each sentence, macros for what stands out.

    A word that is an argument's name stands out where it can be nothing else: at the start of a
    sentence, and always when it is no English word.
    """
    lines = []
    for sentence in page.sentences(text):
        plain = []
        for place, word in enumerate(sentence.split()):
            arguments = page.names if place == 0 else ("ms",)
            macro = dress_word(word, pages, page.names, arguments)
            if macro is None:
                plain.append(word)
                continue
            lines += plain_lines(plain) + [macro]
            plain = []
        lines += plain_lines(plain)
    return lines


def describe(page):
    """The paragraphs without the sentences that belong under RETURN VALUES."""
    result = page.result()
    kept = [" ".join(sentence for sentence in page.sentences(paragraph) if sentence not in result)
            for paragraph in page.paragraphs]
    kept = [paragraph for paragraph in kept if paragraph]
    return kept or [page.summary[:1].upper() + page.summary[1:] + "."]


def returns(page, pages, errors):
    """The sentences of RETURN VALUES: the header's own, or what the type says."""
    said = page.result()
    like = re.match(r"as (netchan_\w+)", page.errors_text)
    if not said and page.type == "int64_t" and like:
        said = pages[like.group(1)].result()
    if page.type == "void":
        return []
    if not said:
        if page.summary.endswith("returns its argument"):
            said = ["Returns its argument."]
        elif page.type == "int" and errors:
            said = ["Returns 0 on success."]
        elif page.type == "int64_t" and " node " in f" {page.summary} ":
            said = ["Returns the number of the node, 0 or more."]
        else:
            said = [f"Returns {page.summary}."]
    if errors:
        said.append("On failure the result is one of the negative codes below, and "
                    "netchan_error_text says what failed.")
    return said


def ownership(page):
    """Whose the references are: what the types of the arguments tell, by the header's rules."""
    said = []
    for argument, name in zip(page.arguments, page.names):
        handed = re.match(r"(netchan_\w+) \*\*\w+$", argument)
        if handed and "size_t count" in page.arguments:
            said.append(f"Each of the {name} is a reference that belongs to the caller; "
                        f"{handed.group(1)}_unref drops it.")
        elif handed:
            said.append(f"On success *{name} is a reference that belongs to the caller; "
                        f"{handed.group(1)}_unref drops it.")
    given = [argument for argument in page.arguments[1:]
             if re.match(r"(?:const )?netchan_\w+ \*(?:const \*)?\w+$", argument)
             and not argument.startswith("netchan_cancel")]
    if page.name.endswith("_unref"):
        said.append("The caller's reference is gone: the caller uses the object no more.")
    elif page.name.endswith("_ref"):
        said.append(f"The reference belongs to the caller; {page.name.replace('_ref', '_unref')} "
                    "drops it.")
    elif given:
        said.append("What the caller gives stays the caller's: no reference is taken over.")
    return said


def threads(page):
    said = [ONE_THREAD.get(page.family, "Any thread may call this function at any time.")]
    if page.can_wait():
        said.append("The call waits at most ms milliseconds, not at all with 0, and for ever with "
                    "-1; a cancel token ends the wait, and may be NULL.")
    else:
        said.append("The call does not wait.")
    if any("signal handler" in paragraph for paragraph in page.paragraphs):
        said.append("It may be called from a signal handler.")
    return said


def see_also(page, body, pages):
    names = {name for name in re.findall(r"netchan_\w+", body) if name in pages}
    if page.family in FAMILIES:
        names.add(FAMILIES[page.family])
    names.add("netchan_error_text")
    names.discard(page.name)
    entries = [f"{name} 3" for name in sorted(names)] + ["netchan 7"]
    if "netchan-options" in body or page.family == "options" or \
            any("netchan_options" in argument for argument in page.arguments):
        entries.append("netchan-options 7")
    return entries


def render(page, pages, codes, date):
    errors = list_errors(page, pages, codes)
    out = [".\\\" Made from abi/netchan.h by docs/mkman.py.", f".Dd {date}",
           f".Dt {page.name.upper()} 3", ".Os", ".Sh NAME",
           f".Nm {page.name}", f".Nd {page.summary}", ".Sh SYNOPSIS", ".In netchan.h",
           f".Ft \"{page.type}\"" if " " in page.type else f".Ft {page.type}",
           f".Fo {page.name}"]
    out += [f".Fa \"{argument}\"" for argument in page.arguments] + [".Fc", ".Sh DESCRIPTION"]
    for number, paragraph in enumerate(describe(page)):
        out += ([".Pp"] if number else []) + dress(paragraph, page, pages)
    result = returns(page, pages, errors)
    if result:
        out += [".Sh RETURN VALUES"] + dress(" ".join(result), page, pages)
    if errors:
        out += [".Sh ERRORS", ".Bl -tag -width \"NETCHAN_NODESCRIPTOR\""]
        for code, remark in errors:
            meaning = codes[code][:1].upper() + codes[code][1:] or code
            more = f": {remark}." if remark and remark not in meaning.lower() else "."
            out += [f".It Dv {code}"] + dress(meaning + more, page, pages)
        out.append(".El")
    owner = ownership(page)
    if owner:
        out += [".Sh OWNERSHIP"] + dress(" ".join(owner), page, pages)
    out += [".Sh THREADS AND WAITING"] + dress(" ".join(threads(page)), page, pages)
    entries = see_also(page, " ".join(page.paragraphs) + " " + page.errors_text, pages)
    out += [".Sh SEE ALSO"]
    out += [f".Xr {entry} ," for entry in entries[:-1]] + [f".Xr {entries[-1]}"]
    return "\n".join(out) + "\n"


def read_pages(text, header, faults):
    pages = {}
    for name, comment, declaration in FUNCTION.findall(text):
        try:
            pages[name] = Page(name, comment, declaration)
        except ValueError as fault:
            faults.append(str(fault))
    for name in sorted(set(DECLARATION.findall(text)) - set(pages)):
        faults.append(f"{header}: {name} has no comment of its own before it")
    return pages


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    header, folder = sys.argv[1:]
    manual = os.path.join(os.path.dirname(os.path.abspath(__file__)), "netchan.7")
    with open(header, encoding="utf-8") as file:
        text = file.read()
    with open(manual, encoding="utf-8") as file:
        date = re.search(r"^\.Dd (.*)$", file.read(), re.MULTILINE).group(1)
    faults = []
    codes = dict(CODE.findall(text))
    pages = read_pages(text, header, faults)
    os.makedirs(folder, exist_ok=True)
    for page in pages.values():
        if page.says_nothing():
            print(f"{page.name}(3): says neither \"Errors:\" nor what it returns", file=sys.stderr)
        try:
            rendered = render(page, pages, codes, date)
        except ValueError as fault:
            faults.append(str(fault))
            continue
        with open(os.path.join(folder, page.name + ".3"), "w", encoding="utf-8") as file:
            file.write(rendered)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
