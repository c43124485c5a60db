// Files: sent to the service's uploads, or read here if it takes none and they are small.

import { el, labelled } from "../map/elements.js";
import { plainFields } from "./esri.js";
import { Refused, readText } from "./reading.js";
import { counted, kindOf } from "./summary.js";

const READ_HERE = ["geojson", "json", "kml", "csv", "txt"];
const READ_BYTES = 5_000_000;

/** Return the way of giving features or rows by a file. */
export function uploading(input, say, read = readText) {
  const takes = input.place.uploads === "true";
  const types = takes ? input.place.extensions.split(",") : READ_HERE;
  const field = el("input", {
    type: "file", class: "form-control", accept: types.map((one) => `.${one}`).join(","),
    onchange: () => field.files[0] && send(field.files[0]),
  });
  const bar = el("progress", { hidden: true, max: 1, value: 0, "aria-label": gettext("Upload") });
  const problem = el("p", { class: "problem", role: "alert" });
  const panel = el("div", { class: "widget-drop" },
    labelled(gettext("File"), field), bar, problem,
    el("p", { class: "hint", text: hint(types, takes, input.place.uploadMb) }));
  panel.addEventListener("dragover", (event) => event.preventDefault());
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
  });

  async function send(file) {
    problem.textContent = "";
    try {
      check(file, types, takes, Number(input.place.uploadMb));
      const isSmall = file.size <= READ_BYTES && READ_HERE.includes(ending(file.name));
      const found = isSmall ? tried(() => read, await file.text(), file.name) : null;
      if (takes) await store(file, found);
      else take(read(await file.text(), file.name), file.name);
    } catch (wrong) {
      if (!(wrong instanceof Refused)) throw wrong;
      problem.textContent = `${file.name}: ${wrong.message}`;
    }
  }

  async function store(file, found) {
    const uploads = `${input.place.service}/uploads`;
    const item = await sent(`${uploads}/upload`, file, bar);
    const told = await contents(`${uploads}/${item.itemID}`, input);
    const words = `${file.name}: ${described(told, input.rowsWord)}`;
    const shown = input.preview ? (found?.features ?? []) : [];
    input.refer({ itemID: item.itemID }, words, plainFields(told.fields), shown);
    say(words);
    input.zoom();
  }

  function take(found, name) {
    if (found.raw) input.keep(found, name);
    else input.replace(found.features, found.fields, name);
    say(input.words);
    input.zoom();
  }

  return { id: "upload", label: gettext("Upload"), panel };
}

const ending = (name) => name.toLowerCase().split(".").pop();

/** Return "312 polygons, EPSG:25832" of what the server has read. */
function described({ count, geometryType, spatialReference }, rowsWord) {
  const wkid = spatialReference?.latestWkid ?? spatialReference?.wkid;
  const size = rowsWord ? rowsWord(count) : counted(kindOf(geometryType), count);
  return [size, wkid && `EPSG:${wkid}`].filter(Boolean).join(", ");
}

/** Ask the server what an item holds. Rejects with Refused if it cannot be read. */
async function contents(item, input) {
  const asked = new URLSearchParams({ f: "json", table: String(!input.preview) });
  const found = await (await fetch(`${item}/contents?${asked}`)).json();
  if (!found.error) return found;
  const why = reason(found.error).replace(/^.*itemID['"]?:?\s*/, "");
  await fetch(`${item}/delete`, { method: "POST", body: new URLSearchParams({ f: "json" }) });
  throw new Refused(why || gettext("the file could not be read."));
}

/** Return what a reader gives of a text; null if this browser cannot read it. */
function tried(reader, text, name) {
  try {
    const found = reader()(text, name);
    return found.raw ? null : found;
  } catch {
    return null;
  }
}

function hint(types, takes, most) {
  const listed = types.map((one) => `.${one}`).join(", ");
  if (!takes) {
    const text = gettext("This service takes no uploads; small files (%(types)s) are read here.");
    return interpolate(text, { types: listed }, true);
  }
  const text = gettext("Zipped shapefile, GeoJSON, GeoPackage, KML, CSV with x and y. At most %(most)s MB; types: %(types)s. Drop a file here, or choose one.");
  return interpolate(text, { types: listed, most }, true);
}

function check(file, types, takes, megabytes) {
  if (!types.includes(ending(file.name))) {
    const text = gettext("this type is not accepted here. Use %(types)s.");
    throw new Refused(interpolate(text, { types: types.map((one) => `.${one}`).join(", ") }, true));
  }
  const most = takes ? megabytes * 2 ** 20 : READ_BYTES;
  if (file.size > most) {
    const text = gettext("the file is too large: at most %(most)s MB.");
    throw new Refused(interpolate(text, { most: Math.floor(most / 2 ** 20) }, true));
  }
}

/** Send a file; return the item. Rejects with Refused. */
function sent(url, file, bar) {
  const body = new FormData();
  body.set("f", "json");
  body.set("file", file);
  const request = new XMLHttpRequest();
  bar.hidden = false;
  request.upload.addEventListener("progress", (event) => (bar.value = event.loaded / event.total));
  return new Promise((done, refuse) => {
    const failed = (text) => refuse(new Refused(text));
    request.addEventListener("loadend", () => {
      bar.hidden = true;
      const { response } = request;
      if (response?.item) done(response.item);
      else failed(reason(response?.error) || gettext("the upload has failed. Try again."));
    });
    request.open("POST", url);
    request.responseType = "json";
    request.send(body);
  });
}

const reason = (error) => error && [error.details?.[0] ?? error.message].join("");
