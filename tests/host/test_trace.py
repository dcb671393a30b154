"""`lina run --trace`: reads the traces by Perfetto's own definitions of their format."""

import re
from types import SimpleNamespace

import pytest
from running import BOTH, BUILD, ROOT, environment, lina, needs_command, needs_java, needs_node

trace_format = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2")
pytestmark = [
    needs_command,
    pytest.mark.skipif(
        not (BUILD / "host/trace/liblina_core.so.1").exists(), reason="the traced library was not built"
    ),
]

BEGIN, END, INSTANT = 1, 2, 3


class Trace:
    """The slices of a trace with their tracks ("a.py/thread 7"), and its arrows."""

    def __init__(self, path):
        trace = trace_format.Trace()
        trace.ParseFromString(path.read_bytes())
        self.tracks, self.slices, self.arrows = {}, [], []
        self.open, self.begun = {}, {}
        for packet in trace.packet:
            if packet.HasField("track_descriptor"):
                self.add_track(packet.track_descriptor)
            else:
                self.add_event(packet.timestamp, packet.track_event)
        assert not self.open and not self.begun

    def add_track(self, track):
        parent = self.tracks[track.parent_uuid] + "/" if track.parent_uuid else ""
        self.tracks[track.uuid] = parent + track.name

    def add_event(self, time, event):
        track = self.tracks[event.track_uuid]
        if event.type == BEGIN:
            assert event.track_uuid not in self.open, "slices of one track overlap"
            one = SimpleNamespace(track=track, name=event.name, begin=time, end=None)
            self.open[event.track_uuid] = one
            self.slices.append(one)
            self.begun.update(dict.fromkeys(event.flow_ids, one))
        elif event.type == END:
            self.open.pop(event.track_uuid).end = time
        else:
            assert event.type == INSTANT
            for arrow in event.terminating_flow_ids:
                self.arrows.append((self.begun.pop(arrow), track, time))

    def named(self, track, name):
        return [one for one in self.slices if one.track.startswith(track) and one.name == name]

    def arrows_of(self, source, name, target):
        return [
            (one, time)
            for one, track, time in self.arrows
            if one.track.startswith(source) and one.name == name and track.startswith(target)
        ]


@pytest.fixture
def trace(tmp_path):
    def run(*words, **options):
        done = lina("run", "--trace", tmp_path / "out.pftrace", *words, **options)
        return done, Trace(tmp_path / "out.pftrace")

    return run


ROUNDS = 20
PING = f"""
import lina
for i in range(1, {ROUNDS} + 1):
    lina.signal('ping')
    lina.wait_value('pong', i)
"""
PONG = f"""
local lina = require 'lina'
for i = 1, {ROUNDS} do
    lina.wait_value('ping', i)
    lina.signal('pong')
end
"""


@BOTH
def test_a_trace_has_all_signals_and_an_arrow_from_each_to_the_wait_that_it_ended(script, trace, how):
    done, seen = trace(how, script("a.py", PING), script("b.lua", PONG))
    assert done.status == 0, done
    for name, raised, waited, other in (
        ("a.py", "ping", "pong", "b.lua"),
        ("b.lua", "pong", "ping", "a.py"),
    ):
        assert len(seen.named(name, name)) == 1
        assert len(seen.named(name + "/", "signal " + raised)) == ROUNDS
        assert seen.named(name + "/", "wait " + waited), seen.slices
        arrows = seen.arrows_of(other, "signal " + waited, name)
        assert arrows and all(one.begin <= time for one, time in arrows), seen.arrows
        told = (
            rf"{name} worked \d+\.\d{{3}} s and waited \d+\.\d{{3}} s \(\d+ waits?, {ROUNDS} signals, 0 pub"
        )
        assert re.search(told, done.err), done


def test_threads_of_an_embedded_script_are_shown_as_its_own(script, trace):
    text = (
        "import lina, threading\none = threading.Thread(target=lina.signal, args=('threaded',))\n"
        "one.start()\none.join()\nlina.signal('own')\n"
    )
    done, seen = trace("--embed", script("a.py", text), script("b.lua", ""))
    assert done.status == 0, done
    (threaded,), (own,) = seen.named("a.py/", "signal threaded"), seen.named("a.py/", "signal own")
    assert threaded.track != own.track


def test_a_generation_has_an_arrow_to_the_reader_that_takes_it(script, trace):
    producer = (
        "import lina\nlina.stream('frames', depth=2)\nlina.signal('opened')\nlina.wait('reads')\n"
        "with lina.produce('frames'):\n    for i in range(3):\n"
        "        with lina.loan('frames', 'u8', 4) as frame:\n            frame[:] = bytes([i] * 4)\n"
    )
    reader = (
        "import lina\nlina.wait('opened')\nframes = lina.follow('frames')\nlina.signal('reads')\n"
        "print(sum(1 for frame in frames))\n"
    )
    done, seen = trace("--isolate", script("a.py", producer), script("b.py", reader))
    assert done.status == 0 and done.out == "b.py | 3\n", done
    assert len(seen.named("a.py/", "publish frames")) == 3
    arrows = seen.arrows_of("a.py/", "publish frames", "b.py/")
    assert len(arrows) == len({one.begin for one, _ in arrows}) >= 1, seen.arrows


@needs_node
@needs_java
def test_waits_of_an_event_loop_overlap_and_each_has_a_lane(script, trace):
    node = (
        "import lina from 'lina';\nconst both = Promise.all([lina.wait('one'), lina.wait('two')]);\n"
        "lina.signal('asked');\nawait both;\n"
    )
    java = (
        "import dev.lina.Lina;\nclass E { public static void main(String[] a) throws Exception {\n"
        'Lina.await("asked"); Lina.signal("one"); Lina.signal("two"); } }\n'
    )
    done, seen = trace(script("d.mjs", node), script("E.java", java))
    assert done.status == 0, done
    for name in "one", "two":
        (wait,) = seen.named("d.mjs/event loop", "wait " + name)
        ((raised, time),) = seen.arrows_of("E.java/", "signal " + name, "d.mjs/event loop")
        assert wait.begin <= raised.begin and time == wait.end


def test_a_trace_has_what_a_script_did_before_it_was_killed(script, trace):
    text = "import lina, os\nlina.signal('last')\nos.kill(os.getpid(), 9)\n"
    done, seen = trace("--isolate", script("a.py", text))
    assert done.status == 137 and len(seen.named("a.py/", "signal last")) == 1, done


def test_a_script_that_is_started_again_has_a_slice_for_each_life(script, trace):
    text = (
        "import lina\nn = lina.create_array('n', 'i64', 1, exist_ok=True)\nn[0] += 1\n"
        "if n[0] < 3: raise SystemExit(7)\n"
    )
    done, seen = trace("--restart", "a.py=on-failure:3/1h", script("a.py", text))
    assert done.status == 0 and len(seen.named("a.py", "a.py")) == 3, done


def test_a_trace_that_cannot_be_written_is_refused_before_anything_runs(script, tmp_path):
    done = lina("run", "--trace", tmp_path / "absent/out.pftrace", script("a.lua", "print('ran')\n"))
    assert (
        done.status == 2 and done.out == "" and "out.pftrace cannot be written: No such file" in done.err
    ), done


def test_a_preloaded_library_of_the_user_stays(script, trace):
    text = "import os\nprint(os.environ['LD_PRELOAD'].split(':')[1:])\n"
    done, _ = trace("--isolate", script("a.py", text), env={**environment(), "LD_PRELOAD": "libm.so.6"})
    assert done.out == "['libm.so.6']\n", done


def test_every_function_that_waits_raises_or_publishes_is_traced():
    exported = set(re.findall(r"^ +(lina_\w+);", (ROOT / "core/lina_core.map").read_text(), re.MULTILINE))
    traced = set(re.findall(r"F\((\w+)\)", (ROOT / "host/trace/tracer.h").read_text()))
    other = {  # these neither wait nor raise nor publish
        *(
            "lina_try_wait",
            "lina_arena_try_wait",
            "lina_signal_is_set",
            "lina_signal_read",
            "lina_signal_clear",
        ),
        *("lina_signal_list", "lina_signal_value", "lina_arena_signal_value"),
        *("lina_signal_remove", "lina_arena_signal_remove"),
    }
    assert traced <= exported
    assert {
        name
        for name in exported - other
        if re.search(r"wait|_signal|publish|notify|create_array|reader_next", name)
    } == traced
