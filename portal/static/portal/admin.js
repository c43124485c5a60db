// What scripts of Django's admin leave out for those who do not see its pages.

// Filters of two-sided lists name a bare span; a name needs a role. The lists are built
// when the page has loaded, by a listener that is there before this one.
addEventListener("load", () => {
    for (const sign of document.querySelectorAll(".search-label-icon[aria-label]")) {
        sign.setAttribute("role", "img");
    }
});
