from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
from broken_files import (
    TINY_HEIC,
    can_read_anything,
    draw_page,
    make_broken_files,
    make_half_broken_tiff,
    picture_bytes,
    spoil,
    whole_files,
)

from formbook.errors import ExitCode, ScanError
from formbook.imaging import scan
from formbook.imaging.faults import (
    AccessDeniedError,
    BrokenScanError,
    NoScansError,
    NoSuchFrameError,
    OversizeScanError,
    PathNotFoundError,
    UnknownEndingError,
)
from formbook.imaging.files import find_scan_files, sha256_of
from formbook.imaging.scan import ScanFormat, load_frame, probe
from formbook.imaging.turn import Turn

RED, BLUE = (200, 0, 0), (0, 0, 200)


def draw_corners(width: int = 40, height: int = 60) -> np.ndarray:
    """White, red at the top left, blue at the top right."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[:20, :15] = RED
    pixels[:10, 30:] = BLUE
    return pixels


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def pdf_of(pixels: np.ndarray, matrix: tuple[int, int, int, int], rotation: int) -> bytes:
    """A PDF whose one page is one picture, laid and turned."""
    a, b, c, d = matrix
    height, width = pixels.shape[:2]
    page_width, page_height = (width, height) if a else (height, width)
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(page_width, page_height)
    picture = pypdfium2.PdfImage.new(document)
    picture.set_bitmap(pypdfium2.PdfBitmap.from_pil(Image.fromarray(pixels)))
    a, b, c, d = a * page_width, b * page_height, c * page_width, d * page_height
    picture.set_matrix(pypdfium2.PdfMatrix(a, b, c, d, -min(0, a, c), -min(0, b, d)))
    page.insert_obj(picture)
    page.gen_content()
    page.set_rotation(rotation)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


class TestFinding:
    def test_pages_of_a_folder_come_in_the_order_in_which_a_person_counts(self, tmp_path):
        touch(tmp_path, "page10.jpg", "page2.JPG", "Page1.png", "b/page3.tif", "b/page1.heic")

        found = find_scan_files([tmp_path])

        names = [str(path.relative_to(tmp_path)) for path in found.files]
        assert names == ["b/page1.heic", "b/page3.tif", "Page1.png", "page2.JPG", "page10.jpg"]
        assert not found.ignored
        assert not found.failed

    def test_what_is_no_scan_is_left_out_and_named(self, tmp_path):
        touch(tmp_path, "1.jpg", "Thumbs.db", ".2.jpg", "notes.txt", ".cache/3.jpg")

        found = find_scan_files([tmp_path])

        assert [path.name for path in found.files] == ["1.jpg"]
        assert sorted(path.name for path in found.ignored) == [
            ".2.jpg",
            ".cache",
            "Thumbs.db",
            "notes.txt",
        ]

    def test_files_keep_the_order_in_which_they_were_named(self, tmp_path):
        touch(tmp_path, "b.jpg", "a.jpg")

        found = find_scan_files([tmp_path / "b.jpg", tmp_path / "a.jpg", tmp_path])

        assert [path.name for path in found.files] == ["b.jpg", "a.jpg"]

    def test_links_that_lead_in_circles_end(self, tmp_path):
        touch(tmp_path, "a/1.jpg")
        (tmp_path / "a" / "again").symlink_to(tmp_path)
        (tmp_path / "a" / "itself.jpg").symlink_to("itself.jpg")

        found = find_scan_files([tmp_path])

        assert [path.name for path in found.files] == ["1.jpg"]
        assert [type(error) for error in found.failed] == [AccessDeniedError]

    def test_a_link_to_nothing_is_reported_with_the_others_kept(self, tmp_path):
        touch(tmp_path, "1.jpg")
        (tmp_path / "2.jpg").symlink_to("gone.jpg")

        found = find_scan_files([tmp_path])

        assert [path.name for path in found.files] == ["1.jpg"]
        assert [error.fields["path"].name for error in found.failed] == ["2.jpg"]

    @pytest.mark.skipif(can_read_anything(), reason="rights do not bind this account")
    def test_a_folder_that_may_not_be_read_is_reported(self, tmp_path):
        touch(tmp_path, "1.jpg", "shut/2.jpg")
        (tmp_path / "shut").chmod(0)

        found = find_scan_files([tmp_path])
        (tmp_path / "shut").chmod(0o700)

        assert [path.name for path in found.files] == ["1.jpg"]
        assert [type(error) for error in found.failed] == [AccessDeniedError]

    def test_a_named_file_that_is_no_scan_stops_no_other(self, tmp_path):
        touch(tmp_path, "notes.txt", "1.jpg", "2.jpg")

        found = find_scan_files([tmp_path / "1.jpg", tmp_path / "notes.txt", tmp_path / "2.jpg"])

        assert [path.name for path in found.files] == ["1.jpg", "2.jpg"]
        assert [type(error) for error in found.failed] == [UnknownEndingError]
        assert found.failed[0].fields["path"] == tmp_path / "notes.txt"

    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("gone.jpg", PathNotFoundError),
            ("nul\0.jpg", PathNotFoundError),
            ("notes.txt", UnknownEndingError),
            ("notes.txt/1.jpg", PathNotFoundError),
            ("bare", NoScansError),
        ],
    )
    def test_what_is_named_and_cannot_be_is_an_error_by_name(self, tmp_path, name, error):
        touch(tmp_path, "notes.txt", "bare/notes.txt")

        with pytest.raises(error) as raised:
            find_scan_files([tmp_path / name])

        assert name in str(raised.value)
        assert "Nothing was changed." in str(raised.value)
        assert raised.value.exit_code == ExitCode.SCAN


class TestFingerprintOfBytes:
    def test_sha256_is_that_of_the_bytes(self, tmp_path):
        path = tmp_path / "1.jpg"
        path.write_bytes(b"abc" * 100_000)
        assert sha256_of(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()

    def test_a_pipe_is_refused_rather_than_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "1.jpg")
        with pytest.raises(AccessDeniedError, match="not a file"):
            sha256_of(tmp_path / "1.jpg")


class TestFormats:
    @pytest.mark.parametrize("name", sorted(whole_files()))
    def test_every_format_gives_the_page_upright(self, tmp_path, name):
        path = tmp_path / name
        path.write_bytes(whole_files()[name])

        info, frame = probe(path), load_frame(path)

        assert (info.width, info.height) == (frame.width, frame.height)
        assert (info.format, info.dpi) == (frame.format, frame.dpi)
        assert frame.grey.shape == (frame.height, frame.width)
        assert frame.rgb.shape == (frame.height, frame.width, 3)
        if not name.startswith(("fax", "whole.heic")):
            want = np.asarray(draw_page().convert("L")).astype(int)
            assert np.abs(frame.grey - want).mean() < 12

    def test_heic_colours_stand_where_they_were_drawn(self):
        frame = load_frame(TINY_HEIC)
        assert frame.pixels.shape == (64, 96, 3)
        assert np.abs(frame.pixels[5, 5].astype(int) - (200, 20, 20)).max() < 12
        assert frame.pixels[5, 90].min() > 240

    def test_the_content_and_not_the_name_tells_the_format(self, tmp_path):
        path = tmp_path / "1.jpg"
        path.write_bytes(picture_bytes("PNG"))
        assert probe(path).format is ScanFormat.PNG

    def test_each_picture_of_a_tiff_is_a_frame(self, tmp_path):
        second = Image.new("L", (30, 20), 77)
        path = tmp_path / "1.tif"
        path.write_bytes(picture_bytes("TIFF", save_all=True, append_images=[second]))

        assert probe(path).frames == 2
        assert load_frame(path, 1).pixels.shape == (160, 120, 3)
        np.testing.assert_array_equal(load_frame(path, 2).pixels, np.full((20, 30), 77))

    @pytest.mark.parametrize("frame", [0, 3])
    def test_a_frame_beyond_the_file_is_an_error(self, tmp_path, frame):
        path = tmp_path / "1.tif"
        path.write_bytes(whole_files()["two.tif"])
        with pytest.raises(NoSuchFrameError, match="numbered 1 to 2"):
            load_frame(path, frame)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])
    def test_of_a_moving_picture_the_first_is_taken(self, tmp_path, kind):
        black = Image.new("RGB", (120, 160))
        path = tmp_path / "1.png"
        path.write_bytes(
            picture_bytes(kind, save_all=True, append_images=[black], lossless=True, duration=50)
        )

        assert probe(path).frames == 1
        np.testing.assert_array_equal(load_frame(path).pixels, np.asarray(draw_page()))

    @pytest.mark.parametrize(
        ("picture", "kind", "want"),
        [
            (Image.fromarray(np.full((4, 4), 0x8000, np.uint16)), "PNG", 128),
            (Image.fromarray(np.full((4, 4), 0x8000, np.uint16)), "TIFF", 128),
            (Image.fromarray(np.full((4, 4), 70_000, np.int32)), "TIFF", 255),
            (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "PNG", 255),
            (Image.new("LA", (4, 4), (0, 128)), "PNG", 127),
            (Image.new("P", (4, 4), 0), "PNG", 0),
            (Image.new("1", (4, 4), 1), "PNG", 255),
            (Image.new("CMYK", (4, 4), (0, 0, 0, 255)), "TIFF", 0),
            (Image.new("CMYK", (4, 4), (0, 0, 0, 255)), "JPEG", 0),
        ],
    )
    def test_every_kind_of_pixel_becomes_eight_bits(self, tmp_path, picture, kind, want):
        path = tmp_path / "1.png"
        path.write_bytes(picture_bytes(kind, picture))
        grey = load_frame(path).grey
        assert grey.dtype == np.uint8
        assert np.abs(grey.astype(int) - want).max() <= 1

    @pytest.mark.parametrize(
        ("dpi", "want"),
        [((300, 300), 300), ((72, 72), None), ((96, 96), None), ((204, 98), None), (None, None)],
    )
    def test_only_a_resolution_that_a_scanner_has_is_believed(self, tmp_path, dpi, want):
        path = tmp_path / "1.jpg"
        path.write_bytes(picture_bytes("JPEG", **({"dpi": dpi} if dpi else {})))
        assert probe(path).dpi == want

    @pytest.mark.parametrize(
        ("name", "is_plain"),
        [("whole.jpg", True), ("fax.tif", True), ("two.tif", False), ("whole.pdf", False)],
    )
    def test_a_plain_file_is_one_that_any_program_shows_alike(self, tmp_path, name, is_plain):
        path = tmp_path / name
        path.write_bytes(whole_files()[name])
        assert probe(path).is_plain == is_plain


class TestOrientation:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_tagged_picture_stands_upright_and_leads_back(self, tmp_path, kind, orientation):
        upright = draw_corners()
        undo = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
        stored = Turn(undo, 40, 60).turn_pixels(upright)
        exif = Image.Exif()
        exif[274] = orientation
        path = tmp_path / "1.jpg"
        lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}
        path.write_bytes(
            picture_bytes(kind, Image.fromarray(stored), exif=exif, **lossless.get(kind, {}))
        )

        frame, info = load_frame(path), probe(path)

        assert np.abs(frame.pixels.astype(int) - upright).max() < 30
        assert (frame.height, frame.width) == stored.shape[:2]
        assert (info.height, info.width, info.orientation) == (*stored.shape[:2], orientation)
        assert info.is_plain == (orientation == 1)
        red = frame.turn.to_stored([(0, 0), (15, 20)])
        rows, columns = (sorted(int(p[axis]) for p in red) for axis in (1, 0))
        assert (stored[slice(*rows), slice(*columns)] == RED).all()
        assert (np.abs(frame.crop(red).astype(int) - RED) < 30).all()
        assert frame.crop(red).shape[:2] == (20, 15)

    @given(
        st.integers(1, 8),
        st.lists(st.tuples(st.integers(-50, 150), st.integers(-50, 150)), max_size=4),
    )
    def test_there_and_back_is_where_it_was(self, orientation, points):
        turn = Turn(orientation, 70, 90)
        assert turn.to_upright(turn.to_stored(points)) == tuple(points)

    def test_a_tag_out_of_range_is_no_tag(self, tmp_path):
        exif = Image.Exif()
        exif[274] = 9
        path = tmp_path / "1.jpg"
        path.write_bytes(picture_bytes("JPEG", exif=exif))
        assert probe(path).orientation == 1

    def test_an_orientation_that_is_none_is_a_bug(self):
        with pytest.raises(ValueError, match="not 1 to 8"):
            Turn(9, 1, 1)

    def test_a_crop_stays_inside_the_frame(self, tmp_path):
        path = tmp_path / "1.png"
        path.write_bytes(picture_bytes("PNG"))
        frame = load_frame(path)
        assert frame.crop(((-9, -9), (5, 5)), margin=2).shape == (7, 7, 3)
        assert frame.crop(((500, 500), (600, 600))).shape == (1, 1, 3)


class TestPdf:
    @pytest.mark.parametrize("rotation", [0, 90, 180, 270])
    @pytest.mark.parametrize(
        "matrix",
        [
            (1, 0, 0, 1),
            (-1, 0, 0, 1),
            (1, 0, 0, -1),
            (-1, 0, 0, -1),
            (0, 1, 1, 0),
            (0, -1, 1, 0),
            (0, 1, -1, 0),
            (0, -1, -1, 0),
        ],
    )
    def test_a_page_that_is_one_scan_is_that_scan_as_displayed(self, tmp_path, matrix, rotation):
        scanned = draw_corners()
        path = tmp_path / "1.pdf"
        path.write_bytes(pdf_of(scanned, matrix, rotation))
        with pypdfium2.PdfDocument(path) as document:
            displayed = document[0].render(rev_byteorder=True).to_numpy()

        frame = load_frame(path)

        np.testing.assert_array_equal(frame.pixels, displayed)

    @pytest.mark.parametrize("mode", ["1", "L", "RGB"])
    def test_a_scan_in_a_pdf_keeps_its_own_resolution(self, tmp_path, mode):
        path = tmp_path / "1.pdf"
        page = draw_page(233, 331).convert(mode)
        options = {} if mode == "1" else {"quality": 100}
        path.write_bytes(picture_bytes("PDF", page, resolution=300, **options))

        frame = load_frame(path)

        assert frame.dpi == pytest.approx(300)
        assert frame.pixels.shape == (331, 233, 3)
        want = np.asarray(page.convert("L")).astype(int)
        assert np.abs(frame.grey - want).mean() < 3

    def test_a_page_without_a_scan_is_drawn_at_300_dpi(self, tmp_path):
        document = pypdfium2.PdfDocument.new()
        document.new_page(144, 72)
        document.save(tmp_path / "1.pdf")
        document.close()
        frame = load_frame(tmp_path / "1.pdf")
        assert frame.pixels.shape == (300, 600, 3)
        assert frame.dpi == 300
        assert frame.pixels.min() == 255

    def test_a_page_as_large_as_a_field_is_drawn_small(self, tmp_path):
        document = pypdfium2.PdfDocument.new()
        document.new_page(14_400, 14_400)
        document.save(tmp_path / "1.pdf")
        document.close()
        info = probe(tmp_path / "1.pdf")
        assert info.width * info.height <= 40_100_000
        assert info.dpi is None

    def test_a_picture_in_a_pdf_above_the_limit_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(scan, "MAX_PIXELS", 1000)
        path = tmp_path / "1.pdf"
        path.write_bytes(picture_bytes("PDF"))
        with pytest.raises(OversizeScanError, match="1000"):
            load_frame(path)


class TestBrokenFiles:
    def test_each_way_to_be_broken_has_its_own_error(self, tmp_path):
        made = make_broken_files(tmp_path)
        got = {}
        for path in made:
            with pytest.raises(ScanError) as raised:
                load_frame(path)
            got[path] = type(raised.value)
            lines = str(raised.value).split("\n")
            assert str(path) in lines[0]
            assert lines[-1].startswith("Nothing was changed.")
        assert got == made

    def test_a_broken_beginning_is_said_in_words(self, tmp_path):
        path = tmp_path / "a.jpg"
        path.write_bytes(b"\xff\xd8\xff junk")
        with pytest.raises(BrokenScanError) as raised:
            load_frame(path)
        assert str(raised.value).startswith(
            f"{path} is damaged or cut off at frame 1: its beginning cannot be read\n"
        )

    def test_a_frame_before_the_broken_one_can_be_used(self, tmp_path):
        path = make_half_broken_tiff(tmp_path)
        assert probe(path).frames == 2
        assert load_frame(path, 1).pixels.shape == (160, 120, 3)
        with pytest.raises(BrokenScanError, match="at frame 2"):
            load_frame(path, 2)

    def test_the_limit_on_pixels_is_checked_before_decoding(self, tmp_path, monkeypatch):
        monkeypatch.setattr(scan, "MAX_PIXELS", 1000)
        path = tmp_path / "1.png"
        path.write_bytes(picture_bytes("PNG")[:100])
        with pytest.raises(OversizeScanError):
            load_frame(path)

    @pytest.mark.skipif(can_read_anything(), reason="rights do not bind this account")
    def test_a_file_that_may_not_be_read_is_reported(self, tmp_path):
        touch(tmp_path, "1.jpg")
        (tmp_path / "1.jpg").chmod(0)
        with pytest.raises(AccessDeniedError, match=r"1\.jpg"):
            load_frame(tmp_path / "1.jpg")

    @pytest.mark.parametrize("name", sorted(whole_files()))
    def test_spoiled_bytes_end_in_a_frame_or_a_clear_error(self, tmp_path, capfd, name):
        path = tmp_path / name
        content = whole_files()[name]
        outcomes = set()
        for seed in range(60):
            path.write_bytes(spoil(content, seed))
            try:
                frames = probe(path).frames
                outcomes.add(load_frame(path, min(2, frames)).pixels.dtype.name)
            except ScanError as error:
                outcomes.add(type(pickle.loads(pickle.dumps(error))).__name__)
        assert "BrokenScanError" in outcomes
        assert outcomes <= {
            "uint8",
            "BrokenScanError",
            "ForeignContentError",
            "LockedPdfError",
            "NoPagesError",
            "OddPixelsError",
            "OversizeScanError",
        }
        assert capfd.readouterr().out == ""
