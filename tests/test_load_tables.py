"""Tables and data in, lines that are understood alone out: spreadsheets, CSV, JSON, and code as it is written."""

import base64
import json
import zipfile
import zlib
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from index.extract import Writer
from index.loaders import LOADERS, load
from index.reading import Reading
from index.split import sentences
from index.table import write_table
from tests.test_loaders import fault_of, sections_of, text_of, written

# A legacy .xls of one sheet: Item, Cost; lamp, 12.5; chair, 40.
OLD_XLS = (
    "c-rk)O=uHA6#izDZGLRiO`8g>P(q<qYcJx(OI?4^;=x+IC?e?A1T0OHvgV=(t=61G5IiYfD!q8AdhrK6=t&PkMGt}?Bzp8DRPfMdee-"
    "q}Q_Z0P4Jz|3^XBb)Z)RS0-"
    "n_}o>&0Yw?tV`NKVb(#sCqH9)W`&tSny(j^qwc#ppH`UH2x{XqBM~$CZ4ptipV*X^Id^~d*SCqfsa&<V;ZA{d^X)g>}DSvA$=GoDsYP=33Rhp9ZX"
    "L#?PPkFEuS*o$&#x~hsm}qj$zRr9o(*>_^8pxx&&mu54p{ImTW~AUdkxGa83BOCU&_KPVVni^oCn851O};Y(DEcxiV5Tf%Ew4rGcejr9Mk*d2{6g"
    "B>%Qr9;qY0ZiImucqci)OIU{&A*l)BU@o(aevmpS`-|Brs`eDl6sgKNQ`07`fYZ)|8<%OBm$9{K8MkqGw-"
    "U{uo%tjOxkZV3`OcR&2gb+j6D*nG)a@tue(4iDT$C-SaRR<a64G{%=@zD!xYrHL_b^RSXi_~e)}@$zvutyjwF5NHHpW|fV-"
    "3HF_|oS?k9td=?9Ie4j8x907T(!&=%WoML+#}=iy<*2Zr+f1YzMVa$>0Oi?q3o^)UcHAp4!FQv4S|WNv8gr{5nF}i#qm#?PZVWjX3+0#Fb9p-"
    "l$`5uzg6``(OXI+*pkcJdjFCQ$G-ghK7cQhK7cQhDH-"
    "0)ZhA$I%$~d@DNe=IxAGF`kLgw#bFfaDbm4oFY;8oINMPCtcNLrzQh{a1owp!M`&~xlNe_|CL4}lI{b;+-?Qe1*6&+FjgDV!#LquG{&!If#h3"
)
STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2">'
    '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)
SPACES = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def cell(place: str, value: object) -> str:
    """A cell of an OOXML sheet; a text is written in place, ("date", 45352) is a number that is shown as a date."""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, tuple):
        return f'<c r="{place}" s="1"><v>{value[1]}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def sheet(*rows: list[object]) -> str:
    lines = ""
    for n, row in enumerate(rows, 1):
        cells = (cell(f"{chr(65 + at)}{n}", value) for at, value in enumerate(row) if value is not None)
        lines += f'<row r="{n}">{"".join(cells)}</row>'
    return f"<worksheet {SPACES}><sheetData>{lines}</sheetData></worksheet>"


def workbook(path: Path, sheets: dict[str, str], hidden: tuple[str, ...] = (), charts: tuple[str, ...] = ()) -> Path:
    """An .xlsx file of the sheets, by name."""
    listed = related = ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, (name, xml) in enumerate(sheets.items(), 1):
            kind = "chartsheet" if name in charts else "worksheet"
            archive.writestr(f"xl/{kind}s/sheet{n}.xml", xml)
            state = ' state="hidden"' if name in hidden else ""
            listed += f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{state}/>'
            related += f'<Relationship Id="r{n}" Type="{KINDS}/{kind}" Target="{kind}s/sheet{n}.xml"/>'
        archive.writestr("xl/workbook.xml", f"<workbook {SPACES}><sheets>{listed}</sheets></workbook>")
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELATIONS}">{related}'
            f'<Relationship Id="s" Type="{KINDS}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", STYLES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}">'
            f'<Relationship Id="w" Type="{KINDS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
    return path


# -- rows


def lines_of(*rows: str) -> list[str]:
    writer = Writer()
    write_table(writer, [row.split(";") for row in rows])
    return writer.extract().text.split("\n")


def test_each_cell_comes_after_the_name_of_its_column() -> None:
    assert lines_of("Item;Month;Cost", "printer;March;240", "desk;;100") == [
        "Item: printer | Month: March | Cost: 240",
        "Item: desk | Cost: 100",
    ]
    assert lines_of(";Jan;Feb", "Rent;100;120") == ["Rent | Jan: 100 | Feb: 120"]
    assert lines_of("Item;2023;2024", "Rent;100;120") == ["Item: Rent | 2023: 100 | 2024: 120"]
    assert lines_of("name;city;job", "Ann;Rome;cook", "Bob;Oslo;clerk")[1] == "name: Bob | city: Oslo | job: clerk"


def test_rows_without_names_stand_as_they_are() -> None:
    assert lines_of("1;2;3", "4;5;6") == ["1 | 2 | 3", "4 | 5 | 6"]
    assert lines_of("Ann;1985", "Bob;1990") == ["Ann | 1985", "Bob | 1990"]
    assert lines_of("Name;Ann", "City;Rome", "Age;30") == ["Name | Ann", "City | Rome", "Age | 30"]
    assert lines_of("lamp;open;hall", "desk;open;room") == ["lamp | open | hall", "desk | open | room"]
    assert lines_of("a;a;b", "1;2;3") == ["a | a | b", "1 | 2 | 3"]
    assert lines_of(";x;;y;;", "1;;2") == ["x |  | y", "1 |  | 2"]


def test_titles_totals_notes_and_further_tables_of_a_sheet() -> None:
    assert lines_of(
        "Costs 2024;;", "", "Item;Month;Cost", "desk;May;100", "", ";;100", "Note: net", "", "x;y", "7;8"
    ) == [
        "Costs 2024",
        "",
        "Item: desk | Month: May | Cost: 100",
        "",
        "Cost: 100",
        "",
        "Note: net",
        "",
        "x: 7 | y: 8",
    ]


def test_a_table_longer_than_anybody_wants_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.table.LONGEST", 30)
    writer = Writer()
    write_table(writer, ([str(n), "some words"] for n in range(10**9)))
    assert writer.extract().warnings == ("only the first 3 rows are read",)


# -- spreadsheets


def test_a_workbook_is_read_sheet_by_sheet(tmp_path: Path) -> None:
    costs = sheet(
        ["Item", "Bought", "Cost", "Paid"],
        ["printer", ("date", 45352), 240.0, True],
        [],
        ["two\nlines", ("date", 45352.5), 0.1 + 0.2, False],
    )
    path = workbook(tmp_path / "a.xlsx", {"Costs": costs, "People": sheet(["Ann", "Rome"])})
    document, warnings = load(path)
    assert document.text == (
        "Costs\n\nItem: printer | Bought: 2024-03-01 | Cost: 240 | Paid: TRUE\n"
        "Item: two lines | Bought: 2024-03-01 12:00 | Cost: 0.3 | Paid: FALSE\n\nPeople\n\nAnn | Rome"
    )
    assert sections_of(path) == [("sheet Costs", "Costs"), ("sheet People", "People")]
    assert warnings == ()


def test_every_row_is_a_sentence_of_its_own(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Item", "Cost"], *([f"thing {n}", n] for n in range(30))]
    text = text_of(workbook(tmp_path / "a.xlsm", {"S": sheet(*rows)}))
    assert [text[start:end] for start, end in sentences(text)] == [f"Item: thing {n} | Cost: {n}" for n in range(30)]


def test_a_formula_is_read_as_its_value(tmp_path: Path) -> None:
    xml = sheet(["Item", "Cost"], ["desk", 1]).replace("<v>1</v>", "<f>SUM(1,41)</f><v>42</v>")
    assert text_of(workbook(tmp_path / "a.xlsx", {"S": xml})) == "Item: desk | Cost: 42"


def test_a_cell_merged_over_rows_is_in_each(tmp_path: Path) -> None:
    rows = sheet([], ["Team", "Name", "Age"], ["Red", "Ann", 30], [None, "Bob", 31], [None, "Cy", 32])
    xml = rows.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A3:A4"/></mergeCells>')
    assert text_of(workbook(tmp_path / "a.xlsx", {"S": xml})).split("\n") == [
        "Team: Red | Name: Ann | Age: 30",
        "Team: Red | Name: Bob | Age: 31",
        "Name: Cy | Age: 32",
    ]


def test_sheets_that_are_left_out_are_named(tmp_path: Path) -> None:
    chart = f"<chartsheet {SPACES}/>"
    sheets = {"Shown": sheet(["seen"]), "A": sheet(["secret"]), "B": sheet(["secret"]), "Empty": sheet(), "Ch": chart}
    document, warnings = load(workbook(tmp_path / "a.xlsx", sheets, hidden=("A", "B"), charts=("Ch",)))
    assert "secret" not in document.text and "seen" in document.text
    assert set(warnings) == {
        "left out: 2 hidden sheets: A, B",
        "left out: 1 empty sheet: Empty",
        "left out: 1 sheet without cells: Ch",
    }


def test_many_empty_rows_and_a_cell_far_below(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Item", "Cost"], ["desk", 1], *[[] for _ in range(100_000)], ["end", 2]]
    assert text_of(workbook(tmp_path / "a.xlsx", {"S": sheet(*rows)})) == "Item: desk | Cost: 1\nItem: end | Cost: 2"


def test_a_cell_at_the_far_end_costs_an_error_and_not_the_process(tmp_path: Path) -> None:
    xml = sheet(["a"]).replace("</sheetData>", f'<row r="1048576">{cell("XFD1048576", "z")}</row></sheetData>')
    with Reading() as reading:
        reading.request(workbook(tmp_path / "a.xlsx", {"S": xml}))
        reading.request(workbook(tmp_path / "b.xlsx", {"S": sheet(["Item", "Cost"], ["desk", 1])}))
        assert [part.fault for part in reading.parts()] == ["damaged or too large: reading it ended with SIGABRT"]
        assert [part.document.text for part in reading.parts() if part.document] == ["Item: desk | Cost: 1"]


def opendocument(path: Path, manifest: str = "") -> Path:
    """An .ods file of a single sheet."""
    name = "urn:oasis:names:tc:opendocument:xmlns"
    row = "<table:table-row>{}</table:table-row>"
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    rows = row.format(text.format("Item") + text.format("Cost")) + row.format(text.format("desk") + number.format(12))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{name}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="content.xml">{manifest}</manifest:file-entry>'
            "</manifest:manifest>",
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{name}:office:1.0" xmlns:table="{name}:table:1.0" '
            f'xmlns:text="{name}:text:1.0"><office:body><office:spreadsheet><table:table table:name="S">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return path


def test_an_opendocument_sheet(tmp_path: Path) -> None:
    assert text_of(opendocument(tmp_path / "a.ods")) == "Item: desk | Cost: 12"
    assert "password" in fault_of(opendocument(tmp_path / "b.ods", "<manifest:encryption-data/>"))


def test_a_legacy_workbook_even_under_a_new_name(tmp_path: Path) -> None:
    data = zlib.decompress(base64.b85decode(OLD_XLS))
    for name in ("a.xls", "b.xlsx"):
        assert text_of(written(tmp_path / name, data)) == "Item: lamp | Cost: 12.5\nItem: chair | Cost: 40"


def test_a_workbook_with_a_password_is_said_to_be_one(tmp_path: Path) -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert "password" in fault_of(written(tmp_path / "a.xlsx", container))


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"])
@pytest.mark.parametrize(
    "content", [b"just,some,text\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99]
)
def test_content_that_is_no_workbook(tmp_path: Path, suffix: str, content: bytes) -> None:
    assert "damaged" in fault_of(written(tmp_path / f"a{suffix}", content))


def test_cut_workbooks_are_damaged(tmp_path: Path) -> None:
    data = workbook(tmp_path / "whole.xlsx", {"S": sheet(["a", "b"])}).read_bytes()
    for part in (1, 4, 7):
        assert "damaged" in fault_of(written(tmp_path / "cut.xlsx", data[: len(data) * part // 8]))


# -- CSV


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_any_separator(tmp_path: Path, separator: str, suffix: str) -> None:
    rows = [
        ["Item", "Note", "Cost"],
        ["tea", "green; hot" if separator == "," else "green, hot", "250"],
        ["milk", "", "3"],
    ]
    text = "\n".join(separator.join(row) for row in rows)
    assert text_of(written(tmp_path / f"a{suffix}", text)).split("\n")[1] == "Item: milk | Cost: 3"


def test_decimal_commas_do_not_separate(tmp_path: Path) -> None:
    text = "Posten;Betrag\nMiete;1.200,50\nTee;2,50\n"
    assert text_of(written(tmp_path / "a.csv", text.encode("cp1252"))).split("\n") == [
        "Posten: Miete | Betrag: 1.200,50",
        "Posten: Tee | Betrag: 2,50",
    ]
    assert text_of(written(tmp_path / "b.csv", "sep=;\nCafé;1\n".encode("cp1252"))) == "Café | 1"


def test_quoted_values_with_breaks_marks_and_separators(tmp_path: Path) -> None:
    text = 'id,text\r\n1,"first\r\nsecond, ""third"""\r\n2,"x"\r\n'
    assert text_of(written(tmp_path / "a.csv", text)).split("\n") == [
        'id: 1 | text: first second, "third"',
        "id: 2 | text: x",
    ]


def test_a_quotation_mark_that_is_never_closed_takes_nothing_with_it(tmp_path: Path) -> None:
    text = 'size,count\n"5 inch,1\n' + "6 inch,2\n" * 5
    assert text_of(written(tmp_path / "a.csv", text)).split("\n")[:2] == [
        'size: "5 inch | count: 1',
        "size: 6 inch | count: 2",
    ]


def test_ragged_rows_long_values_and_zeros(tmp_path: Path) -> None:
    text = text_of(written(tmp_path / "a.csv", f"a,b\n1,2,3\n4\n\0,5\n6,{'long ' * 100_000}\n"))
    assert text.startswith("a: 1 | b: 2 | 3\n\na: 4\n\nb: 5\n\na: 6 | b: long long")
    assert text.endswith("long long")


# -- JSON


def read_json(tmp_path: Path, value: object) -> str:
    return text_of(written(tmp_path / "a.json", json.dumps(value)))


def test_objects_of_a_list_are_rows(tmp_path: Path) -> None:
    rows = [{"item": "printer", "cost": 240}, {"item": "desk", "cost": 1.5, "size": {"w": 3}, "tags": ["a", "b"]}]
    lines = ["item: printer | cost: 240", "item: desk | cost: 1.5 | size › w: 3 | tags: a, b"]
    assert read_json(tmp_path, rows).split("\n") == lines
    assert read_json(tmp_path, {"shop": {"stock": rows}}).split("\n") == [f"shop › stock | {line}" for line in lines]


def test_values_have_a_line_with_the_keys_that_lead_to_them(tmp_path: Path) -> None:
    value = {"server": {"host": "a.example", "ports": [80, 443], "tls": True, "proxy": None}, "notes": "One.\n\nTwo."}
    text = read_json(tmp_path, value)
    assert text == (
        "- server › host: a.example\n- server › ports: 80, 443\n- server › tls: true\n- notes:\n\nOne.\n\nTwo."
    )
    assert [text[start:end] for start, end in sentences(text)][:2] == [
        "- server › host: a.example",
        "- server › ports: 80, 443",
    ]


def test_an_object_too_long_for_a_row_is_called_by_its_name(tmp_path: Path) -> None:
    text = read_json(tmp_path, [{"name": "Ann", "life": "She lived. " * 50}, {"id": 7, "name": "Bob"}])
    assert text.startswith("- Ann › name: Ann\n- Ann › life: She lived.")
    assert text.endswith("\n\nid: 7 | name: Bob")


def test_what_json_should_not_hold_is_kept(tmp_path: Path) -> None:
    text = text_of(written(tmp_path / "a.json", '{"a": NaN, "b": 1.50, "b": 1e999, "c": "\\ud800\\u0000x\tz"}'))
    assert text == "- a: NaN\n- b: 1.50\n- b: 1e999\n- c: \ufffdx\tz"


def test_invalid_json_says_where(tmp_path: Path) -> None:
    assert "line 2, column 7" in fault_of(written(tmp_path / "a.json", '{"a": 1,\n "b": }'))


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_nested_without_end(tmp_path: Path, suffix: str, opening: str) -> None:
    assert "nested too deeply" in fault_of(written(tmp_path / f"a{suffix}", opening * 100_000))


def test_json_lines_of_which_some_are_bad(tmp_path: Path) -> None:
    text = '{"q": "Why?", "a": "So."}\n\noops\n{"text": "alone"}\n{"q": \n["x"]\n'
    document, warnings = load(written(tmp_path / "a.jsonl", text))
    assert document.text == "q: Why? | a: So.\n\n- text: alone\n\nx"
    assert warnings == ("no valid JSON, left out: 2 lines: 3, 5",)
    assert "2 lines: 1, 2" in fault_of(written(tmp_path / "b.ndjson", "oops\nagain\n"))


# -- code


def test_code_is_kept_as_it_is_written_and_split_by_lines(tmp_path: Path) -> None:
    lines = ["import os", "import sys", "def area(side):", "    width = side * 2", "    return width"]
    text = text_of(written(tmp_path / "a.py", "\n".join(lines)))
    assert text == "\n".join(lines)
    assert [text[start:end] for start, end in sentences(text)] == [line.strip() for line in lines]


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".ini", "[server]\nhost = localhost\nport=8080"),
        (".yaml", "web:\nimage: nginx\nport: 80"),
        (".js", 'const fs = load("fs");\nexport function go(path) {\nreturn fs.read(path);'),
        (".xml", "<note>\n<to>Ann</to>\n<from>Bob</from>"),
    ],
)
def test_each_line_of_configuration_and_code_is_a_sentence(tmp_path: Path, suffix: str, text: str) -> None:
    assert text_of(written(tmp_path / f"a{suffix}", text)) == text
    assert [text[start:end] for start, end in sentences(text)] == text.split("\n")


def test_prose_is_not_taken_for_code() -> None:
    text = (
        "The licensee may use the software (see section 4) as long as it pays;\n"
        "return of the software ends the licence (section 5); and the following\n"
        "holds for it: nothing that class members import from elsewhere is theirs."
    )
    assert sentences(text) == [(0, len(text))]


@pytest.mark.parametrize("suffix", LOADERS)
def test_pictures_under_every_suffix(tmp_path: Path, suffix: str) -> None:
    fault = fault_of(written(tmp_path / f"a{suffix}", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe" * 50))
    assert "damaged" in fault or "not a text file" in fault or "holds no text" in fault
