"""`lina run --hosts`: scripts on two hosts, started by a real ssh and by mpiexec."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import pytest
from cluster import kill, processes, words_of
from network import LINA, TIMEOUT, ip, until

PRODUCER = """
import lina
for i in range(1, 6):
    with lina.loan("field", "f64", (2, 3)) as x:
        x[:] = i
    lina.signal("ready")
print("published")
"""
LUA = """
local lina = require "lina"
lina.wait_value("ready", 5)
print("got " .. lina.array("field"):get(2, 3))
"""
JULIA = """
using Lina
Lina.wait_value("ready", 5)
println("got ", Lina.array("field")[2, 3], " of ", size(Lina.array("field")))
"""
WAITER = 'import lina\nprint("waits", flush=True)\nlina.wait("never")\n'
FRAMES = """
import lina
lina.stream("frames", depth=4)
with lina.produce("frames"):
    for i in range(100):
        with lina.loan("frames", "i64", (1,)) as x:
            x[0] = i
        if i == 0:
            lina.wait("here")  # beta has a reader now, which misses no later frame
"""
READER = """
import lina
lina.stream("frames", depth=4)
frames = iter(lina.follow("frames", start="oldest", timeout=60))
first = int(next(frames)[0])
lina.signal("here")
print(first + sum(int(x[0]) for x in frames))
"""


def exports(*scripts, **more):
    return {"export": ["field"], "export-signals": ["ready"], "scripts": list(scripts), **more}


def pair(make, first, second):
    """A cluster in which alpha runs `first`, and beta `second`. Each is a script's name and text."""
    made = make(alpha=exports(first[0]), beta={"scripts": [second[0]]})
    made.script(*first)
    made.script(*second)
    return made


@pytest.mark.parametrize(("name", "text"), [("c.lua", LUA), ("c.jl", JULIA)])
def test_scripts_of_two_hosts_meet_over_ssh(by_ssh, name, text):
    done = pair(by_ssh, ("p.py", PRODUCER), (name, text)).run()
    assert done.status == 0, done
    assert "alpha | p.py   | published\n" in done.out, done
    got = "got 5.0 of (2, 3)" if name == "c.jl" else "got 5"
    assert f"beta  | {name}".rstrip() in done.out and got in done.out, done


def test_a_host_stays_until_the_others_have_read_its_stream(by_ssh):
    made = by_ssh(
        alpha={"export-streams": ["frames"], "scripts": ["p.py"]},
        beta={"export-signals": ["here"], "scripts": ["c.py"]},
    )
    made.script("p.py", FRAMES)
    made.script("c.py", READER)
    done = made.run()
    assert done.status == 0, done
    assert "beta  | c.py   | 4950\n" in done.out, done


@pytest.mark.parametrize("bad", ["alpha", "beta"])
def test_the_first_failure_ends_all_hosts_with_its_status(by_ssh, bad):
    scripts = {"alpha": WAITER, "beta": WAITER, bad: "raise SystemExit(7)\n"}
    done = pair(by_ssh, ("a.py", scripts["alpha"]), ("b.py", scripts["beta"])).run()
    assert done.status == 7, done
    assert f"lina: {bad} failed with exit status 7\n" in done.err, done
    assert f"{bad:5} | lina: {bad[0]}.py failed with exit status 7\n" in done.err, done


def waits_on_both(made, **options):
    """Starts a run whose scripts wait for ever, and returns it when both do."""
    run = made.start(**options)
    lines = ""
    while lines.count("waits") < 2:
        line = run.stdout.readline()
        assert line, made.finish(run)
        lines += line
    return run


def has_no_process(made):
    """Waits until no process of the run is left. Each has the path of hosts.toml in its command line."""
    until(
        lambda: not [pid for pid in processes(str(made.file)) if pid != os.getpid()],
        lambda: f"the end of {processes(str(made.file))}",
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_launcher_ends_all_hosts(by_ssh, number):
    made = pair(by_ssh, ("a.py", WAITER), ("b.py", WAITER))
    run = waits_on_both(made)
    run.send_signal(number)
    done = made.finish(run)
    assert done.status == 128 + number, done
    assert "alpha | lina: the launcher has ended: stopping a.py, bridge\n" in done.err, done
    has_no_process(made)


def test_a_killed_launcher_ends_all_hosts(by_ssh):
    made = pair(by_ssh, ("a.py", WAITER), ("b.py", WAITER))
    waits_on_both(made).kill()
    has_no_process(made)


def test_a_killed_ssh_ends_all_hosts(by_ssh):
    made = pair(by_ssh, ("a.py", WAITER), ("b.py", WAITER))
    run = waits_on_both(made)
    (ssh,) = [pid for pid in processes("--host 'beta'") if "ssh" in os.readlink(f"/proc/{pid}/exe")]
    kill(ssh)
    done = made.finish(run)
    assert done.status == 137, done
    assert "lina: beta was ended by SIGKILL\n" in done.err, done
    has_no_process(made)


def test_a_killed_part_of_a_host_ends_all_hosts(by_ssh):
    made = pair(by_ssh, ("a.py", WAITER), ("b.py", WAITER))
    run = waits_on_both(made)
    (part,) = [pid for pid in processes("--launched") if is_part(pid, made, "beta")]
    kill(part)
    done = made.finish(run)
    assert done.status != 0, done
    assert "lina: beta failed with exit status" in done.err, done
    has_no_process(made)


def is_part(pid, made, host):
    if pathlib.Path(f"/proc/{pid}/comm").read_text() == "lina-guard\n":
        return False  # a fork of the part, which has the same command line
    words = words_of(pid)
    return words[0] == str(LINA) and str(made.file) in words and host in words


def test_a_killed_bridge_ends_all_hosts(by_ssh):
    made = pair(by_ssh, ("a.py", WAITER), ("b.py", WAITER))
    run = waits_on_both(made)
    until(lambda: bridges(made, "alpha"), "the bridge")
    kill(bridges(made, "alpha")[0])
    done = made.finish(run)
    assert done.status == 137, done
    assert "alpha | lina: bridge was ended by SIGKILL\n" in done.err, done
    has_no_process(made)


def bridges(made, host):
    ours = [(pid, words_of(pid)) for pid in processes(str(made.file))]
    return [pid for pid, words in ours if words[1:2] == ["bridge"] and host in words]


def test_names_with_quotes_and_spaces_reach_the_other_host(by_ssh):
    made = by_ssh(alpha={"scripts": ["it's a 'p' $HOME.py"]})
    made.script("it's a 'p' $HOME.py", 'print("ran")\n')
    folder = made.folder / "a folder of 'quotes' \"$PATH\" `no`"
    folder.mkdir()
    made.top["directory"] = folder
    done = made.run()
    assert done.status == 0, done
    assert "ran\n" in done.out, done


def test_a_host_that_cannot_be_reached_is_named(by_ssh):
    made = pair(by_ssh, ("a.py", WAITER), ("b.py", WAITER))
    made.servers[1].terminate()
    made.servers[1].wait()
    done = made.run()
    assert done.status == 255, done
    assert "beta  | ssh: connect to host" in done.err, done
    assert "lina: beta failed with exit status 255\n" in done.err, done


def test_an_unknown_host_key_is_refused(by_ssh):
    made = pair(by_ssh, ("a.py", WAITER), ("b.py", WAITER))
    (made.folder / "known_hosts").write_text("")
    done = made.run()
    assert done.status == 255, done
    assert "Host key verification failed" in done.err, done


# ---- parts that another launcher starts. A part is the `lina run` of one host.


TCP = "6"  # a bare Debian has no /etc/protocols to look its name up


@contextlib.contextmanager
def deaf(host, port):
    """Keeps a host from connecting to this port of others."""
    rule = ["-n", host.namespace, "rule", "{}", "ipproto", TCP, "dport", str(port), "blackhole"]
    ip(*(word.format("add") for word in rule))
    yield
    ip(*(word.format("del") for word in rule))


@pytest.mark.parametrize(
    ("first", "second", "status", "word"),
    [("pass\n", "pass\n", 0, 2), ("raise SystemExit(7)\n", WAITER, 7, 9)],
    ids=["well", "by a failure"],
)
def test_a_part_stays_until_every_other_part_knows_how_it_has_ended(cluster, first, second, status, word):
    made = pair(cluster, ("a.py", first), ("b.py", second))
    alpha, beta = made.hosts.values()
    with deaf(beta, 7010):
        runs = [made.start("--host", host.name, at=host) for host in (alpha, beta)]
        until(
            lambda: ended(alpha, "alpha") == word,
            lambda: f"the end of alpha, whose counter is {ended(alpha, 'alpha')}",
        )
        assert ended(beta, "alpha") == 0
    for run in runs:
        done = made.finish(run)
        assert done.status == status, done
    assert ended(alpha, "beta") == ended(beta, "alpha") == word


def ended(host, name):
    """The counter of NAME.ended, as `host` knows it."""
    return host.arena.value(f"{name}.ended")


# ---- other launchers: all hosts have one address, and each has its own port


@pytest.fixture
def by_mpi(cluster):
    mpiexec = shutil.which("mpiexec") or shutil.which("mpirun")
    if mpiexec is None:
        pytest.skip("runs by mpiexec are NOT TESTED: there is no mpiexec (Debian: mpich)")

    def run(first, second, n=2):
        made = pair(cluster, first, second)
        for number, part in enumerate(made.parts.values()):
            part["listen"] = f"{made.desk.address}:{7010 + number}"
        made.write()
        words = [mpiexec, "-n", str(n), LINA, "run", "--hosts", made.file]
        process = made.desk.run(*words, cwd=made.folder, stdout=-1, stderr=-1, text=True)
        made.runs.append(process)
        return made.finish(process)

    return run


def test_scripts_of_two_hosts_meet_under_mpiexec(by_mpi):
    done = by_mpi(("p.py", PRODUCER), ("c.lua", LUA))
    assert done.status == 0, done
    assert "p.py   | published\n" in done.out and "c.lua  | got 5" in done.out, done


def test_the_first_failure_under_mpiexec_ends_all(by_mpi):
    done = by_mpi(("a.py", "raise SystemExit(7)\n"), ("b.py", WAITER))
    assert done.status != 0, done
    assert "lina: a.py failed with exit status 7\n" in done.err, done


def test_a_wrong_number_of_processes_is_refused(by_mpi):
    done = by_mpi(("a.py", WAITER), ("b.py", WAITER), n=3)
    assert done.status != 0, done
    assert "the launcher starts 3 processes" in done.err and "the file has 2 hosts" in done.err, done


def rank_in(environment, tmp_path):
    """Shows the plan (--dry-run) that a process with this environment makes."""
    (tmp_path / "x.py").write_text("")
    (tmp_path / "hosts.toml").write_text(
        'arena = "shm:nobody-has-this"\nkey-file = "key"\n'
        '[hosts.zeta]\nlisten = "127.0.0.1:7010"\nscripts = ["x.py"]\n'
        '[hosts.alpha]\nlisten = "127.0.0.1:7011"\nscripts = ["x.py"]\n'
    )
    words = [LINA, "run", "--hosts", tmp_path / "hosts.toml", "--dry-run"]
    names = ("OMPI_", "PMI", "SLURM_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(names)}
    return subprocess.run(
        words, env={**clean, **environment}, capture_output=True, text=True, timeout=TIMEOUT
    )


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"}, "zeta"),
        ({"PMI_RANK": "1", "PMI_SIZE": "2"}, "alpha"),
        ({"PMIX_RANK": "1"}, "alpha"),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_STEP_ID": "0"}, "zeta"),
    ],
)
def test_rank_i_is_the_i_th_host_of_the_file(tmp_path, environment, host):
    done = rank_in(environment, tmp_path)
    assert done.returncode == 0, done
    assert f"--host {host}" in done.stdout, done


def test_a_batch_script_of_slurm_starts_all_hosts_by_ssh(tmp_path):
    done = rank_in({"SLURM_PROCID": "0", "SLURM_NTASKS": "2"}, tmp_path)
    assert done.returncode == 0, done
    assert "ssh -o BatchMode=yes" in done.stdout and "--host 'alpha'" in done.stdout, done
