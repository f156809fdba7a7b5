"use strict";
// The form works without this. With it, progress is shown, and what would be refused is not sent.
const form = document.querySelector("form");
const progress = form.querySelector("progress");
const button = form.querySelector("button");

function say(text) {
  const paragraph = document.createElement("p");
  paragraph.className = "message trouble";
  paragraph.setAttribute("role", "alert");
  paragraph.textContent = text;
  document.getElementById("messages").replaceChildren(paragraph);
  paragraph.scrollIntoView({ block: "nearest" });
}

function refusal(files) {
  const { maxSize, maxSizeText, extensions } = form.dataset;
  const accepted = extensions.split(" ").filter(Boolean);
  const wrong = files.find((file) => accepted.length && !accepted.includes(file.name.split(".").pop().toLowerCase()));
  if (wrong) return `“${wrong.name}”: Files of this type are not accepted here.`;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (Number(maxSize) && total > Number(maxSize)) {
    return `${files.length > 1 ? "The files are" : "The file is"} too large: one upload may have at most ${maxSizeText} here.`;
  }
  return undefined;
}

function busy(state) {
  button.disabled = state;
  progress.hidden = !state;
  progress.value = 0;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const reason = refusal([...form.elements.file.files]);
  if (reason) return say(reason);

  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document";
  request.upload.onprogress = ({ loaded, total }) => (progress.value = loaded / total);
  // All of it is sent, but not yet saved.
  request.upload.onload = () => progress.removeAttribute("value");
  request.onload = () => {
    if (request.status === 200) return location.assign(request.responseURL);
    busy(false);
    const messages = request.response?.querySelectorAll(".message") ?? [];
    if (messages.length) document.getElementById("messages").replaceChildren(...messages);
    else say(`The upload failed (${request.status}).`);
  };
  request.onerror = () => {
    busy(false);
    say("The connection broke off before the upload was confirmed. Look in the list before you try again.");
  };
  busy(true);
  request.send(new FormData(form));
});

// Coming back to this page must not show the last upload as still running.
addEventListener("pageshow", () => busy(false));
