// The REST resources of a job, as its page asks them.

const LONGEST = 1500;

/** A job's resources; a share link's secret goes with every request. */
export class Rest {
  /** @param {HTMLElement} root the element with data-job, and data-share on shared pages */
  constructor(root) {
    this.job = root.dataset.job;
    this.share = root.dataset.share ?? "";
  }

  /** Return the address of a path below the job, or of a whole path. */
  url(path) {
    return path.startsWith("/") ? path : `${this.job}/${path}`;
  }

  /** Return an address of a file with the share link's secret, if there is one. */
  shared(href) {
    const url = new URL(href, location.href);
    if (this.share && !url.searchParams.has("share")) url.searchParams.set("share", this.share);
    return url.href;
  }

  /** Return the JSON that a resource answers. Throws an Error with what went wrong. */
  async get(path, params = {}, signal) {
    const answer = await this.#ask(path, { f: "json", ...params }, signal);
    const found = await answer.json().catch(() => null);
    if (found === null || found.error) throw new Error(reason(found?.error));
    return found;
  }

  /** Return the picture that a resource draws. Throws an Error. */
  async picture(path, params, signal) {
    const answer = await this.#ask(path, { f: "image", ...params }, signal);
    const type = answer.headers.get("content-type") ?? "";
    if (!type.startsWith("image/")) {
      throw new Error(reason((await answer.json().catch(() => null))?.error));
    }
    return createImageBitmap(await answer.blob());
  }

  async #ask(path, params, signal) {
    const asked = new URLSearchParams(params);
    if (this.share) asked.set("share", this.share);
    const url = this.url(path);
    if (asked.toString().length < LONGEST) return fetch(`${url}?${asked}`, { signal });
    return fetch(url, { method: "POST", body: asked, signal });
  }
}

function reason(error) {
  const said = error?.details?.join(" ") || error?.message;
  return said || gettext("The server did not answer as expected.");
}
