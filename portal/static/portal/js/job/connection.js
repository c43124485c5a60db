// Says that the server does not answer, and that it does again.

const SHOWN = 3000;

/** Return what shows the connection in an element: lost(), back(), gone(). */
export function connection(element) {
  let isLost = false;
  const show = (text) => {
    element.textContent = text;
    element.hidden = !text;
  };
  return {
    lost() {
      isLost = true;
      show(gettext("Connection lost, retrying in 5 s"));
    },
    back() {
      if (!isLost) return;
      isLost = false;
      show(gettext("Back"));
      setTimeout(() => isLost || show(""), SHOWN);
    },
    gone() {
      show(gettext("This job cannot be read any more: it was deleted, or you were signed out."));
    },
  };
}
