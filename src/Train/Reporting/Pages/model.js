// A model in the browser: a picture becomes codes, codes are painted, and become a picture again.
const $ = id => document.getElementById(id);
const [file, side, code, palette, original, decoded] = ["file", "side", "code", "palette", "original", "decoded"].map($);
const settings = JSON.parse($("settings").textContent); // step, side, and codebooks: of each grid, K of each level
const mostSwatches = 4096, mostPixels = 1024, usualPixels = 256;
const say = text => { $("status").textContent = text; };
addEventListener("error", event => say(event.message));
addEventListener("unhandledrejection", event => say(event.reason.message));

// What lies in the page as gzip in base64.
async function unpack(id) {
  const text = atob($(id).textContent);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    packed[i] = text.charCodeAt(i);
  }
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const ort = await import(URL.createObjectURL(new Blob([await unpack("runtime")], { type: "text/javascript" })));
ort.env.wasm.wasmBinary = await unpack("wasm");
ort.env.wasm.numThreads = 1; // several need shared memory, which only a server with the right headers allows
const load = async id => ort.InferenceSession.create(await unpack(id));
const [encoder, quantizer, decoder] = [await load("encoder"), await load("quantizer"), await load("decoder")];
const [, channels, fixedHeight, fixedWidth] = encoder.inputMetadata[0].shape; // the last two are names where any size will do
const isFixed = typeof fixedHeight === "number";

// What can be painted: each level of each grid has a map.
const planes = decoder.inputNames.flatMap((grid, i) => settings.codebooks[i].map((size, level, levels) => {
  const name = [grid.replace(/^codes_?/, ""), levels.length > 1 ? `level ${level}` : ""].filter(Boolean).join(", ");
  const figure = document.createElement("div");
  figure.className = "map";
  figure.innerHTML = `<h3></h3><div class="frame">
    <canvas tabindex="0" role="application" aria-describedby="how place"></canvas><span class="cursor"></span></div>`;
  figure.querySelector("h3").textContent = name;
  const canvas = figure.querySelector("canvas");
  canvas.setAttribute("aria-label", ["Map of codes", name].filter(Boolean).join(", "));
  $("maps").append(figure);
  return { grid, level, size, name, figure, canvas };
}));
let codes = {}; // by the grid's name: dims [1, L, h, w], data, and what the encoder said
let chosen = planes[0], cursor = { x: 0, y: 0 };

const sizeOf = ({ grid }) => ({ h: codes[grid].dims[2], w: codes[grid].dims[3] });
const at = (plane, x, y) => (plane.level * sizeOf(plane).h + y) * sizeOf(plane).w + x;
const codeAt = (plane, x, y) => Number(codes[plane.grid].data[at(plane, x, y)]);
const prefix = name => name && `${name}: `;
const times = (width, height) => `${width}\u00a0×\u00a0${height}`;
const rounded = length => Math.ceil(length / settings.step) * settings.step;

// Neighbouring codes get hues far apart, by the golden angle.
const colourOf = index => `hsl(${(index * 137.508) % 360} 65% ${40 + (index * 7) % 25}%)`;

function shape(canvas, width, height) {
  [canvas.width, canvas.height] = [width, height];
  canvas.parentElement.style.setProperty("--ratio", width / height);
  return canvas.getContext("2d", { alpha: false, willReadFrequently: true });
}

function drawCell(plane, x, y) {
  const paint = plane.canvas.getContext("2d");
  paint.fillStyle = colourOf(codeAt(plane, x, y));
  paint.fillRect(x, y, 1, 1);
}

function drawMaps() {
  for (const plane of planes) {
    const { h, w } = sizeOf(plane);
    shape(plane.canvas, w, h);
    for (let i = 0; i < h * w; i++) {
      drawCell(plane, i % w, Math.floor(i / w));
    }
  }
  drawPalette();
  moveTo(chosen, cursor.x, cursor.y);
}

function drawPalette() {
  const { size, name, grid, level } = chosen, { h, w } = sizeOf(chosen);
  const isWhole = size <= mostSwatches;
  const shown = isWhole
    ? [...Array(size).keys()]
    : [...new Set(codes[grid].data.subarray(level * h * w, (level + 1) * h * w))].map(Number).sort((a, b) => a - b);
  palette.replaceChildren(...shown.map(index => {
    const swatch = document.createElement("span");
    swatch.id = `code-${index}`;
    swatch.style.background = colourOf(index);
    swatch.title = index;
    swatch.setAttribute("role", "option");
    swatch.setAttribute("aria-label", index);
    return swatch;
  }));
  $("palette-of").textContent = `${prefix(name)}${size} codes${isWhole ? "" : ", shown are those of the picture"}`;
  code.max = size - 1;
  choose(code.value);
}

// The code to paint with.
function choose(index) {
  code.value = Math.max(0, Math.min(chosen.size - 1, Math.trunc(index) || 0));
  palette.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
  const swatch = $(`code-${code.value}`);
  palette.setAttribute("aria-activedescendant", swatch?.id ?? "");
  if (swatch) {
    swatch.setAttribute("aria-selected", "true");
    const top = swatch.offsetTop - palette.offsetTop - 4, least = top + swatch.offsetHeight + 8 - palette.clientHeight;
    palette.scrollTop = Math.min(top, Math.max(least, palette.scrollTop));
  }
}

// The cursor lies on a map, and on what the code there stands for in both pictures.
function moveTo(plane, x, y) {
  const { h, w } = sizeOf(plane);
  cursor = { x: Math.max(0, Math.min(w - 1, x)), y: Math.max(0, Math.min(h - 1, y)) };
  if (chosen !== plane) {
    chosen = plane;
    drawPalette();
  }
  for (const { figure } of planes) {
    figure.classList.toggle("chosen", figure === plane.figure);
    figure.querySelector(".cursor").hidden = figure !== plane.figure;
  }
  for (const canvas of [plane.canvas, original, decoded]) {
    const [cellWidth, cellHeight] = canvas === plane.canvas ? [1, 1] : [rounded(canvas.width) / w, rounded(canvas.height) / h];
    Object.assign(canvas.nextElementSibling.style, {
      left: `${cursor.x * cellWidth / canvas.width * 100}%`, width: `${cellWidth / canvas.width * 100}%`,
      top: `${cursor.y * cellHeight / canvas.height * 100}%`, height: `${cellHeight / canvas.height * 100}%`,
    });
  }
  $("place").textContent = `${prefix(plane.name)}column ${cursor.x}, row ${cursor.y}, code ${codeAt(plane, cursor.x, cursor.y)}`;
}

function put(plane, x, y) {
  moveTo(plane, x, y);
  codes[plane.grid].data[at(plane, cursor.x, cursor.y)] = BigInt(code.value);
  drawCell(plane, cursor.x, cursor.y);
  moveTo(plane, cursor.x, cursor.y);
  decode();
}

function take(plane, x, y) {
  moveTo(plane, x, y);
  choose(codeAt(plane, cursor.x, cursor.y));
}

// A canvas as (1, C, H, W) from 0 to 1, its last row and column repeated to whole strides; grey as BT.601 has it.
function pixelsOf(canvas) {
  const [w, h] = [rounded(canvas.width), rounded(canvas.height)];
  const rgba = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const data = new Float32Array(channels * h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const from = 4 * (Math.min(y, canvas.height - 1) * canvas.width + Math.min(x, canvas.width - 1));
      const [r, g, b] = rgba.subarray(from, from + 3);
      const values = channels === 1 ? [Math.round(0.299 * r + 0.587 * g + 0.114 * b)] : [r, g, b];
      values.forEach((value, c) => { data[(c * h + y) * w + x] = value / 255; });
    }
  }
  return new ort.Tensor("float32", data, [1, channels, h, w]);
}

// (1, C, H, W) from 0 to 1 on a canvas, without what was repeated.
function drawPixels(canvas, width, height, { dims: [, , h, w], data }) {
  const image = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = 4 * (y * width + x);
      for (let c = 0; c < 3; c++) {
        image.data[to + c] = Math.round(255 * data[((channels === 1 ? 0 : c) * h + y) * w + x]);
      }
      image.data[to + 3] = 255;
    }
  }
  shape(canvas, width, height).putImageData(image, 0, 0);
}

// One thing after the other: a session does one at a time.
let work = Promise.resolve();
const queue = task => { work = work.then(task).catch(error => say(error.message)); return work; };

async function drawDecoded() {
  const grids = Object.entries(codes).map(([name, { dims, data }]) => [name, new ort.Tensor("int64", data.slice(), dims)]);
  const { reconstruction } = await decoder.run(Object.fromEntries(grids));
  drawPixels(decoded, original.width, original.height, reconstruction);
}

const encode = note => queue(async () => {
  say("Encoding …");
  const latents = await encoder.run({ image: pixelsOf(original) });
  const outputs = await quantizer.run(latents, decoder.inputNames);
  for (const name of decoder.inputNames) {
    const { dims, data } = outputs[name];
    codes[name] = { dims, data: data.slice(), encoded: data.slice() };
  }
  await drawDecoded();
  drawMaps();
  const shapes = Object.values(codes).map(({ dims: [, l, h, w] }) => times(w, h) + (l > 1 ? `\u00a0×\u00a0${l}` : ""));
  say(`${times(original.width, original.height)} pixels${note} are ${shapes.join(" and ")} codes.`);
});

// Draws what the codes are now; changes that are made meanwhile are drawn together.
let isWaiting = false;
function decode() {
  if (!isWaiting) {
    isWaiting = true;
    queue(async () => {
      isWaiting = false;
      await drawDecoded();
      const all = Object.values(codes);
      const changed = all.reduce((sum, { data, encoded }) => sum + data.filter((index, i) => index !== encoded[i]).length, 0);
      say(`${changed} of ${all.reduce((sum, { data }) => sum + data.length, 0)} codes changed.`);
    });
  }
}

for (const plane of planes) {
  const cellOf = event => {
    const box = plane.canvas.getBoundingClientRect(), { h, w } = sizeOf(plane);
    return [Math.floor((event.clientX - box.left) / box.width * w), Math.floor((event.clientY - box.top) / box.height * h)];
  };
  plane.canvas.addEventListener("pointerdown", event => {
    plane.canvas.setPointerCapture(event.pointerId);
    (event.button === 2 || event.altKey ? take : put)(plane, ...cellOf(event));
  });
  plane.canvas.addEventListener("pointermove", event => {
    if (event.buttons === 1 && !event.altKey) {
      event.getCoalescedEvents().forEach(each => put(plane, ...cellOf(each)));
    }
  });
  plane.canvas.addEventListener("contextmenu", event => event.preventDefault());
  plane.canvas.addEventListener("focus", () => moveTo(plane, cursor.x, cursor.y));
  plane.canvas.addEventListener("keydown", event => {
    const { x, y } = cursor;
    const action = {
      ArrowLeft: () => moveTo(plane, x - 1, y), ArrowRight: () => moveTo(plane, x + 1, y),
      ArrowUp: () => moveTo(plane, x, y - 1), ArrowDown: () => moveTo(plane, x, y + 1),
      Enter: () => put(plane, x, y), " ": () => put(plane, x, y), c: () => take(plane, x, y),
      "+": () => choose(Number(code.value) + 1), "-": () => choose(Number(code.value) - 1),
    }[event.key];
    if (action && !event.ctrlKey && !event.metaKey) {
      action();
      event.preventDefault();
    }
  });
}

palette.addEventListener("click", event => event.target !== palette && choose(event.target.title));
palette.addEventListener("keydown", event => {
  const columns = getComputedStyle(palette).gridTemplateColumns.split(" ").length, all = [...palette.children];
  const move = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -all.length, End: all.length,
  }[event.key];
  if (move) {
    const now = all.findIndex(swatch => swatch.title === code.value);
    choose(all[Math.max(0, Math.min(all.length - 1, now + move))].title);
    event.preventDefault();
  }
});
code.addEventListener("change", () => choose(code.value));

// What there is to see before a file is opened: on black a white 3, as of handwritten digits, or the sun above land.
function example() {
  const canvas = document.createElement("canvas"), paint = canvas.getContext("2d");
  canvas.width = canvas.height = isFixed ? fixedHeight : settings.side;
  paint.scale(canvas.width / 28, canvas.width / 28);
  const sky = paint.createLinearGradient(0, 0, 0, 28);
  sky.addColorStop(0, channels === 1 ? "#000" : "#27408b");
  sky.addColorStop(1, channels === 1 ? "#000" : "#ffb070");
  paint.fillStyle = sky;
  paint.fillRect(0, 0, 28, 28);
  paint.beginPath();
  if (channels === 1) {
    [paint.strokeStyle, paint.lineWidth, paint.lineCap] = ["#fff", 2.6, "round"];
    paint.arc(13.5, 9.5, 4.5, -2.6, 1.5);
    paint.arc(13.5, 18.5, 4.5, -1.5, 2.6);
    paint.stroke();
  } else {
    paint.fillStyle = "#fff3c4";
    paint.arc(10.5, 11.4, 6, 0, 2 * Math.PI);
    paint.fill();
    paint.fillStyle = "#1f4d2b";
    paint.fillRect(0, 21.9, 28, 6.1);
  }
  return canvas;
}

// Encodes a picture: of its own size unless that is too large, or the model has one.
let picture = example();
function show() {
  const most = side.value = Math.max(settings.step, Math.min(mostPixels, Math.trunc(side.value) || usualPixels));
  const scale = Math.min(1, most / Math.max(picture.width, picture.height));
  const [width, height] = isFixed
    ? [fixedWidth, fixedHeight]
    : [picture.width, picture.height].map(length => Math.max(1, Math.round(length * scale)));
  const paint = shape(original, width, height);
  paint.imageSmoothingQuality = "high";
  paint.drawImage(picture, 0, 0, width, height);
  const isWhole = width === picture.width && height === picture.height;
  return encode(isWhole ? "" : `, scaled from ${times(picture.width, picture.height)},`);
}

async function open(chosenFile) {
  say(`Opening ${chosenFile.name} …`);
  try {
    picture = await createImageBitmap(chosenFile, { colorSpaceConversion: "none" });
  } catch (error) {
    say(`${chosenFile.name}: expected a picture that this browser opens; got "${error.message}"`);
    return;
  }
  show();
}

file.addEventListener("change", () => file.files.length > 0 && open(file.files[0]));
side.addEventListener("change", show);
$("example").addEventListener("click", () => { file.value = ""; picture = example(); show(); });
$("again").addEventListener("click", () => encode(""));
addEventListener("dragover", event => event.preventDefault());
addEventListener("drop", event => {
  event.preventDefault();
  if (event.dataTransfer.files.length > 0) {
    open(event.dataTransfer.files[0]);
  }
});

Object.assign(side, { min: settings.step, max: mostPixels, value: usualPixels, disabled: isFixed });
globalThis.codes = codes; // for the console
await show();
