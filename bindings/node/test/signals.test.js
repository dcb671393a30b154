"use strict";

const assert = require("node:assert/strict");
const { readdirSync } = require("node:fs");
const test = require("node:test");
const { arenaOf, fails, lina, node, printed, run } = require("./helper.js");

test("a signal is set until it is cleared, and counts", (t) => {
    const arena = arenaOf(t);
    assert.equal(arena.tryWait("s"), false);
    assert.equal(arena.value("s"), 0);
    arena.signal("s");
    arena.signal("s");
    assert.equal(arena.tryWait("s"), true);
    assert.equal(arena.value("s"), 2);
    assert.equal(arena.value("s", { bigint: true }), 2n);
    arena.clear("s");
    assert.equal(arena.tryWait("s"), false);
    assert.equal(arena.value("s"), 2);
});

test("looking makes no signal, however many names are looked at", (t) => {
    const arena = arenaOf(t);
    for (let i = 0; i < 5000; i++) arena.tryWait(`name ${i % 2500}`);
    for (let i = 0; i < 5000; i++) arena.value(`name ${i % 2500}`);
    assert.equal(arena.info().signals, 0);
});

test("a name that is polled is read from memory, and every look is right", (t) => {
    const arena = arenaOf(t);
    const other = lina.Arena.attach(`fd:${arena.fd()}`);
    for (let round = 0; round < 300; round++) {
        assert.equal(arena.tryWait("polled"), false);
        assert.equal(arena.value("polled"), round);
        other.signal("polled");
        assert.equal(arena.tryWait("polled"), true);
        assert.equal(arena.tryWait("polled"), true);
        assert.equal(arena.value("polled"), round + 1);
        other.clear("polled");
    }
    assert.equal(arena.info().signals, 1);
    other.close();
});

test("polling goes on where the table of signals is full", (t) => {
    const arena = arenaOf(t, 1 << 16, { maxSignals: 1 });
    for (let i = 0; ; i++) {
        try {
            arena.signal(`filler ${i}`);
        } catch (error) {
            assert.equal(error.code, "FULL");
            break;
        }
    }
    for (let i = 0; i < 100; i++) assert.equal(arena.tryWait("polled"), false);
});

test("waitSync returns once the signal is set, and times out", (t) => {
    const arena = arenaOf(t);
    arena.signal("s");
    arena.waitSync("s");
    arena.waitSync("s", 0);
    arena.waitSync("s", { timeout: -1 });
    arena.waitValueSync("s", 1n, 5);
    for (const timeout of [0, -0, -5, 0.03, { timeout: 0.001 }]) {
        fails(() => arena.waitSync("t", timeout), "TIMEOUT", 'signal "t": timed out');
        fails(() => arena.waitValueSync("s", 2, timeout), "TIMEOUT", 'signal "s": timed out before 2');
    }
});

test("a time-out of zero looks and makes nothing", async (t) => {
    const arena = arenaOf(t);
    fails(() => arena.waitSync("s", 0), "TIMEOUT", '"s"');
    await assert.rejects(arena.wait("s", { timeout: 0 }), { code: "TIMEOUT" });
    await assert.rejects(arena.wait("s", { timeout: -3 }), { code: "TIMEOUT" });
    await assert.rejects(arena.waitAny(["s", "t"], { timeout: 0 }), { code: "TIMEOUT" });
    assert.equal(arena.info().signals, 0);
});

test("wait leaves the event loop free", async (t) => {
    const arena = arenaOf(t);
    let turns = 0;
    const timer = setInterval(() => turns++ === 5 && arena.signal("s"), 1);
    await arena.wait("s", { timeout: 30 });
    clearInterval(timer);
    assert.ok(turns >= 5);
    await arena.wait("s");
    await arena.waitValue("s", 1);
});

test("waitValue waits for the counter, whatever was cleared meanwhile", async (t) => {
    const arena = arenaOf(t);
    const reached = arena.waitValue("s", 3n, { timeout: 30 });
    for (let i = 0; i < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        arena.signal("s");
        arena.clear("s");
    }
    await reached;
});

test("a thousand pending waits cost one thread", async (t) => {
    const arena = arenaOf(t, 1 << 20, { maxSignals: 2000 });
    await arena.wait("warm", { timeout: 0.01 }).catch(() => {});
    const threads = () => readdirSync("/proc/self/task").length;
    const before = threads();
    const waits = Array.from({ length: 1000 }, (_, i) => arena.wait(`s${i}`, { timeout: 60 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(threads() <= before + 1, `${threads() - before} threads more`);
    for (let i = 0; i < 1000; i++) arena.signal(`s${i}`);
    await Promise.all(waits);
});

test("an AbortSignal ends a wait with its reason, and before it began", async (t) => {
    const arena = arenaOf(t);
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = arena.wait("s", { signal: controller.signal });
    const any = arena.waitAny(["s", "t"], { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await assert.rejects(waiting, reason);
    await assert.rejects(any, reason);
    await assert.rejects(arena.wait("s", { signal: controller.signal }), reason);
    await assert.rejects(arena.wait("s", { signal: AbortSignal.timeout(5) }), { name: "TimeoutError" });
    arena.signal("s"); // nobody is left to hear of it
    await arena.wait("s");
});

test("waitAny gives the name of the first, and of several the one listed first", async (t) => {
    const arena = arenaOf(t);
    const waiting = arena.waitAny(["a", ["b", 2], "c"], { timeout: 30 });
    arena.signal("b");
    setTimeout(() => arena.signal("b"), 5);
    assert.equal(await waiting, "b");
    arena.signal("c");
    assert.equal(await arena.waitAny(["a", "c", ["b", 2]]), "c");
    const both = arena.waitAny(["x", "y"], { timeout: 30 });
    arena.signal("y");
    arena.signal("x");
    assert.equal(await both, "x");
});

test("closing the arena ends its waits", async (t) => {
    const arena = arenaOf(t);
    const waits = [arena.wait("s"), arena.waitValue("s", 7, { timeout: 60 }), arena.waitAny(["s", "t"])];
    setTimeout(() => arena.close(), 5);
    for (const { reason } of await Promise.allSettled(waits)) assert.equal(reason.code, "CLOSED");
    await assert.rejects(arena.wait("s"), { code: "CLOSED" });
    for (const look of ["tryWait", "value", "signal", "clear", "waitSync"])
        fails(() => arena[look]("s"), "CLOSED", 'signal "s": the arena was closed');
});

test("a handle of a signal skips the look-up, and ends with its arena", (t) => {
    const arena = arenaOf(t);
    const signal = arena.openSignal("s");
    assert.equal(signal.name, "s");
    signal.signal();
    assert.equal(signal.tryWait(), true);
    assert.equal(signal.value(), 1);
    signal.clear();
    assert.equal(signal.tryWait(), false);
    arena.close();
    for (const call of ["signal", "tryWait", "value", "valueBigInt", "clear"])
        fails(() => signal[call](), "CLOSED", 'signal "s"');
});

test("a removed signal ends its waits, and its handles say so", async (t) => {
    const arena = arenaOf(t);
    const handle = arena.openSignal("s");
    for (let i = 0; i < 40; i++) arena.tryWait("s");
    const waits = [arena.wait("s"), arena.waitValue("s", 5), arena.waitAny(["t", "s"])];
    arena.removeSignal("s");
    for (const { reason } of await Promise.allSettled(waits)) {
        assert.equal(reason.code, "NOT_FOUND");
        assert.match(reason.message, /signal "s": it was removed/);
    }
    for (const call of ["signal", "tryWait", "value", "valueBigInt", "clear"])
        fails(() => handle[call](), "NOT_FOUND", 'signal "s": it was removed');
    fails(() => arena.removeSignal("s"), "NOT_FOUND", '"s"');
    assert.equal(arena.tryWait("s"), false);
    assert.equal(arena.value("s"), 0);
    arena.signal("s");
    assert.equal(arena.value("s"), 1, "another signal of the name");
    assert.equal(arena.tryWait("s"), true);
});

test("a service may use a name per job for ever", async (t) => {
    const arena = arenaOf(t, 1 << 16, { maxSignals: 8 });
    const other = lina.Arena.attach(`fd:${arena.fd()}`);
    for (let job = 0; job < 5000; job++) {
        const name = `job ${job % 7 ? job : "again"}`;
        assert.equal(arena.tryWait(name), false);
        other.signal(name);
        assert.equal(arena.tryWait(name), true);
        assert.equal(arena.value(name), 1);
        if (job % 100 === 0) await arena.wait(name, { timeout: 10 });
        other.removeSignal(name);
    }
    assert.equal(arena.info().signals, 0);
    other.close();
});

test("signal adds several at once, exactly", async (t) => {
    const arena = arenaOf(t);
    const reached = arena.waitValue("s", 5, { timeout: 30 });
    arena.signal("s", 5);
    await reached;
    arena.signal("s", 0);
    arena.signal("s", 2n ** 60n);
    assert.equal(arena.value("s", { bigint: true }), 2n ** 60n + 5n);
    fails(() => arena.value("s"), "INVALID", "above 2^53");
    fails(() => arena.signal("s", 2n ** 63n), "INVALID", "s");
    fails(() => arena.signal("s", -1), "INVALID", 'signal "s": n: -1 is negative');
    for (let i = 0; i < 200; i++) assert.equal(arena.tryWait("s"), true);
    fails(() => arena.value("s"), "INVALID", "above 2^53");
    arena.clear("s");
    for (let i = 0; i < 200; i++) assert.equal(arena.tryWait("s"), false);
    arena.signal("s");
    for (let i = 0; i < 200; i++) assert.equal(arena.tryWait("s"), true);
    await arena.waitValue("s", 2n ** 60n + 6n);
});

test("the halves of a counter are read as one where they carry", (t) => {
    const arena = arenaOf(t);
    for (const [i, edge] of [2n ** 31n, 2n ** 32n, 2n ** 33n, 2n ** 52n].entries()) {
        const name = `s${i}`;
        arena.signal(name, edge - 2n);
        for (let n = edge - 2n; n < edge + 3n; n++) {
            for (let k = 0; k < 100; k++) assert.equal(arena.tryWait(name), true);
            assert.equal(arena.value(name), Number(n));
            arena.clear(name);
            for (let k = 0; k < 100; k++) assert.equal(arena.tryWait(name), false, `${n} cleared`);
            arena.signal(name);
        }
    }
});

test("waitAnySync gives the name of the first that is reached", (t) => {
    const arena = arenaOf(t);
    arena.signal("b");
    arena.signal("c");
    assert.equal(arena.waitAnySync(["a", "b", "c"]), "b");
    assert.equal(arena.waitAnySync(["a", ["b", 2], "c"], 1), "c");
    for (const timeout of [0, 0.03, -1])
        fails(() => arena.waitAnySync(["a", ["b", 2n]], timeout), "TIMEOUT", 'none of the signals "a", "b"');
    fails(() => arena.waitAnySync(["a", "é".repeat(40)], 0), "INVALID", "63 bytes");
});

test("a process ends when only waits with ref: false are left", async () => {
    await run(
        `lina.initArena(65536); lina.wait("s", { ref: false, timeout: 3600 }); lina.wait("s", { ref: false });`,
    );
});

test("a process stays alive while another wait is left", async () => {
    const found =
        node(`lina.initArena(65536); lina.wait("s").then(() => console.log("never")); console.log("waits");
    setTimeout(() => console.log("still"), 30);`);
    await printed(found, "still");
    found.child.kill("SIGKILL");
    assert.equal(await found.done, "SIGKILL");
});

test("a process may end in the middle of its waits", async () => {
    for (const end of ["process.exit(0)", "process.reallyExit(0)"])
        await run(`lina.initArena(65536);
      for (let i = 0; i < 500; i++) { lina.wait("s" + i, { timeout: 60 }).catch(() => {}); }
      for (let i = 0; i < 500; i++) lina.signal("s" + i);
      ${end};`);
});

test("Ctrl-C ends a blocking wait, with or without a handler of JavaScript's", async () => {
    const plain = node(`lina.initArena(65536); console.log("waits"); lina.waitSync("s");`);
    await printed(plain, "waits");
    plain.child.kill("SIGINT");
    assert.equal(await plain.done, "SIGINT");
    const handled = node(`lina.initArena(65536);
    process.on("SIGINT", () => { console.log("handled"); process.exit(3); }); // JavaScript's handler runs after the wait
    console.log("waits");
    try { lina.waitSync("s"); } catch (error) { console.log(error.code); }
    setInterval(() => {}, 1000);`);
    await printed(handled, "waits");
    const again = setInterval(() => handled.child.kill("SIGINT"), 100); // the first may come before the wait
    assert.equal(await handled.done, 3);
    clearInterval(again);
    assert.match(handled.out, /INTERRUPTED/);
    assert.match(handled.out, /handled/);
});

test("other system signals do not end a blocking wait", async () => {
    const found = node(`lina.initArena(65536); process.on("SIGUSR2", () => {}); console.log("waits");
    try { lina.waitSync("s", 0.5); } catch (error) { console.log(error.code); } process.exit(0);`);
    await printed(found, "waits");
    const again = setInterval(() => found.child.kill("SIGUSR2"), 20);
    assert.equal(await found.done, 0);
    clearInterval(again);
    assert.match(found.out, /TIMEOUT/);
});

test("a blocking wait is woken by another process", async () => {
    const found = node(`
    lina.initArena(65536, null, { inherit: true });
    const { spawn } = require("child_process");
    const code = "const lina = require(process.argv[1]); lina.attach('fd:3'); lina.signal('go')";
    spawn(process.execPath, ["-e", code, ${JSON.stringify(require.resolve(".."))}], { stdio: ["ignore", 2, 2, lina.fd()] });
    lina.waitSync("go", 60);
    console.log("woken");`);
    assert.equal(await found.done, 0, found.err);
    assert.match(found.out, /woken/);
});

test("a signal that was removed is not read any more, also after its arena is closed", () => {
    const arena = lina.Arena.create(4096);
    const old = arena.openSignal("job");
    arena.signal("job");
    arena.removeSignal("job");
    const young = arena.openSignal("job");
    young.signal();
    const isGone = (call) => fails(call, "NOT_FOUND", 'signal "job": it was removed since it was opened');
    const all = [
        () => old.tryWait(),
        () => old.value(),
        () => old.valueBigInt(),
        () => old.signal(),
        () => old.clear(),
    ];
    all.forEach(isGone);
    assert.equal(young.value(), 1);
    arena.close();
    all.forEach(isGone);
    fails(() => young.tryWait(), "CLOSED", 'signal "job": the arena was closed');
});
