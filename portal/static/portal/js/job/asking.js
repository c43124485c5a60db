// Addresses of a job in the REST API, with the share link that opens it, if there is one.

/**
 * Return the address of a resource of a job that answers JSON.
 * @param {HTMLElement} root the element with data-job and data-share
 * @param {string} tail what follows the job, "/messages"
 * @param {Object<string, string|number>} asked further parameters
 */
export function jobUrl(root, tail, asked = {}) {
  const fields = new URLSearchParams({ ...asked, f: "json" });
  if (root.dataset.share) fields.set("share", root.dataset.share);
  return `${root.dataset.job}${tail}?${fields}`;
}
