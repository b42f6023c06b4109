"""The words of what is searched for, as sql/dashboard/words.sql makes those of the pairs."""

import re
import unicodedata

SPACELESS = re.compile(r"([\u2e80-\u9fff\uf900-\ufaff\u0e00-\u0e7f\U00020000-\U0003ffff])")  # a letter is a word
WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Lower case, without accents, each once."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return list(dict.fromkeys(word[:40] for word in WORD.findall(SPACELESS.sub(r" \1 ", unicodedata.normalize("NFC", plain)))))
