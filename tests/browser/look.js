// What a person or a screen reader would stumble over on this page, as a list of sentences.
(() => {
  const found = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility() && element.getClientRects().length > 0;

  // Landmarks and headings.
  for (const name of ["header", "main", "footer", "h1"]) {
    if (all(name).length !== 1) found.push(`${all(name).length} times <${name}>`);
  }
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title) found.push("no title");
  if (all("nav:not([aria-label])").length) found.push("a <nav> without a name");
  let above = 0;
  for (const heading of all("h1, h2, h3, h4")) {
    const level = Number(heading.tagName[1]);
    if (level > above + 1) found.push(`a heading is skipped before: ${heading.textContent}`);
    above = level;
  }
  const ids = all("[id]").map((element) => element.id);
  if (new Set(ids).size !== ids.length) found.push("an id stands twice");
  for (const link of all("a")) {
    const href = link.getAttribute("href");
    if (!link.textContent.trim()) found.push(`a link without words: ${href}`);
    if (href.startsWith("#") && !document.getElementById(href.slice(1))) found.push(`a dead link: ${href}`);
  }
  for (const element of all("[aria-labelledby]")) {
    if (!document.getElementById(element.getAttribute("aria-labelledby"))) found.push("a label is missing");
  }

  // Nothing wider than the window, as a whole or in a part.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways");
  for (const element of all("main *, header *, footer *")) {
    const box = element.getBoundingClientRect();
    if (isShown(element) && (box.right > width + 1 || box.left < -1)) {
      found.push(`out of the window: <${element.tagName}> ${element.textContent.slice(0, 40)}`);
    }
  }

  // Contrast of WCAG 2, level AA, of every piece of text against the nearest ground behind it.
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  let texts = 0;
  for (const element of all("body *")) {
    const hasText = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!hasText || !isShown(element)) continue;
    texts += 1;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(1)}: ${element.textContent.slice(0, 40)}`);
    if (parseFloat(getComputedStyle(element).fontSize) < 11) found.push(`small: ${element.textContent.slice(0, 40)}`);
  }
  if (!texts) found.push("no text at all");
  return found;
})()
