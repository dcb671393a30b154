// Electron forbids ArrayBuffers over memory that is not its own. No Node does, so this test builds the add-on again,
// with a function in the place of Node-API's that refuses.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { BUILD, PACKAGE, start } = require("./helper.js");

const STUB = `
#define NAPI_VERSION 8
#include <node_api.h>
napi_status refuse_external(napi_env env, void *data, size_t size, napi_finalize f, void *hint, napi_value *out);
napi_status refuse_external(napi_env env, void *data, size_t size, napi_finalize f, void *hint, napi_value *out) {
    (void)env, (void)data, (void)size, (void)f, (void)hint, (void)out;
    return napi_no_external_buffers_allowed;
}
`;

async function tool(command, args) {
    const found = start(command, args, { cwd: PACKAGE });
    assert.equal(await found.done, 0, found.err);
    return found.out.trim();
}

async function build(folder) {
    const headers = await tool("sh", [path.join("script", "headers")]);
    const stub = path.join(folder, "stub.c");
    fs.writeFileSync(stub, STUB);
    const sources = fs.readdirSync(path.join(PACKAGE, "src")).filter((file) => file.endsWith(".c"));
    const addon = path.join(folder, "lina.node");
    const flags = [
        "-std=c11",
        "-shared",
        "-fPIC",
        "-D_GNU_SOURCE",
        "-Dnapi_create_external_arraybuffer=refuse_external",
    ];
    const folders = ["-I", path.join(PACKAGE, "..", "..", "include"), "-isystem", headers];
    const inputs = sources.map((file) => path.join("src", file));
    await tool("cc", [...flags, ...folders, ...inputs, stub, "-ldl", "-o", addon]);
    fs.symlinkSync(path.join(BUILD, "liblina_core.so.1"), path.join(folder, "liblina_core.so.1"));
    return addon;
}

const USE = `
const assert = require("node:assert/strict");
const lina = require(process.argv[1]);
lina.initArena(1 << 20);
const no = (call) => assert.throws(call, (error) => {
    assert.ok(error instanceof lina.LinaError);
    assert.equal(error.code, "EXTERNAL");
    assert.match(error.message, /array "x": this runtime forbids ArrayBuffers over shared memory.*lina.read.*lina.write/);
    return true;
});
no(() => lina.createArray("x", "f64", [2, 2]));
no(() => lina.array("x"));
no(() => lina.typedArray("x"));
no(() => lina.buffer("x"));
no(() => lina.loan("x", "f64", 1));
lina.write("x", Float64Array.of(1, 2, 3, 4));
assert.deepEqual(lina.read("x").toNested(), [[1, 2], [3, 4]]);
for (let i = 0; i < 100; i++) assert.equal(lina.tryWait("s"), false);
lina.signal("s");
for (let i = 0; i < 100; i++) assert.equal(lina.tryWait("s"), true);
assert.equal(lina.value("s"), 1);
lina.removeSignal("s");
assert.equal(lina.tryWait("s"), false);
assert.equal(lina.info().held + lina.info().loans, 0);
console.log("fine");
`;

test("if the runtime forbids external ArrayBuffers, views raise and name read and write, which work", async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lina-external-"));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const env = { ...process.env, LINA_ADDON: await build(folder) };
    const found = start(process.execPath, ["-e", USE, PACKAGE], { env });
    assert.equal(await found.done, 0, found.err);
    assert.equal(found.out.trim(), "fine");
});
