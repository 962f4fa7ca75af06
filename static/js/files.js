// File fields on which a file may be dropped. Markup:
//   <label class="drop" data-drop><input type="file" name="..."><span data-drop-said>words</span></label>
// The name and size of the file replace the words; the form is sent by its own button.

const size = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

const said = (zone) => {
  const file = zone.querySelector("input[type=file]").files[0];
  const words = zone.querySelector("[data-drop-said]");
  if (file && words) words.textContent = `${file.name}, ${size(file.size)}`;
};

document.addEventListener("change", (event) => {
  const zone = event.target.closest("[data-drop]");
  if (zone) said(zone);
});
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  zone.classList.remove("over");
  const field = zone.querySelector("input[type=file]");
  field.files = event.dataTransfer.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
