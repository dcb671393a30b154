// Every snippet of the README runs as it stands.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const { BUILD, PACKAGE, lina, shmName, start } = require("./helper.js");

const README = fs.readFileSync(path.join(PACKAGE, "README.md"), "utf8");
const FENCE = /(?:^<!-- file: (\S+) -->\n)?^```(js|python)\n([^]*?)^```$/gm;
const SNIPPETS = [...README.matchAll(FENCE)].map(([, file, language, code]) => ({ file, language, code }));
const codeOf = (file) => SNIPPETS.find((snippet) => snippet.file === file).code;

// Makes a folder in which require("lina") finds this package.
function project(t) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lina-readme-"));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    fs.mkdirSync(path.join(folder, "node_modules"));
    fs.symlinkSync(PACKAGE, path.join(folder, "node_modules", "lina"));
    return folder;
}

function run(folder, file, code, command = process.execPath, env = process.env) {
    fs.writeFileSync(path.join(folder, file), code);
    return start(command, [file], { cwd: folder, env });
}

async function finish(found) {
    assert.equal(await found.done, 0, found.err);
    return found.out.trim();
}

async function upArena(where) {
    for (;;) {
        try {
            return lina.inspect(where);
        } catch (error) {
            assert.equal(error.code, "NOT_FOUND");
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    }
}

async function twoProcesses(t, file, code, command, env) {
    const folder = project(t);
    const where = shmName();
    const writer = run(folder, "writer.mjs", codeOf("writer.mjs").replace("shm:weather", where));
    await Promise.race([upArena(where), writer.done]);
    await finish(run(folder, file, code.replace("shm:weather", where), command, env));
    const printed = await finish(writer);
    assert.equal(printed, "[ [ 2, 4, 6 ], [ 8, 10, 12 ] ]");
    assert.ok(README.includes(printed));
}

test("the two processes share an array", (t) => twoProcesses(t, "worker.mjs", codeOf("worker.mjs")));

test("the second may be Python", { skip: process.env.LINA_PYTHON ? false : "no LINA_PYTHON" }, (t) => {
    const { code } = SNIPPETS.find((snippet) => snippet.language === "python");
    return twoProcesses(t, "worker.py", code, process.env.LINA_PYTHON, { ...process.env, PYTHONPATH: BUILD });
});

test("the worker sums what the main thread filled", async (t) => {
    const folder = project(t);
    fs.writeFileSync(path.join(folder, "sum.cjs"), codeOf("sum.cjs"));
    assert.equal(await finish(run(folder, "main.cjs", codeOf("main.cjs"))), "500");
});

test("the other snippets run in order", async (t) => {
    const parts = SNIPPETS.filter(({ file, language }) => file === undefined && language === "js");
    const code = parts.map((part) => part.code).join("\n");
    assert.ok(code.split("assert").length > 15);
    await finish(run(project(t), "snippets.cjs", code));
});
