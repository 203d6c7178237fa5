"use strict";

// The work engine of the rehearsal. What it answers it has read: the portal secret and the templates' table, with its
// own role, through the emulator, which checks no signatures.

const answer = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const call = async (service, target, body) => {
  const scope = `${process.env.AWS_ACCESS_KEY_ID}/20260101/${process.env.AWS_REGION}/${service}/aws4_request`;
  const response = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-security-token": process.env.AWS_SESSION_TOKEN,
      "x-amz-target": target,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`);
  return JSON.parse(text);
};

const templates = async (headers) => {
  const wanted = await call("secretsmanager", "secretsmanager.GetSecretValue", {
    SecretId: process.env.WORK_ENGINE_PORTAL_SECRET_NAME,
  });
  if (headers["x-portal-auth"] !== "true" || headers["x-portal-secret"] !== wanted.SecretString) {
    return answer(401, { error: "the portal headers are missing or wrong" });
  }
  const found = await call("dynamodb", "DynamoDB_20120810.Scan", { TableName: process.env.DATAOPS_TEMPLATES_TABLE });
  return answer(200, found.Items.map((item) => ({ id: item.PK.S, type: item.type.S })));
};

exports.handler = async (event) => {
  const headers = Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (event.path === "/api/health") return answer(200, { status: "ok" });
  if (event.path === "/api/templates") return templates(headers);
  return answer(404, { error: "no such route" });
};
