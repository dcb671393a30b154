"""Runs the examples of docs/more-than-one-machine.md. Only addresses and names of arenas are replaced."""

import pathlib
import re
import shutil
import subprocess
import tomllib

import numpy as np
import pytest
from network import LINA, TIMEOUT

DOCUMENT = (pathlib.Path(__file__).parents[2] / "docs" / "more-than-one-machine.md").read_text()
RSH = """#!/bin/sh
while case $1 in -*) ;; *) false ;; esac do shift; done
case $1 in {alpha.address}) namespace={alpha.namespace} ;; *) namespace={beta.namespace} ;; esac
shift
exec ip netns exec "$namespace" sh -c "$*"
"""
PRODUCER = """
import lina
lina.stream("frames", depth=4)
with lina.loan("field", "f64", (2, 3)) as x:
    x[:] = 5
lina.signal("ready")
"""
CONSUMER = """
local lina = require "lina"
lina.wait("ready")
print("got " .. lina.array("field"):get(2, 3))
"""


def block(containing):
    """The one block of code in the document that contains this text."""
    (found,) = [code for code in re.findall(r"```\w+\n(.*?)```", DOCUMENT, re.S) if containing in code]
    return found


def bridge_toml(host, alpha):
    """This host's bridge.toml from the document, in which alpha has the address 10.0.0.1."""
    text = block(f'host = "{host.name}"').replace("10.0.0.1", alpha.address)
    return text.replace("shm:weather", host.where).replace("bridge.key", "key")


def hosts_of_the_document():
    text = tomllib.loads(block("[hosts.alpha]"))
    return {name: {key: part[key] for key in part if key != "listen"} for name, part in text["hosts"].items()}


def test_two_bridges_with_the_files_of_the_document_connect(pair):
    alpha, beta = pair
    for host in pair:
        host.file.write_text(bridge_toml(host, alpha))
        host.start()
    alpha.arena.stream("frames", 4)
    alpha.put("field", 3.0)
    alpha.arena.signal("ready")
    beta.arena.wait("ready", timeout=TIMEOUT)
    assert (np.asarray(beta.arena.array("field")) == 3.0).all()
    shown = beta.run(LINA, "bridge", "--status", beta.file, stdout=subprocess.PIPE, text=True)
    out, _ = shown.communicate(timeout=TIMEOUT)
    assert re.search(r"field.*alpha", out), out


def test_a_bridge_takes_the_documents_table_of_announced_arrays(pair):
    alpha, beta = pair
    table = block("[announces]")
    alpha.start(f'export = ["field", "frames"]\nexport-signals = ["ready", "tick"]\n{table}')
    beta.start(f'[[import]]\nfrom = "alpha"\naddress = "{alpha.port}"\nsignals = ["tick"]\n')
    alpha.says("beta is connected")
    alpha.arena.signal("tick")
    beta.arena.wait("tick", timeout=TIMEOUT)


def test_the_hosts_of_the_file_run_by_ssh(by_ssh):
    made = by_ssh(**hosts_of_the_document())
    made.script("producer.py", PRODUCER)
    made.script("consumer.lua", CONSUMER)
    done = made.run()
    assert done.status == 0, done
    assert "got 5" in done.out, done


def test_the_hosts_of_the_file_run_by_mpirun(cluster, tmp_path):
    if shutil.which("mpirun") is None:
        pytest.skip("runs by mpirun are NOT TESTED: there is no mpirun (Debian: mpich)")
    made = cluster(**hosts_of_the_document())
    made.script("producer.py", PRODUCER)
    made.script("consumer.lua", CONSUMER)
    made.write()
    alpha, beta = made.hosts.values()
    rsh = tmp_path / "rsh"
    rsh.write_text(RSH.format(alpha=alpha, beta=beta))
    rsh.chmod(0o755)
    (line,) = [line for line in block("mpirun").splitlines() if line.startswith("mpirun")]
    words = line.partition("#")[0].replace("alpha,beta", f"{alpha.address},{beta.address}").split()
    words[1:1] = ["-launcher", "ssh", "-launcher-exec", rsh]
    words[words.index("lina")] = LINA
    run = alpha.run(*words, cwd=tmp_path, stdout=-1, stderr=-1, text=True)
    made.runs.append(run)
    done = made.finish(run)
    assert done.status == 0, done
    assert "got 5" in done.out, done
