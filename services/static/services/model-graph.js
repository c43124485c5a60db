// The graph of a model: steps as boxes, bindings as links, over one definition.
// The definition is the truth; boxes and links are drawn from it anew after a change.

import { Draft } from "./model-draft.js";
import { Panel } from "./model-panel.js";

const { dia, shapes } = globalThis.joint;
const WIDTH = 220;
const ROW = 20;
const HEAD = 30;

const data = JSON.parse(document.getElementById("model-data").textContent);
const draft = new Draft(data);
const status = document.getElementById("model-status");
const canvas = document.getElementById("model-scroll");
let ink, sheet, dark, accent, bad;

// The colours of the admin's style, light or dark.
function readColours() {
  const style = getComputedStyle(document.body);
  const names = ["--body-fg", "--body-bg", "--darkened-bg", "--link-fg", "--error-fg"];
  [ink, sheet, dark, accent, bad] = names.map((name) => style.getPropertyValue(name).trim());
}
readColours();

const graph = new dia.Graph({}, { cellNamespace: shapes });
const paper = new dia.Paper({
  el: document.getElementById("model-paper"),
  model: graph,
  cellViewNamespace: shapes,
  width: "100%",
  height: 480,
  gridSize: 10,
  background: { color: sheet },
  linkPinning: false,
  snapLinks: { radius: 30 },
  defaultConnectionPoint: { name: "boundary" },
  defaultRouter: { name: "manhattan", args: { padding: 12, step: 10 } },
  defaultConnector: { name: "rounded" },
  defaultLink: () => line(),
  validateMagnet: (view, magnet) => magnet.getAttribute("port-group") === "out",
  validateConnection: (from, fromMagnet, to, toMagnet) => {
    if (!fromMagnet || !toMagnet || from === to) return false;
    if (toMagnet.getAttribute("port-group") !== "in") return false;
    const given = draft.typeOf(from.model.id, fromMagnet.getAttribute("port"));
    return draft.takes(to.model.id, toMagnet.getAttribute("port"), given);
  },
});

function line() {
  return new shapes.standard.Link({
    attrs: {
      line: { stroke: ink, strokeWidth: 1.5, targetMarker: { type: "path", d: "M 8 -4 0 0 8 4 z" } },
    },
  });
}

function ports(node) {
  const one = (group) => (port) => ({
    id: port.name,
    group,
    attrs: { label: { text: short(port.label, 15) }, circle: { stroke: ink } },
  });
  return [...node.takes.map(one("in")), ...node.makes.map(one("out"))];
}

function group(side) {
  return {
    position: {
      name: "line",
      args: {
        start: { x: side === "in" ? 0 : WIDTH, y: HEAD },
        end: { x: side === "in" ? 0 : WIDTH, y: "calc(h)" },
      },
    },
    label: {
      position: { name: side === "in" ? "right" : "left" },
      markup: [{ tagName: "text", selector: "label" }],
    },
    markup: [{ tagName: "circle", selector: "circle" }],
    attrs: {
      circle: { r: 6, magnet: side === "out" ? true : "passive", fill: sheet, strokeWidth: 1.5 },
      label: { fill: ink, fontSize: 11 },
    },
  };
}

function box(node) {
  const rows = Math.max(node.takes.length, node.makes.length, 1);
  const isWrong = draft.problemsOf(node.id).length > 0;
  return new shapes.standard.Rectangle({
    id: node.id,
    position: { x: node.place[0], y: node.place[1] },
    size: { width: WIDTH, height: HEAD + rows * ROW + 8 },
    attrs: {
      body: {
        fill: node.kind === "step" ? sheet : dark,
        stroke: isWrong ? bad : draft.selected === node.id ? accent : ink,
        strokeWidth: draft.selected === node.id || isWrong ? 3 : 1.5,
        rx: node.kind === "step" ? 4 : 16,
        ry: node.kind === "step" ? 4 : 16,
      },
      label: {
        text: short(node.title, 26),
        fill: ink,
        fontSize: 13,
        fontWeight: "bold",
        y: 16,
        textVerticalAnchor: "middle",
      },
    },
    ports: { groups: { in: group("in"), out: group("out") }, items: ports(node) },
  });
}

function short(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

let isDrawing = false;
let scale = 1;
let shown = "";

function draw() {
  isDrawing = true;
  readColours();
  paper.drawBackground({ color: sheet });
  const boxes = draft.nodes().map(box);
  const there = new Set(boxes.map((one) => one.id));
  const links = draft
    .links()
    .filter((one) => there.has(one.from[0]) && there.has(one.to[0]))
    .map((one) => {
      const made = line();
      made.source({ id: one.from[0], port: one.from[1], magnet: "circle" });
      made.target({ id: one.to[0], port: one.to[1], magnet: "circle" });
      return made;
    });
  graph.resetCells([...boxes, ...links]);
  const bounds = graph.getBBox() ?? { x: 0, y: 0, width: 0, height: 0 };
  paper.scale(scale, scale);
  paper.setDimensions(
    Math.max(canvas.clientWidth - 2, (bounds.x + bounds.width + 40) * scale),
    Math.max(420, (bounds.y + bounds.height + 60) * scale),
  );
  isDrawing = false;
  if (draft.selected !== shown) reveal();
}

// A large model begins small enough to be seen whole, if it can still be read.
function fit() {
  const bounds = graph.getBBox();
  if (!bounds) return;
  scale = Math.min(1, Math.max(0.75, canvas.clientWidth / (bounds.x + bounds.width + 40)));
  draw();
}

// Bring the part that was chosen in the list into view.
function reveal() {
  shown = draft.selected;
  const place = graph.getCell(shown)?.position();
  if (!place) return;
  canvas.scrollLeft = (place.x + WIDTH / 2) * scale - canvas.clientWidth / 2;
  canvas.scrollTop = place.y * scale - canvas.clientHeight / 3;
}

for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => {
    scale = Math.min(1.5, Math.max(0.4, scale * Number(button.dataset.zoom)));
    draw();
  });
}

paper.on("link:connect", (view) => {
  const { source, target } = view.model.attributes;
  draft.connect(source.id, source.port, target.id, target.port);
  say(`Connected ${target.port}.`);
});
graph.on("remove", (cell) => {
  if (isDrawing || !cell.isLink()) return;
  const target = cell.get("target");
  if (target.port) draft.disconnect(target.id, target.port);
});
paper.on("element:pointerup", (view) => {
  draft.place(view.model.id, view.model.position());
});
paper.on("element:pointerclick", (view) => draft.select(view.model.id));
paper.on("link:pointerdblclick", (view) => view.model.remove());

function say(text) {
  status.textContent = text;
}

const panel = new Panel(draft, say);
draft.onChange = () => {
  draw();
  panel.show();
};
draw();
fit();
panel.show();

document.getElementById("model-save").addEventListener("click", async () => {
  say((await draft.send("save")) ? "The draft is saved." : draft.trouble);
});
for (const button of document.querySelectorAll("#model-acts button[value]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (!(await draft.send("save"))) return say(draft.trouble);
    const form = document.getElementById("model-acts");
    form.elements.act.value = button.value;
    form.elements.stamp.value = draft.stamp;
    form.submit();
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
addEventListener("beforeunload", (event) => {
  if (draft.isChanged) event.preventDefault();
});
