"""docs/memory-layout.md says the same as tests/golden/layout.txt, which the compiler confirms."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "memory-layout.md").read_text()
LAYOUT = {
    name: int(number)
    for name, number in map(str.split, (ROOT / "tests/golden/layout.txt").read_text().splitlines())
}
STRUCTS = ["header", "slot", "lina_desc_t", "ledger", "signal", "member", "stream", "producer", "cursor"]
# A line of a drawing: a struct's name where one begins, an offset, and fields with their bytes.
LINE = re.compile(rf"^({'|'.join(STRUCTS)})?\s+(\d+)\s+(\w+ \d+(?: \| \w+ \d+)*)")


def golden_fields(struct):
    """The offsets of a struct's fields. A field that contains others is left out, if it has a name itself."""
    prefix = struct + "."
    fields = {name[len(prefix) :]: at for name, at in LAYOUT.items() if name.startswith(prefix)}
    outer = {name.split(".")[0] for name in fields if "." in name}
    return {name.split(".")[-1]: at for name, at in fields.items() if name not in outer}


def drawn_fields():
    """The drawn fields of each struct, with their offsets and sizes."""
    drawn, struct = {}, None
    for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            found = LINE.match(line)
            if found is None:
                continue
            struct, at = found[1] or struct, int(found[2])
            for field in found[3].split(" | "):
                name, size = field.split()
                drawn.setdefault(struct, {})[name] = (at, int(size))
                at += int(size)
    return drawn


def test_every_field_is_drawn_where_it_lies():
    drawn = drawn_fields()
    assert sorted(drawn) == sorted(STRUCTS)
    for struct in STRUCTS:
        offsets = {name: at for name, (at, _) in drawn[struct].items()}
        assert offsets == golden_fields(struct), struct


def test_no_drawn_field_reaches_into_the_next_one():
    for struct, fields in drawn_fields().items():
        starts = sorted({at for at, _ in fields.values()} | {LAYOUT[struct]})
        for name, (at, size) in fields.items():
            room = min(start for start in starts if start > at) - at
            shares = sum(other == at for other, _ in fields.values()) > 1  # a union
            assert size <= room or shares, f"{struct}.{name}"


def test_the_table_of_places_has_the_places_of_both_arenas():
    names = {
        "members": "members",
        "rows": "rows",
        "index": "index",
        "signal index": "signal_index",
        "signals": "signals",
        "slots": "slots",
        "ledger": "ledger",
        "pins": "pins",
        "streams": "streams",
        "guard": "guard",
        "**data**": "data",
        "end of the file": "file_size",
    }
    entries = {"index", "signal_index", "ledger"}
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]* \| `0x(\w+)`(?: \(([\d,]+)\))? \| `0x(\w+)`(?: \(([\d,]+)\))? \|$",
        PAGE,
        re.MULTILINE,
    )
    seen = {row[0]: row[1:] for row in rows}
    assert set(seen) == {*names, "header"}
    for title, table in names.items():
        for arena, place, count in [("small", *seen[title][:2]), ("large", *seen[title][2:])]:
            assert int(place, 16) == LAYOUT[f"{arena}.{table}"], f"{table} of the {arena} arena"
            if table in entries:
                assert int(count.replace(",", "")) == LAYOUT[f"{arena}.{table}_size"]
            if table == "signals":
                assert int(count.replace(",", "")) == LAYOUT[f"{arena}.signal_slots"]
