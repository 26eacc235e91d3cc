"""Files for the tests: their bytes, and putting them somewhere."""

from __future__ import annotations

import io
import uuid
from datetime import datetime

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import files

LOG = b"14:02 The second controller reports error 1722.\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\0IEND\xaeB`\x82"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
ZIP = b"PK\3\4" + bytes(26) + b"a.txtPK\5\6" + bytes(18)
# As https://www.eicar.org gives it, in two halves, so that no scanner takes offence at this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def put(place: Place, who: Viewer, *, name: str = "error.log", data: bytes = LOG, at: datetime) -> uuid.UUID:
    """A whole file, sent by `who`; answers its id."""
    return files.store(place, name, io.BytesIO(data), len(data), actor=who, at=at).id


def added(
    number: int,
    who: Viewer,
    *,
    at_desk: bool = False,
    internal: bool = False,
    name: str = "error.log",
    data: bytes = LOG,
    at: datetime,
) -> uuid.UUID:
    """A file that is part of a request; answers its id."""
    place = Place(number=number, at_desk=at_desk, internal=internal)
    file_id = put(place, who, name=name, data=data, at=at)
    files.add(place, [file_id], actor=who, at=at)
    return file_id
