"""hosts.toml: each mistake in it is named, and the plans of the launcher and of each host follow from it."""

import subprocess

import pytest
from network import KEY, LINA, TIMEOUT

pytestmark = pytest.mark.skipif(not LINA.exists(), reason="the command lina was not built")

TOP = 'arena = "shm:nobody-has-this"\nkey-file = "key"\n'
ALPHA = '[hosts.alpha]\nlisten = "127.0.0.1:7010"\nscripts = ["a.py"]\n'
BETA = '[hosts.beta]\nlisten = "127.0.0.1:7011"\nscripts = ["b.py"]\n'


@pytest.fixture
def lina(tmp_path):
    for name, text in {"key": KEY, "a.py": "", "b.py": ""}.items():
        (tmp_path / name).write_text(text)

    def run(text, *words):
        (tmp_path / "hosts.toml").write_text(text)
        words = [tmp_path / "hosts.toml" if word == "FILE" else word for word in words]
        done = subprocess.run([LINA, *words], capture_output=True, text=True, timeout=TIMEOUT, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hosts = ", "hosts.toml:1: "),
        (TOP, "hosts.toml: there is no host: each has a table, as in [hosts.alpha]"),
        (TOP + "[hosts]\nalpha = 3", "hosts.toml:4: a host is a table"),
        (TOP + ALPHA.replace("alpha", "a" * 32), "hosts.toml:3: a host's name has 1 to 31 bytes"),
        (TOP + ALPHA.replace("listen", "#"), "hosts.toml:3: alpha has no listen"),
        (TOP.replace("arena", "#") + ALPHA, "alpha has no arena"),
        (TOP + ALPHA + "export = 3", "hosts.toml:6: export is a list of names"),
        (TOP + ALPHA + 'exports = ["x"]', 'hosts.toml:6: there is no option "exports"'),
        (TOP + ALPHA + 'import = ["x"]', 'hosts.toml:6: no other host exports "x"'),
        (TOP + ALPHA + 'export = ["x"]\nimport = ["x"]', 'no other host exports "x"'),
        (
            TOP + ALPHA + 'export = ["x"]\n' + BETA + 'export-streams = ["x"]',
            'hosts.toml:10: "x" is exported by alpha and by beta: a name has one writer',
        ),
        (TOP.replace("shm:", "http:") + ALPHA, 'arena is "shm:NAME" or "file:PATH"'),
        (TOP + ALPHA + 'name = "x"', "hosts.toml:6: name: in this file, arena says it"),
        ('file = "x"\n' + TOP + ALPHA, "hosts.toml:1: file: in this file, arena says it"),
        (TOP + ALPHA + 'hosts = "others.toml"', 'hosts.toml:6: there is no option "hosts"'),
        ('listen = "127.0.0.1:7010"\n' + TOP + ALPHA, 'hosts.toml:1: there is no option "listen"'),
    ],
)
def test_a_mistake_in_the_file_is_named(lina, text, says):
    status, told = lina(text, "run", "--hosts", "FILE", "--host", "alpha", "--dry-run")
    assert says in told
    assert status == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "--hosts", "FILE", "--host", "delta"], 'there is no host "delta", only beta, alpha'),
        (["run", "--hosts", "FILE", "a.py"], "name none here"),
        (
            ["run", "--hosts", "FILE", "--after", "a.py=b.py:x"],
            "--after: with --hosts, write it into the file",
        ),
        (["run", "--host", "alpha", "a.py"], "need --hosts FILE"),
        (["run", "--hosts", "FILE", "--launched"], "--launched needs --host NAME"),
        (["run", "--hosts", "FILE", "--config", "lina.toml"], "--config: with --hosts, that file says it"),
        (
            ["run", "--hosts", "FILE", "--host", "alpha", "--name", "x"],
            "--name: with --hosts, that file says",
        ),
        (
            ["run", "--hosts", "FILE", "--host", "alpha", "--file", "x"],
            "--file: with --hosts, that file says",
        ),
        (["run", "--hosts", "FILE", "--host", "alpha", "--launched", "--stdin", "a.py"], "--stdin a.py: on"),
        (["bridge", "FILE", "--host", "delta"], 'there is no host "delta", only beta, alpha'),
        (["bridge", "--status", "FILE", "--host", "alpha"], "nobody-has-this"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(lina, words, says):
    status, told = lina(TOP + BETA + ALPHA, *words)
    assert says in told
    assert status == 2


def test_the_launcher_starts_each_host_in_the_order_of_the_file(lina, tmp_path):
    status, told = lina(
        TOP + 'directory = "/a b"\nlina = "/opt/lina"\n' + BETA + 'ssh = ["-p", "22", "me@b"]\n' + ALPHA,
        *["run", "--hosts", "FILE", "--dry-run"],
    )
    assert status == 0, told
    assert "arena    shm:nobody-has-this on beta, shm:nobody-has-this on alpha\n" in told
    beta, alpha = [line for line in told.splitlines() if line.startswith("script")]
    assert "ServerAliveInterval=5 -p 22 me@b cd '/a b' && exec '/opt/lina' run --launched" in beta
    assert "ServerAliveInterval=5 alpha cd " in alpha
    assert f"--hosts '{tmp_path}/hosts.toml' --host 'alpha'" in alpha


def test_a_part_has_the_options_of_its_host_and_those_of_all(lina):
    status, told = lina(
        'size = "1M"\nisolate = true\n' + TOP + ALPHA + 'array = ["x=f64:2x3"]\n' + BETA + 'size = "2M"\n',
        *["run", "--hosts", "FILE", "--host", "alpha", "--dry-run"],
    )
    assert status == 0, told
    assert "arena    shm:nobody-has-this, 1048576 bytes\n" in told
    assert "array    x f64 (2, 3) C\n" in told
    assert "script   a.py  process:" in told and "b.py" not in told
    assert "script   bridge  process: /proc/self/exe bridge" in told


def test_a_single_host_needs_no_bridge(lina):
    status, told = lina(TOP + ALPHA, "run", "--hosts", "FILE", "--host", "alpha", "--dry-run")
    assert status == 0 and "bridge" not in told, told
