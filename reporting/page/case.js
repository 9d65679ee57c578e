"use strict";
// A case in NiiVue: layers are switched by keys and buttons, the class under the pointer is named.
(async () => {
  const state = document.getElementById("state");
  const shownCase = JSON.parse(document.getElementById("case").textContent);
  const volumes = shownCase.volumes;
  const canvas = document.getElementById("view");
  const viewer = new niivue.Niivue({
    backColor: [0, 0, 0, 1], show3Dcrosshair: true, isColorbar: false, loadingText: "", dragAndDropEnabled: false,
    logLevel: "error", isNearestInterpolation: false, crosshairWidth: 1, crosshairWidthUnit: "mm", crosshairColor: [1, 1, 1, 0.5] });
  try {
    await viewer.attachToCanvas(canvas);
  } catch (error) {
    state.textContent = "The viewer needs WebGL 2, which this browser does not offer.";
    return;
  }

  // Tables of 256 colours: class 0 is clear.
  const table = (entries) => {
    const colours = { R: [0], G: [0], B: [0], A: [0], I: [0], labels: [""] };
    entries.forEach(([index, name, [red, green, blue]]) => {
      colours.R.push(red); colours.G.push(green); colours.B.push(blue); colours.A.push(255);
      colours.I.push(index); colours.labels.push(name);
    });
    return colours;
  };
  const classTable = table((shownCase.classes || []).map((one) => [one.index, one.name, one.rgb]));
  const differenceTable = table([[1, "missed", [213, 94, 0]], [2, "added", [0, 158, 255]], [3, "another class", [240, 228, 66]]]);
  const patchTable = table([[1, "patch", [255, 212, 0]]]);

  for (const volume of volumes) {
    const isScan = volume.kind === "scan";
    const image = await niivue.NVImage.loadFromBase64({ base64: volume.file, name: `${volume.kind}.nii.gz`, opacity: isScan ? 1 : 0 });
    if (isScan) {
      [image.cal_min, image.cal_max] = shownCase.window;
    } else {
      image.setColormapLabel(volume.kind === "difference" ? differenceTable : volume.kind === "patches" ? patchTable : classTable);
    }
    viewer.addVolume(image);
  }
  const views = ["sliceTypeMultiplanar", "sliceTypeAxial", "sliceTypeCoronal", "sliceTypeSagittal", "sliceTypeRender"];
  let view = 0, opacity = 0.55, last = -1;
  const firstOf = (kind) => volumes.findIndex((one) => one.kind === kind);
  let shown = firstOf("label") < 0 ? firstOf("prediction") : firstOf("label");
  let hasDifference = false, hasPatches = false;
  viewer.setSliceType(viewer[views[view]]);

  const buttons = document.getElementById("layers");
  const layers = [];
  const addLayer = (key, name, isOn, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${name} [${key}]`;
    button.addEventListener("click", () => { act(); show(); });
    buttons.append(button);
    layers.push({ key, button, isOn, act });
  };
  const partOf = (kind) => volumes.findIndex((one) => one.kind === kind && last >= 0 && one.name === volumes[last].name);
  addLayer("0", "scan alone", () => shown < 0 && !hasDifference, () => { shown = -1; hasDifference = false; });
  let number = 0;
  volumes.forEach((volume, place) => {
    if (volume.kind !== "label" && volume.kind !== "prediction") return;
    const key = volume.kind === "label" ? "l" : String(++number);
    if (volume.kind === "prediction" && last < 0) last = place;
    addLayer(key, volume.name, () => shown === place && !hasDifference, () => {
      shown = place;
      hasDifference = false;
      if (volume.kind === "prediction") last = place;
    });
  });
  if (volumes.some((one) => one.kind === "difference"))
    addLayer("d", "difference", () => hasDifference, () => { hasDifference = !hasDifference; });
  if (volumes.some((one) => one.kind === "patches"))
    addLayer("p", "patches", () => hasPatches, () => { hasPatches = !hasPatches; });
  addLayer("v", "view", () => false, () => {
    view = (view + 1) % views.length;
    viewer.setSliceType(viewer[views[view]]);
  });

  function show() {
    volumes.forEach((volume, place) => {
      if (place === 0) return;
      const isOn = hasDifference && volume.kind === "difference" ? place === partOf("difference")
        : volume.kind === "patches" ? hasPatches && place === partOf("patches") : !hasDifference && place === shown;
      viewer.setOpacity(place, isOn ? (volume.kind === "patches" ? 1 : opacity) : 0);
    });
    layers.forEach((layer) => layer.button.setAttribute("aria-pressed", String(layer.isOn())));
    const what = hasDifference ? `difference of ${volumes[last].name} from the label: missed, added, another class`
      : shown < 0 ? "scan alone" : volumes[shown].name;
    state.textContent = `Shown: ${what}${hasPatches && last >= 0 ? `; patches of ${volumes[last].name}` : ""}.`;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const layer = layers.find((one) => one.key === event.key);
    if (layer) layer.act();
    else if (event.key === "+") opacity = Math.min(1, opacity + 0.15);
    else if (event.key === "-") opacity = Math.max(0.1, opacity - 0.15);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show();
  }, true);

  const names = new Map((shownCase.classes || []).map((one) => [one.index, one.name]));
  viewer.onLocationChange = (location) => {
    const parts = location.values.map((value, place) => {
      const volume = volumes[place];
      if (volume.kind === "scan") return `intensity ${Math.round(value.value)}`;
      if (volume.kind !== "label" && volume.kind !== "prediction") return "";
      return `${volume.name}: ${names.get(Math.round(value.value)) || "background"}`;
    });
    document.getElementById("place").textContent = parts.filter(Boolean).join(" · ");
  };
  show();
  document.documentElement.dataset.ready = "yes";
  window.shownCase = { viewer, volumes };
})();
