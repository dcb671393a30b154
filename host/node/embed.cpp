// embed.cpp - runs scripts in environments of Node. It is compiled for the libnode of this machine, 18 or later.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <uv.h>
#include <vector>

#include <node.h>

#include "driver_js.h"
#include "embed.h"
#include "environment.hpp"
#include "errors.hpp"

namespace {

std::unique_ptr<node::MultiIsolatePlatform> platform;
std::vector<std::string> options; // of NODE_OPTIONS
std::string program;              // the ordinary Node, for children of scripts
// One environment at a time may change the state of the process, for instance its folder.
std::atomic<bool> owned{false};

using Value = v8::Local<v8::Value>;

v8::Local<v8::String> text(v8::Isolate *isolate, const std::string &from) {
    return v8::String::NewFromUtf8(isolate, from.data(), v8::NewStringType::kNormal,
                                   static_cast<int>(from.size()))
        .ToLocalChecked();
}

// ---- one script -------------------------------------------------------------------------------------------------

// The environment of one script, from its start to its end. `stop` uses it from other threads under the script's lock.
class Instance {
  public:
    explicit Instance(lina_script_t *script) : script_(script) {}
    int run();
    void ring() { uv_async_send(&bell_); }
    void terminate() {
        status_ = 130;
        node::Stop(setup_->env());
    }

  private:
    bool make();
    void execute();
    v8::MaybeLocal<v8::Value> start(const node::StartExecutionCallbackInfo &info);
    v8::Local<v8::Object> description(v8::Local<v8::Context> context);
    void introduce_driver();
    void open_bell();
    void interrupt();
    void publish(void *instance);
    void say(const std::string &sentence);

    lina_script_t *script_;
    std::unique_ptr<node::CommonEnvironmentSetup> setup_;
    v8::Global<v8::Function> interrupt_;
    uv_async_t bell_{};
    bool owner_ = false;
    std::atomic<int> status_{-1}; // what process.exit was given, or 130; -1: neither
};

void Instance::say(const std::string &sentence) {
    dprintf(script_->errors != 0 ? script_->errors : 2, "%s\n", sentence.c_str());
}

void Instance::publish(void *instance) {
    pthread_mutex_lock(&script_->lock);
    script_->own = instance;
    pthread_mutex_unlock(&script_->lock);
}

bool Instance::make() {
    std::vector<std::string> errors, arguments = {"node", script_->path};
    for (char **argument = script_->arguments; *argument != nullptr; argument++)
        arguments.emplace_back(*argument);
    owner_ = !owned.exchange(true);
    // Without an inspector, Node leaves SIGUSR1 alone.
    using namespace node::EnvironmentFlags;
    auto flags =
        owner_ ? static_cast<Flags>(kNoCreateInspector | kOwnsProcessState) : kNoCreateInspector;
    setup_ =
        node::CommonEnvironmentSetup::Create(platform.get(), &errors, arguments, options, flags);
    for (const std::string &error : errors)
        say("node does not start: " + error);
    return setup_ != nullptr;
}

// The bell is a handle by which other threads call `interrupt` in the event loop. The environment's end closes it.
void Instance::open_bell() {
    uv_async_init(setup_->event_loop(), &bell_,
                  [](uv_async_t *bell) { static_cast<Instance *>(bell->data)->interrupt(); });
    bell_.data = this;
    uv_unref(reinterpret_cast<uv_handle_t *>(&bell_));
    node::AddEnvironmentCleanupHook(
        setup_->isolate(), [](void *bell) { uv_close(static_cast<uv_handle_t *>(bell), nullptr); },
        &bell_);
}

// As Ctrl-C does: a script that listens to SIGINT goes on, any other ends.
void Instance::interrupt() {
    if (interrupt_.IsEmpty())
        return; // the script has ended, and its loop runs only to close what is open
    v8::Isolate *isolate = setup_->isolate();
    v8::HandleScope handles(isolate);
    v8::Context::Scope scope(setup_->context());
    v8::MaybeLocal<v8::Value> heard = node::MakeCallback(
        isolate, setup_->context()->Global(), interrupt_.Get(isolate), 0, nullptr, {0, 0});
    Value value;
    if (heard.ToLocal(&value) && !value->BooleanValue(isolate))
        terminate();
}

// Makes an object by which find.cjs, which runs before the driver, tells the driver where Lina's package is.
void Instance::introduce_driver() {
    v8::Isolate *isolate = setup_->isolate();
    v8::Local<v8::Context> context = setup_->context();
    v8::Local<v8::Symbol> mark = v8::Symbol::For(isolate, text(isolate, "lina.driver"));
    context->Global()->Set(context, mark, v8::Object::New(isolate)).Check();
}

v8::Local<v8::Object> Instance::description(v8::Local<v8::Context> context) {
    v8::Isolate *isolate = setup_->isolate();
    v8::Local<v8::Object> object = v8::Object::New(isolate);
    auto set = [&](const char *name, Value value) {
        object->Set(context, text(isolate, name), value).Check();
    };
    set("output", v8::Integer::New(isolate, script_->output));
    set("errors", v8::Integer::New(isolate, script_->errors));
    set("reads", v8::Boolean::New(isolate, (script_->flags & LINA_SCRIPT_STDIN) != 0));
    set("program", text(isolate, program));
    return object;
}

v8::MaybeLocal<v8::Value> Instance::start(const node::StartExecutionCallbackInfo &info) {
    v8::Isolate *isolate = setup_->isolate();
    v8::Local<v8::Context> context = setup_->context();
#if NODE_MAJOR_VERSION >= 24
    v8::ScriptOrigin origin(text(isolate, "node:internal/main/lina"));
#else
    v8::ScriptOrigin origin(isolate, text(isolate, "node:internal/main/lina"));
#endif
    v8::Local<v8::Script> driver;
    Value function, interrupt;
    if (!v8::Script::Compile(context, text(isolate, driver_js), &origin).ToLocal(&driver) ||
        !driver->Run(context).ToLocal(&function))
        return {};
    Value given[] = {info.process_object, info.native_require, description(context)};
    if (!function.As<v8::Function>()
             ->Call(context, v8::Undefined(isolate), 3, given)
             .ToLocal(&interrupt))
        return {};
    interrupt_.Reset(isolate, interrupt.As<v8::Function>());
    return interrupt;
}

void Instance::execute() {
    v8::Isolate *isolate = setup_->isolate();
    v8::Locker locker(isolate);
    v8::Isolate::Scope isolate_scope(isolate);
    v8::HandleScope handles(isolate);
    v8::Context::Scope context_scope(setup_->context());
    node::SetProcessExitHandler(setup_->env(), [this](node::Environment *env, int status) {
        status_ = status & 255;
        node::Stop(env);
    });
    introduce_driver();
    open_bell();
    publish(this);
    bool stopped =
        script_->stops > 0; // by a request that came before `stop` could see this instance
    int ended = 1;
    auto driver = [this](const node::StartExecutionCallbackInfo &info) { return start(info); };
    // Without a result, the script has thrown. If that has not ended it, it has taken the error itself, and goes on.
    if (!stopped && (!node::LoadEnvironment(setup_->env(), driver).IsEmpty() || status_ < 0))
        ended = node::SpinEventLoop(setup_->env()).FromMaybe(1);
    publish(nullptr);
    int asked = status_;
    status_ = stopped ? 130 : asked >= 0 ? asked : ended;
    interrupt_.Reset();
}

int Instance::run() {
    print_errors_to(script_->errors);
    bool made = make();
    if (made) {
        execute();
        setup_.reset();
    }
    if (owner_)
        owned = false;
    int status = made ? status_.load() : 1;
    return script_->stops > 0 && status != 0 ? 130 : status;
}

// ---- the functions of the plug-in -------------------------------------------------------------------------------

int begin(const lina_runtime_info_t *info, char ***environment, char *why, size_t room) {
    using namespace node::ProcessInitializationFlags;
    use_environment(environment);
    auto result = node::InitializeOncePerProcess(
        {"node"}, {kNoStdioInitialization, kNoDefaultSignalHandling, kNoInitializeV8,
                   kNoInitializeNodeV8Platform, kNoParseGlobalDebugVariables,
                   kNoAdjustResourceLimits, kNoUseLargePages, kNoPrintHelpOrVersionOutput});
    for (const std::string &error : result->errors())
        std::snprintf(why, room, "%s", error.c_str());
    if (result->early_return())
        return std::max(1, result->exit_code());
    options = result->exec_args();
    program = info->program;
    platform = node::MultiIsolatePlatform::Create(2);
    v8::V8::InitializePlatform(platform.get());
    v8::V8::Initialize();
    return 0;
}

int run(lina_script_t *script) { return Instance(script).run(); }

// Called under the script's lock. A second request means that the script has not reacted to the first.
void stop(lina_script_t *script) {
    auto *instance = static_cast<Instance *>(script->own);
    if (script->stops <= 1)
        instance->ring();
    else
        instance->terminate();
    pthread_kill(script->thread, STOP_SIGNAL); // ends a wait in a system call
}

void end() {
    v8::V8::Dispose();
    v8::V8::DisposePlatform();
    node::TearDownOncePerProcess();
    platform.reset();
}

} // namespace

const struct node_functions *lina_node(void) {
    static const struct node_functions functions = {begin, run, stop, end};
    return &functions;
}
