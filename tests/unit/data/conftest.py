"""Writes small files of rows for the readers, and listens to what they say."""

import zipfile
from contextlib import contextmanager
from xml.sax.saxutils import escape

import pytest

_CONTENT = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Listener:
    """Keeps notes, and how far each piece of work came."""

    def __init__(self):
        self.notes, self.done = [], {}

    def note(self, text):
        self.notes.append(text)

    @contextmanager
    def work(self, title, *, total, unit):
        listener = self

        class Bar:
            def advance(self, n=1, **figures):
                listener.done[title] = (listener.done.get(title, (0, total))[0] + n, total)

        yield Bar()


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes and give its path."""

    def write(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def _cell(place, row, value):
    where = f"{chr(ord('A') + place)}{row}"
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{where}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{where}"><v>{value}</v></c>'
    return f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def write_xlsx(path, sheets):
    """Write a spreadsheet by hand: {sheet: rows of cells}; None leaves a cell out."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_CONTENT}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    }
    names, links = "", ""
    for number, (name, rows) in enumerate(sheets.items(), 1):
        names += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'
        links += f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        body = "".join(
            f'<row r="{at}">{"".join(_cell(place, at, value) for place, value in enumerate(row))}</row>'
            for at, row in enumerate(rows, 1)
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
        )
    parts["xl/workbook.xml"] = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{_RELATIONS}">{links}</Relationships>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return path


@pytest.fixture
def spreadsheet(tmp_path):
    """Write a spreadsheet of sheets of rows and give its path."""
    return lambda sheets, name="book.xlsx": write_xlsx(tmp_path / name, sheets)
