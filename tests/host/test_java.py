"""`lina run` with an embedded JVM: how Java scripts end, and how they are stopped."""

import pathlib
import shutil
import signal
import subprocess

import pytest
from running import (
    BOTH,
    BUILD,
    LINA,
    ROOT,
    TIMEOUT,
    compile_host,
    environment,
    finish,
    lina,
    needs_command,
    needs_java,
    start,
    stop_when_up,
    until,
)

pytestmark = [needs_command, needs_java]


def jdks():
    """The versions and folders of the JDKs for which the build has made an archive of classes."""
    told = subprocess.run([ROOT / "bindings/java/script/jdks"], capture_output=True, text=True, check=True)
    pairs = [line.split(" ", 1) for line in told.stdout.splitlines()]
    return {version: home for version, home in pairs if archive_of(version).exists()}


def archive_of(version):
    return BUILD / "host/java" / f"{version}.jsa"


def java(body, more=""):
    return f"class E {{ {more}\npublic static void main(String[] a) throws Exception {{\n{body} }} }}\n"


@pytest.mark.parametrize(
    "body, status, told",
    [
        (
            'throw new IllegalStateException("no wind");',
            1,
            'in thread "main" java.lang.IllegalStateException: no',
        ),
        ("System.exit(3);", 3, ""),
        ("System.exit(0);", 0, ""),
        ("try { System.exit(4); } finally { System.exit(5); }", 4, ""),
        ("new Thread(() -> System.exit(6)).start(); Thread.sleep(1000000);", 6, ""),
        ("Runtime.getRuntime().halt(7);", 7, ""),
        ("main(a);", 1, "StackOverflowError"),
        ("long[] x = new long[1 << 30], y = new long[Integer.MAX_VALUE];", 1, "OutOfMemoryError"),
        ('int x = "a";', 1, "incompatible types"),
        ("String s = null; s.length();", 1, "NullPointerException"),
    ],
)
@BOTH
def test_a_java_script_ends_embedded_as_it_does_in_java(script, how, body, status, told):
    done = lina("run", how, script("E.java", java(body)))
    assert done.status == status and told in done.err, done
    # A JDK of today shows the launcher's frames of an OutOfMemoryError, too.
    ours = ["dev.lina.host"] if told == "OutOfMemoryError" else ["dev.lina.host", "launcher"]
    assert not any(name in done.err for name in ours), done


@pytest.mark.parametrize(
    "body",
    [
        "Thread.sleep(1000000);",
        'dev.lina.Lina.await("never");',
        "while (true) { }",
        "new Thread(() -> { try { Thread.sleep(1000000); } catch (InterruptedException e) { } }).start();",
    ],
)
@BOTH
def test_a_java_script_is_stopped_in_a_sleep_a_wait_a_loop_and_another_thread(script, how, body):
    run = start("run", how, "--grace", "1h", script("E.java", java('System.out.println("up");\n' + body)))
    done = stop_when_up(run)
    assert done.status == 130 and "killed" not in done.err and "dev.lina.host" not in done.err, done


@BOTH
def test_a_loop_is_stopped_with_the_interrupt_alone(script, how):
    run = start("run", how, script("E.java", java('System.out.println("up"); while (true) { }')))
    done = stop_when_up(run)
    shown = [line for line in done.err.splitlines() if not line.startswith("lina: ")]
    told = ['Exception in thread "main" java.lang.Error: interrupted', "\tat E.main(E.java:3)"]
    assert done.status == 130 and shown == (told if how == "--embed" else []), done


def test_a_compilation_is_stopped_in_silence(script, tmp_path):
    log = tmp_path / "classes"
    more = "".join(f"static int f{n}(int x) {{ return x + {n}; }}\n" for n in range(3000))
    path = script("E.java", java("try { Thread.sleep(1000000); } catch (Throwable stopped) { }", more))
    options = f"-Xlog:class+load:file={log}"
    run = start("run", "--embed", path, env={**environment(), "JAVA_TOOL_OPTIONS": options})
    until(lambda: log.exists() and "javac.parser.JavacParser" in log.read_text(), "the compiler")
    run.send_signal(signal.SIGINT)
    done = finish(run)
    told = f"Picked up JAVA_TOOL_OPTIONS: {options}\nlina: SIGINT: stopping E.java\n"
    assert (done.status, done.err) == (130, told), done


# Runs scripts of one JVM in turn, in the folders that are named before them. Their output goes to a file.
HOST = """
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "lina_host.h"
int main(int argc, char **argv) {
    lina_script_options_t options = {.output = open(argv[1], O_WRONLY | O_CREAT, 0600)};
    options.errors = options.output;
    dprintf(options.output, "the host\\n");
    for (int i = 2; i < argc; i++) {
        lina_script_t *script;
        int status = 2;
        if (chdir(argv[i]) == 0)
            continue;
        if (lina_script_start(argv[i], &options, &script) != LINA_OK)
            return puts(lina_host_error());
        lina_script_join(script, LINA_FOREVER, &status);
        lina_script_free(script);
        dprintf(options.output, "status %d\\n", status);
    }
    close(options.output);
    return lina_host_end();
}
"""


@pytest.fixture
def host(script, tmp_path):
    """Runs scripts in one JVM, in turn. Returns what they printed, and the status of each."""

    def run(*words):
        compile_host(script("host.c", HOST), tmp_path / "host")
        seen = tmp_path / "seen"
        done = subprocess.run([tmp_path / "host", seen, *words], timeout=TIMEOUT, env=environment())
        assert done.returncode == 0
        return seen.read_text()

    return run


def test_the_scripts_of_a_host_write_after_what_is_in_its_file(script, host):
    path = script("E.java", java('System.out.println("out"); System.err.println("err");'))
    assert host(path, path) == "the host\n" + 2 * "out\nerr\nstatus 0\n"


HOOK = (
    'Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));\n'
    'System.out.print("partial ");'
)


def test_a_relative_path_is_taken_from_the_folder_in_which_the_host_is(script, host, tmp_path):
    for name in "first", "second":
        (tmp_path / name).mkdir()
        script(f"{name}/E.java", java(f'System.out.println("{name}");'))
    first, second = tmp_path / "first", tmp_path / "second"
    subprocess.run(["javac", "E.java"], cwd=second, check=True)
    subprocess.run(["jar", "cfe", "e.jar", "E", "E.class"], cwd=second, check=True)
    words = first, "E.java", second, "E.java", "E.class", "e.jar"
    assert host(*words) == "the host\nfirst\nstatus 0\n" + 3 * "second\nstatus 0\n"


def test_a_java_script_that_closes_its_output_leaves_that_of_its_host_open(script, host):
    path = script("E.java", java('System.out.println("out"); System.out.close(); System.err.close();'))
    assert host(path, path) == "the host\n" + 2 * "out\nstatus 0\n"


def test_logging_goes_to_the_script_that_runs(script, host):
    """The JDK's logging keeps System.err, and has a hook that ends it."""
    path = script("E.java", java('java.util.logging.Logger.getGlobal().info("logged");'))
    seen = [line for line in host(path, path).splitlines() if "E main" not in line]
    assert seen == ["the host", *2 * ["INFO: logged", "status 0"]]


def hook(body):
    return f"Runtime.getRuntime().addShutdownHook(new Thread(() -> {{ {body} }}));\n"


SLEEP = "try { Thread.sleep(1000000); } catch (InterruptedException e) { }"
SLOW = hook('dev.lina.Lina.signal("begun"); System.out.println("slow");')
ENDS_IN_HOOKS = [
    (hook("Runtime.getRuntime().halt(7);"), 7, "", ""),
    (hook("Runtime.getRuntime().halt(7);") + "System.exit(3);", 7, "", ""),
    (hook("Runtime.getRuntime().halt(7);") + 'throw new Error("no wind");', 7, "", "Error: no wind"),
    (hook('throw new Error("of hook");'), 0, "", '"Thread-0" java.lang.Error: of hook'),
    (hook(hook("")), 0, "", "IllegalStateException: Shutdown in progress"),
    (hook('System.out.println("after");') + 'System.out.println("main");', 0, "main\nafter\n", ""),
    (
        hook(f"Thread t = new Thread(() -> Runtime.getRuntime().halt(9)); t.start(); {SLEEP}"),
        9,
        "",
        "",
    ),
    (SLOW + 'new Thread(() -> System.exit(6)).start(); dev.lina.Lina.await("begun");', 6, "slow\n", ""),
]


@pytest.mark.parametrize("body, status, shown, told", ENDS_IN_HOOKS)
@BOTH
def test_a_java_script_ends_in_its_hooks_as_it_does_in_java(script, how, body, status, shown, told):
    done = lina("run", how, "--timeout", "60", script("E.java", java(body)))
    assert done.status == status and done.out == shown and told in done.err, done


@pytest.mark.parametrize("version, home", jdks().items())
def test_a_halt_in_a_hook_ends_the_script_in_each_jdk(script, version, home):
    env = {name: value for name, value in environment().items() if name != "LINA_JAVA"}
    path = script("E.java", java(hook('System.out.println("hook"); Runtime.getRuntime().halt(7);')))
    done = lina("run", "--embed", "--timeout", "60", path, env={**env, "JAVA_HOME": home})
    assert (done.status, done.out) == (7, "hook\n"), done


# A script that tells when it has been asked to stop for the second time.
TELLS = """
import lina
lina.signal("ready")
for _ in range(2):
    try: lina.wait("never")
    except KeyboardInterrupt: pass
lina.signal("stopped")
"""


@pytest.mark.parametrize("end", ["", "System.exit(0);"])
def test_a_hook_runs_to_its_end_although_the_script_is_stopped(script, end):
    body = (
        'try { dev.lina.Lina.await("ready"); System.out.println("up");\n'
        'dev.lina.Lina.await("stopped"); System.out.println("whole"); }\n'
        'catch (InterruptedException e) { System.out.println("cut"); }'
    )
    scripts = script("E.java", java(hook(body) + end)), script("a.py", TELLS)
    done = stop_when_up(start("run", "--embed", "--grace", "1h", *scripts))
    assert done.status == 130 and done.out == "E.java | whole\n", done


@BOTH
def test_a_hook_that_does_not_end_is_killed_with_a_sentence(script, how):
    body = hook('System.out.println("up");' + SLEEP)
    done = stop_when_up(start("run", how, "--grace", "0.1", script("E.java", java(body))))
    assert done.status == 130 and "lina: killed E.java\n" in done.err, done


def test_each_java_script_of_a_host_runs_its_own_hooks_at_its_end(script, host):
    path = script("E.java", java(hook('System.out.println("hook");')))
    halts = script("F.java", java(hook("Runtime.getRuntime().halt(7);")))
    assert host(path, path, halts) == "the host\n" + 2 * "hook\nstatus 0\n" + "status 7\n"


THREADS = (
    "Thread d = new Thread(() -> { while (true) { } }); d.setDaemon(true); d.start();\n"
    'new Thread(() -> { System.out.println("worked"); }).start();'
)


@pytest.mark.parametrize("body, shown", [(HOOK, "partial hook\n"), (THREADS, "worked\n")])
def test_the_end_awaits_hooks_and_threads_but_no_daemon_and_shows_an_unfinished_line(script, body, shown):
    done = lina("run", "--embed", script("E.java", java(body)))
    assert done.status == 0 and done.out == shown, done


def test_a_class_and_a_jar_run_as_a_source_does(script, tmp_path):
    script("E.java", java('System.out.println("class " + dev.lina.Lina.list().size());'))
    jar = LINA.parents[1] / "bindings/java/lina.jar"
    subprocess.run(["javac", "-cp", jar, "E.java"], cwd=tmp_path, check=True)
    subprocess.run(["jar", "cfe", "e.jar", "E", "E.class"], cwd=tmp_path, check=True)
    for name in ("E.class", "e.jar"):
        for how in ("--embed", "--isolate"):
            done = lina("run", how, tmp_path / name)
            assert done.status == 0 and done.out == "class 0\n", (name, how, done)


@BOTH
def test_a_class_in_a_package_runs_from_the_folder_above_those_of_its_package(script, tmp_path, how):
    (tmp_path / "p/q").mkdir(parents=True)
    text = java("System.out.println(new F().text() + dev.lina.Lina.list().size());")
    script("p/q/E.java", f"package p.q;\n{text}")
    script("p/q/F.java", 'package p.q;\nclass F { String text() { return "of q "; } }\n')
    jar = LINA.parents[1] / "bindings/java/lina.jar"
    subprocess.run(["javac", "-cp", jar, "p/q/E.java", "p/q/F.java"], cwd=tmp_path, check=True)
    deep = tmp_path / "p/q"
    for place, name in (tmp_path, "p/q/E.class"), (deep, "E.class"), (None, deep / "E.class"):
        done = lina("run", how, name, cwd=place)
        assert done.status == 0 and done.out == "of q 0\n", done


@BOTH
def test_a_class_that_is_not_in_the_folders_of_its_package_is_refused_as_java_does(script, tmp_path, how):
    script("E.java", "package p;\n" + java(""))
    subprocess.run(["javac", "E.java"], cwd=tmp_path, check=True)
    done = lina("run", how, tmp_path / "E.class")
    assert done.status == 1 and "wrong name: p/E" in done.err, done


MAINS = """
class Base { public static void main(String[] a) { System.out.println("inherited"); } }
class Sub extends Base { }
class Private { private static void main(String[] a) { } }
class Number { public static int main(String[] a) { return 0; } }
class Instance { void main() { System.out.println("instance"); } }
class Broken { static { if (true) throw new Error("broken"); } public static void main(String[] a) { } }
"""


@pytest.mark.parametrize("version, home", jdks().items())
@BOTH
def test_main_is_the_method_that_java_would_call(script, tmp_path, how, version, home):
    subprocess.run([f"{home}/bin/javac", script("All.java", MAINS)], cwd=tmp_path, check=True)
    env = {name: value for name, value in environment().items() if name != "LINA_JAVA"}

    def run(name):
        return lina("run", how, tmp_path / f"{name}.class", env={**env, "JAVA_HOME": home})

    assert run("Sub").out == "inherited\n"
    for name in "Private", "Number":
        done = run(name)
        assert done.status == 1 and f"class {name}" in done.err, done
    done = run("Instance")
    assert (done.out == "instance\n") if int(version) >= 25 else (done.status == 1), done
    shown = [line for line in run("Broken").err.splitlines() if line.startswith("\tat ")]
    assert shown == ["\tat Broken.<clinit>(All.java:7)"]


CAUSES = """
try { throw new Exception("inner"); }
catch (Exception e) {
Error outer = new Error("outer", e);
outer.addSuppressed(new Error("suppressed"));
throw outer; }
"""


@BOTH
@pytest.mark.parametrize("name", ["E.java", "E.class"])
def test_an_uncaught_exception_is_shown_with_its_causes_as_java_shows_it(script, tmp_path, how, name):
    path = script("E.java", java(CAUSES))
    subprocess.run(["javac", path], cwd=tmp_path, check=True)
    words = [path] if name == "E.java" else ["-cp", tmp_path, "E"]
    program = environment().get("LINA_JAVA", "java")
    told = subprocess.run([program, *words], capture_output=True, text=True)
    done = lina("run", how, tmp_path / name)
    shown = [line for line in done.err.splitlines() if not line.startswith("lina: ")]
    assert done.status == told.returncode == 1 and shown == told.stderr.splitlines(), done


def test_system_exit_of_java_leaves_the_other_languages_at_work(script):
    done = lina(
        "run",
        "--embed",
        script("E.java", java('dev.lina.Lina.signal("on"); System.exit(0);')),
        script("a.py", "import lina\nlina.wait('on')\nlina.wait('lua')\nprint('python goes on')\n"),
        script("c.lua", "require('lina').wait('on')\nrequire('lina').signal('lua')\nprint('lua goes on')\n"),
    )
    assert done.status == 0, done
    assert "python goes on" in done.out and "lua goes on" in done.out


def test_julia_and_java_overflow_their_stacks_in_one_process(script):
    """Both use SIGSEGV. Julia starts before Java, although its script waits for a signal of Java's."""
    depth = "static int n; static int f() { n++; return 1 + f(); }"
    body = (
        "for (int i = 0; i < 5; i++) { try { f(); } catch (StackOverflowError e) { } }\n"
        "String s = null; try { s.length(); } catch (NullPointerException e) { }\n"
        'dev.lina.Lina.signal("java"); dev.lina.Lina.await("julia");\n'
        'try { f(); } catch (StackOverflowError e) { System.out.println("java over"); }'
    )
    done = lina(
        "run",
        "--embed",
        "--after",
        "b.jl=E.java:java",
        script("E.java", java(body, depth)),
        script(
            "b.jl",
            "using Lina\nf() = 1 + f()\nfor i in 1:5\n    try; f(); catch e; println(typeof(e)); end\nend\n"
            'Lina.signal("julia")\n',
        ),
    )
    assert done.status == 0, done
    assert done.out.count("StackOverflowError") == 5 and "java over" in done.out


def test_the_jvm_does_not_change_the_limit_of_descriptors_and_writes_nothing_to_tmp(script):
    body = (
        'dev.lina.Lina.await("look");\nSystem.out.println(ProcessHandle.current().pid());\n'
        'dev.lina.Lina.signal("looked");'
    )
    done = lina(
        "run",
        "--embed",
        script("E.java", java(body)),
        script(
            "a.py",
            "import lina\nfrom resource import *\nbefore = getrlimit(RLIMIT_NOFILE)\nlina.signal('look')\n"
            "lina.wait('looked')\nprint(before == getrlimit(RLIMIT_NOFILE), before[0])\n",
        ),
        preexec_fn=lambda: __import__("resource").setrlimit(
            __import__("resource").RLIMIT_NOFILE, (500, 4000)
        ),
    )
    assert done.status == 0 and "True 500" in done.out, done
    pid = next(line.split("| ")[1] for line in done.out.splitlines() if line.startswith("E.java"))
    assert not list(pathlib.Path("/tmp").glob(f"hsperfdata_*/{pid}"))


@pytest.fixture
def run_up(script, tmp_path):
    """Runs a script that prints "up". Returns the number of classes that came from Lina's archive."""

    def run(home, options="", **more):
        log = tmp_path / "classes"
        more |= {"JAVA_HOME": home, "JAVA_TOOL_OPTIONS": f"-Xlog:class+load:file={log} {options}"}
        chosen = {name: value for name, value in environment().items() if name != "LINA_JAVA"}
        path = script("E.java", java('System.out.println("up");'))
        done = lina("run", "--embed", path, env={**chosen, **more})
        picked = f"Picked up JAVA_TOOL_OPTIONS: {more['JAVA_TOOL_OPTIONS']}\n"
        assert (done.status, done.out, done.err) == (0, "up\n", picked), done
        return log.read_text().count("shared objects file (top)")

    return run


@pytest.mark.parametrize("version, home", jdks().items())
def test_the_compiler_comes_from_the_archive_whatever_the_class_path(run_up, version, home):
    assert run_up(home) > 1000
    assert run_up(home, CLASSPATH=str(LINA.parents[1] / "bindings/java/lina.jar")) > 1000


@pytest.mark.parametrize("version, home", jdks().items())
@pytest.mark.parametrize("options", ["-Xshare:off", "-XX:SharedArchiveFile=/nonexistent -Xlog:cds*=off"])
def test_the_archive_gives_way_to_what_the_user_has_chosen(run_up, version, home, options):
    assert run_up(home, options) == 0


def garbage(archive, end):
    archive.write_bytes(bytes(range(256)) * 256 + end)


def of_another_jdk(archive, end):
    other = next(version for version in jdks() if version != archive.stem)
    archive.write_bytes(archive_of(other).read_bytes() + end)


DAMAGES = {
    "missing": lambda archive, end: archive.unlink(),
    "empty": lambda archive, end: archive.write_bytes(b""),
    "cut short": lambda archive, end: archive.write_bytes(archive.read_bytes()[:5_000_000]),
    "garbage": garbage,
    "of another JDK": of_another_jdk,
}


@pytest.mark.parametrize("version, home", jdks().items())
@pytest.mark.parametrize("damage", DAMAGES)
def test_the_jvm_starts_in_silence_without_an_archive_that_it_cannot_use(
    run_up, tmp_path, version, home, damage
):
    if damage == "of another JDK" and len(jdks()) < 2:
        pytest.skip("needs two JDKs")
    library = next(path for path in BUILD.glob("host/liblina_host.so.*") if path.is_symlink())
    (tmp_path / "lina/java").mkdir(parents=True)
    shutil.copy(library, tmp_path)
    shutil.copy(BUILD / "host/lina_runtime_java.so", tmp_path / "lina")
    archive = tmp_path / "lina/java" / archive_of(version).name
    shutil.copy(archive_of(version), archive)
    moved = {"LD_LIBRARY_PATH": str(tmp_path)}
    assert run_up(home, **moved) > 1000
    release = (pathlib.Path(home) / "release").read_text()
    number = release.split('JAVA_VERSION="')[1].split('"')[0]
    DAMAGES[damage](archive, f"\n{number}\n".encode())
    assert run_up(home, **moved) == 0


def test_java_in_a_folder_that_was_removed_fails_alone(script, tmp_path):
    java = script("E.java", "class E { public static void main(String[] a) {} }\n")
    lua = script("b.lua", "print('goes on')\n")
    (tmp_path / "gone").mkdir()
    words = f'cd "{tmp_path}/gone" && rmdir "$PWD" && exec "$@"'
    done = lina(
        *("run", "--embed", "--may-exit", "E.java", java, lua), program=("sh", "-c", words, "sh", LINA)
    )
    assert done.status == 0 and done.out == "b.lua  | goes on\n", done
    assert "the current folder cannot be found" in done.err and "with its process" not in done.err, done
