// Pictures over time: the slider chooses one.
for (const figure of document.querySelectorAll(".samples")) {
  const pictures = JSON.parse(figure.querySelector("script").textContent);
  const [image, slider, output] = ["img", "input", "output"].map(name => figure.querySelector(name));
  slider.addEventListener("input", () => {
    const [label, uri] = pictures[slider.value];
    image.src = uri;
    image.alt = figure.dataset.subject + ", " + label;
    slider.setAttribute("aria-valuetext", output.textContent = label);
  });
}

// Charts: the pointer, or the arrow keys, show the figures of a step.
for (const figure of document.querySelectorAll(".chart")) {
  const [svg, output, cursor] = ["svg", "output", ".cursor"].map(name => figure.querySelector(name));
  const lines = [...svg.querySelectorAll("desc")].map(line => ({ run: line.dataset.run, points: JSON.parse(line.dataset.points) }));
  const all = [...new Set(lines.flatMap(line => line.points.map(point => point[0])))].sort((a, b) => a - b);
  let at = all.length - 1;
  const show = () => {
    const near = points => points.reduce((a, b) => Math.abs(b[0] - all[at]) < Math.abs(a[0] - all[at]) ? b : a);
    cursor.setAttribute("x1", all[at]);
    cursor.setAttribute("x2", all[at]);
    output.textContent = lines.map(({ run, points }) => {
      const [, step, value] = near(points);
      return (lines.length > 1 ? run + ": " : "") + value + " at " + svg.dataset.unit + " " + step;
    }).join("; ");
  };
  svg.addEventListener("pointermove", event => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
    at = all.reduce((best, x, i) => Math.abs(x - place) < Math.abs(all[best] - place) ? i : best, 0);
    show();
  });
  svg.addEventListener("keydown", event => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -all.length, End: all.length }[event.key];
    if (move) {
      at = Math.max(0, Math.min(all.length - 1, at + move));
      show();
      event.preventDefault();
    }
  });
}

// Tables that are wider than the page are scrolled by keys too.
for (const wide of document.querySelectorAll(".wide")) {
  wide.tabIndex = 0;
  wide.setAttribute("role", "region");
  wide.setAttribute("aria-label", wide.closest("section")?.querySelector("h2")?.textContent ?? document.title);
}

// Maps of codes: the pointer, or the arrow keys from the most used code on, show a code on all maps of its codebook.
for (const maps of document.querySelectorAll(".maps")) {
  const figures = [...maps.querySelectorAll(".map")].map(figure => {
    const [svg, output] = ["svg", "output"].map(name => figure.querySelector(name));
    return { svg, output, codes: [...svg.querySelectorAll(".code")].reverse() };
  });
  const choose = code => {
    for (const { output, codes } of figures) {
      const own = codes.find(point => point.dataset.code === code.dataset.code);
      codes.forEach(point => point.classList.toggle("on", point === own));
      output.textContent = own ? own.querySelector("title").textContent : "";
    }
  };
  for (const { svg, codes } of figures) {
    svg.addEventListener("pointermove", event => {
      const code = event.target.closest(".code");
      if (code) {
        choose(code);
      }
    });
    svg.addEventListener("keydown", event => {
      const move = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -codes.length, End: codes.length }[event.key];
      if (move && codes.length) {
        const at = codes.findIndex(point => point.classList.contains("on"));
        choose(codes[at < 0 ? 0 : Math.max(0, Math.min(codes.length - 1, at + move))]);
        event.preventDefault();
      }
    });
  }
}
