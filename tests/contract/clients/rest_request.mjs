// Scenarios of @esri/arcgis-rest-request: evaluated by node where the package is
// installed, with the scenario as argument and its input as JSON on standard input.
// The last line of the output is {"value", "requests"}, or {"error", "requests"}.
import { readFileSync, writeSync } from "node:fs";
import {
  ApiKeyManager,
  ArcGISIdentityManager,
  JOB_STATUSES,
  Job,
  request,
} from "@esri/arcgis-rest-request";

const given = JSON.parse(readFileSync(0, "utf-8"));
const requests = [];
const send = globalThis.fetch;

// The package uses the global fetch: here each request is noted, and none leaves
// for another host than the portal's.
globalThis.fetch = async (url, options = {}) => {
  const { host, pathname } = new URL(url);
  if (host !== given.host) throw new Error(`a request to ${host}`);
  requests.push(`${options.method ?? "GET"} ${pathname}`);
  return send(url, options);
};

const submit = (authentication) =>
  Job.submitJob({ url: given.url, params: given.params, authentication });

async function until(job, status) {
  for (let tries = 0; tries < 300; tries += 1) {
    const info = await job.getJobInfo();
    if (info.status === status) return info;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the job never was ${status}`);
}

async function manager() {
  const made = new ArcGISIdentityManager({
    ...given.signIn,
    server: given.server,
    portal: given.portal,
  });
  if (given.refresh) await made.refreshCredentials();
  return made;
}

const scenarios = {
  async job() {
    const job = await submit();
    const info = await job.waitForCompletion();
    const again = await Job.deserialize(job.serialize());
    return {
      info,
      results: await job.getAllResults(),
      one: await again.getResult(Object.keys(info.results)[0]),
    };
  },
  async events() {
    const job = await submit();
    const seen = [];
    job.on(JOB_STATUSES.Status, (info) => seen.push(info));
    job.startEventMonitoring(200);
    await new Promise((resolve) => job.once(JOB_STATUSES.Success, resolve));
    job.stopEventMonitoring();
    return seen;
  },
  async cancel() {
    const job = await submit();
    const executing = await until(job, JOB_STATUSES.Executing);
    const reply = await job.cancelJob();
    const rejected = await job.waitForCompletion().catch((error) => ({
      name: error.name,
      message: error.message,
      status: error.jobInfo.status,
    }));
    return {
      executing,
      reply,
      rejected,
      end: await until(job, JOB_STATUSES.Cancelled),
    };
  },
  async failure() {
    const job = await submit();
    return job.waitForCompletion().catch((error) => ({
      name: error.name,
      info: error.jobInfo,
    }));
  },
  submit: () => submit().then((job) => job.toJSON()),
  request: () =>
    request(given.url, { params: given.params, httpMethod: given.method ?? "POST" }),
  token: () =>
    request(given.url, {
      params: given.params,
      authentication: given.token,
      suppressWarnings: true,
    }),
  key: () =>
    request(given.url, {
      params: given.params,
      authentication: ApiKeyManager.fromKey(given.token),
    }),
  async session() {
    return request(given.url, {
      params: given.params,
      authentication: await manager(),
      httpMethod: given.method ?? "POST",
      hideToken: given.hideToken ?? false,
    });
  },
  async upload() {
    const file = new File([given.text], given.name, { type: "text/plain" });
    const { item } = await request(`${given.service}/uploads/upload`, {
      params: { file, description: "words" },
    });
    const job = await Job.submitJob({
      url: given.url,
      params: { In_File: { itemID: item.itemID } },
    });
    await job.waitForCompletion();
    const result = await job.getResult("Out_File");
    return { item, text: await (await fetch(result.value.url)).text() };
  },
  async sessionJob() {
    const job = await submit(await manager());
    return job.getAllResults();
  },
};

let outcome;
try {
  outcome = { value: await scenarios[process.argv.at(-1)]() };
} catch (error) {
  const { name, message, code, response } = error;
  outcome = { error: { name, message, code, response } };
}
const text = Buffer.from(`${JSON.stringify({ ...outcome, requests })}\n`);
for (let sent = 0; sent < text.length; ) sent += writeSync(1, text, sent);
process.exit(0); // a job that is monitored would keep the program
