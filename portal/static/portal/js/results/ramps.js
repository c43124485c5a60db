// Colour ramps to choose from, as Esri JSON.

const STOPS = {
  viridis: [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]],
  blues: [[222, 235, 247], [107, 174, 214], [8, 69, 148]],
  reds: [[254, 229, 217], [251, 106, 74], [153, 0, 13]],
  greys: [[240, 240, 240], [30, 30, 30]],
  diverging: [[33, 102, 172], [247, 247, 247], [178, 24, 43]],
  heights: [[48, 110, 68], [196, 200, 120], [160, 110, 60], [245, 245, 245]],
};

/** Return [name, text] of all ramps. */
export const rampNames = () => [
  ["viridis", gettext("Dark to bright")], ["blues", gettext("Blues")], ["reds", gettext("Reds")],
  ["greys", gettext("Greys")], ["diverging", gettext("Blue to red")], ["heights", gettext("Heights")],
];

/** Return the ramp of a name, for renderers and for generateRenderer. */
export function ramp(name) {
  const stops = STOPS[name];
  const part = (from, to) => ({
    type: "algorithmic", algorithm: "esriCIELabAlgorithm", fromColor: [...from, 255], toColor: [...to, 255],
  });
  const parts = stops.slice(1).map((to, at) => part(stops[at], to));
  return parts.length === 1 ? parts[0] : { type: "multipart", colorRamps: parts };
}
