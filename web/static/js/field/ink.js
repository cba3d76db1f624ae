// Signatures by finger, and photos made small enough to be sent over one bar of signal.
import { colour } from "../colours.js";

const LONG_SIDE = 1600;
const QUALITY = 0.8;

/** Let a canvas be written on; returns `{isEmpty, clear, show, content}`. */
export function writeOn(canvas) {
  const pen = canvas.getContext("2d");
  let strokes = 0;
  let last = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const clear = () => {
    pen.fillStyle = colour("scan");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    strokes = 0;
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = at(event);
    pen.strokeStyle = colour("on-white");
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
    strokes += 1;
    canvas.dispatchEvent(new Event("written"));
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (last = null));
  const show = (content) => {
    const picture = new Image();
    picture.onload = () => pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.src = `data:image/png;base64,${content}`;
    strokes = 1;
  };
  clear();
  return { isEmpty: () => strokes === 0, clear, show, content: () => canvas.toDataURL("image/png").split(",")[1] };
}

/** Return a photo's JPEG as Base64, made small; where and by what it was taken is not kept in it. */
export async function smallPhoto(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
}
