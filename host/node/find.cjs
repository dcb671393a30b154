// Lets require, import and workers find Lina's package if no node_modules has it. `lina run` preloads this file in a
// checkout. If the user has installed the package, scripts get that one.
"use strict";

const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const folder = path.join(__dirname, "..", "..", "bindings", "node");
const { exports: map } = require(path.join(folder, "package.json"));
const main = map["."];
const target = (kind) => {
    let found = main;
    while (typeof found === "object") found = found[kind] ?? found.default;
    return path.join(folder, found);
};

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
    try {
        return resolve.call(this, request, ...rest);
    } catch (error) {
        if (request !== "lina") throw error;
        return target("require");
    }
};

// For import "lina" in ES modules. Node 20.6 and later run these hooks in a thread of their own.
const hooks = `export async function resolve(specifier, context, next) {
    try {
        return await next(specifier, context);
    } catch (error) {
        if (specifier !== "lina") throw error;
        return { url: ${JSON.stringify(pathToFileURL(target("import")).href)}, shortCircuit: true };
    }
}`;
if (Module.register) Module.register("data:text/javascript," + encodeURIComponent(hooks));
