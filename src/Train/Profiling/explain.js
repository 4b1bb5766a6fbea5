// A node of the tape opens in the panel.
const data = JSON.parse(document.getElementById("data").textContent);
const panel = document.getElementById("panel");
const content = document.getElementById("content");
const buttons = [...document.querySelectorAll("li > button")];
let opened = null;

function element(tag, text, parent) {
  const made = document.createElement(tag);
  made.textContent = text;
  parent?.append(made);
  return made;
}

function jumps(list, name, ids) {
  if (ids.length === 0) return;
  element("dt", name, list);
  const cell = element("dd", "", list);
  for (const id of ids) {
    const jump = element("button", `%${id} ${data.nodes[id].name}`, cell);
    jump.className = "jump";
    jump.onclick = () => {
      const target = document.querySelector(`[data-node="${id}"]`);
      target.scrollIntoView({ block: "center" });
      target.focus();
      show(target);
    };
    cell.append(" ");
  }
}

function work(title, cost) {
  if (cost.calls.length === 0) return;
  element("h4", `${title}: ${cost.ms} ms`, content);
  const calls = element("ul", "", content);
  for (const call of cost.calls) element("li", call, calls);
  if (cost.host.length > 0) element("p", `C#: ${cost.host.join(", ")}`, content);
  for (const number of cost.kernels) {
    const kernel = data.kernels[number - 1];
    const details = element("details", "", content);
    element("summary", `kernel ${kernel.name}`, details);
    element("p", `C#: ${kernel.places.join(", ")}; launched ${kernel.launches} times in a step`, details);
    element("pre", kernel.text ?? "no text in this page: see --source, and devices --dump", details);
  }
}

function show(button) {
  opened?.removeAttribute("aria-expanded");
  opened = button;
  opened.setAttribute("aria-expanded", "true");
  content.replaceChildren();
  if (button.dataset.other) {
    const other = data.others[button.dataset.other];
    element("h2", other.name, content);
    work("work", other.forward);
  } else {
    const node = data.nodes[button.dataset.node];
    element("h2", `%${button.dataset.node} ${node.name}`, content);
    const list = element("dl", "", content);
    const facts = [
      ["shape", node.shape], ["module", node.module], ["value", `${node.bytes.toLocaleString("en")} bytes`],
      ["kept until", node.kept], ["gradient", node.gradient ? "yes" : "none"], ["keeps", node.saved.join(", ")],
    ];
    for (const [name, value] of facts) {
      if (value === "") continue;
      element("dt", name, list);
      element("dd", value, list);
    }
    jumps(list, "inputs", node.inputs);
    jumps(list, "used by", node.users);
    work("forward", node.forward);
    work("backward", node.backward);
  }
  panel.hidden = false;
  panel.scrollTop = 0;
}

function close() {
  panel.hidden = true;
  opened?.removeAttribute("aria-expanded");
  opened?.focus();
}

for (const button of buttons) button.onclick = () => show(button);
document.getElementById("close").onclick = close;
document.addEventListener("keydown", event => {
  const place = buttons.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") close();
  if (step && place >= 0 && buttons[place + step]) {
    event.preventDefault();
    buttons[place + step].focus();
    if (!panel.hidden) show(buttons[place + step]);
  }
});
const chosen = location.hash.startsWith("#open") && document.querySelector(`[data-node="${location.hash.slice(5)}"]`);
if (chosen) show(chosen);
