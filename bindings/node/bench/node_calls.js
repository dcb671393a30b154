// Compares what Lina takes in Node with JavaScript's own means. Prints a line of JSON for each, which bench/table.py
// reads.
//
//     node bindings/node/bench/node_calls.js [--quick] [--row P11]...      LINA_PYTHON and PYTHONPATH=build for P10
//
// In every round, all contestants take turns. Each figure is the median of the rounds.
"use strict";

const { spawn } = require("node:child_process");
const lina = require("..");

const QUICK = process.argv.includes("--quick");
const ROWS = process.argv.filter((_, i) => process.argv[i - 1] === "--row");
const wanted = (target) => ROWS.length === 0 || ROWS.some((row) => row.split(" ")[0] === target);
const CALLS = 100_000;
const ELEMENTS = QUICK ? 1_000_000 : 10_000_000;
const COPIES = QUICK ? 2 : 8;
const MIB = 1 << 20;

function emit(id, what, values) {
    console.log(JSON.stringify({ id, what: `Node ${what}`, unit: "ns", values }));
}

function median(samples) {
    samples.sort((a, b) => a - b);
    return samples[samples.length >> 1];
}

function nanoseconds(run, argument) {
    const started = process.hrtime.bigint();
    run(argument);
    return Number(process.hrtime.bigint() - started);
}

// Each contestant is a function of the round's number.
function takeTurns(contestants, rounds, turns = 1) {
    const names = Object.keys(contestants);
    const times = Object.fromEntries(names.map((name) => [name, []]));
    for (const name of names) for (let i = 0; i < 3; i++) contestants[name](i); // compile
    for (let round = 0; round < rounds; round++)
        for (const name of round % 2 ? names : [...names].reverse())
            times[name].push(nanoseconds(contestants[name], round) / turns);
    return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}

// Makes new code for each contestant, because the engine adapts code to what it calls.
const loop = (expression, scope) =>
    new Function(
        ...Object.keys(scope),
        `return () => { let found = 0; for (let i = 0; i < ${CALLS}; i++) if (${expression}) found++; return found; };`,
    )(...Object.values(scope));

// ---- P11: one look at a signal ------------------------------------------------------------------------------------

function calls() {
    const shared = new Int32Array(new SharedArrayBuffer(64));
    const arena = lina.Arena.create(MIB);
    const limit = loop("Atomics.load(shared, 0) === 1", { shared });
    for (const state of ["not set", "set"]) {
        const name = state.replace(" ", "_");
        const handle = arena.openSignal(name);
        if (state === "set") arena.signal(name);
        const tryWait = lina.Arena.prototype.tryWait.bind(arena);
        const contestants = {
            Lina: loop(`tryWait("${name}")`, { tryWait }),
            "Lina by handle": loop("handle.tryWait()", { handle }),
            "limit, Atomics.load": limit,
        };
        emit("P11", `try_wait, ${state}`, takeTurns(contestants, QUICK ? 31 : 301, CALLS));
    }
    const value = lina.Arena.prototype.value.bind(arena);
    const contestants = { Lina: loop('value("set") === 7', { value }), "limit, Atomics.load": limit };
    emit("P11", "value", takeTurns(contestants, QUICK ? 31 : 301, CALLS));
    arena.close();
}

// ---- P12: every element of a view ---------------------------------------------------------------------------------

const sumOf = () =>
    new Function("a", "let sum = 0; for (let i = 0; i < a.length; i++) sum += a[i]; return sum;");
const mapOf = () => new Function("a", "b", "for (let i = 0; i < a.length; i++) b[i] = 1 - a[i];");

// Makes COPIES of an array on each side, in turns, because the pages that a process gets first are slower.
function makeCopies(arena) {
    const make = {
        Lina: (i) => arena.createArray(`x${i}`, "f64", ELEMENTS).data,
        "limit, Float64Array": () => new Float64Array(ELEMENTS),
        SharedArrayBuffer: () => new Float64Array(new SharedArrayBuffer(8 * ELEMENTS)),
    };
    const copies = Object.fromEntries(Object.keys(make).map((who) => [who, []]));
    for (let i = 0; i < COPIES; i++) {
        const order = Object.keys(make);
        order.push(...order.splice(0, i % order.length));
        for (const who of order) copies[who].push(make[who](i).fill(0.5));
    }
    return copies;
}

function elements() {
    const arena = lina.Arena.create(8 * ELEMENTS * COPIES + MIB);
    const copies = makeCopies(arena);
    const work = (of) =>
        Object.fromEntries(
            Object.entries(copies).map(([who, arrays]) => {
                const run = of();
                return [who, (round) => run(arrays[round % COPIES], arrays[(round + 1) % COPIES])];
            }),
        );
    const what = `${ELEMENTS.toLocaleString("en")} f64`;
    emit("P12", `sum, ${what}`, takeTurns(work(sumOf), (QUICK ? 3 : 9) * COPIES));
    emit("P12", `map, ${what}`, takeTurns(work(mapOf), (QUICK ? 3 : 9) * COPIES));
    arena.close();
}

// ---- P10: from Python -----------------------------------------------------------------------------------------------

const PYTHON = `
import lina, numpy as np
lina.attach("fd:3")
for name, size in (("small", 1024), ("large", 100 << 20)):
    np.asarray(lina.create_array(name, "f64", size // 8))[:] = 1.0
turn = 0
while True:
    turn += 1
    lina.signal("ready")
    lina.wait_value("ask", turn)
    if lina.try_wait("stop"):
        break
    lina.signal("hand")
`;

// One turn: Python signals, and Node views the array and reads its ends.
function receive(arena, name, turn) {
    arena.signal("ask");
    arena.waitValueSync("hand", turn, 60);
    const data = arena.typedArray(name);
    if (data[0] + data[data.length - 1] !== 2) throw new Error("not what was written");
}

async function handOver() {
    const arena = lina.Arena.create(256 * MIB, null, { inherit: true });
    const python = spawn(process.env.LINA_PYTHON, ["-c", PYTHON], {
        stdio: ["ignore", "inherit", "inherit", arena.fd()],
    });
    arena.waitSync("ready", 60);
    let turn = 0;
    const take = (name) => () => receive(arena, name, ++turn);
    const { large, small } = takeTurns({ large: take("large"), small: take("small") }, QUICK ? 101 : 501);
    emit("P10", "Python to Node, 100 MiB", { Lina: large, "limit, 1 KiB": small });
    arena.signal("stop");
    arena.signal("ask");
    await new Promise((resolve) => python.on("close", resolve));
    arena.close();
}

if (wanted("P11")) calls();
if (wanted("P12")) elements();
if (wanted("P10") && process.env.LINA_PYTHON) handOver();
