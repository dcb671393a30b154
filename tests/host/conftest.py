import os
import pathlib
import uuid

import pytest
from on_terminal import Terminal
from relief import Relief
from running import environment, gone


@pytest.fixture
def script(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture(scope="session")
def embedded_relief(tmp_path_factory):
    return Relief(tmp_path_factory.mktemp("relief"))


@pytest.fixture
def terminal():
    made = []

    def make(*words, **options):
        made.append(Terminal(*words, **options))
        return made[-1]

    yield make
    for one in made:
        one.command.kill()
        one.command.wait()
        os.close(one.master)


@pytest.fixture
def traced():
    """An environment with a unique variable, and a function that finds the live processes that have it."""
    mark = f"LINA_TEST_MARK={uuid.uuid4()}"

    def alive():
        found = []
        for place in pathlib.Path("/proc").iterdir():
            try:
                if place.name.isdigit() and mark.encode() in (place / "environ").read_bytes():
                    found.append(int(place.name))
            except OSError:
                continue  # it has ended, or is another user's
        return [pid for pid in found if not gone(pid)]

    name, value = mark.split("=")
    return {**environment(), name: value}, alive
