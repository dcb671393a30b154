"""`lina.toml` and `--log-dir`."""

import json
import re

import pytest
from running import BOTH, lina, needs_command

pytestmark = needs_command


def test_a_lina_toml_says_what_the_options_say(script, tmp_path):
    (tmp_path / "scripts").mkdir()
    script("scripts/a.py", "import lina\nprint(lina.array('x').shape)\nlina.signal('ready')\n")
    script("scripts/b.lua", "print(require('lina').value('ready'))\n")
    script(
        "lina.toml",
        'scripts = ["scripts/a.py", "scripts/b.lua"]\narray = ["x=f64:2x3"]\nafter = "b.lua=a.py:ready"\n'
        "timeout = 90\nisolate = false\n",
    )
    for words, place in ([], tmp_path), (["--config", tmp_path / "lina.toml"], None):
        done = lina("run", *words, cwd=place)
        assert done.status == 0 and sorted(done.out.splitlines()) == ["a.py  | (2, 3)", "b.lua | 1"], done


def test_the_command_line_overrides_a_lina_toml(script, tmp_path):
    script("a.lua", "print('named')\n")
    script("b.lua", "print('of the file')\n")
    script("lina.toml", 'scripts = ["b.lua"]\nsize = "1M"\narray = "x=u8:4"\n')
    plan = lina("run", "--config", "lina.toml", "--size", "2M", "--dry-run", "a.lua", cwd=tmp_path)
    assert "2097152 bytes\narray    x u8 (4) C\nscript   a.lua" in plan.out and "b.lua" not in plan.out, plan
    assert lina("run", "a.lua", cwd=tmp_path).out == "named\n"
    assert "x u8" not in lina("run", "--dry-run", "a.lua", cwd=tmp_path).out


def test_a_script_of_a_lina_toml_may_have_a_name_like_an_option(script, tmp_path):
    script("-x.lua", "print('up')\n")
    script("lina.toml", 'scripts = ["-x.lua"]\n')
    assert lina("run", cwd=tmp_path).out == "up\n"


@pytest.mark.parametrize(
    "text, told",
    [
        ('scripts = ["a.lua"]\nsizes = "1M"\n', 'lina.toml:2: there is no option "sizes"'),
        ('scripts = ["a.lua"]\nhelp = true\n', 'lina.toml:2: there is no option "help"'),
        ('scripts = "a.lua"\n', "lina.toml:1: scripts is a list"),
        ('scripts = ["a.lua"]\nisolate = "yes"\n', "lina.toml:2: isolate is true or false"),
        ('scripts = ["a.lua"]\nsize = ["1M"]\n', "lina.toml:2: size has one value"),
        ('scripts = ["a.lua"]\nsize = {}\n', "lina.toml:2: a text or a number is expected"),
        ('scripts = ["a.lua"\nsize = ', "lina.toml:2: "),
        ('scripts = ["a.lua"]\nsize = "12Q"\n', '--size "12Q" is no size'),
        ('scripts = ["a.lua"]\nname = ""\n', "lina.toml:2: the value is empty"),
        ('scripts = ["a.lua", ""]\n', "lina.toml:1: the value is empty"),
        ('scripts = ["a.lua"]\nmay-exit = [""]\n', "lina.toml:2: the value is empty"),
        ('scripts = ["a.lua"]\nkeep = true\n', "--keep leaves an arena behind"),
        ('scripts = ["c.lua"]\n', "c.lua: there is no such file"),
    ],
)
def test_a_mistake_in_a_lina_toml_is_told_with_its_line(script, tmp_path, text, told):
    script("a.lua", "print('ran')\n")
    script("lina.toml", text)
    done = lina("run", cwd=tmp_path)
    assert done.status == 2 and told in done.err and done.out == "", done


def test_a_missing_config_and_an_unknown_option_are_refused(tmp_path):
    done = lina("run", "--config", tmp_path / "absent.toml")
    assert done.status == 2 and "absent.toml: File could not be opened" in done.err, done
    done = lina("run", "--config", tmp_path)
    assert done.status == 2 and "it is a folder" in done.err, done
    done = lina("run", "--nonsense")
    assert done.status == 2 and "--nonsense" in done.err, done


@BOTH
def test_a_log_has_every_line_as_json(script, tmp_path, how):
    text = "import os, sys\nprint('one', flush=True)\nprint('two', file=sys.stderr)\nos.write(1, b'\\xff')\n"
    done = lina("run", how, "--log-dir", tmp_path / "logs", script("a.py", text), errors="replace")
    assert done.status == 0, done
    entries = [
        json.loads(line) for path in (tmp_path / "logs").iterdir() for line in path.read_text().splitlines()
    ]
    lines = {(entry["script"], entry["stream"], entry["line"]) for entry in entries}
    # An embedded Python's sys.stdout knows its script. Bytes that bypass it count as the command's.
    whose = "a.py" if how == "--isolate" else "lina"
    assert lines == {("a.py", "out", "one"), ("a.py", "err", "two"), (whose, "out", "\ufffd")}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", entry["time"]) for entry in entries)


def test_a_folder_of_logs_that_cannot_be_made_is_named_with_the_reason(script, tmp_path):
    folder = script("file", "").joinpath("logs")
    done = lina("run", "--log-dir", folder, script("a.lua", "print('ran')\n"))
    assert done.status == 2 and f"--log-dir: {folder} cannot be made: Not a directory" in done.err, done
