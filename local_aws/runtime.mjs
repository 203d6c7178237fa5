// Runs a Node function once: `node runtime.mjs FILE.FUNCTION RESULT`, the event on standard input.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [name, output] = process.argv.slice(2);
const dot = name.lastIndexOf(".");
const file = ["js", "mjs", "cjs"].map((end) => resolve(`${name.slice(0, dot)}.${end}`)).find(existsSync);
let answer;
try {
  const module = await import(pathToFileURL(file));
  const handler = module[name.slice(dot + 1)] ?? module.default[name.slice(dot + 1)];
  answer = { result: await handler(JSON.parse(readFileSync(0, "utf8")), {}) };
} catch (error) {
  console.error(error);
  answer = { error: { errorMessage: error.message, errorType: error.name } };
}
writeFileSync(output, JSON.stringify(answer));
