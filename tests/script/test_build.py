"""`meson setup` chooses to build what a user needs, each source once, and nothing for developers."""

import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
CORE = {f"core/{path.name}" for path in (ROOT / "core").glob("*.c")}


class Configured:
    """A build folder that is configured and not compiled."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.run("meson", "setup", folder, ROOT, *options)

    def run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def steps(self):
        told = self.run("ninja", "-C", self.folder, "-n")
        return [line for line in told.splitlines() if line.startswith("[")]

    def sources(self):
        """The sources that these steps compile, relative to the checkout, each as often as it is compiled."""
        outputs = " ".join(self.steps())
        commands = json.loads((self.folder / "compile_commands.json").read_text())
        paths = [(self.folder / c["file"]).resolve() for c in commands if c["output"] in outputs]
        return [str(path.relative_to(ROOT)) for path in paths if path.is_relative_to(ROOT)]


@pytest.fixture(scope="module")
def by_default(tmp_path_factory):
    return Configured(tmp_path_factory.mktemp("default") / "build")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return Configured(tmp_path_factory.mktemp("library") / "build", "--auto-features=disabled")


def test_the_library_alone_takes_a_step_for_each_of_its_sources_and_four_more(library):
    # The library is linked and its symbols are listed; a smoke test is compiled and linked.
    assert set(library.sources()) == CORE | {"examples/c_smoke.c"}
    assert len(library.steps()) == len(CORE) + 4


def test_the_library_and_the_tool_take_a_step_for_each_source_and_few_more(tmp_path):
    product = Configured(tmp_path / "build", "--auto-features=disabled", "-Dhost=enabled")
    assert {source.split("/")[0] for source in product.sources()} == {"core", "examples", "host"}
    assert len(product.steps()) - len(product.sources()) < 25


def test_a_shared_and_a_static_library_are_made_of_the_same_objects(tmp_path):
    both = Configured(tmp_path / "build", "--auto-features=disabled", "-Ddefault_library=both")
    assert sorted(source for source in both.sources() if source in CORE) == sorted(CORE)
    assert any("liblina_core.a" in step for step in both.steps())


def test_by_default_the_core_is_compiled_once_and_no_test_or_benchmark_is(by_default):
    sources = by_default.sources()
    assert sorted(source for source in sources if source in CORE) == sorted(CORE)
    assert not [source for source in sources if {"tests", "bench", "fuzz"} & set(pathlib.Path(source).parts)]


def test_by_default_the_only_examples_are_the_smoke_test_and_the_host_demo(by_default):
    examples = {source for source in by_default.sources() if source.startswith("examples/")}
    demo = {f"examples/{name}.c" for name in ("embed", "embed_julia", "embed_python", "host_demo")}
    assert examples - demo == {"examples/c_smoke.c"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        *(
            ([f"-D{option}=/absent"], f"-D{option}=/absent: there is no such folder")
            for option in ("julia_include_dir", "julia_lib_dir", "node_headers", "libnode_prefix")
        ),
        (["-Dpython_program=/absent"], "-Dpython_program=/absent: there is no such file"),
        (["-Dpython=enabled", "-Dpython_program=absent"], "absent not found"),
        (["-Djulia=enabled", "-Djulia_program=absent"], "-Djulia=enabled: there is no absent"),
        (["-Djulia=enabled", "-Djulia_include_dir=.", "-Djulia_lib_dir=."], "needs julia.h and libjulia"),
        (["-Dlibnode=enabled", "-Dlibnode_prefix=."], "needs the library libnode"),
    ],
)
def test_an_option_that_names_a_missing_thing_is_an_error_that_names_it(tmp_path, options, told):
    quick = ["-Dlua=disabled", "-Djava=disabled"]
    options = [option.replace("=.", f"={tmp_path}") for option in options]
    setup = ["meson", "setup", tmp_path / "build", ROOT, *quick, *options]
    done = subprocess.run(setup, capture_output=True, text=True, timeout=280)
    assert done.returncode != 0
    assert told in done.stdout
