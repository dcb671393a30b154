"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { BUILD, PACKAGE, start } = require("./helper.js");

const ADDON = process.env.LINA_ADDON ?? path.join(BUILD, "bindings", "node", "lina.node");
const noNpm = process.env.LINA_NODE_SMOKE ? "packed by another Node" : false;

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

// The package as published: the sources' own folder, with the binaries in it.
async function pack(folder) {
    const source = path.join(folder, "source");
    fs.mkdirSync(source);
    for (const file of ["package.json", "README.md", "index.d.ts", "index.d.mts", "lib"])
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
    { skip: noNpm },
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
