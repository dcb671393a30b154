"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { BUILD, PACKAGE, arenaOf, fails, lina, node, printed, run, shmName, start } = require("./helper.js");

const PYTHON = process.env.LINA_PYTHON;
const JULIA = process.env.LINA_JULIA;
const ENV = { ...process.env, PYTHONPATH: BUILD };
const noPython = PYTHON && fs.existsSync(path.join(BUILD, "lina")) ? false : "no Python binding in the build";
const noJulia = JULIA && fs.existsSync(JULIA) ? false : "no Julia";

test("another process sees the arena by its name, and what was written before a signal", async () => {
    const where = shmName();
    const writer = node(`
    lina.initArena(1 << 20, ${JSON.stringify(where)}, { temporary: true });
    lina.createArray("x", "f64", [2, 3]).set(1, 2, 42);
    lina.signal("ready");
    console.log("ready");
    lina.wait("done", { timeout: 60 });`);
    await printed(writer, "ready");
    assert.equal(lina.inspect(where).members, 1);
    const arena = lina.Arena.attach(where);
    await arena.wait("ready", { timeout: 60 });
    const x = arena.array("x");
    assert.equal(x.get(1, 2), 42);
    x.close(); // a view is a member's
    arena.signal("done");
    assert.equal(await writer.done, 0, writer.err);
    arena.close();
    fails(() => lina.inspect(where), "NOT_FOUND", where);
});

test("a temporary arena's name goes with its last process, however that ends", async () => {
    const ends = [
        "",
        "process.exit(0)",
        "process.exitCode = 0; process.emit('SIGTERM')",
        "throw new Error('mine')",
    ];
    for (const end of ends) {
        const where = shmName();
        const found = node(`
    lina.initArena(65536, ${JSON.stringify(where)}, { temporary: true });
    const own = lina.Arena.attach(${JSON.stringify(where)});
    globalThis.keep = [lina.createArray("x", "u8", 10), lina.typedArray("x"), own.array("x"), lina.loan("y", "u8", 9)];
    lina.wait("never", { ref: false }).catch(() => {});
    ${end}`);
        const code = await found.done;
        assert.equal(code, end.startsWith("throw") ? 1 : 0, found.err);
        fails(() => lina.inspect(where), "NOT_FOUND", where);
    }
});

test("a script under LINA_ARENA needs no set-up, and says why where it cannot join", async (t) => {
    const where = shmName();
    const arena = arenaOf(t, 1 << 16, where, { temporary: true });
    arena.createArray("input", "u8", 1).set(0, 7);
    const env = { ...process.env, LINA_ARENA: where };
    assert.equal(await run(`console.log(lina.array("input").get(0))`, { env }), "7");
    const gone = { ...process.env, LINA_ARENA: "shm:lina-node-no-such" };
    const text = await run(
        `try { lina.array("input"); } catch (error) { console.log(error.code, error.message); }
     lina.initArena(4096); lina.createArray("x", "u8", 1);`,
        { env: gone },
    );
    assert.match(text, /^NOT_FOUND array "input": LINA_ARENA: .*lina-node-no-such/);
});

test("without an arena every call says what to do", async () => {
    const text = await run(
        `for (const call of [() => lina.array("x"), () => lina.signal("x"), () => lina.list(), () => lina.loan("x", "u8", 1)])
       try { call(); } catch (error) { console.log(error.code, error.message); }
     lina.wait("x").catch((error) => console.log(error.code, error.message));`,
    );
    const lines = text.split("\n");
    assert.equal(lines.length, 5);
    for (const line of lines) assert.match(line, /^NOT_READY .*lina.initArena or lina.attach$/);
});

test("a partner that is killed leaves nothing behind and nobody hanging", async (t) => {
    const arena = arenaOf(t, 1 << 20, null, { inherit: true });
    arena.createArray("x", "u8", 1000);
    for (let round = 0; round < 5; round++) {
        const partner = start(
            process.execPath,
            [
                "-e",
                `const lina = require(${JSON.stringify(PACKAGE)}); lina.attach("fd:3");
         globalThis.keep = [lina.array("x"), lina.loan("y", "u8", 1000)];
         lina.wait("never").catch(() => {});
         lina.signal("started");
         for (;;) { lina.loan("x", "u8", 1000, (x) => void x.data.fill(1)); lina.signal("tick"); }`,
            ],
            { stdio: ["ignore", "pipe", "pipe", arena.fd()] },
        );
        await arena.waitValue("started", round + 1, { timeout: 60 });
        await arena.waitValue("tick", arena.value("tick") + 100, { timeout: 60 });
        partner.child.kill("SIGKILL");
        assert.equal(await partner.done, "SIGKILL");
        const before = arena.array("x").generation;
        arena.loan("x", "u8", 1000, (x) => void x.data.fill(2));
        assert.ok(arena.array("x").generation > before);
        arena.loan("x", "u8", 1000, (x) => x.discard());
        arena.checkTables();
    }
    assert.equal(arena.info().members, 1);
    fails(() => arena.array("y"), "NOT_FOUND", '"y"');
});

test("a reference finds an anonymous arena through its owner's descriptor", async (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "f64", 2);
    x.set(1, 3);
    const ref = JSON.stringify(x.ref());
    await run(`const x = lina.from(${ref}); x.set(0, x.get(1) + 1);`);
    assert.equal(x.get(0), 4);
    const stranger = JSON.stringify({ ...x.ref(), pid: 4194304, file: "1:2" });
    const text = await run(
        `try { lina.from(${stranger}) } catch (error) { console.log(error.code, error.message) }`,
    );
    assert.match(text, /^NOT_FOUND the anonymous arena of process 4194304 is gone/);
});

test("read-only memory can be read, and nobody gets a typed array over it unasked", (t) => {
    const arena = arenaOf(t);
    const x = arena.createArray("x", "f64", [2, 2]);
    x.set(0, 1, 5);
    const other = lina.Arena.attach(`fd:${arena.fd()}`, { readOnly: true });
    const y = other.array("x");
    assert.ok(y.readOnly);
    assert.equal(y.get(0, 1), 5);
    assert.deepEqual(y.toNested(), [
        [0, 5],
        [0, 0],
    ]);
    for (const call of [
        () => y.data,
        () => y.set(0, 0, 1),
        () => other.typedArray("x"),
        () => other.buffer("x"),
    ])
        fails(call, "READ_ONLY", 'array "x": its memory is read-only');
    assert.equal(other.typedArray("x", { unprotected: true })[1], 5);
    assert.equal(other.read("x").data[1], 5);
    for (const call of [
        () => other.createArray("z", "u8", 1),
        () => other.loan("z", "u8", 1),
        () => other.remove("x"),
        () => other.write("x", new Float64Array(4)),
    ])
        fails(call, "READ_ONLY", "");
    other.signal("s");
    assert.ok(arena.tryWait("s"));
    other.close();
});

test("a file keeps its arrays over a restart", async (t) => {
    const where = `file:${path.join(require("node:os").tmpdir(), `lina-node-test-${process.pid}`)}`;
    t.after(() => lina.unlink(where));
    await run(`lina.initArena(65536, ${JSON.stringify(where)}); lina.createArray("x", "i32", 2).set(1, 8)`);
    assert.ok(lina.inspect(where).orphan);
    await run(`lina.attach(${JSON.stringify(where)}); if (lina.array("x").get(1) !== 8) process.exit(1)`);
    fails(() => lina.Arena.create(65536, where), "EXISTS", where);
    for (const words of ["existOk: true", "replace: true", "lina.unlink"])
        fails(() => lina.Arena.create(65536, where), "EXISTS", words);
});

const DTYPES = [
    "u8",
    "i64",
    "f64",
    "bool",
    "i8",
    "i16",
    "i32",
    "u16",
    "u32",
    "u64",
    "f16",
    "f32",
    "c64",
    "c128",
];

test("what Python writes, Node reads, in each dtype and order", { skip: noPython }, async (t) => {
    const arena = arenaOf(t, 1 << 20, null, { inherit: true });
    const code = `
import lina, numpy as np
lina.attach("fd:3")
for dtype in ${JSON.stringify(DTYPES)}:
    for order in "CF":
        x = lina.create_array(dtype + order, dtype, (2, 3), order=order)
        np.asarray(x)[...] = np.arange(6).reshape(2, 3) % (2 if dtype == "bool" else 6)
frame = lina.create_array("frame", "f32", (4, 6))
np.asarray(frame)[...] = np.arange(24).reshape(4, 6)
lina.alias("part", frame[::-2, 1::2])
`;
    const python = start(PYTHON, ["-c", code], { env: ENV, stdio: ["ignore", "pipe", "pipe", arena.fd()] });
    assert.equal(await python.done, 0, python.err);
    for (const dtype of DTYPES) {
        for (const order of "CF") {
            const x = arena.array(dtype + order);
            const values = x.toNested().flat();
            const wanted = [0, 1, 2, 3, 4, 5].map((value) => {
                if (dtype === "bool") return value % 2 === 1;
                if (dtype[0] === "c") return [value, 0];
                return dtype.endsWith("64") && dtype !== "f64" ? BigInt(value) : value;
            });
            if (dtype === "c64" || dtype === "c128") assert.deepEqual(x.toNested().flat(), wanted);
            else assert.deepEqual(values, wanted, dtype + order);
        }
    }
    assert.deepEqual(arena.array("part").toNested(), [
        [19, 21, 23],
        [7, 9, 11],
    ]);
});

test("Python hands an array to Node, and Node to Julia", { skip: noPython || noJulia }, async (t) => {
    const arena = arenaOf(t, 1 << 20, null, { inherit: true });
    const stdio = ["ignore", "pipe", "pipe", arena.fd()];
    const python = start(
        PYTHON,
        [
            "-c",
            `import lina; lina.attach("fd:3"); lina.create_array("x", "f64", (2, 3), order="F")[:] = [[1, 2, 3], [4, 5, 6]]; lina.signal("written")`,
        ],
        { env: ENV, stdio },
    );
    await arena.wait("written", { timeout: 60 });
    assert.equal(await python.done, 0, python.err);
    await arena.loan("y", "f64", [2, 3], { order: "F" }, async (y) => {
        const x = arena.array("x");
        y.data.forEach((_, i) => (y.data[i] = 2 * x.data[i]));
    });
    arena.signal("doubled");
    const julia = start(
        JULIA,
        [
            "--startup-file=no",
            "-e",
            `push!(LOAD_PATH, ARGS[1]); using Lina; Lina.attach("fd:3"); Lina.wait("doubled"; timeout = 60);
       y = Lina.array("y"); y isa Matrix{Float64} || error("a copy"); print(y[2, 3])`,
            path.join(PACKAGE, "..", "julia"),
        ],
        { env: ENV, stdio },
    );
    assert.equal(await julia.done, 0, julia.err);
    assert.equal(julia.out, "12.0");
});

const pathOf = (where) => `/dev/shm/lina.${where.slice(4)}`;

test("a mode says who may join, whatever the umask", (t) => {
    for (const mode of [0o600, 0o660, 0o666]) {
        const where = shmName();
        arenaOf(t, 65536, where, { mode, temporary: true });
        assert.equal(fs.statSync(pathOf(where)).mode & 0o777, mode);
    }
    fails(() => lina.Arena.create(65536, shmName(), { mode: 0o644 }), "INVALID", "0644");
});

test("another user's arena is joined on request only", { skip: process.geteuid() !== 0 }, (t) => {
    const where = shmName();
    const arena = arenaOf(t, 65536, where, { mode: 0o666 });
    t.after(() => fs.unlinkSync(pathOf(where)));
    fs.chownSync(pathOf(where), 65534, 65534);
    fails(() => lina.Arena.attach(where), "PERMISSION", where);
    lina.Arena.attach(where, { otherUser: true }).signal("s");
    assert.ok(arena.tryWait("s"));
});

test("existOk joins an arena that exists, if it fits", (t) => {
    const where = shmName();
    const arena = arenaOf(t, 65536, where, { temporary: true, existOk: true });
    arena.createArray("x", "u8", 1).set(0, 7);
    const again = arenaOf(t, 4096, where, { existOk: true });
    assert.equal(again.array("x").get(0), 7);
    fails(() => lina.Arena.create(1 << 20, where, { existOk: true }), "INVALID", where);
    fails(() => lina.Arena.create(65536, where), "EXISTS", where);
    fails(() => lina.Arena.create(1 << 21, shmName(), { huge: true }), "INVALID", "huge");
});

test("the default arena can be made again if the one that exists fits", async () => {
    await run(`const where = ${JSON.stringify(shmName())};
     for (let i = 0; i < 3; i++) {
         lina.initArena(65536, where, { temporary: true, existOk: true });
         lina.initArena(4096, { existOk: true });
         lina.createArray("x", "u8", 3, { existOk: true }).set(i, 1);
     }
     if (lina.array("x").get(2) !== 1 || lina.openDesc("x").generation !== 1) throw new Error("another x");
     for (const [bytes, place] of [[1 << 20, where], [65536, where + "2"]])
         try { lina.initArena(bytes, place, { existOk: true }); throw new Error("it was made"); }
         catch (error) { if (error.code !== "EXISTS") throw error; }`);
});

test("sync returns when the disk has the file", (t) => {
    const file = path.join(os.tmpdir(), `lina-node-sync-${process.pid}`);
    t.after(() => fs.unlinkSync(file));
    const arena = arenaOf(t, 65536, `file:${file}`);
    arena.createArray("x", "f64", 1).set(0, 1234.5);
    arena.sync();
    assert.ok(fs.readFileSync(file).includes(Buffer.from(Float64Array.of(1234.5).buffer)));
    arenaOf(t).sync(); // nothing to write
});
