// Runs a Node function once: `node runtime.mjs FILE.FUNCTION RESULT`, the event on standard input.
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [name, output] = process.argv.slice(2);
const dot = name.lastIndexOf(".");
const file = ["js", "mjs", "cjs"].map((end) => resolve(`${name.slice(0, dot)}.${end}`)).find(existsSync);

// What answers CloudFormation for a custom resource speaks HTTPS, whatever its URL says; here there is none.
const endpoint = new URL(process.env.AWS_ENDPOINT_URL ?? "http://localhost");
const overHttps = https.request;
https.request = (options, ...others) =>
  options?.hostname === endpoint.hostname
    ? http.request({ ...options, protocol: "http:", port: endpoint.port, agent: undefined }, ...others)
    : overHttps(options, ...others);
syncBuiltinESMExports();

const awsRequestId = randomUUID();
const context = {
  awsRequestId,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: "$LATEST",
  invokedFunctionArn: process.env.LOCAL_AWS_FUNCTION_ARN,
  logGroupName: `/aws/lambda/${process.env.AWS_LAMBDA_FUNCTION_NAME}`,
  logStreamName: `[$LATEST]${awsRequestId}`,
};
let answer;
try {
  const module = await import(pathToFileURL(file));
  const handler = module[name.slice(dot + 1)] ?? module.default[name.slice(dot + 1)];
  answer = { result: await handler(JSON.parse(readFileSync(0, "utf8")), context) };
} catch (error) {
  console.error(error);
  answer = { error: { errorMessage: error.message, errorType: error.name } };
}
writeFileSync(output, JSON.stringify(answer));
