// Prints the package.json of $LINA_DEPS/node: see setup.
"use strict";

const { devDependencies } = require("../package.json");

const versions = [18, 20, 22, 24, 26].map((n) => [`node${n}`, `npm:node-linux-${process.arch}@${n}`]);
console.log(
    JSON.stringify({ private: true, devDependencies, optionalDependencies: Object.fromEntries(versions) }),
);
