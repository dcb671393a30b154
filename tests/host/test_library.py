"""What liblina_host does for a program in C: files for the output, wrong arguments, and its end."""

import shutil
import subprocess

import pytest
from running import TIMEOUT, compile_host, environment, lina, needs_command

pytestmark = needs_command

WRITES = {
    "a.py": "import sys\nprint('out', flush=True)\nprint('err', file=sys.stderr)\n",
    "b.jl": 'println("out"); flush(stdout); println(stderr, "err")\n',
    "c.lua": "print('out')\nio.stderr:write('err\\n')\n",
    "d.mjs": "console.log('out'); console.error('err')\n",
    "E.java": "class E { public static void main(String[] a) {\n"
    '  System.out.println("out"); System.err.println("err"); } }\n',
}

# Runs a script twice with its output and errors in a file that does not append, and ends twice.
FILE = """
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "lina_host.h"
int main(int argc, char **argv) {
    int file = open(argv[1], O_RDWR | O_CREAT, 0600);
    lina_script_options_t options = {.output = file, .errors = file};
    dprintf(file, "a long first line of the host\\n");
    for (int i = 0; argc == 3 && i < 2; i++) {
        lina_script_t *script;
        int status = 2;
        if (lina_script_start(argv[2], &options, &script) != LINA_OK)
            return puts(lina_host_error());
        lina_script_join(script, LINA_FOREVER, &status);
        lina_script_free(script);
        dprintf(file, "status %d\\n", status);
    }
    return lina_host_end() != LINA_OK || lina_host_end() != LINA_OK;
}
"""


@pytest.mark.parametrize("name", WRITES)
def test_scripts_write_after_what_the_host_wrote_and_the_host_ends_twice(script, tmp_path, name):
    host, seen = tmp_path / "host", tmp_path / "seen"
    compile_host(script("host.c", FILE), host)
    path = script(name, WRITES[name])
    done = subprocess.run(
        [host, seen, path], capture_output=True, text=True, timeout=TIMEOUT, env=environment()
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert seen.read_text() == "a long first line of the host\n" + 2 * "out\nerr\nstatus 0\n"


WRONG = """
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "lina_host.h"
static int refuses(const char *what, int code) {
    if (code == LINA_ERR_INVALID && lina_host_error()[0] != '\\0')
        return 0;
    printf("%s: %d, \\"%s\\"\\n", what, code, lina_host_error());
    return 1;
}
int main(int argc, char **argv) {
    lina_runtime_info_t info, other = {.language = "julia"};
    lina_script_t *script;
    lina_script_options_t far = {.output = 999}, negative = {.errors = -1}, of_julia = {.info = &other},
                          read_only = {.output = open("/dev/null", O_RDONLY)};
    const char *path = argv[argc - 1];
    int wrong = lina_host_language(NULL) != NULL;
    lina_host_set_environment(NULL);
    wrong += refuses("no language", lina_host_find(NULL, NULL, &info));
    wrong += refuses("no place", lina_host_find("lua", NULL, NULL));
    wrong += refuses("nothing", lina_host_prepare(NULL));
    wrong += refuses("no path", lina_script_start(NULL, NULL, &script));
    wrong += refuses("no script", lina_script_start(path, NULL, NULL));
    wrong += refuses("no descriptor", lina_script_start(path, &far, &script));
    wrong += refuses("below zero", lina_script_start(path, &negative, &script));
    wrong += refuses("for reading", lina_script_start(path, &read_only, &script));
    wrong += refuses("another language", lina_script_start(path, &of_julia, &script));
    wrong += refuses("no script to join", lina_script_join(NULL, 0, NULL));
    lina_script_stop(NULL);
    return wrong + lina_script_free(NULL);
}
"""


def test_wrong_arguments_are_refused_with_a_sentence(script, tmp_path):
    host = tmp_path / "host"
    compile_host(script("host.c", WRONG), host)
    path = script("a.lua", "")
    done = subprocess.run([host, path], capture_output=True, text=True, timeout=TIMEOUT, env=environment())
    assert (done.returncode, done.stdout) == (0, ""), done


@pytest.mark.parametrize("lua", ["lua5.1", "lua5.4", "luajit"])
def test_a_lua_script_finds_its_path_in_arg(script, lua):
    if shutil.which(lua) is None:
        pytest.skip(f"there is no {lua}")
    path = script("a.lua", "print(arg[0], #arg)\n")
    done = lina("run", "--embed", path, env={**environment(), "LINA_LUA": shutil.which(lua)})
    assert (done.status, done.out) == (0, f"{path}\t0\n"), done
