// JavaScript's part of the relief: a histogram of the heights, and one page with what all the languages made.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import lina from "lina";

const OUTPUT = process.env.LINA_RELIEF_HTML ?? "out/relief.html";
const BINS = 32;

function histogram(heights, least, greatest) {
    const counts = new Array(BINS).fill(0);
    for (const height of heights)
        counts[Math.min(BINS - 1, Math.floor(((height - least) / (greatest - least)) * BINS))]++;
    return counts;
}

const bars = (counts) => {
    const most = Math.max(...counts);
    const bar = (count, i) => {
        const height = ((count / most) * 100).toFixed(1);
        return `<rect x="${i * 10}" y="${(100 - height).toFixed(1)}" width="9" height="${height}"/>`;
    };
    return `<svg id="histogram" viewBox="0 0 ${BINS * 10} 100">${counts.map(bar).join("")}</svg>`;
};

function contours(lines, [rows, columns]) {
    let steps = "";
    for (let i = 0; i < lines.length; i += 4) {
        const [x1, y1, x2, y2] = lines.subarray(i, i + 4).map((value) => Math.round(value * 10) / 10);
        steps += `M${x1} ${y1}L${x2} ${y2}`;
    }
    return `<svg id="contours" viewBox="0 0 ${columns} ${rows}"><path d="${steps}"/></svg>`;
}

const row = (name, values) =>
    `<tr><th>${name}</th>${[...values].map((value) => `<td>${value.toFixed(3)}</td>`).join("")}</tr>`;

await lina.wait("statistics_done");
await lina.wait("contours_done");
const statistics = lina.typedArray("statistics");
const elevation = lina.array("elevation");
const counts = histogram(elevation.data, statistics[0], statistics[1]);
const page = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Relief</title><style>
body { font: 15px sans-serif; max-width: 50em; margin: 2em auto }
svg { width: 100% } rect { fill: #668 } path { stroke: #553; stroke-width: .5; fill: none }
td, th { text-align: right; padding: 0 1em }
</style></head><body>
<h1>The Jacksboro fault</h1>
<h2>Heights (JavaScript)</h2>${bars(counts)}
<h2>Contours (Java)</h2>${contours(lina.typedArray("contours"), elevation.shape.map(Number))}
<h2>Statistics (Lua)</h2><table id="statistics">
<tr><th></th><th>least</th><th>greatest</th><th>mean</th><th>deviation</th></tr>
${row("height, m", statistics.subarray(0, 4))}
${row("slope, radians", statistics.subarray(4, 8))}
</table></body></html>
`;
mkdirSync(path.dirname(OUTPUT), { recursive: true });
writeFileSync(OUTPUT, page);
console.log(`Node    wrote ${OUTPUT}`);
