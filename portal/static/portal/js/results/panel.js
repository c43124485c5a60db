// What one can do with a result: show, hide, fade, zoom, style, open its table.

import { countText } from "./cells.js";
import { button, el, labelled } from "./elements.js";
import { legendOf } from "./pictures.js";
import { rasterStyling } from "./rasterstyling.js";
import { styling } from "./styling.js";
import { showExtent } from "../map/portalmap.js";

/** The tools of a result in its list item. */
export class ResultPanel {
  constructor(item, view, parts) {
    Object.assign(this, { item, view }, parts);
    this.tools = item.querySelector("[data-tools]");
    this.banner = item.querySelector("[data-banner]");
    this.tools.prepend(...(view.isTable ? [] : this.#ofLayer()), ...(view.isRaster ? [] : [this.#table()]));
    if (!view.isTable) this.legend();
  }

  #ofLayer() {
    const { view } = this;
    const eye = button("", { class: "btn btn-sm btn-outline-secondary eye", "aria-pressed": "true" });
    const say = () => {
      eye.textContent = view.visible ? gettext("Shown") : gettext("Hidden");
      eye.setAttribute("aria-pressed", String(view.visible));
      eye.setAttribute("aria-label", interpolate(gettext("Show %(name)s on the map"), { name: view.about.name }, true));
    };
    say();
    eye.addEventListener("click", () => {
      view.setVisible(!view.visible);
      say();
    });
    const zoom = button(gettext("Zoom to"), { on: { click: async () => showExtent(this.map, await view.extent()) } });
    const fade = el("input", { type: "range", class: "form-range", min: 0, max: 100, value: 100,
      on: { input: (event) => view.setOpacity(event.target.value / 100) } });
    return [eye, zoom, this.#style(), labelled(gettext("Opacity"), fade, "opacity")];
  }

  #style() {
    const place = this.item.querySelector("[data-style]");
    const open = button(gettext("Style"), { "aria-expanded": "false" });
    open.addEventListener("click", () => {
      if (!place.hasChildNodes()) {
        const make = this.view.isRaster ? rasterStyling : styling;
        place.append(make(this.view, (renderer) => this.#dress(renderer), (error) => this.changed({ error })));
      }
      place.hidden = !place.hidden;
      open.setAttribute("aria-expanded", String(!place.hidden));
    });
    return open;
  }

  async #dress(renderer) {
    await this.view.setRenderer(renderer);
    await this.legend(this.view.drawingInfo());
  }

  #table() {
    this.opener = button(gettext("Table"), { "aria-expanded": "false", on: { click: () => this.openTable() } });
    return this.opener;
  }

  /** Open the table of the result below the map. */
  openTable() {
    this.dock.open(this.view, this.opener);
  }

  /** Show the legend; a drawing that is not the layer's own is drawn by the server too. */
  async legend(drawingInfo) {
    const place = this.item.querySelector("[data-legend]");
    const entries = await legendOf(this.rest, this.view.about.id, drawingInfo).catch(() => []);
    const field = this.view.renderer?.field ?? this.view.renderer?.field1;
    const title = this.view.about.fields?.find((one) => one.name === field)?.alias;
    place.replaceChildren(
      ...(title ? [el("p", { class: "legend-title" }, title)] : []),
      el("ul", { class: this.view.isRaster ? "legend is-raster" : "legend" }, ...entries.map((one) => el("li", {},
        el("img", { src: `data:${one.contentType};base64,${one.imageData}`, alt: "", width: one.width, height: one.height }),
        one.label || (entries.length === 1 ? this.view.about.name : "")))),
    );
  }

  /** Tell what the map shows of the result, or what went wrong. */
  changed({ count, picture, error }) {
    const { banner, view } = this;
    const total = view.about.count;
    banner.classList.toggle("is-error", Boolean(error));
    if (error) banner.textContent = error.message;
    else if (picture) banner.textContent = interpolate(gettext("Showing %(all)s of %(all)s as a picture. Zoom in to see single features, or download all."), { all: countText(total) }, true);
    else if (count < total && total > 0) banner.textContent = interpolate(gettext("Showing %(shown)s of %(all)s. Zoom in or download all."), { shown: countText(count), all: countText(total) }, true);
    else banner.textContent = "";
    banner.hidden = !banner.textContent;
    this.item.dataset.drawn = picture ? "picture" : "features";
  }
}
