"""What the names tell that people give to files, folders and columns: what each is for, and which part of a dataset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from core.messages import Message, counted
from core.modalities import MODALITIES
from core.modalities.base import Modality

# --- files -------------------------------------------------------------------------------------------------------

ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst"})

_RICH = frozenset({".docx", ".odt", ".pdf", ".rtf", ".doc", ".pages", ".eml", ".srt", ".vtt"})
"""Text documents that `core.data.readers.documents` reads, or knows to name."""

LITTER = Message("A hidden file of the operating system, not an example.")
LINK = Message("A link or a special file, not an example.")
IN_THE_CLOUD = Message("It lies in iCloud only: the file itself was not downloaded.")

_NAMED = 5
"""So many names stand in a sentence before "and more"."""
_LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"})
_HIDDEN = re.compile(
    r"\.(_|@|git|svn|hg|idea|vs|ipynb|trash|thumb|preview|spotlight|fsevents|document|temporary|tmp|cache|venv|config"
    r"|local|appledouble|picasa|dropbox|st|sync|nomedia|backup|old)",
    re.IGNORECASE,
)
"""Folders in which programs keep what is theirs."""
_NOTES = frozenset(
    {"readme", "license", "licence", "copying", "copyright", "notice", "source", "sources", "citation", "credits",
     "authors", "changelog", "changes", "attribution"}
)  # fmt: skip
_NOTE_SUFFIXES = frozenset({"", ".txt", ".text", ".md", ".rst", ".html", ".pdf"})


def kind_of(path: PurePosixPath) -> Modality[Any, Any] | None:
    """The kind of which a file with this name would be an example; None for notes ("README.md") and everything else."""
    found = kind_called(path)
    return None if found and found.is_text and is_note(path) else found


def kind_called(path: PurePosixPath) -> Modality[Any, Any] | None:
    """The kind whose files have this suffix, notes included."""
    suffix = path.suffix.casefold()
    rich = suffix in _RICH
    return next((kind for kind in MODALITIES.values() if suffix in kind.suffixes or (rich and kind.is_text)), None)


def is_rich(path: PurePosixPath) -> bool:
    """True for a document that is more than its text: of a word processor, an e-mail, subtitles."""
    return path.suffix.casefold() in _RICH


def is_media(path: PurePosixPath) -> bool:
    """True for what is an example of a kind that is never found in tables, such as a picture."""
    kind = kind_of(path)
    return kind is not None and not kind.in_tables


def has_document_suffix(path: PurePosixPath) -> bool:
    """True for every file that is called like a plain text, notes included."""
    kind = kind_called(path)
    return kind is not None and kind.is_text


def is_litter(path: PurePosixPath, shown: frozenset[PurePosixPath] = frozenset()) -> bool:
    """True for what operating systems leave lying about, and for everything hidden except in the folders `shown`."""
    places = [path, *path.parents][:-1]
    return any(place.name.casefold() in _LITTER or (place.name[0] == "." and place not in shown) for place in places)


def why_litter(path: PurePosixPath, shown: frozenset[PurePosixPath] = frozenset()) -> Message | None:
    """The reason to leave out what is litter; None for everything else."""
    if not is_litter(path, shown):
        return None
    return IN_THE_CLOUD if path.suffix.casefold() == ".icloud" and path.name.startswith(".") else LITTER


def shown_folders(paths: Iterable[PurePosixPath]) -> frozenset[PurePosixPath]:
    """Folders that begin with a dot and are no hiding places: examples lie in them as in the folders beside them
    (".net" beside "java")."""
    with_examples = {path.parent for path in paths if kind_of(path) and not path.name.startswith(".")}
    visible = {folder.parent for folder in with_examples if folder.name and not folder.name.startswith(".")}
    return frozenset(
        folder
        for folder in with_examples
        if folder.name.startswith(".") and folder.parent in visible and not _HIDDEN.match(folder.name)
    )


def is_note(path: PurePosixPath) -> bool:
    """True for files that people put beside data to tell where it comes from."""
    first_word = re.split(r"[\W_]", path.name.casefold(), maxsplit=1)[0]
    return first_word in _NOTES and path.suffix.casefold() in _NOTE_SUFFIXES


def is_archive(path: PurePosixPath) -> bool:
    return path.suffix.casefold() in ARCHIVE_SUFFIXES


def looks_like_file(cell: str) -> bool:
    """True for what is called like an example's file, whether it is here or not."""
    return kind_called(PurePosixPath(cell.strip())) is not None


def spoken_suffix(path: PurePosixPath) -> str:
    """The file's format in few characters, for a sentence: ".csv", or the whole name where it has no suffix."""
    return path.suffix or path.name


def first_names(names: Sequence[str]) -> Message:
    """The first few of many names, as they stand in a sentence."""
    if len(names) <= _NAMED:
        return Message("{names:list}", names=names)
    more = counted("{n} more", "{n} more", n=len(names) - _NAMED)
    return Message("{names:list}", names=[*names[:_NAMED], more])


def shared_edges(names: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many words all of these names begin with, and end with; of each at least one word is left."""
    start = end = 0
    while names and all(len(name) > start + 1 for name in names) and len({name[start] for name in names}) == 1:
        start += 1
    while names and all(len(name) > start + end + 1 for name in names) and len({name[-1 - end] for name in names}) == 1:
        end += 1
    return start, end


# --- columns, and parts of a dataset, in the languages schools write in ------------------------------------------

TEXT_NAMES = (
    "text", "message", "sentence", "review", "question", "comment", "content", "utterance", "query", "tweet", "post",
    "body", "phrase", "document", "abstract", "description", "statement", "headline", "email", "sms", "prompt",
    "input", "title", "texts", "messages", "sentences", "reviews", "questions", "comments", "example", "examples",
    "texte", "phrase", "avis", "commentaire", "contenu",
    "nachricht", "satz", "kommentar", "frage", "beitrag", "inhalt",
    "texto", "mensaje", "frase", "comentario", "pregunta", "resena", "opinion",
    "testo", "messaggio", "commento", "recensione", "domanda", "mensagem", "avaliacao", "pergunta",
    "tekst", "bericht", "zin", "vraag", "wiadomosc", "zdanie", "metin", "mesaj", "yorum", "cumle",
    "текст", "сообщение", "комментарии", "отзыв", "вопрос", "предложение",
    "文本", "内容", "句子", "评论", "正文", "文字", "消息", "留言", "问题", "內容", "評論", "訊息", "文章",
    "テキスト", "本文", "文", "メッセージ", "コメント", "質問", "レビュー",
    "텍스트", "문장", "내용", "메시지", "댓글", "리뷰",
    "نص", "النص", "वाक्य", "पाठ",
)  # fmt: skip
LABEL_NAMES = (
    "label", "class", "category", "target", "intent", "tag", "topic", "sentiment", "emotion", "genre", "coarse_label",
    "labels", "classes", "categories", "tags", "topics", "genres", "intents", "polarity", "type", "kind", "y",
    "etiquette", "classe", "categorie", "theme", "etikett", "kategorie", "klasse", "thema", "stimmung",
    "etiqueta", "clase", "categoria", "sentimiento", "tema", "etichetta", "sentimento", "rotulo",
    "etykieta", "klasa", "kategoria", "etiket", "sinif", "kategori", "duygu",
    "метка", "класс", "категория", "тема",
    "标签", "类别", "分类", "情感", "标注", "种类", "標籤", "類別", "分類", "種類",
    "ラベル", "クラス", "カテゴリ", "カテゴリー", "感情", "라벨", "레이블", "클래스", "카테고리", "분류", "감정",
    "التصنيف", "تصنيف", "लेबल", "वर्ग",
)  # fmt: skip
TITLE_NAMES = frozenset(
    {"title", "subject", "headline", "heading", "summary", "short_description", "titel", "betreff", "uberschrift",
     "titre", "objet", "sujet", "titulo", "asunto", "titolo", "oggetto", "assunto", "onderwerp", "tytul", "temat",
     "konu", "baslik", "premise", "hypothesis", "context",
     "заголовок", "标题", "主题", "標題", "主題", "タイトル", "件名", "제목", "العنوان"}
)  # fmt: skip
"""Columns that belong to a text beside them."""
OUTCOME_NAMES = frozenset(
    {"dx", "species", "variety", "cultivar", "breed", "outcome", "result", "diagnosis", "survived", "survival",
     "cultivars", "alive", "died", "death", "quality", "churn", "churned", "exited", "attrition", "default", "fraud",
     "spam", "approved", "passed", "decision", "verdict", "response", "subscribed", "deposit", "disease", "cancer",
     "diabetes", "stroke", "malignant", "play", "playtennis", "play_tennis", "winner", "won", "win", "income", "risk",
     "prognosis", "condition", "grade", "status", "art", "spezies", "sorte", "ergebnis", "diagnose", "uberlebt",
     "bestanden", "espece", "resultat", "diagnostic", "survie", "survecu", "reussi", "especie", "resultado",
     "diagnostico", "sobrevivio", "aprobado", "specie", "risultato", "esito", "diagnosi", "gatunek", "wynik", "przezyl",
     "soort", "uitkomst", "tur", "sonuc", "вид", "результат", "диагноз", "выжил", "物种", "品种", "结果", "诊断",
     "存活", "物種", "品種", "結果", "診斷", "診断", "生存", "종", "품종", "결과", "진단"}
)  # fmt: skip
"""What is predicted from measurements, beside what is called a label."""
WEAK_OUTCOMES = frozenset(
    {"quality", "grade", "status", "condition", "risk", "income", "response", "decision", "result", "default", "art",
     "play", "win", "alive", "tur"}
)  # fmt: skip
"""Those that say little as one word of several: "quality_grade", "battery status"."""
ATTRIBUTE_NAMES = frozenset(
    {"sex", "gender", "age", "country", "region", "city", "state", "race", "ethnicity", "nationality", "education",
     "employee", "customer", "person", "passenger", "student", "patient", "product", "model", "brand", "address",
     "geschlecht", "alter", "land", "stadt", "sexe", "pays", "ville", "sexo", "pais", "ciudad", "sesso", "paese",
     "nom", "prenom", "vorname", "nachname", "nombre", "nome", "性别", "年龄", "城市", "国家", "姓名", "性別", "年齢"}
)  # fmt: skip
"""What is known of a person or a thing, and is rather a feature of it than its class."""
SOURCE_NAMES = frozenset(
    {"patient", "subject", "participant", "person", "proband", "respondent", "user", "customer", "client", "student",
     "pupil", "child", "animal", "individual", "donor", "mother", "family", "household", "device", "sensor", "machine",
     "speaker", "author", "rater", "session", "recording", "specimen", "kunde", "patientin", "teilnehmer", "schueler",
     "sujet", "paciente", "paziente", "sujeto", "患者", "被试", "用户", "被験者"}
)  # fmt: skip
"""Of whom or what several rows of a table may be."""
ID_NAMES = frozenset(
    {"id", "ids", "nr", "no", "num", "number", "code", "key", "nummer", "numero", "uuid", "编号", "番号"}
)
"""What stands in the name of a column that tells one of them from the others."""
SPLIT_NAMES = ("split", "set", "part", "subset", "partition", "fold", "usage", "ml_use", "dataset", "data_split")
RATING_NAMES = frozenset({"stars", "rating", "overall", "bewertung", "sterne", "valoracion", "calificacion", "etoiles"})
"""What a text was given by who wrote it: its class where nothing else is."""
WHO_NAMES = frozenset(
    {"author", "sender", "from", "user", "username", "user_name", "screen_name", "sender_name", "author_name",
     "from_name", "from_user", "user_login", "display_name"}
)  # fmt: skip
"""Who wrote it: hardly ever its class."""
OTHER_NAMES = ("id", "index", "idx", "no", "nr", "number", "date", "time", "user", "author", "url", "file", "filename",
               "image", "path", "name", "score", "rating", "stars", "language", "lang", "source", "sheet")  # fmt: skip
SHEET = "sheet"
"""The column that says from which sheet of a workbook a row is."""
SPLITS = {
    "train": "train", "training": "train", "trn": "train",
    "validation": "validation", "validate": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "develop": "validation", "development": "validation", "eval": "validation",
    "test": "test", "testing": "test", "tst": "test",
}  # fmt: skip
"""How a part of a dataset is called, and what it is."""

_SPLIT_WORD = re.compile(rf"(?<![^\W_\d])({'|'.join(sorted(SPLITS, key=len, reverse=True))})(set|data)?(?![^\W_\d])")


def plain_name(name: str) -> str:
    """A column's name as it is compared: small letters without accents, one kind of gap."""
    letters = unicodedata.normalize("NFKD", name.strip().casefold())
    bare = "".join(char for char in letters if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", re.sub(r"[\s\-.]+", "_", bare))


_KNOWN = {plain_name(name) for name in (*TEXT_NAMES, *LABEL_NAMES, *SPLIT_NAMES, *OTHER_NAMES)}


def words_of(name: str) -> list[str]:
    """The words of a column's name as they are compared: "masterCategory" and "master_category" are two."""
    return plain_name(_with_gaps(name)).split("_")


def is_known_name(name: str) -> bool:
    """True when a cell is called like a column."""
    return plain_name(name) in _KNOWN


def split_of(name: str) -> str | None:
    """The part of a dataset that a name speaks of: "oos_train", "TREC.test.all", "myValidationSet.csv", "val/data"."""
    found = _SPLIT_WORD.search(_with_gaps(name))
    return SPLITS[found[1]] if found else None


def without_split(path: PurePosixPath | str) -> str:
    """What is left of a name without its split words: the same for all parts of one dataset."""
    left = _SPLIT_WORD.sub("", _with_gaps(str(path)))
    return re.sub(r"[\s_.\-]+", ".", re.sub(r"[\s_.\-]*/[\s_.\-]*", "/", left)).strip("./")


def _with_gaps(name: str) -> str:
    """Small letters, and a gap where a capital begins a word."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()


def part_called(folder: str) -> str | None:
    """The part ("train", "validation" or "test") that a folder's whole name means: "Training", "test_set", "test1"."""
    rest = without_split(folder)
    return split_of(folder) if rest in ("", "set", "data") or rest.isdecimal() else None


def parts_among(folders: Iterable[str]) -> dict[str, str]:
    """The folders that are called like parts, or that differ in words for parts only: "seg_train" and "seg_test"."""
    names = {name: part for name in set(folders) if (part := split_of(name))}
    families: dict[str, set[str]] = {}
    for name, part in names.items():
        families.setdefault(without_split(name), set()).add(part)
    return {name: part for name, part in names.items() if part_called(name) or divides(families[without_split(name)])}


def divides(parts: Iterable[str | None]) -> bool:
    """True when these parts are a division: one of them is for training, and there is another one."""
    named = set(parts) - {None}
    return "train" in named and len(named) > 1
