"""A C++ file includes the headers whose names it uses.

Headers include others, but which ones depends on the compiler.
"""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = [ROOT / folder for folder in ("include", "bindings/cpp", "host", "host/cli", "bench")]

# Headers that take seconds to compile, and the files of host/cli that need them.
HEAVY = {
    "CLI/CLI.hpp": "options",
    "nlohmann/json.hpp": "bridge_status doctor log stage_plan",
    "toml++/toml.h": "bridge_file config hosts launch main toml_file",
}

# The standard headers that are most often missing, because other headers include them.
NAMED = {
    "algorithm": r"std::(any_of|all_of|copy|count|fill|find|find_if|max|min|none_of|sort)\(",
    "chrono": r"std::chrono\b",
    "cstdint": r"std::u?int(8|16|32|64|ptr|max)_t\b",
    "cstdlib": r"std::(getenv|exit|abort|strtol|strtoul|malloc|free)\b",
    "cstring": r"std::(strlen|strcmp|strerror|memcpy|memset|memcmp)\b",
    "exception": r"std::exception\b",
    "functional": r"std::function\b",
    "map": r"std::map\b",
    "memory": r"std::(unique_ptr|shared_ptr|make_unique|make_shared)\b",
    "optional": r"std::(optional|nullopt)\b",
    "stdexcept": r"std::(runtime_error|invalid_argument|out_of_range|logic_error)\b",
    "string": r"std::(string|to_string|stoi|stoul|getline)\b",
    "utility": r"std::(move|pair|exchange|swap|forward)\b",
    "vector": r"std::vector\b",
}


def sources():
    listed = subprocess.run(
        ["git", "ls-files", "*.cpp", "*.hpp"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return listed.stdout.split()


def included(path, seen):
    """The headers in angle brackets that a file includes, itself or by Lina's headers."""
    text = path.read_text()
    found = set(re.findall(r"#include <([\w+/.]+)>", text))
    for name in re.findall(r"#include [\"<]([\w/.]+\.h(?:pp)?)[\">]", text):
        for header in (folder / name for folder in [path.parent, *FOLDERS]):
            if header.exists() and header not in seen:
                seen.add(header)
                found |= included(header, seen)
    return found


@pytest.mark.parametrize("source", sources())
def test_a_file_includes_the_headers_that_it_names(source):
    path = ROOT / source
    code = re.sub(r"//.*", "", path.read_text())
    names = {header for header, pattern in NAMED.items() if re.search(pattern, code)}
    assert not names - included(path, set())


@pytest.mark.parametrize("header", HEAVY)
def test_few_files_compile_a_header_that_takes_seconds(header):
    files = (ROOT / "host/cli").glob("*.cpp")
    assert {file.stem for file in files if header in included(file, set())} == set(HEAVY[header].split())
