"""Makes the workbooks beside it; they are committed, so this runs only when one has to change.

python tests/unit/data/files/make_files.py

It wants packages that nothing else wants: pip install xlwt openpyxl msoffcrypto-tool. What hardly any package writes
(xlsb, ods) is put together by hand, from the format's own description: [MS-XLSB], OpenDocument 1.3.
"""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
HEADER = ("评论", "标签", "时间")
ROWS = (
    ("物流很快，包装完好 😀", 1, datetime.date(2024, 1, 31)),
    ("太慢了", 0, datetime.date(2024, 2, 1)),
    ("a <b>bold</b> one & more", 1, datetime.date(2024, 2, 29)),
)
PASSWORD = "secret"


def xls(*, is_locked: bool) -> bytes:
    """Write BIFF8; a locked one says so (RC4) in the record that comes right after the beginning of the workbook."""
    import xlwt

    class Locked(xlwt.Workbook):
        def get_biff_data(self) -> bytes:
            raw = super().get_biff_data()
            size = 4 + struct.unpack_from("<H", raw, 2)[0]
            password = struct.pack("<5H", 0x2F, 54, 1, 1, 1) + bytes(48)
            return raw[:size] + password + raw[size:]

    book = (Locked if is_locked else xlwt.Workbook)(encoding="utf-8")
    sheet = book.add_sheet("一月")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for line, row in enumerate((HEADER, *ROWS)):
        for column, cell in enumerate(row):
            sheet.write(line, column, cell, day if isinstance(cell, datetime.date) else xlwt.Style.default_style)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def locked_xlsx() -> bytes:
    """Write an xlsx and encrypt it as the spreadsheet program does: an OLE file around the package."""
    import openpyxl
    from msoffcrypto.format.ooxml import OOXMLFile

    book = openpyxl.Workbook()
    for row in (HEADER, *ROWS):
        book.active.append(row)
    plain, locked = io.BytesIO(), io.BytesIO()
    book.save(plain)
    OOXMLFile(plain).encrypt(PASSWORD, locked)
    return locked.getvalue()


def ods(*, is_locked: bool) -> bytes:
    """Write OpenDocument; a locked one says in its manifest how its content was encrypted."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    body = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in (HEADER, *ROWS))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.3"><office:body>'
        f'<office:spreadsheet><table:table table:name="一月">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    how = (
        '<manifest:encryption-data manifest:checksum-type="SHA256/1K" manifest:checksum="AA==">'
        '<manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc"'
        ' manifest:initialisation-vector="AA=="/></manifest:encryption-data>'
        if is_locked
        else ""
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{how}'
        "</manifest:file-entry></manifest:manifest>"
    )
    parts = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
    return _zipped({name: text.encode() for name, text in parts.items()}, stored="mimetype")


def _ods_cell(cell: object) -> str:
    if isinstance(cell, int):
        return (
            f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p>'
            "</table:table-cell>"
        )
    if isinstance(cell, datetime.date):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{cell}"><text:p>{cell}</text:p>'
            "</table:table-cell>"
        )
    text = str(cell).replace("&", "&amp;").replace("<", "&lt;")
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def xlsb() -> bytes:
    """Write a binary workbook: records of number, length and content; texts in the cells, dates as texts."""
    sheet = [_record(0x81), _record(0x94, struct.pack("<4I", 0, len(ROWS), 0, len(HEADER) - 1)), _record(0x91)]
    for line, row in enumerate((HEADER, *ROWS)):
        sheet.append(_record(0x00, struct.pack("<II", line, 0) + bytes(9)))
        for column, cell in enumerate(row):
            at = struct.pack("<II", column, 0)
            if isinstance(cell, int):
                sheet.append(_record(0x05, at + struct.pack("<d", cell)))
            else:
                sheet.append(_record(0x06, at + _wide(str(cell))))
    sheet += [_record(0x92), _record(0x82)]
    book = [
        _record(0x83), _record(0x8F), _record(0x9C, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("一月")),
        _record(0x90), _record(0x84),
    ]  # fmt: skip
    office = "http://schemas.openxmlformats.org"
    links = (
        f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    types = (
        f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="bin" '
        'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
    )
    return _zipped(
        {
            "[Content_Types].xml": types.encode(),
            "xl/_rels/workbook.bin.rels": links.encode(),
            "xl/workbook.bin": b"".join(book),
            "xl/worksheets/sheet1.bin": b"".join(sheet),
        }
    )


def _record(number: int, content: bytes = b"") -> bytes:
    """Write a record: numbers below 128 take one byte, the length seven bits a byte."""
    head = bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80, number >> 7])
    length, size = len(content), b""
    while True:
        length, low = length >> 7, length & 0x7F
        size += bytes([low | (0x80 if length else 0)])
        if not length:
            return head + size + content


def _wide(text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return struct.pack("<I", len(raw) // 2) + raw


def _zipped(parts: dict[str, bytes], *, stored: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, kind)
    return stream.getvalue()


def main() -> None:
    """Write every file."""
    made = {
        "reviews.xls": xls(is_locked=False), "locked.xls": xls(is_locked=True), "locked.xlsx": locked_xlsx(),
        "reviews.ods": ods(is_locked=False), "locked.ods": ods(is_locked=True), "reviews.xlsb": xlsb(),
    }  # fmt: skip
    for name, content in made.items():
        (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
