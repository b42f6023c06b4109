"""Units of measurement, read to a factor and powers of SI base units (https://www.bipm.org/en/publications/si-brochure)."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

Dimensions = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Unit:
    dimensions: Dimensions
    factor: Fraction | float = Fraction(1)
    offset: Fraction | float = Fraction(0)  # of °C and °F
    noun: str | None = None  # a counted thing that is no unit: apples
    is_percent: bool = False
    is_angle_degrees: bool = False


_PREFIXES = {
    name: Fraction(10) ** power
    for names, power in (
        ("T tera", 12), ("G giga", 9), ("M mega", 6), ("k K kilo", 3), ("h hecto", 2), ("d deci", -1), ("c centi", -2),
        ("m milli", -3), ("μ u micro", -6), ("n nano", -9), ("p pico", -12), ("f femto", -15),
    )
    for name in names.split()
}  # fmt: skip

# symbol, words, factor to SI, dimensions; those of the first table take prefixes
_METRIC = """
m            meter metre meters metres м                 1            m
g            gram grams gm gms gramme grammes г            1/1000       kg
s            sec secs second seconds с                  1            s
A            amp amps ampere amperes                     1            A
K            kelvin kelvins                              1            K
mol          mole moles                                  1            mol
cd           candela                                     1            cd
N            newton newtons Н                             1            kg m s-2
J            joule joules Дж                             1            kg m2 s-2
W            watt watts Вт                               1            kg m2 s-3
Wh           -                                           3600         kg m2 s-2
Pa           pascal pascals Па                           1            kg m-1 s-2
bar          bars                                        100000       kg m-1 s-2
V            volt volts                                  1            kg m2 s-3 A-1
Ω            ohm ohms Ом                                 1            kg m2 s-3 A-2
C            coulomb coulombs Кл                         1            A s
F            farad farads                                1            kg-1 m-2 s4 A2
H            henry henries henrys                        1            kg m2 s-2 A-2
T            tesla teslas                                1            kg s-2 A-1
Wb           weber webers                                1            kg m2 s-2 A-1
Hz           hertz Гц                                    1            s-1
L            l liter litre liters litres л               1/1000       m3
eV           electronvolt electronvolts                  1.602176634e-19  kg m2 s-2
cal          calorie calories                            4.184        kg m2 s-2
M            molar                                       1000         mol m-3
B            byte bytes                                  8            bit
b            bit bits                                    1            bit
Bq           becquerel                                   1            s-1
Gy           gray grays                                  1            m2 s-2
Sv           sievert sieverts                            1            m2 s-2
rad          radian radians                              1            -
"""
_OTHER = """
min          mins minute minutes мин                     60           s
h            hr hrs hour hours ч                         3600         s
d            day days                                    86400        s
wk           week weeks                                  604800       s
yr           year years yrs                              1            year
mo           month months                                1/12         year
in           inch inches "                               0.0254       m
ft           foot feet                                   0.3048       m
yd           yard yards                                  0.9144       m
mi           mile miles                                  1609.344     m
lb           lbs pound pounds                            0.45359237   kg
oz           ounce ounces                                0.028349523125  kg
t            tonne tonnes ton tons                       1000         kg
mph          -                                           0.44704      m s-1
kph          kmh kmph                                    5/18         m s-1
atm          atmosphere atmospheres                      101325       kg m-1 s-2
mmHg         torr                                        2533125/19000  kg m-1 s-2
psi          -                                           6894.757293168      kg m-1 s-2
hp           horsepower                                  745.7        kg m2 s-3
ha           hectare hectares                            10000        m2
gal          gallon gallons                              0.003785411784  m3
Å            angstrom angstroms                          1e-10        m
amu          -                                           1.66053907e-27  kg
kWh          -                                           3600000      kg m2 s-2
rpm          -                                           1/60         s-1
$            USD US$ dollar dollars                      1            USD
¢            cent cents                                  1/100        USD
€            EUR euro euros                              1            EUR
£            GBP                                         1            GBP
₹            Rs Rs. INR rupee rupees                     1            INR
¥            JPY yen CNY yuan                            1            JPY
%            percent percentage                          1/100        -
ppm          -                                           1/1000000    -
thousand     -                                           1000         -
million      -                                           1000000      -
billion      -                                           1000000000   -
dozen        -                                           12           -
"""
_TEMPERATURES = {"C": (Fraction(1), Fraction(27315, 100)), "F": (Fraction(5, 9), Fraction(45967, 100) * Fraction(5, 9))}
_WORDED = re.compile(r"\b(square|sq\.?|cubic|cu\.?)\s+(\w+)", re.IGNORECASE)
_TOKEN = re.compile(r"([A-Za-zА-Яа-яμΩÅ%$€£¥₹¢°]+\.?|[\"'])|(?:\^\s*\(?\s*|(?<=[A-Za-zА-я])(?=-?\d))(-?\d+)\)?|([/*(). -])")
_NOUN = re.compile(r"[^\W\d_]{3,}(?:[ -][^\W\d_]{2,}){0,3}")


def _table(text: str) -> dict[str, tuple[Fraction | float, Dimensions]]:
    units: dict[str, tuple[Fraction | float, Dimensions]] = {}
    for line in text.strip().splitlines():
        symbol, words, rest = line.split(None, 1)[0], line.split(None, 1)[1], line.split("  ")[-1]
        head = re.split(r"\s{2,}", words.strip())
        factor, dimensions = Fraction(head[1]), _dimensions(rest.strip())
        for name in (symbol, *head[0].split()):
            units[name] = (factor, dimensions)
    return units


def _dimensions(text: str) -> Dimensions:
    found = re.findall(r"([A-Za-z]+)(-?\d+)?", text)
    return tuple(sorted((base, int(power or 1)) for base, power in found))


_PREFIXED, _PLAIN = _table(_METRIC), _table(_OTHER)


def read_unit(text: str) -> Unit | None:
    """`km/h`, `kg m s^-2`, `miles per hour`, `°C`, `%`; a word that is no unit is a counted noun; None where it is neither."""
    text = text.strip().strip(".").replace("°", " °").strip()
    if special := _special(text):
        return special
    return _product(_symbols(text)) or _noun(text)


def _special(text: str) -> Unit | None:
    if text in ("%", "percent", "per cent"):
        return Unit((), Fraction(1, 100), is_percent=True)
    if text in ("°", "deg", "degs", "degree", "degrees"):
        return Unit((), math.pi / 180, is_angle_degrees=True)
    scale = re.fullmatch(r"(?:°|degrees?)\s*([CFcf])(?:elsius|ahrenheit)?|([CF])(?:elsius|ahrenheit)", text)
    if not scale:
        return None
    factor, offset = _TEMPERATURES[(scale[1] or scale[2]).upper()]
    return Unit((("K", 1),), factor, offset)


def _symbols(text: str) -> str:
    """Words to signs: `square metres per second` reads `metres^2 / second`."""
    text = _WORDED.sub(lambda m: f"{m[2]}^{2 if m[1].lower().startswith('s') else 3}", text)
    text = re.sub(r"\s+squared\b", "^2", re.sub(r"\s+cubed\b", "^3", text))
    return re.sub(r"\s+per\s+|^per\s+", "/", text)


def _product(text: str) -> Unit | None:
    """Everything after the first slash divides, as in J/kg K."""
    factor: Fraction | float = Fraction(1)
    powers: dict[str, int] = {}
    tokens, at, sign = [], 0, 1
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token:
            return None
        at = token.end()
        if token[3] == "/":
            sign = -1
        elif token[1]:
            tokens.append([token[1], sign])
        elif token[2] and tokens:
            tokens[-1][1] *= int(token[2])
        elif token[2]:
            return None
    for name, power in tokens:
        known = _lookup(str(name))
        if known is None or abs(int(power)) > 12:
            return None
        factor = _times(factor, known[0], int(power))
        for base, exponent in known[1]:
            powers[base] = powers.get(base, 0) + exponent * int(power)
    dimensions = tuple(sorted((base, power) for base, power in powers.items() if power))
    return Unit(dimensions, factor) if tokens else None


def _times(factor: Fraction | float, other: Fraction | float, power: int) -> Fraction | float:
    if isinstance(factor, Fraction) and isinstance(other, Fraction):
        return factor * other**power
    return float(factor) * float(other) ** power


def _lookup(name: str) -> tuple[Fraction | float, Dimensions] | None:
    for spelling in dict.fromkeys((name, name.rstrip("."), name.rstrip(".").lower())):
        found = _PLAIN.get(spelling) or _PREFIXED.get(spelling) or _prefixed(spelling)
        if found:
            return found
    return None


def _prefixed(name: str) -> tuple[Fraction | float, Dimensions] | None:
    for prefix, scale in _PREFIXES.items():
        unit = _PREFIXED.get(name[len(prefix) :]) if name.startswith(prefix) else None
        if unit and (len(prefix) > 1) == (len(name) - len(prefix) > 3):  # kilometre and km, never kmetre
            return scale * unit[0], unit[1]
    return None


def _noun(text: str) -> Unit | None:
    if not _NOUN.fullmatch(text):
        return None
    return Unit((), noun=re.sub(r"(?<=\w{2})(?<!s)s$", "", text.casefold()))
