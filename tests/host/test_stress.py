"""Five languages under garbage collection, exceptions and overflows, most of them in one process."""

import os
import re
import subprocess

from running import BUILD, ROOT, TIMEOUT, environment, needs_command, needs_java, needs_node

pytestmark = [needs_command, needs_node, needs_java]


def test_five_languages_stand_garbage_exceptions_and_overflows_together():
    done = subprocess.run(
        [ROOT / "tests/host/stress/run", os.path.relpath(BUILD, ROOT)],
        capture_output=True,
        text=True,
        timeout=2 * TIMEOUT,
        env={**environment(), "LINA_STRESS_ROUNDS": "5"},
    )
    assert done.returncode == 0, done
    rounds = dict(re.findall(r"(python|julia|lua|node|java) (\d+)", done.stdout))
    assert len(rounds) == 5 and min(map(int, rounds.values())) >= 5, done
