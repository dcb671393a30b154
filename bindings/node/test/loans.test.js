"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { arenaOf, collect, fails, lina } = require("./helper.js");

test("a loan is unseen until its function returns, and gives what that returned", (t) => {
    const arena = arenaOf(t);
    const result = arena.loan("x", "f64", [2, 3], (x) => {
        x.data.fill(42);
        fails(() => arena.array("x"), "NOT_FOUND", '"x"');
        return "done";
    });
    assert.equal(result, "done");
    assert.deepEqual(arena.array("x").toNested(), [
        [42, 42, 42],
        [42, 42, 42],
    ]);
});

test("a function that throws discards the loan, and so does a promise that rejects", async (t) => {
    const arena = arenaOf(t);
    arena.createArray("x", "u8", 1).close();
    let escaped;
    const oops = (x) => {
        escaped = x;
        throw new TypeError("oops");
    };
    assert.throws(() => arena.loan("x", "u8", 100, oops), /oops/);
    fails(() => escaped.get(0), "CLOSED", "discarded");
    fails(() => escaped.data, "CLOSED", "discarded");
    await assert.rejects(
        arena.loan("x", "u8", 100, async (x) => oops(x)),
        /oops/,
    );
    assert.equal(arena.array("x").generation, 1);
    assert.equal(arena.info().held, 0);
});

test("an asynchronous loan is published when its promise resolves", async (t) => {
    const arena = arenaOf(t);
    const promise = arena.loan("x", "i32", 4, { order: "F" }, async (x) => {
        await null;
        x.data.set([1, 2, 3, 4]);
        return 7;
    });
    fails(() => arena.array("x"), "NOT_FOUND", '"x"');
    assert.equal(await promise, 7);
    assert.deepEqual(arena.array("x").toNested(), [1, 2, 3, 4]);
});

test("the view of a published loan ends with the function, so that memory comes back at once", (t) => {
    const arena = arenaOf(t, 1 << 16);
    let escaped, data;
    for (let i = 0; i < 5000; i++) {
        arena.loan("x", "u8", 20000, (x) => {
            escaped = x;
            data = x.data;
            data[0] = i;
        });
    }
    assert.equal(arena.info().held, 0);
    assert.equal(data.length, 0);
    fails(() => escaped.get(0), "CLOSED", 'array "x": the loan was published');
    assert.equal(arena.array("x").generation >= 5000, true);
});

test("keep lets the view go on as one of the published generation", (t) => {
    const arena = arenaOf(t);
    arena.createArray("x", "u8", 1);
    const kept = arena.loan("x", "u8", 2, (x) => {
        assert.ok(x.isLoan && !x.isCurrent);
        arena.republish("x", "u8", 5);
        return x.keep();
    });
    assert.ok(!kept.isLoan && kept.isCurrent);
    assert.equal(kept.generation, 3, "the one that it became");
    kept.set(1, 9);
    assert.equal(arena.typedArray("x")[1], 9);
    assert.equal(arena.typedArray("x").buffer, kept.data.buffer);
    arena.republish("x", "u8", 1);
    assert.equal(kept.get(1), 9);
});

test("without a function the loan is published or discarded by hand, and once", (t) => {
    const arena = arenaOf(t);
    const loan = arena.loan("x", "u8", 1);
    loan.set(0, 7);
    loan.publish();
    assert.equal(arena.array("x").get(0), 7);
    for (const again of ["publish", "discard"])
        fails(() => loan[again](), "INVALID", 'array "x": it is not an unpublished loan');
    const other = arena.loan("x", "u8", 1);
    other.discard();
    fails(() => other.publish(), "INVALID", "not an unpublished loan");
    arena.loan("x", "u8", 1)[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
    assert.equal(arena.array("x").generation, 1);
});

test("a function may publish or discard by itself", (t) => {
    const arena = arenaOf(t);
    arena.loan("x", "u8", 1, (x) => x.publish());
    arena.loan("x", "u8", 1, (x) => x.discard());
    assert.equal(arena.array("x").generation, 1);
    assert.throws(
        () =>
            arena.loan("x", "u8", 1, (x) => {
                x.publish();
                throw new Error("late");
            }),
        /late/,
    );
    assert.equal(arena.array("x").generation, 2);
});

test("a loan that is forgotten gives its memory back", async (t) => {
    const arena = arenaOf(t);
    (() => arena.loan("x", "u8", 1000))();
    assert.ok(arena.info().usedBytes > 0);
    await collect(() => arena.info().usedBytes === 0);
    assert.equal(arena.info().usedBytes, 0);
});

test("a loan whose arena was closed meanwhile says so", (t) => {
    const arena = arenaOf(t);
    const loan = arena.loan("x", "u8", 1);
    arena.close();
    loan.set(0, 1);
    assert.throws(
        () => loan.publish(),
        (error) => error.code === "CLOSED" && error.loan === loan,
    );
    loan.discard();
});

test("bad loans are refused before the function runs", (t) => {
    const arena = arenaOf(t);
    const never = () => assert.fail("it ran");
    fails(() => arena.loan("x", "f65", 1, never), "INVALID", 'array "x": dtype', RangeError);
    fails(() => arena.loan("x", "f64", -1, never), "INVALID", 'array "x": shape[0]', RangeError);
    fails(() => arena.loan("x", "f64", 1, { order: "Z" }, never), "INVALID", 'array "x": order', RangeError);
    fails(() => arena.loan("x", "f64", 2 ** 40, never), "NO_MEMORY", '"x"', RangeError);
    fails(() => arena.loan("x", "f64", 1, {}, 5), "INVALID", 'array "x": body', TypeError);
    fails(() => arena.loan("x", "f64", 1, null, never), "INVALID", "options", TypeError);
    assert.equal(arena.info().usedBytes, 0);
});

test("republish gives zeroes, and old views keep the old values", (t) => {
    const arena = arenaOf(t);
    const old = arena.createArray("x", "i16", 3);
    old.data.set([1, 2, 3]);
    arena.republish("x", "f32", [2, 2], { order: "F" });
    assert.deepEqual(arena.array("x").toNested(), [
        [0, 0],
        [0, 0],
    ]);
    assert.deepEqual([...old.data], [1, 2, 3]);
    assert.ok(!old.isCurrent);
    arena.remove("x");
    fails(() => arena.array("x"), "NOT_FOUND", '"x"');
    assert.deepEqual([...old.data], [1, 2, 3]);
    arena.createArray("x", "i16", 3);
    assert.ok(!old.isCurrent);
    arena.reclaim("x");
});

test("lina.loan serves the default arena as well", (t) => {
    lina.initArena(1 << 16);
    t.after(lina.shutdown);
    lina.loan("x", "u8", 1, (x) => x.set(0, 5));
    assert.equal(lina.array("x").get(0), 5);
});

test("a body whose result cannot be looked at discards its loan", (t) => {
    const arena = arenaOf(t);
    const error = new Error("mine");
    const strange = {
        get then() {
            throw error;
        },
    };
    assert.throws(() => arena.loan("x", "f64", 1, () => strange), error);
    assert.equal(arena.info().loans, 0);
});

test("bytes of a loan that were transferred stay in place when it is published", (t) => {
    const arena = arenaOf(t);
    const loan = arena.loan("x", "f64", 2);
    if (typeof loan.data.buffer.transfer !== "function") return; // before Node 22 the transfer list copies
    const moved = new Float64Array(loan.data.buffer.transfer());
    loan.publish();
    moved[0] = 5;
    assert.equal(arena.array("x").get(0), 5);
    arena.republish("x", "f64", 2);
    assert.equal(arena.info().held, 1);
    assert.equal(arena.array("x").get(0), 0);
    assert.equal(moved[0], 5);
});
