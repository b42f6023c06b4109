import codecs

import pytest

from vwi_lake.web.charset import decode, guess, sniff
from vwi_lake.web.encodings import LABELS, PYTHON_CODECS

META = b'<meta charset="iso-8859-2">'


@pytest.mark.parametrize(
    ("body", "content_type", "name"),
    [
        (b"\xef\xbb\xbf" + META, "text/html; charset=gbk", "utf-8"),  # a BOM goes before all
        (b"\xfe\xff\0a", None, "utf-16be"),
        (META, "text/html; charset=UTF-8", "utf-8"),  # then the header
        (META, 'text/html; charset="GB2312"', "gbk"),
        (META, "text/html; charset=nonsense", "iso-8859-2"),
        (META, "text/html", "iso-8859-2"),
        (b"<meta charset=latin1>", None, "windows-1252"),
        (b"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=koi8-r'>", None, "koi8-r"),
        (b"<meta content='text/html; charset=koi8-r'>", None, "windows-1252"),  # no http-equiv
        (b"<!-- <meta charset=koi8-r> -->" + META, None, "iso-8859-2"),
        (b"<a title='<meta charset=koi8-r>'>" + META, None, "iso-8859-2"),
        (b"<meta charset=utf-16>", None, "utf-8"),  # cannot be true where it can be read
        (b"<meta charset=x-user-defined>", None, "windows-1252"),
        (b'<?xml version="1.0" encoding="windows-1251"?>', None, "windows-1251"),
        (b" " * 2000 + META, None, "iso-8859-2"),  # late, and better than a guess
        (b"plain", None, "windows-1252"),
        ("żółw".encode(), None, "utf-8"),
        (b"", None, "windows-1252"),
        (b"<meta charset='", None, "windows-1252"),
    ],
)
def test_sniffs(body: bytes, content_type: str | None, name: str) -> None:
    assert sniff(body, content_type) == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("windows-1252", "Calculez l'aire du triangle représenté ci-dessous. Réponse : très élevée, où ça"),
        ("windows-1250", "Oblicz pole trójkąta przedstawionego na rysunku. Odpowiedź: należy też łączyć śnieg"),
        ("windows-1251", "Найдите площадь треугольника, изображённого на рисунке. Ответ: тридцать."),
        ("koi8-r", "Найдите площадь треугольника, изображённого на рисунке. Ответ: тридцать."),
        ("windows-1253", "Βρείτε το εμβαδόν του τριγώνου στο σχήμα. Απάντηση: τριάντα"),
        ("windows-1255", "מצאו את שטח המשולש המוצג באיור. תשובה: שלושים"),
        ("windows-1256", "أوجد مساحة المثلث المبين في الشكل. الجواب: ثلاثون"),
        ("windows-874", "จงหาพื้นที่ของรูปสามเหลี่ยมที่แสดงในภาพ คำตอบ: สามสิบ"),
        ("gbk", "如图所示，求三角形的面积。解：由题意可知面积为三十。"),
        ("big5", "如圖所示，求三角形的面積。解：由題意可知面積為三十。"),
        ("shift_jis", "次の図で、三角形の面積を求めなさい。答えは三十です。"),
        ("euc-jp", "次の図で、三角形の面積を求めなさい。答えは三十です。"),
        ("euc-kr", "다음 그림에서 삼각형의 넓이를 구하시오. 정답은 삼십입니다."),
        ("utf-16le", "<html><body>Find the area of the triangle</body></html>"),
    ],
)
def test_guesses_from_bytes_alone(name: str, text: str) -> None:
    body = f"<p>{text}</p>".encode(PYTHON_CODECS.get(name, name))
    assert guess(body) == name
    assert decode(body) == f"<p>{text}</p>"


def test_an_undeclared_page_is_judged_by_all_of_it() -> None:
    assert sniff(b"x" * 100_000 + "ż".encode()) == "utf-8"


def test_decoding_drops_the_bom_and_survives_bad_bytes() -> None:
    assert decode(b"\xef\xbb\xbfa") == "a"
    assert decode(b"a\xffb", "text/html; charset=utf-8") == "a\ufffdb"


def test_every_encoding_has_a_codec() -> None:
    for name in set(LABELS.values()):
        assert codecs.lookup(PYTHON_CODECS.get(name, name))
