// The rules that the document breaks, as texts. Contrast is that of WCAG 2.
(() => {
  const broken = [], root = document.documentElement;
  const expect = (holds, rule, element) => {
    if (!holds) {
      broken.push(`${rule}: ${element ? element.outerHTML.slice(0, 200) : ""}`);
    }
  };
  const all = selector => [...document.querySelectorAll(selector)].filter(element => element.checkVisibility());
  const idsOf = (element, attribute) => (element.getAttribute(attribute) ?? "").split(" ").filter(id => id);
  const nameOf = element => element.getAttribute("aria-label")?.trim()
    || idsOf(element, "aria-labelledby").map(id => document.getElementById(id)?.textContent).join("").trim()
    || [...(element.labels ?? [])].map(label => label.textContent).join("").trim()
    || (element.tagName === "BUTTON" || element.tagName === "A" ? element.textContent.trim() : "");

  expect(root.lang, "the page has a language");
  expect(document.title.trim(), "the page has a title");
  expect(root.scrollWidth <= innerWidth, `nothing lies beyond the right edge: ${root.scrollWidth} > ${innerWidth}`,
    all("body *").find(element => element.getBoundingClientRect().right > innerWidth + 1));
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  expect(new Set(ids).size === ids.length, "ids are unique");
  for (const control of all("input, select, textarea, button, a[href], [tabindex='0']")) {
    expect(nameOf(control), "a control has a name", control);
  }
  for (const image of all("img, canvas, svg, [role=img]")) {
    const text = image.getAttribute("alt") || nameOf(image) || image.closest("[aria-hidden=true]");
    expect(text, "an image has a text", image);
  }
  for (const scroller of all("body *").filter(element => element.scrollWidth > element.clientWidth
    && ["auto", "scroll"].includes(getComputedStyle(element).overflowX))) {
    expect(scroller.tabIndex === 0 || scroller.querySelector("[tabindex='0'], a[href], button, input"),
      "what scrolls is reached by the keyboard", scroller);
  }
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const now = Number(heading.tagName[1]);
    expect(now <= level + 1, `headings are in order: h${now} after h${level}`, heading);
    level = now;
  }
  expect(all("h1").length === 1, "one first heading");
  expect(all("main").length === 1, "one main part");
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    for (const id of [...idsOf(element, "aria-labelledby"), ...idsOf(element, "aria-describedby")]) {
      expect(ids.includes(id), `what is referred to is there: ${id}`, element);
    }
  }

  const channelsOf = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = colour => channelsOf(colour).slice(0, 3).map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = element => {
    const colour = getComputedStyle(element).backgroundColor, alpha = channelsOf(colour)[3] ?? 1;
    return alpha === 0 ? element.parentElement ? groundOf(element.parentElement) : "rgb(255, 255, 255)" : colour;
  };
  for (const element of all("body *")) {
    const hasText = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (hasText && !element.closest("script, :disabled, svg desc, svg title")) {
      const style = getComputedStyle(element);
      const [a, b] = [style[element.closest("svg") ? "fill" : "color"], groundOf(element)].map(luminance);
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      expect(contrast >= 4.5, `text has a contrast of 4.5, not ${contrast.toFixed(2)}`, element);
    }
  }
  return broken;
})()
