// JavaScript of the caller runs in the middle of a call: a getter of an option, or a callback. It may throw, and it may
// end what the call is about.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { arenaOf, lina } = require("./helper.js");

test("an error of a getter or a callback passes through unchanged", (t) => {
    const arena = arenaOf(t);
    const error = new Error("mine");
    const throwing = {
        get order() {
            throw error;
        },
    };
    assert.throws(() => arena.createArray("x", "f64", 1, throwing), error);
    assert.throws(
        () =>
            arena.loan("x", "f64", 1, () => {
                throw error;
            }),
        error,
    );
    const shape = [1];
    Object.defineProperty(shape, 0, {
        get: () => {
            arena.createArray("inner", "u8", [7, 7]);
            return 3;
        },
    });
    assert.deepEqual(arena.createArray("outer", "f64", shape).shape, [3], "a getter that calls Lina");
    assert.deepEqual(arena.array("inner").shape, [7, 7]);
});

test("an option that closes the view while it is read does no harm", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "f64", 2);
    const closing = {
        get unprotected() {
            x.close();
            return false;
        },
    };
    assert.equal(arena.typedArray("x", closing).length, 2);
});

const WITH_OPTIONS = {
    createArray: ["name", "f64", 2, { order: "C", existOk: true }],
    republish: ["name", "f64", 2, { order: "F" }],
    loan: ["name", "f64", 2, { order: "F", timeout: 0 }, () => 1],
    alias: ["name", "x", { offset: 8, shape: [1], strides: [8], dtype: "f64" }],
    typedArray: ["name", { unprotected: false }],
    buffer: ["name", { unprotected: false }],
    createRecords: ["name", { x: "f64", id: "i32" }, 2, { existOk: true }],
    stream: ["name", { depth: 4 }],
    followSync: ["name", { timeout: 0, start: "oldest", lossy: true, maxHeld: 2, revive: true }],
    follow: ["name", { timeout: 0, ref: true }],
    value: ["name", { bigint: true }],
    wait: ["name", { timeout: 0, ref: true, member: "other" }],
    waitValue: ["name", 1, { timeout: 0 }],
    waitAny: [["name"], { timeout: 0 }],
    waitSync: ["name", { timeout: 0, member: "other" }],
    waitValueSync: ["name", 1, { timeout: 0 }],
    waitAnySync: [["name"], { timeout: 0 }],
};

test("an option that closes the arena while it is read ends the call, and the error names what it was for", async () => {
    for (const [method, good] of Object.entries(WITH_OPTIONS)) {
        const place = good.findLastIndex((argument) => typeof argument === "object");
        for (const [option, value] of Object.entries(good[place])) {
            const arena = lina.Arena.create(1 << 16);
            arena.createArray("x", "f64", 2);
            const get = () => (arena.close(), value);
            const options = Object.defineProperty({ ...good[place] }, option, { get, enumerable: true });
            const call = async () =>
                arena[method](...good.map((argument, i) => (i === place ? options : argument)));
            await assert.rejects(call, { code: "CLOSED", message: /"name.*": the arena was closed/ }, method);
        }
    }
});
