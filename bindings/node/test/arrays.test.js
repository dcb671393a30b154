"use strict";

const assert = require("node:assert/strict");
const { inspect } = require("node:util");
const test = require("node:test");
const { arenaOf, fails, lina } = require("./helper.js");

const HALF = typeof Float16Array === "function";

// dtype, its typed array, and values that survive a round trip.
const DTYPES = [
    ["u8", Uint8Array, [0, 255]],
    ["i64", BigInt64Array, [-(2n ** 63n), 2n ** 63n - 1n]],
    ["f64", Float64Array, [-1.5, Infinity]],
    ["bool", Uint8Array, [true, false]],
    ["i8", Int8Array, [-128, 127]],
    ["i16", Int16Array, [-32768, 32767]],
    ["i32", Int32Array, [-(2 ** 31), 2 ** 31 - 1]],
    ["u16", Uint16Array, [0, 65535]],
    ["u32", Uint32Array, [0, 2 ** 32 - 1]],
    ["u64", BigUint64Array, [0n, 2n ** 64n - 1n]],
    ["f16", HALF ? globalThis.Float16Array : Uint16Array, [-1.5, 65504]],
    ["bf16", Uint16Array, [-1.5, 256]],
    ["f32", Float32Array, [-1.5, 0.25]],
    [
        "c64",
        Float32Array,
        [
            [1, -2],
            [0.5, 0],
        ],
    ],
    [
        "c128",
        Float64Array,
        [
            [1, -2],
            [0.1, 0],
        ],
    ],
];

for (const [dtype, View, values] of DTYPES) {
    test(`an array of ${dtype} is a ${View.name} over the arena's bytes, and keeps its values exactly`, (t) => {
        const arena = arenaOf(t);
        const x = arena.createArray("x", dtype, [3, 2]);
        assert.equal(x.dtype, dtype);
        assert.ok(x.data instanceof View);
        assert.equal(arena.typedArray("x").constructor, View);
        values.forEach((value, i) => x.set(i, 1, value));
        const y = arena.array("x");
        values.forEach((value, i) => assert.deepEqual(y.get(i, 1), value));
        assert.deepEqual(y.toNested()[0][1], values[0]);
        assert.equal(y.data.buffer, x.data.buffer, "one ArrayBuffer for the same bytes");
    });
}

test("element (i, j) is element (i, j) in both orders", (t) => {
    const arena = arenaOf(t);
    for (const order of ["C", "F"]) {
        const x = arena.createArray(`x${order}`, "i32", [2, 3], { order });
        for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) x.set(i, j, 10 * i + j);
        assert.deepEqual(x.toNested(), [
            [0, 1, 2],
            [10, 11, 12],
        ]);
        const flat = order === "C" ? [0, 1, 2, 10, 11, 12] : [0, 10, 1, 11, 2, 12];
        assert.deepEqual([...arena.typedArray(`x${order}`)], flat);
        assert.deepEqual(x.strides, order === "C" ? [3, 1] : [1, 2]);
        assert.equal(x.order, order);
    }
});

test("arrays have zero to eight dimensions, and any of them may be empty", (t) => {
    const arena = arenaOf(t);
    for (let ndim = 0; ndim <= 8; ndim++) {
        const shape = Array.from({ length: ndim }, (_, i) => 1 + (i % 2));
        const x = arena.createArray(`x${ndim}`, "u8", shape);
        const last = shape.map((extent) => extent - 1);
        x.set(...last, 7);
        assert.equal(arena.array(`x${ndim}`).get(...last), 7);
        assert.equal(x.data[x.data.length - 1], 7);
        assert.equal(x.size, x.data.length);
    }
    for (const shape of [[0], [2, 0, 3], [0, 0]]) {
        const name = `empty ${shape}`;
        const x = arena.createArray(name, "f64", shape);
        assert.equal(x.data.length, 0);
        assert.ok(x.isCurrent);
        assert.equal(arena.typedArray(name).length, 0);
        assert.equal(arena.buffer(name).length, 0);
        fails(() => x.get(...shape.map(() => 0)), "INVALID", `array "${name}": index`, RangeError);
        arena.republish(name, "f64", shape);
        assert.ok(!x.isCurrent);
        x.close();
    }
    fails(() => arena.createArray("x9", "u8", new Array(9).fill(1)), "INVALID", "9 dimensions");
});

test("aliases have any strides inside their base, negative and zero ones too", (t) => {
    const arena = arenaOf(t);
    const frame = arena.createArray("frame", "u8", [4, 5, 3]);
    frame.data.forEach((_, i) => (frame.data[i] = i));
    arena.alias("red", "frame", { offset: 0, shape: [4, 5], strides: [15, 3] });
    arena.alias("turned", "frame", { offset: 57, shape: [4, 5], strides: [-15, -3] });
    arena.alias("still", "frame", { offset: 2, shape: [2, 2], strides: [0, 0] });
    arena.alias("part", "frame", { offset: 3, shape: [2, 3] });
    assert.equal(arena.array("red").get(2, 3), 39);
    assert.equal(arena.array("turned").get(0, 1), 54);
    assert.deepEqual(arena.array("turned").toNested()[3], [12, 9, 6, 3, 0]);
    assert.deepEqual(arena.array("still").toNested(), [
        [2, 2],
        [2, 2],
    ]);
    assert.deepEqual([...arena.typedArray("part")], [3, 4, 5, 6, 7, 8]);
    arena.array("red").set(0, 0, 99);
    assert.equal(frame.get(0, 0, 0), 99);
    assert.equal(arena.openDesc("turned").strides[0], -15);
    for (const look of ["typedArray", "buffer"])
        fails(() => arena[look]("red"), "INVALID", 'array "red": it is strided');
    fails(() => arena.alias("out", "frame", { offset: 58, shape: [3] }), "INVALID", "out", RangeError);
});

test("an array that no typed array can show raises, and read copies it", (t) => {
    const arena = arenaOf(t);
    arena.createArray("base", "f64", [4]);
    arena.alias("odd", "base", { offset: 4, shape: [2] });
    arena.alias("skewed", "base", { offset: 0, shape: [2], strides: [12] });
    arena.typedArray("base").set([1, 2, 3, 4]);
    for (const name of ["odd", "skewed"]) {
        fails(() => arena.array(name), "INVALID", `array "${name}": its elements do not lie`);
        assert.equal(arena.read(name).get(1), new DataView(arena.buffer("base").buffer).getFloat64(12, true));
    }
});

test("an unknown dtype is listed and shown as bytes", (t) => {
    const arena = arenaOf(t);
    fails(() => arena.createArray("raw", 0x00020305, [4]), "INVALID", 'array "raw": its dtype 0x20305');
    assert.equal(arena.openDesc("raw").dtype, 0x00020305);
    assert.equal(arena.list()[0].dtype, 0x00020305);
    assert.equal(arena.buffer("raw").length, 4);
    fails(() => arena.array("raw"), "INVALID", 'lina.buffer("raw")');
});

test("a typed array's class names its dtype, and existOk opens what is there", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", Float32Array, 3);
    assert.equal(x.dtype, "f32");
    fails(() => arena.createArray("x", "f32", 3), "EXISTS", '"x"');
    assert.equal(arena.createArray("x", "f32", 3, { existOk: true }).data.buffer, x.data.buffer);
    for (const [dtype, shape] of [
        ["f64", 3],
        ["f32", 4],
        ["f32", [3, 1]],
    ])
        fails(() => arena.createArray("x", dtype, shape, { existOk: true }), "EXISTS", 'array "x"');
});

test("the descriptor and the list say where the bytes lie", (t) => {
    const arena = arenaOf(t);
    arena.createArray("first", "f64", 16);
    arena.createArray("grüße", "u8", [2, 3], { order: "F" });
    assert.equal(arena.openDesc("first").offset, 0);
    const { name, dtype, shape, strides, layout, offset, nbytes, generation } = arena.openDesc("grüße");
    assert.deepEqual(
        { name, dtype, shape, strides, layout, offset, nbytes, generation },
        {
            name: "grüße",
            dtype: "u8",
            shape: [2, 3],
            strides: [1, 2],
            layout: "F",
            offset: 0x80,
            nbytes: 6,
            generation: 1,
        },
    );
    assert.deepEqual(new Set(arena.list().map((d) => d.name)), new Set(["first", "grüße"]));
    for (let i = 0; i < 100; i++) arena.createArray(`n${i}`, "u8", 1).close();
    assert.equal(arena.list().length, 102);
});

test("looking at descriptors keeps no generation in place", (t) => {
    const arena = arenaOf(t);
    for (let i = 0; i < 20; i++) {
        arena.republish("x", "u8", 300000);
        assert.equal(arena.openDesc("x").nbytes, 300000);
        assert.equal(arena.list().length, 1);
    }
    assert.equal(arena.info().held, 0);
});

test("npm's ndarray takes data, shape, strides and offset as they are", (t) => {
    let ndarray;
    try {
        ndarray = require("ndarray");
    } catch {
        return t.skip("no ndarray: NODE_PATH does not lead to it");
    }
    const arena = arenaOf(t);
    const x = arena.createArray("x", "f64", [3, 4], { order: "F" });
    arena.alias("turned", "x", { offset: 8 * 11, shape: [3, 4], strides: [-8, -24] });
    const y = arena.array("turned");
    const n = ndarray(y.data, y.shape.slice(), y.strides.slice(), y.offset);
    n.set(0, 1, 5);
    assert.equal(y.get(0, 1), 5);
    assert.equal(x.get(2, 2), 5);
});

test("util.inspect shows the shape and the first values, and ends", (t) => {
    const arena = arenaOf(t, 1 << 24);
    const x = arena.createArray("big", "u8", [1000, 1000]);
    const text = inspect(x);
    assert.match(text, /^LinaArray 'big' u8 \[1000 × 1000\] generation 1/);
    assert.match(text, /… 994 more/);
    assert.ok(text.length < 2000);
    assert.match(inspect(arena), /anonymous, 16777216 bytes, 1 arrays/);
    x.close();
    assert.match(inspect(x), /closed/);
    arena.createArray("deep", "u8", new Array(8).fill(3));
    assert.ok(inspect(arena.array("deep")).length < 5000);
});

test("16-bit floats become numbers and bits again, every one of them", () => {
    const view = new DataView(new ArrayBuffer(4));
    for (let bits = 0; bits < 0x10000; bits++) {
        for (const dtype of ["f16", "bf16"]) {
            const value = lina.fromBits(dtype, bits);
            if (Number.isNaN(value)) assert.ok(Number.isNaN(lina.fromBits(dtype, lina.toBits(dtype, value))));
            else assert.equal(lina.toBits(dtype, value), bits, `${dtype} ${bits.toString(16)} ${value}`);
        }
        view.setUint32(0, bits * 0x10000);
        const float = view.getFloat32(0);
        if (!Number.isNaN(float)) assert.ok(Object.is(lina.fromBits("bf16", bits), float));
    }
    assert.equal(lina.toBits("f16", 65519.99), 0x7bff);
    assert.equal(lina.toBits("f16", 65520), 0x7c00);
    assert.equal(lina.toBits("f16", 2 ** -25), 0);
    assert.equal(lina.toBits("f16", 2 ** -25 * 1.0001), 1);
    assert.equal(lina.toBits("f16", 2049), lina.toBits("f16", 2048), "ties go to even");
    assert.equal(lina.toBits("bf16", 257), lina.toBits("bf16", 256));
});

test("read copies and says where it was; write copies into the current generation", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "i32", [2, 3], { order: "F" });
    arena.write("x", Int32Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual(x.toNested(), [
        [1, 3, 5],
        [2, 4, 6],
    ]);
    const copy = arena.read("x");
    x.set(0, 0, 100);
    assert.deepEqual(copy.toNested(), [
        [1, 3, 5],
        [2, 4, 6],
    ]);
    assert.ok(!copy.isCurrent);
    copy.close();
    arena.alias("column", "x", { offset: 4, shape: [3], strides: [8] });
    assert.deepEqual([...arena.read("column").data], [2, 4, 6]);
    arena.write("x", Buffer.from(new Int32Array(6).fill(9).buffer));
    assert.equal(x.get(1, 2), 9);
    const shared = new Int32Array(new SharedArrayBuffer(24)).fill(3);
    arena.write("x", shared);
    assert.equal(x.get(1, 2), 3);
    fails(() => arena.write("x", new Int32Array(5)), "INVALID", "values have 20 bytes, and the array 24");
    fails(() => arena.write("x", new Float32Array(6)), "INVALID", "Int32Array", TypeError);
    fails(() => arena.write("x", [1, 2]), "INVALID", "values", TypeError);
    fails(() => arena.write("column", new Int32Array(3)), "INVALID", "strided");
});

test("write takes a LinaArray of the same shape and order, and refuses to mix elements up", (t) => {
    const arena = arenaOf(t);
    const rows = arena.createArray("rows", "i32", [2, 3]);
    const other = arena.createArray("other", "i32", [2, 3]);
    rows.data.set([1, 2, 3, 4, 5, 6]);
    arena.write("other", rows);
    assert.deepEqual(other.toNested(), rows.toNested());
    arena.createArray("columns", "i32", [2, 3], { order: "F" });
    fails(() => arena.write("columns", rows), "INVALID", 'values are in the order "C", and the array in "F"');
    arena.createArray("turned", "i32", [3, 2]);
    fails(() => arena.write("turned", rows), "INVALID", "values have the shape [2,3], and the array [3,2]");
    arena.alias("gaps", "rows", { shape: [2, 1], strides: [12, 4] });
    arena.createArray("pair", "i32", [2, 1]);
    fails(() => arena.write("pair", arena.array("gaps")), "INVALID", 'values are in the order "strided"');
    const line = arena.createArray("line", "i32", 6);
    line.data.set([1, 2, 3, 4, 5, 6]);
    arena.alias("tail", "line", { offset: 4, shape: 5 });
    arena.alias("head", "line", { shape: 5 });
    arena.write("tail", arena.array("head")); // the same bytes, one further
    assert.deepEqual([...line.data], [1, 1, 2, 3, 4, 5]);
});

test("records are an array for each field, or none", (t) => {
    const arena = arenaOf(t);
    const made = arena.createRecords("p", { x: "f64", id: Int32Array }, 10);
    assert.deepEqual(Object.keys(made), ["x", "id"]);
    assert.equal(made.id.dtype, "i32");
    made.x.set(3, 7);
    fails(() => arena.createRecords("p", { y: "f64", x: "f64" }, 10), "EXISTS", "p.x");
    const again = arena.createRecords("p", { z: "f64", x: "f64" }, 10, { existOk: true });
    assert.equal(again.x.get(3), 7);
    fails(() => arena.createRecords("p", { new: "f64", x: "f32" }, 10, { existOk: true }), "EXISTS", "p.x");
    assert.throws(() => arena.createRecords("q", { x: "f64", id: "f65" }, 10), /f65/);
    assert.throws(() => arena.createRecords("q", null, 10), TypeError);
    const names = arena.list().map((each) => each.name);
    assert.deepEqual(names.sort(), ["p.id", "p.x", "p.z"], "none of those that failed");
});

test("an alias reads bytes as another dtype", (t) => {
    const arena = arenaOf(t);
    arena.createArray("records", "u8", [4, 12]); // {f64 x; i32 id} four times, packed
    arena.alias("x", "records", { shape: 4, strides: 12, dtype: "f64" });
    arena.alias("id", "records", { offset: 8, shape: 4, strides: 12, dtype: Int32Array });
    const id = arena.array("id");
    for (let i = 0; i < 4; i++) id.set(i, i + 1);
    assert.equal(arena.buffer("records")[20], 2);
    assert.equal(arena.openDesc("x").dtype, "f64");
    arena.alias("words", "records", { shape: [12], dtype: "u32" });
    assert.equal(arena.typedArray("words")[5], 2);
    fails(() => arena.alias("a", "records", { offset: 44, shape: 1, dtype: "f64" }), "INVALID", '"a"');
    assert.throws(() => arena.alias("a", "records", { shape: 1, dtype: "f65" }), /f65/);
});
