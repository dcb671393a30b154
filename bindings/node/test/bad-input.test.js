"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { arenaOf, fails, lina } = require("./helper.js");

// Strange values of every kind, which hardly any function takes.
const STRANGE = [
    undefined,
    null,
    true,
    NaN,
    Infinity,
    -Infinity,
    -0,
    -1,
    1.5,
    2 ** 53,
    2 ** 64,
    -1n,
    2n ** 64n,
    "",
    "2",
    "\0",
    "x".repeat(64),
    "é".repeat(32),
    "a\0b",
    "\ud800",
    Symbol("s"),
    {},
    [],
    [[]],
    ["1"],
    [-1],
    [NaN],
    [2 ** 53],
    [-0],
    [1.5],
    [undefined],
    new Array(9).fill(1),
    new Array(3),
    () => 1,
    class A {},
    new Date(),
    new Proxy({}, {}),
    new Float64Array(2),
    new DataView(new ArrayBuffer(8)),
    new ArrayBuffer(8),
    new Map([[1, 2]]),
    Object.create(null),
    {
        valueOf: () => {
            throw new Error("valueOf ran");
        },
    },
    {
        toString: () => {
            throw new Error("toString ran");
        },
    },
    new Uint8Array(new SharedArrayBuffer(8)),
    revoked(),
];

function revoked() {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
}

const ours = (error) => error instanceof lina.LinaError;
// JavaScript's own errors, for a revoked proxy and for a class that is called as a function.
const theirs = (error) => /revoked|proxy|Class constructor/i.test(error.message);

// Calls the method with each strange value in each place. Every call must work or throw a LinaError.
async function tryAll(object, name, good) {
    for (let place = 0; place <= good.length; place++) {
        for (const strange of STRANGE) {
            const args = [...good];
            args[place] = strange;
            try {
                const result = object[name](...args);
                result?.close?.();
                await result;
            } catch (error) {
                if (!ours(error) && !theirs(error)) {
                    error.message = `${name}(…) with a strange argument ${place}: ${error.message}`;
                    throw error;
                }
            }
        }
    }
}

const CALLS = {
    createArray: ["made", "f64", [2], { order: "C" }],
    republish: ["x", "f64", [2], { order: "F" }],
    loan: ["x", "f64", [2], { order: "F" }, () => 1],
    alias: ["part", "x", { offset: 8, shape: [1], strides: [8] }],
    array: ["x"],
    typedArray: ["x", {}],
    buffer: ["x", {}],
    openDesc: ["x"],
    read: ["x"],
    write: ["x", new Float64Array(2)],
    remove: ["none"],
    reclaim: ["none"],
    openSignal: ["s"],
    signal: ["s", 1],
    clear: ["s"],
    tryWait: ["s"],
    value: ["s", { bigint: true }],
    wait: ["set", { timeout: 0 }],
    waitValue: ["set", 1, { timeout: 0 }],
    waitAny: [["set", "other"], { timeout: 0 }],
    waitSync: ["set", 0],
    waitValueSync: ["set", 1, 0],
    waitAnySync: [["set", "other"], 0],
    removeSignal: ["s"],
    createRecords: ["p", { x: "f64", id: "i32" }, 2, { existOk: true }],
    stream: ["f", 4],
    streamInfo: ["f"],
    produce: ["f", () => 1],
    follow: ["f", { timeout: 0 }],
    followSync: ["f", { timeout: 0 }],
    setMemberName: ["me"],
};

for (const [name, good] of Object.entries(CALLS)) {
    test(`${name} answers every strange argument with a LinaError, or takes it`, async (t) => {
        const arena = arenaOf(t, 1 << 20, { maxSignals: 4000 });
        arena.signal("set");
        arena.createArray("x", "f64", [2]).set(0, 1.25);
        arena.stream("f", 4);
        await tryAll(arena, name, good);
        arena.checkTables();
        assert.equal(arena.array("x").ndim >= 0, true);
    });
}

const METHODS = {
    "an array": [
        (arena) => arena.createArray("y", "f64", [2, 2], { existOk: true }),
        { get: [0, 1], set: [0, 1, 1], toNested: [], ref: [] },
    ],
    "an array of BigInts": [
        (arena) => arena.createArray("z", "i64", [2, 2], { existOk: true }),
        { get: [0, 1], set: [0, 1, 1n] },
    ],
    "a loan": [
        (arena) => arena.loan("l", "f64", 2),
        { publish: [{ timeout: 0 }], publishAsync: [{ timeout: 0 }], discard: [], keep: [], set: [0, 1] },
    ],
    "a signal": [(arena) => arena.openSignal("s"), { signal: [], tryWait: [], clear: [], value: [] }],
    "a reader": [(arena) => arena.followSync("f", { timeout: 0 }), { return: [] }],
};

for (const [what, [make, calls]] of Object.entries(METHODS)) {
    test(`the methods of ${what} answer every strange argument with a LinaError, or take it`, async (t) => {
        const arena = arenaOf(t);
        arena.stream("f", 4);
        for (const [name, good] of Object.entries(calls)) {
            // Each call has an object of its own, since some calls end it.
            const anew = {
                [name]: async (...args) => {
                    const object = make(arena);
                    try {
                        await object[name](...args);
                    } finally {
                        object.discard?.();
                        object.close?.();
                    }
                },
            };
            await tryAll(anew, name, good);
        }
        arena.checkTables();
    });
}

test("an index that is an object is refused, and its conversions do not run", (t) => {
    const x = arenaOf(t).createArray("x", "f64", 2);
    let ran = 0;
    const index = { valueOf: () => ran++, toString: () => String(ran++) };
    for (const call of [() => x.get(index), () => x.set(index, 1)])
        fails(call, "INVALID", 'array "x": index 0:', TypeError);
    assert.equal(ran, 0);
});

test("the module's own functions answer strange arguments with a LinaError", async () => {
    for (const [name, good] of Object.entries({
        from: [{ lina: "array" }],
        inspect: ["shm:no-such"],
        unlink: ["shm:no-such"],
        fromBits: ["f16", 1],
        toBits: ["f16", 1],
    }))
        await tryAll(lina, name, good);
    for (const strange of STRANGE) {
        for (const call of [() => lina.Arena.attach(strange), () => lina.Arena.attach("fd:999", strange)])
            assert.throws(call, (error) => ours(error) || theirs(error));
        for (const args of [
            [strange],
            [4096, strange],
            [4096, null, strange],
            [4096, { maxArrays: strange }],
        ]) {
            try {
                lina.Arena.create(...args).close();
            } catch (error) {
                assert.ok(ours(error) || theirs(error), error.stack);
            }
        }
    }
});

test("each message names the argument, what it was and what is wanted", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "i32", [2, 3]);
    const cases = [
        [
            () => arena.createArray("y", "f65", 2),
            RangeError,
            'array "y": dtype: "f65" is no dtype: one of u8',
        ],
        [() => arena.createArray("y", null, 2), TypeError, 'array "y": dtype: null is not a dtype'],
        [() => arena.createArray("y", "f64", ["2"]), TypeError, 'array "y": shape[0]: "2" is not a number'],
        [() => arena.createArray("y", "f64", "2"), TypeError, 'array "y": shape: "2" is not a list'],
        [() => arena.createArray("y", "f64", [2, -1]), RangeError, 'array "y": shape[1]: -1 is negative'],
        [() => arena.createArray("y", "f64", [1.5]), RangeError, "shape[0]: 1.5 is not a whole number"],
        [
            () => arena.createArray("y", "f64", [2 ** 53]),
            RangeError,
            "shape[0]: 9007199254740992 is above 2^53",
        ],
        [() => arena.createArray("y", "f64", [2 ** 52, 2 ** 52]), RangeError, "y"],
        [() => arena.createArray("y", "f64", [-0]), RangeError, "shape[0]: -0 is negative zero"],
        [() => arena.createArray("y", "f64", [NaN]), RangeError, "shape[0]: NaN is not a whole number"],
        [
            () => arena.createArray("y", "f64", 1, { order: "D" }),
            RangeError,
            'order: "D" is neither "C" nor "F"',
        ],
        [
            () => arena.createArray("y", "f64", 1, { oder: "C" }),
            RangeError,
            "there is no such option, but order",
        ],
        [() => arena.createArray("", "f64", 1), RangeError, "name"],
        [() => arena.createArray(5, "f64", 1), TypeError, "array name: 5 is not a string"],
        [() => arena.createArray("a\0b", "f64", 1), RangeError, "has a zero"],
        [() => arena.createArray("\udc00", "f64", 1), RangeError, "half a character"],
        [() => arena.createArray("é".repeat(40), "f64", 1), RangeError, "63"],
        [() => arena.signal("x".repeat(64)), RangeError, "too long"],
        [() => x.get(0), RangeError, 'array "x": 1 indices for 2 dimensions'],
        [() => x.get(0, 3), RangeError, 'array "x": index 1: 3 is outside of 0 to 2'],
        [() => x.get("0", 0), TypeError, 'array "x": index 0: "0" is not a number'],
        [() => x.get(0, 0.5), RangeError, "index 1: 0.5 is not a whole number"],
        [() => x.set(0, 0, 1.5), RangeError, 'array "x": value: 1.5 is not a whole number'],
        [
            () => x.set(0, 0, 2 ** 31),
            RangeError,
            "value: 2147483648 is not between -2147483648 and 2147483647",
        ],
        [() => x.set(0, 0, "1"), TypeError, 'array "x": value: "1" is not a number'],
        [() => x.set(0, 0, 1n), TypeError, "value: 1n is not a number"],
        [() => x.set(), RangeError, "set needs indices and a value"],
        [() => arena.waitSync("s", NaN), RangeError, 'signal "s": timeout: NaN is no number of seconds'],
        [() => arena.waitSync("s", "1"), TypeError, 'signal "s": timeout: "1" is not a number'],
        [() => arena.waitValueSync("s", -1), RangeError, 'signal "s": target: -1 is negative'],
        [() => arena.waitValueSync("s", 1.5), RangeError, "target: 1.5 is not a whole number"],
        [() => arena.waitValueSync("s"), TypeError, "target: undefined"],
        [() => arena.alias("z", "x", {}), TypeError, 'array "z": options.shape'],
        [() => arena.alias("z", "x", { shape: [2], strides: [1, 2] }), RangeError, "strides"],
        [() => lina.Arena.create(-1), RangeError, "bytes: -1 is negative"],
        [() => lina.Arena.create("1"), TypeError, 'bytes: "1" is not a number'],
        [() => lina.Arena.create(4096, "here"), RangeError, "here"],
        [() => lina.Arena.create(4096, 7), TypeError, "where: 7"],
        [() => lina.Arena.create(4096, "shm:a\0b"), RangeError, "where"],
        [() => lina.Arena.attach(`file:/tmp/${"./".repeat(2500)}x`), RangeError, "is too long"],
        [() => lina.inspect("shm:a\0b"), RangeError, 'where: "shm:a\\u0000b" has a zero in it'],
        [() => lina.unlink("shm:a\0b"), RangeError, "has a zero in it"],
        [() => lina.Arena.create(4096, { maxArrays: -1 }), RangeError, "options.maxArrays: -1 is negative"],
        [() => lina.Arena.create(4096, { reserve: 1 }), TypeError, "options.reserve: 1 is not true or false"],
    ];
    for (const [call, kind, text] of cases) fails(call, "INVALID", text, kind);
    assert.equal(arena.list().length, 1);
});

test("each wrong promise of a wait names the argument", async (t) => {
    const arena = arenaOf(t);
    const cases = [
        [arena.wait("s", { timeout: NaN }), 'signal "s": timeout: NaN'],
        [arena.wait("s", { signal: {} }), 'signal "s": options.signal'],
        [arena.wait("s", { ref: 1 }), "options.ref"],
        [arena.wait("s", 5), 'signal "s": options: 5'],
        [arena.wait("s", { timout: 5 }), "there is no such option"],
        [arena.wait(5), "signal name: 5"],
        [arena.waitValue("s", "1"), 'signal "s": target: "1"'],
        [arena.waitAny([]), "waits"],
        [arena.waitAny("s"), 'waits: "s" is not a list'],
        [arena.waitAny([["s"]]), 'signal "s": target: undefined'],
    ];
    for (const [promise, text] of cases)
        await assert.rejects(
            promise,
            (error) => ours(error) && error.message.includes(text) && error.code === "INVALID",
        );
});

test("a detached buffer and a view after close are errors, not crashes", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "f64", 2);
    const data = x.data;
    x.close();
    x.close();
    assert.equal(data.length, 0, "detached");
    for (const call of [() => x.get(0), () => x.set(0, 1), () => x.data, () => x.toNested(), () => x.ref()])
        fails(call, "CLOSED", 'array "x": it was closed');
    assert.equal(x.isCurrent, false);
    const y = arena.array("x");
    if (typeof y.data.buffer.transfer === "function") {
        const moved = new Float64Array(y.data.buffer.transfer());
        fails(() => y.get(0), "CLOSED", "detached");
        y.close();
        moved[0] = 5; // the bytes are still there
        assert.equal(arena.array("x").get(0), 5);
    }
    const gone = new Float64Array(2);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    fails(() => arena.write("x", gone), "INVALID", "values have 0 bytes");
});

test("the classes are not to be constructed by hand", () => {
    const arena = lina.Arena.create(4096);
    const signal = arena.openSignal("s");
    for (const make of [
        () => new lina.LinaArray(),
        () => new lina.LinaArray(arena, "x", new ArrayBuffer(8), {}),
        () => new lina.Loan(arena, "x", new ArrayBuffer(8), {}),
        () => new lina.Arena(),
        () => new lina.Arena(5),
        () => new lina.Arena({}),
        () => new lina.Arena(signal.handle),
        () => new lina.Signal(arena, "s", {}),
        () => new lina.Signal(arena, "s", arena.native),
    ])
        assert.throws(make, TypeError);
    arena.close();
});

test("methods that are called on other objects throw, and touch no memory", () => {
    const arena = lina.Arena.create(4096);
    const signal = arena.openSignal("s");
    const strangers = [
        {},
        null,
        5,
        new Proxy(arena, {}),
        Object.create(null),
        { native: signal.handle },
        signal,
    ];
    for (const kind of [lina.Arena, lina.LinaArray, lina.Loan, lina.Signal]) {
        for (const name of Object.getOwnPropertyNames(kind.prototype)) {
            const { value, get } = Object.getOwnPropertyDescriptor(kind.prototype, name);
            for (const stranger of strangers) {
                if (stranger === signal && kind === lina.Signal) continue;
                try {
                    const result = (get ?? value).call(stranger, "s", "f64", 1);
                    if (result instanceof Promise) result.catch((error) => assert.ok(error instanceof Error));
                } catch (error) {
                    assert.ok(error instanceof Error, String(error));
                }
            }
        }
    }
    arena.checkTables();
    arena.close();
});
