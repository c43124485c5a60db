// Symbols of Esri JSON as styles of OpenLayers. Sizes in symbols are points.

const PIXELS = 96 / 72;
const DASHES = {
  Dash: [6, 4], Dot: [1, 3], DashDot: [6, 3, 1, 3], DashDotDot: [6, 3, 1, 3, 1, 3],
  ShortDash: [3, 2], ShortDot: [1, 1], ShortDashDot: [3, 2, 1, 2],
  ShortDashDotDot: [3, 2, 1, 2, 1, 2], LongDash: [10, 4], LongDashDot: [10, 3, 1, 3],
};
const SHAPES = {
  Square: { points: 4, angle: Math.PI / 4, scale: Math.SQRT2 },
  Diamond: { points: 4, angle: 0, scale: 1 },
  Triangle: { points: 3, angle: 0, scale: 1.15 },
  Cross: { points: 4, radius2: 0, angle: 0, scale: 1 },
  X: { points: 4, radius2: 0, angle: Math.PI / 4, scale: Math.SQRT2 },
};
const LINES = {
  Horizontal: [[0, 4, 8, 4]], Vertical: [[4, 0, 4, 8]], Cross: [[0, 4, 8, 4], [4, 0, 4, 8]],
  ForwardDiagonal: [[0, 0, 8, 8]], BackwardDiagonal: [[0, 8, 8, 0]],
  DiagonalCross: [[0, 0, 8, 8], [0, 8, 8, 0]],
};

/** Return the CSS colour of [r, g, b, a]. */
export function css(color) {
  if (!color) return "rgba(0,0,0,0)";
  const [red, green, blue, alpha = 255] = color;
  return `rgba(${red},${green},${blue},${alpha / 255})`;
}

/** Return the ol.style.Style of a symbol; one that draws nothing for unknown ones. */
export function styleOf(symbol) {
  const known = {
    esriSMS: marker, esriPMS: picture, esriSLS: (one) => ({ stroke: stroke(one) }), esriSFS: fill,
    esriPFS: (one) => ({ stroke: stroke(one.outline) }),
  };
  return new ol.style.Style(known[symbol?.type]?.(symbol) ?? {});
}

function stroke(symbol) {
  const style = (symbol?.style ?? "esriSLSSolid").replace("esriSLS", "");
  if (!symbol?.color || style === "Null" || symbol.width === 0) return undefined;
  const width = (symbol.width ?? 1) * PIXELS;
  const lineDash = DASHES[style]?.map((one) => one * width);
  return new ol.style.Stroke({ color: css(symbol.color), width, lineDash });
}

function fill(symbol) {
  const style = (symbol.style ?? "esriSFSSolid").replace("esriSFS", "");
  const color = style in LINES ? hatch(LINES[style], symbol.color) : css(symbol.color);
  const none = style === "Null" || !symbol.color;
  return {
    fill: new ol.style.Fill({ color: none ? "rgba(0,0,0,0)" : color }),
    stroke: stroke(symbol.outline),
  };
}

function hatch(lines, color) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext("2d");
  pen.strokeStyle = css(color);
  for (const [x1, y1, x2, y2] of lines) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.stroke();
  return pen.createPattern(canvas, "repeat");
}

function marker(symbol) {
  const style = (symbol.style ?? "esriSMSCircle").replace("esriSMS", "");
  const radius = ((symbol.size ?? 6) / 2) * PIXELS;
  const isLine = style === "Cross" || style === "X";
  const outline = stroke(symbol.outline);
  const made = {
    fill: new ol.style.Fill({ color: css(symbol.color) }),
    stroke: outline ?? (isLine ? new ol.style.Stroke({ color: css(symbol.color), width: 1.5 }) : undefined),
    displacement: [(symbol.xoffset ?? 0) * PIXELS, (symbol.yoffset ?? 0) * PIXELS],
    rotation: (-(symbol.angle ?? 0) * Math.PI) / 180,
  };
  const shape = SHAPES[style];
  const image = shape
    ? new ol.style.RegularShape({ ...made, ...shape, scale: 1, radius: radius * shape.scale })
    : new ol.style.Circle({ ...made, radius });
  return { image };
}

function picture(symbol) {
  if (!symbol.imageData) return marker({ size: symbol.width ?? 12, color: [80, 80, 80, 255] });
  const src = `data:${symbol.contentType ?? "image/png"};base64,${symbol.imageData}`;
  const size = { width: (symbol.width ?? 20) * PIXELS, height: (symbol.height ?? 20) * PIXELS };
  const rotation = (-(symbol.angle ?? 0) * Math.PI) / 180;
  return { image: new ol.style.Icon({ src, ...size, rotation }) };
}
