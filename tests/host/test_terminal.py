"""`lina run` on a terminal: its size, its colours, and Ctrl-C."""

import json
import signal

import pytest
from running import BOTH, lina, needs_command

pytestmark = needs_command


def test_a_resized_terminal_resizes_that_of_a_script(script, terminal):
    text = (
        "import os, time\nshown = None\n"
        "while True:\n"
        "    if (size := os.get_terminal_size(1)) != shown:\n"
        "        print('size', *size, flush=True)\n"
        "    shown = size\n"
        "    time.sleep(0.01)\n"
    )
    screen = terminal("run", "--isolate", script("a.py", text), lines=30, columns=100)
    screen.read_until("size 100 30")
    screen.resize(20, 60)
    screen.read_until("size 60 20")
    screen.command.send_signal(signal.SIGTERM)
    assert screen.read_all() == 128 + signal.SIGTERM


@pytest.mark.parametrize("others", [[], ["b.lua"]], ids=["reads the terminal", "does not"])
def test_a_script_that_hears_of_a_new_size_sees_it(script, terminal, others):
    text = (
        "import os, signal\n"
        "signal.signal(signal.SIGWINCH, lambda *_: print('size', *os.get_terminal_size(1), flush=True))\n"
        "print('up', flush=True)\n"
        "while True:\n    signal.pause()\n"
    )
    more = [script(name, "require('lina').wait('never')\n") for name in others]
    screen = terminal("run", "--isolate", script("a.py", text), *more, lines=30, columns=100)
    screen.read_until("up")
    screen.resize(20, 60)
    screen.read_until("size 60 20", seconds=20)
    screen.command.send_signal(signal.SIGTERM)
    assert screen.read_all() == 128 + signal.SIGTERM


def test_a_script_on_a_terminal_keeps_its_colours_and_each_line_has_its_name_in_colour(script, terminal):
    text = "import sys\nprint(sys.stdout.isatty(), '\\033[31mred\\033[0m')\n"
    screen = terminal("run", "--isolate", script("a.py", text), script("b.lua", "print('plain')\n"))
    assert screen.read_all() == 0, screen.shown
    assert "\033[36ma.py  | \033[0mTrue \033[31mred\033[0m" in screen.shown, screen.shown
    assert "\033[33mb.lua | \033[0mplain" in screen.shown, screen.shown


@BOTH
def test_a_prompt_of_lua_is_shown_before_its_answer_is_read(script, terminal, how):
    text = "io.write('Name? ')\nprint('Hello', io.read())\nio.write('Age? ')\n"
    loop = "for line in io.lines() do io.write('more? ') if line == '8' then break end end\n"
    screen = terminal("run", how, script("a.lua", text + loop))
    screen.read_until("Name? ")
    screen.type("Lina\n")
    screen.read_until("Age? ")
    screen.type("7\n")
    screen.read_until("more? ")
    screen.type("8\n")
    assert screen.read_all() == 0, screen.shown


@BOTH
def test_a_prompt_is_shown_before_its_line_ends_and_others_do_not_write_into_it(script, terminal, how):
    asks = (
        "import lina\nname = input('Name? ')\nprint('Hello', name)\nprint('Age? ', end='', flush=True)\n"
        "lina.signal('asked')\nlina.wait('said')\nprint('So', input())\nprint('last', end='')\n"
    )
    says = (
        "local lina = require 'lina'\nlina.wait('asked')\nprint('other')\n"
        "io.write('a part'):flush()\nlina.signal('said')\n"
    )
    screen = terminal("run", how, "--stdin", "a.py", script("a.py", asks), script("b.lua", says))
    screen.read_until("Name? ")
    screen.type("Lina\n")
    screen.read_until("other")
    screen.type("7\n")
    assert screen.read_all() == 0, screen.shown
    a, b = "\033[36ma.py  | \033[0m", "\033[33mb.lua | \033[0m"
    shown = f"{a}Name? Lina\r\nHello Lina\r\n{a}Age? \r\n{b}other\r\n"
    assert screen.shown.startswith(shown), screen.shown
    rest = screen.shown.removeprefix(shown).replace("7\r\n", "", 1)  # as the terminal shows what was typed
    assert sorted(rest.split("\r\n")) == ["", f"{b}a part", f"{a}So 7", f"{a}last"], screen.shown


@BOTH
@pytest.mark.parametrize("others", [[], ["b.lua"]], ids=["alone", "two"])
def test_ctrl_c_on_a_terminal_stops_all(script, terminal, how, others):
    text = "import lina\nprint('up', flush=True)\nlina.wait('never')\n"
    more = [script(name, "require('lina').wait('never')\n") for name in others]
    screen = terminal("run", how, script("a.py", text), *more)
    screen.read_until("up")
    screen.type("\x03")
    assert screen.read_all() == 130, screen.shown
    assert "SIGINT: stopping a.py" in screen.shown


def test_colours_that_a_script_prints_itself_stay_in_a_pipe(script):
    red = "\033[31mred\033[0m"
    for how in ("--embed", "--isolate"):
        done = lina("run", how, script("a.py", f"print({red!r})\n"), script("b.lua", "print('plain')\n"))
        assert f"a.py  | {red}\n" in done.out and "\033[36m" not in done.out, done


@pytest.mark.parametrize("others", [[], ["b.lua"]], ids=["alone", "two"])
def test_a_line_on_a_terminal_ends_as_the_script_ends_it(script, terminal, tmp_path, others):
    more = [script(name, "") for name in others]
    words = ["--isolate", "--log-dir", tmp_path / "logs", script("a.py", "print('one')\nprint('two')\n")]
    screen = terminal("run", *words, *more)
    assert screen.read_all() == 0, screen.shown
    assert "one\r\n" in screen.shown and "two\r\n" in screen.shown, screen.shown
    entries = (tmp_path / "logs/a.py.jsonl").read_text().splitlines()
    assert [json.loads(entry)["line"] for entry in entries] == ["one", "two"]
