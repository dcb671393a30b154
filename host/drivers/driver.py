# Runs one script in the embedded Python as `python3 SCRIPT` would. The plug-in executes this text in
# the module _lina_host, and then calls run. It imports only what an ordinary Python has loaded before a
# script: signal with its enum, threading and linecache would take as long as the rest of the start.
import _frozen_importlib_external
import _io
import _signal
import _thread
import builtins
import os
import sys

PROCESS, REAL_EXIT, REAL_KILL = os.getpid(), os._exit, os.kill
MAIN = _thread.get_ident()
STOP_SIGNAL = _signal.SIGRTMIN + 9  # of runtime.h: its handler asks for that of SIGINT
# The plug-in stops a script by PyErr_SetInterruptEx(SIGINT), which asks for this handler. The C part
# gives SIGINT itself back to the host.
RUNNING = False
# The status that os._exit was given. A script may catch the SystemExit; it ends with this status
# nevertheless.
ENDING = None


def interrupt(number, frame):
    """Raises KeyboardInterrupt in the script. Ignores a request that comes after its end."""
    if RUNNING and ENDING is not None:  # another thread has called os._exit
        raise SystemExit(ENDING)
    if RUNNING:
        _signal.default_int_handler(number, frame)


_signal.signal(_signal.SIGINT, interrupt)


def exit_at_once(status):
    """Takes the place of os._exit: ends the script, not its host. In a child of fork, it ends the process."""
    global ENDING
    if os.getpid() != PROCESS:
        REAL_EXIT(status)
    ENDING = status & 255
    if _thread.get_ident() != MAIN:
        _signal.pthread_kill(MAIN, STOP_SIGNAL)
    raise SystemExit(ENDING)


# The host handles these signals.
OF_HOST = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)


def kill(process, number, /):
    """Takes the place of os.kill: such a signal to its own process is for the script alone."""
    if process != PROCESS or os.getpid() != PROCESS or number not in OF_HOST:
        REAL_KILL(process, number)
    elif _signal.getsignal(number) in (_signal.SIG_DFL, None):
        exit_at_once(128 + number)
    elif number == _signal.SIGINT:
        _signal.pthread_kill(MAIN, STOP_SIGNAL)
    elif _signal.getsignal(number) != _signal.SIG_IGN:
        _thread.interrupt_main(number)


def raise_signal(number, /):
    kill(os.getpid(), number)


def open_stream(descriptor, name, instead):
    """A stream as that of `python3 -u`: what a call writes is seen at once, with or without a line end."""
    encoding, errors = (instead.encoding, instead.errors) if instead else ("utf-8", "backslashreplace")
    raw = _io.FileIO(descriptor, "w", closefd=False)
    raw.name, raw.write = name, make_write(descriptor)  # noqa: F821 - the plug-in's: it writes all
    text = _io.TextIOWrapper(raw, encoding, errors, newline="\n", write_through=True)
    text.mode = "w"
    return text


def open_streams(output, errors, reads):
    if output:
        sys.stdout = sys.__stdout__ = open_stream(output, "<stdout>", sys.__stdout__)
    if errors:
        sys.stderr = sys.__stderr__ = open_stream(errors, "<stderr>", sys.__stderr__)
    if not reads:
        sys.stdin = open(os.devnull)  # noqa: SIM115 - it lives as long as the interpreter


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105
            stream.flush()
        except BaseException:
            pass  # its reader is gone, or the script closed it, or put an object of its own in its place


# Executors refuse work after the end of Python. The next script finds the same modules. These are the names
# of the flag, and of the table of threads for which executors wait.
EXECUTORS = {
    "concurrent.futures.thread": ("_shutdown", "_threads_queues"),
    "concurrent.futures.process": ("_global_shutdown", "_threads_wakeups"),
}


def end_threads(threading):
    """Lets executors stop their threads, and waits for all threads."""
    for stop in reversed(threading._threading_atexits):
        stop()
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()
    for name in EXECUTORS.keys() & sys.modules.keys():
        setattr(sys.modules[name], EXECUTORS[name][0], False)


def finish():
    """What an ordinary Python does at its end."""
    if "threading" in sys.modules:
        end_threads(sys.modules["threading"])
    if "atexit" in sys.modules:
        sys.modules["atexit"]._run_exitfuncs()


def forget_threads():
    """Lets Python and its next script end without this script's threads and what it gave to atexit."""
    if "threading" in sys.modules:
        threading = sys.modules["threading"]
        threading._shutdown = lambda: None
        for thread in threading.enumerate():
            thread._daemonic = True
    for name in EXECUTORS.keys() & sys.modules.keys():
        getattr(sys.modules[name], EXECUTORS[name][1]).clear()
    if "atexit" in sys.modules:
        sys.modules["atexit"]._clear()


def forget_script(folder, paths):
    """Lets the next script start without this one's hooks, path and modules. It may have a helper.py, too."""
    sys.path[:] = paths
    sys.excepthook, sys.displayhook = sys.__excepthook__, sys.__displayhook__
    files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    for name in files:
        first = name.partition(".")[0]
        if files.get(first) in (f"{folder}/{first}.py", f"{folder}/{first}/__init__.py"):
            del sys.modules[name]


def execute(path, names):
    with open(path, "rb") as file:
        source = file.read()
    exec(compile(source, path, "exec"), names)


def status_of(error):
    """The exit status of a SystemExit. Prints a code that is not a number, as Python does."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 255
    try:  # noqa: SIM105
        print(error.code, file=sys.stderr)
    except BaseException:
        pass  # Python ignores it, too: the script gave the object that is printed
    return 1


def names_of_main(path):
    """What Python itself gives a script before it starts."""
    return {
        "__name__": "__main__",
        "__file__": path,
        "__builtins__": builtins,
        "__loader__": _frozen_importlib_external.SourceFileLoader("__main__", path),
        "__annotations__": {},
        **dict.fromkeys(("__cached__", "__doc__", "__package__", "__spec__")),
    }


def is_own(trace):
    return trace is not None and trace.tb_frame.f_globals is globals()


def without_driver(trace):
    """The frames of the script: without those that called it, and without that of an interrupt."""
    while is_own(trace):
        trace = trace.tb_next
    last = trace
    while last is not None:
        if is_own(last.tb_next):
            last.tb_next = None
        last = last.tb_next
    return trace


def show(error):
    """Gives an error of the script to sys.excepthook, as Python does. Returns the exit status."""
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except SystemExit as end:
        return status_of(end)
    except BaseException as another:
        print("Error in sys.excepthook:", file=sys.__stderr__)
        sys.__excepthook__(type(another), another, without_driver(another.__traceback__))
        print("\nOriginal exception was:", file=sys.__stderr__)
        sys.__excepthook__(type(error), error, error.__traceback__)
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def attempt(step, *arguments):
    """Takes a step of the script, and shows its error. Returns the exit status."""
    global RUNNING
    try:
        RUNNING = True
        step(*arguments)
        RUNNING = False
        return 0
    except SystemExit as error:
        RUNNING = False
        return status_of(error)
    except BaseException as raised:
        RUNNING = False
        error = raised
    flush()  # outside of the handler, so that what the hook raises does not have the error as its context
    error.__traceback__ = without_driver(error.__traceback__)
    return show(error)


def run(path, arguments, output, errors, reads):
    global ENDING
    ENDING = None
    path = os.fsdecode(path)
    os._exit, os.kill, _signal.raise_signal = exit_at_once, kill, raise_signal
    if "signal" in sys.modules:
        sys.modules["signal"].raise_signal = raise_signal
    open_streams(output, errors, reads)
    sys.argv = [path, *map(os.fsdecode, arguments)]
    sys.orig_argv = [sys.executable, *sys.argv]
    folder = os.path.dirname(os.path.realpath(path))
    paths = sys.path[:]
    sys.path.insert(0, folder)
    path = os.path.abspath(path)
    names = sys.modules["__main__"].__dict__
    names.clear()
    names.update(names_of_main(path))
    if "linecache" in sys.modules:  # it may have lines of an earlier script
        sys.modules["linecache"].clearcache()
    try:
        status = attempt(execute, path, names)
        if ENDING is None:
            status = attempt(finish) or status
        flush()
        if ENDING is not None:
            status = ENDING
            forget_threads()
    finally:
        forget_script(folder, paths)
    return status
