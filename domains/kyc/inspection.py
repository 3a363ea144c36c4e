"""Looking into an upload: what it is by its content, and whether it can be read at all.

Only what opens is taken: an image that decodes within bounds of pixels and scans, a PDF with pages and without a
password.
"""

import io
import warnings

from PIL import Image
from pypdf import PdfReader

from domains.kernel.failures import Invalid
from domains.kyc.models import DocumentType

BYTES_MAX = 5 * 1024 * 1024
PIXELS_MAX = 40_000_000
PIXELS_DECODED_MAX = 12 * PIXELS_MAX  # in all scans of a JPEG: ten if it is progressive, one of its preview
SCAN = b"\xff\xda"  # how each scan begins; what is compressed can't hold it (ITU-T T.81, B.1.1.5)
PAGES_MAX = 50
_TRIED = ("JPEG", "PNG")
# A JPEG with more pictures behind the first one, as many cameras write it (CIPA DC-007), is opened as MPO.
_IMAGES = {"JPEG": DocumentType.JPEG, "MPO": DocumentType.JPEG, "PNG": DocumentType.PNG}


class InvalidDocument(Invalid):
    """An upload that is empty, too large, of no type that is taken, or can't be read."""

    code = "INVALID_DOCUMENT"

    def __init__(self, message: str) -> None:
        super().__init__(message, path=("file",))


def type_of(content: bytes) -> DocumentType:
    """Return what the content is; raise InvalidDocument when it can't be taken."""
    if not content:
        raise InvalidDocument("The file is empty.")
    if len(content) > BYTES_MAX:
        raise InvalidDocument(f"The file has {len(content)} bytes; {BYTES_MAX} are allowed.")
    if content.startswith(b"%PDF-"):
        _read_pdf(content)
        return DocumentType.PDF
    return _read_image(content)


def _read_image(content: bytes) -> DocumentType:
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=_TRIED) as image:
            warnings.simplefilter("ignore")
            if image.width * image.height > PIXELS_MAX:
                raise InvalidDocument(f"The image has more than {PIXELS_MAX} pixels.")
            scans = 1 if image.format == "PNG" else content.count(SCAN)
            if image.width * image.height * scans > PIXELS_DECODED_MAX:
                raise InvalidDocument("The image is put together of too many scans.")
            image.load()
            return _IMAGES[str(image.format)]
    except InvalidDocument:
        raise
    except Exception:  # whatever a library finds in what a stranger sent
        raise InvalidDocument("The file can't be read: send a PDF, a JPEG or a PNG.") from None


def _read_pdf(content: bytes) -> None:
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise InvalidDocument("The PDF asks for a password: send one without.")
        pages = len(reader.pages)
    except InvalidDocument:
        raise
    except Exception:  # whatever a library finds in what a stranger sent
        raise InvalidDocument("The PDF can't be read.") from None
    if not 1 <= pages <= PAGES_MAX:
        raise InvalidDocument(f"A PDF has 1 to {PAGES_MAX} pages; this one has {pages}.")
