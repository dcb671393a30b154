"""Runs examples/relief for tests."""

import os
import subprocess

from running import BUILD, ROOT, TIMEOUT, environment, needs_command, needs_java, needs_node

needs_relief = [needs_command, needs_node, needs_java]


class Relief:
    """A run in five languages: its output, its picture and its page. The arena stays in the folder."""

    def __init__(self, folder, *options):
        self.folder = folder
        arena = folder / "arena"
        files = {"PNG": folder / "relief.png", "HTML": folder / "relief.html"}
        done = subprocess.run(
            [ROOT / "examples/relief/run", os.path.relpath(BUILD, ROOT), "--file", arena, *options],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            env={**environment(), **{f"LINA_RELIEF_{kind}": str(path) for kind, path in files.items()}},
        )
        assert done.returncode == 0, done
        self.text = done.stdout
        self.picture = files["PNG"].read_bytes()
        self.page = files["HTML"].read_text()
