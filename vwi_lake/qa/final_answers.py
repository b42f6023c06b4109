"""The final answer that a solution states, told by its label in many languages."""

import re

_LABELS = (
    r"final answers?|correct (?:answer|option|choice)s?(?: is)?|short answer|answers?|ans\.?|result"  # English
    r"|respuesta(?: final| correcta)?|réponse(?: finale| correcte)?|resposta(?: final| correta)?|risposta(?: finale)?|gabarito"
    r"|(?:end)?antwort|ergebnis|lösung|antwoord|svar|vastaus|odpowiedź|odpověď|odpoveď|răspuns|válasz|cevap|yanıt|jawaban|kunci jawaban"
    r"|đáp án|đáp số|ответ|відповідь|отговор|одговор|απάντηση|答案|答え|解答|答|정답|답|उत्तर|الجواب|الإجابة|תשובה|คำตอบ|پاسخ"
)
_VERBS = r"(?:is|are|will be|would be|ist|lautet|es|est|é|è|jest|является|—|→|⇒)"
_MARK = r"[*_#`\s]*"
_LABEL = re.compile(
    rf"(?:^|[\n.;!?。(\s*#_])(?:the |la |le |a |o |die |das |the final )?(?:{_LABELS}){_MARK}(?:[:：=]|(?<=[答案え])(?:为|是|は)"
    rf"|{_VERBS}(?=[\s:*]))"
    rf"{_MARK}:?[*_`\t ]*(?=(?P<rest>[^\n]*(?:\n+[^\n]*)?))",
    re.IGNORECASE,
)
_HEADING = re.compile(rf"^[ \t]*#+[ \t]*(?:{_LABELS})[ \t]*:?[ \t]*\n+(?P<rest>[^\n]+)", re.IGNORECASE | re.MULTILINE)
_OPTION_CHOSEN = re.compile(r"\b(?:option|choice|alternative)\s+\(?([A-Ja-j])\)?\s+is\s+(?:the\s+)?(?:correct|right|true)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<!\D\s[A-Z])(?<!^[A-Z])[.!?](?=\s+[A-ZÀ-ÞА-Я\\$(])|[.!]\s*$|。")
_LONGEST_ANSWER = 160
_LONGEST_SOLUTION = 20_000  # characters from its end: the answer stands there
_SHORT_LETTERS, _SHORT_WORDS = 80, 12


def short_answer(text: str) -> str | None:
    """What stands in the last \\boxed{} or after the last label ("Answer:", "答案："), else the text itself where it is short."""
    text = text[-_LONGEST_SOLUTION:].strip()
    if boxed := _last_boxed(text):
        return boxed
    stated = [found["rest"] for pattern in (_HEADING, _LABEL) for found in pattern.finditer(text)][-1:]
    if stated:
        return _trimmed(stated[0])
    if chosen := _OPTION_CHOSEN.findall(text):
        return str(chosen[-1]).upper()
    is_short = 0 < len(text) <= _SHORT_LETTERS and "\n" not in text and len(text.split()) <= _SHORT_WORDS
    return _trimmed(text) if is_short else None


def without_label(text: str) -> str:
    """`Answer: 5` and `The answer is 5` are `5`."""
    found = _LABEL.match(text.strip(" \t*_#"))
    return (found["rest"].strip() or text) if found and "\n" not in text.strip() else text


def _trimmed(rest: str) -> str | None:
    """The first sentence of what follows the label, without Markdown and closing stop."""
    lines = [line.strip(" \t*_`#") for line in rest.split("\n")]
    line = next((line for line in lines if line), "")
    if end := _SENTENCE_END.search(line):
        line = line[: end.start()]
    line = line.strip(" \t*_`").removesuffix("\\]").removeprefix("\\[").strip()
    return line if 0 < len(line) <= _LONGEST_ANSWER else None


def _last_boxed(text: str) -> str | None:
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for at in range(start + 6, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[start + 7 : at].strip() or None
    return None
