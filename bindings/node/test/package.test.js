"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { BUILD, PACKAGE, start } = require("./helper.js");

const ADDON = process.env.LINA_ADDON ?? path.join(BUILD, "bindings", "node", "lina.node");
const otherNode = process.env.LINA_OTHER_NODE ? "built in the Node on PATH alone" : false;

function temporary(t) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lina-node-"));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    return folder;
}

async function npm(args, cwd) {
    const found = start("npm", [...args, "--offline", "--no-audit", "--no-fund"], { cwd });
    assert.equal(await found.done, 0, found.out + found.err);
    return found.out.trim();
}

// Packs the package as it is published: a copy of its folder, with the binaries in it. Before version 10, npm runs
// "prepare" even with --ignore-scripts, so the script is there too, and finds the binary in place.
async function pack(folder) {
    const source = path.join(folder, "source");
    fs.mkdirSync(source);
    for (const file of ["package.json", "README.md", "index.d.ts", "index.d.mts", "lib", "script"])
        fs.cpSync(path.join(PACKAGE, file), path.join(source, file), { recursive: true });
    const target = path.join(source, "prebuilds", `linux-${process.arch}`);
    fs.mkdirSync(target, { recursive: true });
    fs.copyFileSync(ADDON, path.join(target, "lina.node"));
    fs.copyFileSync(path.join(BUILD, "liblina_core.so.1"), path.join(target, "liblina_core.so.1"));
    const name = await npm(["pack", "--ignore-scripts", "--pack-destination", folder], source);
    return path.join(folder, name.split("\n").pop());
}

function without(...names) {
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name)));
}

const USE = `lina.initArena(65536); lina.createArray("x", "f64", 2).set(1, 5); console.log(lina.array("x").get(1));`;

async function prints(folder, file, code) {
    fs.writeFileSync(path.join(folder, file), code);
    const env = without("LINA_ADDON", "LINA_CORE", "NODE_PATH");
    const found = start(process.execPath, [file], { cwd: folder, env });
    assert.equal(await found.done, 0, found.err);
    return found.out.trim();
}

test(
    "npm pack and install in an empty folder serve require and import, without a script",
    { skip: otherNode },
    async (t) => {
        const folder = temporary(t);
        const tarball = await pack(folder);
        assert.ok(fs.statSync(tarball).size < 1 << 20, "a small tarball");
        const project = path.join(folder, "project");
        fs.mkdirSync(project);
        fs.writeFileSync(
            path.join(project, "package.json"),
            `{ "private": true, "dependencies": { "lina": "file:${tarball}" } }`,
        );
        await npm(["install", "--ignore-scripts"], project);
        assert.equal(await prints(project, "a.cjs", `const lina = require("lina"); ${USE}`), "5");
        assert.equal(await prints(project, "b.mjs", `import lina from "lina"; ${USE}`), "5");
        assert.equal(
            await prints(
                project,
                "c.mjs",
                `import { initArena, createArray, array } from "lina"; const lina = { initArena, createArray, array }; ${USE}`,
            ),
            "5",
        );
        assert.match(
            await prints(project, "d.cjs", `console.log(require("lina").library)`),
            /node_modules\/lina\/prebuilds/,
        );
    },
);

test("npm install in a checkout builds from source without a network", { skip: otherNode }, async (t) => {
    const folder = temporary(t);
    const root = path.join(PACKAGE, "..", "..");
    const headers = start("sh", [path.join(PACKAGE, "script", "headers")]);
    assert.equal(await headers.done, 0, headers.err);
    for (const part of ["core", "include", "bindings/node"])
        fs.cpSync(path.join(root, part), path.join(folder, part), {
            recursive: true,
            filter: (file) => !/node_modules|prebuilds/.test(path.basename(file)),
        });
    const nodedir = path.join(folder, "nodedir");
    fs.mkdirSync(path.join(nodedir, "include"), { recursive: true });
    fs.symlinkSync(headers.out.trim(), path.join(nodedir, "include", "node"));
    const source = path.join(folder, "bindings", "node");
    const env = {
        ...without("LINA_ADDON", "LINA_CORE", "LINA_DEPS", "NODE_PATH"),
        npm_config_nodedir: nodedir,
    };
    const args = ["install", "--offline", "--omit=dev", "--no-audit", "--no-fund"];
    const found = start("npm", args, { cwd: source, env });
    assert.equal(await found.done, 0, found.out + found.err);
    assert.equal(await prints(source, "a.cjs", `const lina = require("."); ${USE}`), "5");
    assert.ok(fs.existsSync(path.join(source, "prebuilds", `linux-${process.arch}`, "lina.node")));
});

const CROSS = { "linux-arm64": "aarch64-linux-gnu-gcc", "linux-x64-musl": "musl-gcc" };
const has = (program) =>
    (process.env.PATH ?? "").split(":").some((at) => fs.existsSync(path.join(at, program)));

for (const [platform, compiler] of Object.entries(CROSS)) {
    const skip = otherNode || (has(compiler) && process.arch === "x64" ? false : `no ${compiler}`);
    test(`the binaries of ${platform} need nothing but Node and its C library`, { skip }, async (t) => {
        const folder = temporary(t);
        for (const part of ["core", "include", "bindings/node"])
            fs.cpSync(path.join(PACKAGE, "..", "..", part), path.join(folder, part), {
                recursive: true,
                filter: (file) => !/node_modules|prebuilds/.test(path.basename(file)),
            });
        const built = start("sh", [path.join(folder, "bindings", "node", "script", "prebuild"), platform]);
        assert.equal(await built.done, 0, built.err);
        const out = path.join(folder, "bindings", "node", "prebuilds", platform);
        for (const file of ["lina.node", "liblina_core.so.1"]) {
            const read = start("readelf", ["-W", "--dynamic", "--dyn-syms", path.join(out, file)]);
            assert.equal(await read.done, 0, read.err);
            for (const [, library] of read.out.matchAll(/NEEDED.*\[(.*)\]/g))
                assert.match(library, /^libc\.so|^ld-linux/, file);
            const missing = [...read.out.matchAll(/UND (\w+)/g)].map((match) => match[1]);
            assert.ok(!missing.some((name) => name.startsWith("lina_")), `${file} lacks ${missing}`);
            const exported = file === "lina.node" ? "napi_register_module_v1" : "lina_acquire";
            assert.match(read.out, new RegExp(`\\d+ ${exported}`));
        }
    });
}

test("an add-on that cannot be loaded says where it was looked for, and what to do", async (t) => {
    const folder = temporary(t);
    fs.cpSync(path.join(PACKAGE, "lib"), path.join(folder, "lib"), { recursive: true });
    const env = without("LINA_ADDON");
    const load = async (extra) => {
        const found = start(
            process.execPath,
            ["-e", `require(${JSON.stringify(path.join(folder, "lib"))})`],
            { env: { ...env, ...extra } },
        );
        assert.equal(await found.done, 1);
        return found.err;
    };
    assert.match(
        await load({}),
        /cannot load its add-on for linux-[^]*prebuilds\/linux-[^]*Remedies: install/,
    );
    assert.match(await load({ LINA_ADDON: "/no/such.node" }), /\/no\/such\.node: [^]*Remedies/);
});

test("LINA_CORE names the library, and one that does not fit is refused", async (t) => {
    const folder = temporary(t);
    const load = (core) => {
        const env = { ...process.env, LINA_CORE: core };
        return start(process.execPath, ["-e", `console.log(require(${JSON.stringify(PACKAGE)}).library)`], {
            env,
        });
    };
    const other = path.join(folder, "liblina_core.so.1");
    fs.copyFileSync(path.join(BUILD, "liblina_core.so.1"), other);
    const found = load(other);
    assert.equal(await found.done, 0, found.err);
    assert.equal(found.out.trim(), other);
    const missing = load(path.join(folder, "none.so"));
    assert.equal(await missing.done, 1);
    assert.match(missing.err, /liblina_core.so.1 cannot be loaded/);
    const libc = load("libm.so.6");
    assert.equal(await libc.done, 1);
    assert.match(libc.err, /lacks lina_abi_version: it is older than this package/);
});

test("Apache Arrow takes a view without a copy", async (t) => {
    try {
        require.resolve("apache-arrow");
    } catch {
        return t.skip("no apache-arrow: NODE_PATH does not lead to it");
    }
    const found = start(process.execPath, [path.join(PACKAGE, "examples", "arrow.js")]);
    assert.equal(await found.done, 0, found.err);
    assert.equal(found.out.trim(), "1000 1.5 -1 true");
});
