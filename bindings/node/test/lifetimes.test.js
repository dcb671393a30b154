"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { arenaOf, collect, fails, gc, lina, run, turn } = require("./helper.js");

test("a typed array keeps its generation in place, whatever is published or closed", (t) => {
    const arena = arenaOf(t);
    arena.createArray("x", "u8", 1000).data.fill(7);
    const view = arena.typedArray("x").subarray(10, 20);
    for (let i = 0; i < 100; i++) arena.loan("x", "u8", 1000, (x) => void x.data.fill(i));
    assert.equal(arena.info().held, 1);
    arena.remove("x");
    arena.close();
    gc();
    assert.deepEqual([...view], new Array(10).fill(7));
});

test("the collector gives dropped views back to the arena", async (t) => {
    const arena = arenaOf(t, 1 << 20);
    for (let i = 0; i < 50; i++) {
        arena.createArray(`x${i}`, "u8", 100);
        arena.typedArray(`x${i}`);
        arena.remove(`x${i}`);
    }
    assert.ok(arena.info().held > 0);
    await collect(() => arena.info().held === 0);
    assert.equal(arena.info().held, 0);
    assert.equal(arena.info().usedBytes, 0);
});

test("close gives the memory back at once, unless another view uses it", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "u8", 1000);
    const y = arena.array("x");
    arena.remove("x");
    x.close();
    assert.equal(arena.info().held, 1, "y has it");
    assert.equal(y.get(0), 0);
    y.close();
    assert.equal(arena.info().held, 0);
    const z = arena.createArray("z", "u8", 1000);
    const plain = arena.typedArray("z");
    arena.remove("z");
    z.close();
    assert.equal(plain.length, 1000, "given away for good");
    assert.equal(arena.info().held, 1);
});

test("using a view in a block closes it", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "u8", 1);
    x[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
    assert.ok(x.closed);
});

// Compiles a function. Returns undefined if this version of Node does not know its syntax.
function compile(source) {
    try {
        return new (async () => {}).constructor("arena", source);
    } catch (error) {
        assert.ok(error instanceof SyntaxError, error.stack);
    }
}

const block = compile(`
    let kept;
    {
        using x = arena.createArray("x", "u8", 1);
        await using frames = arena.follow("f");
        kept = [x, frames];
        if (x.closed || frames.closed) throw new Error("too early");
    }
    return kept;
`);

test(
    "the language's using and await using close a view and a reader",
    { skip: block ? false : "this Node does not know using" },
    async (t) => {
        const arena = arenaOf(t);
        arena.stream("f", 2);
        const kept = await block(arena);
        assert.deepEqual(
            kept.map((each) => each.closed),
            [true, true],
        );
        assert.equal(arena.streamInfo("f").readers, 0);
    },
);

test("views of the same generation share one ArrayBuffer, and those of another do not", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "f64", 4);
    assert.equal(arena.buffer("x").buffer, x.data.buffer);
    arena.alias("whole", "x", { shape: [4] });
    assert.notEqual(arena.array("whole").data.buffer, x.data.buffer);
    arena.republish("x", "f64", 4);
    assert.notEqual(arena.array("x").data.buffer, x.data.buffer);
    const again = arena.array("x");
    again.close();
    assert.equal(arena.array("x").get(0), 0, "a new one after the last was closed");
});

test("a million views in a loop do not grow the process", async (t) => {
    const arena = arenaOf(t);
    arena.createArray("x", "f64", 100);
    const look = async (n) => {
        for (let i = 0; i < n; i++) {
            arena.array("x").data[0] = i;
            if (i % 4 === 0) arena.array("x").close();
            if (i % 10_000 === 0) await turn();
        }
        await collect(undefined, 4);
        return process.memoryUsage().rss;
    };
    const before = await look(200_000);
    const after = await look(1_000_000);
    assert.ok(after - before < 16 << 20, `${(after - before) >> 20} MiB more`);
});

test("new generations that are looked at and dropped do not fill the arena", async (t) => {
    const arena = arenaOf(t, 8 << 20, { maxArrays: 1024 });
    const other = lina.Arena.attach(`fd:${arena.fd()}`);
    for (let i = 0; i < 20_000; i++) {
        other.loan("x", "f64", 16, (x) => void (x.data[0] = i));
        assert.equal(arena.array("x").data[0], i); // never closed
        if (i % 50 === 0) await turn();
    }
    other.close();
});

test("the collector is told how much memory a view holds", async (t) => {
    const arena = arenaOf(t, 64 << 20);
    const external = () => process.memoryUsage().external;
    await collect(undefined, 3);
    const before = external();
    arena.createArray("x", "u8", 32 << 20);
    assert.ok(external() - before >= 32 << 20, `${external() - before}`);
    await collect(() => external() - before < 1 << 20);
    assert.ok(external() - before < 1 << 20, `${external() - before}`);
});

test("an arena that is dropped closes, and its views live on", async (t) => {
    const arena = arenaOf(t);
    const held = {};
    (() => {
        const other = lina.Arena.attach(`fd:${arena.fd()}`);
        held.view = other.createArray("x", "u8", 3).data;
    })();
    held.view[0] = 5;
    assert.equal(arena.info().members, 2);
    await collect(undefined, 5);
    assert.equal(held.view[0], 5);
    delete held.view;
    await collect(() => arena.info().members === 1);
    assert.equal(arena.info().members, 1);
});

test("views that live at exit, after shutdown and in a thrown error do no harm", async () => {
    await run(`lina.initArena(65536); const x = lina.createArray("x", "u8", 10); lina.typedArray("x"); lina.shutdown();
    x.set(0, 1); process.on("exit", () => x.set(1, 1));`);
    await run(`lina.initArena(65536); globalThis.x = lina.loan("x", "u8", 10); process.exit(0)`);
});

test("an array larger than an ArrayBuffer can be is refused by name", (t) => {
    const most = require("node:buffer").constants.MAX_LENGTH;
    if (most >= 2 ** 36) return t.skip("this Node has larger ArrayBuffers than memory");
    const arena = arenaOf(t, most + (1 << 20));
    fails(
        () => arena.createArray("huge", "u8", most + 1),
        "INVALID",
        'array "huge": it has more bytes',
        RangeError,
    );
    arena.alias("part", "huge", { offset: most - 9, shape: [10] });
    assert.equal(arena.typedArray("part").length, 10);
});

test("arrays above 2 GiB are viewed whole", (t) => {
    const arena = arenaOf(t, 5 * 2 ** 30);
    const size = Math.min(2 ** 31 + 4096, require("node:buffer").constants.MAX_LENGTH);
    const x = arena.loan("huge", "u8", size);
    x.set(size - 1, 9);
    assert.equal(x.data[size - 1], 9);
    x.discard();
});
