"""What can be wrong with a file of scans."""

from __future__ import annotations

import struct
import zlib

from formbook.errors import ScanError, _

# What Pillow and libheif raise on damaged or hostile bytes, found by documentation and by the
# mutations of tests/broken_files.py. Pillow parses before it checks, so that plain Python errors
# come out of it as well as its own.
DECODER_ERRORS = (
    OSError,  # also UnidentifiedImageError, and files that end too early
    SyntaxError,  # Pillow's own sign for a damaged header
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    OverflowError,
    ZeroDivisionError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    UserWarning,  # the one that `scan` makes an error
)


class PathNotFoundError(ScanError):
    """Nothing has this path."""

    message = _(
        "{path} is not there.\n"
        "Nothing was changed. Check the name, and that its disk or phone is connected."
    )


class NoScansError(ScanError):
    """A folder was given that holds no file of scans."""

    message = _("{path} holds no scans.\nNothing was changed. Files of scans end in {endings}.")


class UnknownEndingError(ScanError):
    """A file was named whose name does not end like that of a scan."""

    message = _(
        "{path} does not have the name of a scan.\n"
        "Nothing was changed. Files of scans end in {endings}; save the page as one of these."
    )


class AccessDeniedError(ScanError):
    """The operating system does not let this file or folder be read."""

    message = _(
        "{path} cannot be opened: {reason}\n"
        "Nothing was changed. Ask its owner for the right to read it, or copy it elsewhere."
    )


class EmptyScanError(ScanError):
    """A file of no bytes."""

    message = _(
        "{path} is empty (0 bytes).\nNothing was changed. Copy it from the scanner or phone again."
    )


class ForeignContentError(ScanError):
    """The content is no picture of a known format, whatever the name says."""

    message = _(
        "{path} holds no picture that formbook can read, whatever its name says.\n"
        "Nothing was changed. If another program shows it, save it there as JPEG, PNG or PDF."
    )


class BrokenScanError(ScanError):
    """The content begins like a picture and then is damaged or ends too early."""

    message = _(
        "{path} is damaged or cut off at frame {frame}: {reason}\n"
        "Nothing was changed. Copy it from the scanner or phone again, or scan the page again."
    )


class OversizeScanError(ScanError):
    """More pixels than formbook opens, or a file made to exhaust the machine."""

    message = _(
        "{path}, frame {frame}, has more pixels than formbook opens ({limit}).\n"
        "Nothing was changed. Scan the page at 200 to 300 dpi."
    )


class OddPixelsError(ScanError):
    """Pixels that are measurements or colours for which no picture is defined."""

    message = _(
        "{path}, frame {frame}, has pixels of a kind that formbook cannot show ({mode}).\n"
        "Nothing was changed. Save it in another program as grey or RGB with 8 bits."
    )


class LockedPdfError(ScanError):
    """A PDF that asks for a password."""

    message = _(
        "{path} is locked with a password.\n"
        "Nothing was changed. Open it, save it without a password, and use that file."
    )


class NoPagesError(ScanError):
    """A PDF without a page."""

    message = _("{path} has no pages.\nNothing was changed. Scan into it again.")


class NoSuchFrameError(ScanError):
    """A frame number that the file does not reach."""

    message = _(
        "{path} has no frame {frame}; its frames are numbered 1 to {frames}.\nNothing was changed."
    )
