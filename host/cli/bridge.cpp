// bridge.cpp - `lina bridge`: joins the arena, and runs the plug-in over it until a signal ends it.
//
// By default, UCX installs handlers for crashes and prints messages. It reads the variables that prevent this when it
// is loaded. So the command sets them first, and loads UCX with the plug-in. `lina run` never has UCX in its process.
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <iostream>
#include <memory>
#include <unistd.h>

#include "bridge.hpp"
#include "plan.hpp"

namespace lina_cli {

namespace {

volatile std::sig_atomic_t stop;

void on_signal(int) { stop = 1; }

void end_on_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

// Each sentence is one write, so that sentences of several bridges do not mix.
void say(const char *sentence) {
    std::string line = "lina bridge: " + std::string(sentence) + "\n";
    if (write(STDERR_FILENO, line.data(), line.size()) < 0)
        return; // no process reads it
}

// Keeps what the user has set.
void quieten_ucx() {
    setenv("UCX_LOG_LEVEL", "fatal", 0);
    setenv("UCX_HANDLE_ERRORS", "none", 0); // no handlers of signals
    setenv("UCX_MEM_EVENTS", "no", 0);      // no hooks into mmap
    setenv("UCX_WARN_UNUSED_ENV_VARS", "n", 0);
}

// The plug-in is in lina/ beside liblina_host once it is installed, and in bridge/ in a build.
const bridge_plugin *load_plugin() {
    Dl_info info;
    std::string why = "liblina_host is not found";
    if (dladdr(reinterpret_cast<void *>(&lina_host_find), &info) != 0) {
        std::string file = info.dli_fname, folder = file.substr(0, file.rfind('/') + 1);
        for (const char *place : {"lina/lina_bridge.so", "../bridge/lina_bridge.so"}) {
            std::string path = folder + place;
            if (access(path.c_str(), F_OK) != 0)
                continue;
            void *plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
            auto get = plugin == nullptr
                           ? nullptr
                           : reinterpret_cast<bridge_plugin_fn *>(dlsym(plugin, "lina_bridge"));
            if (get != nullptr && get()->version == BRIDGE_PLUGIN)
                return get();
            throw Refusal(path + ": " +
                          (plugin == nullptr ? dlerror() : "it is of another version"));
        }
        why = "this Lina was built without it: install UCX 1.12 or newer and libsodium (Debian: "
              "libucx-dev and libsodium-dev), and build it again";
    }
    throw Refusal("there is no bridge: " + why);
}

lina_arena_t *join_arena(const BridgeFile &file) {
    lina_arena_t *arena = nullptr;
    lina_arena_options_t options{};
    options.flags = LINA_ARENA_JOIN;
    int code = file.size == 0 ? lina_arena_attach(file.arena.c_str(), 0, &arena)
                              : lina_arena_create(file.arena.c_str(), file.size, &options, &arena);
    if (code == LINA_ERR_NOT_FOUND && file.size == 0)
        throw Refusal(std::string(lina_last_error()) +
                      ". Start what makes it first, or give its size in the file: size = \"256M\"");
    if (code != LINA_OK)
        throw Refusal(lina_last_error());
    return arena;
}

} // namespace

int bridge(const BridgeOptions &options) {
    if (options.status)
        return bridge_status(options);
    if (options.json)
        throw Refusal("--json shows the state of a bridge: write --status --json");
    auto file = std::make_unique<BridgeFile>();
    read_bridge_file(options, true, *file);
    quieten_ucx();
    const bridge_plugin *plugin = load_plugin();
    end_on_signals();
    file->config.arena = join_arena(*file);
    file->config.say = say;
    file->config.stop = &stop;
    const char *wrong = plugin->run(&file->config);
    lina_arena_close(file->config.arena);
    if (wrong != nullptr)
        throw Refusal(wrong);
    return 0;
}

} // namespace lina_cli
