"use strict";

// A placeholder for the work engine: it answers the smoke test and the schedules, and keeps nothing.
// dataops:placeholder  (by this the app stack knows it, and refuses to deploy it unasked)
// It serves no data, so it asks for the portal headers but does not compare the secret.

const TEMPLATE_TYPES = [
  "podcast", "newsletter", "webinar", "workshop", "course", "book-of-the-week",
  "open-source-spotlight", "conference", "social-post", "sponsorship", "office-hours",
];

const answer = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const api = {
  "GET /api/health": () => answer(200, { status: "ok" }),
  "GET /api/templates": (headers) =>
    headers["x-portal-auth"] === "true" && headers["x-portal-secret"]
      ? answer(200, TEMPLATE_TYPES.map((type) => ({ id: `placeholder-${type}`, type, placeholder: true })))
      : answer(401, { error: "placeholder: x-portal-auth and x-portal-secret are needed" }),
};

exports.handler = async (event) => {
  if (event.source === "aws.events") {
    const action = event.detail?.dataopsAction ?? "daily";
    console.log(`placeholder: scheduled action ${action}; nothing is done`);
    return { placeholder: true, action };
  }
  const route = api[`${event.httpMethod} ${event.path}`];
  const headers = Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return route ? route(headers) : answer(404, { error: "placeholder: no such route" });
};
