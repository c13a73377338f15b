"""Files that people bring and that are not read here, told by ending or first bytes: what they are, what helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.data.readers.reading import SourceFile
from core.data.readers.table_files import is_table
from core.messages import Message, counted


@dataclass(frozen=True)
class Foreign:
    """A kind: endings of names, and marks at the beginning of files that have other names; `one` and `count` name it.

    `is_model`: what was learnt from examples, and none of them. `is_certain`: nothing of this kind is ever read, as a
    table on a web page is.
    """

    suffixes: frozenset[str]
    one: Message
    count: Callable[[int, Message], Message]
    advice: Message
    marks: tuple[bytes, ...] = ()
    names: frozenset[str] = frozenset()
    is_model: bool = False
    is_certain: bool = True


def foreign_kind(file: SourceFile) -> Foreign | None:
    """The kind of a file; its content is only looked at where its name says nothing."""
    name, suffix = file.path.name.casefold(), file.path.suffix.casefold()
    for kind in _KINDS:
        if name in kind.names or suffix in kind.suffixes:
            return kind
    beginning = file.beginning()
    return next((kind for kind in _KINDS if kind.marks and beginning.startswith(kind.marks)), None)


def is_foreign(file: SourceFile) -> bool:
    """True for what is certainly nothing that is read here."""
    kind = foreign_kind(file) if file.kind is None and not is_table(file.path) else None
    return kind is not None and kind.is_certain


def _of_program(program: str, suffixes: str, advice: Message, *marks: bytes, **more: Any) -> Foreign:
    return Foreign(
        frozenset(suffixes.split()),
        Message("a file of {program}", program=program),
        lambda n, suffixes: counted(
            "{n} file of {program} ({suffixes})", "{n} files of {program} ({suffixes})", n=n, program=program,
            suffixes=suffixes,
        ),
        advice,
        marks,
        **more,
    )  # fmt: skip


_AS_CSV = Message("Open it in the program that made it, and save it there as CSV or as an Excel workbook (.xlsx).")
_FROM_R = Message("Save the table as CSV in R: `{command}`.", command='write.csv(data, "data.csv", row.names = FALSE)')
_FROM_DATABASE = Message("Export the table that you need as CSV, in the program that made it.")
_AS_FILES = Message(
    "Have the program that made it write pictures and recordings as files, in a folder for each class, and rows as CSV."
)
_PICKLED = Message("Files of this kind are never opened here: they can run whatever a stranger wrote into them.")
_NOT_OPENED = Message("{why} {instead}", why=_PICKLED, instead=_AS_FILES)

_KINDS = (
    Foreign(
        frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".3gp", ".wmv", ".mpg", ".mpeg", ".mts"}),
        Message("a video"),
        lambda n, suffixes: counted("{n} video ({suffixes})", "{n} videos ({suffixes})", n=n, suffixes=suffixes),
        Message("Save single pictures of each video, and put those of each class into a folder of its own."),
    ),
    Foreign(
        frozenset({".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw"}),
        Message("a raw picture of a camera"),
        lambda n, suffixes: counted(
            "{n} raw picture of a camera ({suffixes})", "{n} raw pictures of a camera ({suffixes})", n=n,
            suffixes=suffixes,
        ),
        Message("Export them as JPEG or PNG."),
    ),
    Foreign(
        frozenset({".svg", ".svgz", ".eps", ".ai", ".ps", ".cdr", ".wmf", ".emf", ".ico", ".icns"}),
        Message("a drawing"),
        lambda n, suffixes: counted("{n} drawing ({suffixes})", "{n} drawings ({suffixes})", n=n, suffixes=suffixes),
        Message("Export them as PNG."),
    ),
    Foreign(
        frozenset({".gdoc", ".gsheet", ".gslides", ".gdraw", ".lnk", ".url", ".webloc", ".icloud", ".symlink"}),
        Message("a link to a file that lies elsewhere"),
        lambda n, suffixes: counted(
            "{n} link to a file that lies elsewhere ({suffixes})", "{n} links to files that lie elsewhere ({suffixes})",
            n=n, suffixes=suffixes,
        ),
        Message("Download the files themselves and choose those."),
    ),
    Foreign(
        frozenset({".html", ".htm", ".mhtml", ".mht", ".xhtml"}),
        Message("a web page"),
        lambda n, suffixes: counted("{n} web page ({suffixes})", "{n} web pages ({suffixes})", n=n, suffixes=suffixes),
        Message("Save them as plain text, PDF or Word files, and put those of each class into a folder of its own."),
        is_certain=False,
    ),
    Foreign(
        frozenset({".msg", ".mbox", ".emlx", ".pst", ".ost"}),
        Message("a file of e-mails"),
        lambda n, suffixes: counted(
            "{n} file of e-mails ({suffixes})", "{n} files of e-mails ({suffixes})", n=n, suffixes=suffixes
        ),
        Message("Save each e-mail as .eml, and put those of each class into a folder of its own."),
        (b"From ",),
    ),
    Foreign(
        frozenset({".ppt", ".pptx", ".odp", ".key"}),
        Message("a presentation"),
        lambda n, suffixes: counted(
            "{n} presentation ({suffixes})", "{n} presentations ({suffixes})", n=n, suffixes=suffixes
        ),
        Message("Export the slides as pictures, and put those of each class into a folder of its own."),
    ),
    Foreign(
        frozenset({".rar", ".7z", ".zst", ".zip", ".tar", ".gz", ".bz2", ".xz", ".tgz"}),
        Message("a packed file"),
        lambda n, suffixes: counted(
            "{n} packed file ({suffixes})", "{n} packed files ({suffixes})", n=n, suffixes=suffixes
        ),
        Message("Unpack them, and choose the folder or make a zip of it."),
        is_certain=False,
    ),
    Foreign(
        frozenset({".ipynb"}),
        Message("a notebook of programs"),
        lambda n, suffixes: counted(
            "{n} notebook of programs ({suffixes})", "{n} notebooks of programs ({suffixes})", n=n, suffixes=suffixes
        ),
        Message("Choose the data that it works with."),
    ),
    Foreign(
        frozenset({".tflite", ".onnx", ".keras", ".pb", ".ckpt", ".gguf", ".mlmodel", ".safetensors"}),
        Message("a trained model"),
        lambda n, suffixes: counted(
            "{n} file of a trained model ({suffixes})", "{n} files of a trained model ({suffixes})", n=n,
            suffixes=suffixes,
        ),
        Message("It was learnt from examples and holds none. Choose the examples themselves."),
        names=frozenset({"keras_model.h5", "model.h5", "weights.bin", "saved_model.pb", "pytorch_model.bin"}),
        is_model=True,
    ),
    Foreign(
        frozenset({".pt", ".pth", ".pkl", ".pickle", ".joblib"}),
        Message("a pickle of Python objects (PyTorch, scikit-learn, pandas)"),
        lambda n, suffixes: counted(
            "{n} pickle of Python objects ({suffixes})", "{n} pickles of Python objects ({suffixes})", n=n,
            suffixes=suffixes,
        ),
        _NOT_OPENED,
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
    ),
    _of_program("SPSS", ".sav .zsav .por", _AS_CSV, b"$FL2@(#)", b"$FL3@(#)"),
    _of_program("Stata", ".dta", _AS_CSV, b"<stata_dta>"),
    _of_program("SAS", ".sas7bdat .xpt", _AS_CSV),
    _of_program("JMP", ".jmp", _AS_CSV),
    _of_program("Minitab", ".mtw .mpj .mpx", _AS_CSV),
    _of_program("R", ".rds .rdata .rda", _FROM_R, b"RDX2\n", b"RDX3\n"),
    _of_program("MATLAB", ".mat", _AS_FILES, b"MATLAB "),
    _of_program("HDF5", ".h5 .hdf5", _AS_FILES, b"\x89HDF\r\n"),
    _of_program("NumPy", ".npy",
                Message("Save examples and labels in one file: `{command}`.",
                        command='numpy.savez("data.npz", x=pictures, y=labels)'), b"\x93NUMPY"),
    _of_program("MNIST (IDX)", ".idx .ubyte", _AS_FILES, b"\0\0\x08\x01", b"\0\0\x08\x03"),
    _of_program("TensorFlow", ".tfrecord .tfrecords", _AS_FILES),
    _of_program("SQLite", ".sqlite .sqlite3 .db3", _FROM_DATABASE, b"SQLite format 3\0"),
    _of_program("Access", ".accdb .mdb", _FROM_DATABASE, b"\0\1\0\0Standard"),
    _of_program("Anki", ".apkg .colpkg .anki2 .anki21 .anki21b",
                Message("In Anki, export the notes as plain text, with their tags.")),
)  # fmt: skip
"""A new one is listed here."""
