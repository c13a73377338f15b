"""Recordings beside a list of times: each stretch of them is an example."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

import numpy as np
import pytest
import soundfile

from core.data.intake import take_in
from core.data.readers.label_tracks import LabelTracks
from core.data.readers.propose import propose
from core.data.readers.reading import Declined, Item, Reading, ReadOptions, Skip, Source, SourceFile
from core.errors import DataError
from core.events import drain
from core.limits import Limits
from core.messages import Message
from core.modalities.sound.decoding import decode
from tests.core.data.readers.making import Content, file_of
from tests.helpers import write_tree

RATE = 8000
TRACK = "0.000000\t0.500000\twren\n1.000000\t1.250000\trobin\n2.000000\t2.500000\twren\n3.000000\t3.500000\trobin\n"


def recording(seconds: float = 4, format: str = "WAV") -> bytes:
    """Each half second is as loud as it is late, so that a stretch tells where it was cut."""
    samples = np.repeat(np.arange(1, 2 * seconds + 1) / 20, RATE // 2)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format=format)
    return buffer.getvalue()


def source_of(files: dict[str, Content]) -> Source:
    return Source("walk", tuple(file_of(name, content) for name, content in files.items()))


def read(files: dict[str, Content], **options: str) -> Reading:
    return propose(source_of(files), ReadOptions(**options), Limits())


def stretches(reading: Reading) -> list[tuple[str, str]]:
    assert reading.proposal["structure"] == "label-tracks"
    return [(item.name, item.label) for item in reading.items if isinstance(item, Item)]


def reasons(reading: Reading) -> dict[str, str]:
    return {item.file: str(item.reason) for item in reading.items if isinstance(item, Skip)}


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_label_track_cuts_its_recording(format):
    reading = read({f"walk.{format.casefold()}": recording(format=format), "Label Track.txt": TRACK})
    items = [item for item in reading.items if isinstance(item, Item)]
    assert [item.label for item in items] == ["wren", "robin", "wren", "robin"]
    sounds = [decode(item.read()) for item in items]
    assert [round(len(sound) / 16_000, 2) for sound in sounds] == [0.5, 0.25, 0.5, 0.5]
    middles = [float(np.abs(sound[len(sound) // 4 : len(sound) // 2]).mean()) for sound in sounds]
    assert middles == pytest.approx([0.05, 0.15, 0.25, 0.35], abs=0.03 if format in ("OGG", "MP3") else 0.01)
    assert "4 stretches" in str(reading.notes[0])
    assert "one recording" in str(reading.notes[1]) and "lower accuracy" in str(reading.notes[1])


RAVEN = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies\n"
    "1\tWaveform 1\t1\t0.0\t0.5\t100\t4000\twren\n1\tSpectrogram 1\t1\t0.0\t0.5\t100\t4000\twren\n"
    "2\tSpectrogram 1\t1\t1.0\t1.5\t100\t4000\trobin\n3\tSpectrogram 1\t1\t2.0\t2.5\t100\t4000\twren\n"
    "4\tSpectrogram 1\t1\t3.0\t3.5\t100\t4000\trobin\n"
)
PRAAT = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 4\ntiers? <exists>\nsize = 1\nitem []:\n'
    '    item [1]:\n        class = "IntervalTier"\n        name = "birds"\n        xmin = 0\n        xmax = 4\n'
    "        intervals: size = 4\n"
    + "".join(
        f'        intervals [{n}]:\n            xmin = {n - 1}\n            xmax = {n - 0.5}\n'
        f'            text = "{label}"\n'
        for n, label in enumerate(["wren", "robin", "wren", "robin"], start=1)
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("walk.Table.1.selections.txt", RAVEN),
        ("walk.TextGrid", PRAAT),
        ("walk_labels.csv", "Start (s),End (s),Common name,Confidence\n0,.5,wren,.9\n1,1.5,robin,.8\n2,2.5,wren,.7\n"
                            "3,3.5,robin,.9\n"),
        ("strong.tsv", "filename\tonset\toffset\tevent_label\n"
                       + "".join(f"walk.wav\t{n}\t{n}.5\t{label}\n" for n, label in
                                 enumerate(["wren", "robin", "wren", "robin"]))),
        ("walk.txt", "0 0.5 wren\n1 1.5 robin\n2 2.5 wren\n3 3.5 robin\n"),
        ("labels.txt", "0,000000\t0,500000\twren\n\\\t100,0\t4000,0\n"
                       "1,0\t1,5\trobin\n2,0\t2,5\twren\n3,0\t3,5\trobin\n"),
    ],
)  # fmt: skip
def test_what_programs_write_with_times_cuts_the_recording(name, content):
    reading = read({"walk.wav": recording(), name: content})
    assert stretches(reading) == [
        (f"walk.wav {n}.000-{n}.500 s", label) for n, label in enumerate(["wren", "robin", "wren", "robin"])
    ]


def test_rows_that_are_no_stretch_and_recordings_without_a_list_are_skips():
    track = TRACK + "3.500000\t3.500000\tmoment\n3.600000\t3.700000\t\nnonsense\n"
    reading = read({"a.wav": recording(), "a.txt": track, "b.wav": recording()})
    assert len(stretches(reading)) == 4
    told = reasons(reading)
    assert "a moment" in told["a.txt line 5"] and "label is empty" in told["a.txt line 6"]
    assert "no moments" in told["a.txt line 7"] and "No list" in told["b.wav"] and "a.txt" in told


def test_a_stretch_with_two_labels_is_two_examples_with_two_names():
    reading = read({"a.wav": recording(), "a.txt": TRACK + "0.000000\t0.500000\trobin\n0.000000\t0.500000\twren\n"})
    assert [name for name, _ in stretches(reading)][-1] == "a.wav 0.000-0.500 s (2)"
    assert "twice" in reasons(reading)["a.txt line 6"]


def test_what_lies_behind_the_end_is_refused_when_it_is_read():
    reading = read({"walk.wav": recording(), "walk.txt": TRACK + "9.000000\t9.500000\twren\n"})
    from core.data.intake import _take  # the one place where items are read
    from core.modalities import get_modality

    last = [item for item in reading.items if isinstance(item, Item)][-1]
    taken = _take(last, get_modality("sound"), PurePosixPath("/nowhere"), PurePosixPath("/nowhere"))
    assert isinstance(taken, Skip) and "ends before" in str(taken.reason)


def test_each_list_goes_to_the_recording_of_its_name_and_these_stay_apart():
    files: dict[str, Content] = {}
    for name in ("dawn", "noon", "dusk"):
        files |= {f"{name}.wav": recording(), f"{name}.txt": TRACK}
    items = [item for item in read(files).items if isinstance(item, Item)]
    assert {item.source for item in items} == {"dawn.wav", "noon.wav", "dusk.wav"}
    assert all(item.name.startswith(item.source or "?") for item in items)


def test_times_beside_files_that_are_named_once_are_those_of_a_longer_recording():
    table = "slice_file_name,start,end,class\n" + "".join(f"{n}.wav,{n}.5,{n + 3},{'ab'[n % 2]}\n" for n in range(6))
    reading = read({**{f"{n}.wav": recording(1) for n in range(6)}, "set.csv": table})
    assert reading.proposal["structure"] == "label-table"


def test_a_label_track_without_its_recording_is_refused_by_what_it_is():
    with pytest.raises(DataError, match=r"'labels\.txt' lists stretches of a recording"):
        read({"labels.txt": TRACK})
    trips = "start,end,class\n" + "1,2,bus\n2,3,tram\n3,5,bus\n4,5,tram\n" * 4
    assert read({"trips.csv": trips}).proposal["structure"] == "table"


def test_pictures_have_no_times():
    found = LabelTracks().look(source_of({"walk.txt": TRACK, "a.png": b"\x89PNG\r\n\x1a\n"}), ReadOptions(), Limits())
    assert isinstance(found, Declined)


def test_a_recording_is_read_once_for_all_of_its_stretches():
    times = 0
    raw = recording()

    def content() -> bytes:
        nonlocal times
        times += 1
        return raw

    source = Source("walk", (SourceFile(PurePosixPath("walk.wav"), len(raw), content), file_of("walk.txt", TRACK)))
    for item in propose(source, ReadOptions(), Limits()).items:
        if isinstance(item, Item):
            item.read()
    assert times <= 2


def test_lines_with_impossible_times_are_left_out_and_the_others_read():
    good = "".join(f"{n / 3:.3f}\t{n / 3 + 0.3:.3f}\t{'wren' if n % 2 else 'robin'}\n" for n in range(10))
    reading = read(
        {"walk.wav": recording(), "walk.txt": "-2.0\t-1.5\twren\nnan\tinf\trobin\n1e-07\t0,0\twren\n" + good}
    )
    assert len(stretches(reading)) == 10
    said = [reason for name, reason in reasons(reading).items() if "line" in name]
    assert len(said) == 3 and all("no moments" in reason or "ends where it begins" in reason for reason in said)


def test_a_list_that_names_another_recording_is_not_laid_on_the_one_that_is_here():
    rows = "".join(f"{n}.0,{n}.5,{'wren' if n % 2 else 'robin'},/home/u/other.wav\n" for n in range(3))
    found = LabelTracks().look(
        source_of({"walk.wav": recording(), "list.csv": "Start (s),End (s),Common name,File\n" + rows}), ReadOptions(),
        Limits(),
    )  # fmt: skip
    assert isinstance(found, Declined)


def test_what_is_heard_at_the_same_time_stays_on_one_side():
    track = (
        "0.0\t0.9\twren\n0.5\t1.4\trobin\n1.2\t1.6\twren\n"  # the first and the third by way of the second
        "1.61\t2.0\trobin\n1.999\t2.4\twren\n3.0\t3.2\trobin\n3.05\t3.1\twren\n"
    )
    sources = [item.source for item in read({"a.wav": recording(), "a.txt": track}).items if isinstance(item, Item)]
    assert sources == ["a.wav 0.000 s"] * 3 + [None, None] + ["a.wav 3.000 s"] * 2
    assert any("5 stretches overlap others" in str(note) for note in read({"a.wav": recording(), "a.txt": track}).notes)
    chain = "".join(f"{n / 4}\t{n / 4 + 0.4}\t{('wren', 'robin')[n % 2]}\n" for n in range(12))
    said = " ".join(str(note) for note in read({"a.wav": recording(), "a.txt": chain}).notes)
    assert "12 stretches overlap" in said and "none can be reserved" in said
    files: dict[str, Content] = {}
    for name in ("a", "b", "c"):
        files |= {f"{name}.wav": recording(), f"{name}.txt": track}
    whole = read(files)
    assert {item.source for item in whole.items if isinstance(item, Item)} == {"a.wav", "b.wav", "c.wav"}
    assert not any("overlap" in str(note) for note in whole.notes)


SHORT = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n4\n<exists>\n2\n"TextTier"\n"beats"\n0\n4\n1\n0.1\n"x"\n'
    '"IntervalTier"\n"birds"\n0\n4\n4\n'
    + "".join(f'{n}\n{n + 0.5}\n"{label}"\n' for n, label in enumerate(["wren", "robin", "wren", '"big" owl']))
).replace('""big" owl"', '"""big"" owl"')


def test_the_short_form_of_a_textgrid_is_read_as_the_long_one():
    reading = read({"walk.wav": recording(), "walk.TextGrid": SHORT})
    assert [label for _, label in stretches(reading)] == ["wren", "robin", "wren", '"big" owl']
    assert reading.proposal["label_column"] == "birds"


@pytest.mark.parametrize("whole", [SHORT, PRAAT], ids=["short", "long"])
def test_a_textgrid_that_breaks_off_says_so_and_gives_what_stands_before(whole):
    reading = read({"walk.wav": recording(), "walk.TextGrid": whole[: whole.index("robin") + 2]})
    assert [label for _, label in stretches(reading)] == ["wren"]
    assert any("'walk.TextGrid' breaks off: it announces 3 entries" in str(note) for note in reading.notes)
    assert not any("breaks off" in str(note) for note in read({"walk.wav": recording(), "w.TextGrid": whole}).notes)
    nothing = read_alone({"walk.wav": recording(), "walk.TextGrid": whole[: whole.index("wren")]})
    assert isinstance(nothing, Declined) and "breaks off" in str(nothing.reason)


def read_alone(files: dict[str, Content]) -> Reading | Declined:
    return LabelTracks().look(source_of(files), ReadOptions(), Limits())


@pytest.mark.parametrize(
    ("head", "more"),
    [("Start (s),End (s),Scientific name,Common name,Confidence,File", "Aves,{bird},.9,/home/u/{n}.wav"),
     ("Start (s),End (s),Scientific name,Common name,Confidence", "Aves,{bird},.9"),
     ("filename,onset,offset,event_label", None)],
)  # fmt: skip
def test_what_a_detector_found_says_which_recordings_are_missing(head, more):
    rows = [
        f"{n},{n + 3},{more.format(n=n % 5, bird='wren' if n % 2 else 'robin')}" if more
        else f"{n % 5}.wav,{n},{n + 3},{'wren' if n % 2 else 'robin'}"
        for n in range(20)
    ]  # fmt: skip
    with pytest.raises(DataError, match=r"'found\.csv' lists stretches of") as refused:
        read({"found.csv": "\n".join([head, *rows])})
    if "file" in head.casefold():
        assert "5 recordings (start, end and label), and they are not beside it: 0.wav, 1.wav" in str(refused.value)


def test_measurements_and_texts_with_times_and_the_name_of_a_recording_are_a_table():
    rows = "".join(f"{n % 5}.wav,{n},{n + 3},{n * 7 % 5},{n * 3 % 4},{'ab'[n % 2]}\n" for n in range(40))
    assert read({"f.csv": "file,start,end,pitch,loudness,label\n" + rows}).proposal["structure"] == "table"
    rows = "".join(f"{n % 5}.wav,{n},{n + 3},this is what they said {n} times,{'ab'[n % 2]}\n" for n in range(40))
    assert read({"t.csv": "file,start,end,text,label\n" + rows}).proposal["structure"] == "table"


def test_a_list_that_was_read_is_not_skipped(workspace, tmp_path):
    birds = {f"{name}.wav": recording() for name in ("a", "b")} | {"notes.md": b"# x"}
    birds |= {"a.txt": TRACK.encode(), "b.txt": TRACK.encode()}
    _, report = drain(take_in(str(write_tree(tmp_path / "walk", birds)), workspace))
    assert [skip.file for skip in report.heeded] == ["a.txt", "b.txt"]
    assert [skip.file for skip in report.skipped] == ["notes.md"]


def test_a_recording_that_is_too_large_is_not_called_missing():
    reason = Message("It is larger than 64 MB, the limit for one file.")
    source = Source("walk", (file_of("walk.txt", TRACK),), (Skip("walk.wav", reason),))
    with pytest.raises(DataError, match=r"'walk\.wav' cannot be used: It is larger than 64 MB"):
        LabelTracks().look(source, ReadOptions(), Limits())
