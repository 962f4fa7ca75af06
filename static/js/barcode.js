// The finder's camera: where the browser reads barcodes (BarcodeDetector), a photograph of one fills
// the field and asks. Elsewhere (Firefox, and Chromium on Linux) the button stays away and the number
// is typed: no decoder of our own is brought along. Nothing is uploaded.

const form = document.getElementById("finder");
const photo = document.getElementById("photo");
const said = document.getElementById("photo-said");
const KINDS = ["ean_13", "ean_8", "upc_a", "upc_e"];

async function reader() {
  if (!("BarcodeDetector" in window)) return null;
  const known = await window.BarcodeDetector.getSupportedFormats();
  const formats = KINDS.filter((kind) => known.includes(kind));
  return formats.length ? new window.BarcodeDetector({ formats }) : null;
}

async function read(detector, file) {
  const picture = await createImageBitmap(file);
  try {
    return (await detector.detect(picture)).map((code) => code.rawValue);
  } finally {
    picture.close();
  }
}

if (form && photo) {
  const detector = await reader().catch(() => null);
  if (detector) {
    photo.hidden = false;
    const input = photo.querySelector("input");
    input.disabled = false;
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      const codes = await read(detector, file).catch(() => []);
      input.value = "";
      if (!codes.length) {
        said.textContent = photo.dataset.none;
        return;
      }
      const field = form.elements.q;
      field.value = [field.value.trim(), ...codes].filter(Boolean).join("\n");
      form.requestSubmit();
    });
  }
}
