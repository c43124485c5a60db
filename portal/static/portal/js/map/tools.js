// The one tool that is active on the page: whoever draws, selects or measures takes it.

let active = null;

/** Make a tool ({start, stop}) the active one; the one before it stops. */
export function activate(tool) {
  if (active === tool) return;
  active?.stop();
  active = tool;
  tool.start();
}

/** Stop a tool if it is the active one. */
export function deactivate(tool) {
  if (active !== tool) return;
  active = null;
  tool.stop();
}

/** Tell if any tool, or the one given, is active. */
export const isActive = (tool) => (tool ? active === tool : active !== null);
