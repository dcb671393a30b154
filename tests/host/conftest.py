import os

import pytest
from on_terminal import Terminal
from relief import Relief


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
