"""What liblina_host does for a program in C: files for the output, and its end."""

import subprocess

import pytest
from running import TIMEOUT, compile_host, environment, needs_command

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
