"""What a person wrote, without what they answered: quoted text, headers of the answered mail, signatures.

It works by lines and in time that grows with their number only: the libraries for this look for their patterns in the
text as a whole, and a line of four thousand characters already takes one of them a third of a second, eight thousand
more than one. In doubt something is kept: too much to read is a nuisance, a lost sentence is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

LONGEST_LINE = 400  # what is longer introduces no quote
MOST_INTRODUCTION = 4  # lines over which mail programs wrap "On … wrote:"
MOST_HEADER_LINES = 12
MOST_SIGNATURE_LINES = 8
LONGEST_SIGNATURE_LINE = 90
MOST_SIGNATURE_WORDS = 10
MOST_APPS = 2  # "Sent from …" and "Get …"
MOST_LINES_BELOW_DASHES = {"-- ": 40, "--": 12}  # the space is what makes it a sign; many lose it

# "… wrote:" of Gmail, Apple Mail, Thunderbird, Outlook for phones, Yahoo and web mails in our six languages. A phrase
# stands at the end of the introduction, except in the Polish of Apple Mail, which begins with it.
_WROTE = re.compile(
    r"(?:wrote|έγραψε(?:\(-αν\))?|(?:đã )?viết|napisał(?:\(a\)|a|/a)?|pisze|nadesłał(?:\(a\)|a)?"
    r"|napsala?|napsal\(a\)|píše|a écrit)[ \xa0]?:$",
    re.IGNORECASE,
)
_WROTE_FIRST = re.compile(r"Wiadomość napisana przez ", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,190}")
# A time of day, or a day with its year.
_WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2}\b")

# The headers that Outlook, and web mails that do as it does, put above the answered mail.
_FROM = {"from", "από", "từ", "od", "de"}
_OTHERS = {
    *("sent", "date", "to", "cc", "subject", "reply-to", "importance"),
    *("αποστολή", "στάλθηκε", "εστάλη", "ημερομηνία", "προς", "κοιν", "κοιν.", "κοινοποίηση", "θέμα"),
    *("đã gửi", "ngày gửi", "ngày", "gửi", "gửi lúc", "đến", "tới", "người nhận", "chủ đề", "tiêu đề"),
    *("wysłano", "wysłane", "data", "do", "dw", "temat", "odesláno", "datum", "komu", "kopie", "předmět"),
    *("envoyé", "envoyé le", "envoyé par", "à", "objet", "date d'envoi"),
}
_HEADER = re.compile(r"[>* ]{0,8}([^\W\d_][^:\n]{0,20}?)[ \xa0]{0,2}[*]{0,2}:(?:[*]{0,2}[ \xa0].*|[*]{0,2}$)")
_RULER = re.compile(r"[_\-=*]{5,}")
_ORIGINAL = re.compile(
    r"-{2,} ?(?:original message|(?:αρχικό|αρχικο|πρωτότυπο) μήνυμα|thư gốc|tin nhắn gốc|thông điệp gốc"
    r"|(?:wiadomość oryginalna|oryginalna wiadomość|treść oryginalnej wiadomości)|původní (?:zpráva|e-mail|email)"
    r"|message d['’]origine|message original|mail original) ?-{2,}",
    re.IGNORECASE,
)
_QUOTED = re.compile(r" {0,3}>")
# What is passed on is what the sender wants to show.
_FORWARDED = re.compile(
    r"[-_ >]{0,40}(?:begin )?(?:forwarded message|(?:αρχή )?προωθημένο(?:υ)? (?:μήνυμα|μηνύματος)"
    r"|(?:bắt đầu )?thư (?:được|đã) chuyển tiếp"
    r"|(?:początek |treść )?(?:przekazana wiadomość|przekazywanej wiadomości|przekazanej wiadomości)"
    r"|(?:začátek )?přeposl?[íl]an[áé] zpráv[ay]"
    r"|(?:début du )?message transféré) ?:?[-_ ]{0,40}",
    re.IGNORECASE,
)
_FORWARDED_SUBJECT = re.compile(r"(?:fwd?|tr|pd|i|wg|ct|πρθ|προωθ)\s?:", re.IGNORECASE)

# What phones and apps put under a mail.
_SENT_FROM = re.compile(
    r"(?:sent (?:from|with|via) |get outlook for |στάλθηκε από |εστάλη από |λήψη του outlook |(?:được )?(?:đã )?gửi từ "
    r"|tải outlook |wysłan[eyo] (?:z|za pomocą) |pobierz (?:aplikację |program )?outlook|uzyskaj (?:aplikację )?outlook"
    r"|odesláno (?:z|ze|pomocí) |získejte outlook|stáhnout outlook|envoyé (?:de|depuis|à partir de|avec) "
    r"|(?:télécharger|obtenir|obtenez) outlook ).{0,80}",
    re.IGNORECASE,
)
# Words with which a letter ends. Thanks are not among them: what follows thanks is often the point.
_REGARDS = re.compile(
    r"(?:(?:(?:with )?(?:best|kind|warm|kindest|warmest) )?regards|best wishes|(?:yours )?sincerely(?: yours)?"
    r"|yours truly|(?:yours )?faithfully"
    r"|με εκτίμηση|φιλικά|με φιλικούς χαιρετισμούς|χαιρετισμούς|χαιρετίσματα"
    r"|trân trọng|thân ái|thân mến|kính thư"
    r"|(?:z|łączę) (?:poważaniem|wyrazy szacunku|wyrazami szacunku)|pozdrawiam(?: serdecznie)?|serdecznie pozdrawiam"
    r"|(?:z )?pozdrowieni(?:a|ami)"
    r"|s (?:přátelským |srdečným )?pozdravem|s úctou|hezký den"
    r"|(?:bien |très )?cordialement|(?:sincères |meilleures |cordiales )?salutations(?: distinguées)?|bien à vous|cdlt"
    r")[ ,.!]{0,3}",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"(?:p\.? ?s\b|υ\.? ?γ\b|tb\b|t\. ?b\b)", re.IGNORECASE)


def own_words(text: str, *, subject: str = "", ours: Collection[str] = ()) -> str:
    """What the sender of a mail wrote, out of its whole text with plain line breaks.

    "" where they wrote nothing beside what they answered. What was forwarded is kept, and so are quoted lines between
    the answers to them. `ours` are the addresses, in lower case, under which we write: "… wrote:" with one of them in
    it is an introduction even where nothing is marked as a quote.
    """
    lines = [line if line == "-- " else line.rstrip() for line in text.split("\n")]
    if _FORWARDED_SUBJECT.match(subject):
        return "\n".join(lines).strip()
    kept = _without_answered(lines, ours)
    kept = _without_quotes(_without_dashes(kept))
    kept = _without_closing(_without_dashes(kept))
    return "\n".join(line for line, _ in kept).strip()


# A line, and whether it belongs to a quote that a mail program made.
_Line = tuple[str, bool]


def _without_answered(lines: Sequence[str], ours: Collection[str]) -> list[_Line]:
    """The lines down to where the answered mail begins, as far as it is not marked line by line."""
    kept: list[_Line] = []
    introduced = says_something = False
    place = 0
    while place < len(lines):
        line = lines[place]
        if len(line) <= LONGEST_LINE and _FORWARDED.fullmatch(line):
            return [*kept, *((each, False) for each in lines[place:])]
        if says_something and _begins_original(lines, place):
            return kept
        end = None if _QUOTED.match(line) else _end_of_introduction(lines, place, ours)
        if end is not None:
            if says_something and not _goes_on_quoted(lines, end):
                return kept  # the rest is what we wrote, unmarked
            introduced = True
            place = end
            continue
        if line.strip() and not _QUOTED.match(line):
            introduced, says_something = False, True
        kept.append((line, introduced))
        place += 1
    return kept


def _begins_original(lines: Sequence[str], place: int) -> bool:
    """Whether "-----Original Message-----", or the headers that Outlook writes, begin in this line."""
    line = lines[place].strip()
    if not line or len(line) > LONGEST_LINE:
        return False
    if _ORIGINAL.fullmatch(line):
        return True
    if _RULER.fullmatch(line):
        place = next((each for each in range(place + 1, len(lines)) if lines[each].strip()), place)
    return _label(lines[place]) in _FROM and _is_header_block(lines, place)


def _is_header_block(lines: Sequence[str], place: int) -> bool:
    """Whether at least two more of the headers follow; values may be wrapped, and one empty line may stand between."""
    found = set()
    for line in lines[place + 1 : place + MOST_HEADER_LINES]:
        label = _label(line)
        if label in _FROM:
            break
        if label in _OTHERS:
            found.add(label)
    return len(found) >= 2


def _label(line: str) -> str:
    match = _HEADER.match(line[:LONGEST_LINE])
    return match.group(1).strip("* ").lower() if match else ""


def _end_of_introduction(lines: Sequence[str], place: int, ours: Collection[str]) -> int | None:
    """The place after the introduction of a quote that begins in this line and ends in a colon a few lines below."""
    joined = ""
    for end in range(place, min(place + MOST_INTRODUCTION, len(lines))):
        line = lines[end].strip()
        if not line or len(joined) + len(line) > LONGEST_LINE:
            return None
        joined = f"{joined} {line}".strip()
        if joined.endswith(":"):
            return end + 1 if _introduces(joined, lines, end + 1, ours) else None
    return None


def _introduces(joined: str, lines: Sequence[str], after: int, ours: Collection[str]) -> bool:
    """A time, "wrote" or an address, and a quote below; or, with no quote below, an address under which we write."""
    if not _WHEN.search(joined):
        return False
    addresses = {address.lower() for address in _ADDRESS.findall(joined)}
    wrote = bool(_WROTE.search(joined) or _WROTE_FIRST.match(joined))
    if _goes_on_quoted(lines, after):
        return wrote or bool(addresses)
    return wrote and not addresses.isdisjoint(ours)


def _goes_on_quoted(lines: Sequence[str], place: int) -> bool:
    """Whether the next line that is not empty is a quoted one; the end of the text counts as one."""
    rest = (line for line in lines[place : place + 6] if line.strip())
    following = next(rest, None)
    return (following is None and place + 6 >= len(lines)) or bool(following and _QUOTED.match(following))


def _without_quotes(lines: Sequence[_Line]) -> list[_Line]:
    """Quotes at the end are left out, and one that a mail program put above the answer. Quotes between answers stay."""
    blocks = _blocks(lines)
    while blocks and (blocks[-1].quoted or blocks[-1].is_blank):
        blocks.pop()
    quotes = [block for block in blocks if block.quoted]
    own_before = bool(quotes) and any(
        not b.quoted and not b.is_blank for b in blocks[: blocks.index(quotes[0])]
    )
    if len(quotes) == 1 and quotes[0].introduced and not own_before:
        blocks.remove(quotes[0])
    return [line for block in blocks for line in block.lines]


@dataclass(slots=True)
class _Block:
    """Lines of one kind that stand together."""

    quoted: bool
    introduced: bool
    lines: list[_Line]

    @property
    def is_blank(self) -> bool:
        return not any(line.strip() for line, _ in self.lines)


def _blocks(lines: Sequence[_Line]) -> list[_Block]:
    blocks: list[_Block] = []
    for line in lines:
        quoted = bool(_QUOTED.match(line[0]))
        joins = bool(blocks) and (blocks[-1].quoted == quoted)
        if not joins and not line[0].strip() and blocks:
            joins = True  # an empty line belongs to what stands above it
        if not joins:
            blocks.append(_Block(quoted, line[1], []))
        blocks[-1].lines.append(line)
    return blocks


def _without_dashes(lines: Sequence[_Line]) -> list[_Line]:
    """Without what stands under a line of two dashes, if that is not too much to be a signature."""
    below = 0
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place][0]
        if line in MOST_LINES_BELOW_DASHES:
            is_signature = below <= MOST_LINES_BELOW_DASHES[line] and _says_something(lines[:place])
            return _without_trailing_blank(lines[:place] if is_signature else lines)
        below += not _QUOTED.match(line)
        if below > max(MOST_LINES_BELOW_DASHES.values()):
            break
    return _without_trailing_blank(lines)


def _without_closing(lines: Sequence[_Line]) -> list[_Line]:
    """Without what a phone adds, and without the regards at the end with the name and address under them."""
    kept = list(lines)
    for _ in range(MOST_APPS):
        if not kept or not _SENT_FROM.fullmatch(kept[-1][0].strip(" <>_*-—")[:LONGEST_LINE]):
            break
        if not _says_something(kept[:-1]):
            break
        kept = _without_trailing_blank(kept[:-1])
    filled = [place for place, (line, _) in enumerate(kept) if line.strip()][-MOST_SIGNATURE_LINES - 1 :]
    for place in filled:
        under = [kept[each][0].strip() for each in filled if each > place]
        is_closing = _REGARDS.fullmatch(kept[place][0].strip()[:LONGEST_LINE]) and _is_signature(under)
        if is_closing and _says_something(kept[:place]):
            return _without_trailing_blank(kept[:place])
    return kept


def _is_signature(under: Sequence[str]) -> bool:
    """Whether the lines below the regards are a name and how to reach it, rather than one more thing to say."""
    return not any(
        len(line) > LONGEST_SIGNATURE_LINE
        or len(line.split()) > MOST_SIGNATURE_WORDS
        or (line.endswith((".", "!", "?")) and len(line.split()) >= 4)
        or line.startswith((">", "- "))
        or _POSTSCRIPT.match(line)
        for line in under
    )


def _says_something(lines: Sequence[_Line]) -> bool:
    return any(line.strip() for line, _ in lines)


def _without_trailing_blank(lines: Sequence[_Line]) -> list[_Line]:
    kept = list(lines)
    while kept and not kept[-1][0].strip():
        kept.pop()
    return kept
