// Forms in which one choice decides which fields matter: the others are hidden and not sent.
for (const form of document.querySelectorAll("form[data-choices]")) {
  const choice = form.elements[form.dataset.choices];
  const update = () => {
    for (const field of form.querySelectorAll("[data-for]")) {
      const wanted = field.dataset.for.split(" ").includes(choice.value);
      field.hidden = !wanted;
      for (const input of field.querySelectorAll("input, select")) input.disabled = !wanted;
    }
  };
  choice.addEventListener("change", update);
  update();
}
