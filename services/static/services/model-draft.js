// The definition of a model in the browser: its parts, links, changes, faults.
// A part of the graph is "step:id", "input:Name" or "output:Name".

const CHECK_MS = 400;

export class Draft {
  constructor(data) {
    this.model = data.definition;
    for (const list of ["inputs", "steps", "outputs"]) this.model[list] ??= [];
    this.tools = data.tools;
    this.places = data.places;
    this.kinds = data.kinds;
    this.problems = data.problems;
    this.stamp = data.stamp;
    this.stepUrl = data.stepUrl;
    this.selected = "";
    this.isChanged = false;
    this.trouble = "";
    this.onChange = () => {};
  }

  step(id) {
    return this.model.steps.find((one) => `step:${one.id}` === id);
  }

  tool(step) {
    return this.tools[step.tool] ?? { title: step.tool, inputs: [], outputs: [] };
  }

  nodes() {
    const placed = (key, place) => place ?? this.places[key] ?? [20, 20]; // of the server
    return [
      ...this.model.inputs.map((one) => ({
        id: `input:${one.name}`, kind: "input", title: one.label || one.name, takes: [],
        makes: [{ name: "value", label: one.dataType }],
        place: placed(`input:${one.name}`),
      })),
      ...this.model.steps.map((one, at) => ({
        id: `step:${one.id}`, kind: "step", title: `${at + 1}. ${one.title || one.id}`,
        takes: this.tool(one).inputs.filter((x) => x.required || one.inputs?.[x.name]),
        makes: this.tool(one).outputs,
        place: placed(`step:${one.id}`, one.place),
      })),
      ...this.model.outputs.map((one) => ({
        id: `output:${one.name}`, kind: "output", title: one.label || one.name,
        takes: [{ name: "value", label: "Output" }], makes: [],
        place: placed(`output:${one.name}`),
      })),
    ];
  }

  links() {
    const found = [];
    const add = (binding, to) => {
      for (const one of binding?.first ?? [binding]) {
        if (one?.parameter) found.push({ from: [`input:${one.parameter}`, "value"], to });
        if (one?.step) found.push({ from: [`step:${one.step}`, one.output], to });
      }
    };
    for (const step of this.model.steps) {
      for (const [name, one] of Object.entries(step.inputs ?? {})) {
        add(one, [`step:${step.id}`, name]);
      }
    }
    for (const one of this.model.outputs) add(one.source, [`output:${one.name}`, "value"]);
    return found;
  }

  typeOf(id, port) {
    if (id.startsWith("input:")) {
      return this.kinds.names.indexOf(this.model.inputs.find((x) => `input:${x.name}` === id).dataType);
    }
    const step = this.step(id);
    const made = this.tool(step).outputs.find((one) => one.name === port);
    return (step.each ? made?.gathered : made?.kind) ?? -1;
  }

  takes(id, port, given) {
    if (id.startsWith("output:")) return true;
    const wanted = this.tool(this.step(id)).inputs.find((one) => one.name === port);
    return given < 0 || (this.kinds.fits[wanted?.kind] ?? []).includes(given);
  }

  // What an input of a step can be bound to, as pairs of a binding and a text.
  offers(step, wanted) {
    const inputs = this.model.inputs
      .filter((one) => this.takes(`step:${step.id}`, wanted.name, this.typeOf(`input:${one.name}`)))
      .map((one) => [{ parameter: one.name }, `Input ${one.label || one.name}`]);
    const made = this.model.steps
      .filter((one) => one !== step)
      .flatMap((one) => this.tool(one).outputs
        .filter((x) => this.takes(`step:${step.id}`, wanted.name, this.typeOf(`step:${one.id}`, x.name)))
        .map((x) => [{ step: one.id, output: x.name }, `${one.title || one.id}: ${x.label}`]));
    return [...inputs, ...made];
  }

  problemsOf(id) {
    return this.problems.filter((one) => `step:${one.step}` === id
      || (!one.step && id.split(":")[1] === one.parameter));
  }

  select(id) {
    this.selected = id;
    this.onChange();
  }

  bind(step, name, binding) {
    step.inputs ??= {};
    if (binding === null) delete step.inputs[name];
    else step.inputs[name] = binding;
    this.changed();
  }

  bindingOf(id, port) {
    return id.startsWith("input:") ? { parameter: id.slice(6) } : { step: id.slice(5), output: port };
  }

  connect(from, fromPort, to, toPort) {
    const binding = this.bindingOf(from, fromPort);
    if (to.startsWith("output:")) {
      this.model.outputs.find((one) => `output:${one.name}` === to).source = binding;
      this.changed();
    } else this.bind(this.step(to), toPort, binding);
  }

  disconnect(to, port) {
    if (to.startsWith("step:") && this.step(to)) this.bind(this.step(to), port, null);
  }

  place(id, { x, y }) {
    const step = this.step(id);
    if (!step) this.places[id] = [x, y];
    else if (step.place?.[0] !== x || step.place?.[1] !== y) {
      step.place = [x, y];
      this.isChanged = true;
    }
  }

  freeName(wanted, taken) {
    const lowered = taken.map((one) => one.toLowerCase());
    let name = wanted;
    for (let n = 2; lowered.includes(name.toLowerCase()); n += 1) name = `${wanted}_${n}`;
    return name;
  }

  names() {
    return [...this.model.inputs, ...this.model.outputs].map((one) => one.name);
  }

  addStep(toolId) {
    const tool = this.tools[toolId];
    const id = this.freeName(tool.name.toLowerCase(), this.model.steps.map((one) => one.id));
    const below = Math.max(0, ...this.nodes().map((one) => one.place[1] + 110));
    this.model.steps.push({ id, tool: toolId, title: tool.title, inputs: {}, place: [260, below] });
    this.selected = `step:${id}`;
    this.changed();
  }

  addInput(step, wanted) {
    const name = this.freeName(wanted.name, this.names());
    this.model.inputs.push({ ...wanted.json, name });
    const place = this.nodes().find((one) => one.id === `step:${step.id}`).place;
    this.places[`input:${name}`] = [Math.max(10, place[0] - 250), place[1]];
    this.bind(step, wanted.name, { parameter: name });
  }

  addOutput(step, made) {
    const name = this.freeName(made.name, this.names());
    this.model.outputs.push({ name, source: { step: step.id, output: made.name } });
    const place = this.nodes().find((one) => one.id === `step:${step.id}`).place;
    this.places[`output:${name}`] = [place[0] + 260, place[1]];
    this.changed();
  }

  remove(id) {
    const [kind, name] = id.split(":");
    const list = `${kind}s`;
    const key = kind === "step" ? "id" : "name";
    this.model[list] = this.model[list].filter((one) => one[key] !== name);
    const isGone = (one) => (kind === "step" ? one?.step === name : one?.parameter === name);
    const holds = (one) => isGone(one) || (one?.first ?? []).some(isGone);
    if (kind !== "output") {
      for (const step of this.model.steps) {
        for (const [port, one] of Object.entries(step.inputs ?? {})) {
          if (holds(one)) delete step.inputs[port];
        }
        if (kind === "step") {
          step.after = (step.after ?? []).filter((one) => one !== name);
          if (step.otherwise === name) delete step.otherwise;
        }
        if (holds(step.condition?.of)) delete step.condition;
      }
      this.model.outputs = this.model.outputs.filter((one) => !holds(one.source));
    }
    this.selected = "";
    this.changed();
  }

  changed() {
    this.isChanged = true;
    this.onChange();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("check").then(() => this.onChange()), CHECK_MS);
  }

  // Ask the server what is wrong, or to keep the draft; true if it did.
  async send(act) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    this.trouble = "The server does not answer.";
    let response;
    try {
      response = await fetch(location.pathname, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify({ act, stamp: this.stamp, definition: this.model }),
      });
    } catch {
      return false;
    }
    if (response.status === 409) {
      this.trouble = "Somebody else has changed the model meanwhile: load this page again.";
    }
    if (!response.ok) return false;
    const answer = await response.json();
    this.problems = answer.problems;
    if (act === "save" && !answer.stamp) {
      this.trouble = "The draft cannot be saved: see the problems.";
      return false;
    }
    if (answer.stamp) {
      this.stamp = answer.stamp;
      this.isChanged = false;
    }
    return true;
  }
}
