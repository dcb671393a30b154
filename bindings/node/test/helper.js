// helper.js - what the tests share.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const path = require("node:path");
const v8 = require("node:v8");
const vm = require("node:vm");
const lina = require("..");

const PACKAGE = path.join(__dirname, "..");
const BUILD = process.env.LINA_BUILD ?? path.join(PACKAGE, "..", "..", "build");

v8.setFlagsFromString("--expose-gc");
const gc = vm.runInNewContext("gc");

const turn = () => new Promise((resolve) => setImmediate(resolve));

// Runs the collector until `isDone` returns true. Finalizers run in the turns of the event loop in between.
async function collect(isDone = () => false, rounds = 50) {
    for (let i = 0; i < rounds && !isDone(); i++) {
        gc();
        await turn();
        await turn();
    }
}

// Makes an arena that is closed after the test.
function arenaOf(t, bytes = 1 << 20, ...rest) {
    const arena = lina.Arena.create(bytes, ...rest);
    t.after(() => arena.close());
    return arena;
}

let shmNames = 0;
const shmName = () => `shm:lina-node-test-${process.pid}-${shmNames++}`;

// Fails unless `call` throws an error with this code, text and kind.
function fails(call, code, text, kind = Error) {
    assert.throws(call, (error) => {
        assert.ok(error instanceof lina.LinaError, `no LinaError: ${error.stack}`);
        assert.ok(error instanceof kind, `no ${kind.name}: ${error.stack}`);
        assert.equal(error.code, code, error.message);
        assert.ok(error.message.includes(text), `${error.message} has no ${text}`);
        return true;
    });
}

// Starts a process, and collects its output. `done` resolves with its exit code, or the signal that ended it.
function start(command, args, options = {}) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    const found = { child, out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => (found.out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (found.err += text));
    found.done = new Promise((resolve, reject) => {
        child.on("error", reject).on("close", (code, signal) => resolve(code ?? signal));
    });
    return found;
}

// Runs a script in this Node, in which `lina` is this package. Returns what it prints.
function node(code, options) {
    const source = `const lina = require(${JSON.stringify(PACKAGE)});\n${code}`;
    return start(process.execPath, ["-e", source], options);
}

async function run(code, options) {
    const found = node(code, options);
    assert.equal(await found.done, 0, found.err);
    return found.out.trim();
}

// Resolves once the process has printed `text`.
async function printed(found, text) {
    while (!found.out.includes(text)) {
        if (found.child.exitCode !== null) throw new Error(`it ended: ${found.err}`);
        await new Promise((resolve) => found.child.stdout.once("data", resolve).once("end", resolve));
    }
}

module.exports = {
    BUILD,
    PACKAGE,
    arenaOf,
    collect,
    fails,
    gc,
    lina,
    node,
    printed,
    run,
    shmName,
    start,
    turn,
};
