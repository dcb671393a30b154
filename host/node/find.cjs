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

// It throws nothing, so the stack of the error that a module is missing does not have it.
const find = Module._findPath;
Module._findPath = function (request, ...rest) {
    const found = find.call(this, request, ...rest);
    return found || (request === "lina" ? target("require") : found);
};

// For import "lina" in ES modules.
const url = pathToFileURL(target("import")).href;

function resolveHere(specifier, context, next) {
    try {
        return next(specifier, context);
    } catch (error) {
        if (specifier !== "lina") throw error;
        return next(url, context);
    }
}

// Node before 22.15 runs hooks in a thread of their own, whose start takes a tenth of a second.
const hooks = `export async function resolve(specifier, context, next) {
    try {
        return await next(specifier, context);
    } catch (error) {
        if (specifier !== "lina") throw error;
        return next(${JSON.stringify(url)}, context);
    }
}`;
const startHooks = () => Module.register?.("data:text/javascript," + encodeURIComponent(hooks));

const driver = globalThis[Symbol.for("lina.driver")];
if (Module.registerHooks) Module.registerHooks({ resolve: resolveHere });
else if (driver) Object.assign(driver, { url, startHooks }); // an embedded Node 18 does without such a thread
else startHooks();
