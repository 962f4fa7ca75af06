"""The finder's picture of a barcode. Chromium reads barcodes on some systems and not on others, so
a stand-in of the detector is put where the browser has none: it "sees" a code in pictures of one
size, and none in others. All around it is real: the file, its decoding, the form and the page."""

import io

from PIL import Image

DETECTOR = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return %s; }
  constructor(options) { if (!options.formats.includes("ean_13")) throw new TypeError("formats"); }
  async detect(picture) {
    if (!(picture instanceof ImageBitmap)) throw new TypeError("no picture");
    return picture.width === 240 ? [{ rawValue: "0075992607162", format: "ean_13" }] : [];
  }
};
"""


def photograph(width):
    written = io.BytesIO()
    Image.new("RGB", (width, 120), "white").save(written, "PNG")
    return {"name": "back.png", "mimeType": "image/png", "buffer": written.getvalue()}


def open_finder(new_context, *, formats):
    context = new_context()
    if formats is not None:
        context.add_init_script(DETECTOR % formats)
    page = context.new_page()
    page.goto("/find/", wait_until="networkidle")
    return page


def test_without_a_detector_the_button_stays_away_and_numbers_are_typed(new_context):
    page = open_finder(new_context, formats=None)
    if page.evaluate("'BarcodeDetector' in window"):
        page = open_finder(new_context, formats="[]")  # this one has it: as where it reads nothing
    assert page.locator("#photo").is_hidden()
    assert page.locator("#photo input").is_disabled()
    page.locator("#numbers").fill("075992607162")
    page.locator("#finder button[type=submit]").click()
    page.wait_for_url("**/find/?q=075992607162")


def test_detector_that_reads_no_barcode_of_records_shows_no_button(new_context):
    page = open_finder(new_context, formats='["qr_code"]')
    assert page.locator("#photo").is_hidden()


def test_picture_of_a_barcode_fills_the_field_and_asks(new_context):
    page = open_finder(new_context, formats='["qr_code", "ean_13"]')
    button = page.locator("#photo")
    button.wait_for(state="visible")
    assert button.inner_text() == "Photograph the barcode"

    page.locator("#photo input").set_input_files(photograph(100))
    page.get_by_text("No barcode was seen in this picture.").wait_for()
    assert page.locator("#numbers").input_value() == ""

    page.locator("#numbers").fill("Spain")
    page.locator("#photo input").set_input_files(photograph(240))
    page.wait_for_url("**/find/?q=Spain%0D%0A0075992607162")
    assert page.locator("#numbers").input_value() == "Spain\n0075992607162"
