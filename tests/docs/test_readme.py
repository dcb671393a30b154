"""The code snippets of README.md, its build commands, and the snippet of the C++ binding's README work."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LINA_BUILD", ROOT / "build")).resolve()
JULIA = os.environ.get("LINA_JULIA") or shutil.which("julia")
README = (ROOT / "README.md").read_text()


def snippets(language, text=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def run(command, **options):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=700, **options
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def environment(**more):
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PYTHONPATH": str(BUILD), "PATH": path, **more}


def compile_program(compiler, source):
    program = source.with_suffix("")
    library = [f"-L{BUILD}", "-llina_core", "-pthread", f"-Wl,-rpath,{BUILD}"]
    flags = ["-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}"]
    run([*compiler, *flags, str(source), "-o", str(program), *library])
    return str(program)


def compile_and_run(compiler, source):
    run([compile_program(compiler, source)])


def test_the_python_snippets_run_in_order():
    code = "\n".join(snippets("python"))
    assert "'generation': 1" in run([sys.executable, "-c", code], env=environment())


def test_the_first_example_runs_twice_in_one_interpreter_and_twice_in_a_row():
    first = snippets("python")[0]
    for _ in range(2):
        assert run([sys.executable, "-c", first + first], env=environment()).count("'shape': (16,)") == 2
    both = "\n".join(snippets("python"))
    run([sys.executable, "-c", both + both], env=environment())


@pytest.mark.skipif(JULIA is None, reason="no Julia on this machine")
def test_the_julia_snippet_answers_a_python_process(tmp_path):
    (snippet,) = snippets("julia")
    name = f"shm:readme-{os.getpid()}"
    script = tmp_path / "snippet.jl"
    script.write_text(snippet.replace("shm:weather", name))
    host = textwrap.dedent(
        f"""
        import subprocess, sys, lina
        with lina.Arena.create({name!r}, 1 << 20) as arena:
            arena.create_array("input", "f64", (2, 3), order="F")
            arena.array("input")[0, 0] = 21.0
            arena.signal("data_ready")
            code = subprocess.call(sys.argv[1:])
            doubled = arena.array("input")[0, 0], arena.try_wait("math_done")
        lina.unlink({name!r})
        print(doubled)
        sys.exit(code)
        """
    )
    julia = [JULIA, "--startup-file=no", str(script)]
    paths = {
        "JULIA_LOAD_PATH": f"{ROOT / 'bindings/julia/src'}:@stdlib",
        "LINA_CORE": str(BUILD / "liblina_core.so"),
    }
    assert "(42.0, True)" in run([sys.executable, "-c", host, *julia], env=environment(**paths))


def test_the_c_snippet_compiles_and_runs(tmp_path):
    (snippet,) = snippets("c")
    source = tmp_path / "snippet.c"
    source.write_text(
        "#include <lina.h>\n"
        "int main(void) {\n"
        "uint64_t shape[] = {16};\n"
        "lina_init();\n"
        "lina_alloc_shared_memory(1 << 20);\n"
        'lina_create_array("input", LINA_DTYPE_F64, 1, shape, LINA_LAYOUT_C, NULL);\n'
        f"{snippet}"
        'if (lina_acquire(NULL, "input", &view) != LINA_OK) return 1;\n'
        "return ((double *)view.data)[0] == 1.0 ? 0 : 1;\n"
        "}\n"
    )
    compile_and_run(["cc"], source)


def test_the_cpp_snippet_compiles_and_runs(tmp_path):
    (snippet,) = snippets("cpp", (ROOT / "bindings/cpp/README.md").read_text())
    include, _, body = snippet.partition("\n\n")
    source = tmp_path / "snippet.cpp"
    source.write_text(
        f"{include}\nint main() {{\n{body}\nreturn answered || x(1, 2) != 42 || y(0, 0) != 1;\n}}\n"
    )
    compile_and_run(["c++", "-std=c++17", f"-I{ROOT / 'bindings/cpp'}"], source)


def test_the_quick_start_works_in_a_fresh_clone(tmp_path):
    (commands,) = [s for s in snippets("sh") if "-Djulia=disabled" in s]
    run(["git", "clone", "-q", str(ROOT), str(tmp_path / "lina")])
    env = environment(CFLAGS="-O0", CXXFLAGS="-O0")  # compiles in less time
    del env["PYTHONPATH"]
    output = run(["sh", "-exc", commands], cwd=tmp_path / "lina", env=env)
    assert '"input"' in output and "'input'" in output
