"""Which column is the text, which the label, which the part; and how a person says otherwise."""

from __future__ import annotations

import pytest

from core.data.readers import columns
from core.data.readers.guesses import ignored_columns
from core.data.readers.reading import Declined, ReadOptions, Source
from core.data.readers.tables import Tables
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import file_of, pairs, read, skips, splits, written

TALK = [(f"this is long message number {n}", "xy"[n % 2]) for n in range(12)]


def columns_of(header: str, row: str, count: int = 12) -> tuple[str, str | None]:
    """The text and label column proposed for rows made from a pattern: {n} counts, {c} is one of two words."""
    rows = "".join(row.format(n=n, c=("x", "y")[n % 2], d=("k", "l", "m")[n % 3]) + "\n" for n in range(count))
    proposal = read(f"{header}\n{rows}")[0].proposal
    return proposal["text_column"], proposal["label_column"]


@pytest.mark.parametrize(
    "header",
    ["text,label", "Text,LABEL", " text , label ", "message,category", "utterance,intent", "texte,étiquette",
     "Nachricht,Kategorie", "mensaje,categoría", "文本,标签", "评论,类别", "テキスト,ラベル",
     "текст,метка", "review_text,class_label"],
)  # fmt: skip
@pytest.mark.parametrize("label_first", [False, True])
def test_columns_are_found_by_their_names(header, label_first):
    """Also where the contents say the opposite: here every label is longer than its text."""
    names, rows = (
        header.split(","),
        [("hi", "a very long label"), ("yo", "another long label"), ("so", "a very long label")],
    )
    order = slice(None, None, -1 if label_first else 1)
    _, items = read(written([names[order], *(row[order] for row in rows)]))
    assert pairs(items) == rows


@pytest.mark.parametrize(
    ("header", "row", "found"),
    [
        ("what,said", "{c},some long sentence {n}", ("said", "what")),
        ("id,said,kind of thing", "{n},some long sentence {n},{c}", ("said", "kind of thing")),
        ("version,said,kind of thing", "v1,some long sentence {n},{c}", ("said", "kind of thing")),
        ("text,said,mood", "{n},some long sentence {n},{c}", ("said", "mood")),
        ("url,said,mood", "https://example.org/a/very/long/address/of/a/page/{n},hello {n},{c}", ("said", "mood")),
        ("file,said,mood", "pictures/a very long folder name/and another/{n}.jpg,hello {n},{c}", ("said", "mood")),
        ("date,said,mood", "2024-05-{n},hello {n},{c}", ("said", "mood")),
        ("title,text,label", "a title {n} that is long enough,t {n},{c}", ("text", "label")),
        ("label,type,text", "same,{c},hello {n}", ("text", "type")),
        ("said,user,mood", "hello there {n},{c},{d}", ("said", "mood")),
        ("text,stars", "hello {n},{c}", ("text", "stars")),
    ],
)
def test_columns_are_told_apart_by_what_is_in_them(header, row, found):
    assert columns_of(header, row) == found


def test_a_file_sorted_by_label_is_looked_at_as_a_whole():
    rows = [(f"sentence {n}", "a" if n < 9000 else "b", "v1") for n in range(10_000)]
    reading, _ = read(written([("said", "mood", "version"), *rows]))
    assert reading.proposal["label_column"] == "mood"


def test_columns_can_be_chosen():
    content = "text,label,mood\nhello,a,happy\nbye,b,sad\n"
    assert pairs(read(content, label_column="mood")[1]) == [("hello", "happy"), ("bye", "sad")]
    assert pairs(read(content, text_column="mood", label_column="text")[1]) == [("happy", "hello"), ("sad", "bye")]
    assert pairs(read(content, text_column=" MOOD ")[1]) == [("happy", "a"), ("sad", "b")]
    assert pairs(read(content, label_column="column 3")[1]) == [("hello", "happy"), ("bye", "sad")]
    reading, _ = read(content, label_column="MOOD")
    assert reading.proposal["label_column"] == "mood"
    assert reading.proposal["choices"]["label_column"] == ["text", "label", "mood"]


def test_an_exact_name_goes_before_a_similar_one():
    assert pairs(read("Text,text,label\na,b,x\nc,d,y\n", text_column="text")[1]) == [("b", "x"), ("d", "y")]


@pytest.mark.parametrize("flag", ["text_column", "label_column"])
@pytest.mark.parametrize("name", ["mood", "column 3", "column 0", ""])
def test_a_column_that_is_not_there_lists_those_that_are(flag, name):
    with pytest.raises(DataError, match=r"no column.*text and label"):
        read("text,label\na,b\nc,d\n", **{flag: name})


def test_one_column_cannot_be_both():
    """Predicting a text from itself would score 100 % and mean nothing."""
    with pytest.raises(DataError, match="cannot be both"):
        read("text,label\na,b\nc,d\n", text_column="text", label_column="text")


@pytest.mark.parametrize("name", ["split", "Set", "subset"])
def test_a_split_column_is_respected(name):
    _, items = read(f"text,label,{name}\na,x,train\nb,y,Val\nc,x,TEST\nd,y,dev\n")
    assert splits(items) == ["train", "validation", "test", "validation"]


def test_a_column_that_is_only_called_split_is_no_division():
    assert splits(read("text,label,split\na,x,left\nb,y,right\n")[1]) == [None, None]


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n" + "".join(f"{n},{n * n}\n" for n in range(30)),
        "name,city\n" + "".join(f"person {n},city {n}\n" for n in range(30)),
        "file,kind\n" + "".join(f"a/{n}.jpg,{n % 2}\n" for n in range(30)),
    ],
    ids=["numbers", "nothing repeats", "names of files"],
)
def test_a_table_without_texts_and_labels_is_not_read(content):
    source = Source("given", (file_of("table.csv", content),))
    assert isinstance(Tables().look(source, ReadOptions(), Limits()), Declined)


# --- the header ---------------------------------------------------------------------------------------------------


def test_the_header_may_be_a_later_row_and_what_stands_above_is_listed():
    content = "Class 7b,\nautumn,2026\nsaid,mood\nhello there,x\ngood bye,y\n"
    reading, items = read(content, header_row="3")
    assert pairs(items) == [("hello there", "x"), ("good bye", "y")]
    assert skips(items) == [("row 1", "It stands above the header."), ("row 2", "It stands above the header.")]
    assert [item.name for item in items[2:]] == ["row 4", "row 5"]
    assert (reading.proposal["header"], reading.proposal["header_row"]) == ("yes", "3")


@pytest.mark.parametrize("number", ["0", "4", "x", "", "99999999999999999999"])
def test_a_header_row_that_is_not_there_is_said(number):
    with pytest.raises(DataError, match=r"no row .* that could be the header.*3 rows"):
        read("text,label\na,b\nc,d\n", header_row=number)


# --- the class of a row of measurements -------------------------------------------------------------------------------


def one_hot(header: str, *, count: int = 30, marks: int = 1) -> str:
    """Rows of two measurements, a property and three columns of which each row marks `marks`."""
    rows = (
        f"{n / 7:.2f},{n * 3 % 11},{n // 2 % 2}," + ",".join(str(int((n + k) % 3 < marks)) for k in range(3))
        for n in range(count)
    )
    return "\n".join([header, *rows])


def test_columns_of_which_each_row_marks_one_are_the_class_and_none_tells_the_others():
    proposal, items = read(one_hot("length,width,red,setosa,versicolor,virginica"))
    proposal = proposal.proposal
    assert proposal["marked_columns"] == ["setosa", "versicolor", "virginica"]
    assert proposal["example_columns"] == ["length", "width", "red"]
    assert {label for _, label in pairs(items)} == {"setosa", "versicolor", "virginica"}


@pytest.mark.parametrize(
    ("again", "value"),
    [("verdict", "{c}"), ("species_code", "{n}"), ("target", "{n}"), ("speciesName", "the {c}")],
    ids=["the same words", "numbers under a like name", "numbers under a name of classes", "other words, like name"],
)
def test_what_says_the_class_again_is_no_example(again, value):
    rows = [(n / 7, n * 3 % 11, value.format(n=n % 3, c="xyz"[n % 3]), "xyz"[n % 3]) for n in range(36)]
    proposal = read(written([("length", "width", again, "species"), *rows]), label_column="species")[0].proposal
    assert proposal["example_columns"] == ["length", "width"]
    assert [(name, str(why)) for name, why in ignored_columns(proposal)] == [
        (again, "It says the class once more, which nobody knows of new rows.")
    ]
    columns = {"label_column": "species", "example_columns": ("length", again)}
    chosen = read(written([("length", "width", again, "species"), *rows]), **columns)[0].proposal
    assert chosen["example_columns"] == ["length", again]


def test_what_only_goes_together_with_the_class_may_be_an_example():
    rows = [(n / 7, n * 3 % 11, ("no", "yes")[n % 2], ("no", "yes")[n % 2]) for n in range(36)]
    assert read(written([("length", "width", "cough", "ill"), *rows]), label_column="ill")[0].proposal[
        "example_columns"
    ] == ["length", "width", "cough"]
    rows = [(n / 7, n * 3 % 11, ("moo", "baa", "oink")[n % 3], ("cow", "sheep", "pig")[n % 3]) for n in range(36)]
    assert read(written([("length", "width", "noise", "animal"), *rows]), label_column="animal")[0].proposal[
        "example_columns"
    ] == ["length", "width", "noise"]


def test_properties_that_may_come_together_are_no_classes():
    proposal = read(one_hot("length,width,red,has wings,has teeth,species", marks=2))[0].proposal
    assert (proposal["marked_columns"], proposal["label_column"]) == (None, "species")


def test_marking_columns_can_be_chosen_and_one_alone_says_how():
    content = written([("a", "b", "yes", "no"), *((n * 3 % 11, n * 7 % 5, n % 2, 1 - n % 2) for n in range(22))])
    proposal = read(content, marked_columns=("yes", "no"))[0].proposal
    assert (proposal["marked_columns"], proposal["example_columns"]) == (["yes", "no"], ["a", "b"])
    with pytest.raises(DataError, match="two or more mark it"):
        read(content, marked_columns=("yes",))
    with pytest.raises(DataError, match="chosen for two things"):
        read(content, marked_columns=("yes", "no"), example_columns=("a", "no"))


def test_a_column_that_half_of_the_rows_leave_empty_is_not_the_class():
    rows = [(f"R{n}", "xyz"[n % 3], n % 5, "km"[n % 2], ("thanks", "no")[n // 2 % 2] * (n % 2)) for n in range(40)]
    proposal = read(written([("ResponseId", "Q1", "Q2", "Q3", "Q4"), *rows]))[0].proposal
    assert proposal["label_column"] != "Q4"


@pytest.mark.parametrize(
    "stamp",
    ["2024/05/{n} 9:00:11 AM GMT+2", "2024/05/{n} 9:00:11 vorm. MESZ", "2024/05/{n} 9:00:11 午前 GMT+9",
     "5/{n}/2024 9:00:11 p.m. EST", "2024-05-{n} 09:00:11 +0200", "2024-05-{n} 09:00:11 UTC",
     "Wed May {n} 2024 09:00:11 GMT+0200"],
)  # fmt: skip
def test_the_time_at_which_a_form_was_filled_in_is_a_date_and_no_text(stamp):
    rows = "".join(f"{stamp.format(n=n + 10)},{n * 7 % 5},{('Bus', 'Bike')[n % 2]}\n" for n in range(14))
    proposal = read(f"Timestamp,Minutes,How do you travel?\n{rows}")[0].proposal
    assert proposal["text_column"] is None
    assert proposal["label_column"] == "How do you travel?"
    assert proposal["example_columns"] == ["Timestamp", "Minutes"]


@pytest.mark.parametrize("name", ["email", "Name", "text"])
def test_a_text_that_is_the_same_in_every_row_is_not_the_example(name):
    rows = "".join(f"anonymous,{n * 7 % 5}.5,{n * 3 % 11},{('ill', 'well')[n % 2]}\n" for n in range(14))
    proposal = read(f"{name},height,weight,class\n{rows}")[0].proposal
    assert (proposal["example_columns"], proposal["label_column"]) == (["height", "weight"], "class")
    assert str(proposal["picker"]["columns"][0]["why"]) == "It is the same in every row."


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("height,weight,sex", "15{d} cm,{n}6 kg,{c}"),
        ("height,weight,class", "1{n} cm,{n}0 kg,{c}"),
        ("height,weight,gender", "1{n}7cm,{n},{c}"),
        ("sleep,speed,sex", "{d}h,{n}.5 km/h,{c}"),
        ("lab,about,sex", "<{n},~{d},{c}"),
        ("temperature,angle,sex", "{n}.5 °C,{d}°,{c}"),
    ],
)
def test_numbers_with_one_unit_are_numbers_and_neither_the_class_nor_a_text(header, row):
    rows = "".join(row.format(n=n * 7 % 30 + 10, c="fm"[n % 2], d=n % 3 + 1) + "\n" for n in range(30))
    proposal = read(f"{header}\n{rows}")[0].proposal
    names = header.split(",")
    assert (proposal["example_columns"], proposal["label_column"]) == (names[:2], names[2])
    assert proposal["text_column"] is None


@pytest.mark.parametrize(
    ("name", "values"),
    [("group", "1a 1b 2a 2b"), ("group", "1st 2nd 3rd"), ("group", "5 stars,1 star"), ("grade", "5th 6th 7th"),
     ("class", "7b 8b 9b")],
)  # fmt: skip
def test_short_words_that_begin_with_a_number_can_be_the_class(name, values):
    classes = values.split(",") if "," in values else values.split()
    rows = "".join(f"{n * 7 % 30}.5,{n * 11 % 30},{classes[n % len(classes)]}\n" for n in range(40))
    assert read(f"height,weight,{name}\n{rows}")[0].proposal["label_column"] == name


@pytest.mark.parametrize(
    "foot", ["Total,,,\nMean,12.3,,\n,,,\nSource: school office,,,\n", "Note,see below,,\n,n.n.,,\n"]
)
def test_what_stands_under_a_table_does_not_turn_numbers_into_names(foot):
    rows = "".join(f"{n * 7 % 41}.5,{n * 3 % 37}.25,{n % 5},{'xy'[n % 2]}\n" for n in range(30))
    reading, items = read(f"height,weight,shoes,class\n{rows}{foot}")
    assert reading.proposal["example_columns"] == ["height", "weight", "shoes"]
    assert len(pairs(items)) == 30
    assert len(skips(items)) == foot.count("\n")


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), ("Ja", "Nein"), ("Y", "N"), ("oui", "non")])
@pytest.mark.parametrize("names", ["cat,dog,bird", "is_cat,is_dog,is_bird"])
@pytest.mark.parametrize("text", [False, True])
def test_columns_of_which_each_row_answers_one_with_yes_are_the_class(yes, no, names, text):
    rows = "".join(
        (f"this is long message {n}" if text else f"{n * 7 % 41}.5,{n * 11 % 37}")
        + "".join(f",{yes if n % 3 == at else no}" for at in range(3)) + "\n"
        for n in range(42)
    )  # fmt: skip
    reading, items = read(f"{'message' if text else 'height,weight'},{names}\n{rows}")
    assert reading.proposal["marked_columns"] == names.split(",")
    assert [label for _, label in pairs(items)] == names.split(",") * 14


def test_answers_of_which_several_are_yes_are_no_classes():
    rows = "".join(
        f"{n * 7 % 41}.5,{n * 11 % 37}," + ",".join(("yes", "no")[n // k % 2] for k in (1, 2, 3)) + "\n"
        for n in range(42)
    )
    proposal = read(f"height,weight,smokes,sports,vegan\n{rows}")[0].proposal
    assert proposal["marked_columns"] is None
    assert proposal["label_column"] == "vegan"


@pytest.mark.parametrize("odd", ["unknown", "<5", "n/a*", "k. A. *"])
def test_a_column_of_numbers_with_odd_cells_is_one_of_the_example(odd):
    rows = [(odd if n % 5 == 0 else f"{n * 37 % 101}.{n}", str(n * 7 % 13), "ab"[n % 2]) for n in range(60)]
    reading, _ = read(written([("dose", "age", "class"), *rows]))
    assert reading.proposal["example_columns"] == ["dose", "age"]


ONE_HOT = [(f"{n * 37 % 101}.5", f"{n % 9}", *("1" if n % 3 == k else "0" for k in range(3))) for n in range(60)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (2, 3, 4, 0, 1)], ids=["last", "first"])
@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("True", "False"), ("1.0", "0.0")])
def test_what_get_dummies_made_of_the_class_is_one_class_again(order, yes, no):
    header = ("weight", "age", "species_cat", "species_dog", "species_owl")
    rows = [(*row[:2], *(yes if cell == "1" else no for cell in row[2:])) for row in ONE_HOT]
    reading, items = read(written([tuple(row[at] for at in order) for row in (header, *rows)]))
    assert reading.proposal["marked_columns"] == ["species_cat", "species_dog", "species_owl"]
    assert sorted(reading.proposal["example_columns"]) == ["age", "weight"]
    assert {label for _, label in pairs(items)} == {"cat", "dog", "owl"}


def test_two_columns_that_were_one_are_its_two_classes():
    rows = [(row[0], row[1], row[2], "1" if row[2] == "0" else "0") for row in ONE_HOT]
    reading, items = read(written([("weight", "age", "outcome_good", "outcome_bad"), *rows]))
    assert reading.proposal["marked_columns"] == ["outcome_good", "outcome_bad"]
    assert {label for _, label in pairs(items)} == {"good", "bad"}


def test_what_get_dummies_made_of_a_feature_stays_a_feature():
    rows = [(*row, ("ill", "well")[n % 2]) for n, row in enumerate(ONE_HOT)]
    reading, _ = read(written([("weight", "age", "color_red", "color_blue", "color_green", "class"), *rows]))
    assert reading.proposal["label_column"] == "class" and len(reading.proposal["example_columns"]) == 5


def test_a_part_of_a_one_hot_column_is_never_the_class_in_silence():
    reading, _ = read(written([("weight", "age", "kind_a", "kind_b", "kind_c"), *ONE_HOT]))
    assert reading.proposal["label_column"] is None and len(reading.proposal["marked_columns"]) == 3


def test_a_class_that_hardly_any_row_has_is_not_lost_with_the_first_row():
    """No header; the first row's class comes again only where a sample of the rows does not look."""
    rows = [("the first one", "rare"), *((f"message number {n}", "ab"[n % 2]) for n in range(6001))]
    rows[5000] = ("the second one", "rare")
    _, items = read(written(rows))
    assert sum(label == "rare" for _, label in pairs(items)) == 2


@pytest.mark.parametrize("name", ["img/{}.jpg", "https://example.org/{}.jpg"])
def test_a_table_of_files_that_are_not_here_says_so(name):
    rows = [(name.format(n), "ab"[n % 2]) for n in range(20)]
    source = Source("given", (file_of("t.csv", written([("path", "label"), *rows])),))
    found = Tables().look(source, ReadOptions(), Limits())
    assert isinstance(found, Declined) and "the files themselves are not here" in str(found.reason)


def test_a_word_that_hardly_says_a_class_gives_way_to_one_that_does():
    rows = [(("research", "casual")[n % 3 == 0], f"{n * 7 % 50}.5", ("wren", "robin")[n % 2]) for n in range(60)]
    reading, _ = read(written([("quality_grade", "latitude", "species_guess"), *rows]))
    assert reading.proposal["label_column"] == "species_guess"


def test_in_a_wide_table_only_the_likeliest_columns_are_compared_with_all_others(monkeypatch):
    compared = []
    original = columns._Guess._spelt_out
    monkeypatch.setattr(columns._Guess, "_spelt_out", lambda self, at: compared.append(at) or original(self, at))
    header = ",".join([*(f"f{n}" for n in range(300)), "class"])
    rows = "".join(",".join([*(str((n * 7 + at) % 10) for at in range(300)), "xy"[n % 2]]) + "\n" for n in range(30))
    assert read(f"{header}\n{rows}")[0].proposal["label_column"] == "class"
    assert len(compared) < 100
