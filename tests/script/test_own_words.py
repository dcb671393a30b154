"""Each binding replaces the names of C in the core's messages by its own words."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BINDINGS = {
    "Java": "java/src/main/java/dev/lina/Failures.java",
    "Julia": "julia/src/errors.jl",
    "Lua": "lua/src/errors.c",
    "Node": "node/lib/errors.js",
    "Python": "python/src/errors.c",
}
# Names in errors that only a C program can cause. lina_open is named as a cause, and has no name elsewhere.
OF_C_ALONE = {"lina_open", "lina_retain", "lina_view_move", "lina_wait_t"}
# The binding says by itself that there is no default arena.
ABOUT_NO_ARENA = {"lina_alloc_shared_memory", "lina_register_shared_memory", "lina_arena_set_default"}


def names_in_messages():
    """Every C name in the texts of the core's errors."""
    names = set()
    for path in (ROOT / "core").glob("*.c"):
        for call in re.findall(r"\blina_fail(?:_errno)?\(.*?;\n", path.read_text(), re.DOTALL):
            for text in re.findall(r'"(?:[^"\\\n]|\\.)*"', call):
                names.update(re.findall(r"\blina_[a-z_]+\b|\bLINA_[A-Z_]+\b", text))
    return names


def test_c_names_in_messages_are_found():
    assert {"LINA_ARENA_JOIN", "LINA_ARENA_REPLACE", "lina_arena_unlink"} < names_in_messages()


@pytest.mark.parametrize("language", BINDINGS)
def test_each_binding_has_its_own_words_for_them(language):
    words = (ROOT / "bindings" / BINDINGS[language]).read_text()
    of_others = names_in_messages() - OF_C_ALONE - ABOUT_NO_ARENA
    assert not {name for name in of_others if name not in words}
