"""Mistakes in bridge.toml and at the start of a bridge: each has a message that names it."""

import os
import subprocess

import pytest
from network import KEY, LINA, PLUGIN, TIMEOUT

import lina

pytestmark = pytest.mark.skipif(not LINA.exists(), reason="the command lina was not built")
needs_plugin = pytest.mark.skipif(not PLUGIN.exists(), reason="the bridge was not built")

HEAD = 'host = "alpha"\narena = "shm:nobody-has-this"\nkey-file = "key"\nlisten = "127.0.0.1:7010"\n'
IMPORT = '[[import]]\nfrom = "beta"\naddress = "127.0.0.1:7011"\n'


@pytest.fixture
def bridge(tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")

    def run(text, *options):
        (tmp_path / "bridge.toml").write_text(text)
        words = [LINA, "bridge", *options, tmp_path / "bridge.toml"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT)
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("host = ", "bridge.toml:1: "),
        (HEAD.replace("host", "hots") + 'export = ["x"]', 'bridge.toml:1: there is no key "hots" here'),
        (HEAD.replace('"alpha"', "7"), "bridge.toml:1: host is a text"),
        (HEAD.replace("alpha", "a" * 32), "bridge.toml:1: host is a text of 1 to 31 bytes"),
        (HEAD.replace("arena", "#"), 'host = "NAME" or arena = "shm:NAME" is missing: the file needs both'),
        (HEAD.replace("key-file", "#"), "key-file is missing"),
        (HEAD.replace('"key"', '"no-key"') + 'export = ["x"]', "no-key cannot be read"),
        (HEAD + 'silence = "0.1s"', "bridge.toml:5: silence is 500ms to 1h"),
        (HEAD + 'busy-poll = "2s"', "bridge.toml:5: busy-poll is 0s to 1s"),
        (HEAD + 'busy-poll = "-1s"', 'bridge.toml:5: busy-poll "-1s" is no duration'),
        (HEAD + 'size = "64T"', 'bridge.toml:5: size "64T" is no size of an arena'),
        (HEAD + 'size = "0"', 'bridge.toml:5: size "0" is no size of an arena'),
        (HEAD + "busy-poll = 1", "bridge.toml:5: busy-poll is a text"),
        (HEAD, "it exports and imports nothing"),
        (HEAD.replace("listen", "#") + 'export = ["x"]', "listen = "),
        (HEAD + "export = 3", "bridge.toml:5: export is a list of names"),
        (HEAD + 'export = ["x", ""]', "bridge.toml:5: a name here has 1 to 63 bytes"),
        (HEAD + 'export = ["x", "x"]', 'bridge.toml:5: "x" is in the list twice'),
        (HEAD + 'export = ["x"]\n[announces]\ngo = ["x"]', '"go" is not in export-signals'),
        (HEAD + 'export-signals = ["go"]\n[announces]\ngo = ["x"]', '"x" is not in export'),
        (HEAD + 'import = "beta"', "an import is a table that begins with [[import]]"),
        (HEAD + IMPORT.replace("from", "#"), "bridge.toml:5: an import needs from"),
        (HEAD + IMPORT, "an import names at least one"),
        (HEAD + IMPORT + 'snapshots = ["x"]', 'bridge.toml:8: there is no key "snapshots" here'),
        (HEAD + IMPORT + 'snapshot = ["x"]\nstream = ["x"]', '"x" is both a snapshot and a stream'),
        (HEAD + IMPORT + f'snapshot = ["{"x" * 59}"]', "a name here has 1 to 58 bytes"),
    ],
)
def test_a_mistake_in_the_file_is_named(bridge, text, says):
    status, err = bridge(text)
    assert says in err
    assert status == 2


def test_a_missing_file_is_named(tmp_path):
    done = subprocess.run([LINA, "bridge", tmp_path / "no.toml"], capture_output=True, text=True)
    assert "no.toml" in done.stderr
    assert done.returncode == 2


@needs_plugin
def test_a_missing_arena_says_what_to_do(bridge):
    status, err = bridge(HEAD + 'export = ["x"]')
    assert "nobody-has-this" in err
    assert "give its size in the file" in err
    assert status == 2


def test_the_status_of_a_bridge_that_never_ran_says_so(bridge):
    where = f"shm:lina-bridge-file-{os.getpid()}"
    with lina.Arena.create(where, 1 << 20, temporary=True):
        status, err = bridge(HEAD.replace("shm:nobody-has-this", where) + 'export = ["x"]', "--status")
    assert "no bridge of alpha has run over this arena" in err
    assert status == 2


@needs_plugin
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("0.0.0.0:7010", "name one address of this host"),
        ("[::]:7010", "name one address of this host"),
        ("127.0.0.1", "write ADDRESS:PORT"),
        ("127.0.0.1:no-port", "there is no such host or port"),
    ],
)
def test_an_address_that_may_not_be_used_is_refused(bridge, address, says):
    where = f"shm:lina-bridge-file-{os.getpid()}"
    text = HEAD.replace("shm:nobody-has-this", where).replace("127.0.0.1:7010", address)
    with lina.Arena.create(where, 1 << 20, temporary=True):
        status, err = bridge(text + 'export = ["x"]')
    assert f'listen = "{address}": {says}' in err
    assert status == 2
