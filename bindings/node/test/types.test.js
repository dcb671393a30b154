"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const test = require("node:test");
const { PACKAGE, lina, start } = require("./helper.js");

function typescript() {
    try {
        return path.dirname(require.resolve("typescript/package.json"));
    } catch {
        return undefined;
    }
}

const folder = typescript();

test(
    "the types are right under strict",
    { skip: folder ? false : "no typescript: NODE_PATH does not lead to it" },
    async () => {
        const tsc = path.join(folder, "bin", "tsc");
        const types = path.join(folder, "..", "@types");
        const found = start(process.execPath, [tsc, "-p", PACKAGE, "--typeRoots", types]);
        assert.equal(await found.done, 0, found.out);
    },
);

test("ES modules import the same, as the default and by every name", async () => {
    const module = await import("../lib/index.mjs");
    assert.equal(module.default, lina);
    assert.deepEqual(
        Object.keys(module)
            .filter((name) => name !== "default")
            .sort(),
        Object.keys(lina).sort(),
    );
    for (const [name, value] of Object.entries(lina)) assert.equal(module[name], value);
});

test("every function and class is declared, and no other", () => {
    const text = require("node:fs").readFileSync(path.join(PACKAGE, "index.d.ts"), "utf8");
    const declared = [...text.matchAll(/^export (?:class|const|function) (\w+)/gm)].map((match) => match[1]);
    assert.deepEqual([...new Set(declared)].sort(), Object.keys(lina).sort());
});
