// debug.cpp - starts a script under a debugger: --debug and --prefix.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace {

std::string address(const Debug &debug, unsigned usual) {
    return "127.0.0.1:" + std::to_string(debug.port < 0 ? static_cast<int>(usual) : debug.port);
}

bool has_debugpy(const std::string &python) {
    Streams quiet;
    quiet.out = quiet.err = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int status = 1;
    waitpid(start_process({python, "-c", "import debugpy"}, quiet), &status, 0);
    close(quiet.out);
    return status == 0;
}

// debugpy if it is installed; otherwise pdb, whose prompt needs a terminal.
std::vector<std::string> debug_python(const Script &script, const Debug &debug) {
    const std::string python = script.info.program;
    if (has_debugpy(python))
        return {python,     "-m", "debugpy", "--listen", address(debug, 5678), "--wait-for-client",
                script.path};
    if (isatty(0) && isatty(1))
        return {python, "-m", "pdb", script.path};
    throw Refusal(
        "--debug " + script.name + ": " + python +
        " has no debugpy (pip install debugpy), and without it the debugger pdb needs a terminal");
}

std::vector<std::string> debug_java(const Script &script, const Debug &debug) {
    std::vector<std::string> command = script.command;
    command.insert(command.begin() + 1,
                   "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=" +
                       address(debug, 5005));
    return command;
}

} // namespace

std::vector<std::string> debug_command(const Script &script, const Debug &debug) {
    if (script.language == "python")
        return debug_python(script, debug);
    if (script.language == "node")
        return {script.info.program, "--inspect-brk=" + address(debug, 9229), script.path};
    if (script.language == "java")
        return debug_java(script, debug);
    throw Refusal("--debug " + script.name +
                  ": Lina knows no debugger for it. Name one by --prefix " + script.name +
                  "='gdb --args', or use a debugger's package in the script");
}

} // namespace lina_cli
