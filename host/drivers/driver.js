// Runs one script in an environment of the embedded Node as `node SCRIPT` would. The plug-in calls this function, and
// keeps the function that it returns. That function interrupts the script as Ctrl-C does, and returns whether the
// script listens to SIGINT.
(function (process, require, script) {
    "use strict";
    const fs = require("fs");
    const { Writable } = require("stream");
    const { format } = require("util");

    function put(descriptor, bytes) {
        for (let at = 0; at < bytes.length;) {
            try {
                at += fs.writeSync(descriptor, bytes, at);
            } catch (error) {
                if (error.code !== "EAGAIN") throw error;
            }
        }
    }

    // The stream writes at once, as Node's own stream of a pipe does, so that nothing is lost at an exit.
    function open(descriptor) {
        const stream = new Writable({
            write(chunk, encoding, done) {
                try {
                    put(descriptor, chunk);
                    done();
                } catch (error) {
                    done(error);
                }
            },
            destroy(error, done) {
                done(error);
            },
        });
        stream.fd = descriptor;
        return stream;
    }

    function replace(name, make) {
        let stream;
        const get = () => (stream = stream || make());
        Object.defineProperty(process, name, { configurable: true, enumerable: true, get });
    }

    function openStreams() {
        if (script.output) replace("stdout", () => open(script.output));
        if (script.errors) {
            replace("stderr", () => open(script.errors));
            process._rawDebug = (...words) => put(script.errors, Buffer.from(format(...words) + "\n"));
        }
        if (!script.reads) replace("stdin", () => fs.createReadStream("/dev/null"));
    }

    // The host handles these signals. A script that listens to them must not change the process's handlers.
    const ofHost = ["SIGINT", "SIGTERM", "SIGHUP"];
    function leaveSignals() {
        for (const event of ["newListener", "removeListener"])
            for (const listener of process.listeners(event)) {
                if (!/ListeningIfSignal$/.test(listener.name)) continue;
                process.removeListener(event, listener);
                process.on(event, (type) => ofHost.includes(type) || listener.call(process, type));
            }
    }

    // Such a signal that the script sends to its own process is for this script alone: it calls the listeners, or ends
    // the script.
    function keepOwnSignals() {
        const { signals } = require("os").constants;
        const send = process._kill; // process.kill calls it
        process._kill = function (pid, number) {
            const name = ofHost.find((name) => signals[name] === number);
            if (!name || Number(pid) !== process.pid) return send.call(process, pid, number);
            if (process.listenerCount(name) === 0) process.reallyExit(128 + number);
            setImmediate(() => process.emit(name, name, number));
            return 0;
        };
    }

    // The loader of ES modules, or undefined. Node before 22.15 has no public function to change how it resolves names,
    // except by a thread of hooks, which takes as long to start as all the rest. Node 18 lets its embedder reach the
    // loader itself.
    function loaderOfModules() {
        try {
            return require("internal/process/esm_loader").esmLoader;
        } catch (error) {
            if (error.code !== "ERR_UNKNOWN_BUILTIN_MODULE") throw error;
        }
    }

    // Makes a resolver of the loader take the checkout's package if it does not find "lina".
    function extend(loader, name, url) {
        const resolve = loader[name];
        loader[name] = function (specifier, ...rest) {
            const instead = (error) => {
                if (specifier !== "lina") throw error;
                return resolve.call(this, url, ...rest);
            };
            try {
                const found = resolve.call(this, specifier, ...rest);
                return found instanceof Promise ? found.catch(instead) : found;
            } catch (error) {
                return instead(error);
            }
        };
    }

    // In a checkout, host/node/find.cjs has run before, and has left where the package is and how to start the hooks.
    function findLina() {
        const mark = Symbol.for("lina.driver");
        const { url, startHooks } = globalThis[mark];
        delete globalThis[mark];
        if (!url) return;
        const loader = loaderOfModules();
        if (!loader) return startHooks();
        for (const name of ["resolve", "resolveSync"]) extend(loader, name, url);
    }

    openStreams();
    leaveSignals();
    keepOwnSignals();
    findLina();
    if (script.program) process.execPath = process.argv[0] = script.program;
    process.argv[1] = require("path").resolve(process.argv[1]);
    require("module").runMain(process.argv[1]);

    return () => process.emit("SIGINT", "SIGINT", 2);
});
