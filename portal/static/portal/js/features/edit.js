// Moving vertices of what was drawn; the table of coordinates does the same by keyboard.

import { button } from "../map/elements.js";
import { activate, deactivate, isActive } from "../map/tools.js";

/** Return the button that lets vertices be moved, and what stops it. */
export function editTool(input, say) {
  let interactions = [];
  const press = button(gettext("Move vertices"), () => (isActive(tool) ? deactivate(tool) : activate(tool)), {
    "aria-pressed": "false",
  });
  const tool = {
    start() {
      const modify = new ol.interaction.Modify({ source: input.features });
      modify.on("modifyend", () => {
        input.write();
        say(input.words);
      });
      interactions = [modify, new ol.interaction.Snap({ source: input.features })];
      interactions.forEach((one) => input.map.addInteraction(one));
      press.setAttribute("aria-pressed", "true");
      say(gettext("Drag vertices to move them; Alt and a click removes one."));
    },
    stop() {
      interactions.forEach((one) => input.map.removeInteraction(one));
      press.setAttribute("aria-pressed", "false");
    },
  };
  return { button: press, stop: () => deactivate(tool) };
}
