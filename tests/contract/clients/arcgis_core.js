// Scenarios of @arcgis/core, bundled for a page: scenarios.NAME(given) in the window.
import esriConfig from "@arcgis/core/config.js";
import Extent from "@arcgis/core/geometry/Extent.js";
import SpatialReference from "@arcgis/core/geometry/SpatialReference.js";
import IdentityManager from "@arcgis/core/identity/IdentityManager.js";
import ServerInfo from "@arcgis/core/identity/ServerInfo.js";
import * as geoprocessor from "@arcgis/core/rest/geoprocessor.js";
import ArealUnit from "@arcgis/core/rest/support/ArealUnit.js";
import FeatureSet from "@arcgis/core/rest/support/FeatureSet.js";
import ImageParameters from "@arcgis/core/rest/support/ImageParameters.js";
import LinearUnit from "@arcgis/core/rest/support/LinearUnit.js";
import TimeUnit from "@arcgis/core/rest/support/TimeUnit.js";

esriConfig.assetsPath = new URL("assets", document.baseURI).href;

// Inputs as an application has them: objects of the SDK.
const kinds = { features: FeatureSet, linear: LinearUnit, areal: ArealUnit, time: TimeUnit };

function inputs(params) {
  const made = {};
  for (const [name, value] of Object.entries(params)) {
    const [kind, plain] = value?.as ? [kinds[value.as], value.value] : [null, value];
    if (kind) made[name] = kind.fromJSON(plain);
    else if (value?.as === "date") made[name] = new Date(plain);
    else made[name] = value;
  }
  return made;
}

function options(given) {
  const made = {};
  if (given?.outSR) made.outSpatialReference = new SpatialReference({ wkid: given.outSR });
  if (given?.processSR)
    made.processSpatialReference = new SpatialReference({ wkid: given.processSR });
  if (given?.extent) made.processExtent = Extent.fromJSON(given.extent);
  if (given?.returnFeatureCollection) made.returnFeatureCollection = true;
  return made;
}

// A value as plain JSON, with the class that the SDK made of it.
function described({ paramName, dataType, value }) {
  const type = value instanceof Date ? "Date" : (value?.declaredClass ?? typeof value);
  const plain = value?.toJSON ? value.toJSON() : value;
  return { paramName, dataType, type, value: value instanceof Date ? +value : plain };
}

const state = (job) => ({
  status: job.jobStatus,
  messages: job.messages?.map(({ type, description }) => ({ type, description })),
  progress: job.progress,
});

const settled = (promise) =>
  promise.then(
    (value) => ({ value: state(value) }),
    (reason) => ({ rejected: reason.jobId ? state(reason) : `${reason}` }),
  );

const submit = ({ url, params, environment }) =>
  geoprocessor.submitJob(url, inputs(params), options(environment));

async function waited(given) {
  const job = await submit(given);
  const seen = [];
  await job.waitForJobCompletion({
    interval: 200,
    statusCallback: (one) => seen.push(state(one)),
  });
  return { job, seen };
}

async function until(job, status) {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await job.checkJobStatus()).jobStatus === status) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the job never was ${status}`);
}

function registered(server, tokens) {
  const info = new ServerInfo({ server, tokenServiceUrl: tokens });
  IdentityManager.registerServers([info]);
  return info;
}

// Size of a picture, and its colours at the middle and at the upper left.
function pixels(image) {
  const canvas = document.createElement("canvas");
  const { width, height } = image;
  Object.assign(canvas, { width, height });
  const drawing = canvas.getContext("2d");
  drawing.drawImage(image, 0, 0);
  const at = (x, y) => [...drawing.getImageData(x, y, 1, 1).data];
  return { size: [width, height], middle: at(width >> 1, height >> 1), corner: at(0, 0) };
}

// A picture of the portal as a page of another origin reads it.
async function picture(href) {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = href;
  await image.decode();
  return pixels(image);
}

const scenarios = {
  async execute({ url, params, environment }) {
    const done = await geoprocessor.execute(url, inputs(params), options(environment));
    return {
      results: done.results.map(described),
      messages: done.messages.map(({ type, description }) => ({ type, description })),
    };
  },
  async job(given) {
    const { job, seen } = await waited(given);
    const results = [];
    for (const name of given.results)
      results.push(described(await job.fetchResultData(name, options(given.fetch))));
    return { seen, end: state(job), results };
  },
  async cancel(given) {
    const job = await submit(given);
    await until(job, "job-executing");
    const executing = state(job);
    const cancelled = await settled(job.cancelJob());
    const waiting = await settled(job.waitForJobCompletion());
    return { executing, cancelled, waiting };
  },
  async failure(given) {
    const job = await submit(given);
    return settled(job.waitForJobCompletion({ interval: 200 }));
  },
  async signIn({ server, tokens, username, password }) {
    const info = registered(server, tokens);
    const answer = await IdentityManager.generateToken(info, { username, password });
    IdentityManager.registerToken({
      server: `${server}/rest/services`,
      token: answer.token,
      expires: answer.expires,
      userId: username,
    });
    const minutes = (answer.expires - Date.now()) / 60000;
    return { token: answer.token, minutes };
  },
  async register({ server, tokens, token }) {
    registered(server, tokens);
    IdentityManager.registerToken({ server: `${server}/rest/services`, token });
  },
  async file(given) {
    const { job } = await waited(given);
    const { value } = await job.fetchResultData(given.result);
    const headers = { "X-Esri-Authorization": `Bearer ${given.token}` }; // a preflight
    const answers = [await fetch(value.url), await fetch(value.url, { headers })];
    return Promise.all(answers.map((answer) => answer.text()));
  },
  async resultImage(given) {
    const { job } = await waited(given);
    const asked = new ImageParameters({
      ...given.image,
      extent: Extent.fromJSON(given.image.extent),
    });
    // The SDK makes a MapImage of rasters only: of features we look at what it got.
    let answer = null;
    const kept = { urls: /\/results\//, after: ({ data }) => (answer = data) };
    esriConfig.request.interceptors.push(kept);
    await job.fetchResultImage(given.result, asked);
    const { mapImage } = answer.value;
    return { ...mapImage, ...(await picture(mapImage.href)) };
  },
  async resultLayer(given) {
    const { job } = await waited(given);
    const layer = await job.fetchResultMapImageLayer();
    // Version 5.1 asks MapServer/layers, without the job, for what sublayers are:
    // their fields and renderers stay unknown to it, whatever the server.
    await layer.load();
    const sublayers = layer.allSublayers.toArray();
    const extent = Extent.fromJSON(given.extent);
    const image = await layer.fetchImage(extent, given.width, given.height);
    return {
      titles: sublayers.map((one) => one.title),
      fullExtent: layer.fullExtent.toJSON(),
      ...pixels(image),
    };
  },
  // Still to come, with its part of the portal: uploads by FormData.
};

window.run = async (name, given) => {
  try {
    return { value: await scenarios[name](given) };
  } catch (error) {
    const { name: kind, message, details } = error;
    const { httpStatus, messageCode, messages, raw } = details ?? {};
    return { error: { kind, message, details: { httpStatus, messageCode, messages, raw } } };
  }
};
