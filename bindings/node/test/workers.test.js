"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { Worker, MessageChannel, receiveMessageOnPort } = require("node:worker_threads");
const { PACKAGE, arenaOf, collect, fails, lina } = require("./helper.js");

const MAJOR = Number(process.versions.node.split(".")[0]);

// Starts a worker thread that has `lina` and `workerData`.
function worker(code, workerData) {
    const source = `const { parentPort, workerData } = require("node:worker_threads");
    const lina = require(${JSON.stringify(PACKAGE)});\n${code}`;
    return new Worker(source, { eval: true, workerData });
}

const message = (thread) =>
    new Promise((resolve, reject) => thread.once("message", resolve).once("error", reject));
const ended = (thread) =>
    new Promise((resolve, reject) => thread.once("exit", resolve).once("error", reject));

test("a worker uses the process's default arena, at the same addresses", async (t) => {
    lina.initArena(1 << 20);
    t.after(lina.shutdown);
    const x = lina.createArray("x", "f64", 3);
    const thread = worker(`lina.array("x").set(1, 42); lina.signal("done"); parentPort.postMessage("ok")`);
    const end = ended(thread);
    await lina.wait("done", { timeout: 60 });
    assert.equal(x.get(1), 42);
    assert.equal(await end, 0);
    assert.equal(lina.info().members, 1);
});

test("a view is opened elsewhere by its reference", async (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "i32", [2, 2], { order: "F" });
    x.set(0, 1, 7);
    const reply = await message(
        worker(
            `const x = lina.from(workerData); x.set(1, 0, x.get(0, 1) * 2); parentPort.postMessage(x.order)`,
            x.ref(),
        ),
    );
    assert.equal(reply, "F");
    assert.equal(x.get(1, 0), 14);
    assert.equal(lina.from(JSON.parse(JSON.stringify(x.ref()))).data.buffer, x.data.buffer);
    const ref = x.ref();
    arena.republish("x", "i32", [2, 2]);
    fails(() => lina.from(ref), "STALE", 'array "x": generation 1 was replaced');
    arena.remove("x");
    fails(() => lina.from(ref), "NOT_FOUND", '"x"');
    fails(() => arena.loan("y", "u8", 1).ref(), "INVALID", 'array "y": a loan');
});

test("cloning a view by postMessage copies; in the transfer list it copies or is refused, and never moves", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "u8", 3);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(x.data);
    const clone = receiveMessageOnPort(port2).message;
    clone[0] = 9;
    assert.equal(x.get(0), 0);
    const transfer = () => port1.postMessage(x.data, [x.data.buffer]);
    if (MAJOR >= 22) assert.throws(transfer, { name: "DataCloneError" });
    else transfer();
    assert.equal(x.data.length, 3, "still here");
    port1.close();
});

test("many workers come and go with views and waits of theirs", async (t) => {
    lina.initArena(1 << 22);
    t.after(lina.shutdown);
    lina.createArray("x", "i32", 100);
    for (let round = 0; round < 5; round++) {
        const threads = Array.from({ length: 4 }, (_, i) =>
            worker(
                `const x = lina.array("x"); x.set(workerData, x.get(workerData) + 1);
         globalThis.loan = lina.loan("loan" + workerData, "u8", 1000);
         for (let i = 0; i < 50; i++) lina.wait("never" + i, { timeout: 60 }).catch(() => {});
         lina.wait("never", { timeout: 60 }).catch(() => {});
         lina.signal("started");
         if (workerData % 2) process.exit(0);`,
                i,
            ),
        );
        await lina.waitValue("started", 4 * (round + 1), { timeout: 60 });
        await Promise.all(threads.map((thread) => thread.terminate()));
    }
    assert.deepEqual([...lina.typedArray("x")].slice(0, 5), [5, 5, 5, 5, 0]);
    await collect(undefined, 3);
    assert.equal(lina.list().length, 1, "their loans are gone");
    lina.checkTables();
});

test("a worker that blocks in a wait can be terminated", async (t) => {
    lina.initArena(1 << 16);
    t.after(lina.shutdown);
    const thread = worker(`lina.signal("waiting"); lina.waitSync("never")`);
    await lina.wait("waiting", { timeout: 60 });
    await thread.terminate();
    const other = worker(`lina.waitSync("go", 60); parentPort.postMessage("woken")`);
    lina.signal("go");
    const end = ended(other);
    assert.equal(await message(other), "woken");
    await end;
});

test("a worker spins on a signal without a call, and sees it and what was written before", async (t) => {
    lina.initArena(1 << 16);
    t.after(lina.shutdown);
    const x = lina.createArray("x", "i32", 1);
    const thread = worker(`
    const x = lina.array("x"), signal = lina.openSignal("go");
    lina.signal("ready");
    for (let turn = 1; turn <= 200; turn++) {
      while (!signal.tryWait()) ;
      if (x.get(0) !== turn) throw new Error(x.get(0) + " is not " + turn);
      signal.clear();
      lina.signal("seen");
    }
    parentPort.postMessage("all seen");`);
    const reply = message(thread);
    const end = ended(thread);
    await lina.wait("ready", { timeout: 60 });
    for (let turn = 1; turn <= 200; turn++) {
        x.set(0, turn);
        lina.signal("go");
        await lina.waitValue("seen", turn, { timeout: 60 });
    }
    assert.equal(await reply, "all seen");
    await end;
});

test("the main thread may leave the default arena while a worker has it", async (t) => {
    lina.initArena(1 << 16);
    lina.createArray("x", "u8", 1);
    const thread = worker(
        `lina.signal("started"); parentPort.once("message", () => parentPort.postMessage(lina.array("x").size))`,
    );
    await lina.wait("started", { timeout: 60 });
    lina.shutdown();
    fails(() => lina.array("x"), "CLOSED", "the default arena was closed");
    thread.postMessage("go on");
    assert.equal(await message(thread), 1);
    await thread.terminate();
    lina.initArena(1 << 16);
    t.after(lina.shutdown);
    fails(() => lina.array("x"), "NOT_FOUND", '"x"');
});
