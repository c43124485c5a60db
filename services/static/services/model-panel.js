// Beside the graph: tools to add, all parts as a list, what is wrong, the part chosen.
// All that the mouse does in the graph can be done here by keyboard.

const STEP = 10;

function make(tag, members = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), members);
  made.append(...inside);
  return made;
}

export class Panel {
  constructor(draft, say) {
    this.draft = draft;
    this.say = say;
    this.search = document.getElementById("model-search");
    this.found = document.getElementById("model-tools");
    this.parts = document.getElementById("model-parts");
    this.problems = document.getElementById("model-problems");
    this.chosen = document.getElementById("model-chosen");
    this.search.addEventListener("input", () => this.showTools());
    this.parts.addEventListener("keydown", (event) => this.key(event));
    this.showTools();
  }

  showTools() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const said = (id, one) => `${id} ${one.title} ${one.category} ${one.summary}`.toLowerCase();
    const found = Object.entries(this.draft.tools)
      .filter(([id, one]) => words.every((word) => said(id, one).includes(word)))
      .sort(([, a], [, b]) => a.title.localeCompare(b.title));
    this.found.replaceChildren(...found.map(([id, one]) => {
      const button = make("button", { type: "button", className: "model-tool", title: one.summary },
        one.title, make("small", {}, one.category));
      button.setAttribute("aria-label", `Add ${one.title}`);
      button.addEventListener("click", () => {
        this.draft.addStep(id);
        this.say(`${one.title} is added.`);
      });
      return make("li", {}, button);
    }));
  }

  show() {
    const focused = document.activeElement?.id;
    this.parts.replaceChildren(...this.draft.nodes().map((node) => {
      const button = make("button", { type: "button", id: `part-${node.id}` }, node.title);
      button.dataset.part = node.id;
      button.setAttribute("aria-pressed", String(node.id === this.draft.selected));
      button.addEventListener("click", () => this.draft.select(node.id));
      const wrong = this.draft.problemsOf(node.id).length;
      return make("li", {}, button, wrong ? make("span", { className: "model-bad" }, " !") : "");
    }));
    const texts = this.draft.problems.map((one) => make("li", {}, one.text));
    this.problems.replaceChildren(...(texts.length ? texts : [make("li", {}, "None: it can be run.")]));
    this.showChosen();
    if (focused) document.getElementById(focused)?.focus();
  }

  // Alt and an arrow move the part that has the focus; Delete removes it.
  key(event) {
    const id = event.target.dataset?.part;
    if (!id) return;
    if (event.key === "Delete") {
      event.preventDefault();
      this.remove(id);
      return;
    }
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    const place = this.draft.nodes().find((one) => one.id === id).place;
    this.draft.place(id, { x: Math.max(0, place[0] + by[0]), y: Math.max(0, place[1] + by[1]) });
    this.draft.onChange();
  }

  remove(id) {
    const title = this.draft.nodes().find((one) => one.id === id)?.title;
    this.draft.remove(id);
    this.say(`${title} is deleted.`);
  }

  showChosen() {
    const id = this.draft.selected;
    const node = this.draft.nodes().find((one) => one.id === id);
    if (!node) {
      this.chosen.replaceChildren(make("p", {}, "Choose a part in the list or in the graph."));
      return;
    }
    const gone = make("button", { type: "button", id: "model-delete" }, "Delete");
    gone.setAttribute("aria-label", `Delete ${node.title}`);
    gone.addEventListener("click", () => this.remove(id));
    const step = this.draft.step(id);
    const inside = step ? this.stepFields(step) : [];
    this.chosen.replaceChildren(make("h3", {}, node.title), ...inside, make("p", {}, gone));
  }

  stepFields(step) {
    const tool = this.draft.tool(step);
    const title = make("input", { type: "text", id: "field-title", value: step.title ?? "" });
    title.addEventListener("change", () => {
      step.title = title.value;
      this.draft.changed();
    });
    const more = make("a", { href: this.draft.stepUrl.replace("STEP", encodeURIComponent(step.id)) },
      "Conditions, order and iteration of this step");
    return [
      make("p", {}, tool.summary ?? ""),
      make("label", { htmlFor: "field-title" }, "Title"), title,
      ...tool.inputs.flatMap((one) => this.inputFields(step, one)),
      ...tool.outputs.map((one) => this.outputButton(step, one)),
      make("p", {}, more),
    ];
  }

  inputFields(step, wanted) {
    const binding = step.inputs?.[wanted.name];
    const own = JSON.stringify(binding ?? null);
    const isOwn = (one) => JSON.stringify(one) === own;
    const offers = this.draft.offers(step, wanted);
    const select = make("select", { id: `field-${wanted.name}` });
    const isConstant = binding !== undefined && "value" in binding;
    const add = (value, text, chosen) => select.append(make("option", { value, selected: chosen }, text));
    add("", wanted.required ? "Nothing yet" : "As the tool has it", binding === undefined);
    add("constant", "A value written here", isConstant);
    add("new", "A new input of the model", false);
    offers.forEach(([one, text], at) => add(String(at), text, isOwn(one)));
    if (binding && !isConstant && !offers.some(([one]) => isOwn(one))) add("own", "As it is now", true);
    select.addEventListener("change", () => {
      if (select.value === "new") this.draft.addInput(step, wanted);
      else if (select.value === "constant") this.draft.bind(step, wanted.name, { value: wanted.example });
      else if (select.value === "") this.draft.bind(step, wanted.name, null);
      else if (select.value !== "own") this.draft.bind(step, wanted.name, offers[Number(select.value)][0]);
    });
    const star = wanted.required ? " (required)" : "";
    const found = [make("label", { htmlFor: select.id }, wanted.label + star), select];
    return isConstant ? [...found, this.constant(step, wanted, binding.value)] : found;
  }

  constant(step, wanted, value) {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    const area = make("textarea", { id: `value-${wanted.name}`, rows: 2, value: shown ?? "" });
    area.setAttribute("aria-label", `Value of ${wanted.label}`);
    area.addEventListener("change", () => {
      let made = area.value;
      try {
        made = JSON.parse(area.value);
      } catch {
        // a text without quotation marks
      }
      this.draft.bind(step, wanted.name, { value: made });
    });
    return area;
  }

  outputButton(step, made) {
    const button = make("button", { type: "button", id: `output-${made.name}` }, `Make ${made.label} an output`);
    button.addEventListener("click", () => {
      this.draft.addOutput(step, made);
      this.say(`${made.label} is an output of the model.`);
    });
    return make("p", {}, button);
  }
}
