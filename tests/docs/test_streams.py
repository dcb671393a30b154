"""The programs of docs/streams.md run together: a camera, and a reader in each language."""

import os
import subprocess
import sys
import time

import pytest
from test_readme import BUILD, JULIA, ROOT, compile_program, environment, snippets

sys.path.insert(0, str(BUILD))
import lina

PAGE = (ROOT / "docs" / "streams.md").read_text()
EXPECTED = sum(range(1, 101))


def snippet(language, where):
    (text,) = snippets(language, PAGE)
    return text.replace("shm:pond", where)


def start(command, **more):
    paths = {
        "JULIA_LOAD_PATH": f"{ROOT / 'bindings/julia/src'}:@stdlib",
        "LINA_CORE": str(BUILD / "liblina_core.so.1"),
    }
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(**paths, **more)
    )


def output(process):
    text = process.communicate(timeout=600)[0]
    assert process.returncode == 0, text
    return text


def ended(processes):
    """The output of the processes that have ended. Ends the others."""
    told = [process.stdout.read() for process in processes if process.poll() is not None]
    for process in processes:
        process.kill()
        process.wait()
    return told


@pytest.fixture
def where():
    name = f"shm:streams-page-{os.getpid()}"
    yield name
    lina.unlink(name)


def compile_camera(tmp_path, where):
    source = tmp_path / "camera.cpp"
    source.write_text(snippet("cpp", where))
    return compile_program(["c++", "-std=c++17", f"-I{ROOT / 'bindings/cpp'}"], source)


def test_the_camera_is_followed_in_python_and_julia_at_once(tmp_path, where):
    camera = compile_camera(tmp_path, where)
    with lina.Arena.create(where, 1 << 24) as arena:
        arena.stream("frames", depth=8)
        readers = [start([sys.executable, "-c", snippet("python", where)])]
        if JULIA is not None:
            readers.append(start([JULIA, "--startup-file=no", "-e", snippet("julia", where)]))
        while arena.stream_info("frames")["readers"] < len(readers):
            assert all(reader.poll() is None for reader in readers), ended(readers)
            time.sleep(0.01)
        output(start([camera]))
        for reader in readers:
            assert float(output(reader)) == EXPECTED


def test_the_lossy_reader_in_c_takes_or_counts_every_frame(tmp_path, where):
    camera = compile_camera(tmp_path, where)
    source = tmp_path / "reader.c"
    source.write_text(
        "#include <lina.h>\n#include <stdio.h>\n"
        "int main(void) {\ndouble total = 0;\nuint64_t missed;\nlina_init();\n"
        + snippet("c", where)
        + 'printf("%g %d", total, (int)missed);\nreturn 0;\n}\n'
    )
    reader = compile_program(["cc"], source)
    with lina.Arena.create(where, 1 << 24):
        output(start([camera]))  # the last eight frames are kept
        assert output(start([reader], LINA_ARENA=where)) == f"{sum(range(93, 101))} 92"
