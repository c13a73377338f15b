"""Pictures from strangers, one test for each way in which they go wrong."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import UnreadableExampleError
from core.modalities.image.decoding import ALLOWED_FORMATS, MAX_PIXELS, STORED_SIDE, SUFFIXES
from core.modalities.image.modality import ImageModality, ImageSpec
from tests.helpers import encoded, png

IMAGE = ImageModality()


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def kept(raw: bytes, folder) -> Image.Image:
    """What `load` gives after `read` and `keep`."""
    IMAGE.keep(IMAGE.read(raw), "abcd", folder)
    return IMAGE.load("abcd", None, folder)


def file_of(raw: bytes, folder) -> bytes:
    """The bytes that lie on disk after `keep`."""
    IMAGE.keep(IMAGE.read(raw), "abcd", folder)
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    return path.read_bytes()


# --- what is read, and how it looks ------------------------------------------------------------------------------


HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAE"
    "RAAAEAAQAAAAABoAABAAAAAAAAADQAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBj"
    "bwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoC"
    "CBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAKAAA"
    "AAEAAAAeAAAAAf///+gAAAAC////3gAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAPG1kYXQAAAAwKAGvCchZmN"
    "A5I1d//9SxH/5WLofvxftWfxOv6OxlOspDn0Sxk847vgyAh4O4Xstw"
)
"""The red of the next test on 40 x 30 pixels, as a phone writes it: nothing that is installed here can."""
PSD = struct.pack(">4sH6sHIIHHIII", b"8BPS", 1, bytes(6), 3, 30, 40, 8, 3, 0, 0, 0) + struct.pack(">H", 0)
PSD += b"".join(bytes([value]) * 1200 for value in (200, 30, 60))


@pytest.mark.parametrize("format", ALLOWED_FORMATS)
def test_every_allowed_format_is_read_as_rgb_and_most_are_known_by_their_content(format):
    colour = (200, 30, 60)
    raw = {"HEIF": HEIC, "PSD": PSD}.get(format) or encoded(Image.new("RGB", (40, 30), colour), format)
    picture = IMAGE.read(raw)
    assert picture.mode == "RGB"
    assert picture.size == (40, 30)
    assert np.abs(np.asarray(picture, dtype=int) - colour).max() <= 6
    assert IMAGE.recognises(raw[:512]) or format in ("TGA", "PPM"), "the mark of this format is no mark"
    assert not IMAGE.is_misnamed(f"a{SUFFIXES[format][0]}", IMAGE.facts(raw))
    assert IMAGE.is_misnamed("a.jpg", IMAGE.facts(raw)) == (format != "JPEG")


@pytest.mark.parametrize("raw", [b"BMW is a make of cars", b"P3 is a level", b"#define X 1", b"", b"\x00\x01\x02"])
def test_what_is_no_picture_is_not_taken_for_one(raw):
    assert not IMAGE.recognises(raw)


@pytest.mark.parametrize(
    ("raw", "says"),
    [(HEIC[:300], r"\(HEIC\) is damaged"), (HEIC[:30], r"\(HEIC\) is damaged"), (b"  <html><p>404", "a web page"),
     (b"%PDF-1.4", "not a picture")],
)  # fmt: skip
def test_what_cannot_be_read_is_called_what_it_is(raw, says):
    with pytest.raises(UnreadableExampleError, match=says):
        IMAGE.read(raw)


# Where the top left corner of the stored pixels must come to lie once the picture is upright (EXIF 2.32, tag 0x0112).
CORNERS = {1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left",
           5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left"}  # fmt: skip


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_picture_is_turned_upright(format, orientation):
    stored = Image.new("RGB", (40, 24), "white")
    stored.paste((255, 0, 0), (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = IMAGE.read(encoded(stored, format, exif=exif.tobytes()))
    assert picture.size == ((40, 24) if orientation <= 4 else (24, 40))
    red = (np.asarray(picture, dtype=int) @ (1, -1, 0)) > 128
    rows, columns = np.nonzero(red)
    where = ("top " if rows.mean() < picture.height / 2 else "bottom ") + (
        "left" if columns.mean() < picture.width / 2 else "right"
    )
    assert where == CORNERS[orientation]


def test_cmyk_print_colours_become_rgb():
    raw = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")  # magenta and yellow ink: red
    red, green, blue = np.asarray(IMAGE.read(raw)).reshape(-1, 3).mean(0)
    assert red > 200
    assert green < 60
    assert blue < 60


def test_a_palette_with_alpha_is_laid_on_white():
    picture = Image.new("P", (4, 2))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putpixel((0, 0), 1)
    seen = np.asarray(IMAGE.read(encoded(picture, "PNG", transparency=0)))
    assert seen[0, 0].tolist() == [0, 0, 255]
    assert (seen[1] == 255).all()


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (6, 6), (255, 0, 0, 0)),
        Image.new("LA", (6, 6), (0, 0)),
        Image.new("RGBA", (6, 6), (255, 0, 0, 0)).convert("PA"),
    ],
    ids=lambda picture: picture.mode,
)
def test_colour_hidden_under_alpha_zero_does_not_show(picture):
    raw = encoded(picture.convert("RGBA") if picture.mode == "PA" else picture)
    assert (np.asarray(IMAGE.read(raw)) == 255).all()


def test_colour_marked_as_transparent_does_not_show():
    raw = encoded(Image.new("RGB", (6, 6), (255, 0, 0)), transparency=(255, 0, 0))
    assert (np.asarray(IMAGE.read(raw)) == 255).all()


def test_half_transparent_black_is_grey():
    grey = np.asarray(IMAGE.read(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128)))))
    assert np.abs(grey.astype(int) - 127).max() <= 1


def gradient(dtype, top: float) -> np.ndarray:
    return np.tile(np.linspace(0, top, 256), (16, 1)).astype(dtype)


@pytest.mark.parametrize(
    "raw",
    [
        encoded(Image.fromarray(gradient(np.uint16, 65535)), "PNG"),
        encoded(Image.fromarray(gradient(np.uint16, 65535)), "TIFF"),
        encoded(Image.fromarray(gradient(np.uint16, 4095)), "TIFF"),
        encoded(Image.fromarray(gradient(np.int32, 70000)), "TIFF"),
        encoded(Image.fromarray(gradient(np.float32, 1.0)), "TIFF"),
        encoded(Image.fromarray(gradient(np.float32, 1e6) - 5e5), "TIFF"),
    ],
    ids=["16-bit PNG", "16-bit TIFF", "12 of 16 bits", "32-bit TIFF", "float 0..1", "float with negatives"],
)
def test_deep_grey_is_rescaled_by_its_own_range(raw):
    seen = np.asarray(IMAGE.read(raw))[0, :, 0].astype(int)
    assert np.abs(seen - np.arange(256)).max() <= 1


def test_big_endian_deep_grey_looks_the_same():
    values = gradient(np.uint16, 65535)
    samples = values.astype(">u2").tobytes()
    raw = b"P5 256 16 65535\n" + samples
    seen = np.asarray(IMAGE.read(raw))[0, :, 0].astype(int)
    assert np.abs(seen - np.arange(256)).max() <= 1


@pytest.mark.parametrize("value", [0.0, 7.5, np.nan])
def test_an_even_float_picture_is_read(value):
    picture = IMAGE.read(encoded(Image.fromarray(np.full((4, 4), value, np.float32)), "TIFF"))
    assert len(np.unique(np.asarray(picture))) == 1


def test_numbers_that_are_none_do_not_spoil_the_rest():
    values = gradient(np.float32, 255)
    values[3, 5], values[4, 6], values[5, 7] = np.nan, np.inf, -np.inf
    seen = np.asarray(IMAGE.read(encoded(Image.fromarray(values), "TIFF")))[0, :, 0].astype(int)
    assert np.abs(seen - np.arange(256)).max() <= 1


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "lime", "blue")]
    raw = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50, loop=0)
    assert np.asarray(IMAGE.read(raw))[5, 5].tolist() == [255, 0, 0]


def test_of_a_scan_with_several_pages_the_first_counts():
    pages = [Image.new("RGB", (10, 10), colour) for colour in ("red", "lime")]
    raw = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert np.asarray(IMAGE.read(raw))[5, 5].tolist() == [255, 0, 0]


def test_of_a_camera_file_with_two_pictures_the_first_counts():
    """Phones write such files (MPO) and call them .jpg."""
    raw = encoded(Image.new("RGB", (24, 16), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (24, 16))])
    red, green, blue = np.asarray(IMAGE.read(raw))[8, 12]
    assert red > 240
    assert max(green, blue) < 15


def test_black_and_white_becomes_rgb():
    seen = np.asarray(IMAGE.read(encoded(Image.new("1", (4, 4), 1))))
    assert seen.shape == (4, 4, 3)
    assert (seen == 255).all()


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [b"<!doctype html><html><body>404</body></html>", b"%PDF-1.7\n", b"just text", b"\x00" * 64],
    ids=["a web page", "a PDF", "text", "zeros"],
)
def test_what_is_no_picture_is_refused_whatever_its_name_says(raw):
    with pytest.raises(UnreadableExampleError, match="not a picture"):
        IMAGE.read(raw)


def test_an_empty_file_is_called_so():
    with pytest.raises(UnreadableExampleError, match="The file is empty"):
        IMAGE.read(b"")


@pytest.mark.parametrize("format", ["ICO", "ICNS", "EPS", "PDF"])
def test_formats_off_the_list_are_refused(format):
    with pytest.raises(UnreadableExampleError):
        IMAGE.read(encoded(Image.new("RGB", (16, 16)), format))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_half_a_picture_is_refused(format, share):
    raw = encoded(noise(64, 64), format)
    with pytest.raises(UnreadableExampleError, match=r"damaged|not a picture"):
        IMAGE.read(raw[: int(len(raw) * share)])


def test_a_file_of_a_few_kilobytes_with_196_megapixels_is_refused_from_its_header(monkeypatch):
    raw = encoded(Image.new("1", (14_000, 14_000)), compress_level=9)
    assert len(raw) < 40_000

    def decode(*arguments):
        raise AssertionError("its pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(UnreadableExampleError, match="million pixels"):
        IMAGE.read(raw)


def test_the_limit_on_pixels_is_ours_not_pillows(monkeypatch):
    too_many = _png_header(10_000, MAX_PIXELS // 10_000 + 1)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(UnreadableExampleError, match="50 million"):
        IMAGE.read(too_many)


def test_a_picture_at_the_limit_gets_past_the_header():
    with pytest.raises(UnreadableExampleError, match="damaged"):  # it has no pixels, but it was not too large
        IMAGE.read(_png_header(10_000, MAX_PIXELS // 10_000))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_header(width: int, height: int) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")


# --- nothing but a picture or a reason ---------------------------------------------------------------------------

SEEDS = [
    encoded(noise(12, 9), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    encoded(noise(12, 9), "PNG"),
    encoded(noise(12, 9).convert("P"), "PNG", transparency=3),
    encoded(noise(12, 9), "GIF"),
    encoded(noise(12, 9), "BMP"),
    encoded(noise(12, 9), "TIFF"),
    encoded(noise(12, 9), "TIFF", compression="tiff_lzw"),
    encoded(noise(12, 9), "PPM"),
    encoded(Image.fromarray(gradient(np.uint16, 60000)[:4, :16]), "PNG"),
]


@given(
    raw=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    keep=st.floats(0.2, 1.0),
)
def test_a_damaged_file_is_either_read_or_refused(raw, changes, keep):
    damaged = bytearray(raw[: int(len(raw) * keep)])
    for at, value in changes:
        damaged[int(at * len(damaged))] = value
    _read_or_refused(bytes(damaged))


@given(raw=st.sampled_from(SEEDS), at=st.integers(0, 60), value=st.integers(0, 255))
def test_a_damaged_header_is_either_read_or_refused(raw, at, value):
    damaged = bytearray(raw)
    damaged[at] = value
    _read_or_refused(bytes(damaged))


def _read_or_refused(raw: bytes) -> None:
    try:
        picture = IMAGE.read(raw)
    except UnreadableExampleError as error:
        assert str(error)
    else:
        assert picture.mode == "RGB"
        assert min(picture.size) >= 1


def _camera_metadata() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010E] = "caption"
    exif[0x011A] = 72.0
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)
    exif.get_ifd(0x8769)[0x829A] = 0.01
    return exif.tobytes()


CAMERA = _camera_metadata()


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0not a TIFF header at all",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        CAMERA.replace(b"\x01\x0e\0\x02", b"\x01\x0e\0\x0a"),
        CAMERA.replace(b"\x01\x1a\0\x05", b"\x01\x1a\0\x02"),
    ],
    ids=["no TIFF", "cut short", "pointing nowhere", "a caption that is a fraction", "a resolution that is a text"],
)
@pytest.mark.filterwarnings("ignore")
def test_broken_metadata_does_not_cost_the_picture(format, exif):
    assert sorted(IMAGE.read(encoded(noise(12, 8), format, exif=exif)).size) == [8, 12]


@given(
    changes=st.lists(st.tuples(st.integers(6, len(CAMERA) - 1), st.integers(0, 255)), min_size=1, max_size=5),
    format=st.sampled_from(["JPEG", "PNG"]),
)
@settings(max_examples=150)
@pytest.mark.filterwarnings("ignore")
def test_no_damage_to_metadata_costs_the_picture(changes, format):
    exif = bytearray(CAMERA)
    for at, value in changes:
        exif[at] = value
    assert sorted(IMAGE.read(encoded(noise(12, 8), format, exif=bytes(exif))).size) == [8, 12]


@pytest.mark.parametrize("mode", ["LAB", "YCbCr", "CMYK", "I;16B", "RGBX", "LA", "PA", "P", "1"])
def test_every_colour_space_a_tiff_can_have_is_read_or_refused(mode):
    picture = Image.new("RGB", (8, 8), (200, 30, 60))
    if mode == "LAB":
        picture = Image.new("LAB", (8, 8), (120, 150, 140))
    elif mode == "I;16B":
        picture = Image.frombytes("I;16B", (8, 8), bytes(128))
    elif mode == "PA":
        picture = picture.convert("P").convert("PA")
    else:
        picture = picture.convert(mode)
    try:
        raw = encoded(picture, "TIFF")
    except (OSError, KeyError):
        pytest.skip(f"Pillow writes no TIFF in mode {mode}")
    _read_or_refused(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"P6 0 0 255\n",
        b"P5 0 4 255\n",
        b"GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\0\0\0\0\0\x02\x02D\x01\0;",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, 0, 0, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4),
        _png_header(0, 0),
    ],
    ids=["PPM", "PGM", "GIF", "BMP", "PNG"],
)
def test_a_picture_without_any_pixels_is_refused(raw):
    with pytest.raises(UnreadableExampleError):
        IMAGE.read(raw)


# --- what is kept ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_metadata_is_gone_from_what_is_kept(format, tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "SECRET caption"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)
    raw = encoded(noise(20, 20), format, exif=exif.tobytes(), comment=b"SECRET", dpi=(72, 72))
    assert b"SECRET" in raw
    assert b"SECRET" not in file_of(raw, tmp_path)
    again = IMAGE.load("abcd", None, tmp_path)
    assert not again.getexif()
    assert not again.getexif().get_ifd(0x8825)


def test_text_inside_a_png_is_gone(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "SECRET")
    raw = encoded(noise(20, 20), "PNG", pnginfo=info)
    assert b"SECRET" in raw
    assert b"SECRET" not in file_of(raw, tmp_path)


@pytest.mark.parametrize("size", [(2000, 1000), (700, 3000), (513, 513), (20_000, 1), (1, 20_000)])
def test_the_long_side_is_at_most_the_stored_side(size, tmp_path):
    picture = kept(encoded(Image.new("RGB", size), "PNG"), tmp_path)
    assert max(picture.size) == STORED_SIDE
    assert min(picture.size) >= 1
    if min(size) > 1:
        assert picture.width / picture.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_a_small_picture_is_not_enlarged(tmp_path):
    assert kept(png(size=(3, 5)), tmp_path).size == (3, 5)


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF", "PPM"])
def test_what_came_without_loss_is_kept_without_loss(format, tmp_path):
    source = noise(30, 20).quantize(16) if format == "GIF" else noise(30, 20)
    raw = encoded(source, format)
    assert np.array_equal(np.asarray(kept(raw, tmp_path)), np.asarray(source.convert("RGB")))


def test_a_photo_is_kept_as_a_photo(tmp_path):
    smooth = Image.fromarray(np.tile(np.arange(0, 200, dtype=np.uint8)[:, None, None], (1, 200, 3)))
    raw = encoded(smooth, "JPEG", quality=90)
    assert file_of(raw, tmp_path).startswith(b"\xff\xd8")
    difference = np.asarray(IMAGE.load("abcd", None, tmp_path), dtype=int) - np.asarray(IMAGE.read(raw), dtype=int)
    assert np.abs(difference).max() <= 4


def test_it_is_known_what_is_kept(tmp_path):
    assert not IMAGE.is_kept("abcd", tmp_path)
    IMAGE.keep(IMAGE.read(png()), "abcd", tmp_path)
    assert IMAGE.is_kept("abcd", tmp_path)


# --- what a backbone sees ----------------------------------------------------------------------------------------


def test_a_batch_is_scaled_shifted_and_in_channel_order():
    spec = ImageSpec(32, (127.0, 100.0, 50.0), (128.0, 64.0, 32.0))
    pictures = [noise(32, 32, seed) for seed in range(3)]
    pixels = IMAGE.batch(pictures, spec)["pixels"]
    assert pixels.shape == (3, 3, 32, 32)
    assert pixels.dtype == np.float32
    for row, picture in zip(pixels, pictures, strict=True):
        expected = (np.asarray(picture, dtype=np.float64) - spec.mean) / spec.std  # (h, w, channel)
        for channel in range(3):
            np.testing.assert_allclose(row[channel], expected[:, :, channel], rtol=1e-6, atol=1e-6)


def test_the_whole_picture_is_seen_whatever_its_shape():
    wide = Image.new("RGB", (300, 60))
    wide.paste((255, 0, 0), (0, 0, 100, 60))
    wide.paste((0, 0, 255), (200, 0, 300, 60))
    pixels = IMAGE.batch([wide], ImageSpec(96, (0, 0, 0), (1, 1, 1)))["pixels"][0]
    assert pixels[:, 48, 8].round().tolist() == [255, 0, 0]
    assert pixels[:, 48, 88].round().tolist() == [0, 0, 255]


def test_a_row_does_not_depend_on_its_neighbours():
    spec = ImageSpec(32, (127,) * 3, (128,) * 3)
    alone = IMAGE.batch([noise(50, 40)], spec)["pixels"][0]
    among = IMAGE.batch([noise(9, 9, 1), noise(50, 40), noise(80, 10, 2)], spec)["pixels"][1]
    assert np.array_equal(alone, among)


def test_a_variation_is_decided_by_its_seed():
    picture = noise(60, 40)

    def varied(seed: int) -> bytes:
        return IMAGE.augment(picture, "light", np.random.default_rng(seed)).tobytes()

    assert varied(3) == varied(3)
    assert len({varied(seed) for seed in range(8)}) > 4


def test_a_light_variation_is_a_crop_of_most_of_it_mirrored_half_the_time():
    picture = Image.fromarray(np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (100, 1, 3)))
    mirrored = 0
    for seed in range(200):
        varied = IMAGE.augment(picture, "light", np.random.default_rng(seed))
        area = varied.width * varied.height / (picture.width * picture.height)
        assert 0.69 <= area <= 1.0
        mirrored += varied.getpixel((0, 0)) > varied.getpixel((varied.width - 1, 0))
    assert 60 < mirrored < 140


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 2)])
def test_the_smallest_picture_can_be_varied(size):
    for seed in range(10):
        assert min(IMAGE.augment(Image.new("RGB", size), "light", np.random.default_rng(seed)).size) >= 1
