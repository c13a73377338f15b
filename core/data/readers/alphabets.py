"""What words would be made of by each older encoding: how likely the letters and signs are that its bytes stand for.

The cost of a reading is the negative logarithm of its probability, as far as single letters tell: the rank of each
letter in the language it fits best, and where letters and signs stand. No word lists, so that names and a single
message count as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from math import inf, log

_WESTERN = {
    "en": "etaoinshrdlcumwfgypbvkjxqz",
    "de": "enisratdhulcgmobwfkzpvüäßöjyxqé",
    "fr": "esaitnrulodcpmévqfbghjàxèêyzçkwûùôîâœïëüæ",
    "es": "eaosrnidlctumpbgvyqóíhfzjáéñxúkwü",
    "pt": "aeosrindmutclpvgqbfãhçáézíjxóêõúâàôkwyü",
    "it": "eaionlrtscdupmvghfbqzòàèùéìjkxwyîóí",
    "nl": "enatirodslghvkmubpwjczfxyëqéïöüèêóá",
    "sv": "eantrslidomgkväfhuåpöbcyjxwzéqàü",
    "da": "ernidtaslogkmfvubphåøæjycwxzqéóòôü",
    "fi": "aitneslokuämvrjhypdögbfcwåqxzšž",
    "is": "arniesltuðgmkfhvoáþbdjíyöúpéæóýxcwqz",
    "ca": "eastrnilodumcpvbgfqàéóhíxòèjúçyzïkwü",
}
_CENTRAL = {
    "en": _WESTERN["en"],
    "pl": "aiozenrwscytkdpmułljbgęhąóśżfćńźvqx",
    "cs": "oeantvislrdkupímcházyjbéěřčšžýůgúfťďňóxwq",
    "sk": "aoeinrsvtkldmpuzjcbhíášžčýúéťľgôďňäfóĺŕxwq",
    "hu": "eatlnksormzigéáydbvhjőfupöcóüíúűxwq",
    "ro": "eiartnulcosdpmăfvîgbşţâzhjkxywq",
    "hr": "aioenrsjtuvkdlmpgzbčćšžhcfđxwyq",
    "de": _WESTERN["de"],
}
_BALTIC = {
    "en": _WESTERN["en"],
    "lt": "iasotreunkmlpvdjgėbyųšžcąįūčęzfhxwq",
    "lv": "aistenrulokmdpvājzīgēbcūšfķļņčģžhxwyq",
    "et": "aeistluonkdrmgvhjpbäõüfzöyxwq",
}
_CYRILLIC = {
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk": "оанитіверслкдумпзьябгйчхжцїєщюфшґ",
    "bg": "аоеитнрсвлкдпмуягзъбчжцшющьйфх",
    "sr": "аоиеунрјсткдвлмпгзбчљшцњжћхфђџ",
}
_GREEK = {"el": "αοιετνσηρπκμλυςδωόίάέθήγφχβύξώζψϊΐϋΰ"}
_TURKISH = {"en": _WESTERN["en"], "tr": "aeinrlıdkmuytsboüşzgçhğvcöpfjâîûxwqi̇"}
_HEBREW = {"he": "יוהלאמשרתבנדעחקכצפגזטסםןךףץ"}
_ARABIC = {"ar": "اليمنوربتدعسهفكحقجطشصخزضذثغءةىأإآئؤ", "fa": "اینردمهوتبسشکزفلگخعجپقحطچصژضغثذظآئيك"}

_RARE = {"is": 5.0, "ca": 1.0}
"""What it costs that a text is in this language at all, where it takes its letters from others."""

SINGLE_BYTE: Mapping[str, tuple[float, Mapping[str, str]]] = {
    "cp1252": (0.0, _WESTERN),
    "cp1250": (1.6, _CENTRAL),
    "mac_roman": (3.0, _WESTERN),
    "cp850": (3.6, _WESTERN),
    "iso8859-2": (4.0, _CENTRAL),
    "cp852": (5.0, _CENTRAL),
    "mac_latin2": (6.0, _CENTRAL),
    "cp1251": (4.0, _CYRILLIC),
    "koi8-r": (6.0, _CYRILLIC),
    "cp866": (6.0, _CYRILLIC),
    "mac_cyrillic": (7.0, _CYRILLIC),
    "cp1253": (4.5, _GREEK),
    "iso8859-7": (7.0, _GREEK),
    "cp1254": (1.6, _TURKISH),
    "cp1255": (5.0, _HEBREW),
    "cp1256": (4.5, _ARABIC),
    "cp1257": (2.5, _BALTIC),
}
"""Encodings of one byte a character: what it costs that it is this one at all, and the letters of its languages from
the most frequent on."""

_PUNCTUATION = "，。！？、：；“”‘’（）《》【】「」『』…—～·　・ー"
_HANZI = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第"
    "公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合"
    "回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总"
    "何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听"
    "白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带"
    "吃喝味店服务快慢菜差错房间干净便宜贵买卖谢请问题吗呢吧啊"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種"
    "事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日問很最吃喝味店服務快買賣謝請"
)
_HANGUL = (
    "이다는을가에의고하지은한를도로나사자기서리어아들인대있그수해게보요시니스정일라면주부것과없제만전장여오구으습세소상동안"
    "모우유마공조무연원화성말생내적바음학교너미거늘씨좋네버차왔감했던와때비려더같경"
)
_COMMON = {
    "gb18030": frozenset(_HANZI), "big5": frozenset(_TRADITIONAL), "euc_kr": frozenset(_HANGUL),
    "shift_jis": frozenset(_HANZI), "euc_jp": frozenset(_HANZI),
}  # fmt: skip
MULTI_BYTE: Mapping[str, tuple[float, str]] = {
    "gb18030": (1.0, "gb18030"),
    "shift_jis": (1.0, "cp932"),
    "big5": (2.0, "big5hkscs"),
    "euc_kr": (2.0, "cp949"),
    "euc_jp": (3.0, "euc_jp"),
}
"""Encodings of several bytes a character: what it costs that it is this one, and the codec that knows most of it."""

_UNKNOWN = 8.0
_LOAN = 2.0
_ABSENT = 11.5
_BESIDE_LETTER = 5.0
_BESIDE = re.compile(r"(?<=[a-z])[^\x00-\x7f]|[^\x00-\x7f](?=[a-z])")
_ALONE = {"q": 5.0, "s": 5.0, "b": 5.0, "i": 5.0, "e": 5.0, "c": 3.0, "z": 9.0, "x": 14.0}
_USUAL_SIGNS = frozenset("“‘–—…§°«»ºª½©®™•\u00a0№")
_KINDS = {"”": "e", "„": "b", "‚": "i", "¿": "i", "¡": "i"}
_IN_WORDS = frozenset("’·µ")
_MONEY = frozenset("£€¥")
_PLACES = [
    (6.0, re.compile("(?<=[la])A|(?<=k)K")),  # a capital after a small letter
    (5.0, re.compile("(?<=[UA])A(?=[la])|A(?=U[la])|(?<=K)K(?=k)")),  # two capitals begin a word
    (4.0, re.compile("(?<=[UA])a(?=[UA])")),
    (6.0, re.compile("(?<=[lUaA])[kKo]|[kKo](?=[lUaA])")),  # another alphabet within a word
    (4.0, re.compile("(?<=d)[aAkKo]|[aAkKo](?=d)")),
    (8.0, re.compile("(?<=[lUaAkKo])[sez](?=[lUaAkKo])")),
    (3.0, re.compile("(?<![lUaAkKosezd.])e(?=[lUaAkKo])")),  # a sign that closes, before a word
    (6.0, re.compile("(?<=[lUaAkKod])[bi]|[bi](?![lUaAkKodsebi.])")),  # one that opens, behind a word or before none
    (5.0, re.compile(r"i(?=\.)")),
    (3.0, re.compile(r"(?<=[la]\.)A(?=\.[la])")),  # a capital alone within a sentence
    (6.0, re.compile("(?<![lUaAkKo])[kKo](?![lUaAkKo])")),  # a letter of another alphabet alone
    (3.0, re.compile("(?<=[lUaA])z|z(?=[lUaA])")),
    (5.0, re.compile(r"(?<!d)(?<!d\.)c(?!\.?d)")),  # money without a number
]  # fmt: skip
"""What it costs more where a letter or a sign of some class stands."""


def most_sensible(sample: bytes) -> str:
    """The encoding in which the sample costs least. Where letters and signs stand never makes it cheaper, so that it is
    only looked at where an encoding is still in question."""
    counts = Counter(sample)
    costs = {encoding: _cost_of_letters(counts, encoding) for encoding in SINGLE_BYTE}
    costs |= {encoding: _cost_of_characters(sample, encoding) for encoding in MULTI_BYTE}
    best, least = "cp1252", inf
    for encoding in sorted(costs, key=lambda name: costs[name]):
        if costs[encoding] >= least:
            break
        whole = costs[encoding] + (_cost_of_places(sample, encoding) if encoding in SINGLE_BYTE else 0.0)
        if whole < least:
            best, least = encoding, whole
    return best


def _cost_of_letters(counts: Mapping[int, int], encoding: str) -> float:
    """`counts` are those of the bytes."""
    prior, languages = SINGLE_BYTE[encoding]
    table = _table(encoding)
    letters: Counter[str] = Counter()
    signs = 0.0
    for byte, n in counts.items():
        kind, char = table[byte]
        if kind in "lUaAkKo":
            letters[char] += n
        else:
            signs += _ALONE.get(kind, 0.0) * n
    in_language = min(_letters_cost(letters, name, encoding) + _RARE.get(name, 0.0) for name in languages)
    return prior + in_language + signs


@cache
def _table(encoding: str) -> list[tuple[str, str]]:
    """For each byte the class of its character, and the character as a small letter."""
    return [(_class(char), char.lower()[0]) for char in bytes(range(256)).decode(encoding, errors="replace")]


def _cost_of_places(sample: bytes, encoding: str) -> float:
    classes = sample.translate(bytes(ord(kind) for kind, _ in _table(encoding))).decode("ascii")
    return sum(cost * len(where.findall(classes)) for cost, where in _PLACES)


def _letters_cost(letters: Counter[str], name: str, encoding: str) -> float:
    costs, known = _costs(SINGLE_BYTE[encoding][1][name]), _known(encoding)
    plain = costs if "e" in costs else _costs(_WESTERN["en"])  # what stands in Latin letters beside another alphabet
    total = 0.0
    for char, n in letters.items():
        if char.isascii():
            total += n * plain.get(char, _UNKNOWN)
        elif char in costs:
            total += n * costs[char]
        elif char in known:  # English takes words from everywhere
            total += n * (known[char] + _LOAN if name == "en" else _UNKNOWN)
        else:
            total += n * _ABSENT
    return total


@cache
def _known(encoding: str) -> dict[str, float]:
    """The cost of each letter in the language of the encoding that has it most."""
    found: dict[str, float] = {}
    for alphabet in SINGLE_BYTE[encoding][1].values():
        for char, cost in _costs(alphabet).items():
            found[char] = min(cost, found.get(char, cost))
    return found


@cache
def _costs(letters: str) -> dict[str, float]:
    """Letters get rarer by about a tenth from rank to rank; there are about as many in all languages."""
    return {char: -log(0.11 * 0.89**rank) for rank, char in enumerate(letters)}


@cache
def _class(char: str) -> str:
    """One letter for what a character is: l, U in ASCII, a, A with accents, k, K of another alphabet, o without case,
    d a digit, q, s, c, z signs from usual to strange, b, i such as open, e such as close, x nothing, a dot all else."""
    if char.isascii():
        return "l" if char.islower() else "U" if char.isupper() else "d" if char.isdigit() else "."
    if char.isalpha() and char not in "ªºµ":
        small, large = ("a", "A") if "LATIN" in unicodedata.name(char, "") else ("k", "K")
        return small if char.islower() else large if char.isupper() else "o"
    if char in _IN_WORDS:
        return "q"
    if char in _MONEY:
        return "c"
    if char in _KINDS:
        return _KINDS[char]
    if char in _USUAL_SIGNS:
        return "s"
    return "x" if unicodedata.category(char)[0] == "C" or char == "\ufffd" else "z"


def _cost_of_characters(sample: bytes, encoding: str) -> float:
    prior, codec = MULTI_BYTE[encoding]
    text = sample.decode(codec, errors="replace")
    counts = Counter(text)
    plain = Counter({char: n for char, n in counts.items() if char.isascii() and char.isalpha()})
    letters = sum(_costs(_WESTERN["en"])[char.lower()] * n for char, n in plain.items())
    costs = sum(_character_cost(char, encoding) * n for char, n in counts.items() if not char.isascii())
    return prior + letters + costs + _BESIDE_LETTER * len(_BESIDE.findall(text))


def _character_cost(char: str, encoding: str) -> float:
    if char == "\ufffd" or unicodedata.category(char)[0] == "C":
        return 14.0
    if char in _COMMON[encoding] or char in _PUNCTUATION:
        return 5.0
    if "\u3041" <= char <= "\u30fc":
        return (4.2 if char < "\u30a0" else 5.5) if encoding in ("shift_jis", "euc_jp") else 9.0
    return 8.2 if _is_everyday(char, encoding) else 13.0


def _is_everyday(char: str, encoding: str) -> bool:
    """True in the first level of a standard, what schools teach, and for full-width forms."""
    pair = char.encode(MULTI_BYTE[encoding][1], errors="replace")
    if len(pair) != 2:
        return False
    first, second = pair
    if encoding == "gb18030":
        return second >= 0xA1 and (0xB0 <= first <= 0xD7 or first in (0xA1, 0xA3))
    if encoding == "shift_jis":
        return first in (0x81, 0x82, 0x83) or 0x88 <= first <= 0x97
    if encoding == "euc_jp":
        return 0xB0 <= first <= 0xCF or first in (0xA1, 0xA3)
    if encoding == "big5":
        return 0xA4 <= first <= 0xC6 or first in (0xA1, 0xA2)
    return second >= 0xA1 and 0xB0 <= first <= 0xC8
